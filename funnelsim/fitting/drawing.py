"""A fitted funnel at the joint draws of its numbers: what is not known of it, as funnels that run.

The draws are those of `Fit.draws`. Amounts stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from funnelsim.fitting.clocks import LawFit, law_of
from funnelsim.fitting.fit import Fit
from funnelsim.fitting.levels import varies
from funnelsim.fitting.nodes import CHANCE, EXIT, FORGETTING, CauseFit, NodeFit
from funnelsim.fitting.risk_sets import Floats
from funnelsim.laws import Law, make_law
from funnelsim.laws import scaled as law_scaled
from funnelsim.model import Chance, Clock, Funnel, Memory, Rate, Response, Route, Stage, Touchpoint, Variant


class Drawer:
    """Makes the funnels of a fit at its draws: `funnel(d)`, d below `number`."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.columns: Mapping[str, Floats] = {p.path: p.draws for p in fit.parameters}
        self.means: Mapping[str, float] = {p.path: p.estimate.mean for p in fit.parameters}
        self.number = int(fit.provenance["draws"])
        names = fit.names
        self._base = {names.stages[stage.stage]: stage.nodes for stage in fit.stages}
        self._own = {
            (names.segments[segment.name], names.stages[stage]): node
            for segment in fit.segments
            for stage, node in segment.nodes
        }
        self._joins = {name: text for text, name in names.segments.items()}

    def funnel(self, draw: int) -> Funnel:
        """Return the funnel at a draw."""
        base = self.fit.funnel
        variants = tuple(
            replace(variant, stages=tuple(self._stage(stage, variant, draw) for stage in variant.stages))
            for variant in base.variants
        )
        sources = tuple(
            replace(source, arrivals=replace(source.arrivals, per_day=float(rate[draw])))
            if isinstance(source.arrivals, Rate)
            and (rate := self.columns.get(f"sources.{source.name}.arrivals.rate")) is not None
            else source
            for source in base.sources
        )
        shares = [self._at(f"segments.{segment.name}.share", segment.share, draw) for segment in base.segments]
        # Drawn one by one, they may be more than all there is.
        whole = sum(share for share in shares if share is not None)
        known = sum(segment.share for segment in base.segments if segment.share is not None)
        most = 1.0 if known < 1.0 - 1e-6 else known
        scale = most / whole if whole > most or (whole > 0.0 and known >= 1.0 - 1e-6) else 1.0
        segments = tuple(
            replace(segment, share=None if share is None else share * scale)
            for segment, share in zip(base.segments, shares, strict=True)
        )
        return replace(base, sources=sources, segments=segments, variants=variants, stages=variants[0].stages)

    def _at(self, path: str, plain: float | None, draw: int) -> float | None:
        return plain if plain is None or path not in self.columns else float(self.columns[path][draw])

    def _ratio(self, path: str, draw: int) -> float:
        """Return by how much a hazard −ln(1 − p), or a factor, differs in a draw from what the file says."""
        if path not in self.columns:
            return 1.0
        drawn, mean = float(self.columns[path][draw]), self.means[path]
        if path.startswith("segments."):
            return drawn / mean if mean > 0.0 else 1.0
        return math.log1p(-min(drawn, 1.0 - 1e-9)) / math.log1p(-min(mean, 1.0 - 1e-9)) if mean > 0.0 else 1.0

    def _stage(self, stage: Stage, variant: Variant, draw: int) -> Stage:
        if stage.name not in self._base:
            return stage
        # The changes of a later segment come after those of an earlier one.
        own = next((s for s in reversed(variant.segments) if (s, stage.name) in self._own), None)
        where = f"stages.{stage.name}"
        nodes = dict(self._base[stage.name])
        points = []
        for point in stage.touchpoints:
            number = next((t for t in nodes if t >= 0 and self.fit.names.touchpoints[t] == point.name), -1)
            path = where if number < 0 else f"{where}.touchpoints.{point.name}"
            node = nodes.get(number)
            if own is not None:
                node, path = self._own[own, stage.name], f"segments.{own}.changes.{where}"
            changed = point if node is None else self._touchpoint(point, node, path, variant, where, draw)
            share = self._at(f"{where}.touchpoints.{point.name}.share", point.share, draw)
            points.append(replace(changed, share=point.share if share is None else share))
        routes = tuple(self._route(route, where, draw) for route in stage.routes)
        return replace(stage, touchpoints=tuple(points), routes=routes)

    def _route(self, route: Route, where: str, draw: int) -> Route:
        path = f"{where}.next.{'end' if route.to is None else route.to}"
        if route.joins:
            path += f".{self._joins[route.joins]}"
        share = self._at(f"{path}.share", route.share, draw)
        return replace(route, share=route.share if share is None else share)

    def _touchpoint(
        self, point: Touchpoint, node: NodeFit, path: str, variant: Variant, where: str, draw: int
    ) -> Touchpoint:
        names = self.fit.names.causes
        chances = {names[fit.cause]: fit for fit in node.causes if fit.mechanism in {CHANCE, EXIT}}
        clocks = {names[fit.cause]: fit for fit in node.causes if fit.law is not None and fit.mechanism != FORGETTING}

        def scaled(cause: str) -> float:
            found = 1.0
            for segment in variant.segments:
                for target in (where, "stages.*"):
                    found *= self._ratio(f"segments.{segment}.changes.{target}.causes.{cause}", draw)
            return found

        def chance(one: Chance) -> Chance:
            factor = scaled(one.cause)
            if one.cause in chances:
                direct = f"{path}.causes.{one.cause}.chance"
                factor *= self._ratio(direct if direct in self.columns else f"{path}.loses.share", draw)
            return replace(one, hazard=one.hazard * factor, later=one.later * factor)

        def clock(one: Clock) -> Clock:
            fit = clocks.get(one.cause)
            law = one.law if fit is None else self._law(_path_of(path, one.cause, fit), fit.law, draw)
            return replace(one, law=law or one.law, factor=one.factor * scaled(one.cause))

        def memory(one: Memory) -> Memory:
            place = f"{path}.causes.{one.cause}.forgetting"
            if f"{place}.decay" not in self.columns:
                return one
            decay = float(self.columns[f"{place}.decay"][draw])
            scale = float(self.columns[f"{place}.half_life"][draw]) / (2.0 ** (1.0 / decay) - 1.0)
            return replace(one, scale=scale, decay=decay, factor=one.factor * scaled(one.cause))

        takes = self._law(f"{path}.takes", node.takes, draw)
        for segment in variant.segments if takes is not None else ():
            factor = self.columns.get(f"segments.{segment}.changes.{where}.takes")
            takes = takes if takes is None or factor is None else law_scaled(takes, float(factor[draw]))
        return replace(
            point,
            takes=takes or point.takes,
            response=self._response(point.response, node, f"{path}.response", draw),
            entry=tuple(chance(one) for one in point.entry),
            exit=tuple(chance(one) for one in point.exit),
            clocks=tuple(clock(one) for one in point.clocks),
            memories=tuple(memory(one) for one in point.memories),
        )

    def _response(self, response: Response | None, node: NodeFit, path: str, draw: int) -> Response | None:
        if response is None:
            return None
        return replace(
            response,
            wait=self._law(f"{path}.wait", node.wait, draw) or response.wait,
            service=self._law(f"{path}.service", node.service, draw) or response.service,
        )

    def _law(self, path: str, fit: LawFit | None, draw: int) -> Law | None:
        if fit is None or fit.family == "fixed":
            return None
        if fit.law.family == "empirical":
            return self._observed(f"{path}.empirical.quantiles", fit, draw)
        numbers = [self.columns.get(f"{path}.{fit.family}.{name}") for name in fit.names]
        known = [column for column in numbers if column is not None]
        if len(known) < len(numbers) or not known:
            return None
        return law_of(fit.family, np.log([float(column[draw]) for column in known]))

    def _observed(self, path: str, fit: LawFit, draw: int) -> Law | None:
        """Return a law as observed, with the shares who have ended by its times as they are in a draw."""
        quantiles = list(fit.law.quantiles)
        for place in varies(fit):
            column = self.columns.get(f"{path}.{place}")
            if column is None:
                return None
            quantiles[place] = (float(column[draw]), quantiles[place][1])
        return make_law("empirical", {}, quantiles)


def _path_of(path: str, cause: str, fit: CauseFit) -> str:
    return f"{path}.causes.{cause}.{fit.mechanism}"
