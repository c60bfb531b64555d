"""The workloads: a funnel file each, the numbers in it for those who write the same model by hand, and how long to run.

Standard library only: what starts the measurements must stay small, because a process is charged with the memory of the
one that started it. Times in days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
ROOT: Final = FOLDER.parent
FUNNELS: Final = FOLDER / "funnels"

#: W1: customers a day, stages, and what happens at each; a lognormal order of mean exp(4.92) at the end.
RATE: Final = 100.0
STAGES: Final = 8
LOST_AT_ENTRY: Final = 0.05
MEAN_TIME: Final = 1.0
RIVAL_RATE: Final = 0.05
FORGET_SHAPE: Final = 1.5
FORGET_SCALE: Final = 12.0
ORDER_MU: Final = 4.6
ORDER_SIGMA: Final = 0.8
#: W2: one team at the second and the fourth stage (counted from 0 here, as everywhere below).
MANNED: Final = (1, 3)
TEAM: Final = 10
MEAN_SERVICE: Final = 0.0686
MEAN_PATIENCE: Final = 0.25
#: W2 through the calendar: breaks that begin at these times of the day, and how long they last; stage 4 goes first.
BREAKS: Final = (11.5 / 24.0, 23.5 / 24.0)
BREAK: Final = 0.5 / 24.0
FIRST_SERVED: Final = 3
#: W3: one queue.
CALLS: Final = 4.5
DESK: Final = 5
#: W1 with loops: back from the fifth stage to the third, from the last to the first; a third are large customers.
BACK_FROM: Final = 4
BACK_TO: Final = 2
BACK_SHARE: Final = 0.15
BACK_MEAN: Final = 14.0
AGAIN_SHARE: Final = 0.25
AGAIN_MEAN: Final = 90.0
LARGE_SHARE: Final = 0.30
LARGE_FACTOR: Final = 0.6
#: About how many customers come in the half year of `scenarios/b2b_sales.yaml`.
HALF_YEAR: Final = 5_000

#: A law by its name and two numbers: mean; shape, scale; median, sigma; low, high.
Law = tuple[str, float, float]
#: Stress: chance k of stage i is this much at (k + i) mod 5; clock k is law (k + i) mod 8.
CHANCES: Final = 12
CHANCE: Final = (0.002, 0.003, 0.004, 0.005, 0.006)
CLOCKS: Final[tuple[Law, ...]] = (
    ("exponential", 60.0, 0.0),
    ("weibull", 1.5, 30.0),
    ("loglogistic", 1.8, 40.0),
    ("lognormal", 66.6863310409252, 1.1),
    ("loglogistic", 0.9, 60.0),
    ("exponential", 80.0, 0.0),
    ("weibull", 0.8, 90.0),
    ("uniform", 0.0, 60.0),
)
TAKES: Final[tuple[Law, ...]] = (
    ("exponential", 1.0, 0.0),
    ("lognormal", 0.7408182206817179, 0.8),
    ("weibull", 1.3, 1.2),
    ("exponential", 0.5, 0.0),
    ("uniform", 0.2, 2.2),
    ("loglogistic", 3.0, 0.6),
    ("exponential", 1.5, 0.0),
    ("lognormal", 1.1051709180756477, 0.5),
    ("exponential", 0.3, 0.0),
)


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that runs workloads. package: what has to be installed for it."""

    name: str
    title: str
    package: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A funnel and how many customers each contender gets in one measurement: those without a number lack it.

    window: None where the customers are a cohort; otherwise customers in one replication of the file's own window, so
    that a number of customers is a number of replications.
    """

    name: str
    title: str
    path: Path
    customers: Mapping[str, int]
    window: int | None = None


CONTENDERS: Final = (
    Contender("compiled", "funnelsim", "funnelsim"),
    Contender("reference", "funnelsim, reference engine", "simpy"),
    Contender("simpy", "SimPy by hand, one timeout per stage", "simpy"),
    Contender("simpy_events", "SimPy by hand, an event per cause", "simpy"),
    Contender("salabim", "salabim", "salabim"),
    Contender("ciw", "Ciw", "ciw"),
    Contender("numpy", "NumPy by hand, in chunks", "numpy"),
)


def _workload(name: str, title: str, path: Path, *, window: int | None = None, **customers: int) -> Workload:
    return Workload(name, title, path, MappingProxyType(customers), window)


#: Sizes are such that a measurement takes a second or so.
WORKLOADS: Final = (
    _workload(
        "w1",
        "W1, eight stages in a row",
        FUNNELS / "w1.yaml",
        compiled=10_000_000,
        reference=10_000,
        simpy=100_000,
        simpy_events=20_000,
        salabim=10_000,
        ciw=5_000,
        numpy=5_000_000,
    ),
    _workload(
        "stress",
        "Stress, nine stages × twenty causes",
        FUNNELS / "stress.yaml",
        compiled=5_000_000,
        reference=5_000,
        simpy=50_000,
        numpy=500_000,
    ),
    _workload(
        "w1_loops",
        "W1 with a return, a repeat purchase, two segments",
        FUNNELS / "w1_loops.yaml",
        compiled=5_000_000,
        reference=10_000,
        simpy=80_000,
    ),
    _workload(
        "w2",
        "W2, one FIFO team at two stages",
        FUNNELS / "w2.yaml",
        compiled=3_000_000,
        reference=10_000,
        simpy=50_000,
        salabim=10_000,
        ciw=4_000,
    ),
    _workload(
        "w2_calendar",
        "W2 with breaks and priorities",
        FUNNELS / "w2_calendar.yaml",
        compiled=2_000_000,
        reference=10_000,
        simpy=50_000,
    ),
    _workload(
        "w3",
        "W3, M/M/5 at ρ = .9",
        FUNNELS / "w3.yaml",
        compiled=10_000_000,
        reference=30_000,
        simpy=150_000,
        salabim=10_000,
        ciw=60_000,
    ),
    _workload(
        "b2b_sales",
        "scenarios/b2b_sales.yaml, the base",
        ROOT / "scenarios" / "b2b_sales.yaml",
        window=HALF_YEAR,
        compiled=1_000_000,
        reference=10_000,
        simpy=50_000,
    ),
)


def find_workload(name: str) -> Workload:
    """Return the workload of a name; raises KeyError where there is none."""
    return {workload.name: workload for workload in WORKLOADS}[name]


def make_chain(stages: int) -> str:
    """Return a funnel file of so many stages, of which hardly anybody is lost: for the growth with the stages."""
    stage = (
        "takes: {exponential: {mean: 1 d}}, causes: {no_trust: 0.1%,"
        " competitor_offer: {time_to_loss: {exponential: {rate: 0.001 / d}}},"
        " forgot: {time_to_loss: {weibull: {shape: 1.5, scale: 120 d}}}}"
    )
    lines = [f"  - {{name: s{number}, {stage}}}" for number in range(1, stages + 1)]
    return "\n".join(["funnelsim: 1", "sources: {ads: {arrivals: 100 / d}}", "stages:", *lines, ""])


def parse_names(text: str | None, known: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a list with commas, all of those known where there is none; raises ValueError for others."""
    if text is None:
        return tuple(known)
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"there is no {', '.join(unknown)}; there is: {', '.join(known)}")
    return names
