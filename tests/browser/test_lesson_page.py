"""The lesson in a real browser, from a file and without a network: clicked, dragged and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from funnelsim import apply, load, solve
from funnelsim.model import Study
from funnelsim.views.lesson import write_lesson
from tests.browser.browsing import Browser, open_browser


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    """Nine stages and twenty causes."""
    return load(root / "scenarios" / "problem_to_repeat.yaml")


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Iterator[Browser]:
    """Its lesson, open."""
    folder = tmp_path_factory.mktemp("lesson")
    write_lesson(study, folder / "lesson.html", "en")
    with open_browser(folder) as browser:
        browser.driver.get((folder / "lesson.html").as_uri())
        browser.wait(lambda: browser.text("#answer"))
        yield browser
        assert [asked for asked in browser.asked() if asked.startswith(("http", "ws"))] == []
        assert browser.complaints() == []


def _won(lesson: Browser) -> float:
    """Return how many buy, of 1,000."""
    return float(re.findall(r"enter, ([\d.,]+) buy", lesson.text("#answer"))[0].replace(",", ""))


def test_a_click_drops_a_stage(lesson: Browser, study: Study) -> None:
    """A box clicked takes the stage out: of 1,000 as many buy as the solver says without it, and so back."""
    assert _won(lesson) == pytest.approx(1000 * solve(study.funnel).conversion, abs=0.5)
    lesson.click("#stage-3")
    without = apply(study.funnel, {"remove_stage": "options"})
    assert _won(lesson) == pytest.approx(1000 * solve(without).conversion, abs=0.5)
    lesson.find("#stage-3").send_keys(" ")
    assert _won(lesson) == pytest.approx(1000 * solve(study.funnel).conversion, abs=0.5)


def test_a_dragged_slider_scales_a_cause(lesson: Browser, study: Study) -> None:
    """The first slider dragged is that factor on its cause at every stage; the button brings all back."""
    slider = lesson.find("#sliders input").get_attribute("id")
    label = lesson.text(f"label[for={slider}]")
    cause = next(one.key for one in study.funnel.causes if one.label.en == label)
    lesson.drag(f"#{slider}", 0.2)
    factor = float(lesson.find(f"#{slider}").get_attribute("value")) / 10
    assert factor < 0.6
    scaled = apply(study.funnel, {"scale": f"stages.*.causes.{cause}", "by": factor})
    assert _won(lesson) == pytest.approx(1000 * solve(scaled).conversion, abs=0.5)
    lesson.click("#reset")
    assert _won(lesson) == pytest.approx(1000 * solve(study.funnel).conversion, abs=0.5)


def test_stages_that_stay_say_why(lesson: Browser) -> None:
    """The stage at which money is earned cannot be clicked away, and its reason is tied to the box."""
    box = lesson.find("#stage-6")
    assert not box.is_enabled()
    assert "Money is earned" in lesson.text(f"#{box.get_attribute('aria-describedby')}")
