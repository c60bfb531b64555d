"""The page without a browser: what is answered to a message, what the animation is made of, who may reach it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import math
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from funnelsim import InputError, compare, history, load
from funnelsim.live import Bench
from funnelsim.views.formats import format_number
from funnelsim.views.naming import name_study
from funnelsim.views.page import film as films
from funnelsim.views.page import talking
from funnelsim.views.page.desk import LONG, Desk
from funnelsim.views.page.film import make_film
from funnelsim.views.page.serving import check_address
from funnelsim.views.page.talking import Talk

EVIL = "</script><img src=x onerror=alert(1)> <b>&amp;"
STUDY = f"""\
funnelsim: 1
name: {{en: Shop, ru: Лавка}}
currency: RUB
sources: {{street: {{arrivals: 40 / d}}}}
teams: {{staff: {{size: 1, label: "{EVIL}"}}}}
stages:
  - {{name: window, label: {{en: Window, ru: Витрина}}, causes: {{distracted: 30%}}}}
  - name: shop
    label: "{EVIL}"
    response: {{team: staff, service: {{exponential: {{mean: 30 min}}}}}}
    takes: {{exponential: {{mean: 1 d}}}}
    causes: {{slow_response: {{patience: {{exponential: {{mean: 2 h}}}}}}, no_trust: 20%}}
  - {{name: purchase, revenue: 1000}}
interventions:
  hire: {{label: {{en: Hire, ru: Нанять}}, cost: {{once: 500}}, changes: [{{staff: staff, by: 1}}]}}
  look: {{changes: [{{scale: stages.window.causes.distracted, by: 0.5}}]}}
scenarios: [hire, look]
run: {{replications: 3, horizon: 20 d, seed: 3}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A scenario file in a folder of its own."""
    target = tmp_path / "shop.yaml"
    target.write_text(STUDY, encoding="utf-8")
    return target


@pytest.fixture
def desk(path: Path) -> Desk:
    """A visitor's desk."""
    return Desk(Bench(load(path)), "en")


def _ask(desk: Desk, **message: object) -> dict[str, dict[str, Any]]:
    """Return the answers to a message by what they are; all of them can be sent."""
    cards = list(desk.answer(message))
    json.dumps(cards, allow_nan=False)
    return {card["what"]: card for card in cards}


def test_an_edit_is_answered_by_what_it_does(desk: Desk) -> None:
    """The numbers shown are those of `compare` of the edited study with as many replications."""
    cards = _ask(desk, do="edit", key="stages.shop.causes.no_trust.chance", value=0.1)
    assert cards["draft"]["values"] == {"stages.shop.causes.no_trust.chance": 0.1}
    found = compare(desk.bench.maker.study_of(desk.draft), replications=desk.bench.replications)
    assert cards["glance"]["worlds"][0]["numbers"]["revenue"] == found.base.measures["revenue"].mean
    assert cards["row"]["lift"] == found.scenarios[0].lift["revenue"].mean
    assert [stage["label"] for stage in cards["glance"]["stages"]][::2] == ["Window", "purchase"]
    assert list(cards) == ["draft", "base", "glance", "row"]
    rows = [card["name"] for card in desk.follow() if card and card["what"] == "row"]
    assert rows == ["hire", "look"]


def test_the_base_is_drawn_only_where_it_is_new(desk: Desk) -> None:
    """Another scenario in focus, or another intervention, leaves the base as it is drawn."""
    _ask(desk, do="look")
    assert "base" not in _ask(desk, do="focus", name="look")
    assert "base" not in _ask(desk, do="edit", key="interventions.look.changes.0.by", value=0.2)
    assert "base" in _ask(desk, do="edit", key="stages.shop.causes.no_trust.chance", value=0.1)


@pytest.mark.parametrize(
    "message",
    [
        {"do": "edit", "key": "stages.nowhere", "value": 1},
        {"do": "edit", "key": "stages.shop.causes.no_trust.chance", "value": 7},
        {"do": "choose", "name": "nothing", "on": True},
        {"do": "drop", "name": "purchase", "on": True},
        {"do": "focus", "name": "nowhere"},
        {"do": "dance"},
        {},
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(desk: Desk, message: dict[str, object]) -> None:
    """A mistake is an answer with its text; draft and focus stay as they were."""
    before = desk.draft
    cards = _ask(desk, **message)
    if message.get("do") != "focus":  # what is no scenario is none to look at: the first is
        assert cards["error"]["text"]
    assert (desk.draft, desk.focus) == (before, "hire")


def test_a_full_run_is_compare(desk: Desk) -> None:
    """The full run has the file's replications, its lifts are those of `compare`; edits make it old."""
    assert _ask(desk, do="xlsx")["error"]["text"] == "Run the full run first."
    card = desk.show_full(desk.run_full())
    found = compare(desk.bench.study)
    assert card["means"] == {one.name: one.lift["revenue"].mean for one in found.scenarios}
    assert card["picture"]["alt"].startswith("Expected lift in revenue")
    assert not _ask(desk, do="look")["draft"]["old"]
    sheet = _ask(desk, do="xlsx")["file"]
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(sheet["data"])))
    assert sheet["name"] == "shop.xlsx"
    assert book["Lift"].cell(2, 3).value == pytest.approx(found.scenarios[0].lift["revenue"].mean, rel=1e-14)
    assert _ask(desk, do="edit", key="teams.staff.size", value=2)["draft"]["old"]


def test_the_report_is_on_the_full_run(desk: Desk) -> None:
    """It has the run's lift, and leaves out what takes minutes where teams answer."""
    assert desk.plan_report()()["text"] == "Run the full run first."
    desk.show_full(desk.run_full())
    card = desk.plan_report()()
    assert desk.full is not None
    page = base64.b64decode(card["data"]).decode("utf-8")
    assert card["name"] == "shop.html"
    assert format_number(desk.full[2].base.measures["customers"].mean, "en") in page
    assert page.count("Left out of this report on request") == len(LONG)


def test_saving_is_to_a_new_name(desk: Desk, path: Path) -> None:
    """A draft is saved beside its file; the file itself is refused."""
    _ask(desk, do="edit", key="teams.staff.size", value=2)
    assert _ask(desk, do="save", name="shop.yaml")["error"]["text"].startswith("`shop.yaml` is there already")
    assert path.read_text(encoding="utf-8") == STUDY
    assert _ask(desk, do="save", name="two")["said"]["text"] == "Saved: two.yaml"
    assert load(path.with_name("two.yaml")).funnel.teams[0].size == 2


def test_the_page_says_everything_in_both_languages(path: Path) -> None:
    """No text is missing, and labels are those of the language; free texts are data, not markup."""
    bench = Bench(load(path))
    for language, title, first in (("en", "Shop", "Window"), ("ru", "Лавка", "Витрина")):
        hello = Desk(bench, language).greet()
        assert (hello["title"], hello["groups"][0]["label"], hello["language"]) == (title, first, language)
        assert hello["groups"][1]["label"] == EVIL
        labels = [entry["label"] for group in hello["groups"] for entry in group["entries"]]
        assert all(labels)
        assert not any("{" in label for label in labels)


# ---- the animation -------------------------------------------------------------------------------------------------

COUNT = """
function count(film, times) {
  return times.map((time) => countAt(film, time));
}
function moments(film) {
  return Array.from(findMoments(film));
}
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """The page's own code for the animation, run by V8."""
    racer = pytest.importorskip("py_mini_racer", reason="mini-racer, which runs the page's own code, is not installed")
    context = racer.MiniRacer()
    context.eval((Path(films.__file__).parent / "film.js").read_text(encoding="utf-8") + COUNT)
    yield context
    context.close()


@pytest.mark.parametrize("file", ["b2b_sales", "problem_to_repeat"])
def test_the_animation_shows_where_everyone_is(file: str, root: Path, engine: Any) -> None:
    """At any time waiting, at the stage, and lost are what the history says, stage by stage."""
    study = load(root / "scenarios" / f"{file}.yaml")
    film = make_film(study.funnel, study.run, name_study(study, "en"))
    assert len(film["people"]) == films.MOST
    log = films._log(study.funnel, study.run)  # noqa: SLF001 (the same history)
    visits = log.visits[np.isin(log.visits["customer"], films._choose(log, study.run))]  # noqa: SLF001
    moments = engine.call("moments", film)
    times = [moments[len(moments) * part // 7] + 1e-9 for part in range(1, 7)]
    for time, found in zip(times, engine.call("count", film, times), strict=True):
        for stage, row in enumerate(found["rows"]):
            here = visits[visits["stage"] == stage]
            left = np.where(np.isnan(here["left"]), math.inf, here["left"])
            inside = (here["entered"] <= time) & (left > time)
            waiting = inside & ~(here["started"] <= time)
            lost = (here["outcome"] == 2) & (left <= time)
            assert (row["waiting"], row["there"]) == (waiting.sum(), (inside & ~waiting).sum())
            assert row["lost"] == lost.sum()
        people = sum(sum(row.values()) for row in found["rows"]) + found["ended"] + found["coming"]
        assert people == films.MOST


def test_the_animation_is_of_the_history(root: Path) -> None:
    """Who comes first in the film is who comes first in the history, with the same times."""
    study = load(root / "scenarios" / "problem_to_repeat.yaml")
    film = make_film(study.funnel, study.run, name_study(study, "en"))
    table = history(study.funnel, run=study.run, cohort=60).table
    first = table.sort_values("entered").iloc[0]
    assert film["people"][0][0][1:4] == [first["entered"], first["started"], first["left"]]


# ---- the talk ------------------------------------------------------------------------------------------------------


def test_a_newer_edit_ends_what_follows_an_older_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only after the last edit do the other scenarios follow; every message is answered, with its number."""
    monkeypatch.setattr(talking, "PAUSE", 0.01)
    said: list[dict[str, Any]] = []

    async def talk() -> None:
        conversation = Talk(desk, said.append)
        edits = [{"do": "edit", "key": "teams.staff.size", "value": size, "number": size} for size in (2, 3)]
        await asyncio.gather(*(conversation.answer(edit) for edit in edits))
        await conversation.answer({"do": "full", "number": 9})

    asyncio.run(talk())
    assert {card["number"] for card in said if card["what"] == "done"} == {2, 3}
    assert {card["number"] for card in said if card["what"] == "row" and card["name"] == "look"} == {3}
    assert [card["what"] for card in said if card["number"] == 9][-2:] == ["full", "ended"]


# ---- who may reach it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::", "example.org"])  # noqa: S104 (refused)
def test_others_are_kept_out(address: str) -> None:
    """An address that is not this machine's own is refused, unless told so."""
    with pytest.raises(InputError, match="--public"):
        check_address(address, 0, public=False)


def test_a_port_that_is_taken_is_one_error() -> None:
    """A port at which something listens is refused with the way out; 0 gives one that is free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="--port 0"):
            check_address("127.0.0.1", taken.getsockname()[1], public=False)
    assert check_address("127.0.0.1", 0, public=False) > 0
