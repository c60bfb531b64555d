"""`leaks`: where the money goes, and what less of each loss would bring.

People and money lost are found by the solver where it is exact (`exact.leaking`), else from the histories of the
replications (`observing`); lifts are values of funnels with some hazards weakened, less the value of the funnel as it
is (`valuation`), so that by simulation they are paired. A log has no hazards: it shows what was lost, and no lifts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim.causes import CATALOGUE, Label
from funnelsim.counts import Floats
from funnelsim.errors import InputError
from funnelsim.estimates import NO_INTERVAL, Interval, estimate_lift, estimate_mean, estimate_ratio
from funnelsim.eventlog import EventLog
from funnelsim.leakage import SIDES, Leaks, Tables
from funnelsim.model import Funnel, Run
from funnelsim.observing import Record, find_leakages, observe, record_log, record_table
from funnelsim.shapley import EXACT, Split, split_by_orders, split_exactly
from funnelsim.simulation import Progress, describe_run, make_run
from funnelsim.valuation import Valuation, value_funnels
from funnelsim.weakening import add_arrivals, delay_answers, weaken

if TYPE_CHECKING:
    import pandas as pd

#: How many orders of the causes are drawn for a Shapley split that cannot count all, by the solver.
ORDERS = 100
#: By what share hazards and times are moved up and down for an elasticity, by the solver.
STEP = 1e-3
#: What they, and the arrivals, are multiplied by for an elasticity that is simulated.
HALF, MORE = 0.5, 1.1
#: So many players, or fewer, are split over all sets also where sets are simulated.
_FEW = 4


def leaks(  # noqa: PLR0913 (the settings of a run, by keyword)
    of: Funnel | EventLog | Record | pd.DataFrame,
    *,
    run: Run | None = None,
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    method: str = "auto",
    engine: str = "compiled",
    jobs: int = 1,
    orders: int | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Leaks:
    """Say where a funnel, or the customers of an event log (or its table), lose money, and to what.

    method: `auto`, `exact` or `simulation`, as in `value_funnels`. orders: how many orders of the causes to draw for
    the Shapley split where there are more than 12, or they are simulated (then it is left out otherwise). Raises
    InputError for wrong settings, NotExact if `exact` is asked for in vain, TooLargeError for a simulation beyond the
    budget.
    """
    settings = make_run(run, replications, seed, horizon, warm_up, cohort, start)
    if orders is not None and orders < 2:
        raise InputError(f"orders: expected at least 2, not {orders!r}")
    if not isinstance(of, Funnel):
        return _observe(of, settings)
    return _Question(of, settings, method, engine, jobs, orders, progress, allow_large=allow_large).answer()


def _observe(of: EventLog | Record | pd.DataFrame, run: Run) -> Leaks:
    """Return what a log shows."""
    record = record_log(of) if isinstance(of, EventLog) else of if isinstance(of, Record) else record_table(of)
    tables = Tables([observe(record)], lambda values: Interval(float(values[0]), math.nan, math.nan), _side_of({}))
    winners = record.customer[record.outcome == 1]
    spent = record.profit - record.spent
    figures = (len(np.unique(record.customer)), len(np.unique(winners)), record.revenue.sum(), spent.sum())
    customers, won, revenue, profit = (Interval(float(x), math.nan, math.nan) for x in figures)
    provenance = dict(of.provenance) if isinstance(of, EventLog) else {}
    return Leaks(
        name=Label("", ""),
        currency="",
        run=run,
        method="observed",
        customers=customers,
        won=won,
        revenue=revenue,
        profit=profit,
        leaks=tables.leaks(),
        stages=tables.stages({}),
        causes=tables.causes({}),
        sides=tables.sides({}),
        narrowest=tables.narrowest(),
        total=NO_INTERVAL,
        orders=0,
        top=NO_INTERVAL,
        answers=NO_INTERVAL,
        notes=(_OBSERVED, _INDEPENDENT),
        provenance=provenance,
    )


class _Question:
    """One funnel asked where it leaks."""

    def __init__(
        self,
        funnel: Funnel,
        run: Run,
        method: str,
        engine: str,
        jobs: int,
        orders: int | None,
        progress: Progress | None,
        *,
        allow_large: bool,
    ) -> None:
        self.funnel, self.run, self.orders, self.progress = funnel, run, orders, progress
        self.engine, self.jobs, self.allow_large = engine, jobs, allow_large
        self.asked: dict[tuple[Any, ...], Funnel] = {}
        self.base = value_funnels(
            [funnel], run, method=method, engine=engine, jobs=jobs, progress=progress, allow_large=allow_large
        )
        self.exact = self.base.method == "exact"
        self.leakages = find_leakages(funnel, run, exact=self.exact, engine=engine)
        leakage = self.leakages[0]
        lost = {loss.cause for one in self.leakages for loss in one.losses if loss.people > 0.0}
        self.causes = sorted(lost)
        self.levels = [passage.stage for passage in leakage.passages]
        sides = {cause.key: cause.side.value for cause in funnel.causes}
        self.tables = Tables(self.leakages, self._interval, _side_of(sides))
        self.of_side = {side: [c for c in self.causes if sides[c] == side] for side in SIDES}

    def answer(self) -> Leaks:
        """Value all the funnels that are asked for, and put the answer together."""
        self._ask()
        found = self._value(list(self.asked.values()))
        worth = {key: found.revenue[row] for row, key in enumerate(self.asked)}
        causes, orders = self._split(self.causes, lambda keys: keys, exact=self.exact and len(self.causes) <= EXACT)
        sides, _ = self._split(
            [side for side in SIDES if self.of_side[side]],
            lambda chosen: [cause for side in chosen for cause in self.of_side[side]],
            exact=True,
        )
        lifts_of_causes = {key: self._lifts(worth, ("cause", key), causes[key]) for key in self.causes}
        for key, most in self.leakages[0].lifts.items():
            if key in lifts_of_causes:
                lifts_of_causes[key]["removed_most"] = Interval(most, most, most)
        lifts_of_sides = {key: self._lifts(worth, ("side", key), sides[key]) for key in sides}
        lifts_of_stages = {key: self._lifts(worth, ("stage", key), None) for key in self.levels}
        return Leaks(
            name=self.funnel.name,
            currency=self.funnel.currency,
            run=self.run,
            method=self.base.method,
            customers=self._interval(self.base.customers[0]),
            won=self._interval(self.base.won[0]),
            revenue=self._interval(self.base.revenue[0]),
            profit=self._interval(self.base.profit[0]),
            leaks=self.tables.leaks(),
            stages=self.tables.stages(lifts_of_stages),
            causes=self.tables.causes(lifts_of_causes),
            sides=self.tables.sides(lifts_of_sides),
            narrowest=self.tables.narrowest(),
            total=self._lift(worth["all",]),
            orders=orders,
            top=self._top(worth),
            answers=self._elasticity(worth, ("answers",)),
            notes=self._notes(orders),
            provenance=self._provenance(),
        )

    # ---- funnels to value ------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Write down every funnel whose worth is wanted."""
        self.asked["all",] = weaken(self.funnel, 0.0, causes=self.causes)
        for cause in self.causes:
            self._ask_less("cause", cause, None, [cause])
        for side, causes in self.of_side.items():
            if causes:
                self._ask_less("side", side, None, causes)
        for stage in self.levels:
            self._ask_less("stage", stage, stage, None)
            self._ask_dropped(stage)
            self._ask_around(("response", stage), partial(delay_answers, self.funnel, stage=stage))
        self._ask_around(("answers",), partial(delay_answers, self.funnel))
        if not self.exact and not isinstance(self.run.cohort, int):
            self.asked["top", MORE] = add_arrivals(self.funnel, MORE)

    def _ask_less(self, kind: str, key: str, stage: str | None, causes: Sequence[str] | None) -> None:
        less = partial(weaken, self.funnel, stage=stage, causes=causes)
        self.asked[kind, key, "removed"], self.asked[kind, key, "halved"] = less(0.0), less(HALF)
        self._ask_around((kind, key), less)

    def _ask_around(self, key: tuple[str, ...], change: Callable[[float], Funnel]) -> None:
        """Ask for what an elasticity takes: a small step up and down, or half where it is simulated."""
        for factor in (1.0 + STEP, 1.0 - STEP) if self.exact else (HALF,):
            changed = change(factor)
            if changed != self.funnel:
                self.asked[*key, factor] = changed

    def _ask_dropped(self, stage: str) -> None:
        from funnelsim.files.changes import apply

        try:
            self.asked["stage", stage, "dropped"] = apply(self.funnel, {"remove_stage": stage})
        except InputError:
            return  # it earns, or nothing would be left

    def _value(self, funnels: Sequence[Funnel]) -> Valuation:
        return value_funnels(
            funnels,
            self.run,
            method=self.base.method,
            engine=self.engine,
            jobs=self.jobs,
            progress=self.progress,
            allow_large=self.allow_large,
        )

    def _split(
        self, players: Sequence[str], causes_of: Callable[[list[str]], list[str]], *, exact: bool
    ) -> tuple[dict[str, Interval], int]:
        """Return the Shapley split of removing all causes over some players, and how many orders were drawn."""
        if not players:
            return {}, 0

        def game(sets: Sequence[frozenset[int]]) -> Floats:
            chosen = [causes_of([players[i] for i in sorted(one)]) for one in sets]
            return self._value([weaken(self.funnel, 0.0, causes=one) for one in chosen]).revenue

        if exact or len(players) <= _FEW:
            split = split_exactly(game, len(players))
        elif self.exact or self.orders:
            split = split_by_orders(game, len(players), self.orders or ORDERS, self.run.seed)
        else:
            return dict.fromkeys(players, NO_INTERVAL), 0
        return {key: self._part(split, i) for i, key in enumerate(players)}, split.orders

    def _part(self, split: Split, player: int) -> Interval:
        """Return a player's part; the error of the orders drawn is added to that of the replications."""
        own = self._interval(split.value[player])
        half = math.hypot(own.high - own.mean, 1.96 * float(split.error[player]))
        return Interval(own.mean, own.mean - half, own.mean + half)

    # ---- intervals -------------------------------------------------------------------------------------------------

    def _interval(self, values: Floats) -> Interval:
        if self.base.method == "exact":
            return Interval(*[float(values[0])] * 3)
        found = estimate_mean(values)
        return Interval(found.mean, found.low, found.high)

    def _lift(self, worth: Floats) -> Interval:
        before = self.base.revenue[0]
        if self.exact:
            return self._interval(worth - before)
        found = estimate_lift(before, worth)
        return Interval(found.mean, found.low, found.high)

    def _lifts(
        self, worth: Mapping[tuple[Any, ...], Floats], key: tuple[str, str], shapley: Interval | None
    ) -> dict[str, Any]:
        lifts: dict[str, Any] = {
            name: self._lift(worth[*key, name]) for name in ("removed", "halved", "dropped") if (*key, name) in worth
        }
        lifts["elasticity"] = self._elasticity(worth, key)
        if shapley is not None:
            lifts["shapley"] = shapley
        if key[0] == "stage":
            lifts["response"] = self._elasticity(worth, ("response", key[1]))
        return lifts

    def _elasticity(self, worth: Mapping[tuple[Any, ...], Floats], key: tuple[str, ...]) -> Interval:
        """Return d ln R / d ln x, between the factors that were asked for; undefined where there is nothing to move."""
        factors = [one[-1] for one in worth if one[:-1] == key and isinstance(one[-1], float)]
        if not factors:
            return NO_INTERVAL
        up, low = worth[*key, max(factors)], min(factors)
        down = worth[*key, low] if len(factors) > 1 else self.base.revenue[0]
        width = math.log(max(factors)) - (math.log(low) if len(factors) > 1 else 0.0)
        if self.exact:
            return self._interval(np.log(up / down) / width) if down[0] > 0.0 < up[0] else NO_INTERVAL
        ratio = estimate_ratio(down, up)
        ends = sorted(math.log1p(x) / width if x > -1.0 else math.nan for x in (ratio.mean, ratio.low, ratio.high))
        return Interval(ends[1], ends[0], ends[2])

    def _top(self, worth: Mapping[tuple[Any, ...], Floats]) -> Interval:
        """Return the elasticity to the arrivals: by the solver their share of the revenue, as they are apart."""
        if not self.exact:
            return self._elasticity(worth, ("top",))
        whole = float(self.base.revenue[0, 0])
        return Interval(*[self.leakages[0].arriving / whole] * 3) if whole > 0.0 else NO_INTERVAL

    def _notes(self, orders: int) -> tuple[Label, ...]:
        notes = [*self.base.notes, _INDEPENDENT, _TOGETHER]
        if orders:
            notes.append(_drawn(orders, len(self.causes)))
        elif not self.exact and len(self.causes) > _FEW:
            notes.append(_LEFT_OUT)
        return (*notes, *(() if self.exact else (_SIMULATED,)))

    def _provenance(self) -> dict[str, Any]:
        how = describe_run(self.run, "solver" if self.exact else self.engine)
        if self.exact:
            how = {"solver": "exact", "window": how["window"], "versions": how["versions"]}
        return {**how, "digest": self.funnel.digest}


def _side_of(sides: Mapping[str, str]) -> Callable[[str], str]:
    """Return what tells the side of a cause: by the funnel, else by the catalogue, else nobody knows."""
    known = {key: cause.side.value for key, cause in CATALOGUE.items()} | dict(sides)
    return lambda cause: known.get(cause, "")


_INDEPENDENT = Label(
    "Removing a cause is a net claim: it takes causes to be independent within a segment, which no data can test. "
    "Whoever is spared may be doomed to another cause, or safe from all: the lift is between 0 and its upper "
    "bound (--bounds shows it).",
    "«Убрать причину» — оценка при прочих равных: причины внутри сегмента считаются независимыми, а проверить это по "
    "данным нельзя. Кого не потеряли по одной причине, тот может быть обречён на другую или не подвержен никакой: "
    "прирост — от 0 до верхней границы (её показывает --bounds).",
)
_TOGETHER = Label(
    "Lifts of single causes do not add up: who is spared one meets the others. The Shapley part of a cause is its mean "
    "gain over all orders of removing them, and adds up to the lift of removing all.",
    "Приросты от отдельных причин не складываются: кого не потеряли по одной, тот встретит другие. Доля по Шепли — "
    "средний прирост от причины по всем порядкам их устранения; в сумме доли дают прирост от устранения всех.",
)
_OBSERVED = Label(
    "Observed in the log, not modelled: the money lost is what the others of the same segment brought from the same "
    "stage on, until the log ends. What less of a loss would bring takes a model: `fit` makes one.",
    "Это наблюдения из журнала, а не модель: потерянные деньги — столько, сколько принесли с того же этапа остальные "
    "клиенты того же сегмента, пока журнал не кончился. Что дало бы сокращение потерь, скажет модель: её строит `fit`.",
)


_SIMULATED = Label(
    "Simulated: the money lost is what the others of the same segment brought from the same stage on within the "
    "window, and an elasticity is that of halving (of a tenth more arrivals at the top).",
    "Это симуляция: потерянные деньги — столько, сколько принесли с того же этапа внутри окна остальные клиенты того "
    "же сегмента, а эластичность взята по сокращению вдвое (для числа входящих — по росту на десятую часть).",
)
_LEFT_OUT = Label(
    "The Shapley split over causes takes many more runs: ask for it with --orders 10, or more.",
    "Разложение по Шепли по причинам требует намного больше прогонов: задайте --orders 10 или больше.",
)


def _drawn(orders: int, causes: int) -> Label:
    return Label(
        f"There are too many orders of {causes} causes: the Shapley parts are means over {orders} drawn ones, and ± "
        "covers the luck of the draw.",
        f"Порядков устранения слишком много (причин {causes}): доли по Шепли — средние по случайным порядкам "
        f"(их {orders}); ± учитывает случайность выбора.",
    )
