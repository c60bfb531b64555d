"""What notebooks show of results: a line and tables, in which no text of a file or a log becomes markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import pytest

from funnelsim import choose, compare, fit, history, leaks, loads, sensitivity, simulate, solve
from funnelsim.model import Study
from funnelsim.uncertainty import assess

EVIL = "<script>alert(1)</script>"
STUDY = f"""\
funnelsim: 1
funnel:
  funnelsim: 1
  name: "{EVIL}"
  currency: "{EVIL}"
  sources: {{ads: {{batch: 200}}}}
  stages:
    - {{name: call, label: "{EVIL}", causes: {{forgot: {{mean: 20%, low: 10%, high: 32%}}, apathy: 10%}}}}
    - {{name: buy, revenue: 1000}}
interventions:
  quick: {{label: "{EVIL}", cost: {{once: 5}}, changes: [{{scale: stages.call.causes.forgot, by: 0.5}}]}}
run: {{replications: 2, seed: 1}}
"""


class Shown(Protocol):
    """Whatever a notebook shows as HTML."""

    def _repr_html_(self) -> str: ...


def _results(study: Study) -> Mapping[str, Shown]:
    log = history(study.funnel, run=study.run)
    named = replace(log, stages=(EVIL, "buy"), causes=tuple(EVIL for _ in log.causes))
    lost = leaks(study.funnel, run=study.run)
    found = sensitivity(study)
    chosen = choose(study)
    return {
        "Study": study,
        "Funnel": study.funnel,
        "Tally": simulate(study.funnel, run=study.run),
        "Solution": solve(study.funnel),
        "Comparison": compare(study, draws=0),
        "Uncertainty": assess(study, draws=20, method="exact"),
        "Leaks": replace(lost, leaks=tuple(replace(one, segment=EVIL) for one in lost.leaks)),
        "Sensitivity": replace(found, by=EVIL),
        "Choice": replace(chosen, best=replace(chosen.best, options=(EVIL,))),
        "EventLog": named,
        "Fit": replace(
            fit(log, draws=4), parameters=tuple(replace(p, path=EVIL) for p in fit(log, draws=4).parameters)
        ),
    }


@pytest.fixture(scope="module")
def results() -> Mapping[str, Shown]:
    """One of each kind of result, with a hostile text wherever one can stand."""
    return _results(loads(STUDY))


@pytest.mark.parametrize(
    "kind",
    [
        *("Study", "Funnel", "Tally", "Solution", "Comparison", "Uncertainty", "Leaks", "Sensitivity", "Choice"),
        *("EventLog", "Fit"),
    ],
)
def test_a_result_has_tables_without_markup_of_its_own(kind: str, results: Mapping[str, Shown]) -> None:
    """Every result has a title and at least a table, and what people wrote is shown letter for letter."""
    page = results[kind]._repr_html_()
    assert page.startswith("<div>")
    assert page.endswith("</div>")
    assert "<table" in page
    assert "<script" not in page
    if kind != "Uncertainty":  # it shows names only, which cannot be hostile
        assert "&lt;script&gt;" in page
