"""From the file model to the frozen funnel: defaults filled in, causes in effect worked out, segments applied."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from funnelsim.causes import CATALOGUE, Cause, Label, Side
from funnelsim.errors import InputError, Problem
from funnelsim.files.editing import edit, scale_together
from funnelsim.files.journeys import teams_named
from funnelsim.files.known_parts import MOST_KEPT, read_part, text_of_part
from funnelsim.files.mechanisms import Effects
from funnelsim.files.paths import hint
from funnelsim.files.scalars import MONTHS
from funnelsim.files.schema import (
    ROUNDING,
    ArrivalsFile,
    CauseDefinitionFile,
    DisciplineFile,
    EarningFile,
    FunnelFile,
    LabelFile,
    ReferralsFile,
    ResponseFile,
    RouteFile,
    SourceFile,
    StageFile,
    TeamFile,
    TouchpointFile,
    canonical,
)
from funnelsim.files.working_hours import MINUTES_OF_DAY
from funnelsim.laws import fixed
from funnelsim.model import (
    Automatic,
    Batch,
    Budget,
    Dates,
    Discipline,
    Earning,
    Funnel,
    OpenDeals,
    Rate,
    Referrals,
    Response,
    Route,
    Segment,
    Source,
    Stage,
    Team,
    Touchpoint,
    Variant,
    Within,
    join,
    mechanisms,
)

TOUCHPOINT_DOWN = "touchpoint_down"
REST = "rest"
MOST_VARIANTS = 256
INSTANT = fixed(0.0)


def resolve(file: FunnelFile, document: dict[str, Any] | None = None, *, assumptions: tuple[Label, ...] = ()) -> Funnel:
    """Return the funnel that a file says; document: its canonical form, where that is known.

    Raises InputError for what only shows when its parts meet.
    """
    if document is None:
        document = canonical(file)
    made: dict[tuple[str, ...], dict[str, Any]] = {(): document}
    variants = tuple(Variant(segments, _stages(_edited(file, made, segments))) for segments in _reachable(file))
    text = json.dumps(document, ensure_ascii=False)
    return Funnel(
        name=_label(file.name, ""),
        currency=file.currency or "",
        sources=tuple(_source(name, source, file) for name, source in file.sources.items()),
        stages=variants[0].stages,
        variants=variants,
        budgets=tuple(
            Budget(name, b.key or name, _label(b.label, name), b.has, b.cause, b.renews == "purchase")
            for name, b in file.budgets.items()
        ),
        segments=tuple(
            Segment(name, s.key or name, _label(s.label, name), s.share, s.note or "")
            for name, s in file.segments.items()
        ),
        causes=_causes(file, variants),
        teams=tuple(_team(name, team) for name, team in file.teams.items()),
        pipeline=tuple(
            OpenDeals(stage.name, file.pipeline[stage.name].count, file.pipeline[stage.name].age)
            for stage in file.stages
            if stage.name in file.pipeline
        ),
        note=file.note or "",
        document=text,
        digest=digest(document),
        assumptions=assumptions,
    )


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a canonical document; of the order of its mappings that of segments and teams matters."""
    ordered = {**document, **{name: list(document.get(name, {}).items()) for name in ("segments", "teams")}}
    text = json.dumps(ordered, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# ---- segments ------------------------------------------------------------------------------------------------------


def _reachable(file: FunnelFile) -> list[tuple[str, ...]]:
    """Return every combination of segments that a customer may have, the empty one first."""
    order = tuple(file.segments)
    shared = {name for name, segment in file.segments.items() if segment.share is not None}
    given = {
        name
        for name in chain(
            (source.as_ for source in file.sources.values()),
            (route.as_ for stage in file.stages for route in stage.next),
            (referrals.as_ for stage in file.stages for referrals in _referrals(stage)),
            (name for segment in file.segments.values() for change in segment.changes for name in _given(change)),
        )
        if name is not None and name in file.segments
    }
    found: dict[tuple[str, ...], None] = dict.fromkeys([(), *((name,) for name in order if name in shared)])
    queue = list(found)
    while queue:
        segments = queue.pop()
        for name in sorted(given):
            joined = join(segments, name, shared, order)
            if joined not in found:
                found[joined] = None
                queue.append(joined)
        if len(found) > MOST_VARIANTS:
            raise InputError(
                Problem(
                    f"the segments given by `as:` combine in more than {MOST_VARIANTS} ways; give fewer of them",
                    "segments",
                )
            )
    return [(), *sorted(segments for segments in found if segments)]


def _given(value: object) -> Iterable[str]:
    """Yield the segments that a segment's own changes may give."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "as" and isinstance(item, str):
                yield item
            else:
                yield from _given(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _given(item)


def _referrals(stage: StageFile) -> Iterable[ReferralsFile]:
    own = [stage.referrals, *(earning.referrals for earning in stage.earnings)]
    return (referrals for referrals in own if referrals is not None)


def _edited(
    file: FunnelFile, made: dict[tuple[str, ...], dict[str, Any]], segments: tuple[str, ...]
) -> Mapping[str, Any]:
    """Return the document as the customers of these segments meet it; made: such documents, which is added to."""
    known = next(size for size in range(len(segments), -1, -1) if segments[:size] in made)
    for size in range(known + 1, len(segments) + 1):
        made[segments[:size]] = _edited_by(file, made[segments[: size - 1]], segments[size - 1])
    return made[segments]


def _edited_by(file: FunnelFile, document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a document after the changes of one segment."""
    changes = file.segments[name].changes
    scales = next((i for i, change in enumerate(changes) if "scale" not in change), len(changes))
    together = scale_together(document, changes[:scales]) if scales > 1 else None
    first = 0 if together is None else scales
    document = document if together is None else together
    for i, change in enumerate(changes[first:], first):
        try:
            document = edit(document, change, lenient=True)[0]
        except ValueError as error:
            raise InputError(Problem(str(error), f"segments.{name}.changes.{i}")) from None
        unknown = sorted(teams_named(document["stages"]) - file.teams.keys()) if _may_name_team(change) else []
        if unknown:
            text = f"there is no team `{unknown[0]}`{hint(unknown[0], file.teams)}"
            raise InputError(Problem(text, f"segments.{name}.changes.{i}"))
    return document


def _may_name_team(change: Mapping[str, Any]) -> bool:
    """Whether a change may write `team`, by its path or in what it puts there."""
    return "team" in repr(change)


# ---- stages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Around:
    """What the rest of a funnel says about one of its stages.

    first: the stage that customers enter when nothing else is said; following: the one that comes after this stage, or
    None. causes: the top level's, as JSON; drained: budgets with the causes when they run out.
    """

    first: str
    following: str | None
    causes: tuple[tuple[str, str], ...]
    drained: tuple[tuple[str, str], ...]


def _stages(document: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the stages of a canonical document."""
    stages = document["stages"]
    names = [None if stage.get("aside") else str(stage["name"]) for stage in stages]
    first = next(filter(None, names), str(stages[0]["name"]))
    causes = tuple((key, text_of_part(cause)) for key, cause in document.get("causes", {}).items())
    drained = tuple((name, str(budget["cause"])) for name, budget in document.get("budgets", {}).items())
    return tuple(
        stage_of(text_of_part(stage), _Around(first, next(filter(None, names[place + 1 :]), None), causes, drained))
        for place, stage in enumerate(stages)
    )


@lru_cache(maxsize=MOST_KEPT)
def stage_of(text: str, around: _Around) -> Stage:
    """Return a stage by its JSON; of two funnels that say the same of it, the same one."""
    stage = read_part(StageFile, text)
    own = []
    if stage.revenue is not None or stage.referrals is not None:
        own = [_earning(stage.address, stage, around.first)]
    return Stage(
        name=stage.name,
        key=stage.address,
        label=_label(stage.label, stage.name),
        touchpoints=_touchpoints(stage, around),
        routes=_routes(stage, around.following),
        spends=tuple(sorted((budget, amount) for budget, amount in stage.spends.items() if amount > 0.0)),
        earnings=(*own, *(_earning(earning.key, earning, around.first) for earning in stage.earnings)),
        purchase=stage.revenue is not None if stage.purchase is None else stage.purchase,
        aside=stage.aside,
        removed=stage.removed,
        note=stage.note or "",
        removable=stage.removable,
        mergeable=stage.mergeable,
    )


def _earning(key: str, bearer: StageFile | EarningFile, first: str) -> Earning:
    referrals = bearer.referrals
    return Earning(
        key=key,
        revenue=bearer.revenue,
        price=bearer.price,
        margin=1.0 if bearer.margin is None else bearer.margin,
        referrals=Referrals(referrals.mean, referrals.enters or first, referrals.after, referrals.as_)
        if referrals is not None
        else None,
    )


def first_stage(file: FunnelFile) -> str:
    """Return the stage that customers enter when nothing else is said: the first that is not aside."""
    return next((stage.name for stage in file.stages if not stage.aside), file.stages[0].name)


def _routes(stage: StageFile, following: str | None) -> tuple[Route, ...]:
    listed = [(route, route.fraction) for route in stage.next]
    left = 1.0 - math.fsum(share for _, share in listed if share is not None)
    routes = [
        _route(route, route.address, share) if share is not None else _route(route, REST, max(left, 0.0))
        for route, share in listed
    ]
    if left > ROUNDING and all(share is not None for _, share in listed):
        routes.append(Route(REST, following, left))
    return tuple(routes)


def _route(route: RouteFile, key: str, share: float) -> Route:
    return Route(key, route.to, share, route.after, route.as_, route.same_call)


def _touchpoints(stage: StageFile, around: _Around) -> tuple[Touchpoint, ...]:
    listed = [_touchpoint(stage, around, touchpoint, touchpoint.share) for touchpoint in stage.touchpoints]
    left = 1.0 - math.fsum(touchpoint.share for touchpoint in stage.touchpoints)
    if left > ROUNDING:
        listed.append(_touchpoint(stage, around, None, left))
    return tuple(listed)


def _touchpoint(stage: StageFile, around: _Around, own: TouchpointFile | None, share: float) -> Touchpoint:
    response = (own.response if own else None) or stage.response
    definitions = {key: read_part(CauseDefinitionFile, text) for key, text in around.causes}
    effects = Effects(definitions, dict(around.drained), stage, own, answers=response is not None)
    mechanisms = effects.collect()
    return Touchpoint(
        name=own.name if own else REST,
        key=(own.key or own.name) if own else REST,
        label=_label(own.label if own else None, own.name if own else REST),
        share=share,
        takes=(own.takes if own else None) or stage.takes or INSTANT,
        cost=(own.cost if own else None) or stage.cost,
        response=_response(response) if response else None,
        **mechanisms,
    )


def _response(response: ResponseFile) -> Response:
    within, automatic = response.within, response.automatic
    return Response(
        wait=response.wait,
        team=response.team,
        service=response.service,
        within=Within(within.time, within.share) if within else None,
        automatic=Automatic(automatic.time, automatic.share, math.inf if automatic.holds is None else automatic.holds)
        if automatic
        else None,
    )


# ---- sources, teams, causes, labels --------------------------------------------------------------------------------


def _source(name: str, source: SourceFile, file: FunnelFile) -> Source:
    return Source(
        name=name,
        key=source.key or name,
        label=_label(source.label, name),
        arrivals=_arrivals(source.arrivals),
        enters=source.enters or first_stage(file),
        times=source.arrivals.times,
        cost=source.cost,
        joins=source.as_,
        note=source.note or "",
    )


def _arrivals(arrivals: ArrivalsFile) -> Rate | Batch | Dates:
    if arrivals.rate is not None:
        months = arrivals.months
        return Rate(
            arrivals.rate,
            tuple(arrivals.day or ()),
            tuple(arrivals.week or ()),
            tuple(months.get(month, 1.0) for month in MONTHS) if months is not None else (),
        )
    if arrivals.batch is not None:
        return Batch(arrivals.batch, arrivals.at)
    return Dates(tuple(arrivals.dates or ()))


def _team(name: str, team: TeamFile) -> Team:
    ranks = team.discipline.priority if isinstance(team.discipline, DisciplineFile) else None
    return Team(
        name=name,
        key=team.key or name,
        label=_label(team.label, name),
        size=team.size,
        hours=tuple((start / MINUTES_OF_DAY, end / MINUTES_OF_DAY) for start, end in team.hours),
        closed=team.closed,
        cost=team.cost,
        discipline=Discipline(str(team.discipline)) if ranks is None else Discipline.PRIORITY,
        priority=tuple(ranks.segments or ranks.stages or ()) if ranks is not None else (),
        by_stage=ranks is not None and ranks.stages is not None,
        note=team.note or "",
    )


def _causes(file: FunnelFile, variants: Sequence[Variant]) -> tuple[Cause, ...]:
    """Return every cause that can take somebody, as the file words it, in order of keys."""
    keys = {
        mechanism.cause
        for variant in variants
        for stage in variant.stages
        for t in stage.touchpoints
        for mechanism in mechanisms(t)
    }
    return tuple(_cause(key, file.causes.get(key)) for key in sorted(keys))


def _cause(key: str, definition: CauseDefinitionFile | None) -> Cause:
    known = CATALOGUE.get(key)
    label = known.label if known else Label(key, key)
    side = known.side if known else Side.NONE
    if definition is not None:
        label = _label(definition.label, key) if definition.label is not None else label
        side = Side(definition.side) if definition.side is not None else side
    if known is not None:
        return Cause(key, label, side, known.meaning, known.mechanism, known.visits, known.interventions)
    note = (definition.note if definition else None) or ""
    return Cause(key, label, side, Label(note, note))


def _label(label: LabelFile | None, name: str) -> Label:
    return Label(label.en, label.ru) if label is not None else Label(name, name)
