"""`funnelsim leaks` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from funnelsim.cli.app import app

SHOP = """
funnelsim: 1
currency: RUB
stages:
  - {name: window, causes: {distracted: 40%, forgot: 20%}}
  - {name: shop, causes: {no_trust: 30%}}
  - {name: purchase, revenue: 1000}
"""


def call(*arguments: object) -> Result:
    """Call the command line."""
    return CliRunner().invoke(app, ["leaks", *map(str, arguments)])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The file of a shop."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path / "shop.yaml"


def test_it_prints_the_contract_in_every_form(shop: Path, tmp_path: Path) -> None:
    """json, csv, xlsx and the table say the same; --cohort is heard."""
    document = json.loads(call(shop, "--cohort", 1000, "--format", "json").stdout)
    assert document["method"] == "exact"
    assert document["revenue"] == dict.fromkeys(("mean", "low", "high"), pytest.approx(336_000.0))
    assert [one["cause"] for one in document["causes"]] == ["distracted", "no_trust", "forgot"]
    csv = call(shop, "--cohort", 1000, "--format", "csv").stdout
    assert f",distracted,buyer,,removed,mean,{document['causes'][0]['removed']['mean']!r}\n" in csv
    assert call(shop, "-o", tmp_path / "leaks.xlsx").exit_code == 0
    assert "Where the money goes" in call(shop).stdout
    assert "At most" in call(shop, "--bounds").stdout
    assert "Куда уходят деньги" in call(shop, "--lang", "ru").stdout


def test_a_log_is_read(shop: Path, tmp_path: Path) -> None:
    """What `history` wrote is described; a file that is none is refused at its name, exit code 2."""
    log = tmp_path / "log.csv"
    assert CliRunner().invoke(app, ["history", str(shop), "-o", str(log)]).exit_code == 0
    assert "observed in an event log" in call(log).stdout
    log.write_text("a,b\n1,2\n")
    refused = call(log)
    assert refused.exit_code == 2
    assert f"{log}: an event log as `funnelsim history` writes it" in refused.stderr
    assert call(tmp_path / "none.csv").exit_code == 2


def test_mistakes_exit_with_2(shop: Path) -> None:
    """A broken file, no window, and an exact answer that is not there, each in one line."""
    shop.write_text(SHOP.replace("no_trust: 30%", "no_trust: 130%"))
    assert call(shop).exit_code == 2
    shop.write_text(SHOP.replace("stages:", "sources: {all: {arrivals: 5 / d}}\nstages:"))
    result = call(shop)
    assert result.exit_code == 2
    assert "never stops" in result.stderr
    team = "teams: {sales: {size: 1}}\nstages:\n  - {name: call, response: {team: sales, service: 1 h}}"
    shop.write_text(SHOP.replace("stages:", team))
    assert "no exact answer" in call(shop, "--method", "exact", "--cohort", 10).stderr
