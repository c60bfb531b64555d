"""A beginning: what it consists of is whole, true and ready to run, in both languages, and it never overwrites."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import funnelsim as fs
from funnelsim.errors import InputError, MissingExtraError
from funnelsim.exact.solving import solve
from funnelsim.files.loading import load
from funnelsim.files.mappings import load_mapping
from funnelsim.reading.logs import read_log
from funnelsim.views.starting import lab
from funnelsim.views.starting.answers import (
    Answers,
    Step,
    default_answers,
    make_steps,
    name_of,
    parse_currency,
    parse_days,
    parse_loss,
    parse_positive,
    parse_stages,
    parse_title,
)
from funnelsim.views.starting.files import DIRT, make_files, make_notebook
from funnelsim.views.starting.folder import NAMES, Beginning, init, write_new

LANGUAGES = ("en", "ru")


@pytest.fixture(scope="module")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Beginning]:
    """A beginning in each language."""
    folder = tmp_path_factory.mktemp("beginnings")
    return {language: init(folder / language / "deeper", language=language) for language in LANGUAGES}


def _answers(*labels: str) -> Answers:
    return Answers('A "name": {x}\\ # no comment', "EUR", 3.5, 99.9, make_steps(labels))


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_all_its_files(beginnings: dict[str, Beginning], language: str) -> None:
    """Exactly the eight files are there, and the table lists them with their sizes."""
    beginning = beginnings[language]
    assert set(_snapshot(beginning.folder)) == set(NAMES)
    assert tuple(beginning.table["file"]) == NAMES
    assert (beginning.table["bytes"] > 0).all()
    assert "8 files" in repr(beginning)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_files_load(beginnings: dict[str, Beginning], language: str) -> None:
    """Funnel, scenarios and mapping are valid, say the same funnel, and warn of nothing."""
    folder = beginnings[language].folder
    study, base = load(folder / "scenarios.yaml"), load(folder / "funnel.yaml")
    assert study.funnel == base.funnel
    assert study.run == base.run
    assert study.warnings == ()
    assert [scenario.name for scenario in study.scenarios] == [
        "fewer_losses",
        "without_a_stage",
        "more_visitors",
        "first_two",
    ]
    assert load_mapping(folder / "crm.map.yaml").shape == "events"


def test_both_languages_say_the_same() -> None:
    """With the same answers, the files differ in words only: the funnels are equal but for their labels."""
    english, russian = (make_files(_answers("a", "b", "c"), language) for language in LANGUAGES)
    assert english["crm.csv"] == russian["crm.csv"]
    first, second = (
        fs.loads(files["funnel.yaml"].replace("label: Site", "label: Сайт")).funnel for files in (english, russian)
    )
    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_editor_finds_the_schemas(beginnings: dict[str, Beginning], language: str) -> None:
    """The settings name schema files that are there and are schemas, and every file names its own in its first line."""
    folder = beginnings[language].folder
    settings = json.loads((folder / ".vscode/settings.json").read_text(encoding="utf-8"))
    for name in settings["yaml.schemas"]:
        Draft202012Validator.check_schema(json.loads((folder / name).read_text(encoding="utf-8")))
    for name in ("funnel.yaml", "scenarios.yaml", "crm.map.yaml"):
        head, _, schema = (folder / name).read_text(encoding="utf-8").split("\n")[0].partition("$schema=")
        assert head == "# yaml-language-server: "
        assert (folder / schema).is_file()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_truth_of_the_sample_is_known(beginnings: dict[str, Beginning], language: str) -> None:
    """Losses in the sample are those of funnel.yaml, within 4.5 standard errors (fails by chance once in 18,000).

    Per stage, lost ~ Binomial(those whose visit ended, share); ~6 stage-wise checks with a fixed seed.
    """
    folder = beginnings[language].folder
    log = read_log(folder / "crm.csv", folder / "crm.map.yaml")
    assert log.report is not None
    assert 0 < log.report.dropped < 20 * DIRT * log.report.rows
    table = log.table
    for step in default_answers(language).steps:
        ended = table[(table["stage"] == step.name) & (table["outcome"] != "open")]
        lost = (ended["outcome"] == "lost").mean()
        # Losses are at the exit, and so as late as wins: those still open bias nothing.
        assert abs(lost - step.loss) < 4.5 * np.sqrt(step.loss * (1 - step.loss) / len(ended))


def test_the_scenarios_make_a_difference(beginnings: dict[str, Beginning]) -> None:
    """Halving the worst losses multiplies conversion as arithmetic says: √(1 − .45)/(1 − .45) = 1.348."""
    study = load(beginnings["en"].folder / "scenarios.yaml")
    base = solve(study.funnel).conversion
    assert base == pytest.approx(0.55 * 0.7 * 0.7 * 0.88)
    halved = solve(fs.apply(study.funnel, study.interventions[0])).conversion
    assert halved / base == pytest.approx(0.55**-0.5)


@pytest.mark.parametrize("labels", [("only",), ("one", "two"), ("1 st", "two-three", "null", "Ещё один!")])
def test_any_stages_make_a_beginning(tmp_path: Path, labels: tuple[str, ...]) -> None:
    """One stage, two, and labels that are no names make files that load, whatever the name of the funnel."""
    beginning = init(tmp_path / "x", answers=_answers(*labels))
    study = load(beginning.folder / "scenarios.yaml")
    assert study.name.text("en") == 'A "name": {x}\\ # no comment'
    assert len(study.funnel.stages) == len(labels)
    assert len(study.scenarios) == (2 if len(labels) == 1 else 4)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_over_a_file(tmp_path: Path, name: str) -> None:
    """If any of the files is there, it is named, and nothing at all is written."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="this file exists, and nothing is written over it") as caught:
        init(tmp_path)
    assert name in str(caught.value)
    assert _snapshot(tmp_path) == {str(Path(name)): b"mine"}


def test_a_dangling_link_is_a_file(tmp_path: Path) -> None:
    """A link that leads nowhere is not written through."""
    (tmp_path / "crm.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"crm\.csv: this file exists"):
        init(tmp_path)
    assert not (tmp_path / "nowhere").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Neither the folder nor one above it may be a file."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="is not a folder"):
            init(folder)
    (tmp_path / ".vscode").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="expected a folder for the settings"):
        init(tmp_path)


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    """A file that comes into being meanwhile, or a disk that fails, leaves nothing behind, folders included."""
    new, there = tmp_path / "a" / "b" / "new", tmp_path / "there"
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="there: this file exists"):
        write_new({new: "x", there: "y"})
    assert _snapshot(tmp_path) == {"there": b"mine"}
    assert not (tmp_path / "a").exists()
    with pytest.raises(OSError, match="directory"):
        write_new({new: "x", there / "below": "y"})
    assert not (tmp_path / "a").exists()


def test_wrong_answers_are_refused_together(tmp_path: Path) -> None:
    """Every answer of which no funnel can be made is a problem, and nothing is written."""
    wrong = Answers(" ", "Euro", 0.0, -1.0, (Step("a", 1.0, 1.0), Step("A", 0.1, 0.0)))
    with pytest.raises(InputError) as caught:
        init(tmp_path / "x", answers=wrong)
    found = [problem.message.split(": expected")[0].split(": two")[0] for problem in caught.value.problems]
    assert found == ["title", "currency", "customers", "price", "steps", "steps: a: loss", "steps: A: days"]
    assert not (tmp_path / "x").exists()
    with pytest.raises(InputError, match="language: expected `en` or `ru`, found 'de'"):
        init(tmp_path / "x", language="de")


@pytest.mark.parametrize(
    ("parse", "typed", "value"),
    [
        (parse_stages, " Visit, Two words ,Оплата", ("Visit", "Two words", "Оплата")),
        (parse_loss, "30%", 0.3),
        (parse_days, "2 дня", 2.0),
        (parse_positive, "12.5", 12.5),
        (parse_currency, " usd", "USD"),
        (parse_title, " A\tname ", "A name"),
        (name_of, "1st visit!", "_1st_visit"),
    ],
)
def test_what_is_typed_is_understood(parse: object, typed: str, value: object) -> None:
    """Answers are read as a person would type them."""
    assert callable(parse)
    assert parse(typed) == value


@pytest.mark.parametrize(
    ("parse", "typed", "message"),
    [
        (parse_stages, "a,,b", "expected names of stages"),
        (parse_stages, "", "expected names of stages"),
        (parse_stages, "a b, A-B", "two stages would be called `a_b`"),
        (parse_stages, ",".join("abcdefghijklmnopqrstu"), "at most 20 stages"),
        (parse_loss, "100%", "below 100%"),
        (parse_loss, "30", "between 0% and 100%"),
        (parse_days, "2", "without a unit"),
        (parse_days, "0", "above 0"),
        (parse_positive, "0", "above 0"),
        (parse_currency, "roubles", "three letters"),
        (parse_title, " ", "expected a name"),
    ],
)
def test_what_is_typed_wrong_is_refused(parse: object, typed: str, message: str) -> None:
    """What cannot be meant is refused, saying what was expected."""
    assert callable(parse)
    with pytest.raises(ValueError, match=message):
        parse(typed)


def test_a_notebook_is_made_of_cells() -> None:
    """Cells of text lose their signs of comment, cells of code stay, and there are no outputs."""
    made = json.loads(make_notebook("# %% [markdown]\n# # Title\n#\n# text\n\n# %%\n1 + 1\n\n2\n"))
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in made["cells"]] == [
        ("markdown", "# Title\n\ntext"),
        ("code", "1 + 1\n\n2"),
    ]
    assert made["cells"][1]["outputs"] == []


# ---- notebooks on their way ----------------------------------------------------------------------------------------


def test_notebooks_are_copied_with_what_they_read(tmp_path: Path) -> None:
    """All notebooks and scenario files are copied; what is there already stays as it is, and is said."""
    (tmp_path / "notebooks").mkdir()
    mine = tmp_path / "notebooks" / "01_first_funnel.ipynb"
    mine.write_text("mine", encoding="utf-8")
    copied = lab.copy_notebooks(tmp_path)
    assert copied.kept == (mine,)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert {"02_drop_a_stage.ipynb", "03_fit_from_crm.ru.ipynb"} <= {path.name for path in copied.written}
    assert (tmp_path / "scenarios" / "budget.yaml").is_file()
    assert lab.copy_notebooks(tmp_path).written == ()


def test_lab_refuses_what_it_cannot_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the place of the folder, a notebook that is not there, and a missing JupyterLab are one line each."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="expected a folder or a notebook"):
        lab.copy_notebooks(tmp_path / "file")
    monkeypatch.setattr(lab, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'funnelsim\[notebook\]'"):
        lab.make_command(tmp_path)
    monkeypatch.setattr(lab, "find_spec", lambda _: True)
    with pytest.raises(InputError, match="there is no such notebook"):
        lab.make_command(tmp_path / "x.ipynb")
    command = lab.make_command(tmp_path, browser=False)
    assert command[1:3] == ["-m", "jupyterlab"]
    assert command[-2:] == ["--no-browser", str(tmp_path)]


def test_a_wheel_has_its_notebooks_as_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a clone, notebooks come from the package's data; an installation without any says so."""
    monkeypatch.setattr(lab, "find_clone", lambda: None)
    monkeypatch.setattr("funnelsim.views.starting.lab.resources.files", lambda _: tmp_path)
    with pytest.raises(InputError, match="this installation has no notebooks"):
        lab.copy_notebooks(tmp_path / "to")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("{}", encoding="utf-8")
    assert [path.name for path in lab.copy_notebooks(tmp_path / "to").written] == ["a.ipynb"]
