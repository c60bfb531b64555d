"""The STRESS-DES checklist, filled from the file and the run.

STRESS-DES says what a report on a discrete-event simulation has to tell so that others can repeat it: Monks, Currie,
Onggo, Robinson, Kunc and Taylor (2019), Strengthening the reporting of empirical simulation studies: introducing the
STRESS guidelines, Journal of Simulation 13(1), 55–67. Items are numbered as there. What a file cannot know (where its
numbers were taken from, unless it notes that) is said to be unknown.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from typing import Any

from funnelsim.estimates import mean
from funnelsim.files.editing import EDITS
from funnelsim.laws import FIXED
from funnelsim.model import Batch, Discipline, Funnel, Rate, Stage, Team
from funnelsim.views.formats import decimals_of, format_number, format_share, format_time
from funnelsim.views.naming import clean
from funnelsim.views.report.assumptions import list_notes, repeat
from funnelsim.views.report.blocks import Block, Facts, Heading, Paragraph, Section
from funnelsim.views.report.frame import Frame
from funnelsim.views.tables import describe_window
from funnelsim.views.texts import count
from funnelsim.worlds import scenarios_of

Told = Iterator[str]


def show_checklist(frame: Frame) -> Section:
    """Return the checklist: six parts, each item with what is to be said of it."""
    return Section("stress", frame.say("stress.title"), tuple(_show(frame)))


def _show(frame: Frame) -> Iterator[Block]:
    yield Paragraph(frame.say("stress.hint"))
    for part, items in ITEMS.items():
        yield Heading(frame.say(f"stress.part.{part}"))
        yield Facts(
            tuple((frame.say(f"stress.item.{name}"), tuple(tell(frame))) for name, tell in items.items()),
        )


def _purpose(frame: Frame) -> Told:
    labels = "; ".join(clean(one.label.text(frame.language)) for one in frame.comparison.scenarios)
    yield frame.say("stress.purpose.compare" if labels else "stress.purpose.alone", scenarios=labels)
    yield from (clean(note) for note in (frame.study.note, frame.study.funnel.note) if note)


def _outputs(frame: Frame) -> Told:
    yield frame.say("stress.outputs")
    if frame.comparison.scenarios:
        yield frame.say("stress.outputs.lift")
    if frame.study.funnel.teams:
        yield frame.say("stress.outputs.teams")


def _aims(frame: Frame) -> Told:
    scenarios = scenarios_of(frame.study)
    if scenarios:
        yield frame.say("stress.aims.scenarios", scenarios=count("scenarios", len(scenarios), frame.language))
    else:
        yield frame.say("stress.aims.alone")
    if frame.findings.sensitivity is not None:
        yield frame.say("stress.aims.sensitivity")
    if frame.comparison.uncertainty is not None:
        yield frame.say("stress.aims.draws", draws=frame.comparison.uncertainty.draws)


def _diagram(frame: Frame) -> Told:
    yield frame.say("stress.diagram", picture=frame.say("report.journey"))


def _logic(frame: Frame) -> Told:
    names = frame.names
    for stage in _stages(frame.study.funnel):
        ways = [
            frame.say(
                "stress.route",
                to=frame.say("stress.end") if route.to is None else names.stage(route.to),
                share=format_share(route.share, frame.language, 0),
            )
            for route in stage.routes
            if route.share > 0.0
        ]
        yield frame.say("stress.logic.stage", stage=names.stage(stage.name), ways="; ".join(ways))
    yield frame.say("stress.logic")


def _scenario_logic(frame: Frame) -> Told:
    found = False
    for one in frame.study.interventions:
        found = True
        changes = ", ".join(_flow(json.loads(change.document)) for change in one.changes)
        yield frame.say("stress.change", label=clean(one.label.text(frame.language)), changes=clean(changes))
    for scenario in scenarios_of(frame.study):
        if scenario.start is not None:
            found = True
            yield frame.say("stress.own_funnel", label=clean(scenario.label.text(frame.language)))
    if not found:
        yield frame.say("stress.none.scenarios")


def _flow(value: Any) -> str:  # noqa: ANN401 (a document may hold anything)
    """Return a value of a file as it would be written on one line."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: pair[0] not in EDITS)
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _algorithms(frame: Frame) -> Told:
    yield frame.say("stress.algorithms")


def _entities(frame: Frame) -> Told:
    funnel = frame.study.funnel
    yield frame.say("stress.entities")
    for segment in funnel.segments:
        share = (
            frame.say("stress.segment.given") if segment.share is None else format_share(segment.share, frame.language)
        )
        yield frame.say("stress.segment", label=clean(segment.label.text(frame.language) or segment.name), share=share)
    for budget in funnel.budgets:
        yield frame.say("stress.budget", label=clean(budget.label.text(frame.language) or budget.name))


def _activities(frame: Frame) -> Told:
    for stage in _stages(frame.study.funnel):
        touchpoints = stage.touchpoints
        parts = []
        if any(one.response is not None for one in touchpoints):
            parts.append(frame.say("stress.activity.response"))
        if any(one.takes.code != FIXED or one.takes.a > 0.0 for one in touchpoints):
            parts.append(frame.say("stress.activity.takes"))
        if len(touchpoints) > 1:
            labels = ", ".join(clean(one.label.text(frame.language) or one.name) for one in touchpoints)
            parts.append(frame.say("stress.activity.touchpoints", touchpoints=labels))
        told = "; ".join(parts) or frame.say("stress.activity.instant")
        yield frame.say("stress.pair", label=frame.names.stage(stage.name), value=told)


def _resources(frame: Frame) -> Told:
    for team in frame.study.funnel.teams:
        yield frame.say(
            "stress.team",
            label=frame.names.team(team.name),
            people=team.size,
            hours=_tell_hours(team, frame),
        )
    if not frame.study.funnel.teams:
        yield frame.say("stress.none.teams")


def _tell_hours(team: Team, frame: Frame) -> str:
    if not team.hours:
        return frame.say("stress.always")
    hours = sum(end - start for start, end in team.hours) * 24.0
    return frame.say("stress.hours", hours=format_number(hours, frame.language), days=len(team.closed))


def _queues(frame: Frame) -> Told:
    for team in frame.study.funnel.teams:
        rule = frame.say(f"stress.discipline.{team.discipline}")
        if team.discipline is Discipline.PRIORITY:
            rule = f"{rule}: {', '.join(map(clean, team.priority))}"
        yield frame.say("stress.pair", label=frame.names.team(team.name), value=rule)
    if not frame.study.funnel.teams:
        yield frame.say("stress.none.queues")


def _gates(frame: Frame) -> Told:
    for source in frame.study.funnel.sources:
        arrivals = source.arrivals
        if isinstance(arrivals, Rate):
            profile = "profile" if arrivals.day or arrivals.week or arrivals.months else "rate"
            what = frame.say(f"stress.arrivals.{profile}", rate=_tell_rate(arrivals, frame.language))
        elif isinstance(arrivals, Batch):
            what = frame.say("stress.arrivals.batch", customers=count("customers", arrivals.size, frame.language))
        else:
            total = sum(number for _, number in arrivals.counts)
            what = frame.say("stress.arrivals.dates", customers=count("customers", total, frame.language))
        label = clean(source.label.text(frame.language)) or clean(source.name)
        yield frame.say("stress.source", label=label, what=what, stage=frame.names.stage(source.enters))
    yield frame.say("stress.exits")


def _tell_rate(arrivals: Rate, language: str) -> str:
    return format_number(arrivals.per_day, language, decimals_of(arrivals.per_day, None, 2))


def _data(frame: Frame) -> Told:
    notes = list_notes(frame)
    yield frame.say("stress.data.notes" if notes else "stress.data.none")


def _preprocessing(frame: Frame) -> Told:
    yield frame.say("stress.preprocessing")


def _inputs(frame: Frame) -> Told:
    yield frame.say("stress.inputs", part=frame.say("report.provenance"))
    if numbers := len(frame.study.uncertain):
        yield frame.say("stress.inputs.uncertain", n=numbers)
    else:
        yield frame.say("stress.inputs.certain")


def _assumed(frame: Frame) -> Told:
    yield frame.say("stress.assumed", part=frame.say("report.assumptions"))


def _start(frame: Frame) -> Told:
    run, pipeline = frame.comparison.run, frame.study.funnel.pipeline
    if run.warm_up:
        yield frame.say("stress.warm_up", time=format_time(run.warm_up, frame.language))
    else:
        yield frame.say("stress.no_warm_up")
    if pipeline:
        deals = sum(deal.count for deal in pipeline)
        yield frame.say("stress.pipeline", customers=count("customers", deals, frame.language))
    else:
        yield frame.say("stress.empty")


def _length(frame: Frame) -> Told:
    yield frame.say("stress.length", window=describe_window(frame.comparison.provenance["window"], frame.language))
    days = mean(frame.comparison.base.tally.days)
    yield frame.say("stress.length.days", days=count("days", days, frame.language, 0 if days >= 10 else 1))


def _estimation(frame: Frame) -> Told:
    replications = count("replications", frame.comparison.replications, frame.language)
    yield frame.say("stress.estimation", replications=replications)
    if frame.comparison.scenarios:
        yield frame.say("stress.estimation.paired")
    if frame.findings.leaks is not None:
        yield frame.say(f"stress.estimation.leaks.{frame.findings.leaks.method}")


def _software(frame: Frame) -> Told:
    versions = frame.comparison.provenance["versions"]
    yield frame.say("stress.software", versions=", ".join(f"{name} {version}" for name, version in versions.items()))


def _sampling(frame: Frame) -> Told:
    yield frame.say("stress.sampling", seed=frame.comparison.run.seed)


def _execution(frame: Frame) -> Told:
    yield frame.say(f"stress.execution.{frame.comparison.engine}")
    yield frame.say("stress.order")


def _system(frame: Frame) -> Told:
    machine = f"{platform.system()} {platform.machine()}"
    yield frame.say("stress.system", machine=machine, cores=os.cpu_count() or 1)


def _access(frame: Frame) -> Told:
    yield frame.say("stress.access")
    yield frame.say("stress.repeat", command=f"`{repeat(frame)}`")


def _stages(funnel: Funnel) -> list[Stage]:
    return [stage for stage in funnel.stages if not stage.removed]


#: The items of the checklist, by part, each with what says it.
ITEMS: dict[str, dict[str, Callable[[Frame], Told]]] = {
    "objectives": {"1.1": _purpose, "1.2": _outputs, "1.3": _aims},
    "logic": {
        "2.1": _diagram,
        "2.2": _logic,
        "2.3": _scenario_logic,
        "2.4": _algorithms,
        "2.5.1": _entities,
        "2.5.2": _activities,
        "2.5.3": _resources,
        "2.5.4": _queues,
        "2.5.5": _gates,
    },
    "data": {"3.1": _data, "3.2": _preprocessing, "3.3": _inputs, "3.4": _assumed},
    "experimentation": {"4.1": _start, "4.2": _length, "4.3": _estimation},
    "implementation": {"5.1": _software, "5.2": _sampling, "5.3": _execution, "5.4": _system},
    "access": {"6.1": _access},
}
