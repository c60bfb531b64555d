"""The page in a real browser: it is clicked, dragged, typed at and read, and asks for nothing from outside.

The numbers read are those of `compare` and `solve` of the same study.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from funnelsim import apply, compare, load, solve
from tests.browser.browsing import LIMIT, Browser, open_browser, serve

pytest.importorskip("panel", reason="Panel is not installed: pip install 'funnelsim[web]'")
pytest.importorskip("selenium", reason="selenium is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A folder with a scenario file of its own, beside which something may be saved."""
    target = tmp_path_factory.mktemp("page")
    shutil.copy(root / "scenarios" / "problem_to_repeat.yaml", target / "shop.yaml")
    return target


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Browser]:
    """The page of that file, open and drawn."""
    with open_browser(folder) as browser, serve(folder / "shop.yaml", "--lang", "en") as (address, _):
        browser.driver.get(address)
        browser.wait(lambda: browser.text("#answer"))
        yield browser
        outside = [
            asked for asked in browser.asked() if asked.startswith(("http", "ws")) and "//127.0.0.1:" not in asked
        ]
        assert outside == [], "the page asks for something from outside"
        assert [line for line in browser.complaints() if "favicon" not in line] == []


def _number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text.replace("\u2212", "-")))


def _revenue(page: Browser, row: int) -> float:
    """Return the revenue of a world as the page shows it."""
    return _number(page.text(f"#worlds tbody tr:nth-child({row}) td:nth-child(5)"))


def _settle(page: Browser, redrawn: str) -> None:
    """Wait until something has been drawn since."""
    page.wait(lambda: page.text("#taken") and page.find("#funnelsim").get_attribute("data-drawn") != redrawn)


def _drawn(page: Browser) -> str:
    return str(page.find("#funnelsim").get_attribute("data-drawn"))


def test_it_shows_what_the_solver_says(page: Browser, folder: Path) -> None:
    """Opened, the page shows the base and the first scenario: 2,800 customers times what `solve` says of one."""
    study = load(folder / "shop.yaml")
    assert page.text("h1") == "From a problem to repeat purchases"
    assert _revenue(page, 1) == pytest.approx(2800 * solve(study.funnel).revenue, abs=1)
    assert _revenue(page, 2) == pytest.approx(2800 * solve(study.scenarios[0].funnel).revenue, abs=1)


def test_dragging_a_slider_edits_the_funnel(page: Browser, folder: Path) -> None:
    """A slider dragged with the mouse changes the number it is for, and the page shows that funnel's revenue."""
    label = next(
        one for one in page.run("return [...arguments[0].querySelectorAll('.control label')]", page.find("#funnelsim"))
        if one.text == "Lost to other causes, together"
    )  # fmt: skip
    drawn, slider = _drawn(page), f"#{label.get_attribute('for')}"
    page.drag(slider, 0.4)
    _settle(page, drawn)
    value = float(page.find(slider).get_attribute("value"))
    assert value == pytest.approx(0.4, abs=0.03)
    study = load(folder / "shop.yaml")
    funnel = apply(study.funnel, {"set": "stages.problem.loses.share", "to": value})
    page.wait(lambda: _revenue(page, 1) == pytest.approx(2800 * solve(funnel).revenue, abs=1))
    page.click("#reset")
    page.wait(lambda: _revenue(page, 1) == pytest.approx(2800 * solve(study.funnel).revenue, abs=1))


def test_the_keyboard_does_as_well(page: Browser, folder: Path) -> None:
    """A slider is moved by an arrow key, a box ticked by the space bar; the scenario by hand is what `compare` says."""
    before = page.find("#c-0-0").get_attribute("value")
    drawn = _drawn(page)
    page.find("#c-0-0").send_keys("\ue014")  # to the right
    _settle(page, drawn)
    assert float(page.find("#c-0-0").get_attribute("value")) == pytest.approx(float(before) + 0.05)
    page.click("#reset")
    boxes = page.run(
        "return [...arguments[0].querySelectorAll('.own input')].map((one) => one.id)", page.find("#funnelsim")
    )
    page.find(f"#{boxes[0]}").send_keys(" ")
    page.wait(lambda: page.text("#answer").startswith("Your scenario"))
    study = load(folder / "shop.yaml")
    wanted = apply(study.funnel, study.interventions[0])
    page.wait(lambda: _revenue(page, 2) == pytest.approx(2800 * solve(wanted).revenue, abs=1))
    page.click("#reset")
    page.wait(lambda: not page.text("#answer").startswith("Your scenario"))


def test_a_share_that_grows_takes_from_those_beside_it(page: Browser, folder: Path) -> None:
    """The first touchpoint's share one key up: the sliders of the others go down, and all together stay at 100%."""
    study = load(folder / "shop.yaml")
    stage = next(one for one in study.funnel.stages if len(one.touchpoints) > 1)
    labels = page.run(
        "return [...arguments[0].querySelectorAll('.control label')].map((one) => [one.textContent, one.htmlFor])",
        page.find("#funnelsim"),
    )
    named = [f"{touchpoint.label.en}: share that comes this way" for touchpoint in stage.touchpoints]
    sliders = [next(f"#{where}" for label, where in labels if label == name) for name in named]
    place = page.find(sliders[0])
    page.run("arguments[0].closest('details').open = true", place)
    before = [float(page.find(slider).get_attribute("value")) for slider in sliders]
    place.send_keys("\ue014")
    page.wait(lambda: all("in the file" in _control(page, slider) for slider in sliders))
    after = [float(page.find(slider).get_attribute("value")) for slider in sliders]
    assert after[0] == pytest.approx(before[0] + 0.005)
    assert all(new < old for new, old in zip(after[1:], before[1:], strict=True))
    assert sum(after) == pytest.approx(1.0)
    assert not page.find("#error").is_displayed()
    page.click("#reset")
    page.wait(lambda: [float(page.find(slider).get_attribute("value")) for slider in sliders] == before)


def _control(page: Browser, slider: str) -> str:
    return str(page.run("return arguments[0].closest('.control').textContent", page.find(slider)))


def test_a_mistake_is_said_and_undone(page: Browser) -> None:
    """To drop the stage at which money is earned is refused in words, and the box is as it was."""
    page.click("#dropping summary")
    page.click("#drop-6")
    page.wait(lambda: "earn" in page.text("#error"))
    assert not page.find("#drop-6").is_selected()
    page.click("#drop-3")
    page.wait(lambda: page.find("#drop-3").is_selected() and not page.find("#error").is_displayed())
    page.click("#reset")


def test_the_animation_steps_and_counts_everyone(page: Browser) -> None:
    """Played, paused and stepped, the table under the picture has all 60 customers somewhere."""
    page.click("#play")
    page.find("svg.film use")
    page.click("#play")
    page.wait(lambda: page.text("#play") == "Pause")
    page.click("#play")
    before = int(page.find("#time").get_attribute("value"))
    page.click("#step")
    assert int(page.find("#time").get_attribute("value")) == before + 1
    rows = page.run(
        "return [...arguments[0].querySelectorAll('tbody td')].map((one) => one.textContent)", page.find("#film-table")
    )
    everyone = sum(int(cell) for cell in rows if cell.isdecimal())
    ended, coming = re.findall(r"journey: (\d+).*: (\d+)\.", page.text("#film-sum"))[0]
    assert everyone + int(ended) + int(coming) == 60
    assert "table below" in page.find("svg.film").get_attribute("aria-label")


def test_a_full_run_is_that_of_compare_and_can_be_taken_home(page: Browser, folder: Path) -> None:
    """The button runs the file's 20 replications: the lifts shown, and those in the spreadsheet, are `compare`'s."""
    page.click("#full")
    page.find("#full-lifts")
    found = compare(load(folder / "shop.yaml"))
    lift = found.scenarios[0].lift["revenue"].mean
    assert _number(page.text("#full-lifts tbody td").split("\n")[0]) == pytest.approx(lift, rel=1e-3)
    assert "Expected lift" in page.find("img.picture").get_attribute("alt")
    page.click("#xlsx")
    page.wait((folder / "shop.xlsx").exists)
    sheet = openpyxl.load_workbook(folder / "shop.xlsx")["Lift"]
    assert sheet.cell(2, 3).value == pytest.approx(lift, rel=1e-12)


def test_saving_asks_for_a_new_name(page: Browser, folder: Path) -> None:
    """The file itself is never written over; under a new name the edits are saved with the comments of the file."""
    original = (folder / "shop.yaml").read_text(encoding="utf-8")
    drawn = _drawn(page)
    page.find("#c-0-4").send_keys("\ue014")
    _settle(page, drawn)
    name = page.find("#name")
    name.clear()
    name.send_keys("shop.yaml\n")
    page.wait(lambda: "already" in page.text("#error"))
    name.clear()
    name.send_keys("edited\n")
    page.wait(lambda: page.text("#said") == "Saved: edited.yaml")
    assert (folder / "shop.yaml").read_text(encoding="utf-8") == original
    saved = (folder / "edited.yaml").read_text(encoding="utf-8")
    assert "# Something is wrong, and one feels it." in saved
    assert load(folder / "edited.yaml").funnel.digest != load(folder / "shop.yaml").funnel.digest


def test_ctrl_c_ends_it(root: Path) -> None:
    """Ctrl-C is exit code 130 and one line, and no process is left."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with serve(root / "scenarios" / "smallest.yaml", "--lang", "en") as (_, process):
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate(timeout=LIMIT)
            assert (process.returncode, err) == (130, "interrupted\n")
    finally:
        signal.signal(signal.SIGINT, before)
