"""The funnels printed in the README and in the docs load as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from funnelsim.comparison import compare
from funnelsim.files.loading import load, loads

#: What the scenario file of docs/file_format.md speaks of.
B2B = """\
funnelsim: 1
stages:
  - {name: new_request, response: {wait: 1 h}, takes: 1 d, causes: {competitor_offer: 5%}}
  - {name: presentation, causes: {no_trust: 10%}}
  - {name: payment, revenue: 1}
sources: {all: {arrivals: 5 / d}}
"""


def blocks(path: Path) -> list[str]:
    """The YAML of a page that begins like a file of ours."""
    found = re.findall(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    return [text for text in found if text.startswith("funnelsim:")]


@pytest.mark.parametrize("page", ["README.md", "docs/file_format.md"])
def test_every_funnel_of_a_page_loads(root: Path, page: str) -> None:
    """No example has a mistake; there is at least one."""
    funnels = [text for text in blocks(root / page) if "\nstages:" in text]
    assert funnels
    for text in funnels:
        loads(text)


def test_the_scenarios_of_the_readme_bring_what_it_says(root: Path, tmp_path: Path) -> None:
    """1,000 customers: 336 buy; without the advertisement 700, of 520 lost there 364 buy and 156 are lost later."""
    smallest, scenarios, _ = blocks(root / "README.md")
    (tmp_path / "smallest.yaml").write_text(smallest, encoding="utf-8")
    (tmp_path / "scenarios.yaml").write_text(scenarios, encoding="utf-8")
    comparison = compare(load(tmp_path / "scenarios.yaml"), replications=4)
    won = comparison.base.measures["won"].mean / 10.0
    assert abs(won - 336.0) < 4.4 * (1000 * 0.336 * 0.664 / 40) ** 0.5  # binomial, 4 × 10,000 customers
    outcome = comparison.scenarios[0]
    assert outcome.name == "word_of_mouth"
    gone = [row for row in outcome.ledger if row.base.stage == "advertisement"]
    bought = sum(row.customers for row in gone if row.scenario.fate == "won") / 10.0
    later = sum(row.customers for row in gone if row.scenario.stage == "shop") / 10.0
    assert abs(bought - 364.0) < 4.4 * (1000 * 0.364 * 0.636 / 40) ** 0.5
    assert abs(later - 156.0) < 4.4 * (1000 * 0.156 * 0.844 / 40) ** 0.5


def test_the_python_of_the_readme_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verbs do what the block says, in the order of the page."""
    monkeypatch.chdir(root)
    text = (root / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 (it is ours)
    assert [outcome.name for outcome in names["comparison"].scenarios] == ["no_shop", "fewer_distractions", "both"]
    assert names["changed"].digest != names["study"].funnel.digest
    assert names["tally"].won.mean() > names["comparison"].base.measures["won"].mean
    assert set(names["log"].table["stage"].dropna()) == {"advertisement", "purchase"}


def test_the_scenario_file_of_the_format_page_loads(root: Path, tmp_path: Path) -> None:
    """With funnels of the stages that it names beside it."""
    (text,) = (text for text in blocks(root / "docs/file_format.md") if "\nfunnel:" in text)
    (tmp_path / "funnels").mkdir()
    for name in ("b2b_sales", "self_service"):
        (tmp_path / "funnels" / f"{name}.yaml").write_text(B2B, encoding="utf-8")
    (tmp_path / "scenarios.yaml").write_text(text, encoding="utf-8")
    assert len(load(tmp_path / "scenarios.yaml").scenarios) == 4
