"""The scenario files in `scenarios/`: they load, say what they mean in both languages, and every scenario acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funnelsim.causes import CATALOGUE, Label
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference import run_replication
from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON
from funnelsim.files.dumping import dumps
from funnelsim.files.loading import load, loads
from funnelsim.model import Funnel, Run, Study
from funnelsim.plan import Plan, make_plan

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = (
    "after_a_pilot",
    "b2b_sales",
    "budget",
    "how_many_people",
    "journey_map",
    "problem_to_repeat",
    "saas_owner",
    "smallest",
)
#: A small window for each file, in which everything that it describes can happen.
SMALL = {
    "after_a_pilot": Run(cohort=2000),
    "b2b_sales": Run(horizon=35.0),
    "budget": Run(cohort=20.0),
    "how_many_people": Run(horizon=7.0),
    "journey_map": Run(horizon=35.0),
    "problem_to_repeat": Run(cohort=4.0),
    "saas_owner": Run(horizon=40.0),
    "smallest": Run(cohort=500),
}
#: The causes of the essay: all those of the buyer and of the company but two, which its cases added.
ADDED = ("slow_response", "terms_unsuitable")
ESSAY = tuple(key for key, cause in CATALOGUE.items() if cause.side != "none" and key not in ADDED)
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)

FunnelRun = tuple[Plan, Journeys]


@cache
def study(name: str) -> Study:
    """Return a shipped file, loaded once."""
    return load(FOLDER / f"{name}.yaml")


def changed(name: str, scenario: str) -> Funnel:
    """Return the funnel of a scenario."""
    return next(found for found in study(name).scenarios if found.name == scenario).funnel


def play(funnel: Funnel, run: Run, replication: int = 0) -> FunnelRun:
    """Run one replication."""
    plan = make_plan(funnel, run)
    return plan, run_replication(plan, run.seed, replication)


@cache
def base(name: str) -> FunnelRun:
    """Return one replication of a file's base in its small window."""
    return play(study(name).funnel, SMALL[name])


def labels(name: str) -> Iterator[tuple[str, Label]]:
    """Every text that people read about what a file names itself."""
    found = study(name)
    yield "name", found.funnel.name
    parts: tuple[tuple[str, Any], ...] = (
        ("sources", found.funnel.sources),
        ("segments", found.funnel.segments),
        ("budgets", found.funnel.budgets),
        ("stages", found.funnel.stages),
        ("touchpoints", [t for stage in found.funnel.stages for t in stage.touchpoints if t.name != "rest"]),
        ("interventions", found.interventions),
        ("scenarios", found.scenarios),
    )
    for kind, items in parts:
        for item in items:
            yield f"{kind}.{item.name}", item.label
    for cause in found.funnel.causes:
        yield f"causes.{cause.key}", cause.label


def named_scenarios() -> list[tuple[str, str]]:
    """Return every scenario of every file."""
    return [(name, scenario.name) for name in FILES for scenario in study(name).scenarios]


def test_these_are_the_files_that_are_shipped() -> None:
    """Every file of the folder is tested here."""
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_loads_without_warnings(name: str) -> None:
    """Nothing in a shipped file is doubtful."""
    assert study(name).warnings == ()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_written_as_it_was_read(name: str) -> None:
    """`dump` keeps text and comments, and what it writes is read as the same study."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    written = dumps(study(name))
    assert written == text
    again = loads(written, path=FOLDER / f"{name}.yaml")
    assert dumps(again) == written
    assert again.digest == study(name).digest


@pytest.mark.parametrize("name", FILES)
def test_labels_are_in_both_languages(name: str) -> None:
    """Whatever a file names is called in English and in Russian, and not by its key."""
    for place, label in labels(name):
        if place == "sources.all":
            continue  # the default source, which the smallest file does not mention
        assert CYRILLIC.search(label.ru), f"{place}: {label.ru!r} is not Russian"
        assert not CYRILLIC.search(label.en), f"{place}: {label.en!r} is not English"
        assert "_" not in label.en, f"{place}: {label.en!r} is a key"


@pytest.mark.parametrize("name", FILES)
def test_sources_are_explained_at_the_head(name: str) -> None:
    """A file says that it holds assumptions, and every mark such as [1] or [B] is explained before the first key."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    head = text.split("funnelsim: 1")[0]
    assert "assumption" in head
    for mark in set(re.findall(r"\[([1-9A-Z])\]", text)):
        assert re.search(rf"^#   \[{mark}\] +\S.{{30}}", head, re.MULTILINE), f"[{mark}] is not explained"


@pytest.mark.parametrize("name", FILES)
def test_visits_are_conserved(name: str) -> None:
    """Whoever enters a stage or is sent there visits it; visits = completed + lost + still there at the end."""
    plan, journeys = base(name)
    visits = journeys.visits
    entering = visits[np.unique(visits["customer"], return_index=True)[1]]
    assert len(entering) == len(journeys.customers) >= 400
    for number, stage in enumerate(plan.stages):
        here = visits[visits["stage"] == number]
        under_way = visits[np.flatnonzero(visits["stage"] == -1) - 1]  # in the delay before the stage at the end
        came = (entering["stage"] == number).sum() + (visits["to"] == number).sum() - (under_way["to"] == number).sum()
        completed = sum((here["outcome"] == outcome).sum() for outcome in (NEXT, WON, END))
        lost = here[here["outcome"] == LOST]
        assert len(here) == came > 0, stage
        assert len(here) == completed + len(lost) + (here["outcome"] == OPEN).sum(), stage
        assert (lost["cause"] >= 0).all(), stage


@pytest.mark.parametrize(("name", "scenario"), named_scenarios())
def test_every_scenario_changes_something(name: str, scenario: str) -> None:
    """No scenario is idle: the funnel is another one, and so are the journeys of the same customers."""
    funnel = changed(name, scenario)
    assert funnel.digest != study(name).funnel.digest
    given = next(found for found in study(name).scenarios if found.name == scenario)
    verbs = [change.document for intervention in given.interventions for change in intervention.changes]
    if any('"set"' not in verb for verb in verbs):  # a value that is set says itself what it is
        assert funnel.assumptions, "a change always assumes something, and says so"
    journeys = play(funnel, SMALL[name])[1]
    before = base(name)[1]
    assert journeys.visits.tobytes() != before.visits.tobytes()


@pytest.mark.parametrize("name", FILES)
def test_every_intervention_is_used_and_has_a_cost(name: str) -> None:
    """Nothing is tried for free, and nothing is listed that no scenario tries."""
    found = study(name)
    used = {intervention.name for scenario in found.scenarios for intervention in scenario.interventions}
    assert used == {intervention.name for intervention in found.interventions}
    assert all(intervention.once + intervention.per_month > 0.0 for intervention in found.interventions)


def test_the_essay_has_twenty_causes_and_each_takes_somebody() -> None:
    """All causes of the essay occur in `problem_to_repeat`, no other does, and each loses at least one customer."""
    assert len(ESSAY) == 20
    assert sorted(cause.key for cause in study("problem_to_repeat").funnel.causes) == sorted(ESSAY)
    taken: set[str] = set()
    for replication in range(3):
        plan, journeys = play(study("problem_to_repeat").funnel, Run(cohort=14.0), replication)
        lost = journeys.visits[journeys.visits["outcome"] == LOST]
        taken |= {plan.causes[cause] for cause in set(lost["cause"].tolist())}
    assert taken == set(ESSAY)


def test_the_narrowest_stage_is_the_one_that_is_widened() -> None:
    """`widen_narrowest` acts on the stage that loses the largest share of those who come there: 54% at `options`."""
    visited: dict[str, int] = {}
    lost: dict[str, int] = {}
    for replication in range(4):
        plan, journeys = play(study("problem_to_repeat").funnel, Run(cohort=14.0, seed=20), replication)
        for number, stage in enumerate(plan.stages):
            here = journeys.visits[journeys.visits["stage"] == number]
            visited[stage] = visited.get(stage, 0) + len(here)
            lost[stage] = lost.get(stage, 0) + int((here["outcome"] == LOST).sum())
    shares = {stage: lost[stage] / visited[stage] for stage in visited}
    assert max(shares, key=shares.__getitem__) == "options"
    # Four standard errors of a share of 0.54 among some 3,900 visits.
    assert abs(shares["options"] - 0.54) < 4.0 * (0.54 * 0.46 / visited["options"]) ** 0.5
    widened = next(i for i in study("problem_to_repeat").interventions if i.name == "widen_narrowest")
    assert all("stages.options." in change.document for change in widened.changes)


def test_the_smallest_file_is_what_its_comments_calculate() -> None:
    """33.6% buy; 48% without the shop; 43.4% with half the distractions; 62% with both (error level 0.01%).

    Shares by hand: 0.6 × 0.8 × 0.7, 0.6 × 0.8, √0.6 × 0.8 × 0.7 and √0.6 × 0.8. A deviation of more than 1.4 percentage
    points fails (4 standard errors of 20,000 customers).
    """
    expected = {"": 0.336, "no_shop": 0.48, "fewer_distractions": 0.6**0.5 * 0.56, "both": 0.6**0.5 * 0.8}
    for scenario, share in expected.items():
        funnel = changed("smallest", scenario) if scenario else study("smallest").funnel
        plan, journeys = play(funnel, Run(cohort=10000))
        more = play(funnel, Run(cohort=10000), 1)[1]
        won = sum(int((found.visits["outcome"] == WON).sum()) for found in (journeys, more))
        assert plan.stages[-1] == "purchase"
        assert abs(won / 20000 - share) < 4.0 * (share * (1.0 - share) / 20000) ** 0.5
