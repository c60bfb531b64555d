"""Claims about `funnelsim.simulation`: settings, replications in any number of processes, precision, size."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy import stats

from funnelsim.errors import FunnelsimError, InputError, InterruptedRunError, TooLargeError
from funnelsim.estimates import Precision, is_precise
from funnelsim.files.loading import loads
from funnelsim.histories import history
from funnelsim.journal import Journal
from funnelsim.model import Funnel, Run
from funnelsim.parallel.jobs import Whole
from funnelsim.parallel.pools import Workers
from funnelsim.plan import Plan
from funnelsim.replications import ENGINES, check_engine, run_and_count
from funnelsim.simulation import BUDGET, check_size, make_run, parse_precision, replicate, simulate
from funnelsim.tallies import Tally, merge, tally_document
from funnelsim.workloads import Staff

NAN = math.nan
THREE_STAGES = """
funnelsim: 1
sources: {all: {batch: 400}}
stages:
  - {name: advertisement, causes: {distracted: 40%, forgot: 20%}}
  - {name: shop, causes: {no_trust: 30%}}
  - {name: purchase, revenue: {exponential: {mean: 1000}}}
"""
CALENDAR = """
funnelsim: 1
sources: {ads: {arrivals: 20 / d, cost: 10}}
segments: {vip: {share: 20%, changes: [{scale: stages.*.causes.competitor_offer, by: 0.5}]}}
stages:
  - name: talk
    takes: {exponential: {mean: 2 d}}
    cost: 3
    causes: {competitor_offer: {time_to_loss: {exponential: {rate: 0.2 / d}}}}
  - name: purchase
    takes: {exponential: {mean: 4 d}}
    revenue: 100
    margin: 40%
    referrals: {mean: 0.3, enters: talk, after: 1 d}
"""


@pytest.fixture(scope="module")
def funnel() -> Funnel:
    """Three stages with chances .4, .2 and .3 of being lost: conversion .336 of 400 customers."""
    return loads(THREE_STAGES).funnel


@pytest.fixture(scope="module")
def open_funnel() -> Funnel:
    """Customers arriving for ever, who take their time."""
    return loads(CALENDAR).funnel


def equal(one: Tally, other: Tally) -> bool:
    """Whether all arrays of two tallies are the same, bit for bit."""
    arrays = [field.name for field in fields(Tally) if isinstance(getattr(one, field.name), np.ndarray)]
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays)


# ---- what comes out


def test_conversion_is_the_product_of_what_is_not_lost(funnel: Funnel) -> None:
    """Of 40,000 customers .6 × .8 × .7 win, within 4.5 standard errors of the binomial (error level 1e-5)."""
    tally = simulate(funnel, replications=100)
    assert tally.customers.sum() == 40_000
    assert abs(tally.won.sum() / 40_000 - 0.336) < 4.5 * math.sqrt(0.336 * 0.664 / 40_000)
    assert abs(tally.revenue.sum() / tally.won.sum() - 1000.0) < 4.5 * 1000.0 / math.sqrt(tally.won.sum())


def test_nobody_goes_missing(open_funnel: Funnel) -> None:
    """By the calendar visits = completed + lost + open and customers = won + lost before winning + open."""
    tally = simulate(open_funnel, replications=3, horizon="60 d", warm_up="10 d")
    assert (tally.visits == tally.completed + tally.lost + tally.open_at).all()
    assert (tally.customers == tally.won + tally.fates.sum(axis=(1, 2)) + tally.open).all()
    assert (tally.days == 50.0).all()


def test_goods_are_what_the_margin_leaves(open_funnel: Funnel) -> None:
    """With a margin of 40% goods cost 60% of revenue; visits cost 3, arrivals 10 each, referrals nothing."""
    tally = simulate(open_funnel, replications=2, cohort=100)
    assert tally.goods.tolist() == pytest.approx((0.6 * tally.revenue).tolist())
    assert tally.visit_cost.tolist() == (3.0 * tally.visits[:, 0]).tolist()
    assert tally.source_cost.tolist() == [1000.0, 1000.0]
    assert (tally.visits[:, 0] > 100).all()  # descendants are followed
    assert tally.customers.tolist() == [100, 100]  # and not counted


def test_provenance_says_what_was_run(funnel: Funnel) -> None:
    """A tally knows its funnel, seed, replications, window, engine and versions."""
    tally = simulate(funnel, replications=2, seed=5, start=date(2026, 1, 5))
    provenance = tally.provenance
    assert provenance["digest"] == funnel.digest
    assert (provenance["seed"], provenance["replications"], provenance["engine"]) == (5, 2, "compiled")
    assert provenance["window"] == {"start": "2026-01-05"}
    assert {"funnelsim", "python", "numpy"} <= set(provenance["versions"])


def test_nothing_is_printed(funnel: Funnel, capsys: pytest.CaptureFixture[str]) -> None:
    """A simulation says nothing by itself."""
    simulate(funnel, replications=2, progress=None)
    assert capsys.readouterr() == ("", "")


# ---- replications


def test_halves_merge_to_the_whole(open_funnel: Funnel) -> None:
    """Replications 0–2 and 3–5 merge to the run of six, bit for bit (relation 16)."""
    run_six = partial(simulate, open_funnel, horizon=20.0)
    halves = merge(run_six(replications=3, first=3), run_six(replications=3))
    whole = run_six(replications=6)
    assert equal(halves, whole)
    assert halves.run == whole.run
    assert halves.provenance == whole.provenance


def test_a_replication_can_be_made_alone(funnel: Funnel) -> None:
    """Replication 7 alone is replication 7 of ten."""
    alone = simulate(funnel, replications=1, first=7)
    ten = simulate(funnel, replications=10)
    assert alone.revenue[0] == ten.revenue[7]
    assert alone.replication.tolist() == [7]


@pytest.mark.parametrize("engine", ENGINES)
def test_workers_do_not_matter(open_funnel: Funnel, engine: str) -> None:
    """Two threads or processes give what one gives, bit for bit, and report progress alike."""
    seen: list[list[tuple[int, int]]] = [[], []]
    tallies = [
        simulate(
            open_funnel,
            replications=4,
            horizon=20.0,
            engine=engine,
            jobs=jobs,
            progress=lambda *done, jobs=jobs: seen[jobs - 1].append(done),
        )
        for jobs in (1, 2)
    ]
    assert equal(*tallies)
    assert seen[0] == seen[1] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_seed_zero_is_a_seed(funnel: Funnel) -> None:
    """Seed 0 overrides another seed, and another seed gives other numbers."""
    zero, five = (simulate(funnel, run=Run(replications=2, seed=5), seed=seed) for seed in (0, 5))
    assert zero.run.seed == 0
    assert zero.revenue.tolist() == simulate(funnel, replications=2).revenue.tolist()
    assert (zero.revenue != five.revenue).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_interrupting_stops_at_once(funnel: Funnel, engine: str) -> None:
    """An interrupt comes through from one worker and from several, and the next run works."""

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    for jobs in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            simulate(funnel, replications=500, engine=engine, jobs=jobs, progress=interrupt)
    assert simulate(funnel, replications=2, engine=engine, jobs=2).replications == 2


def test_history_is_a_replication_with_everyone(open_funnel: Funnel) -> None:
    """A history holds every visit of one replication, and adds up to that replication's tally."""
    log = history(open_funnel, horizon="30 d", replication=2)
    tally = simulate(open_funnel, replications=1, first=2, horizon="30 d")
    table = log.table
    assert table["value"].sum() == tally.revenue[0]
    assert (table["stage"] == "talk").sum() == tally.visits[0, 0]
    assert table["customer"].nunique() == len(log.customers)
    assert set(table["segment"].dropna()) == {"vip"}
    assert (log.start, log.provenance["replication"]) == ("2024-01-01", 2)
    assert log.table["parent"].notna().any()


# ---- settings


def test_settings_override_those_of_the_file() -> None:
    """What is given takes the place of the file's; a cohort takes that of a horizon, and the reverse."""
    written = Run(replications=200, seed=7, horizon=365.0, warm_up=30.0)
    assert make_run(written, seed=0) == replace(written, seed=0)
    assert make_run(written, horizon="90 d", warm_up=0.0) == replace(written, horizon=90.0, warm_up=0.0)
    assert make_run(written, cohort="2 w") == Run(replications=200, seed=7, cohort=14.0)
    assert make_run(Run(cohort=100), horizon=10.0) == Run(horizon=10.0)
    assert make_run(None) == Run()


@pytest.mark.parametrize(("given", "expected"), [(10_000, 10_000), ("10000", 10_000), (90.0, 90.0), ("90 d", 90.0)])
def test_cohorts_are_numbers_or_times(given: float | str, expected: float) -> None:
    """A whole number counts arrivals, anything else is a time."""
    cohort = make_run(None, cohort=given).cohort
    assert cohort == expected
    assert type(cohort) is type(expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"replications": 0}, "replications: expected a whole number from 1 on, not 0"),
        ({"replications": 2.5}, "replications: expected a whole number"),
        ({"replications": True}, "replications: expected a whole number"),
        ({"seed": -1}, r"seed: expected a whole number from 0 to 2\^63 - 1"),
        ({"seed": 1 << 63}, "seed: expected"),
        ({"horizon": 0.0}, "horizon: expected a time in days"),
        ({"horizon": NAN}, "horizon: expected a time in days"),
        ({"horizon": "90"}, "horizon: .*without a unit"),
        ({"horizon": 10.0, "warm_up": 10.0}, "warm_up: 10 d leaves nothing of a horizon of 10 d"),
        ({"warm_up": 10.0}, "warm_up: needs a horizon"),
        ({"cohort": 0}, "cohort: expected at least one arrival"),
        ({"cohort": 0.0}, "cohort: expected a time above 0"),
        ({"cohort": 5, "horizon": 5.0}, "give a horizon or a cohort, not both"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    """Settings that make no sense are refused with what was expected."""
    with pytest.raises(InputError, match=message):
        make_run(None, **settings)


def test_every_wrong_setting_is_named() -> None:
    """All mistakes are reported at once."""
    with pytest.raises(InputError) as caught:
        make_run(None, replications=0, seed=-1, horizon=-5.0)
    assert len(caught.value.problems) == 3


def test_unknown_engine_suggests_one() -> None:
    """A misspelt engine is answered with the right one."""
    with pytest.raises(InputError, match=r"no engine 'refrence' \(did you mean 'reference'\?\)"):
        check_engine("refrence")


@pytest.mark.parametrize("jobs", [0, -2, 1.5])
def test_wrong_number_of_processes(funnel: Funnel, jobs: int) -> None:
    """Zero at a time, or half a one, are refused."""
    with pytest.raises(InputError, match="jobs: expected how many work at a time"):
        simulate(funnel, replications=1, jobs=jobs)


def test_a_stream_needs_an_end(open_funnel: Funnel) -> None:
    """A source that never stops needs a horizon or a cohort."""
    with pytest.raises(InputError, match="never stops"):
        simulate(open_funnel)


# ---- size


def test_a_run_beyond_the_budget_is_refused_at_once() -> None:
    """A billion customers are refused before anybody is simulated, naming size, budget and the way round."""
    huge = loads(THREE_STAGES.replace("400", "1000000000")).funnel
    with pytest.raises(TooLargeError, match=r"60,000,000,000 visits.*budget is 200,000,000.*--allow-large"):
        simulate(huge)
    with pytest.raises(TooLargeError):
        history(huge)


def test_size_counts_replications_and_funnels(funnel: Funnel) -> None:
    """400 customers × 3 stages × 100,000 replications is within the budget for one funnel and not for two."""
    run = Run(replications=100_000)
    assert check_size([funnel], run, None, None, allow_large=False) == 100_000
    with pytest.raises(TooLargeError, match="of 2 funnels"):
        check_size([funnel, funnel], run, None, None, allow_large=False)
    assert check_size([funnel, funnel], run, None, None, allow_large=True) == 100_000


def test_precision_keeps_within_the_budget(funnel: Funnel) -> None:
    """With a precision there are at most 1,000 replications, or as many as given, or as the budget allows."""
    wanted = Precision(share=0.01)
    assert check_size([funnel], Run(), None, wanted, allow_large=False) == 1000
    assert check_size([funnel], Run(), 40, wanted, allow_large=False) == 40
    large = loads(THREE_STAGES.replace("400", "1000000")).funnel
    assert check_size([large], Run(), None, wanted, allow_large=False) == BUDGET // 3_000_000 == 66
    assert check_size([large], Run(), None, wanted, allow_large=True) == 1000
    with pytest.raises(TooLargeError):
        check_size([large] * 5, Run(), None, wanted, allow_large=False)


# ---- precision


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2%", Precision(share=0.02)),
        (" 2,5 % ", Precision(share=0.025)),
        (5000, Precision(amount=5000.0)),
        ("0.5", Precision(amount=0.5)),
        (Precision(amount=3.0), Precision(amount=3.0)),
    ],
)
def test_precision_is_read(text: str | float | Precision, expected: Precision) -> None:
    """A percentage is a share of the mean, a number is an amount of money."""
    found = parse_precision(text)
    assert found.share == pytest.approx(expected.share, nan_ok=True)
    assert found.amount == pytest.approx(expected.amount, nan_ok=True)


@pytest.mark.parametrize("text", ["", "two", "0%", "0", "100%", "250%", "-3", "nan", "inf", "-1%"])
def test_wrong_precision_is_refused(text: str) -> None:
    """What is not above zero, or no number, is refused with what was expected."""
    with pytest.raises(InputError, match=r"precision: expected half the interval .* such as `2%`"):
        parse_precision(text)


def test_precision_stops_at_the_smallest_number(funnel: Funnel) -> None:
    """The first R from 10 on, by scipy's t, that satisfies t s/√R ≤ γ′x̄ and still does for five more."""
    share = 0.03
    tally = simulate(funnel, precision="3%")
    values = simulate(funnel, replications=tally.replications + 5).revenue

    def holds(count: int) -> bool:
        half = stats.t.ppf(0.975, count - 1) * stats.sem(values[:count])
        return bool(half <= share / (1 + share) * values[:count].mean())

    fits = [n for n in range(10, len(values) - 4) if all(holds(m) for m in range(n, n + 6))]
    assert fits[0] == tally.replications > 10
    assert tally.revenue.tolist() == values[: tally.replications].tolist()
    assert tally.run.replications == tally.provenance["replications"] == tally.replications
    assert tally.notes == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_precision_does_not_know_who_works(funnel: Funnel, engine: str) -> None:
    """The number of replications, and their results, do not depend on the number of threads or processes."""
    one, two = (simulate(funnel, precision=5000, engine=engine, jobs=jobs) for jobs in (1, 2))
    assert one.replications == two.replications > 10
    assert equal(one, two)


def test_precision_not_reached_is_said(funnel: Funnel) -> None:
    """When the most replications do not suffice, all are used and a note says so in both languages."""
    tally = simulate(funnel, precision="0.1%", replications=12)
    assert tally.replications == 12
    assert "not reached within 12" in tally.notes[0].text("en")
    assert "не достигнута" in tally.notes[0].text("ru")


def test_replicate_asks_after_each_result() -> None:
    """The rule sees results 1, 2, 3 … in order, and what lies beyond the number found is not returned."""
    asked: list[int] = []

    def is_enough(done: Sequence[int]) -> bool:
        asked.append(len(done))
        assert list(done) == [k * k for k in range(3, 3 + len(done))]
        return len(done) >= 12

    found, notes = replicate(_Power(2), 100, is_enough, first=3)
    assert found == [k * k for k in range(3, 15)]
    assert asked == list(range(1, 18))
    assert notes == ()


def test_a_constant_needs_the_fewest() -> None:
    """What never varies is precise after 10 replications."""
    found, _ = replicate(_Power(0), 1000, lambda done: is_precise(done, Precision(share=0.01)))
    assert len(found) == 10


@dataclass(frozen=True)
class _Power(Whole[int]):
    """A power of the number of the replication."""

    power: int
    threads: bool = False
    seconds: float = 1e-4
    kinds: ClassVar = ()

    def run(self, replication: int, part: int) -> int:
        """Return the power."""
        assert part == 0
        if replication == 99:
            raise FunnelsimError("99")
        return int(replication**self.power)


@pytest.mark.parametrize("width", [1, 2, 5])
@pytest.mark.parametrize("seconds", [1e-6, 0.01, 10.0])
def test_the_rule_does_not_know_who_works(width: int, seconds: float) -> None:
    """In chunks of any size, by any number of workers, the same number of replications is precise."""

    def is_enough(done: Sequence[int]) -> bool:
        assert list(done) == list(range(1, 1 + len(done)))
        return 12 <= len(done) <= 15 or len(done) >= 23  # 12 is not so for five more

    job = _Power(1, threads=True, seconds=seconds)
    assert replicate(job, 90, is_enough, first=1, workers=Workers(width)) == (list(range(1, 24)), ())


# ---- going on


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what is kept."""
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path))
    return tmp_path / "journals"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the replications that are run in this process."""
    numbers: list[int] = []

    def count(engine: str, plan: Plan, staff: Staff, seed: int, replication: int) -> Any:
        numbers.append(replication)
        return run_and_count(engine, plan, staff, seed, replication)

    monkeypatch.setattr("funnelsim.parallel.counting.run_and_count", count)
    return numbers


def interrupt_at(number: int) -> Callable[[int, int], None]:
    """A progress bar whose watcher loses patience."""

    def progress(done: int, _most: int) -> None:
        if done == number:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run_goes_on(open_funnel: Funnel, cache: Path, jobs: int) -> None:
    """What was finished is kept, in any order, and the run that goes on gives the same document, byte for byte."""
    run_ten = partial(simulate, open_funnel, replications=10, horizon=20.0, engine="reference")
    with pytest.raises(InterruptedRunError, match="4 of 10 replications are kept; resume=True") as caught:
        run_ten(jobs=jobs, progress=interrupt_at(4))
    assert (caught.value.kept, caught.value.most) == (4, 10)
    assert len(list(cache.iterdir())) == 1
    seen: list[tuple[int, int]] = []
    resumed = run_ten(resume=True, progress=lambda *done: seen.append(done))
    assert seen == [(done, 10) for done in range(4, 11)]
    whole = run_ten()
    assert equal(resumed, whole)
    assert json.dumps(tally_document(resumed, "en")) == json.dumps(tally_document(whole, "en"))
    assert list(cache.iterdir()) == []


def test_only_what_is_missing_is_run(funnel: Funnel, cache: Path, ran: list[int]) -> None:
    """Going on does not repeat what is kept; more replications than before, or fewer, are fine."""
    run = partial(simulate, funnel, engine="reference")
    with pytest.raises(KeyboardInterrupt):
        run(replications=6, progress=interrupt_at(4))
    ran.clear()
    assert run(replications=8, resume=True).replication.tolist() == list(range(8))
    assert ran == [4, 5, 6, 7]
    assert list(cache.iterdir()) == []
    with pytest.raises(KeyboardInterrupt):
        run(replications=6, progress=interrupt_at(4))
    ran.clear()
    assert run(replications=3, resume=True).replication.tolist() == [0, 1, 2]
    assert ran == []


def test_other_runs_are_not_gone_on_with(funnel: Funnel, cache: Path, ran: list[int]) -> None:
    """Another seed, funnel, window, first replication or target begins anew, and leaves what is kept."""
    run = partial(simulate, funnel, replications=3, engine="reference")
    with pytest.raises(KeyboardInterrupt):
        run(progress=interrupt_at(2))
    others: list[dict[str, Any]] = [{"seed": 1}, {"first": 1}, {"within": "3 min"}, {"cohort": 300}]
    for other in others:
        ran.clear()
        run(resume=True, **other)
        assert len(ran) == 3
    ran.clear()
    simulate(loads(THREE_STAGES.replace("30%", "31%")).funnel, replications=3, engine="reference", resume=True)
    assert len(ran) == 3
    assert len(list(cache.iterdir())) == 1


def test_precision_goes_on_to_the_same_number(funnel: Funnel, cache: Path) -> None:
    """The rule finds the same number of replications, whether they are new or were kept."""
    run = partial(simulate, funnel, precision=5000, engine="reference")
    whole = run()
    with pytest.raises(KeyboardInterrupt):
        run(progress=interrupt_at(12))
    resumed = run(resume=True)
    assert resumed.replications == whole.replications
    assert equal(resumed, whole)
    assert list(cache.iterdir()) == []


def test_a_damaged_journal_does_not_matter(funnel: Funnel, cache: Path, ran: list[int]) -> None:
    """What cannot be trusted is warned of and not used."""
    run = partial(simulate, funnel, replications=3, engine="reference")
    with pytest.raises(KeyboardInterrupt):
        run(progress=interrupt_at(2))
    (path,) = cache.iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    ran.clear()
    with pytest.warns(RuntimeWarning, match="the run begins anew"):
        resumed = run(resume=True)
    assert ran == [0, 1, 2]
    assert equal(resumed, run())


def test_what_goes_wrong_keeps_what_is_finished(cache: Path) -> None:
    """An error says how many replications are kept."""
    with pytest.raises(FunnelsimError, match=r"^99") as caught:
        replicate(_Power(1), 3, first=97)
    assert caught.value.__notes__ == ["2 replications are kept: resume=True (--resume) goes on from there"]
    assert Journal[int](_Power(1), (), 97).load() == {97: 97, 98: 98}
    assert len(list(cache.iterdir())) == 1
