"""What all sections of a report need: the findings, as a document, with names, money and drawings in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from funnelsim.comparison import Comparison, comparison_document
from funnelsim.model import Study, title_of
from funnelsim.tallies import tally_document
from funnelsim.views.naming import Names, clean, name_study
from funnelsim.views.report.findings import Findings
from funnelsim.views.report.pictures import Drawer
from funnelsim.views.tables import Money, choose_money
from funnelsim.views.texts import text

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Findings in one language. document: of the comparison; base: of the base's tally."""

    findings: Findings
    language: str
    document: Document
    base: Document
    names: Names
    money: Money
    drawer: Drawer

    @property
    def study(self) -> Study:
        """The study, with the run that was made."""
        return self.findings.study

    @property
    def comparison(self) -> Comparison:
        """The base and its scenarios."""
        return self.findings.comparison

    @property
    def title(self) -> str:
        """What the study is called."""
        return clean(title_of(self.study).text(self.language)) or self.say("report.untitled")

    def say(self, key: str, **values: object) -> str:
        """Return a text of the catalogue in the language."""
        return text(key, self.language, **values)


def make_frame(findings: Findings, language: str) -> Frame:
    """Return findings ready to be shown."""
    document = comparison_document(findings.comparison, language)
    worlds = [document["base"], *document["scenarios"]]
    amounts = [world[name]["mean"] for world in worlds for name in ("revenue", "cost", "profit")]
    return Frame(
        findings=findings,
        language=language,
        document=document,
        base=tally_document(findings.comparison.base.tally, language),
        names=name_study(findings.study, language),
        money=choose_money(document["currency"], amounts, language),
        drawer=Drawer(language),
    )
