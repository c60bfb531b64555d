"""The benchmarks' funnel files and exact values; left out where the folder is missing, as in an installed package."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from funnelsim.files.loading import load
from funnelsim.laws import Law
from funnelsim.model import Funnel, Touchpoint
from funnelsim.simulation import simulate

FOLDER = Path(__file__).parents[2] / "benchmarks"
FILES = sorted(path.stem for path in (FOLDER / "funnels").glob("*.yaml"))

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not here")

Part = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def part() -> Part:
    """A module of the benchmarks, by its name; the folder above is not searched, its funnelsim may not be meant."""
    if "benchmarks" not in sys.modules:
        spec = importlib.util.spec_from_file_location("benchmarks", FOLDER / "__init__.py")
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules["benchmarks"] = package
        spec.loader.exec_module(package)
    return lambda name: importlib.import_module(f"benchmarks.{name}")


@cache
def funnel_of(name: str) -> Funnel:
    """The funnel of a file, loaded once."""
    return load(FOLDER / "funnels" / f"{name}.yaml").funnel


def only(name: str, stage: int) -> Touchpoint:
    """The one touchpoint of a stage of a file, as customers without a segment meet it."""
    (touchpoint,) = funnel_of(name).variants[0].stages[stage].touchpoints
    return touchpoint


def same(law: Law, expected: tuple[str, float, float]) -> bool:
    """Whether a law is the one that the rivals use."""
    family, *numbers = expected
    return law.family == family and [value for _, value in law.parameters] == numbers[: len(law.parameters)]


def test_there_is_a_file_for_every_workload(part: Part) -> None:
    """Every workload has its file, and every file but the study is a workload."""
    workloads = part("workloads").WORKLOADS
    assert all(workload.path.is_file() for workload in workloads)
    assert {workload.path.stem for workload in workloads if workload.window is None} | {"w1_study"} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_funnels_are_valid_and_run(name: str) -> None:
    """Each file loads, and two hundred customers of it come to an end, with and without every scenario."""
    study = load(FOLDER / "funnels" / f"{name}.yaml")
    for funnel in (study.funnel, *(scenario.funnel for scenario in study.scenarios)):
        tally = simulate(funnel, replications=1, cohort=200, engine="reference")
        assert tally.customers == [200]
        assert tally.won[0] > 20
        assert not tally.open_at.any()


def test_the_study_has_ten_scenarios_of_its_size() -> None:
    """What is timed is 10 scenarios × 200 replications × 5,000 customers."""
    study = load(FOLDER / "funnels" / "w1_study.yaml")
    assert (len(study.scenarios), study.run.replications, study.run.cohort) == (10, 200, 5_000)


@pytest.mark.parametrize("name", ["w1", "w1_loops", "w2", "w2_calendar"])
def test_the_rivals_have_the_numbers_of_the_stages(part: Part, name: str) -> None:
    """Chances, clocks, services and orders of the files are those that the rivals use."""
    w = part("workloads")
    funnel = funnel_of(name)
    assert len(funnel.stages) == w.STAGES
    for number in range(w.STAGES):
        here = only(name, number)
        clocks = {clock.cause: clock for clock in here.clocks}
        assert same(here.takes, ("exponential", w.MEAN_TIME, 0.0))
        assert [math.isclose(chance.hazard, -math.log1p(-w.LOST_AT_ENTRY)) for chance in here.entry] == [True]
        assert same(clocks["competitor_offer"].law, ("exponential", w.RIVAL_RATE, 0.0))
        assert same(clocks["forgot"].law, ("weibull", w.FORGET_SHAPE, w.FORGET_SCALE))
        manned = name.startswith("w2") and number in w.MANNED
        assert (here.response is not None) == manned
        if here.response is not None:
            assert here.response.service is not None
            assert same(here.response.service, ("exponential", w.MEAN_SERVICE, 0.0))
            assert same(clocks["slow_response"].law, ("exponential", w.MEAN_PATIENCE, 0.0))
    (earning,) = funnel.variants[0].stages[-1].earnings
    assert earning.revenue is not None
    assert same(earning.revenue, ("lognormal", math.exp(w.ORDER_MU), w.ORDER_SIGMA))


def test_the_rivals_have_the_numbers_of_the_stress_funnel(part: Part) -> None:
    """Chances and clocks go round from stage to stage as the rivals let them."""
    w = part("workloads")
    for number, takes in enumerate(w.TAKES):
        here = only("stress", number)
        assert same(here.takes, takes)
        lost = sorted(-math.expm1(-chance.hazard) for chance in here.entry)
        expected = sorted(w.CHANCE[(cause + number) % 5] for cause in range(w.CHANCES))
        assert lost == pytest.approx(expected, rel=1e-12)
        laws = [clock.law for clock in here.clocks]
        assert all(any(same(law, clock) for law in laws) for clock in w.CLOCKS)
        assert len(laws) == len(w.CLOCKS)


def test_the_exact_values_of_eight_stages_are_the_published_ones(part: Part) -> None:
    """Quadrature gives what 30-digit arithmetic gave, for the base and for two changes."""
    exact = part("exact")
    chain = exact.solve_chain(exact.W1)
    found = {
        "conversion": chain.conversion,
        "revenue": chain.revenue.mean,
        "days": chain.days.mean,
        "visits": chain.visits.mean,
        "revenue, competitor halved at stage 3": exact.solve_chain(exact.RIVAL_HALVED).revenue.mean,
        "revenue, stage 5 dropped": exact.solve_chain(exact.STAGE_DROPPED).revenue.mean,
    }
    assert found == pytest.approx(exact.PUBLISHED, rel=1e-9)


def test_the_page_holds_what_was_found_against_the_exact_values(part: Part) -> None:
    """The exact values in the page of results are those that are computed; loops by a geometric series."""
    exact, told = part("exact"), part("report").EXACT
    conversion, revenue = exact.solve_loops()
    assert told["w1"] == pytest.approx({name: exact.PUBLISHED[name] for name in told["w1"]})
    assert told["w1_loops"] == pytest.approx({"conversion": conversion, "revenue": revenue}, rel=1e-8)
    assert told["w3"] == pytest.approx({"waiting": exact.erlang_c(5, 4.5).wait}, rel=1e-9)


def test_the_outcomes_of_a_stage_are_everything(part: Part) -> None:
    """Shares add up to 1, and second moments are those of a stage without losses (exponential: E[T²] = 2)."""
    exact = part("exact")
    outcome = exact.solve_stage(exact.Stage())
    assert outcome.no_trust + outcome.competitor_offer + outcome.forgot + outcome.passed == pytest.approx(
        1.0, abs=1e-12
    )
    alone = exact.solve_stage(exact.Stage(entry=0.0, rival=0.0, scale=1e9))
    assert (alone.passed, alone.time, alone.square, alone.passing) == pytest.approx((1.0, 1.0, 2.0, 1.0), rel=1e-9)


# Computed twice by independent means, 30-digit arithmetic among them.
@pytest.mark.parametrize(
    ("size", "rate", "waiting", "wait"),
    [
        (1, 0.9, 0.9, 9.0),
        (2, 1.6, 0.711111111, 1.77777778),
        (5, 4.5, 0.7624932207, 1.5249864415),
        (10, 9.0, 0.6687315241, 0.6687315241),
        (50, 48.0, 0.694455611, 0.347227806),
    ],
)
def test_erlang_c_is_the_published_one(part: Part, size: int, rate: float, waiting: float, wait: float) -> None:
    """The share that waits and the mean wait of M/M/n."""
    queue = part("exact").erlang_c(size, rate)
    assert (queue.waiting, queue.wait) == pytest.approx((waiting, wait), rel=2e-9)


# Computed twice by independent means, 30-digit arithmetic among them.
@pytest.mark.parametrize(
    ("size", "rate", "leaving", "expected"),
    [
        (10, 10.0, 1.0, (0.1251100357, 0.5420702855, 0.1251100357)),
        (10, 10.0, 0.5, (0.1039132123, 0.6196552309, 0.2078264247)),
        (10, 10.0, 2.0, (0.1460092534, 0.4655746412, 0.0730046267)),
        (50, 48.0, 0.5, (0.0309122492, 0.4677740686, 0.0618244983)),
        (105, 100.0, 1.0, (0.0200410519, 0.3215927753, 0.0200410519)),
    ],
)
def test_erlang_a_is_the_published_one_and_the_exponential_case_of_any_patience(
    part: Part, size: int, rate: float, leaving: float, expected: tuple[float, ...]
) -> None:
    """The share that gives up, the share that waits and the mean wait of M/M/n+M, from two formulas."""
    exact = part("exact")
    for queue in (exact.erlang_a(size, rate, leaving), exact.impatient(size, rate, lambda x: math.exp(-leaving * x))):
        assert (queue.lost, queue.waiting, queue.wait) == pytest.approx(expected, rel=1e-8)


# Baccelli and Hebuterne's formula, computed twice by independent means.
@pytest.mark.parametrize(
    ("shape", "lost"), [(1.0, 0.1251100357), (math.inf, 0.0682118205), (2.0, 0.0954796421), (0.5, 0.1635737873)]
)
def test_impatience_of_any_law_loses_the_published_share(part: Part, shape: float, lost: float) -> None:
    """The share that gives up in M/M/10+G with patience of mean 1: exponential, fixed, two Weibull laws."""
    if math.isinf(shape):
        queue = part("exact").impatient(10, 10.0, lambda x: float(x < 1.0), 1.0)
    else:
        scale = 1.0 / math.gamma(1.0 + 1.0 / shape)
        queue = part("exact").impatient(10, 10.0, lambda x: math.exp(-((x / scale) ** shape)))
    assert queue.lost == pytest.approx(lost, rel=1e-8)


def test_numbers_are_told_with_three_digits(part: Part) -> None:
    """Tables show three significant digits, in full and with commas."""
    shown = [part("report").show(value) for value in (12_345_678.0, 1234.0, 0.012345, 99.96, 0.0)]
    assert shown == ["12,300,000", "1,230", "0.0123", "100", "0"]


def test_names_of_workloads_are_checked(part: Part) -> None:
    """`--only` takes names with commas; a name that does not exist is refused."""
    parse = part("workloads").parse_names
    assert parse("w1, w3", ["w1", "w2", "w3"]) == ("w1", "w3")
    assert parse(None, ["w1"]) == ("w1",)
    with pytest.raises(ValueError, match="there is no w9"):
        parse("w9", ["w1"])


def test_the_solver_agrees_with_a_few_simulated_customers(part: Part) -> None:
    """Every figure of two small funnels within 4.4 standard errors at 20,000 customers, and the table of them."""
    agreement = part("agreement")
    worlds = [(path, world) for path, world in agreement.list_worlds() if path.stem in ("smallest", "w1_study")]
    assert ("smallest", "base") in {(path.stem, world) for path, world in worlds}
    found = [agreement.compare(path, world, 20_000) for path, world in worlds if world == "base"]
    assert all(abs(one.worst.z) <= agreement.MOST for one in found)
    page = agreement.write_page(f"before {agreement.BEGIN} old {agreement.END} after", found)
    assert page.startswith(f"before {agreement.BEGIN}\n| funnel | customers |")
    assert page.endswith(f"{agreement.END} after")
    assert " old " not in page


def test_estimates_are_compared_over_like_windows(part: Part) -> None:
    """The estimate of a queue beside the engine's: who gives up, the mean wait and the revenue, within a tenth."""
    estimates = part("estimates")
    cases = dict(estimates.cases())
    name = "five people, services exponential, patience of 30 min"
    rows = estimates.compare(name, cases[name], 2)
    assert [row.figure for row in rows] == ["gives up", "mean wait, min", "revenue per customer"]
    assert all(abs(row.estimate / row.found - 1.0) < 0.1 for row in rows)
