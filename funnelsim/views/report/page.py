"""The report as one page: no server, no outside request, no script, every free text escaped."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

from jinja2 import Environment
from markupsafe import Markup, escape

from funnelsim import __version__
from funnelsim.errors import FunnelsimError
from funnelsim.views.report.assumptions import show_assumptions, show_provenance
from funnelsim.views.report.blocks import Section
from funnelsim.views.report.checklist import show_checklist
from funnelsim.views.report.decision import decide
from funnelsim.views.report.findings import Findings
from funnelsim.views.report.frame import Frame, make_frame
from funnelsim.views.report.sections import show_funnel, show_leaking, show_ledgers, show_sensitive
from funnelsim.views.tables import describe_window
from funnelsim.views.texts import count

#: No report is larger, in bytes: it has to go through the post.
LARGEST: Final = 2_000_000
#: The decision first; the small print last.
SECTIONS: Final = (
    decide,
    show_funnel,
    show_leaking,
    show_ledgers,
    show_sensitive,
    show_assumptions,
    show_checklist,
    show_provenance,
)


def make_page(findings: Findings, language: str) -> str:
    """Return the report as HTML. Raises FunnelsimError where it would be larger than 2 MB."""
    frame = make_frame(findings, language)
    content = _render(frame, [show(frame) for show in SECTIONS])
    if len(content.encode()) > LARGEST:
        raise FunnelsimError(
            f"the report would be {len(content.encode()) / 1e6:.1f} MB large, and {LARGEST / 1e6:.0f} MB is the most: "
            "take fewer scenarios, or a funnel with fewer stages and causes"
        )
    return content


def _render(frame: Frame, sections: list[Section]) -> str:
    environment = Environment(autoescape=True, keep_trailing_newline=True, trim_blocks=True)
    environment.filters["drawing"] = _verbatim
    environment.filters["words"] = _set_words
    comparison = frame.comparison
    facts = [
        describe_window(comparison.provenance["window"], frame.language),
        count("replications", comparison.replications, frame.language),
        frame.say("head.seed", seed=comparison.run.seed),
        frame.say("head.engine", engine=comparison.engine),
    ]
    if frame.money.currency:
        facts.append(frame.say("head.currency", currency=frame.money.unit))
    return environment.from_string(_read("page.html")).render(
        language=frame.language,
        title=frame.title,
        facts=" · ".join(facts),
        sections=sections,
        say=frame.say,
        style=_verbatim(_read("page.css")),
        patterns=_verbatim("".join(frame.drawer.patterns.values())),
        version=__version__,
    )


def _set_words(sentence: str) -> Markup:
    """Return a sentence as HTML: what stands between backticks is to be typed."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(sentence))))  # noqa: S704 (escaped before)


def _read(name: str) -> str:
    return (resources.files("funnelsim.views.report") / name).read_text(encoding="utf-8")


def _verbatim(content: str) -> Markup:
    """Return a text that the template leaves as it is: our own files, and drawings, whose letters are escaped."""
    return Markup(content)  # noqa: S704
