"""The notebooks: they run, their conclusions hold, their two forms say the same, and they keep no outputs."""

from __future__ import annotations

import ast
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbmake.nb_run import NotebookRun

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
#: Those that take a few seconds each.
QUICK = {"01_first_funnel", "01_first_funnel.ru", "02_drop_a_stage", "02_drop_a_stage.ru", "04_reply_time"}
TRANSLATED = ("01_first_funnel", "02_drop_a_stage", "03_fit_from_crm")


def test_all_lessons_are_there() -> None:
    """Seven lessons, the first three in Russian, too; each as a text to review and as a notebook to open."""
    lessons = {path.stem for path in NOTEBOOKS}
    assert len([name for name in lessons if not name.endswith(".ru")]) == 7
    assert {name for name in lessons if name.endswith(".ru")} == {f"{name}.ru" for name in TRANSLATED}
    assert {path.stem for path in FOLDER.glob("*.py")} == lessons


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_both_forms_say_the_same(path: Path) -> None:
    """Cell by cell, the notebook is the text beside it (`jupytext --sync notebooks/*.py` makes it so)."""

    def cells(file: Path) -> list[tuple[str, str]]:
        return [(cell.cell_type, cell.source) for cell in jupytext.read(file).cells]

    assert cells(path) == cells(path.with_suffix(".py"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    """No output, no count and no trace of a machine is kept; the format is valid."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert set(notebook.metadata) <= {"jupytext", "kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("name", TRANSLATED)
def test_the_russian_notebooks_do_the_same(name: str) -> None:
    """But for texts and the language of pictures, the code of a translation is that of the original."""
    assert _skeleton(FOLDER / f"{name}.py") == _skeleton(FOLDER / f"{name}.ru.py")


def _skeleton(path: Path) -> str:
    """Return the code of a notebook without what its strings say."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "language"]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        if isinstance(node, ast.JoinedStr):
            filled = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            node.values = [ast.FormattedValue(part.value, part.conversion) for part in filled]
    return ast.dump(tree)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.slow, id=path.stem) for path in NOTEBOOKS],
)
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:ResourceWarning")
def test_notebook_runs(path: Path) -> None:
    """Every cell runs in a fresh kernel, and every conclusion that is asserted holds."""
    result = NotebookRun(path, default_timeout=300).execute()
    assert result.error is None, result.error.summary
