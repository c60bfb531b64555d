"""A fitted funnel as the document of a file, and the list of its numbers.

The document is plain data, as `files` reads it. Every number in it that was estimated is a `Parameter` at its path:
the keys joined by dots, lists by the names (routes by the destinations) of their entries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from funnelsim.causes import CATALOGUE
from funnelsim.estimates import Interval
from funnelsim.fitting.arrivals import SourceFit
from funnelsim.fitting.clocks import LawFit
from funnelsim.fitting.exits import hold_memory
from funnelsim.fitting.levels import draw_levels, varies
from funnelsim.fitting.nodes import CHANCE, CLOCK, EXIT, FORGETTING, PATIENCE, CauseFit, NodeFit
from funnelsim.fitting.parameters import (
    Parameter,
    draw_chance,
    draw_numbers,
    draw_rate,
    draw_shares,
    uniform_draws,
)
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.routes import OUT, EarningFit, RouteFit
from funnelsim.fitting.segments import WORTH_SAYING, Ratio
from funnelsim.fitting.stages import SegmentFit, StageFit

Document = dict[str, Any]

DIGITS: Final = 6
#: Numbers of laws that are times.
TIMED: Final = ("mean", "scale", "median")
#: What a share who have ended by a time is, of a law as observed.
LEVEL: Final = "ended_by"
#: The stage at which is paid where only some of those who complete a stage pay.
PAID: Final = "paid"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the file for those of the log, by number: stages, causes, sources, touchpoints; segments by name."""

    stages: tuple[str, ...]
    causes: tuple[str, ...]
    sources: tuple[str, ...]
    touchpoints: tuple[str, ...]
    segments: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)


class Writer:
    """Collects the parameters of a document while its parts are made."""

    def __init__(self, names: Names, seed: int, draws: int) -> None:
        self.names = names
        self.seed = seed
        self.number = draws
        self.parameters: list[Parameter] = []

    def add(
        self, path: str, counted: tuple[float, float, float], estimate: Interval, method: str, draws: Floats
    ) -> None:
        """Take down a parameter; counted: records at risk, events, days."""
        self.parameters.append(Parameter(path, *counted, estimate, method, draws))

    def uniforms(self, path: str) -> Floats:
        """Return the uniforms of a parameter's draws."""
        return uniform_draws(self.seed, self.number, path)

    # ---- laws --------------------------------------------------------------------------------------------------

    def law(self, path: str, fit: LawFit, method: str, n: float, *, times: bool = True) -> Any:  # noqa: ANN401 (a law is a number or a mapping)
        """Return a law as a file writes it, its numbers taken down."""
        unit = " d" if times else ""
        if fit.family == "fixed":
            value = float(fit.law.a)
            return (
                0
                if value == 0.0 and times
                else (f"{value:.{DIGITS}g}{unit}" if times else float(f"{value:.{DIGITS}g}"))
            )
        counted = (n, fit.events, fit.exposure)
        if fit.law.family == "empirical":
            self._draws_of_pieces(path, fit, method, counted)
            return {
                "empirical": {"quantiles": [[float(f"{p:.9g}"), _value(x, times=times)] for p, x in fit.law.quantiles]}
            }
        drawn = draw_numbers(self.seed, self.number, path, fit)
        inside: Document = {}
        for place, name in enumerate(fit.names):
            where = f"{path}.{fit.family}.{name}"
            self.add(where, counted, fit.interval(name), method, drawn[:, place])
            inside[name] = _value(math.exp(float(fit.logs[place])), times=times and name in TIMED)
        return {fit.family: inside}

    def _draws_of_pieces(self, path: str, fit: LawFit, method: str, counted: tuple[float, float, float]) -> None:
        drawn = draw_numbers(self.seed, self.number, path, fit)
        for place, name in enumerate(fit.names):
            self.add(f"{path}.empirical.{name}", counted, fit.interval(name), method, drawn[:, place])
        levels = draw_levels(fit, drawn, lambda place: self.uniforms(f"{path}.quantiles.{place}"))
        for place in varies(fit):
            share = fit.law.quantiles[place][0]
            low, high = np.quantile(levels[:, place], [0.025, 0.975]).tolist()
            where = f"{path}.empirical.quantiles.{place}"
            self.add(where, counted, Interval(share, low, high), LEVEL, levels[:, place])

    # ---- causes ------------------------------------------------------------------------------------------------

    def causes(self, path: str, node: NodeFit) -> tuple[Document, Document]:
        """Return `causes` and, for chances of causes that have a clock too, `loses`."""
        causes: Document = {}
        extra: list[CauseFit] = []
        clocks = {fit.cause for fit in node.causes if fit.mechanism != CHANCE}
        for fit in sorted(node.causes, key=lambda fit: -fit.count):
            name = self.names.causes[fit.cause]
            if fit.mechanism == CHANCE and fit.cause in clocks and ".touchpoints." not in path:
                extra.append(fit)
            elif name not in causes:
                causes[name] = self._cause(f"{path}.causes.{name}", fit, name)
        return causes, self._loses(path, extra)

    def _cause(self, path: str, fit: CauseFit, name: str) -> Any:  # noqa: ANN401 (a share or a mapping)
        counted = (fit.at_risk, fit.count, fit.exposure if fit.law is not None else math.nan)
        if fit.law is None:
            assert fit.chance is not None  # noqa: S101 (a chance has one)
            value = float(f"{fit.chance.mean:.{DIGITS}g}")
            draws = draw_chance(self.uniforms(path), fit.chance.mean, fit.count)
            self.add(f"{path}.chance", counted, fit.chance, "exit" if fit.mechanism == EXIT else "entry", draws)
            written: Document = {"chance": value}
            if fit.mechanism == EXIT:
                written["at"] = "exit"
            usual = name in {"spam", "only_comparing"}
            if fit.first != usual:
                written["visits"] = "first" if fit.first else "every"
            return value if len(written) == 1 else written
        if fit.mechanism == FORGETTING:
            return self._memory(path, fit, counted)
        # Whoever has another reason to leave a queue than the queue itself has a clock that runs while waiting.
        how = CLOCK if fit.mechanism == PATIENCE and name != "slow_response" else fit.mechanism
        law = self.law(f"{path}.{how}", fit.law, how, fit.at_risk)
        return {"patience": law} if how == PATIENCE else {"time_to_loss": law, "exposure": fit.exposed}

    def _memory(self, path: str, fit: CauseFit, counted: tuple[float, float, float]) -> Document:
        law = fit.law
        assert law is not None  # noqa: S101 (forgetting has its scale and decay)
        drawn = hold_memory(law, draw_numbers(self.seed, self.number, path, law))
        scale, decay = np.exp(law.logs).tolist()
        ratio = 2.0 ** (1.0 / decay) - 1.0
        half = Interval(scale * ratio, math.nan, math.nan)
        lives = drawn[:, 0] * (2.0 ** (1.0 / drawn[:, 1]) - 1.0)
        low, high = np.quantile(lives, [0.025, 0.975]).tolist()
        self.add(f"{path}.forgetting.half_life", counted, Interval(half.mean, low, high), FORGETTING, lives)
        self.add(f"{path}.forgetting.decay", counted, law.interval("decay"), FORGETTING, drawn[:, 1])
        return {"forgetting": {"half_life": _value(half.mean, times=True), "decay": float(f"{decay:.{DIGITS}g}")}}

    def _loses(self, path: str, extra: list[CauseFit]) -> Document:
        if not extra:
            return {}
        hazards = [-math.log1p(-min(fit.chance.mean, 1.0 - 1e-9)) for fit in extra if fit.chance is not None]
        where = f"{path}.loses.share"
        total = -math.expm1(-sum(hazards))
        count = sum(fit.count for fit in extra)
        drawn = np.zeros(self.number)
        lows, highs = 0.0, 0.0
        for fit in extra:
            assert fit.chance is not None  # noqa: S101 (a chance has one)
            u = self.uniforms(f"{where}.{self.names.causes[fit.cause]}")
            drawn -= np.log1p(-np.minimum(draw_chance(u, fit.chance.mean, fit.count), 1.0 - 1e-9))
            lows += -math.log1p(-min(fit.chance.low, 1.0 - 1e-9))
            highs += -math.log1p(-min(fit.chance.high, 1.0 - 1e-9))
        interval = Interval(total, -math.expm1(-lows), -math.expm1(-highs))
        self.add(where, (extra[0].at_risk, count, math.nan), interval, "entry", -np.expm1(-drawn))
        split = {
            self.names.causes[fit.cause]: float(f"{100.0 * hazard / sum(hazards):.{DIGITS}g}")
            for fit, hazard in zip(extra, hazards, strict=True)
        }
        return {"share": float(f"{total:.{DIGITS}g}"), "split": split}

    # ---- stages ------------------------------------------------------------------------------------------------

    def node(self, path: str, node: NodeFit) -> Document:
        """Return what a stage or touchpoint says of times and losses."""
        written: Document = {}
        if node.wait is not None:
            response: Document = {"wait": self.law(f"{path}.response.wait", node.wait, "wait", float(node.entered))}
            if node.service is not None:
                law = self.law(f"{path}.response.service", node.service, "service", node.service.events)
                response["service"] = law
            written["response"] = response
        if node.takes is not None:
            takes = self.law(f"{path}.takes", node.takes, "takes", float(node.entered))
            if takes != 0:
                written["takes"] = takes
        causes, loses = self.causes(path, node)
        if causes:
            written["causes"] = causes
        if loses:
            written["loses"] = loses
        return written

    def stage(self, stage: StageFit, paid: str) -> Document:
        """Return a stage."""
        name = self.names.stages[stage.stage]
        path = f"stages.{name}"
        written: Document = {"name": name}
        if name in self.names.labels:
            written["label"] = self.names.labels[name]
        if stage.aside:
            written["aside"] = True
        if len(stage.nodes) == 1:
            written |= self.node(path, stage.nodes[0][1])
        else:
            counts = [float(node.entered) for _, node in stage.nodes]
            where = [f"{path}.touchpoints.{self.names.touchpoints[t]}" for t, _ in stage.nodes]
            drawn = draw_shares([self.uniforms(f"{w}.share") for w in where], counts)
            points = []
            for (touchpoint, node), place, count, draws in zip(stage.nodes, where, counts, drawn, strict=True):
                share = count / sum(counts)
                low, high = np.quantile(draws, [0.025, 0.975]).tolist()
                self.add(f"{place}.share", (sum(counts), count, math.nan), Interval(share, low, high), "share", draws)
                points.append(
                    {"name": self.names.touchpoints[touchpoint], "share": round(share, 9)} | self.node(place, node)
                )
            points[-1]["share"] = round(1.0 - sum(float(str(p["share"])) for p in points[:-1]), 9)
            written["touchpoints"] = points
        if stage.visit_cost > 0.0:
            written["cost"] = float(f"{stage.visit_cost:.{DIGITS}g}")
        if stage.earning is not None and not paid:
            written |= self.earning(path, stage.earning)
        if stage.referrals is not None:
            brought = stage.referrals
            completed = float(stage.whole.completed)
            draws = draw_rate(self.uniforms(f"{path}.referrals.mean"), float(brought.count), completed)
            self.add(
                f"{path}.referrals.mean", (completed, float(brought.count), math.nan), brought.mean, "referrals", draws
            )
            written["referrals"] = {
                "mean": float(f"{brought.mean.mean:.{DIGITS}g}"),
                "enters": self.names.stages[brought.enters],
            }
            if brought.after is not None:
                written["referrals"]["after"] = self.law(
                    f"{path}.referrals.after", brought.after, "delay", float(brought.count)
                )
        routes = self.routes(path, stage, paid)
        if routes:
            written["next"] = routes
        return written

    def earning(self, path: str, earning: EarningFit) -> Document:
        """Return what a completion pays."""
        if earning.amount is None:
            return {}
        law = self.law(f"{path}.revenue", earning.amount, "amount", float(earning.paid), times=False)
        written: Document = {"revenue": law}
        if earning.margin < 1.0 - 1e-9:
            written["margin"] = float(f"{max(earning.margin, 0.0):.{DIGITS}g}")
        return written

    def routes(self, path: str, stage: StageFit, paid: str) -> list[Document]:
        """Return the routes; everyone to the following stage needs none."""
        routes = list(stage.routes)
        if not routes or (_is_default(routes, stage) and not paid):
            return []
        total = float(sum(route.count for route in routes))
        names = [self._destination(route, stage, paid) for route in routes]
        keys = [
            f"{path}.next.{'end' if name is None else name}{f'.{r.joins}' if r.joins else ''}"
            for name, r in zip(names, routes, strict=True)
        ]
        drawn = draw_shares([self.uniforms(key) for key in keys], [float(route.count) for route in routes])
        twice = len({*names}) < len(names)
        written = []
        for number, (route, name, key, draws) in enumerate(zip(routes, names, keys, drawn, strict=True)):
            entry: Document = {"end": "won"} if name is None else {"to": name}
            if len(routes) > 1:
                self.add(f"{key}.share", (total, float(route.count), math.nan), route.share, "route", draws)
                # One route takes what the others leave, so that shares add up to 1 whatever is changed.
                if number > 0:
                    entry["share"] = float(f"{route.share.mean:.9g}")
            if twice:
                entry["key"] = f"{name or 'end'}_{route.joins or 'plain'}"
            if route.after is not None:
                entry["after"] = self.law(f"{key}.after", route.after, "delay", float(route.count))
            if route.joins:
                entry["as"] = self.names.segments[route.joins]
            written.append(entry)
        return written

    def _destination(self, route: RouteFit, stage: StageFit, paid: str) -> str | None:
        if paid and route.earned == route.count and route.count:
            return paid
        del stage
        return None if route.to == OUT else self.names.stages[route.to]

    # ---- sources and segments ----------------------------------------------------------------------------------

    def source(self, name: str, fit: SourceFit, segment: str) -> Document:
        """Return a source."""
        path = f"sources.{name}"
        written: Document = {}
        if fit.batch:
            written["batch"] = fit.count
        else:
            where = f"{path}.arrivals.rate"
            draws = draw_rate(self.uniforms(where), float(fit.count), fit.days)
            self.add(where, (math.nan, float(fit.count), fit.days), fit.rate, "arrivals", draws)
            rate = f"{fit.rate.mean:.{DIGITS}g} / d"
            written["arrivals"] = {"rate": rate, "week": list(fit.week)} if fit.week else rate
        if fit.cost > 0.0:
            written["cost"] = float(f"{fit.cost:.{DIGITS}g}")
        if fit.enters != 0:
            written["enters"] = self.names.stages[fit.enters]
        if segment:
            written["as"] = self.names.segments[segment]
        return written

    def segment(
        self, fit: SegmentFit, ratios: list[Ratio], actable: set[tuple[str, str]], stages: list[Document]
    ) -> Document:
        """Return a segment; actable: (stage, cause) that the funnel can scale; stages: of the base."""
        name = self.names.segments[fit.name]
        path = f"segments.{name}"
        written: Document = {}
        if fit.share is not None:
            draws = draw_chance(self.uniforms(f"{path}.share"), fit.share.mean, float(fit.count))
            self.add(f"{path}.share", (float(fit.of), float(fit.count), math.nan), fit.share, "segment", draws)
            # Rounded down: the shares of all segments may be all there is.
            written["share"] = math.floor(fit.share.mean * 1e9) / 1e9
        changes: list[Document] = []
        bases = {str(stage["name"]): stage for stage in stages}
        for stage_number, node in fit.nodes:
            changes += self._own_stage(path, bases[self.names.stages[stage_number]], node)
        for stage_number, earning in fit.amounts:
            target = f"stages.{self.names.stages[stage_number]}.revenue"
            if "revenue" in bases[self.names.stages[stage_number]] and earning.amount is not None:
                law = self.law(f"{path}.changes.{target}", earning.amount, "amount", float(earning.paid), times=False)
                changes.append({"set": target, "to": law})
        for ratio in ratios:
            stage, cause = self.names.stages[ratio.stage], self.names.causes[ratio.cause]
            if abs(ratio.ratio.mean - 1.0) > WORTH_SAYING and (stage, cause) in actable:
                target = f"stages.{stage}.causes.{cause}"
                changes.append({"scale": target, "by": float(f"{ratio.ratio.mean:.{DIGITS}g}")})
                where = f"{path}.changes.{target}"
                u = self.uniforms(where)
                shape = _shape(ratio)
                draws = draw_rate(u, shape - 0.5, shape / ratio.ratio.mean)
                self.add(where, (math.nan, ratio.observed, ratio.expected), ratio.ratio, "ratio", draws)
        return written | {"changes": changes}

    def _own_stage(self, path: str, base: Document, node: NodeFit) -> list[Document]:
        """Return the changes that give a segment times and losses of its own at a stage."""
        where = f"stages.{base['name']}"
        own = self.node(f"{path}.changes.{where}", node)
        changes: list[Document] = []
        if "response" in base:
            wait = own.get("response", {"wait": 0})["wait"]
            changes.append({"set": f"{where}.response.wait", "to": wait})
        if "takes" in base or "takes" in own:
            changes.append({"set": f"{where}.takes", "to": own.get("takes", 0)})
        for cause in base.get("causes", {}):
            target = f"{where}.causes.{cause}"
            if cause in own.get("causes", {}):
                changes.append({"set": target, "to": own["causes"][cause]})
            else:
                changes.append({"remove": target})
        return changes


def declare(names: Names, used: set[str]) -> Document:
    """Return the causes that the catalogue does not know, as the file declares them."""
    return {
        name: ({"label": names.labels[name]} if name in names.labels else {})
        for name in names.causes
        if name in used and name not in CATALOGUE
    }


def _shape(ratio: Ratio) -> float:
    """Return the shape of a ratio's Gamma posterior, r = shape/rate with shape − observed = rate − expected."""
    gap = ratio.ratio.mean - 1.0
    alpha = (ratio.observed - ratio.ratio.mean * ratio.expected) / gap if abs(gap) > 1e-12 else 0.0
    return max(alpha, 0.0) + ratio.observed


def _is_default(routes: list[RouteFit], stage: StageFit) -> bool:
    only = routes[0]
    return len(routes) == 1 and only.after is None and not only.joins and only.to == stage.default


def _value(x: float, *, times: bool) -> Any:  # noqa: ANN401 (a number or a duration)
    if math.isinf(x):
        return ".inf"
    if not times:
        return float(f"{x:.{DIGITS}g}")
    return 0 if x == 0.0 else f"{x:.{DIGITS}g} d"
