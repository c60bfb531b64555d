"""Names for people: labels of stages, causes and teams in a language, fates in words, free text made harmless."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from funnelsim.causes import CATALOGUE, Side
from funnelsim.views.texts import count, text

if TYPE_CHECKING:
    from funnelsim.model import Funnel, Study

#: Controls, invisible formats (those that turn a line around among them) and lone surrogates: shown, never obeyed.
_HARMFUL = {"Cc", "Cf", "Cs"}
#: Formats that join letters and emoji.
_JOINERS = {"\u200c", "\u200d"}

Fate = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What to call stages, causes, teams, segments in one language; order: places of the stages of the base funnel."""

    language: str
    stages: Mapping[str, str]
    causes: Mapping[str, str]
    sides: Mapping[str, Side]
    order: Mapping[str, int]
    teams: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)

    def stage(self, key: str | None) -> str:
        """Return the label of a stage, or its name where no label is known."""
        return self.stages.get(key or "", clean(key or ""))

    def cause(self, key: str | None) -> str:
        """Return the label of a cause, or its key where no label is known."""
        return self.causes.get(key or "", clean(key or ""))

    def team(self, name: str) -> str:
        """Return the label of a team, or its name where no label is known."""
        return self.teams.get(name, clean(name))

    def segment(self, names: str) -> str:
        """Return the labels of the segments that someone is in (`a+b`), or that they are in none."""
        parts = [self.segments.get(name, clean(name)) for name in names.split("+") if name]
        return " + ".join(parts) or text("leaks.segment.none", self.language)

    def side(self, key: str) -> str:
        """Return whose doing a loss by this cause is, in words."""
        return text(f"side.{self.sides.get(key, Side.NONE)}", self.language)

    def fate(self, fate: Fate) -> str:
        """Return a fate in words: `bought`, `lost: Demo · No trust`, `still open`, `not there`."""
        kind = text(f"fate.{fate['fate']}", self.language)
        place = self.place(fate)
        return f"{kind}: {place}" if place else kind

    def place(self, fate: Fate) -> str:
        """Return where and to what a fate was met: `Demo · No trust`; empty for fates without a stage."""
        parts = [self.stage(fate["stage"])] if fate.get("stage") else []
        parts += [self.cause(fate["cause"])] if fate.get("cause") else []
        return " · ".join(parts)


def make_names(funnels: Iterable[Funnel], language: str) -> Names:
    """Collect the labels of some funnels; the first that names a stage or cause decides. The catalogue comes last."""
    stages: dict[str, str] = {}
    causes: dict[str, str] = {}
    sides: dict[str, Side] = {}
    order: dict[str, int] = {}
    teams: dict[str, str] = {}
    segments: dict[str, str] = {}
    for funnel in funnels:
        order = order or {stage.name: place for place, stage in enumerate(funnel.stages)}
        for stage in funnel.stages:
            stages.setdefault(stage.name, _label(stage.label.text(language), stage.name))
        for cause in funnel.causes:
            causes.setdefault(cause.key, _label(cause.label.text(language), cause.key))
            sides.setdefault(cause.key, cause.side)
        for team in funnel.teams:
            teams.setdefault(team.name, _label(team.label.text(language), team.name))
        for segment in funnel.segments:
            segments.setdefault(segment.name, _label(segment.label.text(language), segment.name))
    for key, cause in CATALOGUE.items():
        causes.setdefault(key, cause.label.text(language))
        sides.setdefault(key, cause.side)
    return Names(language, stages, causes, sides, order, teams, segments)


def name_study(study: Study, language: str) -> Names:
    """Collect the labels of the base funnel and of every other funnel of a study."""
    return make_names([study.funnel, *(scenario.funnel for scenario in study.scenarios)], language)


def describe_study(study: Study, file: str, language: str) -> str:
    """Return in words that a file is fine, and what is in it."""
    sizes = {
        "stages": sum(not stage.removed for stage in study.funnel.stages),
        "causes": len(study.funnel.causes),
        "scenarios": len(study.scenarios),
    }
    counts = ", ".join(count(key, number, language) for key, number in sizes.items() if number)
    return clean(text("fine", language, file=file, counts=counts))


def clean_quoted(value: str, language: str) -> str:
    """Return free text on one line with the quotation marks of the language: “ ” in English, « » in Russian."""
    marks = str.maketrans("«»", "“”") if language == "en" else str.maketrans("“”", "«»")
    return clean(value).translate(marks)


def clean(value: str) -> str:
    """Return free text on one line: white space becomes blanks, control and reordering characters are spelled out."""
    line = " ".join(value.split())
    return "".join(_spell(char) if _harms(char) else char for char in line)


def _harms(char: str) -> bool:
    return unicodedata.category(char) in _HARMFUL and char not in _JOINERS


def _spell(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) > 0xFF else f"\\x{ord(char):02x}"


def _label(label: str, name: str) -> str:
    return clean(label) or clean(name)
