"""What a check found, as a value: forecasts, rates, times, rivals and a verdict; as tables, and as plain data."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from funnelsim.adequacy.forecasts import AT, BETWEEN, Forecast
from funnelsim.adequacy.incoming import ArrivalCheck
from funnelsim.adequacy.rivals import Score
from funnelsim.adequacy.timing import Timing
from funnelsim.causes import Label
from funnelsim.estimates import to_number

if TYPE_CHECKING:
    import pandas as pd

Document = dict[str, Any]

#: Verdicts: too few customers to tell; nothing deviates; rates changed; they go with the calendar, as before; shares,
#: or times, are not as forecast.
LITTLE, ADEQUATE, DRIFTED, SEASONAL, SHARES, TIMES = "little", "adequate", "drifted", "seasonal", "shares", "times"
KINDS: Final = (LITTLE, ADEQUATE, DRIFTED, SEASONAL, SHARES, TIMES)
#: What a deviation is, if it is none of chance: a change; a pattern that recurs; a law that was wrong all the time.
CHANGED, RECURRING, LAW = "changed", "recurring", "law"


@dataclass(frozen=True, slots=True)
class RateCheck:
    """One outcome of a stage over the window: the run of periods in which it deviates most from what was expected.

    origin: when it was forecast. outcome: lost, next or out; name: of the cause, or of the stage that follows. since,
    until: the run (ISO dates; until is not in it). at_start: it begins with the window, so that the change may be
    older; lasts: it goes on to the window's end. from_age, to_age: of the stays at which they deviate, days (0 and
    infinite: at all ages). observed, expected, low, high: events in the run, with the 95% band of
    that run by itself. all_observed, all_expected: events over the window. z; p: of so large a deviation anywhere.
    nature: changed, recurring or law, if it is not chance. before_observed, before_expected: at these ages before the
    cut (NaN: nothing is known). cycle: week, month, quarter or year in which it recurs, though perhaps less, if it is
    a change; like_observed, like_expected: in the like periods before the cut.
    """

    origin: str
    stage: str
    outcome: str
    name: str
    since: str
    until: str
    at_start: bool
    lasts: bool
    from_age: float
    to_age: float
    observed: float
    expected: float
    low: float
    high: float
    all_observed: float
    all_expected: float
    z: float
    p: float
    nature: str
    before_observed: float
    before_expected: float
    cycle: str
    like_observed: float
    like_expected: float


@dataclass(frozen=True, slots=True)
class Origin:
    """One forecast: made at `cut`, of the customers who came until `end`, watched until `until` (ISO dates).

    fitted: customers that the funnel was fitted to; 0 where it was given. customers: forecast and observed.
    """

    cut: str
    end: str
    until: str
    fitted: int
    customers: int


@dataclass(frozen=True, eq=False, repr=False)
class Adequacy:
    """Whether a funnel reproduces data that it has not seen.

    kind: the verdict, one of KINDS; verdict: in words. level: the error level of the verdict, for all looks together.
    origins: what was forecast when. forecasts: shares of cohorts at ages. rates: events by stage and outcome. times:
    of stays. scores: the funnel's and two naive rivals'. notes: what to know. arrivals: by period, and of the whole
    window. orders: values of orders, for each origin (`Timing`, whose stage is '' and whose stays are orders).
    """

    name: Label
    kind: str
    verdict: Label
    level: float
    ages: tuple[float, ...]
    origins: tuple[Origin, ...]
    forecasts: tuple[Forecast, ...]
    rates: tuple[RateCheck, ...]
    times: tuple[Timing, ...]
    scores: tuple[Score, ...]
    notes: tuple[Label, ...]
    provenance: Mapping[str, Any]
    arrivals: tuple[ArrivalCheck, ...] = ()
    orders: tuple[Timing, ...] = ()

    @property
    def adequate(self) -> bool:
        """Whether nothing deviates at the error level."""
        return self.kind == ADEQUATE

    @property
    def drifts(self) -> tuple[RateCheck, ...]:
        """The rates that deviate at the error level, the most certain first."""
        return tuple(one for one in self.rates if one.p <= self.part)

    @property
    def part(self) -> float:
        """The error level of each of the three questions (rates, shares, times) at each origin."""
        return self.level / (3.0 * max(len(self.origins), 1))

    @property
    def coverage(self) -> Mapping[str, tuple[int, float, float]]:
        """Observations, and the shares of them inside the 80% and the 95% bands: of outcomes, and of stages."""
        found = {}
        for kind in ("outcomes", "stages"):
            rows = [one for one in self.forecasts if (one.measure in {AT, BETWEEN}) == (kind == "stages")]
            count = len(rows)
            inside = (sum(one.inside_80 for one in rows), sum(one.inside_95 for one in rows))
            found[kind] = (count, *(number / count if count else float("nan") for number in inside))
        return found  # type: ignore[return-value]

    @property
    def table(self) -> pd.DataFrame:
        """One row per forecast: origin, since, until, whole, measure, stage, cause, age, customers, predicted, bands.

        Then observed, p, inside_80, inside_95. Ages in days; since and until are dates between which the cohort came.
        """
        import pandas as pd

        rows = [asdict(one) | {"inside_80": one.inside_80, "inside_95": one.inside_95} for one in self.forecasts]
        columns = [*Forecast.__slots__, "inside_80", "inside_95"]
        return pd.DataFrame(rows, columns=pd.Index(columns))

    @property
    def rates_table(self) -> pd.DataFrame:
        """One row per outcome of a stage (see `RateCheck`), the largest deviation first."""
        return _frame(self.rates, RateCheck.__slots__)

    @property
    def times_table(self) -> pd.DataFrame:
        """One row per stage and origin (see `Timing`)."""
        return _frame(self.times, Timing.__slots__)

    @property
    def arrivals_table(self) -> pd.DataFrame:
        """One row per period and origin, and one for the whole window (see `ArrivalCheck`)."""
        return _frame(self.arrivals, ArrivalCheck.__slots__)

    @property
    def orders_table(self) -> pd.DataFrame:
        """One row per origin: orders beside the forecast of their values (see `Timing`)."""
        return _frame(self.orders, Timing.__slots__)

    @property
    def scores_table(self) -> pd.DataFrame:
        """One row per forecaster (see `Score`)."""
        return _frame(self.scores, Score.__slots__)

    def __repr__(self) -> str:
        customers = sum(origin.customers for origin in self.origins)
        number, _, inside = self.coverage["outcomes"]
        share = f", {inside:.0%} of {number} shares in their 95% bands" if number else ""
        first = next((f", {one.stage}: {one.name or one.outcome} since {one.since}" for one in self.drifts), "")
        return f"Adequacy({self.kind}{first}, {customers} customers from {self.origins[0].cut}{share})"

    def _repr_html_(self) -> str:
        table = self.table
        table = table[table["whole"]].drop(columns=["whole"])
        shown = table.to_html(index=False, na_rep="", escape=True, float_format=lambda x: f"{x:.4g}")
        return f"<div><p>{html.escape(self.verdict.en)}</p>{shown}</div>"


def adequacy_document(found: Adequacy, language: str) -> Document:
    """Return a check as plain data: the document of `funnelsim check --format json`; undefined is None."""
    return {
        "funnel": found.name.text(language),
        "verdict": {"kind": found.kind, "text": found.verdict.text(language), "level": found.level},
        "origins": [asdict(one) for one in found.origins],
        "coverage": {
            kind: {"observations": number, "inside_80": to_number(low), "inside_95": to_number(high)}
            for kind, (number, low, high) in found.coverage.items()
        },
        "drift": [_plain(asdict(one)) for one in found.drifts],
        "at": [
            _plain(asdict(one)) | {"inside_80": one.inside_80, "inside_95": one.inside_95} for one in found.forecasts
        ],
        "rates": [_plain(asdict(one)) for one in found.rates],
        "times": [_plain(asdict(one)) for one in found.times],
        "arrivals": [_plain(asdict(one)) for one in found.arrivals],
        "values": [
            {
                "origin": one.origin,
                "orders": one.stays,
                "bins": list(one.bins),
                "distance": to_number(one.distance),
                "p": to_number(one.p),
                "larger": one.later,
            }
            for one in found.orders
        ],
        "scores": [_plain(asdict(one)) for one in found.scores],
        "notes": [note.text(language) for note in found.notes],
        "provenance": dict(found.provenance),
    }


def _plain(row: dict[str, Any]) -> Document:
    return {key: to_number(value) if isinstance(value, float) else value for key, value in row.items()}


def _frame(rows: Sequence[Any], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([asdict(one) for one in rows], columns=pd.Index(list(columns)))
