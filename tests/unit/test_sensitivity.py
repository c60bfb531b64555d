"""Which number matters: bars by arithmetic, thresholds where they must be, interactions that were published."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.loading import load, loads
from funnelsim.knobs import Kind, Knob, find_knobs, turn
from funnelsim.model import Study
from funnelsim.sensitivities import sensitivity, sensitivity_document

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TWO = """
funnelsim: 1
stages:
  - {name: lead, causes: {no_trust: 40%}}
  - {name: shop, causes: {spam: 20%, changed_mind: 0.5%}}
  - {name: buy, revenue: 100}
interventions:
  trust: {cost: {once: 60000}, changes: [{scale: stages.lead.causes.no_trust, by: 0.5}]}
"""


def four_causes() -> Study:
    """Four stages with constant rates of going on and of loss; each intervention cuts one loss rate by 30%."""
    forward, loss = (0.10, 0.08, 0.05, 0.04), (0.20, 0.10, 0.05, 0.08)
    stages = "".join(
        f"  - {{name: s{n}, takes: {{exponential: {{rate: {forward[n]} / d}}}}, "
        f"causes: {{changed_mind: {{time_to_loss: {{exponential: {{rate: {loss[n]} / d}}}}}}}}}}\n"
        for n in range(4)
    )
    changes = "".join(f"  c{n}: {{changes: [{{scale: stages.s{n}.causes.changed_mind, by: 0.7}}]}}\n" for n in range(4))
    return loads(
        f"funnelsim: 1\nsources: {{all: {{batch: 1000}}}}\nstages:\n{stages}  - {{name: buy, revenue: 1}}\n"
        f"interventions:\n{changes}"
    )


def test_bars_are_arithmetic() -> None:
    """10,000 × 0.6 × 0.8 × 0.995 buy. Half the hazard of 40% leaves √0.6, twice leaves 0.6²; a point fewer 0.61."""
    found = sensitivity(loads(TWO), by="won")
    base = 10_000 * 0.6 * 0.8 * 0.995
    assert found.method == "exact"
    assert found.base == pytest.approx(base)
    bars = {bar.knob.name: bar for bar in found.bars}
    trust = bars["loss.lead.no_trust"]
    assert found.bars[0] is trust
    assert trust.low == pytest.approx(base * (math.sqrt(0.6) / 0.6 - 1.0))
    assert trust.high == pytest.approx(base * (0.6 - 1.0))
    assert trust.share == pytest.approx(0.4)
    assert trust.point == pytest.approx(base * (0.61 / 0.6 - 1.0), rel=1e-5)
    assert bars["arrivals.all"].low == pytest.approx(-0.1 * base)
    assert bars["price.buy"].high == 0.0
    assert math.isnan(bars["loss.shop.changed_mind"].point)  # less than a point is lost there
    assert (trust.low_half, trust.high_half) == (0.0, 0.0)


def test_the_best_scenario_changes_where_it_must() -> None:
    """`trust` costs 60,000. With everything else fixed it pays while 100 × its sales exceed that.

    With q = 0.6^f the share that survives at the lead, it brings 10^6 × 0.796 (√q − q) more: worth it between the two
    roots of √q − q = 0.06 / 0.796, of which f = ln q / ln 0.6 lies in [1/4, 4] for one.
    """
    found = sensitivity(loads(TWO))
    curve = next(curve for curve in found.curves if curve.knob.name == "loss.lead.no_trust")
    level = 0.06 / (0.8 * 0.995)
    roots = [((1.0 + sign * math.sqrt(1.0 - 4.0 * level)) / 2.0) ** 2 for sign in (1.0, -1.0)]
    factors = [math.log(q) / math.log(0.6) for q in roots]
    inside = [factor for factor in factors if 0.25 <= factor <= 4.0]
    assert [one.factor for one in curve.thresholds] == pytest.approx(inside, rel=1e-5)
    assert [(one.below, one.above) for one in curve.thresholds] == [("base", "trust")]


def test_interactions_are_those_published() -> None:
    """METHODS.md: cut by 30% one by one 21.64 more wins per 1,000, together 29.77; pairs 12.345679 and 11.619463."""
    found = sensitivity(four_causes(), by="won").interactions
    assert found is not None
    assert found.total == pytest.approx(21.64, abs=0.005)
    assert found.together == pytest.approx(29.77, abs=0.005)
    pairs = {(pair.one, pair.two): pair for pair in found.pairs}
    assert len(pairs) == 6
    assert pairs["c0", "c1"].together == pytest.approx(12.345679, abs=5e-7)
    assert pairs["c0", "c2"].together == pytest.approx(11.619463, abs=5e-7)
    singles = {one.name: one.gain for one in found.singles}
    assert pairs["c0", "c1"].interaction == pytest.approx(12.345679 - singles["c0"] - singles["c1"], abs=5e-7)


def test_indices_of_a_product_are_those_of_theory() -> None:
    """Of revenue ∝ price × arrivals, uniform on the logarithm over the same range, both have the same indices.

    For f = XY with mean 1 and variance v each: S = v / (2v + v²), T = (v + v²) / (2v + v²).
    """
    study = loads("{funnelsim: 1, stages: [{name: buy, revenue: 100}]}")
    ranges = {"price.buy": (0.5, 2.0), "arrivals.all": (0.5, 2.0)}
    found = sensitivity(study, by="revenue", sobol=128, ranges=ranges)
    assert found.indices is not None
    log = math.log(4.0)
    mean, square = (2.0 - 0.5) / log, (4.0 - 0.25) / (2.0 * log)
    v = square / mean**2 - 1.0
    for index in found.indices.indices:
        assert index.first == pytest.approx(v / (2.0 * v + v * v), abs=0.05)
        assert index.total == pytest.approx((v + v * v) / (2.0 * v + v * v), abs=0.05)
    assert found.indices.mean == pytest.approx(1e6 * mean**2, rel=0.01)


@pytest.mark.parametrize("name", ["problem_to_repeat", "budget"])
def test_turning_a_loss_is_scaling_it(name: str) -> None:
    """A turned knob gives the very stages that `scale` gives, for every loss of a shipped file that it can scale."""
    study = load(SCENARIOS / f"{name}.yaml")
    for knob in [knob for knob in find_knobs(study.funnel) if knob.kind is Kind.LOSS][::3]:
        try:
            scaled = apply(study.funnel, {"scale": f"stages.{knob.place}.causes.{knob.cause}", "by": 0.5})
        except InputError:
            continue
        turned = turn(study.funnel, knob, 0.5)
        for ours, theirs in zip(turned.variants, scaled.variants, strict=True):
            for stage, other in zip(ours.stages, theirs.stages, strict=True):
                for here, there in zip(stage.touchpoints, other.touchpoints, strict=True):
                    assert [chance.hazard for chance in here.entry] == pytest.approx([c.hazard for c in there.entry])
                    assert [clock.factor for clock in here.clocks] == pytest.approx([c.factor for c in there.clocks])
                    assert [chance.hazard for chance in here.exit] == pytest.approx([c.hazard for c in there.exit])


def test_a_knob_not_turned_is_the_same_funnel() -> None:
    """By 1, or by nobody, nothing changes; and the certain and the fixed are no knobs."""
    study = loads(
        "{funnelsim: 1, teams: {sales: {size: 2}}, stages: [{name: ask, response: {team: sales, service: 5 min}, "
        "causes: {slow_response: {patience: 2 h}}}, {name: dead_end, causes: {no_trust: 100%}}, "
        "{name: buy, revenue: 1}]}"
    )
    knobs = find_knobs(study.funnel)
    assert [knob.name for knob in knobs] == ["service.ask", "price.buy", "arrivals.all", "staff.sales"]
    assert turn(study.funnel, knobs[0], 1.0) is study.funnel
    assert turn(study.funnel, knobs[-1], 0.0) is study.funnel
    assert turn(study.funnel, knobs[-1], 1.0).teams[0].size == 3
    assert turn(study.funnel, Knob(Kind.ARRIVALS, "all"), 2.0).sources[0].times == 2.0


def test_results_are_tables_and_documents() -> None:
    """The tornado is a table, widest first; the document is plain data in both languages."""
    found = sensitivity(loads(TWO))
    assert list(found.table["swing"]) == sorted(found.table["swing"], reverse=True)
    assert "loss.lead.no_trust" in repr(found)
    assert "<table" in found._repr_html_()
    document = sensitivity_document(found, "ru")
    assert document["bars"][0]["kind"] == "loss"
    assert document["curves"][0]["worlds"][0]["label"] == "База"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"by": "fame"}, "by: expected one of profit, revenue, won"),
        ({"sobol": 60}, "sobol: expected a power of two"),
        ({"method": "guess"}, "method: expected one of"),
        ({"sobol": 16, "method": "simulation", "replications": 2}, "sobol: needs an exact answer"),
        ({"sobol": 16, "ranges": {"loss.shop.fame": (0.5, 2.0)}}, "there is no number 'loss.shop.fame'"),
        ({"sobol": 16, "ranges": {"loss.shop.spam": (2.0, 0.5)}}, "the lower first"),
    ],
)
def test_wrong_settings_are_refused_in_words(arguments: dict[str, object], said: str) -> None:
    """Each with what was expected."""
    with pytest.raises(InputError, match=said):
        sensitivity(loads(TWO), **arguments)  # type: ignore[arg-type]
