"""What a report is written of: the answers of the other verbs to one study, over one run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from funnelsim.choice import Choice
from funnelsim.choosing import choose
from funnelsim.comparison import Comparison, compare
from funnelsim.errors import InputError, NotExact, TooLargeError
from funnelsim.eventlog import EventLog
from funnelsim.histories import history
from funnelsim.leakage import Leaks
from funnelsim.losses import leaks
from funnelsim.model import Funnel, Study
from funnelsim.sensitivities import Sensitivity, sensitivity
from funnelsim.simulation import Progress

#: Parts that can be left out, because they take longest where only simulation answers.
OPTIONAL: Final = ("leaks", "sensitivity", "budget")


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """A study, with the run that was made, and the answers to it; None: there is none (see `missing`).

    log: one replication of the base.

    missing: by part, why there is no answer: `left_out` by whoever asked; `simulated`, where an answer would take
    too long because only simulation gives it; `large`, where that is beyond the budget of size.
    """

    study: Study
    comparison: Comparison
    log: EventLog
    leaks: Leaks | None
    sensitivity: Sensitivity | None
    choice: Choice | None
    missing: dict[str, str]

    @property
    def funnel(self) -> Funnel:
        """The base."""
        return self.study.funnel


def find_out(
    of: Study | Funnel,
    *,
    comparison: Comparison | None = None,
    without: Collection[str] = (),
    engine: str = "compiled",
    jobs: int = 1,
    allow_large: bool = False,
    progress: Progress | None = None,
    **settings: Any,  # noqa: ANN401 (those of `compare`, which checks them)
) -> Findings:
    """Ask a study all that a report says; see `report` for the arguments."""
    study = Study(of) if isinstance(of, Funnel) else of
    for part in without:
        if part not in OPTIONAL:
            raise InputError(f"without: expected some of {', '.join(OPTIONAL)}, not {part!r}")
    if comparison is not None and comparison.provenance["digest"] != (study.digest or study.funnel.digest):
        raise InputError("comparison: it is of another study")
    how: dict[str, Any] = {"engine": engine, "jobs": jobs, "allow_large": allow_large, "progress": progress}
    found = comparison or compare(study, **how, **settings)
    study = replace(study, run=found.run)
    missing: dict[str, str] = {}

    def ask(part: str, verb: Callable[[], Any]) -> Any:  # noqa: ANN401 (a result of its own for each part)
        if part in without:
            missing[part] = "left_out"
            return None
        try:
            return verb()
        except NotExact:
            missing[part] = "simulated"
        except TooLargeError:
            missing[part] = "large"
        return None

    several = len(study.interventions) > 1
    return Findings(
        study=study,
        comparison=found,
        log=history(study.funnel, run=study.run, engine=engine, allow_large=allow_large),
        leaks=ask("leaks", partial(leaks, study.funnel, run=study.run, **how)),
        sensitivity=ask("sensitivity", partial(sensitivity, study, **how)),
        choice=ask("budget", partial(choose, study, method="exact", **how)) if several else None,
        missing=missing,
    )
