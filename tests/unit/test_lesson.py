"""The lesson: its page computes, for every set of dropped stages, what the solver says, and calls nothing outside."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from funnelsim import InputError, apply, load, loads, solve
from funnelsim.model import Funnel, Study
from funnelsim.views.lesson import page, write_lesson
from funnelsim.views.lesson.answers import settle_teams
from funnelsim.views.lesson.page import LARGEST, embed, make_lesson

racer = pytest.importorskip("py_mini_racer", reason="mini-racer, which runs the page's own code, is not installed")
MODEL = (Path(page.__file__).parent / "model.js").read_text(encoding="utf-8")
RUN = """
function answer(material, dropped, factors, level) {
  const ready = prepare(material);
  const controls = asItIs(ready);
  dropped.forEach((stage) => { controls.dropped[stage] = true; });
  factors.forEach(([cause, factor]) => { controls.factors[cause] = factor; });
  if (level !== null) controls.level = level;
  const found = evaluate(ready, controls);
  return { conversion: found.conversion, revenue: found.revenue, visits: Array.from(found.visits),
    losses: found.losses.map((one) => Array.from(one)), fates: found.fates.map((one) => Array.from(one)) };
}
"""
Answer = Callable[..., dict[str, Any]]

LOOPS = """
funnelsim: 1
currency: EUR
sources: {ads: {batch: 100}, friends: {batch: 50, enters: talk, as: warm}}
segments:
  big: {share: 30%, changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}
  warm: {changes: [{scale: stages.*.causes.no_trust, by: 0.3}]}
stages:
  - {name: visit, causes: {spam: 10%, no_trust: 20%}, takes: {exponential: {mean: 1 d}}}
  - name: talk
    takes: {gamma: {shape: 2, scale: 2 d}}
    causes: {no_trust: 5%, competitor_offer: {time_to_loss: {weibull: {shape: 1.4, scale: 9 d}}}}
    next: [{to: later, share: 20%}]
  - {name: later, aside: true, takes: 7 d, causes: {forgot: {forgetting: {half_life: 6 d}}}, next: [{to: talk}]}
  - name: offer
    response: {wait: {exponential: {mean: 6 h}}}
    causes: {slow_response: {patience: {exponential: {mean: 1 d}}}, changed_mind: {chance: 8%, at: exit}}
  - name: buy
    revenue: {lognormal: {mean: 900, sd: 500}}
    referrals: {mean: 0.3, enters: talk, as: warm}
    next: [{to: visit, share: 20%, after: 30 d}]
"""


def _embedded(content: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="material">(.*?)</script>', content, re.DOTALL)
    assert found is not None
    material: dict[str, Any] = json.loads(found.group(1))
    return material


@pytest.fixture(scope="module")
def answer() -> Answer:
    """The page's own code, run by V8."""
    context = racer.MiniRacer()
    context.eval(MODEL + RUN)

    def call(material: dict[str, Any], dropped: Any, factors: Any = (), level: int | None = None) -> dict[str, Any]:
        found: dict[str, Any] = context.call("answer", material, list(dropped), list(factors), level)
        return found

    return call


def _compare(found: dict[str, Any], material: dict[str, Any], funnel: Funnel, near: float) -> None:
    """Compare what the page says with what the solver says of the funnel with the same changes."""
    exact = solve(funnel)
    assert found["conversion"] == pytest.approx(exact.conversion, rel=near)
    assert found["revenue"] == pytest.approx(exact.revenue, rel=near)
    causes = [cause["key"] for cause in material["causes"]]
    for number, stage in enumerate(material["stages"]):
        if stage["name"] in exact.stages:
            place = exact.stages.index(stage["name"])
            assert found["visits"][number] == pytest.approx(exact.visits[place], rel=near)
            for key, total, own in zip(causes, found["losses"][number], found["fates"][number], strict=True):
                if key in exact.causes:
                    cause = exact.causes.index(key)
                    assert total == pytest.approx(exact.losses[place, cause], rel=near, abs=near)
                    assert own == pytest.approx(exact.fates[place, cause], rel=near, abs=near)


def _subsets(material: dict[str, Any]) -> list[tuple[int, ...]]:
    free = [number for number, stage in enumerate(material["stages"]) if not stage["why"]]
    return [subset for size in range(len(free) + 1) for subset in itertools.combinations(free, size)]


@pytest.mark.parametrize("file", ["smallest", "problem_to_repeat", "saas_owner"])
def test_every_set_of_stages_is_what_the_solver_says(file: str, root: Path, answer: Answer) -> None:
    """For each subset of droppable stages of the shipped funnels the page's answer is the solver's, to 1e-6."""
    study = load(root / "scenarios" / f"{file}.yaml")
    material = _embedded(make_lesson(study))
    subsets = _subsets(material)
    assert len(subsets) >= 2
    for subset in subsets:
        names = [material["stages"][number]["name"] for number in subset]
        funnel = apply(study.funnel, *({"remove_stage": name} for name in names)) if names else study.funnel
        _compare(answer(material, subset), material, funnel, 1e-6)


@pytest.fixture(scope="module")
def loops() -> Study:
    """Segments, a deferral, a wait, repeat purchases and referrals."""
    return loads(LOOPS)


def test_loops_segments_and_referrals_are_followed(loops: Study, answer: Answer) -> None:
    """The same with ways back, segments, first visits, referrals and an answer to wait for."""
    material = _embedded(make_lesson(loops))
    for subset in _subsets(material):
        names = [material["stages"][number]["name"] for number in subset]
        funnel = apply(loops.funnel, *({"remove_stage": name} for name in names)) if names else loops.funnel
        _compare(answer(material, subset), material, funnel, 1e-6)


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0])
def test_sliders_scale_a_cause_everywhere(loops: Study, answer: Answer, factor: float) -> None:
    """A factor on a cause is `scale: stages.*.causes.X`, for each cause that has a slider."""
    material = _embedded(make_lesson(loops))
    assert len(material["sliders"]) == 6
    for cause in material["sliders"]:
        key = material["causes"][cause]["key"]
        funnel = apply(loops.funnel, {"scale": f"stages.*.causes.{key}", "by": factor})
        _compare(answer(material, [], [(cause, factor)]), material, funnel, 1e-6)


def test_the_reply_time_scales_every_wait(loops: Study, answer: Answer) -> None:
    """A reply time of × level is the wait's law scaled by it."""
    material = _embedded(make_lesson(loops))
    for number, level in enumerate(material["levels"]):
        funnel = apply(loops.funnel, {"scale": "stages.offer.response.wait", "by": level})
        _compare(answer(material, [], [], number), material, funnel, 1e-6)


TEAM = """
funnelsim: 1
sources: {ads: {arrivals: 30 / d}}
teams: {sales: {size: 1}}
stages:
  - name: call
    response: {team: sales, service: {exponential: {mean: 43.2 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 2 h}}}}
  - {name: buy, revenue: 10}
run: {horizon: 2000 d, seed: 4}
"""


def test_teams_are_settled_by_their_waits() -> None:
    """The loss to slow response by the settled waits is that of Erlang A (λ 30, μ 33.3, θ 12 a day, n 1) within .01.

    P(ab) = Σ_n p_n (n − 1)θ/λ with p_n ∝ Π λ/(μ + (k − 1)θ), METHODS of queues; here by the birth–death chain.
    """
    study = loads(TEAM)
    funnel, notes = settle_teams(study.funnel, study.run, "en")
    lam, mu, theta = 30.0, 24.0 * 60.0 / 43.2, 12.0
    weights = [1.0]
    for k in range(1, 200):
        weights.append(weights[-1] * lam / (mu + (k - 1) * theta))
    waiting = sum(p * max(k - 1, 0) for k, p in enumerate(weights)) / sum(weights)
    assert len(notes) == 1
    assert 1.0 - solve(funnel).conversion == pytest.approx(theta * waiting / lam, abs=0.01)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_of_a_funnel_with_teams_is_small(root: Path, tmp_path: Path, language: str) -> None:
    """The sales funnel of the CRM, with teams, segments and deferrals, fits into a page of 1 MB."""
    target = tmp_path / "lesson.html"
    write_lesson(load(root / "scenarios" / "b2b_sales.yaml"), target, language)
    content = target.read_text(encoding="utf-8")
    assert len(content.encode()) < LARGEST
    assert f'<html lang="{language}">' in content


EVIL = "</script><script>alert(1)</script> <b>&amp;"


def test_free_text_is_harmless() -> None:
    """Names from a file neither end the data nor become markup, and the page asks nothing from outside."""
    stages = f"[{{name: a, label: '{EVIL}', causes: {{forgot: 40%}}}}, {{name: b, revenue: 1}}]"
    study = loads(f"funnelsim: 1\nname: '{EVIL}'\nstages: {stages}\n")
    content = make_lesson(study)
    assert "<script>alert" not in content
    assert content.count("<script") == 3
    assert _embedded(content)["stages"][0]["label"] == EVIL
    assert "default-src 'none'" in content
    assert not re.search(r"https?://|//\w+\.\w", re.sub(r'"[A-Za-z0-9+/=]{40,}"', "", content))


def test_embedding_survives_a_round_trip() -> None:
    """JSON in a script element reads back as it was, and has no `<` and no line separators."""
    data = {"a": "<!--</script>\u2028", "b": [1.5, None]}
    assert "<" not in embed(data)
    assert json.loads(embed(data)) == data


def test_the_quiz_has_one_right_answer_each(root: Path) -> None:
    """The right choice of the first question is 1/(1 − loss) in a funnel with one way through: .52 lost, × 2.08."""
    quiz = _embedded(make_lesson(load(root / "scenarios" / "smallest.yaml")))["quiz"]
    assert quiz[0]["choices"][quiz[0]["right"]] == "× 2.08"
    assert quiz[1]["choices"][quiz[1]["right"]] == "364"  # 700 − 336 of 520 saved
    assert all(len(set(question["choices"])) == len(question["choices"]) for question in quiz)


def test_a_lesson_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A target that cannot be written is one error, and nothing is left behind."""
    study = loads("funnelsim: 1\nstages: [{name: a, causes: {forgot: 10%}, revenue: 1}]\n")
    with pytest.raises(InputError):
        write_lesson(study, tmp_path / "missing" / "lesson.html")
    assert list(tmp_path.iterdir()) == []
