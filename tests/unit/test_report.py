"""The report: one page with all in it, nothing from outside, every free text escaped, and the same every time."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from funnelsim import InputError, compare, loads, report
from funnelsim.model import Study
from funnelsim.views.report.findings import find_out
from funnelsim.views.texts import text

EVIL = "<script>alert('$x$ & 1')</script>"
STUDY = f"""\
funnelsim: 1
name: {{en: "Shop {EVIL}", ru: "Лавка {EVIL}"}}
note: "Why: {EVIL}"
funnel:
  funnelsim: 1
  currency: "<b>"
  sources: {{ads: {{label: "{EVIL}", arrivals: 30 / d, cost: 20}}}}
  teams: {{sales: {{label: "{EVIL}", size: 2, hours: [Mon-Fri 09:00-18:00], cost: 10 / h}}}}
  stages:
    - name: call
      label: {{en: "Call {EVIL}", ru: "Звонок {EVIL}"}}
      note: "Guess {EVIL}"
      response: {{team: sales, service: 10 min}}
      causes: {{slow_response: {{patience: {{exponential: {{mean: 1 d}}}}}}, forgot: 20%, own: 10%}}
    - {{name: visit, causes: {{no_trust: 30%}}}}
    - {{name: buy, revenue: 1000}}
  causes: {{own: {{label: "{EVIL}", side: buyer}}}}
interventions:
  quick: {{label: "{EVIL}", cost: {{once: 500}}, changes: [{{scale: stages.call.causes.forgot, by: 0.5}}]}}
  skip: {{changes: [{{remove_stage: visit}}]}}
scenarios: [quick, skip, {{name: both, label: {{en: Both, ru: Оба}}, interventions: [quick, skip]}}]
run: {{replications: 3, seed: 1, horizon: 21 d}}
"""
FUNNEL = """\
funnelsim: 1
stages:
  - {name: a, causes: {forgot: 40%, apathy: 20%}}
  - {name: b, revenue: 10}
"""
SECTIONS = ["decision", "funnel", "leaks", "ledger", "sensitivity", "assumptions", "stress", "provenance"]
#: The items of STRESS-DES (Monks et al. 2019, table of the checklist).
ITEMS = [
    *("1.1", "1.2", "1.3"),
    *("2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5"),
    *("3.1", "3.2", "3.3", "3.4"),
    *("4.1", "4.2", "4.3"),
    *("5.1", "5.2", "5.3", "5.4"),
    "6.1",
]
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Outline(HTMLParser):
    """What a page is made of: its tags in order, ids, headings, and whether every tag is closed where it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h\d", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that has no end."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Add to the heading that is open."""
        if self.open and re.fullmatch(r"h\d", self.open[-1]):
            level, before = self.headings[-1]
            self.headings[-1] = (level, before + data)

    def ids(self) -> list[str]:
        """Return every id, in order."""
        return [one["id"] or "" for _, one in self.tags if "id" in one]


@pytest.fixture(scope="module")
def study() -> Study:
    """A study with a team, notes and costs, in which every text that a person writes is hostile."""
    return loads(STUDY)


@pytest.fixture(scope="module", params=["en", "ru"])
def written(request: pytest.FixtureRequest, study: Study, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its report in each language."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    report(study, path, lang=request.param, without=["leaks"] if request.param == "en" else ["sensitivity"])
    return path.read_text(encoding="utf-8")


def _language(page: str) -> str:
    return "ru" if '<html lang="ru">' in page else "en"


def test_a_report_has_its_sections_in_order(written: str) -> None:
    """The decision is first; every link leads somewhere, ids are there once, no level of headings is left out."""
    page = Outline(written)
    assert [one["id"] for tag, one in page.tags if tag == "section"] == SECTIONS
    ids = page.ids()
    assert len(ids) == len(set(ids))
    links = {str(one["href"])[1:] for _, one in page.tags if "href" in one}
    assert set(SECTIONS) <= links <= set(ids)
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.headings[1][1] == text("report.decision", _language(written))


def test_a_report_asks_for_nothing_from_outside(written: str) -> None:
    """No address, no script, no file beside it: it is the same without a network. And it can be sent: below 2 MB."""
    assert len(written.encode()) < 2_000_000
    assert not re.search(r"https?:|//[a-z]|@import|src=|url\((?!#)", written)
    tags = {tag for tag, _ in Outline(written).tags}
    assert not tags & {"script", "link", "iframe", "img", "image", "object", "embed", "form"}
    assert "default-src 'none'" in written


def test_no_text_of_a_file_becomes_markup(written: str) -> None:
    """Names, labels, notes, currencies and the file itself are shown as they are written, letter for letter."""
    assert "<script" not in written
    assert "<b>" not in written
    assert "&lt;script&gt;alert(" in written
    title = re.search(r"<title>(.*?)</title>", written)
    assert title is not None
    assert "&lt;script&gt;" in title[1]
    assert re.search(r"<text [^>]*>[^<]*&lt;script&gt;alert\('\$x\$ &amp; 1'\)", written)  # no formula in a picture


def test_pictures_have_words_and_tables_have_names(written: str) -> None:
    """Every picture has an alternative text and stands in words below; every table can be reached and has a name."""
    page = Outline(written)
    pictures = [one for _, one in page.tags if one.get("role") == "img"]
    assert len(pictures) >= 9
    assert all(len(one.get("aria-label") or "") > 40 for one in pictures)
    regions = [one for _, one in page.tags if one.get("role") == "region"]
    assert len(regions) >= 8
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in regions)
    assert all(one.get("scope") in ("col", "row") for tag, one in page.tags if tag == "th")


def test_the_checklist_has_every_item(written: str) -> None:
    """Each item of STRESS-DES is there once, with something said of it."""
    told = dict(re.findall(r"<dt>(\d(?:\.\d)+) [^<]*</dt><dd>(.*?)</dd>", written, re.DOTALL))
    assert list(told) == ITEMS
    assert all(re.sub("<[^>]*>", "", one).strip() for one in told.values())
    assert "Philox4x32-10" in told["5.2"]
    assert "45" in told["2.5.3"]  # 5 days of 9 hours


def test_a_report_says_what_it_was_asked_for(written: str, study: Study) -> None:
    """The figures of the decision, the reason why a part is missing, and the whole file are in it."""
    language = _language(written)
    for key in ("report.figure.scenario", "report.figure.sure", "report.figure.cost", "lift.payback"):
        assert f"<dt>{text(key, language)}</dt>" in written
    assert ("<code>funnelsim leaks</code>" in written) == (language == "en")
    assert "<code>funnelsim choose</code>" in written
    assert study.digest in written
    assert "Mon-Fri 09:00-18:00" in written


def test_the_same_study_makes_the_same_report(tmp_path: Path) -> None:
    """No date and no chance is in it; a comparison that is there already is not made again."""
    study = loads(FUNNEL)
    made = compare(study, replications=2)
    pages = []
    for name in ("one.html", "two.HTM"):
        report(study, tmp_path / name, comparison=made, without=["leaks", "sensitivity", "budget"])
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
    assert b"2 replications" in pages[0].replace("\u00a0".encode(), b" ")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_funnel_without_scenarios_has_a_report(language: str, tmp_path: Path) -> None:
    """Of one funnel there is the funnel, its leaks and sensitivity, and it says that there is nothing to compare."""
    path = tmp_path / "one.html"
    report(loads(FUNNEL).funnel, path, lang=language, replications=2, cohort=100)
    page = path.read_text(encoding="utf-8")
    assert text("report.alone", language) in page
    assert text("report.ledger.none", language) in page
    assert [one["id"] for tag, one in Outline(page).tags if tag == "section"] == SECTIONS


def test_doubt_about_the_numbers_stands_in_the_decision(tmp_path: Path) -> None:
    """With uncertain numbers the decision says how sure it is over their draws, and what to measure next."""
    study = loads(
        "funnelsim: 1\nsources: {all: {batch: 100}}\nstages:\n"
        "  - {name: a, causes: {forgot: {mean: 40%, low: 20%, high: 62%}}}\n  - {name: b, revenue: 10}\n"
        "interventions: {less: {changes: [{scale: stages.a.causes.forgot, by: 0.5}]}}\n"
    )
    report(study, tmp_path / "doubt.html", replications=2, draws=20, without=["leaks", "sensitivity"])
    page = (tmp_path / "doubt.html").read_text(encoding="utf-8")
    for key in ("report.figure.between", "report.figure.best", "doubt.title", "measure.title"):
        assert f">{text(key, 'en')}<" in page
    assert text("stress.aims.draws", "en", draws=20) in page


def test_what_cannot_be_said_has_its_reason(monkeypatch: pytest.MonkeyPatch, study: Study) -> None:
    """Sensitivity may take more visits than the budget has; the best set is not searched for by simulation."""
    monkeypatch.setattr("funnelsim.simulation.BUDGET", 60_000)
    found = find_out(study, replications=2, without=["leaks"])
    assert found.missing == {"leaks": "left_out", "sensitivity": "large", "budget": "simulated"}


def test_what_is_wrong_is_refused_before_any_work(study: Study, tmp_path: Path) -> None:
    """A wrong ending, language, part or folder is one error, and nothing is written."""
    with pytest.raises(InputError, match=r"expected a name that ends with \.html, \.htm or \.xlsx"):
        report(study, tmp_path / "report.pdf")
    with pytest.raises(InputError, match="lang: expected en or ru, not 'de'"):
        report(study, tmp_path / "report.html", lang="de")
    with pytest.raises(InputError, match="without: expected some of leaks, sensitivity, budget, not 'funnel'"):
        report(study, tmp_path / "report.html", without=["funnel"])
    with pytest.raises(InputError, match="does not exist"):
        report(study, tmp_path / "no" / "report.html")
    with pytest.raises(InputError, match="comparison: it is of another study"):
        report(study, tmp_path / "report.html", comparison=compare(loads(FUNNEL), replications=1))
    assert list(tmp_path.iterdir()) == []
