"""What an event log shows of losses: people by stage, cause and segment, and the money of their going on.

As the solver has it (`exact.leaking`), visits to a stage in a segment lose visits × (p₋ₖ − p) × w to cause k. Here w is
what those who completed the stage brought from then on, and p and p₋ₖ, the probabilities to complete a visit with and
without the cause, are Aalen–Johansen estimates over the time since entering, for p₋ₖ with losses to k as censoring. At
one instant losses come before completions, and share the hazard −ln(1 − d/n) of them all by their numbers, as chances
at an entry do. A log does not tell a loss at the end of a visit from one in its course: the latter is taken, so that
where visits last unequally a cause that acts at the exit is valued too low beside clocks. Visits that are open when the
log ends are censored; money that comes after that, and the money of the referred, is not in it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, MissingExtraError
from funnelsim.eventlog import LOST, OPEN, OUTCOMES, EventLog
from funnelsim.exact.leaking import Leakage, Loss, Passage, find_leakage
from funnelsim.histories import history
from funnelsim.model import Funnel, Run

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

#: What became of a visit, beside the code of a cause.
_DONE, _STILL_OPEN = -1, -2
#: What a file has to have of the columns of a history.
NEEDED = ("customer", "segment", "stage", "entered", "left", "outcome", "cause", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Visits in order of customer and time, as numbers: [N] each, with the names behind them.

    lasted: days, so far where the visit is open. revenue, profit: dated at its end; spent: what the visit itself costs;
    NaN where they are not told apart. Codes are −1 where there is nothing.
    """

    customer: Integers
    stage: Integers
    cause: Integers
    segment: Integers
    outcome: Integers
    entered: Floats
    lasted: Floats
    revenue: Floats
    profit: Floats
    spent: Floats
    stages: tuple[str, ...]
    causes: tuple[str, ...]
    segments: tuple[str, ...]


def record_log(log: EventLog) -> Record:
    """Return an event log as a record."""
    visits = log.visits
    return Record(
        customer=visits["customer"].astype(np.intp),
        stage=visits["stage"].astype(np.intp),
        cause=visits["cause"].astype(np.intp),
        segment=visits["variant"].astype(np.intp),
        outcome=visits["outcome"].astype(np.intp),
        entered=visits["entered"],
        lasted=_lasted(visits["entered"], visits["left"]),
        revenue=visits["value"],
        profit=visits["value"] - visits["goods"],
        spent=visits["visit_cost"] + visits["reminder_cost"],
        stages=log.stages,
        causes=log.causes,
        segments=log.variants,
    )


def read_record(path: str | os.PathLike[str]) -> Record:
    """Read what `funnelsim history` wrote, .csv or .parquet. Raises InputError for anything else."""
    import pandas as pd

    file = Path(path)
    try:
        table = pd.read_parquet(file) if file.suffix.lower() == ".parquet" else pd.read_csv(file)
    except ImportError as error:
        raise MissingExtraError("pyarrow", "data") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{file}: this is no table: {error}") from error
    missing = [column for column in NEEDED if column not in table.columns]
    if missing:
        raise InputError(
            f"{file}: an event log as `funnelsim history` writes it has the columns {', '.join(NEEDED)}; "
            f"here is no {', '.join(missing)}"
        )
    unknown = sorted(set(table["outcome"].dropna().astype(str)) - set(OUTCOMES))
    if unknown or table["outcome"].isna().any():
        raise InputError(
            f"{file}: outcome: expected one of {', '.join(OUTCOMES)}, found {(unknown or ['nothing'])[0]!r}"
        )
    return record_table(table, str(file))


def record_table(table: pd.DataFrame, where: str = "log") -> Record:
    """Return the table of an event log as a record; stages are in the order in which they first appear."""
    import pandas as pd

    if not len(table):
        raise InputError(f"{where}: the log is empty")
    numbers = {}
    for column in ("entered", "left", "value"):
        numbers[column] = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    unordered = np.isnan(numbers["entered"]) & table["stage"].notna().to_numpy()
    if unordered.any():
        row = int(np.flatnonzero(unordered)[0]) + 2
        raise InputError(f"{where}:{row}: entered: expected a time in days, found {table['entered'].iloc[row - 2]!r}")
    customer = pd.factorize(table["customer"])[0]
    order = np.lexsort((np.arange(len(table)), customer))
    codes = {name: pd.factorize(table[name].where(table[name].notna(), None)) for name in ("stage", "cause", "segment")}
    value = np.nan_to_num(numbers["value"])[order]
    segment, segments = codes["segment"][0][order], [str(name) for name in codes["segment"][1]]
    nothing = np.full(len(table), np.nan)
    return Record(
        customer=customer[order].astype(np.intp),
        stage=codes["stage"][0][order].astype(np.intp),
        cause=codes["cause"][0][order].astype(np.intp),
        segment=np.where(segment < 0, len(segments), segment).astype(np.intp),
        outcome=np.array([OUTCOMES.index(str(name)) for name in table["outcome"]], dtype=np.intp)[order],
        entered=numbers["entered"][order],
        lasted=_lasted(numbers["entered"], numbers["left"])[order],
        revenue=value,
        profit=nothing,
        spent=nothing,
        stages=tuple(str(name) for name in codes["stage"][1]),
        causes=tuple(str(name) for name in codes["cause"][1]),
        segments=(*segments, ""),
    )


def observe(record: Record, since: float = -np.inf, stages: Sequence[str] | None = None) -> Leakage:
    """Return what a record shows of losses at visits entered from a time on; stages: those to list, in order."""
    from_here = {"revenue": _onwards(record.customer, record.revenue)}
    later_cost = _onwards(record.customer, record.spent) - record.spent
    from_here["profit"] = _onwards(record.customer, record.profit) - later_cost
    inside = (record.stage >= 0) & (record.entered >= since)
    listed = list(record.stages) if stages is None else list(stages)
    losses: list[Loss] = []
    passages: list[Passage] = []
    for name in listed:
        if name not in record.stages:
            passages.append(Passage(name, 0.0, 0.0, np.nan))
            continue
        here = np.flatnonzero(inside & (record.stage == record.stages.index(name)))
        done = here[(record.outcome[here] != LOST) & (record.outcome[here] != OPEN)]
        onward = float(from_here["revenue"][done].mean()) if len(done) else np.nan
        passages.append(Passage(name, float(len(here)), float(len(done)), onward))
        for segment in np.unique(record.segment[here]).tolist():
            mine = here[record.segment[here] == segment]
            losses += _losses(record, name, record.segments[segment], mine, from_here)
    losses.sort(key=lambda loss: (listed.index(loss.stage), loss.cause, loss.segment))
    return Leakage(tuple(losses), tuple(passages))


def _losses(record: Record, stage: str, segment: str, here: Integers, from_here: dict[str, Floats]) -> list[Loss]:
    """Return the losses at one stage in one segment, of some visits."""
    outcome, lasted = record.outcome[here], record.lasted[here]
    cause = np.where(outcome == LOST, record.cause[here], np.where(outcome == OPEN, _STILL_OPEN, _DONE))
    passed = here[cause == _DONE]
    onward = {name: float(money[passed].mean()) if len(passed) else np.nan for name, money in from_here.items()}
    completing = _completing(lasted, cause, None)
    found = []
    for taken in np.unique(cause[cause >= 0]).tolist():
        lost = int(np.count_nonzero(cause == taken))
        spared = len(here) * max(0.0, _completing(lasted, cause, taken) - completing)
        revenue, profit = onward["revenue"], onward["profit"]
        name = record.causes[taken]
        found.append(Loss(stage, name, segment, float(lost), spared * revenue, spared * profit, lost * revenue))
    return found


def _completing(lasted: Floats, cause: Integers, spared: int | None) -> float:
    """Return the estimated probability to complete a visit, if nobody is lost to one cause (None: as it is)."""
    times, place = np.unique(lasted, return_inverse=True)
    lost, done, kept = (
        np.bincount(place[which], minlength=len(times)).astype(np.float64)
        for which in (cause >= 0, cause == _DONE, (cause >= 0) & (cause == (-9 if spared is None else spared)))
    )
    here = np.bincount(place, minlength=len(times)).astype(np.float64)
    at_risk = np.cumsum(here[::-1])[::-1]
    left = at_risk - lost
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.where(lost > 0.0, (lost - kept) / lost, 0.0)
        survived = np.where(exponent > 0.0, (left / at_risk) ** exponent, 1.0)
        going = np.where(left > 0.0, done / left, 0.0)
    before = np.concatenate([[1.0], np.cumprod(survived * (1.0 - going))[:-1]])
    return float(np.sum(before * survived * going))


def _lasted(entered: Floats, left: Floats) -> Floats:
    """Return how long visits lasted, to a tenth of a millisecond, so that what ends at one instant does."""
    known = np.concatenate([entered[np.isfinite(entered)], left[np.isfinite(left)]])
    end = float(known.max()) if len(known) else 0.0
    return np.asarray(np.round(np.where(np.isfinite(left), left, end) - entered, 9))


def _onwards(customer: Integers, values: Floats) -> Floats:
    """Return for each visit the sum of its value and of those of the same customer's later visits."""
    if not len(customer):
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(values)])
    last: Any = np.append(np.flatnonzero(np.diff(customer)) + 1, len(customer))
    ends = last[np.searchsorted(last, np.arange(len(customer)), side="right")]
    return np.asarray(total[ends] - total[:-1])


def find_leakages(funnel: Funnel, run: Run, *, exact: bool, engine: str, first: int = 0) -> list[Leakage]:
    """Return what a funnel loses over a run's window: by the solver, or in each of its replications from `first` on."""
    if exact:
        return [find_leakage(funnel, run)]
    stages = [stage.name for stage in funnel.stages if not stage.removed]
    since = run.warm_up if run.horizon is not None and run.warm_up > 0.0 else -math.inf
    return [
        observe(
            record_log(history(funnel, run=run, replication=number, engine=engine, allow_large=True)), since, stages
        )
        for number in range(first, first + run.replications)
    ]
