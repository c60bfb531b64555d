"""A real browser for tests: headless Chromium by its own driver, with a log of every request that it makes.

Nothing is downloaded: where there is no Chromium or no driver on this machine, tests are skipped and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

T = TypeVar("T")

CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
DRIVER: Final = ("chromedriver", "chromium.chromedriver")
#: How long anything may take; machines are busy at times.
LIMIT: Final = 60.0
#: Finds elements in shadow roots, too, as Panel puts everything into one.
FIND: Final = """
const find = (root, selector) => {
  const own = root.querySelector(selector);
  if (own) return own;
  for (const host of root.querySelectorAll("*")) {
    const found = host.shadowRoot && find(host.shadowRoot, selector);
    if (found) return found;
  }
  return null;
};
return find(document, arguments[0]);
"""


def find_program(names: tuple[str, ...]) -> str:
    """Return the path of the first program that is there, or skip the test."""
    for name in names:
        if (path := shutil.which(name)) is not None:
            return path
    pytest.skip(f"there is no {names[0]} on this machine (Debian: apt-get install chromium chromium-driver)")


class Browser:
    """A browser window, and what it has asked for."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._asked: list[str] = []

    def find(self, selector: str) -> Any:
        """Return an element by a CSS selector, wherever it is; wait until it is there."""
        return self.wait(lambda: self.driver.execute_script(FIND, selector))

    def text(self, selector: str) -> str:
        """Return the text of an element, hidden or not."""
        (found,) = self.wait(lambda: [self.run("return arguments[0].textContent", self.find(selector))])
        return str(found)

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page."""
        return self.driver.execute_script(script, *arguments)

    def click(self, selector: str) -> None:
        """Click an element with the mouse."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def drag(self, selector: str, share: float) -> None:
        """Drag a slider's thumb from where it is to a share of its width, with the mouse."""
        from selenium.webdriver import ActionChains

        slider = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", slider)
        at = self.run(
            "const s = arguments[0]; return [(s.value - s.min) / (s.max - s.min), s.getBoundingClientRect().width]",
            slider,
        )
        thumb = 16.0  # pixels, of which half stay inside at both ends
        start, end = (round((share - 0.5) * (at[1] - thumb)) for share in (at[0], share))
        chain = ActionChains(self.driver).move_to_element_with_offset(slider, start, 0).click_and_hold()
        for step in range(1, 6):
            chain.move_to_element_with_offset(slider, round(start + (end - start) * step / 5), 0)
        chain.release().perform()

    def wait(self, look: Callable[[], T | None]) -> T:
        """Return what `look` finds, as soon as it is something; what is just being drawn anew is looked for again."""
        from selenium.common.exceptions import StaleElementReferenceException

        until = time.monotonic() + LIMIT
        while True:
            with suppress(StaleElementReferenceException):
                if found := look():
                    return found
            assert time.monotonic() < until, f"not there within {LIMIT:g} s"
            time.sleep(0.03)

    def asked(self) -> list[str]:
        """Return every address that was asked for so far, web sockets included."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._asked.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                self._asked.append(message["params"]["url"])
        return self._asked

    def complaints(self) -> list[str]:
        """Return the errors on the browser's console."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


@contextmanager
def open_browser(downloads: Path, *, language: str = "en", reduced_motion: bool = False) -> Iterator[Browser]:
    """Open a headless browser with a profile of its own, and close it with all its processes."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = find_program(CHROMIUM)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        f"--lang={language}",
        "--window-size=1400,1000",
        f"--user-data-dir={downloads / 'profile'}",
        *(["--force-prefers-reduced-motion"] if reduced_motion else []),
    ):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=find_program(DRIVER)))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@contextmanager
def serve(file: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the page of a file on a free port by the program itself, and give its address; at last end it."""
    command = [sys.executable, "-m", "funnelsim", "serve", str(file), "--port", "0", "--no-browser", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "http://" in line:
                yield next(word for word in line.split() if word.startswith("http://")).rstrip(";"), process
                return
        pytest.fail(f"the page does not begin: {process.communicate()}")
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=LIMIT)
