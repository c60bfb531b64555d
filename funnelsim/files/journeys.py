"""Where customers can go: stages that nobody reaches, loops that nobody leaves, referrals without end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import exp
from funnelsim.files.parts import ROUNDING
from funnelsim.files.schema import FunnelFile
from funnelsim.files.stages import ReferralsFile, StageFile
from funnelsim.files.wording import Mistake, join
from funnelsim.model import Funnel, Stage, Touchpoint, Variant

END = None


def check_journeys(file: FunnelFile, *, unreached: bool = True) -> Iterator[Mistake]:
    """Yield the stages that no customer reaches, and the loops with no way out."""
    names = [stage.name for stage in file.stages]
    ways = {stage.name: list(routes(file, place)) for place, stage in enumerate(file.stages)}
    reached = spread(
        starts(file),
        {name: onward(file, stage, ways) for name, stage in zip(names, file.stages, strict=True)},
    )
    for place, stage in enumerate(file.stages):
        if stage.name in reached or stage.removed or not unreached:
            continue
        if stage.aside:
            text = "no customer ever comes here: it is aside, and no route names it"
        else:
            text = "no customer ever comes here: no source, route or referral leads to this stage"
        yield ("stages", place, "name"), text
    leaving = {stage.name for stage in file.stages if may_lose(file, stage)}
    leaving |= {name for name, found in ways.items() if any(to is END and share > 0 for to, share in found)}
    back: dict[str, set[str]] = {name: set() for name in names}
    for name, found in ways.items():
        for to, share in found:
            if to is not END and share > 0:
                back[to].add(name)
    open_ended = spread(leaving, back)
    ahead = {name: {to for to, _ in found if to is not END} for name, found in ways.items()}
    stuck = [
        name for name in names if name in reached and name not in open_ended and name in spread(ahead[name], ahead)
    ]
    if stuck:
        text = f"a loop with no way out: no route leads from {join(stuck, 'and')} to the end, and no cause acts there"
        yield ("stages", names.index(stuck[0]), "name"), text


def first_stage(file: FunnelFile) -> str:
    """Return the stage that customers enter when nothing else is said: the first that is not aside."""
    return next((stage.name for stage in file.stages if not stage.aside), file.stages[0].name)


def routes(file: FunnelFile, place: int) -> Iterator[tuple[str | None, float]]:
    """Yield where the customers of a stage go, with shares; None is the end."""
    left = 1.0
    open_route: list[str | None] = []
    for route in file.stages[place].next:
        share = route.fraction
        if share is None:
            open_route.append(route.to)
        else:
            left -= share
            yield route.to, share
    if open_route:
        yield open_route[0], max(left, 0.0)
    elif left > ROUNDING:
        yield next((stage.name for stage in file.stages[place + 1 :] if not stage.aside), END), left


def starts(file: FunnelFile) -> set[str]:
    """Return the stages that customers enter or are at from the first, and those that a segment's changes lead to."""
    names = {stage.name for stage in file.stages}
    named = {text for segment in file.segments.values() for change in segment.changes for text in texts(change)}
    entered = {source.enters or first_stage(file) for source in file.sources.values()}
    return entered | (names & (named | file.pipeline.keys()))


def texts(value: object) -> Iterator[str]:
    """Yield every text in a change's values."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from texts(item)


def teams_named(value: object) -> set[str]:
    """Return every team that answers at a stage or touchpoint, in a document or a part of one."""
    if isinstance(value, Mapping):
        found = {name for item in value.values() for name in teams_named(item)}
        return found | ({value["team"]} if isinstance(value.get("team"), str) else set())
    return {name for item in value for name in teams_named(item)} if isinstance(value, list) else set()


def onward(file: FunnelFile, stage: StageFile, ways: Mapping[str, Sequence[tuple[str | None, float]]]) -> set[str]:
    """Return the stages entered after one: by its customers, or by those whom they refer."""
    found = {to for to, _ in ways[stage.name] if to is not END}
    found.update(referrals.enters or first_stage(file) for referrals in referrals_of(stage))
    return found


def referrals_of(stage: StageFile) -> Iterator[ReferralsFile]:
    """Yield the referrals that a stage bears, its own and those of stages removed before it."""
    for referrals in (stage.referrals, *(earning.referrals for earning in stage.earnings)):
        if referrals is not None:
            yield referrals


def spread(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Return everything that can be reached from `start`."""
    found: set[str] = set()
    queue = list(start)
    while queue:
        name = queue.pop()
        if name not in found and name in edges:
            found.add(name)
            queue.extend(edges[name])
    return found


def may_lose(file: FunnelFile, stage: StageFile) -> bool:
    """Return whether anything at a stage may take a customer."""
    lasts = stage.takes is not None or stage.response is not None or bool(stage.touchpoints)
    entries = [
        (key, entry)
        for causes in (stage.causes, *(touchpoint.causes for touchpoint in stage.touchpoints))
        for key, entry in causes.items()
    ]
    for key, entry in entries:
        source = file.causes.get(key) if entry.default else entry
        if source is None or entry.times == 0 or stage.factors.get(key) == 0:
            continue
        if source.chance or (lasts and (source.patience or source.time_to_loss or source.forgetting)):
            return True
    loses = stage.loses is not None and stage.loses.share > 0
    closed = any(touchpoint.availability < 1 for touchpoint in stage.touchpoints)
    return not stage.removed and (loses or closed or any(stage.spends.values()))


# ---- referrals -----------------------------------------------------------------------------------------------------


def referral_growth(funnel: Funnel) -> float:
    """Return how many customers one customer brings at most, generation for generation, by constant chances alone.

    The largest eigenvalue of M = (expected referrals into stage t from a customer who enters stage s), with
    M = N·diag(p)·R, N = (I − Q)⁻¹ and Q = diag(p)·routes, where p is the share that survives the constant chances of a
    stage. Clocks, memory and budgets lose more, so the true number is not larger. Infinite where even that chain
    never ends. Over several variants: the largest.
    """
    if not any(
        earning.referrals for variant in funnel.variants for stage in variant.stages for earning in stage.earnings
    ):
        return 0.0
    return max(variant_growth(variant) for variant in funnel.variants)


def variant_growth(variant: Variant) -> float:
    """Return the referral growth among customers of one combination of segments."""
    index = {stage.name: number for number, stage in enumerate(variant.stages)}
    size = len(index)
    passing: NDArray[np.float64] = np.array([surviving(stage) for stage in variant.stages])
    moves = np.zeros((size, size))
    brings = np.zeros((size, size))
    for number, stage in enumerate(variant.stages):
        for route in stage.routes:
            if route.to is not None:
                moves[number, index[route.to]] += route.share
        for earning in stage.earnings:
            if earning.referrals is not None:
                brings[number, index[earning.referrals.enters]] += earning.referrals.mean
    chain = passing[:, None] * moves
    if radius(chain) >= 1.0 - ROUNDING:
        return math.inf if brings.any() else 0.0
    visits = np.linalg.solve(np.eye(size) - chain, np.eye(size))
    return radius(visits @ (passing[:, None] * brings))


def radius(matrix: NDArray[np.float64]) -> float:
    """Return the largest absolute eigenvalue."""
    return float(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0))


def surviving(stage: Stage) -> float:
    """Return the share of the visits that survive the constant chances of a stage."""
    if stage.removed:
        return 1.0
    return math.fsum(touchpoint.share * exp(-constant_hazard(touchpoint)) for touchpoint in stage.touchpoints)


def constant_hazard(touchpoint: Touchpoint) -> float:
    """Return the hazard of the chances that act at every visit."""
    return math.fsum(chance.later for chance in (*touchpoint.entry, *touchpoint.exit))
