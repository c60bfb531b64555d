"""Laws of time given classes of customers: a mixture's clocks look slower the longer they run, its times more spread.

With the posterior probabilities p_ig of the classes, a clock with hazard r_g h has log L = Σ log h(events) −
Σ_i Σ_g p_ig r_g (H(exit) − H(late entry)), the likelihood of `sojourns` with weights; a duration divided by its class's
factor counts p_ig times. Only families of two numbers at stages with exact (or fine) stamps are fitted anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from funnelsim.estimates import Interval
from funnelsim.fitting.clocks import NUMBERS, LawFit, fit_law
from funnelsim.fitting.exposures import NodeStays, at_node
from funnelsim.fitting.latent import Mixture, lived_through
from funnelsim.fitting.nodes import CauseFit, NodeFit
from funnelsim.fitting.proportions import wilson_interval
from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.fitting.sojourns import Sojourns, Times, gather
from funnelsim.fitting.stages import StageFit
from funnelsim.fitting.stays import Stays


def refit_laws(
    stays: Stays,
    customer: Integers,
    stages: Sequence[StageFit],
    cells: Mapping[int, Mapping[int, int]],
    resolution: float,
    mixture: Mixture,
    posterior: Floats,
) -> list[StageFit]:
    """Return the stages with their laws fitted anew; posterior: [classes, customers]; the rest as in `measure`."""
    paces = iter(mixture.factors.T)
    found = []
    for stage in stages:
        nodes = []
        for touchpoint, node in stage.nodes:
            chosen = at_node(stays, stage.stage, touchpoint)
            here = NodeStays(stays.select(chosen), customer[chosen], node, cells[stage.stage], resolution)
            factors = None
            if len(stage.nodes) == 1 and here.completions() is not None:
                factors = np.exp(next(paces))
            nodes.append((touchpoint, node if here.resolution else _refit(here, node, mixture, posterior, factors)))
        found.append(replace(stage, nodes=tuple(nodes)))
    return found


def _refit(here: NodeStays, node: NodeFit, mixture: Mixture, posterior: Floats, factors: Floats | None) -> NodeFit:
    known = float(node.losses.sum())
    share = 1.0 + node.unknown / known if known else 1.0
    anew = {id(fit): new for fit, new in _chances(here, mixture, posterior, share)}
    for fit, law, time, late in here.clocks():
        if law.family in NUMBERS:
            weight = (mixture.ratios[:, here.cells[fit.cause]] @ posterior)[here.customer]
            events = gather(time[here.stays.lost & (here.stays.cause == fit.cause)])
            sojourns = Sojourns(Times(events.at, events.weight * share), gather(time, weight), gather(late, weight))
            anew[id(fit)] = replace(fit, law=_fit_again(sojourns, law))
    causes = tuple(anew.get(id(fit), fit) for fit in node.causes)
    return replace(node, causes=causes, takes=_times(here, node.takes, posterior, factors))


def _times(here: NodeStays, law: LawFit | None, posterior: Floats, factors: Floats | None) -> LawFit | None:
    found = here.completions()
    if law is None or law.family not in NUMBERS or found is None or factors is None:
        return law
    who, time, late, done = found
    weight = np.concatenate([belongs[who] for belongs in posterior])
    times, lates = (np.concatenate([one / factor for factor in factors]) for one in (time, late))
    ended = np.tile(done, len(factors))
    return _fit_again(Sojourns(gather(times[ended], weight[ended]), gather(times, weight), gather(lates, weight)), law)


def _fit_again(sojourns: Sojourns, law: LawFit) -> LawFit:
    fit = fit_law(sojourns, (law.family,))
    return law if fit is None else replace(fit, candidates=law.candidates)


def _chances(here: NodeStays, mixture: Mixture, posterior: Floats, share: float) -> Iterator[tuple[CauseFit, CauseFit]]:
    """Yield the chances with hazards as they are for a class of ratio 1: losses by the exposure times the ratios."""
    size = posterior.shape[1], mixture.ratios.shape[1]
    spent: dict[int, float] = {}
    for fits, hazards, passed, lost in here.instants(*size):
        part = lived_through(mixture.ratios @ hazards)
        exposure = posterior @ passed + part * (posterior @ lost)
        for fit in fits:
            spent[id(fit)] = spent.get(id(fit), 0.0) + float(mixture.ratios[:, here.cells[fit.cause]] @ exposure)
    for fit in (*here.entry, *here.exit):
        gone = here.at_entry if fit in here.entry else here.at_exit
        count = float((gone & (here.stays.cause == fit.cause)).sum()) * share
        if fit.chance is not None and count > 0.0 and spent.get(id(fit), 0.0) > 0.0:
            chance = -math.expm1(-count / spent[id(fit)])
            interval = Interval(chance, *wilson_interval(fit.count, fit.count / chance))
            yield fit, replace(fit, chance=interval)
