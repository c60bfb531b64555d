"""What only shows when the parts of a file meet: names that lead nowhere, shares over 100%, causes that cannot act.

Functions yield mistakes (path, sentence) of a model whose parts are each right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from funnelsim.causes import CATALOGUE
from funnelsim.files.editing import FOR_EVERYONE
from funnelsim.files.journeys import check_journeys, referrals_of, teams_named, texts
from funnelsim.files.parts import (
    MECHANISMS,
    ROUNDING,
    CauseFile,
    MechanismsFile,
    ResponseFile,
    canonical,
)
from funnelsim.files.paths import hint
from funnelsim.files.schema import FunnelFile, QuestionsFile, RunFile
from funnelsim.files.stages import ReferralsFile, StageFile, TouchpointFile
from funnelsim.files.teams import DisciplineFile
from funnelsim.files.validating import STAND_IN, Validated, exists, follows
from funnelsim.files.wording import Key, Mistake, Path, suggest

TOUCHPOINT_DOWN = "touchpoint_down"
JOURNEY_KEYS = ("name", "next", "aside", "referrals", "earnings")


def check_funnel(
    file: FunnelFile, seen: Validated[FunnelFile] | None = None, *, unreached: bool = True
) -> list[Mistake]:
    """Return every mistake between the parts of a funnel.

    `seen` is what the file was made from, where parts of it had mistakes: what they would cause is not reported.
    unreached: whether a stage that no customer reaches and a team that answers nobody are mistakes; after a change
    they need not be.
    """
    checks = _Checks(file, seen or Validated(file, (), {}), unreached=unreached)
    found = [
        *checks.sources(),
        *checks.budgets(),
        *checks.segments(),
        *checks.teams(unused=unreached),
        *checks.pipeline(),
        *chain.from_iterable(checks.stage(place, stage) for place, stage in enumerate(file.stages)),
        *checks.stage_names(),
    ]
    earlier = [path for path, _ in checks.seen.mistakes]
    if not any(touches_journeys(path) for path in chain(earlier, (path for path, _ in found))):
        found.extend(check_journeys(file, unreached=unreached))
    return [(path, text) for path, text in found if not follows(path, earlier) and STAND_IN not in text]


def touches_journeys(path: Path) -> bool:
    """Return whether a mistake at this path may change where customers go."""
    if path[0] == "stages":
        return len(path) < 3 or path[2] in JOURNEY_KEYS
    return path[0] in {"sources", "segments"} and "cost" not in path


class _Checks:
    """The names that a funnel knows, and the checks that need them."""

    def __init__(self, file: FunnelFile, seen: Validated[FunnelFile], *, unreached: bool) -> None:
        self.file, self.seen, self.unreached = file, seen, unreached
        self.stages = {stage.name for stage in file.stages} | seen.names("stages")
        self.addresses = {stage.address for stage in file.stages} | seen.names("stages")
        self.causes = {*CATALOGUE, *file.causes, *seen.names("causes")}
        self.known_budgets = {*file.budgets, *seen.names("budgets")}
        self.known_segments = {*file.segments, *seen.names("segments")}
        self.known_teams = {*file.teams, *seen.names("teams")}

    # -- names

    def stage_at(self, path: Path, name: str | None) -> Iterator[Mistake]:
        """Yield a mistake if there is no such stage."""
        if name is not None and name not in self.stages:
            yield path, f"there is no stage `{name}`{hint(name, self.stage_order())}"

    def stage_order(self) -> list[str]:
        """Return the names of the stages in order."""
        return [stage.name for stage in self.file.stages if not stage.name.startswith(STAND_IN)]

    def segment_at(self, path: Path, name: str | None) -> Iterator[Mistake]:
        """Yield a mistake if there is no such segment."""
        if name is not None and name not in self.known_segments:
            yield path, f"there is no segment `{name}`{hint(name, self.file.segments)}"

    def response(self, path: Path, response: ResponseFile | None) -> Iterator[Mistake]:
        """Yield a mistake if a response names a team that there is not."""
        if response is not None and response.team is not None and response.team not in self.known_teams:
            where = hint(response.team, self.file.teams) or " under the top level's `teams`"
            yield (*path, "response", "team"), f"there is no team `{response.team}`{where}"

    def cause_at(self, path: Path, name: str) -> Iterator[Mistake]:
        """Yield a mistake if neither the catalogue nor the file knows a cause."""
        if name not in self.causes:
            near = suggest(name, self.causes)
            yield path, f"there is no cause `{name}` in the catalogue or under the top level's `causes`{near}"

    def referrals(self, path: Path, referrals: ReferralsFile | None) -> Iterator[Mistake]:
        """Check where referrals go."""
        if referrals is not None:
            yield from self.stage_at((*path, "enters"), referrals.enters)
            yield from self.segment_at((*path, "as"), referrals.as_)

    # -- sections

    def sources(self) -> Iterator[Mistake]:
        """Check the sources."""
        keys = {name: source.key for name, source in self.file.sources.items()}
        yield from same_keys(("sources",), keys, "source")
        for name, source in self.file.sources.items():
            yield from self.stage_at(("sources", name, "enters"), source.enters)
            yield from self.segment_at(("sources", name, "as"), source.as_)

    def budgets(self) -> Iterator[Mistake]:
        """Check the budgets."""
        keys = {name: budget.key for name, budget in self.file.budgets.items()}
        yield from same_keys(("budgets",), keys, "budget")
        for name, budget in self.file.budgets.items():
            yield from self.cause_at(("budgets", name, "cause"), budget.cause)

    def segments(self) -> Iterator[Mistake]:
        """Check the segments: their changes touch stages only."""
        segments = self.file.segments
        keys = {name: segment.key for name, segment in segments.items()}
        yield from same_keys(("segments",), keys, "segment", reserved="none")
        yield from over_all(("segments",), (segment.share for segment in segments.values()))
        for name, segment in segments.items():
            for place, change in enumerate(segment.changes):
                for verb, text in FOR_EVERYONE.items():
                    if verb in change:
                        yield ("segments", name, "changes", place, Key(verb)), text
                for verb in ("set", "scale", "add", "remove"):
                    path = change.get(verb)
                    if isinstance(path, str) and path.split(".")[0] != "stages":
                        text = "a segment changes stages only: expected a path such as `stages.NAME.takes`"
                        yield ("segments", name, "changes", place, verb), text

    def teams(self, *, unused: bool) -> Iterator[Mistake]:
        """Check the teams: who comes first is known, and somebody is answered by each."""
        yield from same_keys(("teams",), {name: team.key for name, team in self.file.teams.items()}, "team")
        used = self.teams_used() if unused else set()
        unsure = any("response" in path or path[0] == "segments" for path, _ in self.seen.mistakes)
        for name, team in self.file.teams.items():
            if unused and not unsure and name not in used:
                text = f"no stage is answered by it: write `response: {{team: {name}}}` at one, or leave the team out"
                yield ("teams", Key(name)), text
            ranks = team.discipline.priority if isinstance(team.discipline, DisciplineFile) else None
            path: Path = ("teams", name, "discipline", "priority")
            for index, segment in enumerate(ranks.segments or [] if ranks is not None else []):
                yield from self.segment_at((*path, "segments", index), segment)
            for index, stage in enumerate(ranks.stages or [] if ranks is not None else []):
                yield from self.stage_at((*path, "stages", index), stage)

    def teams_used(self) -> set[str]:
        """Return the teams that stages name, or that the changes of segments may."""
        written = [canonical(stage) for stage in self.file.stages if not stage.removed]
        changed = (change for segment in self.file.segments.values() for change in segment.changes)
        named = {text for change in changed for text in texts(change)}
        return teams_named(written) | teams_named(self.given("stages")) | named

    def pipeline(self) -> Iterator[Mistake]:
        """Check that open deals are at stages."""
        for name in self.file.pipeline:
            yield from self.stage_at(("pipeline", Key(name)), name)

    def stage_names(self) -> Iterator[Mistake]:
        """Check that stages differ in name and key."""
        names: dict[str, int] = {}
        keys: dict[str, str] = {}
        for place, stage in enumerate(self.file.stages):
            path = ("stages", place, "name")
            if stage.name in {"end", "rest"}:
                yield path, f"`{stage.name}` is reserved: choose another name"
            elif stage.name in names:
                yield path, f"another stage is called `{stage.name}`: names must differ"
                continue
            elif stage.address in keys:
                at = ("stages", place, "key" if stage.key else "name")
                yield at, f"the stage `{keys[stage.address]}` has the key `{stage.address}`: keys must differ"
            names[stage.name] = place
            keys.setdefault(stage.address, stage.name)

    # -- stages

    def stage(self, place: int, stage: StageFile) -> Iterator[Mistake]:
        """Check one stage."""
        path: Path = ("stages", place)
        for budget in stage.spends:
            if budget not in self.known_budgets:
                text = f"there is no budget `{budget}` under the top level's `budgets`{hint(budget, self.file.budgets)}"
                yield (*path, "spends", Key(budget)), text
        yield from self.redesign(path, stage)
        yield from self.response(path, stage.response)
        answers = stage.response is not None or self.seen.has(*path, "response")
        anywhere = any(
            touchpoint.response is not None or self.seen.has(*path, "touchpoints", number, "response")
            for number, touchpoint in enumerate(stage.touchpoints)
        )
        yield from self.cause_entries(path, stage.causes, answers=answers or anywhere)
        if stage.loses is not None:
            for cause in stage.loses.split:
                yield from self.cause_at((*path, "loses", "split", Key(cause)), cause)
        yield from self.combinations(path, stage)
        yield from self.touchpoints(path, stage.touchpoints, answers=answers)
        yield from self.routes(path, stage)
        if stage.referrals is not None:
            yield from self.referrals((*path, "referrals"), stage.referrals)
        for number, earning in enumerate(stage.earnings):
            if earning.key not in self.addresses:
                text = f"there is no stage with the key `{earning.key}`{hint(earning.key, self.addresses)}"
                yield (*path, "earnings", number, "key"), text
            yield from self.referrals((*path, "earnings", number, "referrals"), earning.referrals)

    def redesign(self, path: Path, stage: StageFile) -> Iterator[Mistake]:
        """Check that a stage can be dropped or merged as it says; changes may make it otherwise later."""
        if stage.removable and self.unreached and (stage.revenue or stage.referrals):
            what = "earns money" if stage.revenue else "bears referrals"
            change = f"{{remove_stage: {stage.name}, earnings_to: …}}"
            yield (*path, "removable"), f"`{stage.name}` {what}: an intervention with `{change}` says where that goes"
        if stage.mergeable and self.unreached and (stage.touchpoints or stage.aside):
            reason = "it has touchpoints" if stage.touchpoints else "it is aside"
            yield (*path, "mergeable"), f"`{stage.name}` cannot be merged: {reason}"

    def cause_entries(self, path: Path, causes: Mapping[str, CauseFile], *, answers: bool) -> Iterator[Mistake]:
        """Check the causes of a stage or touchpoint; `answers` says whether a customer ever waits there."""
        for key, entry in causes.items():
            at = (*path, "causes", key)
            unknown = list(self.cause_at((*path, "causes", Key(key)), key))
            yield from unknown
            if unknown:
                continue
            effect: MechanismsFile = entry
            if entry.default:
                definition = self.file.causes.get(key)
                if definition is None or all(getattr(definition, name) is None for name in MECHANISMS):
                    if not any(self.seen.has("causes", key, name) for name in MECHANISMS) and not isinstance(
                        self.given("causes", key), str | int | float
                    ):
                        yield at, f"`default` needs a mechanism for `{key}` under the top level's `causes`"
                    continue
                effect = definition
                yield from self.beside_default(at, entry, definition)
            if not answers:
                if effect.patience is not None:
                    shown = at if entry.default else (*at, "patience")
                    yield shown, "patience needs someone to wait for: the stage has no `response`"
                if effect.time_to_loss is not None and effect.exposure == "waiting":
                    shown = at if entry.default else (*at, "exposure")
                    yield shown, "`exposure: waiting` needs a wait: the stage has no `response`"

    def given(self, *path: str | int) -> object:
        """Return what stands at a path of the file, or None."""
        value: Any = self.seen.data
        for part in path:
            value = value[part] if exists(value, (part,)) else None
        return value

    def beside_default(self, path: Path, entry: CauseFile, definition: MechanismsFile) -> Iterator[Mistake]:
        """Check what stands beside `default` against the mechanisms that it takes."""
        if entry.reminders is not None and definition.forgetting is None:
            yield (*path, "reminders"), "there is nothing to be reminded of: the default has no `forgetting`"
        if entry.times != 1:
            if definition.chance == 1:
                yield (*path, "times"), "the default is a certain loss (100%), which cannot be multiplied"
            for name in ("patience", "time_to_loss"):
                law = getattr(definition, name)
                if law is not None and law.family == "fixed":
                    yield (
                        (*path, "times"),
                        f"the default has a fixed time (`{name}`), which cannot be multiplied",
                    )

    def combinations(self, path: Path, stage: StageFile) -> Iterator[Mistake]:
        """Check that combined causes act at the stage."""
        acting = {*stage.causes, *(stage.loses.split if stage.loses is not None else ())}
        for key in (("causes",), ("loses", "split")):
            given = self.given(*path, *key)
            acting.update(given if isinstance(given, Mapping) else ())
        for touchpoint in stage.touchpoints:
            acting.update(touchpoint.causes)
            acting.update([TOUCHPOINT_DOWN] if touchpoint.availability < 1 else [])
        acting.update(self.file.budgets[name].cause for name in stage.spends if name in self.file.budgets)
        for number, combination in enumerate(stage.combinations):
            for index, cause in enumerate(combination.causes):
                if cause not in acting:
                    text = f"`{cause}` does not act at this stage{suggest(cause, acting)}"
                    yield (*path, "combinations", number, "causes", index), text

    def touchpoints(self, path: Path, touchpoints: Iterable[TouchpointFile], *, answers: bool) -> Iterator[Mistake]:
        """Check the touchpoints of a stage."""
        taken: dict[str, str] = {}
        shares = []
        for number, touchpoint in enumerate(touchpoints):
            at = (*path, "touchpoints", number)
            shares.append(touchpoint.share)
            address = touchpoint.key or touchpoint.name
            shown = (*at, "key" if touchpoint.key else "name")
            if "rest" in {address, touchpoint.name}:
                yield shown, "`rest` is reserved for what the shares leave over: choose another name"
            elif touchpoint.name in taken.values():
                yield (*at, "name"), f"another touchpoint is called `{touchpoint.name}`: names must differ"
            elif address in taken:
                yield shown, f"the touchpoint `{taken[address]}` has the key `{address}`: keys must differ"
            taken.setdefault(address, touchpoint.name)
            yield from self.response(at, touchpoint.response)
            waits = answers or touchpoint.response is not None or self.seen.has(*at, "response")
            yield from self.cause_entries(at, touchpoint.causes, answers=waits)
        yield from over_all((*path, "touchpoints"), shares)

    def routes(self, path: Path, stage: StageFile) -> Iterator[Mistake]:
        """Check the routes of a stage."""
        taken: set[str] = set()
        rest = 0
        for number, route in enumerate(stage.next):
            at = (*path, "next", number)
            shown = (*at, next((key for key in ("key", "to") if getattr(route, key)), "end"))
            yield from self.stage_at((*at, "to"), route.to)
            yield from self.segment_at((*at, "as"), route.as_)
            if route.address == "rest":
                yield shown, "`rest` is reserved for what the shares leave over: choose another key"
            elif route.address in taken and not route.key:
                where = f"to `{route.to}`" if route.to else "to the end"
                yield shown, f"another route leads {where}: give one of them a `key` of its own"
            elif route.address in taken:
                yield shown, f"another route has the key `{route.address}`: keys must differ"
            taken.add(route.address)
            rest += route.fraction is None
            if route.fraction is None and rest > 1:
                yield at, "another route has no `share` either: only one can take the rest"
        yield from over_all((*path, "next"), (route.fraction for route in stage.next))


def over_all(path: Path, shares: Iterable[float | None]) -> Iterator[Mistake]:
    """Yield a mistake if shares add up to more than 100%."""
    total = math.fsum(share for share in shares if share is not None)
    if total > 1 + ROUNDING:
        yield path, f"the shares add up to {100 * total:.6g}%: expected at most 100%"


def same_keys(path: Path, keys: Mapping[str, str | None], word: str, reserved: str = "") -> Iterator[Mistake]:
    """Yield the members of a section whose keys are reserved or stand there twice."""
    taken: dict[str, str] = {}
    for name, key in keys.items():
        address = key or name
        shown = (*path, name, "key") if key else (*path, Key(name))
        if reserved in (address, name):
            yield shown, f"`{reserved}` is reserved: choose another name"
        elif address in taken:
            yield shown, f"the {word} `{taken[address]}` has the key `{address}`: keys must differ"
        taken.setdefault(address, name)


# ---- questions -----------------------------------------------------------------------------------------------------


def option_names(file: QuestionsFile) -> list[str]:
    """Return the names of all interventions, and of their levels."""
    return [
        name
        for key, given in file.interventions.items()
        for name in (key, *(f"{key}.{level}" for level in given.levels))
    ]


def check_questions(file: QuestionsFile, seen: Validated[QuestionsFile]) -> list[Mistake]:
    """Return every mistake between scenarios and interventions."""
    found: list[Mistake] = []
    known = {*option_names(file), *seen.names("interventions")}
    names: set[str] = set()
    for place, scenario in enumerate(file.scenarios):
        path = ("scenarios", place)
        if scenario.name in names:
            found.append(((*path, "name"), f"another scenario is called '{scenario.name}': names must differ"))
        names.add(scenario.name)
        for index, name in enumerate(scenario.interventions):
            at = (*path, "interventions", index)
            if name not in known:
                found.append((at, f"there is no intervention `{name}`{hint(name, known)}"))
            elif name in file.interventions and file.interventions[name].levels:
                level = next(iter(file.interventions[name].levels))
                found.append((at, f"`{name}` has levels: name one of them, such as `{name}.{level}`"))
            elif name in scenario.interventions[:index]:
                found.append((at, f"`{name}` stands here twice"))
    earlier = [path for path, _ in seen.mistakes]
    return [(path, text) for path, text in found if not follows(path, earlier) and STAND_IN not in text]


# ---- warnings ------------------------------------------------------------------------------------------------------


def warn_funnel(file: FunnelFile) -> Iterator[Mistake]:
    """Yield what is allowed but probably not meant."""
    for place, stage in enumerate(file.stages):
        lasts = stage.takes is not None or any(touchpoint.takes is not None for touchpoint in stage.touchpoints)
        for key, entry in stage.causes.items():
            effect = file.causes.get(key) if entry.default else entry
            path = ("stages", place, "causes", key)
            if effect is None or lasts or stage.removed:
                continue
            if effect.forgetting is not None and stage.response is None:
                yield path, "nobody forgets in no time: the stage has no `takes`"
            if effect.time_to_loss is not None and effect.exposure == "deciding":
                yield path, "this clock never runs: the stage has no `takes`"
            if effect.time_to_loss is not None and effect.exposure == "stage" and stage.response is None:
                yield path, "this clock never runs: the stage has neither `takes` nor `response`"
    given = {source.as_ for source in file.sources.values()}
    for stage in file.stages:
        given.update(route.as_ for route in stage.next)
        given.update(referrals.as_ for referrals in referrals_of(stage))
    named = {text for segment in file.segments.values() for change in segment.changes for text in texts(change)}
    for name, segment in file.segments.items():
        if segment.share is None and name not in given | named:
            yield ("segments", name), "nobody belongs to it: it has no `share`, and no `as:` gives it"


def warn_run(file: FunnelFile, run: RunFile | None) -> Iterator[Mistake]:
    """Yield the sources that never end in a run that follows everyone to the end."""
    if run is None or (run.horizon is None and run.cohort is None):
        for name, source in file.sources.items():
            if source.arrivals.rate is not None:
                yield ("sources", name), "arrivals at a rate never end: `run` needs a `horizon` or a `cohort`"
        if file.pipeline:
            yield ("pipeline",), "open deals need a calendar: `run` needs a `horizon`"
