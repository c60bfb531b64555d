"""Draws of uncertain numbers: addressed, the same in base and scenarios, filled in as they would be resolved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from funnelsim.draws import number_uniform
from funnelsim.errors import InputError
from funnelsim.files.drawing import Drawing, draw_study
from funnelsim.files.dumping import dump, dumps
from funnelsim.files.loading import load, loads
from funnelsim.filling import leaves
from funnelsim.model import Chance, Funnel
from funnelsim.worlds import Worlds

CASES = Path(__file__).parents[1] / "cases" / "valid"
SMALL = """
funnelsim: 1
stages:
  - {name: shop, causes: {no_trust: {beta: [12, 88]}, spam: 5%}, takes: {exponential: {mean: {mean: 3 d, low: 2 d, high: 4 d}}}}
  - {name: purchase, revenue: {mean: 1000, low: 800, high: 1200}}
interventions:
  trust: {changes: [{scale: stages.shop.causes.no_trust, by: {mean: 0.5, low: 0.3, high: 0.74}}], cost: {once: {uniform: {low: 10, high: 20}}}}
  nothing: {changes: [{scale: stages.shop.causes.no_trust, by: 1}]}
scenarios: [trust, nothing, {name: both, interventions: [trust, nothing]}]
"""  # noqa: E501 (a file as people write it)


def entry(funnel: Funnel) -> dict[str, Chance]:
    """Return the chances at the entry of the first stage."""
    return {chance.cause: chance for chance in funnel.stages[0].touchpoints[0].entry}


def test_a_draw_is_a_function_of_seed_number_and_address() -> None:
    """The uniforms of addresses, draws, seeds and attempts are all different, and the same whenever asked for."""
    asked = [(0, 0, "a", 0), (0, 0, "b", 0), (0, 1, "a", 0), (1, 0, "a", 0), (1 << 40, 0, "a", 0), (0, 0, "a", 1)]
    found = [number_uniform(*one) for one in asked]
    assert len(set(found)) == len(found)
    assert [number_uniform(*one) for one in asked] == found
    many = np.sort([number_uniform(7, draw, "stages.shop.causes.no_trust.chance") for draw in range(2000)])
    # Kolmogorov's distance of uniforms exceeds 1.63 / √n in 1% of samples; the seed is fixed.
    assert np.abs(many - (np.arange(2000) + 0.5) / 2000).max() < 1.63 / np.sqrt(2000)


def test_the_study_is_the_one_at_the_means() -> None:
    """What a file loads to has the means, as if they had been written plainly."""
    study = loads(SMALL)
    plain = (
        SMALL.replace("{beta: [12, 88]}", "12%")
        .replace("{mean: 3 d, low: 2 d, high: 4 d}", "3 d")
        .replace("{mean: 1000, low: 800, high: 1200}", "1000")
        .replace("{mean: 0.5, low: 0.3, high: 0.74}", "0.5")
        .replace("{uniform: {low: 10, high: 20}}", "15")
    )
    assert study.funnel == loads(plain).funnel
    assert [one.funnel for one in study.scenarios] == [one.funnel for one in loads(plain).scenarios]
    assert study.digest != loads(plain).digest
    assert {number.address for number in study.uncertain} == {
        "stages.shop.causes.no_trust.chance",
        "stages.shop.takes.exponential.mean",
        "stages.purchase.revenue",
        "interventions.trust.changes.1.by",
        "interventions.trust.cost.once",
    }


def test_base_and_scenarios_have_the_same_draw() -> None:
    """A draw of a number is the same in the base and in all scenarios; the effect multiplies it."""
    for draw in range(5):
        drawn = draw_study(loads(SMALL), draw, seed=3)
        p = drawn.values["stages.shop.causes.no_trust.chance"]
        by = drawn.values["interventions.trust.changes.1.by"]
        base, trust, nothing, both = (
            entry(funnel)["no_trust"].hazard
            for funnel in (drawn.study.funnel, *(one.funnel for one in drawn.study.scenarios))
        )
        assert base == pytest.approx(-np.log1p(-p), rel=1e-12)
        assert trust == pytest.approx(base * by, rel=1e-12)
        assert nothing == base
        assert both == trust
        assert drawn.study.interventions[0].once == drawn.values["interventions.trust.cost.once"]


def test_another_uncertain_number_moves_no_draw() -> None:
    """Draws are addressed: writing a further number with its uncertainty leaves the others' draws as they were."""
    more = loads(SMALL.replace("spam: 5%", "spam: {beta: [5, 95]}"))
    for draw in range(3):
        before, after = draw_study(loads(SMALL), draw).values, draw_study(more, draw).values
        assert {address: after[address] for address in before} == before


@pytest.mark.parametrize("name", ["uncertain_numbers", "uncertain_samples", "uncertain_include"])
def test_filled_in_is_what_resolving_gives(name: str) -> None:
    """A draw that is filled in has the floats of the same draw resolved in full, to 1e-9; everything else is equal."""
    study = load(CASES / f"{name}.yaml")
    if name == "uncertain_numbers":  # a team's size is a whole number: what rounds is not recognised
        study = loads(
            study.text.replace("{uniform: {low: 2, high: 6}}", "4").replace("{mean: 500, low: 400, high: 610}", "500")
        )
    worlds, drawing = Worlds(study, 5), Drawing.of(study, 5)
    for draw in (20, 21, 500):
        world, whole = worlds.world(draw), drawing.draw(draw).study
        funnels = (whole.funnel, *(one.funnel for one in whole.scenarios))
        for filled, resolved in zip(world.funnels, funnels, strict=True):
            for (path, ours), (other, theirs) in zip(leaves(filled), leaves(resolved), strict=True):
                assert path == other
                assert ours == (pytest.approx(theirs, rel=1e-9) if isinstance(theirs, float) else theirs)
    assert worlds.filled or name == "uncertain_numbers"


def test_numbers_from_one_samples_file_take_one_row() -> None:
    """The numbers of a draw stand in one row of the file."""
    study = load(CASES / "uncertain_samples.yaml")
    rows = [
        tuple(map(float, line.split(",")))
        for line in (CASES / "uncertain_samples.csv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    drawn = {tuple(draw_study(study, draw).values.values()) for draw in range(60)}
    assert drawn <= set(rows)
    assert len(drawn) > 20


def test_numbers_of_one_name_are_drawn_together() -> None:
    """Two shares with one name and one law have the same value in every draw."""
    causes = "{no_trust: {beta: [1, 9], name: x}, spam: {beta: [1, 9], name: x}}"
    text = f"funnelsim: 1\nstages:\n  - {{name: a, causes: {causes}}}\n"
    study = loads(text)
    for draw in range(4):
        chances = entry(draw_study(study, draw).study.funnel)
        assert chances["no_trust"].hazard == chances["spam"].hazard


def test_a_draw_that_is_no_funnel_is_drawn_anew() -> None:
    """Shares are drawn given that they do not exceed 100% together; the same draw whether filled in or resolved."""
    shares = "[{to: b, share: {beta: [5, 5]}}, {to: c, share: {beta: [4, 6]}}]"
    text = f"funnelsim: 1\nstages:\n  - {{name: a, next: {shares}}}\n  - {{name: b}}\n  - {{name: c, revenue: 1}}\n"
    study = loads(text)
    worlds = Worlds(study)
    found = [worlds.world(draw) for draw in range(60)]
    assert all(sum(world.drawn) <= 1.0 for world in found)
    refused = [draw for draw, world in enumerate(found) if world.attempts]
    assert 3 < len(refused) < 30
    later = next(draw for draw in refused if draw >= 16)
    assert draw_study(study, later).attempts == found[later].attempts
    assert tuple(draw_study(study, later).values.values()) == found[later].drawn


def test_numbers_that_make_no_funnel_are_refused(tmp_path: Path) -> None:
    """Where draw after draw is no funnel, it says so with the reason: here one row of 10,000 is possible."""
    (tmp_path / "fit.csv").write_text("to_b\n0\n" + "0.50004\n" * 9999, encoding="utf-8")
    shares = "[{to: b, share: {samples: fit.csv}}, {to: c, share: 50%}]"
    (tmp_path / "funnel.yaml").write_text(
        f"funnelsim: 1\nstages:\n  - {{name: a, next: {shares}}}\n  - {{name: b}}\n  - {{name: c, revenue: 1}}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"100 draws in a row were refused.*the shares add up to 100\.004%"):
        draw_study(load(tmp_path / "funnel.yaml"), 0)


def test_dump_keeps_uncertain_numbers(tmp_path: Path) -> None:
    """A study that is dumped, with its text or without it, has its uncertain numbers still."""
    study = loads(SMALL)
    assert dumps(study) == SMALL
    dump(replace(study, text=""), tmp_path / "again.yaml")
    again = load(tmp_path / "again.yaml")
    assert again.digest == study.digest
    assert {n.address: n.belief for n in again.uncertain} == {n.address: n.belief for n in study.uncertain}


def test_a_study_without_uncertain_numbers_is_its_own_draw() -> None:
    """Without uncertain numbers every draw is the study itself, and an interval without width is a plain number."""
    study = loads("funnelsim: 1\nstages:\n  - {name: a, causes: {spam: {mean: 5%, low: 5%, high: 5%}}, revenue: 1}\n")
    plain = loads("funnelsim: 1\nstages:\n  - {name: a, causes: {spam: 5%}, revenue: 1}\n")
    assert study.uncertain == ()
    assert study.digest == plain.digest
    assert draw_study(study, 7).study is study
    assert Worlds(study).world(7).funnels == (plain.funnel,)
