"""How long the page takes from a key to what is drawn: `python -m benchmarks.page [SCENARIO.yaml …]`.

Every scenario is served by the program itself and opened in headless Chromium. Sliders, taken evenly from all, get a
key to the right; the time runs, in the browser, from the key to the frame after the last part was drawn: what was
edited, the base, and the base beside the scenario in focus. A key that is refused is told, and not counted. Needs the
extra `web`, selenium, Chromium and its driver.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.machine import describe_machine
from benchmarks.workloads import ROOT

if TYPE_CHECKING:
    from tests.browser.browsing import Browser

SHIPPED: Final = ("problem_to_repeat", "saas_owner", "journey_map", "b2b_sales")
RIGHT: Final = "\ue014"
HEAD: Final = """\
| scenario | keys | median | longest | base first: median | refused |
|---|---|---|---|---|---|
"""
#: Sliders that a key to the right moves.
SLIDERS: Final = """
return [...arguments[0].querySelectorAll(".control input[type=range]")]
  .filter((one) => Number(one.value) < Number(one.max)).map((one) => one.id);
"""
#: Keeps, of each key, how long it took until the base and then all was drawn, and one frame more.
WATCH: Final = """
const [root, slider, error] = arguments;
error.hidden = true;
slider.closest("details")?.setAttribute("open", "");
slider.focus();
window.funnelsim_taken = {};
delete root.dataset.base;
delete root.dataset.redrawn;
let pressed = 0;
slider.addEventListener("keydown", () => { pressed = performance.now(); }, {capture: true, once: true});
const watch = new MutationObserver((changes) => {
  const now = performance.now();
  for (const { attributeName } of changes) {
    const part = attributeName.slice("data-".length);
    if (root.dataset[part] !== undefined) window.funnelsim_taken[part] = now - pressed;
  }
  if (window.funnelsim_taken.redrawn !== undefined) watch.disconnect();
});
watch.observe(root, {attributeFilter: ["data-base", "data-redrawn"]});
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds from each key to all that is drawn, and to the base alone; and what was refused, with the reason."""

    all: list[float]
    base: list[float]
    refused: list[str]


def main() -> int:
    """Measure each scenario, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="scenario files; by default the shipped ones")
    parser.add_argument("--keys", type=int, default=12, help="how many sliders of each get a key (12)")
    options = parser.parse_args()
    sys.stdout.write("\n".join(["Milliseconds from a key to what is drawn.", "", *describe_machine(), "", HEAD]))
    for file in options.files or [ROOT / "scenarios" / f"{name}.yaml" for name in SHIPPED]:
        taken = measure(file, options.keys)
        sys.stdout.write(describe(file.stem, taken))
        sys.stdout.flush()
    return 0


def describe(name: str, taken: Taken) -> str:
    """Return a row of the table, and a line for each key that was refused."""
    median, longest = f"{statistics.median(taken.all):.0f}", f"{max(taken.all):.0f}"
    base = f"{statistics.median(taken.base):.0f}" if taken.base else "–"
    row = f"| {name} | {len(taken.all)} | {median} | {longest} | {base} | {len(taken.refused)} |\n"
    return row + "".join(f"  refused: {reason}\n" for reason in taken.refused)


def measure(file: Path, keys: int) -> Taken:
    """Press a key at some sliders of a scenario's page; the first key of all is not counted."""
    taken = Taken([], [], [])
    browsing = find_browsing()
    with (
        tempfile.TemporaryDirectory() as folder,
        browsing.open_browser(Path(folder)) as browser,
        browsing.serve(file, "--lang", "en") as (address, _),
    ):
        browser.driver.get(address)
        browser.wait(lambda: browser.text("#answer"))
        found = browser.run(SLIDERS, browser.find("#funnelsim"))
        chosen = found[:: max(1, len(found) // keys)][:keys]
        press(browser, chosen[0])
        for slider in chosen:
            times = press(browser, slider)
            if isinstance(times, str):
                taken.refused.append(times)
            else:
                taken.all.append(times["redrawn"])
                taken.base.extend([times["base"]] if "base" in times else [])
    return taken


def find_browsing() -> Any:  # noqa: ANN401 (a module)
    """Return what the tests open a browser with; `tests` itself may be another package's name."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    return importlib.import_module("browsing")


def press(browser: Browser, slider: str) -> dict[str, float] | str:
    """Press the key to the right at a slider; return how long it took, or why it was refused."""
    browser.run(WATCH, browser.find("#funnelsim"), browser.find(f"#{slider}"), browser.find("#error"))
    browser.find(f"#{slider}").send_keys(RIGHT)

    def look() -> dict[str, float] | str | None:
        error = browser.find("#error")
        if error.is_displayed():
            return f"{slider}: {error.text}"
        times: dict[str, float] = browser.run("return window.funnelsim_taken")
        return times if "redrawn" in times else None

    times = browser.wait(look)
    assert isinstance(times, dict | str)  # noqa: S101 (for the type checker)
    return times


if __name__ == "__main__":
    sys.exit(main())
