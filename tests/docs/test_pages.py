"""The pages of docs/: they build without a warning and ask nobody outside; example mappings read what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from funnelsim.files.loading import loads
from funnelsim.reading.logs import read_log

DOCS = Path(__file__).parents[2] / "docs"


def test_every_page_is_in_a_table_of_contents() -> None:
    """No page is left where no reader finds it."""
    listed = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    named = {line.strip() for line in listed.splitlines()} | {"index"}
    assert {page for page in pages if not page.startswith("decisions/0")} <= named


@pytest.mark.parametrize(
    ("name", "customers", "won", "lost", "still"),
    [("hubspot", 4, 1, 2, 1), ("amocrm", 3, 1, 1, 1), ("bitrix24", 3, 1, 1, 1)],
)
def test_example_mappings_read_the_layout_beside_them(
    name: str, customers: int, won: int, lost: int, still: int
) -> None:
    """Each reads all rows of a small export of its layout, counted by hand: who came, won, lost and is still open."""
    log = read_log(DOCS / "mappings" / f"{name}.csv", DOCS / "mappings" / f"{name}.yaml")
    outcomes = log.table.groupby("customer")["outcome"].last()
    assert log.report is not None
    assert log.report.dropped == 0
    assert len(outcomes) == customers
    assert [int((outcomes == outcome).sum()) for outcome in ("won", "lost", "open")] == [won, lost, still]


def test_the_team_of_the_how_to_loads() -> None:
    """The funnel of the page on reply time and what it tries are whole files, but for their first line."""
    page = (DOCS / "howto" / "model_reply_time.md").read_text(encoding="utf-8")
    funnel, tried = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    scenarios = re.findall(r"^  (\w+):", tried, re.MULTILINE)
    study = loads(f"funnelsim: 1\n{funnel}{tried}scenarios: [{', '.join(scenarios)}]\n")
    assert len(study.scenarios) == 4


@pytest.mark.slow
@pytest.mark.skipif(find_spec("sphinx") is None, reason="the extra `docs` is not installed")
def test_the_pages_build(tmp_path: Path) -> None:
    """Sphinx builds all pages with warnings as errors; pages load nothing from another server; pictures have texts."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(DOCS), str(tmp_path)]
    built = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=600)
    assert built.returncode == 0, built.stderr
    for page in tmp_path.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert not re.search(r'(src="|<link[^>]+href=")(https?:)?//', html), page
    gallery = (tmp_path / "gallery.html").read_text(encoding="utf-8")
    shown = re.findall(r'<img src="(_images/gallery_[^"]+)"[^>]* alt="([^"]{40,})"', gallery)
    assert len(shown) == 2 * len(list((DOCS.parent / "scenarios").glob("*.yaml")))
    assert all((tmp_path / name).is_file() for name, _ in shown)
