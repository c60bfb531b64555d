"""`fit`: from a history to a funnel that runs, with an interval and draws for every number."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.files.loading import loads
from funnelsim.fitting.arrivals import SourceFit, fit_sources
from funnelsim.fitting.dates import DateFit, fit_dates
from funnelsim.fitting.latent import LatentFit
from funnelsim.fitting.latent_segments import find_latent, parse_classes, warn_latent, write_latent
from funnelsim.fitting.names import to_names
from funnelsim.fitting.nodes import FIRST_ONLY, Causes, count_node, counts_of, fit_node
from funnelsim.fitting.parameters import Parameter
from funnelsim.fitting.proportions import estimate_share
from funnelsim.fitting.repeat import RepeatFit, fit_purchases
from funnelsim.fitting.replies import ReplyBand, fit_replies
from funnelsim.fitting.returning import find_returns, fit_returns, others, warn_returns, write_returns
from funnelsim.fitting.routes import OUT, completed_rows, first_rows, fit_earning, fit_referrals, fit_routes, follow
from funnelsim.fitting.segments import FAR, Ratio, fit_ratios
from funnelsim.fitting.stages import SegmentFit, StageFit
from funnelsim.fitting.stays import Flags, Stays, make_stays
from funnelsim.fitting.writing import PAID, Names, Writer, declare
from funnelsim.mapping import LOG
from funnelsim.parallel.threads import map_in_threads
from funnelsim.units import parse_duration

if TYPE_CHECKING:
    import pandas as pd

    from funnelsim.model import Funnel

#: So many joint draws of all numbers.
DRAWS: Final = 400
#: The base of segments are customers without one, if they make so large a share of the visits.
PLAIN: Final = 0.1
#: A segment with so many visits, or payments, at a stage speaks for itself there.
LARGE: Final = 200
#: A cause that may be forgetting, where the planned end of a visit is known.
MEMORY: Final = "forgot"
#: The name of the way that the shares of touchpoints leave over, as a touchpoint of its own.
OTHER: Final = "other"
#: Fewest events for a time that is not warned about.
FEW: Final = 10.0


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A funnel fitted to a history.

    document: the funnel as a file says it (plain data); `funnel` is what it loads to. parameters: every number that
    was estimated. stages, sources, segments, ratios, dates: what was found, by the numbers of the log; names: of the
    file. repeat: BG/NBD, where customers come back. replies: who goes on, by how soon they were answered. censored:
    customers still under way at the end. latent: segments that nobody wrote down, where asked for. warnings: kinds
    (keys of the texts) with stage and cause.
    """

    document: Mapping[str, Any]
    parameters: tuple[Parameter, ...]
    names: Names
    stages: tuple[StageFit, ...]
    sources: tuple[SourceFit, ...]
    segments: tuple[SegmentFit, ...]
    ratios: tuple[Ratio, ...]
    dates: tuple[DateFit, ...]
    customers: int
    visits: int
    censored: int
    warnings: tuple[tuple[str, str, str], ...]
    provenance: Mapping[str, Any]
    repeat: RepeatFit | None = None
    replies: tuple[ReplyBand, ...] = ()
    latent: LatentFit | None = None

    @cached_property
    def funnel(self) -> Funnel:
        """The fitted funnel; it runs, and interventions apply to it."""
        return loads(json.dumps(self.document, ensure_ascii=False).replace('".inf"', ".inf")).funnel

    @property
    def table(self) -> pd.DataFrame:
        """One row per number: parameter (its path in the file), method, n, events, exposure, estimate, low, high."""
        import pandas as pd

        return pd.DataFrame(
            [
                (p.path, p.method, p.n, p.events, p.exposure, p.estimate.mean, p.estimate.low, p.estimate.high)
                for p in self.parameters
            ],
            columns=pd.Index(["parameter", "method", "n", "events", "exposure", "estimate", "low", "high"]),
        )

    @property
    def laws(self) -> pd.DataFrame:
        """One row per family tried for a time: stage, touchpoint, what, family, aic, chosen, events, distance."""
        import pandas as pd

        rows = []
        for stage in self.stages:
            for touchpoint, node in stage.nodes:
                clocks = [("takes", node.takes), ("wait", node.wait), ("service", node.service)]
                clocks += [(self.names.causes[cause.cause], cause.law) for cause in node.causes]
                place = self.names.touchpoints[touchpoint] if touchpoint >= 0 else ""
                for what, law in clocks:
                    for family, aic in () if law is None else law.candidates:
                        chosen = law is not None and family == law.family
                        distance = law.distance if law is not None and chosen else float("nan")
                        events = 0.0 if law is None else law.events
                        rows.append(
                            (self.names.stages[stage.stage], place, what, family, aic, chosen, events, distance)
                        )
        columns = ["stage", "touchpoint", "what", "family", "aic", "chosen", "events", "distance"]
        return pd.DataFrame(rows, columns=pd.Index(columns))

    @property
    def draws(self) -> pd.DataFrame:
        """Joint draws of the numbers: a row for each draw, a column for each parameter's path."""
        import pandas as pd

        return pd.DataFrame({p.path: p.draws for p in self.parameters})

    def __repr__(self) -> str:
        return (
            f"Fit({self.customers} customers, {self.visits} visits, {self.censored} censored, "
            f"{len(self.stages)} stages, {len(self.parameters)} numbers)"
        )

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, na_rep="", escape=True, float_format=lambda x: f"{x:.4g}")
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def fit(
    log: EventLog,
    *,
    at: str | Sequence[float | str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    name: str = "",
    latent: int | str | None = None,
) -> Fit:
    """Fit a funnel to a history, simulated or real.

    at: times since entering (days, or durations such as "30 d, 365 d") at which won, lost and open are estimated.
    draws: how many joint draws of the numbers are kept; seed: of the draws. name: of the funnel.
    latent: 2 or 3 segments that nobody wrote down, told apart by the journeys; "auto": as many as BIC finds, up to 3.
    Raises InputError where there is nothing to fit.
    """
    dates = _parse_times(at)
    classes = parse_classes(latent, log)
    stays = make_stays(log)
    if not len(stays):
        raise InputError("the history has no visit to a stage: there is nothing to fit")
    names, members = _names(log), _members(log, stays)
    base = _base(stays, members)
    returns = [] if members or classes != 0 else find_returns(log, stays, _causes(log))
    stages: Sequence[StageFit] = _fit_stages(log, stays, base & others(returns, len(stays)))
    simulated = _is_simulated(log)
    back, stages = fit_returns(returns, stays, stages, _causes(log), log.resolution, simulated=simulated)
    names = replace(names, segments={**names.segments, **{one.name: one.name for one in back}})
    segments, given = _fit_segments(log, members)
    ratios, paced = fit_ratios(stays, members, base, len(log.stages), len(log.causes))
    segments = [
        _own_ways(log, stays, s, members[s.name], [at for name, at in paced if name == s.name], stages)
        for s in segments
    ]
    own = {(s.name, stage) for s in segments for stage, _ in s.nodes}
    paced = [pair for pair in paced if pair not in own]
    ratios = [r for r in ratios if (r.segment, r.stage) not in own]
    sources = fit_sources(log)
    writer = Writer(names, seed, draws)
    hidden = None
    if classes != 0:
        hidden, stages = find_latent(log, stays, stages, classes, (seed, draws))
    document = _document(log, writer, stages, sources, segments, ratios, given, name)
    if hidden is not None and hidden.classes:
        made = document.pop("stages")
        document |= {"segments": write_latent(writer, hidden, made), "stages": made}
    if back:
        made = document.pop("stages")
        written = write_returns(writer, back, {one.name: one.stage for one in returns}, made)
        document |= {"segments": written, "stages": made}
    censored = len(np.unique(log.visits["customer"][log.visits["outcome"] == 4]))
    return Fit(
        document,
        tuple(writer.parameters),
        names,
        tuple(stages),
        tuple(sources),
        (*segments, *back),
        tuple(ratios),
        fit_dates(log, dates),
        len(log.customers),
        len(stays),
        censored,
        _warnings(names, stages, plain=bool(members) and not bool(base.all()))
        + tuple(("segment_pace", names.stages[stage], names.segments[segment]) for segment, stage in paced)
        + warn_latent(hidden, chosen=classes is not None)
        + warn_returns(back, names.stages),
        {**log.provenance, "draws": draws, "draws_seed": seed},
        fit_purchases(log),
        tuple(fit_replies(stays, np.isfinite(log.visits["started"][stays.row]))),
        hidden,
    )


def _parse_times(at: str | Sequence[float | str] | None) -> list[float]:
    if at is None:
        return []
    parts = at.split(",") if isinstance(at, str) else list(at)
    try:
        times = [parse_duration(part.strip()) if isinstance(part, str) else float(part) for part in parts]
    except ValueError as error:
        raise InputError(f"at: {error}") from error
    if any(not 0.0 <= time < np.inf for time in times):
        raise InputError(f"at: expected times of at least 0, found {min(times):g}")
    return times


def _names(log: EventLog) -> Names:
    segments = sorted({part for variant in log.variants for part in variant.split("+") if part})
    groups = [log.stages, log.causes, log.sources, log.touchpoints, tuple(segments)]
    made = [to_names(group) for group in groups]
    made[3] = {text: OTHER if text == "rest" else name for text, name in made[3].items()}
    labels = {name: text for group in made for text, name in group.items() if name not in {text, OTHER}}
    listed = [tuple(group[text] for text in texts) for group, texts in zip(made, groups, strict=True)]
    return Names(listed[0], listed[1], listed[2], listed[3], made[4], labels)


def _members(log: EventLog, stays: Stays) -> dict[str, Flags]:
    """Return for each segment which stays are its."""
    found = {}
    for segment in sorted({part for variant in log.variants for part in variant.split("+") if part}):
        belongs = np.array([segment in variant.split("+") for variant in log.variants])
        found[segment] = belongs[stays.variant]
    return found


def _base(stays: Stays, members: Mapping[str, Flags]) -> Flags:
    """Return the stays that the base is fitted to: those of no segment where they are enough, otherwise all."""
    everyone = np.ones(len(stays), dtype=bool)
    plain = everyone & ~np.any([everyone & False, *members.values()], axis=0)
    return plain if members and float(plain.mean()) >= PLAIN else everyone


def _fit_stages(log: EventLog, stays: Stays, base: Flags) -> list[StageFit]:
    simulated, causes = _is_simulated(log), _causes(log)
    journeys, done = follow(log), completed_rows(log)
    visited = np.bincount(stays.stage, minlength=len(log.stages)) > 0

    def fit_stage(stage: int) -> StageFit:
        here = stays.stage == stage
        everyone = stays.select(here)
        plain = base[here]
        own = everyone.select(plain) if plain.any() else everyone
        points = [t for t in np.unique(own.touchpoint).tolist() if t >= 0]
        split = points if len(points) > 1 else [-1]
        nodes = []
        for point in split:
            met = own if point < 0 else own.select(own.touchpoint == point)
            nodes.append((point, fit_node(met, causes, log.resolution, simulated=simulated)))
        later = np.flatnonzero(visited[stage + 1 :])
        return StageFit(
            stage,
            counts_of(nodes[0][1]) if met is everyone else count_node(everyone, len(log.causes)),
            tuple(nodes),
            tuple(fit_routes(log, done[stage], journeys)),
            fit_earning(log, done[stage]),
            fit_referrals(log, stage, done[stage]),
            stage + 1 + int(later[0]) if len(later) else OUT,
            visit_cost=float(log.visits["visit_cost"][everyone.row].mean()),
        )

    return map_in_threads(fit_stage, np.flatnonzero(visited).tolist())


def _fit_segments(log: EventLog, members: Mapping[str, Flags]) -> tuple[list[SegmentFit], dict[int, str]]:
    """Return the segments, and which source gives which: one that all of a source have and no other source does."""
    if not members:
        return [], {}
    first = first_rows(log)
    arrived = np.flatnonzero(log.customers["parent"] < 0)
    source = log.customers["source"][arrived]
    variant = log.visits["variant"][first[arrived]]
    given: dict[int, str] = {}
    found = []
    for name in members:
        belongs = np.array([name in text.split("+") for text in log.variants])[variant]
        owners = [
            s
            for s in np.unique(source).tolist()
            if len(np.unique(source)) > 1 and belongs[source == s].all() and not belongs[source != s].any()
        ]
        if owners:
            given[owners[0]] = name
        count, total = int(belongs.sum()), len(arrived)
        share = None if owners or not count else estimate_share(float(count), float(total))
        found.append(SegmentFit(name, share, count, total))
    return found, given


def _own_ways(
    log: EventLog, stays: Stays, segment: SegmentFit, member: Flags, paced: Sequence[int], stages: Sequence[StageFit]
) -> SegmentFit:
    """Return a segment with what it has of its own where it is large: stages at another pace, and amounts."""
    nodes, amounts = [], []
    done = completed_rows(log)
    belongs = np.array([segment.name in variant.split("+") for variant in log.variants])
    for stage in stages:
        mine = (stays.stage == stage.stage) & member
        if stage.stage in paced and len(stage.nodes) == 1 and int(mine.sum()) >= LARGE:
            own = fit_node(stays.select(mine), _causes(log), log.resolution, simulated=_is_simulated(log))
            nodes.append((stage.stage, own))
        whole = stage.earning
        earning = None if whole is None else fit_earning(log, done[stage.stage], belongs)
        if whole is None or earning is None or earning.paid < LARGE:
            continue
        if abs(earning.mean - whole.mean) > FAR * max(earning.error, whole.error):
            amounts.append((stage.stage, earning))
    return replace(segment, nodes=tuple(nodes), amounts=tuple(amounts))


def _is_simulated(log: EventLog) -> bool:
    """Tell whether the planned end of every visit is known: in a simulated history, or in our own log of one."""
    return log.provenance.get("shape") == LOG or (log.report is None and "engine" in log.provenance)


def _causes(log: EventLog) -> Causes:
    return Causes(
        len(log.causes),
        tuple(cause in FIRST_ONLY for cause in log.causes),
        tuple(j for j, cause in enumerate(log.causes) if cause == MEMORY),
    )


def _document(
    log: EventLog,
    writer: Writer,
    stages: Sequence[StageFit],
    sources: Sequence[SourceFit],
    segments: Sequence[SegmentFit],
    ratios: Sequence[Ratio],
    given: Mapping[int, str],
    name: str,
) -> dict[str, Any]:
    names = writer.names
    written: dict[str, Any] = {"funnelsim": 1, "name": name or "Fitted funnel"}
    currency = log.provenance.get("currency")
    if currency:
        written["currency"] = currency
    listed: dict[str, Any] = {}
    for fit_ in sources:
        plain = names.sources[fit_.source] if fit_.source >= 0 else "all"
        key = plain if plain not in listed else f"{plain}_{names.stages[fit_.enters]}"
        listed[key] = writer.source(key, fit_, given.get(fit_.source, ""))
    if listed:
        written["sources"] = listed
    made: list[dict[str, Any]] = []
    extra: list[dict[str, Any]] = []
    for stage in stages:
        paid = _paid_name(stage, names)
        made.append(writer.stage(stage, paid))
        if paid and stage.earning is not None:
            extra.append(
                {"name": paid, "aside": True}
                | writer.earning(f"stages.{paid}", stage.earning)
                | _paid_routes(stage, names)
            )
    if extra and not made[-1].get("next"):
        made[-1]["next"] = [{"end": "won"}]
    actable = {(stage["name"], cause) for stage in made for cause in _causes_of(stage)}
    own = declare(names, {cause for _, cause in actable})
    if segments:
        written["segments"] = {
            names.segments[s.name]: writer.segment(s, [r for r in ratios if r.segment == s.name], actable, made)
            for s in segments
        }
    if own:
        written["causes"] = own
    written["stages"] = made + extra
    return written


def _paid_name(stage: StageFit, names: Names) -> str:
    """Return the name of a stage of its own for payments, where only some routes out of a stage pay; '' otherwise."""
    earning = stage.earning
    if earning is None or earning.paid >= 0.995 * earning.completed:
        return ""
    if any(0 < route.earned < route.count for route in stage.routes):
        return ""
    return next(iter(to_names([f"{names.stages[stage.stage]}_{PAID}"], names.stages).values()))


def _paid_routes(stage: StageFit, names: Names) -> dict[str, Any]:
    earned = [route for route in stage.routes if route.earned]
    total = sum(route.count for route in earned)
    written = []
    for number, route in enumerate(earned):
        entry: dict[str, Any] = {"end": "won"} if route.to == OUT else {"to": names.stages[route.to]}
        if number:
            entry["share"] = round(route.count / total, 9)
        written.append(entry)
    return {"next": written}


def _causes_of(stage: Mapping[str, Any]) -> set[str]:
    found = {*stage.get("causes", {}), *stage.get("loses", {}).get("split", {})}
    for touchpoint in stage.get("touchpoints", ()):
        found |= _causes_of(touchpoint)
    return found


def _warnings(names: Names, stages: Sequence[StageFit], *, plain: bool) -> tuple[tuple[str, str, str], ...]:
    """Return kinds of warnings with the stage and cause that they are about; plain: the base has no segments."""
    found: list[tuple[str, str, str]] = []
    for stage in stages:
        name = names.stages[stage.stage]
        for _, node in stage.nodes:
            found += [(kind, name, names.causes[cause] if cause >= 0 else "") for kind, cause in node.warnings]
            if node.takes is None and node.open:
                found.append(("never_completed", name, ""))
            elif node.takes is not None and 0.0 < node.takes.events < FEW:
                found.append(("few_completed", name, ""))
            found += [
                ("forgetting_as_time", name, MEMORY)
                for acting in node.causes
                if names.causes[acting.cause] == MEMORY and acting.mechanism == "time_to_loss"
            ]
        earning = stage.earning
        if earning is not None and any(0 < route.earned < route.count for route in stage.routes):
            found.append(("paid_mixed", name, ""))
        if earning is not None and earning.unknown:
            found.append(("amounts_missing", name, ""))
    if plain:
        found.append(("base_without_segments", "", ""))
    return tuple(dict.fromkeys(found))
