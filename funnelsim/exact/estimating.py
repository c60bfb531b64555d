"""`estimate`: what the solver says of a funnel whose teams are shared, with their queues as in the long run.

Each team is taken as a queue with Poisson arrivals at the mean rate that the funnel sends it, exponential services of
the mean length, and the patience of its customers, all together (`queues`). Services that vary otherwise stretch its
waits by (1 + CV²) / 2, which is exact for one person whose customers do not give up (Pollaczek & Khinchine) and an
approximation for several (Lee & Longton 1959, Operational Research Quarterly 10, 56); customers who give up then see
waits so stretched: the queue is that of customers as much less patient. The wait of that queue, a law, is put in
the place of the team, the solver says how many then come to each stage, and so on until the flows are in balance. An
estimate, not an exact answer: it leaves out rhythms of arrivals, and that who comes on from one
stage does not come at random; and it is of the long run, not of a first week with empty queues.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from funnelsim.causes import Label
from funnelsim.errors import InputError, NotExact
from funnelsim.exact.curves import Bundle, Curve, breaks
from funnelsim.exact.entering import count_arrivals
from funnelsim.exact.moments import moments_of, moments_of_service
from funnelsim.exact.queues import Queue, find_queue
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import Solver, lay_out, solve
from funnelsim.exact.visits import take_apart
from funnelsim.laws import Law, fixed, make_law
from funnelsim.model import Discipline, Funnel, Rate, Run, Touchpoint
from funnelsim.weakening import edit_touchpoints

Floats = NDArray[np.float64]

#: Rounds until the flows are in balance, and the relative change of the arrivals that counts as balance.
_ROUNDS, _BALANCE = 200, 1e-7
#: Probabilities at which the law of a wait has its quantiles.
_LEVELS: Floats = np.concatenate([np.linspace(0.0, 0.96, 129), 1.0 - np.geomspace(0.03, 1e-6, 12)])


@dataclass(frozen=True, slots=True)
class _Stream:
    """Customers who come to a team at one touchpoint: how many a day, who waits how (curves), and their services.

    service, square: the mean, and the mean square.
    """

    rate: float
    clocks: tuple[tuple[float, tuple[Curve, ...]], ...]
    service: float
    square: float


def estimate(
    funnel: Funnel, *, run: Run | None = None, at: str | float | Sequence[str | float] | None = None
) -> Solution:
    """Return what `solve` does, teams replaced by the waits of their queues in the long run.

    The arrivals per day are those of the run's window on average. Raises NotExact for what has no such estimate: teams
    with hours or days off, who let some go first, or who are asked to do more than they can while nobody gives up;
    arrivals that are no rates; and what the solver has no answer for anyway. InputError without a window.
    """
    settings = run or Run()
    _refuse(funnel)
    days = _window(settings)
    per_day = count_arrivals(funnel, settings) / days
    waits: dict[str, Law] = {team.name: fixed(0.0) for team in funnel.teams}
    queues: dict[str, Queue] = {}
    flows: dict[str, float] = {}
    for _ in range(_ROUNDS):
        streams = _streams(funnel, _answered(funnel, waits), settings, per_day)
        new = {name: math.fsum(one.rate for one in found) for name, found in streams.items()}
        if all(abs(new[name] - flows.get(name, math.inf)) <= _BALANCE * new[name] for name in new):
            break
        # Half of the way: more arrivals make longer waits, and these fewer arrivals elsewhere.
        flows = {name: 0.5 * (rate + flows.get(name, rate)) for name, rate in new.items()}
        for team in funnel.teams:
            queues[team.name] = _queue(team.size, streams[team.name], flows[team.name])
            waits[team.name] = _law(queues[team.name])
    else:
        raise NotExact(
            f"the flows of the teams are not in balance after {_ROUNDS} rounds",
            "one with fewer ways back",
            ru=(f"потоки команд не уравновесились за {_ROUNDS} шагов", "с меньшим числом возвратов"),
        )
    solution = solve(_answered(funnel, waits), run=settings, at=at)
    teams = {
        team.name: {
            "arrivals_per_day": flows[team.name],
            "waits": queues[team.name].waits,
            "abandoned": queues[team.name].abandoned,
            "wait": queues[team.name].wait,
        }
        for team in funnel.teams
    }
    return replace(
        solution,
        funnel=funnel,
        provenance={**solution.provenance, "solver": "estimate", "teams": teams},
        notes=(_ESTIMATE, *solution.notes),
    )


def _refuse(funnel: Funnel) -> None:
    for team in funnel.teams:
        if team.hours or team.closed:
            raise NotExact(
                f"the team `{team.name}` has working hours, and whoever comes at night waits for the morning",
                "one whose teams work around the clock; `funnelsim run` simulates this one",
                ru=(
                    f"у команды `{team.name}` есть рабочие часы, и пришедшие ночью ждут утра",
                    "с командами, работающими круглосуточно; эту воронку просчитает `funnelsim run`",
                ),
            )
        if team.discipline is not Discipline.FIFO:
            raise NotExact(
                f"the team `{team.name}` does not serve in order",
                "one whose teams have `discipline: fifo`",
                ru=(f"команда `{team.name}` отвечает не по очереди", "с `discipline: fifo` у команд"),
            )
    odd = [source.name for source in funnel.sources if not isinstance(source.arrivals, Rate)]
    if odd:
        raise NotExact(
            f"the source `{odd[0]}` brings customers at some dates, and a queue of the long run needs a rate",
            "one whose sources have a `rate`",
            ru=(
                f"источник `{odd[0]}` приводит клиентов к датам, а установившейся очереди нужна интенсивность",
                "с `rate` у источников",
            ),
        )


def _window(run: Run) -> float:
    if run.horizon is not None:
        return run.horizon - run.warm_up
    if isinstance(run.cohort, float):
        return run.cohort
    raise InputError("estimate: give a `horizon`, or a `cohort` of a length of time, over which customers arrive")


def _answered(funnel: Funnel, waits: dict[str, Law]) -> Funnel:
    """Return the funnel with the waits of teams in the place of the teams."""

    def change(touchpoint: Touchpoint) -> Touchpoint:
        response = touchpoint.response
        if response is None or response.team is None:
            return touchpoint
        return replace(touchpoint, response=replace(response, wait=waits[response.team], team=None))

    return edit_touchpoints(funnel, change)


def _streams(funnel: Funnel, answered: Funnel, run: Run, per_day: float) -> dict[str, list[_Stream]]:
    """Return who comes to each team, with the waits as they are assumed."""
    chain, starts, deals, _ = lay_out(answered, run)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = Solver(chain, starts, deals).visiting(starts) * per_day
    found: dict[str, list[_Stream]] = {team.name: [] for team in funnel.teams}
    for visit, weight in zip(chain.visits, weights.tolist(), strict=True):
        state = visit.state
        if state.same_call or state.age >= 0.0 or weight <= 0.0:
            continue
        asked = funnel.variants[state.variant].stages[state.stage]
        for option in visit.options:
            response = asked.touchpoints[option.touchpoint].response
            if response is None or response.team is None:
                continue
            phases = take_apart(
                visit.stage.touchpoints[option.touchpoint], first=state.stage not in state.seen, same_call=False
            )
            law = response.service
            service, square = (moments_of_service(law).first, moments_of(law).second) if law else (0.0, 0.0)
            clocks = tuple((wait.share, wait.clocks) for wait in phases.waits)
            found[response.team].append(_Stream(weight * option.share * option.inside, clocks, service, square))
    return found


def _queue(size: int, streams: list[_Stream], rate: float) -> Queue:
    whole = math.fsum(stream.rate for stream in streams)
    service = math.fsum(stream.rate * stream.service for stream in streams) / whole if whole > 0.0 else 0.0
    if service <= 0.0:
        return Queue(0.0, 0.0, 0.0, np.zeros(2), np.array([0.0, 1.0]))
    stretch = _stretch(streams, whole, service)
    kinds: dict[tuple[Curve, ...], float] = {}
    for stream in streams:
        for share, clocks in stream.clocks:
            kinds[clocks] = kinds.get(clocks, 0.0) + share * stream.rate / whole
    bends = sorted({time / stretch for clocks in kinds for curve in clocks for time in breaks(curve)})
    queue = find_queue(rate, 1.0 / service, size, partial(_staying, tuple(kinds.items()), stretch), bends)
    return replace(queue, wait=stretch * queue.wait, times=stretch * queue.times)


def _stretch(streams: list[_Stream], whole: float, service: float) -> float:
    """Return (1 + CV²) / 2 of the services of all streams together; 1 where their variance is infinite."""
    square = math.fsum(stream.rate * stream.square for stream in streams) / whole
    return 0.5 * max(1.0, square / service**2) if math.isfinite(square) else 1.0


def _staying(kinds: tuple[tuple[tuple[Curve, ...], float], ...], stretch: float, waits: Floats) -> Floats:
    """Return the probability to wait longer than some waits, stretched."""
    times = stretch * waits
    left = np.zeros(len(times))
    for clocks, share in kinds:
        if not clocks:
            left += share
            continue
        ends = min(curve.end for curve in clocks)
        inside = times < ends
        left[inside] += share * np.exp(-Bundle(clocks).total(times[inside]))
    return left


def _law(queue: Queue) -> Law:
    """Return the law of the wait of whoever would not give up."""
    if queue.waits <= 0.0:
        return fixed(0.0)
    waits = np.interp(_LEVELS, queue.below, queue.times)
    levels = 1.0 - queue.waits * (1.0 - _LEVELS)
    knots = zip([0.0, *levels.tolist(), 1.0], [0.0, *waits.tolist(), float(waits[-1])], strict=True)
    return make_law("empirical", {}, [(p, wait) for p, wait in knots])


_ESTIMATE = Label(
    "An estimate, not an exact answer: each team is a queue in the long run, with Poisson arrivals at the mean rate "
    "and waits stretched by how much services vary. docs/exact.md says how far off it is.",
    "Это оценка, а не точный ответ: каждая команда — установившаяся очередь с пуассоновским потоком средней "
    "интенсивности; ожидание растянуто по разбросу обслуживания. Насколько она неточна, сказано в docs/exact.md.",
)
