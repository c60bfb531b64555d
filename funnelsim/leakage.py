"""Where the money goes, as a value: what is lost by stage, cause, side and segment, and what less of it would bring."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.causes import Label, Side
from funnelsim.estimates import NO_INTERVAL, Interval, show, to_number
from funnelsim.exact.leaking import Leakage, Loss
from funnelsim.model import Run

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

SIDES = tuple(side.value for side in Side)


@dataclass(frozen=True, slots=True)
class Leak:
    """What one stage loses to one cause in one segment (joined by `+`, empty for none).

    people; revenue, profit: of their going on from there; most: the revenue at most, if causes depend on one another
    (at least it is 0). side: buyer, company or none; empty where nobody says.
    """

    stage: str
    cause: str
    side: str
    segment: str
    people: Interval
    revenue: Interval
    profit: Interval
    most: Interval


@dataclass(frozen=True, slots=True)
class Part:
    """All losses to one cause, or on one side (then cause is empty), and the lift in revenue of less of them.

    removed, halved: without them everywhere, and with half their hazards; removed_most: removed at most, if causes
    depend on one another (at least it is 0); shapley: their part of the lift of removing all causes; elasticity: by
    how many per cent revenue changes when the hazards grow by one.
    """

    cause: str
    side: str
    people: Interval
    revenue: Interval
    profit: Interval
    most: Interval
    removed: Interval = NO_INTERVAL
    halved: Interval = NO_INTERVAL
    removed_most: Interval = NO_INTERVAL
    shapley: Interval = NO_INTERVAL
    elasticity: Interval = NO_INTERVAL


@dataclass(frozen=True, slots=True)
class Level:
    """A stage: who visits and completes it, what it loses, and the lift in revenue of less of that.

    onward: revenue per completed visit, from completing on. removed, halved: without the losses there, and with half
    their hazards; dropped: without the stage, undefined where that is refused (it earns); point: of one per cent of
    the visits more that are completed. elasticity: to the hazards there; response: to the time answers take there.
    """

    stage: str
    visits: Interval
    completed: Interval
    onward: Interval
    people: Interval
    revenue: Interval
    profit: Interval
    most: Interval
    point: Interval
    removed: Interval = NO_INTERVAL
    halved: Interval = NO_INTERVAL
    dropped: Interval = NO_INTERVAL
    elasticity: Interval = NO_INTERVAL
    response: Interval = NO_INTERVAL


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Leaks:
    """Where the money goes, over a window.

    method: `exact`, `simulation` (intervals over its replications), or `observed` in an event log, which shows what
    was lost and not what less of it would bring. customers, won, revenue, profit: of all. total: the lift of removing
    every cause, which Shapley splits; orders: how many orders of the causes were drawn for that, 0 for all. narrowest:
    the stage of which the smallest share of visits is completed; top, answers: elasticity of revenue to the number of
    arrivals, and to the time that all answers take.
    """

    name: Label
    currency: str
    run: Run
    method: str
    customers: Interval
    won: Interval
    revenue: Interval
    profit: Interval
    leaks: tuple[Leak, ...]
    stages: tuple[Level, ...]
    causes: tuple[Part, ...]
    sides: tuple[Part, ...]
    narrowest: str
    total: Interval
    orders: int
    top: Interval
    answers: Interval
    notes: tuple[Label, ...]
    provenance: Mapping[str, Any]

    @property
    def table(self) -> pd.DataFrame:
        """One row per stage, cause and segment: people, revenue, profit, most, each with `_low` and `_high`."""
        import pandas as pd

        rows = [
            {"stage": one.stage, "cause": one.cause, "side": one.side, "segment": one.segment}
            | _flatten(one, ("people", "revenue", "profit", "most"))
            for one in self.leaks
        ]
        columns = ["stage", "cause", "side", "segment"]
        numbers = [f"{name}{end}" for name in ("people", "revenue", "profit", "most") for end in ("", "_low", "_high")]
        table = pd.DataFrame(rows, columns=columns + numbers)
        return table.astype(dict.fromkeys(columns, "str") | dict.fromkeys(numbers, float))

    def __repr__(self) -> str:
        lost = sum(one.people.mean for one in self.causes)
        money = f"{show(self.total)} {self.currency}".rstrip()
        lift = "" if self.method == "observed" else f", without any loss +{money}"
        return f"Leaks({self.method}: {lost:.6g} losses, narrowest {self.narrowest or 'none'}{lift})"

    def _repr_html_(self) -> str:
        tables = "".join(
            table.to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
            for table in (parts_table(self.causes), levels_table(self), self.table)
        )
        return f"<div><p>{html.escape(repr(self))}</p>{tables}</div>"


@dataclass(frozen=True, slots=True)
class Tables:
    """What is lost in each of R replications, put together by stage, cause, side and segment.

    interval: makes an interval of R values; side_of: tells the side of a cause.
    """

    leakages: Sequence[Leakage]
    interval: Callable[[Floats], Interval]
    side_of: Callable[[str], str]

    def leaks(self) -> tuple[Leak, ...]:
        """Return a row for each stage, cause and segment that loses anybody."""
        return tuple(
            Leak(stage, cause, self.side_of(cause), segment, **self._lost(stage=stage, cause=cause, segment=segment))
            for stage, cause, segment in self._places()
        )

    def causes(self, lifts: Mapping[str, Mapping[str, Interval]]) -> tuple[Part, ...]:
        """Return a row for each cause that takes anybody, the most revenue first."""
        keys = dict.fromkeys(cause for _, cause, _ in self._places())
        parts = [Part(key, self.side_of(key), **self._lost(cause=key), **lifts.get(key, {})) for key in keys]
        return tuple(sorted(parts, key=lambda part: (-np.nan_to_num(part.revenue.mean), part.cause)))

    def sides(self, lifts: Mapping[str, Mapping[str, Interval]]) -> tuple[Part, ...]:
        """Return a row for each side that loses anybody; where nobody knows the side it is empty."""
        found = {self.side_of(cause) for _, cause, _ in self._places()}
        return tuple(
            Part("", side, **self._lost(side=side), **lifts.get(side, {})) for side in (*SIDES, "") if side in found
        )

    def stages(self, lifts: Mapping[str, Mapping[str, Interval]]) -> tuple[Level, ...]:
        """Return a row for each stage."""
        levels = []
        for number, passage in enumerate(self.leakages[0].passages):
            visits, completed, onward = self._passages(number)
            levels.append(
                Level(
                    stage=passage.stage,
                    visits=self.interval(visits),
                    completed=self.interval(completed),
                    onward=self.interval(onward),
                    point=self.interval(0.01 * visits * onward),
                    **self._lost(stage=passage.stage),
                    **lifts.get(passage.stage, {}),
                )
            )
        return tuple(levels)

    def narrowest(self) -> str:
        """Return the stage of which the smallest share of visits is completed; nothing where all are."""
        shares = {}
        for number, passage in enumerate(self.leakages[0].passages):
            visits, completed, _ = self._passages(number).sum(axis=1)
            if completed < visits:
                shares[passage.stage] = float(completed / visits)
        return min(shares, key=shares.__getitem__, default="")

    def _passages(self, number: int) -> Floats:
        """Return visits, completed and onward [3, R] of a stage."""
        here = [leakage.passages[number] for leakage in self.leakages]
        return np.array([[one.visits, one.completed, one.onward] for one in here]).T

    def _places(self) -> list[tuple[str, str, str]]:
        """Return stage, cause and segment of everything that is lost, in order."""
        order = [passage.stage for passage in self.leakages[0].passages]
        found = {(one.stage, one.cause, one.segment) for leakage in self.leakages for one in leakage.losses}
        return sorted(found, key=lambda place: (order.index(place[0]), place[1], place[2]))

    def _lost(
        self, stage: str | None = None, cause: str | None = None, side: str | None = None, segment: str | None = None
    ) -> dict[str, Interval]:
        """Return people and money lost, of all or of some."""

        def is_wanted(loss: Loss) -> bool:
            here = (loss.stage, loss.cause, self.side_of(loss.cause), loss.segment)
            return all(
                want is None or want == is_ for want, is_ in zip((stage, cause, side, segment), here, strict=True)
            )

        rows = np.zeros((len(self.leakages), len(LEAK)))
        for number, leakage in enumerate(self.leakages):
            for loss in leakage.losses:
                if is_wanted(loss):
                    rows[number] += [loss.people, loss.revenue, loss.profit, loss.most]
        return {name: self.interval(rows[:, i]) for i, name in enumerate(LEAK)}


#: What is known of a leak, a part and a stage, in the order in which it is shown.
LEAK = ("people", "revenue", "profit", "most")
PART = (*LEAK, "removed", "removed_most", "halved", "shapley", "elasticity")
LEVEL = ("visits", "completed", "onward", *LEAK, "removed", "halved", "dropped", "point", "elasticity", "response")
WHOLE = ("customers", "won", "revenue", "profit", "total", "top", "answers")


def parts_table(parts: Sequence[Part]) -> pd.DataFrame:
    """Return one row per cause or side: cause, side, then each of PART with `_low` and `_high`."""
    import pandas as pd

    return pd.DataFrame([{"cause": one.cause, "side": one.side, **_flatten(one, PART)} for one in parts])


def levels_table(leaks: Leaks) -> pd.DataFrame:
    """Return one row per stage: stage, then each of LEVEL with `_low` and `_high`."""
    import pandas as pd

    return pd.DataFrame([{"stage": one.stage, **_flatten(one, LEVEL)} for one in leaks.stages])


def leaks_document(leaks: Leaks, language: str) -> dict[str, Any]:
    """Return what `leaks --format json` prints, as plain data; undefined is None."""
    return {
        "funnel": leaks.name.text(language),
        "currency": leaks.currency,
        "method": leaks.method,
        "provenance": dict(leaks.provenance),
        **_describe(leaks, WHOLE),
        "orders": leaks.orders,
        "narrowest": leaks.narrowest or None,
        "stages": [{"stage": one.stage, **_describe(one, LEVEL)} for one in leaks.stages],
        "causes": [{"cause": one.cause, "side": one.side, **_describe(one, PART)} for one in leaks.causes],
        "sides": [{"side": one.side, **_describe(one, PART)} for one in leaks.sides],
        "leaks": [
            {"stage": one.stage, "cause": one.cause, "side": one.side, "segment": one.segment, **_describe(one, LEAK)}
            for one in leaks.leaks
        ],
        "notes": [note.text(language) for note in leaks.notes],
    }


def _describe(bearer: object, names: Sequence[str]) -> dict[str, Any]:
    return {
        name: {key: to_number(getattr(getattr(bearer, name), key)) for key in ("mean", "low", "high")} for name in names
    }


def _flatten(bearer: object, names: Sequence[str]) -> dict[str, float]:
    return {
        f"{name}{end}": getattr(getattr(bearer, name), key)
        for name in names
        for end, key in (("", "mean"), ("_low", "low"), ("_high", "high"))
    }
