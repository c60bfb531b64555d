"""Weakening: a funnel as it would be with some hazards, waits or arrivals multiplied, without asking its file.

These are the questions of an analysis, asked thousands of times; what a user changes goes through `files.changes`. All
functions are pure, and reach every variant: also what a segment has of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache

from funnelsim.laws import scaled
from funnelsim.model import Chance, Funnel, Response, Stage, Touchpoint, mechanisms


def weaken(funnel: Funnel, factor: float, *, stage: str | None = None, causes: Collection[str] | None = None) -> Funnel:
    """Return the funnel with the hazards of some causes (None: all) at one stage (None: all) multiplied.

    A factor of 0 removes the causes, and with them the combinations that they are part of: their other causes lose
    the ratio. A certain loss and a fixed time to loss have no hazard: they are removed by 0, and else stay.
    """
    wanted = None if causes is None else frozenset(causes)

    def change(touchpoint: Touchpoint) -> Touchpoint:
        return weaken_touchpoint(touchpoint, factor, wanted)

    return edit_touchpoints(funnel, change, stage)


@lru_cache(maxsize=8192)
def weaken_touchpoint(touchpoint: Touchpoint, factor: float, causes: frozenset[str] | None) -> Touchpoint:
    """Return a touchpoint with the hazards of some causes multiplied, as `weaken` does."""
    acting = {mechanism.cause for mechanism in mechanisms(touchpoint)}
    hit = acting if causes is None else acting & causes
    if not hit or factor == 1.0:
        return touchpoint
    factors = dict.fromkeys(acting, 1.0) | dict.fromkeys(hit, factor)
    ended = [one for one in touchpoint.combinations if factor == 0.0 and hit.intersection(one[0])]
    for combined, ratio in ended:
        for cause in combined:
            factors[cause] = factors.get(cause, 1.0) / ratio if ratio > 0.0 else factors.get(cause, 1.0)
    return replace(
        touchpoint,
        entry=tuple(_chance(one, factors[one.cause]) for one in touchpoint.entry if factors[one.cause] > 0.0),
        exit=tuple(_chance(one, factors[one.cause]) for one in touchpoint.exit if factors[one.cause] > 0.0),
        drains=tuple(replace(one, factor=one.factor * factors[one.cause])
                     for one in touchpoint.drains if factors[one.cause] > 0.0),
        clocks=tuple(replace(one, factor=one.factor * factors[one.cause])
                     for one in touchpoint.clocks if factors[one.cause] > 0.0),
        memories=tuple(replace(one, factor=one.factor * factors[one.cause])
                       for one in touchpoint.memories if factors[one.cause] > 0.0),
        combinations=tuple(one for one in touchpoint.combinations if one not in ended),
    )  # fmt: skip


def spare(touchpoint: Touchpoint, cause: str) -> Touchpoint:
    """Return a touchpoint at which one cause takes nobody, while all others stand as they are."""
    return weaken_touchpoint(replace(touchpoint, combinations=()), 0.0, frozenset([cause]))


def delay_answers(funnel: Funnel, factor: float, *, stage: str | None = None) -> Funnel:
    """Return the funnel with the times of its answers multiplied: waits, promised and automatic ones, services."""

    def change(touchpoint: Touchpoint) -> Touchpoint:
        response = touchpoint.response
        return touchpoint if response is None else replace(touchpoint, response=_delay(response, factor))

    return edit_touchpoints(funnel, change, stage)


def add_arrivals(funnel: Funnel, factor: float) -> Funnel:
    """Return the funnel with the arrivals of every source multiplied; the open deals stay."""
    return replace(funnel, sources=tuple(replace(one, times=one.times * factor) for one in funnel.sources))


def edit_touchpoints(funnel: Funnel, change: Callable[[Touchpoint], Touchpoint], name: str | None = None) -> Funnel:
    """Change the touchpoints of one stage, or of all that are lived through, in every variant."""

    def edit(stage: Stage) -> Stage:
        if stage.removed or (name is not None and stage.name != name):
            return stage
        return replace(stage, touchpoints=tuple(change(touchpoint) for touchpoint in stage.touchpoints))

    return replace(
        funnel,
        stages=tuple(edit(stage) for stage in funnel.stages),
        variants=tuple(
            replace(variant, stages=tuple(edit(stage) for stage in variant.stages)) for variant in funnel.variants
        ),
    )


def _chance(chance: Chance, factor: float) -> Chance:
    return Chance(chance.cause, _product(chance.hazard, factor), _product(chance.later, factor))


def _product(hazard: float, factor: float) -> float:
    return hazard * factor if hazard > 0.0 else 0.0


def _delay(response: Response, factor: float) -> Response:
    within, automatic = response.within, response.automatic
    return replace(
        response,
        wait=None if response.wait is None else scaled(response.wait, factor),
        service=None if response.service is None else scaled(response.service, factor),
        within=None if within is None else replace(within, time=within.time * factor),
        automatic=None if automatic is None else replace(automatic, time=automatic.time * factor),
    )
