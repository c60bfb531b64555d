"""Knobs: the numbers of a funnel that can be turned, and the funnel with one of them turned.

A loss is turned by its hazard (half the hazard is half the risk, not half the share), a time by its length, a price and
arrivals by a factor, a team by people. Knobs turn the resolved funnel, so that they mean the same whatever the file
says a loss comes from, and reach every segment and touchpoint at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from funnelsim.laws import FIXED, Law, scaled
from funnelsim.model import (
    Automatic,
    Chance,
    Clock,
    Drain,
    Funnel,
    Memory,
    Response,
    Stage,
    Touchpoint,
    Variant,
    Within,
    mechanisms,
)


class Kind(StrEnum):
    """What a knob turns."""

    LOSS = "loss"  # the hazard of a cause at a stage
    REPLY = "reply"  # how long customers wait for an answer
    SERVICE = "service"  # how long the conversation takes
    TIME = "time"  # the customers' own time at a stage
    PRICE = "price"  # what customers pay at a stage
    ARRIVALS = "arrivals"  # customers of a source
    STAFF = "staff"  # people of a team


@dataclass(frozen=True, slots=True)
class Knob:
    """A number that can be turned: of a stage (with a cause, for a loss), a source or a team."""

    kind: Kind
    place: str
    cause: str = ""

    @property
    def name(self) -> str:
        """Its name, such as `loss.demo.no_trust`."""
        return ".".join(filter(None, (self.kind, self.place, self.cause)))

    @property
    def steps(self) -> tuple[float, float]:
        """How it is turned down and up: losses and times are halved and doubled, prices and arrivals ±10%, staff ±1."""
        if self.kind in (Kind.PRICE, Kind.ARRIVALS):
            return 0.9, 1.1
        return (-1.0, 1.0) if self.kind is Kind.STAFF else (0.5, 2.0)


def find_knobs(funnel: Funnel) -> tuple[Knob, ...]:
    """Return every knob of a funnel: stage by stage its losses and times, then prices, arrivals and staff.

    Left out is what cannot be turned: a certain loss, a clock that rings at a fixed time.
    """
    found: dict[Knob, None] = {}
    for stage in funnel.stages:
        for variant in funnel.variants:
            twin = next(one for one in variant.stages if one.name == stage.name)
            found |= dict.fromkeys(_knobs_of(twin))
    stages = sorted(found, key=lambda knob: [stage.name for stage in funnel.stages].index(knob.place))
    ordered = [knob for knob in stages if knob.kind is not Kind.PRICE]
    ordered += [knob for knob in stages if knob.kind is Kind.PRICE]
    ordered += [Knob(Kind.ARRIVALS, source.name) for source in funnel.sources]
    ordered += [Knob(Kind.STAFF, team.name) for team in funnel.teams]
    return tuple(ordered)


def _knobs_of(stage: Stage) -> Iterator[Knob]:
    for touchpoint in stage.touchpoints if not stage.removed else ():
        for mechanism in mechanisms(touchpoint):
            if _turns(mechanism):
                yield Knob(Kind.LOSS, stage.name, mechanism.cause)
        response = touchpoint.response
        if response is not None and (response.wait is not None or response.automatic is not None):
            yield Knob(Kind.REPLY, stage.name)
        if response is not None and response.service is not None:
            yield Knob(Kind.SERVICE, stage.name)
        if not _is_instant(touchpoint.takes):
            yield Knob(Kind.TIME, stage.name)
    if any(earning.revenue is not None for earning in stage.earnings):
        yield Knob(Kind.PRICE, stage.name)


def _turns(mechanism: Chance | Drain | Clock | Memory) -> bool:
    if isinstance(mechanism, Chance):
        return 0.0 < max(mechanism.hazard, mechanism.later) < math.inf
    if isinstance(mechanism, Clock):
        return mechanism.law.code != FIXED and mechanism.factor > 0.0
    return mechanism.factor > 0.0


def _is_instant(law: Law) -> bool:
    return law.code == FIXED and law.a == 0.0


def turn(funnel: Funnel, knob: Knob, by: float) -> Funnel:
    """Return the funnel with a knob turned by a factor, or by so many people for staff.

    It has no document of its own: it can be simulated and solved, and takes no changes.
    """
    if by == (0.0 if knob.kind is Kind.STAFF else 1.0):
        return funnel
    turned = _turn(funnel, knob, by)
    return replace(turned, document="{}", digest="")


def _turn(funnel: Funnel, knob: Knob, by: float) -> Funnel:
    if knob.kind is Kind.ARRIVALS:
        sources = (
            replace(source, times=source.times * by) if source.name == knob.place else source
            for source in funnel.sources
        )
        return replace(funnel, sources=tuple(sources))
    if knob.kind is Kind.STAFF:
        teams = (replace(t, size=t.size + round(by)) if t.name == knob.place else t for t in funnel.teams)
        return replace(funnel, teams=tuple(teams))
    edit = _EDITS[knob.kind]
    variants = tuple(
        Variant(
            variant.segments,
            tuple(edit(stage, knob, by) if stage.name == knob.place else stage for stage in variant.stages),
        )
        for variant in funnel.variants
    )
    return replace(funnel, variants=variants, stages=variants[0].stages)


def _at_touchpoints(stage: Stage, edit: Callable[[Touchpoint], Touchpoint]) -> Stage:
    return replace(stage, touchpoints=tuple(edit(touchpoint) for touchpoint in stage.touchpoints))


def _turn_loss(stage: Stage, knob: Knob, by: float) -> Stage:
    cause = knob.cause

    def edit(touchpoint: Touchpoint) -> Touchpoint:
        def chances(given: tuple[Chance, ...]) -> tuple[Chance, ...]:
            return tuple(
                Chance(cause, one.hazard * by, one.later * by) if one.cause == cause and _turns(one) else one
                for one in given
            )

        return replace(
            touchpoint,
            entry=chances(touchpoint.entry),
            exit=chances(touchpoint.exit),
            drains=tuple(replace(x, factor=x.factor * by) if x.cause == cause else x for x in touchpoint.drains),
            clocks=tuple(
                replace(x, factor=x.factor * by) if x.cause == cause and _turns(x) else x for x in touchpoint.clocks
            ),
            memories=tuple(replace(x, factor=x.factor * by) if x.cause == cause else x for x in touchpoint.memories),
        )

    return _at_touchpoints(stage, edit)


def _turn_reply(stage: Stage, knob: Knob, by: float) -> Stage:
    del knob

    def edit(touchpoint: Touchpoint) -> Touchpoint:
        response = touchpoint.response
        if response is None:
            return touchpoint
        within, automatic = response.within, response.automatic
        return replace(
            touchpoint,
            response=replace(
                response,
                wait=scaled(response.wait, by) if response.wait is not None else None,
                within=Within(within.time * by, within.share) if within is not None else None,
                automatic=Automatic(automatic.time * by, automatic.share, automatic.holds) if automatic else None,
            ),
        )

    return _at_touchpoints(stage, edit)


def _turn_service(stage: Stage, knob: Knob, by: float) -> Stage:
    del knob

    def edit(touchpoint: Touchpoint) -> Touchpoint:
        response: Response | None = touchpoint.response
        if response is None or response.service is None:
            return touchpoint
        return replace(touchpoint, response=replace(response, service=scaled(response.service, by)))

    return _at_touchpoints(stage, edit)


def _turn_time(stage: Stage, knob: Knob, by: float) -> Stage:
    del knob
    return _at_touchpoints(stage, lambda touchpoint: replace(touchpoint, takes=scaled(touchpoint.takes, by)))


def _turn_price(stage: Stage, knob: Knob, by: float) -> Stage:
    del knob
    return replace(stage, earnings=tuple(replace(one, price=one.price * by) for one in stage.earnings))


_EDITS: dict[Kind, Callable[[Stage, Knob, float], Stage]] = {
    Kind.LOSS: _turn_loss,
    Kind.REPLY: _turn_reply,
    Kind.SERVICE: _turn_service,
    Kind.TIME: _turn_time,
    Kind.PRICE: _turn_price,
}
