"""Simulates a sales funnel stage by stage and says which change brings how much revenue.

    load(path) -> Study         dump(study, path)        apply(funnel, *interventions) -> Funnel
    simulate(funnel, …) -> Tally      history(funnel, …) -> EventLog      compare(study, …) -> Comparison
    solve(funnel, …) -> Solution      leaks(funnel_or_log, …) -> Leaks
    read_log(source, mapping) -> EventLog      fit(log, …) -> Fit      known_at(log, time) -> EventLog
    check(fit_or_funnel, log, …) -> Adequacy   hold_out(log, cut=…) -> Adequacy
    sensitivity(study, …) -> Sensitivity       choose(study, budget, …) -> Choice
    report(study, path, …), a report to hand on
    init(folder) -> Beginning: a first funnel, scenarios, sample data and a notebook
    draw_study(study, d) -> Drawn, at one draw of its uncertain numbers

The words of the command line are the same verbs. Names are loaded when they are first used, so that `import funnelsim`
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from funnelsim.adequacy.checking import check, hold_out
    from funnelsim.adequacy.cutting import known_at
    from funnelsim.adequacy.outcome import Adequacy
    from funnelsim.choice import Choice
    from funnelsim.choosing import choose
    from funnelsim.comparison import Comparison, compare
    from funnelsim.errors import FunnelsimError, InputError, NotExact
    from funnelsim.eventlog import EventLog
    from funnelsim.exact.solution import Solution
    from funnelsim.exact.solving import solve
    from funnelsim.files.changes import apply
    from funnelsim.files.drawing import Drawn, draw_study
    from funnelsim.files.dumping import dump, dumps
    from funnelsim.files.loading import load, loads
    from funnelsim.fitting.fit import Fit, fit
    from funnelsim.histories import history, write_history
    from funnelsim.leakage import Leaks
    from funnelsim.logfiles import write_log
    from funnelsim.losses import leaks
    from funnelsim.model import Funnel, Intervention, Run, Scenario, Study
    from funnelsim.reading.logs import read_log
    from funnelsim.sensitivities import Sensitivity, sensitivity
    from funnelsim.simulation import simulate
    from funnelsim.tallies import Tally
    from funnelsim.views.report import report
    from funnelsim.views.starting.folder import Beginning, init

_HOMES = {
    "Adequacy": "adequacy.outcome",
    "Beginning": "views.starting.folder",
    "Choice": "choice",
    "Comparison": "comparison",
    "Drawn": "files.drawing",
    "EventLog": "eventlog",
    "Fit": "fitting.fit",
    "Funnel": "model",
    "FunnelsimError": "errors",
    "InputError": "errors",
    "Intervention": "model",
    "Leaks": "leakage",
    "NotExact": "errors",
    "Run": "model",
    "Scenario": "model",
    "Sensitivity": "sensitivities",
    "Solution": "exact.solution",
    "Study": "model",
    "Tally": "tallies",
    "apply": "files.changes",
    "check": "adequacy.checking",
    "choose": "choosing",
    "compare": "comparison",
    "draw_study": "files.drawing",
    "dump": "files.dumping",
    "dumps": "files.dumping",
    "history": "histories",
    "hold_out": "adequacy.checking",
    "known_at": "adequacy.cutting",
    "fit": "fitting.fit",
    "init": "views.starting.folder",
    "leaks": "losses",
    "load": "files.loading",
    "loads": "files.loading",
    "read_log": "reading.logs",
    "report": "views.report.writing",
    "sensitivity": "sensitivities",
    "simulate": "simulation",
    "solve": "exact.solving",
    "write_history": "histories",
    "write_log": "logfiles",
}

__all__ = [
    "Adequacy",
    "Beginning",
    "Choice",
    "Comparison",
    "Drawn",
    "EventLog",
    "Fit",
    "Funnel",
    "FunnelsimError",
    "InputError",
    "Intervention",
    "Leaks",
    "NotExact",
    "Run",
    "Scenario",
    "Sensitivity",
    "Solution",
    "Study",
    "Tally",
    "apply",
    "check",
    "choose",
    "compare",
    "draw_study",
    "dump",
    "dumps",
    "fit",
    "history",
    "hold_out",
    "init",
    "known_at",
    "leaks",
    "load",
    "loads",
    "read_log",
    "report",
    "sensitivity",
    "simulate",
    "solve",
    "write_history",
    "write_log",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'funnelsim' has no attribute {name!r}")
    value: object = getattr(import_module(f"funnelsim.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names only."""
    return sorted(__all__)
