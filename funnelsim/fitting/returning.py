"""Those who come back: stages at which they fare otherwise than those who come for the first time.

A stage is left backwards by a route to itself or to an earlier stage. From then on a customer belongs to those who came
back from there. At every stage, what ends the stays of a group is compared with what ends those of all others: for
each way to end, completion and every cause, the log-rank difference O − E and its variance (Mantel 1966; ABGK, §V.2:
Andersen, Borgan, Gill & Keiding 1993), and the sum of z² by χ². Groups that differ at an error level that holds for
all comparisons together (Bonferroni) are fitted apart there, and the file says so with a segment that the routes back
give (`as:`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.special import chdtrc

from funnelsim.eventlog import EventLog
from funnelsim.fitting.names import to_names
from funnelsim.fitting.nodes import Causes, NodeFit, fit_node
from funnelsim.fitting.risk_sets import CENSORED, make_risk_sets
from funnelsim.fitting.routes import OUT
from funnelsim.fitting.stages import SegmentFit, StageFit
from funnelsim.fitting.stays import Flags, Stays
from funnelsim.fitting.writing import Writer

#: Error level for all comparisons together.
LEVEL: Final = 0.01
#: Fewest stays of a group that ended at a stage, and of the others.
FEWEST: Final = 30
#: The name of such a segment, before the stage.
AFTER: Final = "after"


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    """Those who came back from a stage: the segment's name, how many stays are theirs, and where they are fitted apart.

    stays: by stage, which of all stays its own law is fitted to.
    """

    stage: int
    name: str
    count: int
    stays: Mapping[int, Flags]


def find_returns(log: EventLog, stays: Stays, causes: Causes) -> list[Return]:
    """Return the groups that fare otherwise than others at some stage, in the order of the stages they came back from.

    None where the log has segments, which may be why customers differ. Causes that act at first visits only by nature
    are not compared, nor is what happens in the instant of entering, where chances tell first visits by themselves.
    """
    if any(log.variants):
        return []
    groups = {stage: member for stage, member in _came_back(log, stays) if int(member.sum()) >= FEWEST}
    compared: list[tuple[float, int, int]] = []
    for stage in np.unique(stays.stage).tolist():
        here = (stays.stage == stage) & ~(stays.at_entry & (log.resolution == 0.0))
        if len(np.unique(stays.touchpoint[here])) > 1:
            continue
        for origin, member in groups.items():
            p = _compare(stays.select(here), member[here], causes)
            compared += [] if p is None else [(p, origin, stage)]
    apart = [(origin, stage) for p, origin, stage in compared if p * len(compared) <= LEVEL]
    names = to_names([f"{AFTER}_{log.stages[origin]}" for origin in groups])
    found = []
    for origin, member in groups.items():
        own = {
            stage: member
            & (stays.stage == stage)
            # Who belongs to several groups fares like the last of them, as changes come one after the other.
            & ~np.any([member & False, *(groups[o] for o, s in apart if s == stage and o > origin)], axis=0)
            for o, stage in apart
            if o == origin
        }
        own = {stage: chosen for stage, chosen in own.items() if chosen.any()}
        if own:
            found.append(Return(origin, names[f"{AFTER}_{log.stages[origin]}"], int(member.sum()), own))
    return found


def others(returns: Sequence[Return], number: int) -> Flags:
    """Return which of so many stays are nobody's who is fitted apart."""
    apart = [own for one in returns for own in one.stays.values()]
    return np.asarray(~np.any([np.zeros(number, dtype=bool), *apart], axis=0))


def fit_returns(
    returns: Sequence[Return], stays: Stays, stages: Sequence[StageFit], causes: Causes, resolution: float, **how: bool
) -> tuple[list[SegmentFit], list[StageFit]]:
    """Return the segments of those who came back, with what is theirs, and the stages with routes that give them.

    A stage is left out where a file could not say what is theirs: a cause that takes nobody else there, or one by
    several mechanisms.
    """
    bases = {stage.stage: stage for stage in stages}
    segments = []
    for one in returns:
        nodes = []
        for stage, own in one.stays.items():
            node = fit_node(stays.select(own), causes, resolution, **how)
            if _can_be_said(bases[stage].nodes[0][1], node):
                nodes.append((stage, node))
        if nodes:
            segments.append(SegmentFit(one.name, None, one.count, len(stays), tuple(nodes)))
    given = {one.stage: one.name for one in returns if one.name in {segment.name for segment in segments}}
    return segments, [_with_routes(stage, given.get(stage.stage, "")) for stage in stages]


def write_returns(
    writer: Writer, segments: Sequence[SegmentFit], origins: Mapping[str, int], stages: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the segments as the file has them; origins: from which stage they came back."""
    written = {}
    for one in segments:
        stage = writer.names.stages[origins[one.name]]
        label = writer.names.labels.get(stage, stage)
        said = {"en": f"Came back from {label}", "ru": f"Вернулись с этапа {label}"}
        written[one.name] = {"label": said} | writer.segment(one, [], set(), stages)
    return written


def warn_returns(segments: Sequence[SegmentFit], stages: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Return kinds of warnings, one for each stage at which those who came back are fitted apart."""
    return tuple(("returns_apart", stages[stage], one.name) for one in segments for stage, _ in one.nodes)


def _came_back(log: EventLog, stays: Stays) -> list[tuple[int, Flags]]:
    """Return for each stage that is left backwards which stays came after that."""
    stage, person = (np.ascontiguousarray(log.visits[name]) for name in ("stage", "customer"))
    begins = np.concatenate([[True], person[1:] != person[:-1]])
    back = np.append(~begins[1:] & (stage[1:] >= 0) & (stage[1:] <= stage[:-1]), np.False_)
    if not back.any():
        return []
    first = np.maximum.accumulate(np.where(begins, np.arange(len(stage)), 0))
    found = []
    for origin in np.unique(stage[back]).tolist():
        before = np.concatenate([[0], np.cumsum(back & (stage == origin))])[:-1]
        found.append((int(origin), (before > before[first])[stays.row]))
    return found


def _compare(stays: Stays, member: Flags, causes: Causes) -> float | None:
    """Return the probability of so large a difference between members and others; None where they are too few."""
    done = causes.number
    ended = stays.completed | stays.lost
    if min(int((ended & member).sum()), int((ended & ~member).sum())) < FEWEST:
        return None
    skipped = np.array([*causes.first_only, False, False])
    cause = np.where(stays.completed, done, np.where(stays.lost & (stays.cause >= 0), stays.cause, CENSORED))
    cause = np.where(skipped[cause], CENSORED, cause)
    all_sets = make_risk_sets(stays.total, cause, stays.late, number=done + 1)
    # The members' risk sets at the times of everybody's events: weights count only theirs.
    own = make_risk_sets(stays.total, cause, stays.late, number=done + 1, weights=member.astype(np.float64))
    total, size = 0.0, 0
    share = own.at_risk / all_sets.at_risk
    for j in range(done + 1):
        events = all_sets.events[:, j]
        left = np.where(
            all_sets.at_risk > 1.0, (all_sets.at_risk - events) / np.maximum(all_sets.at_risk - 1.0, 1.0), 0
        )
        variance = float((events * share * (1.0 - share) * left).sum())
        if variance >= 1.0:
            total += float((own.events[:, j] - events * share).sum()) ** 2 / variance
            size += 1
    return float(chdtrc(float(size), total)) if size else None


def _can_be_said(base: NodeFit, own: NodeFit) -> bool:
    """Tell whether a segment can have what is its own with one change for each cause of the base."""
    there, here = ([fit.cause for fit in node.causes] for node in (base, own))
    one_each = len({*there}) == len(there) and len({*here}) == len(here)
    return one_each and {*here} <= {*there} and (own.wait is None) == (base.wait is None) and own.service is None


def _with_routes(stage: StageFit, name: str) -> StageFit:
    """Return a stage whose routes back give a segment."""
    if not name:
        return stage
    routes = tuple(
        replace(route, joins=name) if route.to != OUT and route.to <= stage.stage and not route.joins else route
        for route in stage.routes
    )
    return replace(stage, routes=routes)
