"""Comparison: a base and its scenarios lived through by the same customers, and what each scenario brings.

Draws are addressed, so replication k of every scenario has the same customers with the same luck (common
random numbers): a lift is the mean of paired differences. Beside it stand the ledger (who was saved, and
what became of them) and the naive estimate that counts losses at the changed stages as sales. Nothing here
knows a file or a picture.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim.causes import Label
from funnelsim.counts import Floats
from funnelsim.errors import InputError
from funnelsim.estimates import (
    NO_LIFT,
    Estimate,
    Lift,
    Precision,
    describe_estimates,
    describe_lift,
    estimate_lift,
    expected_best,
    flatten_estimate,
    flatten_lift,
    mean,
    payback_days,
    show,
    to_number,
)
from funnelsim.ledger import (
    LedgerCounts,
    LedgerRow,
    Saved,
    describe_ledger,
    find_saved,
    make_ledger,
    tabulate,
)
from funnelsim.model import Run, Scenario, Study, title_of
from funnelsim.parallel.pools import check_workers
from funnelsim.plan import expected_visits, make_plan
from funnelsim.replications import check_engine
from funnelsim.rounds import Round, RoundJob, are_precise
from funnelsim.simulation import Progress, check_size, describe_run, make_run, parse_precision, replicate
from funnelsim.tallies import Tally, describe_teams, make_tally, measure
from funnelsim.valuation import spend
from funnelsim.workloads import make_staff, parse_targets

if TYPE_CHECKING:
    import pandas as pd

    from funnelsim.uncertainty import Uncertainty

#: What a lift is estimated of.
LIFTED = ("revenue", "profit")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A world and what happened in it. `measures`: customers, won, conversion, revenue, cost, profit."""

    name: str
    label: Label
    tally: Tally
    measures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioOutcome(Outcome):
    """A scenario beside its base.

    interventions: their names. spent: their cost in each replication [R], part of the cost in `measures`;
    once: what of it is paid at the start. changed_stages: of base and scenario. lift: of revenue and
    profit. naive_lift: losses at the changed stages counted as sales at the base's revenue per winner; NaN
    where no stage is changed. payback_days: NaN where `once` does not come back. assumptions: what the
    changes took for granted.
    """

    interventions: tuple[str, ...]
    spent: Floats
    once: float
    changed_stages: tuple[str, ...]
    lift: Mapping[str, Lift]
    ledger: tuple[LedgerRow, ...]
    payback_days: float
    naive_lift: float
    assumptions: tuple[Label, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Comparison:
    """A base and its scenarios over the same replications; `notes`: how to read the result, in words.

    uncertainty: the same over draws of the uncertain numbers; None where there are none, or none were asked for. All
    else is at their means.
    """

    name: Label
    currency: str
    run: Run
    engine: str
    base: Outcome
    scenarios: tuple[ScenarioOutcome, ...]
    notes: tuple[Label, ...]
    provenance: Mapping[str, Any]
    uncertainty: Uncertainty | None = None

    @property
    def replications(self) -> int:
        """How many replications there are."""
        return self.run.replications

    @property
    def table(self) -> pd.DataFrame:
        """One row for the base and one per scenario.

        Columns: scenario (its name); each measure as its mean and as `_low`, `_high`, `_range_low`,
        `_range_high`; `lift_revenue` and `lift_profit`, each as its mean and as `_low`, `_high`,
        `_low_all`, `_high_all`, `_relative`, `_relative_low`, `_relative_high` and `_p_better`; naive_lift,
        payback_days. Missing where undefined, as all lifts are for the base.
        """
        import pandas as pd

        table = pd.DataFrame([_row(outcome) for outcome in (self.base, *self.scenarios)])
        return table.astype(dict.fromkeys(table.columns[1:], float))

    def __repr__(self) -> str:
        base = self.base.measures["revenue"]
        lifts = "".join(f", {one.name} {_signed(one.lift['revenue'])}" for one in self.scenarios)
        money = f"{show(base)} {self.currency}".rstrip()
        return f"Comparison({self.replications} replications: revenue {money}{lifts})"

    def _repr_html_(self) -> str:
        columns = ["scenario", "customers", "won", "conversion", "revenue", "profit"]
        columns += ["lift_revenue", "lift_revenue_low", "lift_revenue_high", "lift_revenue_p_better"]
        table = self.table[columns].to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def compare(  # noqa: PLR0913 (the settings of a run, by keyword)
    study: Study,
    *,
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    engine: str = "compiled",
    jobs: int = 1,
    backend: str = "local",
    scheduler: str | None = None,
    resume: bool = False,
    precision: str | float | Precision | None = None,
    within: str | Sequence[float | str] | None = None,
    draws: int | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Run the base and the scenarios of a study on the same customers.

    The settings of the study's run may be overridden; times are days or texts with a unit. precision: go on
    until every scenario's lift in revenue is as precise (`"2%"` of itself, or a number: an amount), with 10
    to 1,000 replications, or at most `replications`; a lift below 1% of the base's revenue need only be as
    precise as that 1%. jobs, backend, scheduler, resume, within: as in `simulate`. draws: of the study's
    uncertain numbers, as in `assess`; 0 leaves them at their means. progress is called with the runs of a funnel done
    and their number at most, and then with the draws. Raises InputError for wrong settings, TooLargeError
    beyond the budget, MissingExtraError without Dask, InterruptedRunError on Ctrl-C.
    """
    run = make_run(study.run, replications, seed, horizon, warm_up, cohort, start)
    wanted = None if precision is None else parse_precision(precision)
    targets = parse_targets(within)
    workers = check_workers(jobs, backend, scheduler)
    check_engine(engine)
    from funnelsim.worlds import scenarios_of

    asked = scenarios_of(study)
    funnels = [study.funnel, *(scenario.funnel for scenario in asked)]
    most = check_size(funnels, run, replications, wanted, allow_large=allow_large)
    plans = tuple(make_plan(funnel, run) for funnel in funnels)
    staffs = tuple(
        make_staff(funnel, run.start, plan.touchpoints, targets) for funnel, plan in zip(funnels, plans, strict=True)
    )

    visits = math.fsum(expected_visits(funnel, run) for funnel in funnels)

    def is_enough(done: Sequence[Round]) -> bool:
        return wanted is not None and are_precise(done, wanted)

    rounds, notes = replicate(
        RoundJob(engine, run.seed, visits, plans, staffs),
        most,
        is_enough if wanted else None,
        workers=workers,
        resume=resume,
        progress=progress,
        weight=len(funnels),
    )
    run = replace(run, replications=len(rounds))
    provenance = describe_run(run, engine) | {
        "digest": study.digest or study.funnel.digest,
        "interventions": {
            scenario.name: [intervention.name for intervention in scenario.interventions] for scenario in asked
        },
    }
    tallies = [
        make_tally(
            [one.counts[i] for one in rounds],
            funnel,
            run,
            engine,
            provenance | {"digest": funnel.digest},
            targets=targets,
        )
        for i, funnel in enumerate(funnels)
    ]
    base = Outcome("base", Label("Base", "База"), tallies[0], measure(tallies[0]))
    scenarios = tuple(
        _judge(scenario, base, tally, [one.ledgers[i] for one in rounds], len(asked))
        for i, (scenario, tally) in enumerate(zip(asked, tallies[1:], strict=True))
    )
    doubts: Uncertainty | None = None
    if draws != 0 and study.uncertain:
        from funnelsim.uncertainty import assess

        doubts = assess(
            study, run=run, draws=draws, engine=engine, jobs=jobs, allow_large=allow_large, progress=progress
        )
    return Comparison(
        name=title_of(study),
        currency=study.funnel.currency,
        run=run,
        engine=engine,
        base=base,
        scenarios=scenarios,
        notes=(*notes, *_notes(scenarios)),
        provenance=provenance,
        uncertainty=doubts,
    )


def saved(comparison: Comparison, scenario: str) -> tuple[Saved, ...]:
    """Return, for every changed stage, who was lost there in the base and what became of them.

    Stages where the base lost nobody are left out. Raises InputError for an unknown scenario.
    """
    outcome = find_scenario(comparison, scenario)
    return tuple(one for one in find_saved(outcome.ledger, outcome.changed_stages) if one.rows)


def saved_table(comparison: Comparison, scenario: str) -> pd.DataFrame:
    """Return `saved` as a table: stage, lost, won, still_lost, lost_later, open, absent, revenue."""
    import pandas as pd

    columns = ["stage", "lost", "won", "still_lost", "lost_later", "open", "absent", "revenue"]
    rows = [[getattr(one, column) for column in columns] for one in saved(comparison, scenario)]
    return pd.DataFrame(rows, columns=columns).astype({"stage": "str", **dict.fromkeys(columns[1:], float)})


def ledger_table(comparison: Comparison, scenario: str) -> pd.DataFrame:
    """Return the ledger of a scenario: `base_` and `scenario_` fate, stage and cause; customers, revenue."""
    return tabulate(find_scenario(comparison, scenario).ledger)


def find_scenario(comparison: Comparison, name: str) -> ScenarioOutcome:
    """Return the outcome of a scenario by its name; raises InputError where there is none."""
    for outcome in comparison.scenarios:
        if outcome.name == name:
            return outcome
    names = ", ".join(outcome.name for outcome in comparison.scenarios)
    raise InputError(f"there is no scenario {name!r}; there is: {names}")


def comparison_document(comparison: Comparison, language: str) -> dict[str, Any]:
    """Return what `compare --format json` prints, as plain data; undefined is None."""
    return {
        "funnel": comparison.name.text(language),
        "currency": comparison.currency,
        "seed": comparison.run.seed,
        "replications": comparison.replications,
        "engine": comparison.engine,
        "provenance": dict(comparison.provenance),
        "base": describe_estimates(comparison.base.measures) | _describe_teams(comparison.base),
        "scenarios": [
            {
                "name": outcome.name,
                "label": outcome.label.text(language),
                **describe_estimates(outcome.measures),
                **_describe_teams(outcome),
                "lift": {name: describe_lift(lift) for name, lift in outcome.lift.items()},
                "ledger": describe_ledger(outcome.ledger),
                "payback_days": to_number(outcome.payback_days),
                "naive_lift": to_number(outcome.naive_lift),
                "assumptions": [assumption.text(language) for assumption in outcome.assumptions],
            }
            for outcome in comparison.scenarios
        ],
        "notes": [note.text(language) for note in comparison.notes],
        **_describe_doubts(comparison.uncertainty, language),
    }


def _describe_doubts(doubts: Uncertainty | None, language: str) -> dict[str, Any]:
    """Return what the doubt about the numbers comes to, if any was asked for."""
    if doubts is None:
        return {}
    from funnelsim.uncertainty import uncertainty_document

    return {"uncertainty": uncertainty_document(doubts, language)}


def _describe_teams(outcome: Outcome) -> dict[str, Any]:
    """Return the teams of a world that has any."""
    teams = describe_teams(outcome.tally, by_hour=False)
    return {"teams": teams} if teams else {}


def _judge(
    scenario: Scenario, base: Outcome, tally: Tally, ledgers: Sequence[LedgerCounts], scenarios: int
) -> ScenarioOutcome:
    from funnelsim.files.changes import changed_stages

    before = base.tally
    once = float(sum(intervention.once for intervention in scenario.interventions))
    spent = spend(scenario.interventions, tally.days)
    changed = changed_stages(before.funnel, tally.funnel)
    lift = {
        "revenue": estimate_lift(before.revenue, tally.revenue, scenarios),
        "profit": estimate_lift(before.profit, tally.profit - spent, scenarios),
    }
    return ScenarioOutcome(
        name=scenario.name,
        label=scenario.label,
        tally=tally,
        measures=measure(tally, spent),
        interventions=tuple(intervention.name for intervention in scenario.interventions),
        spent=spent,
        once=once,
        changed_stages=changed,
        lift=lift,
        ledger=make_ledger(ledgers, _names(before), _names(tally)),
        payback_days=payback_days(once, lift["profit"].mean + once, mean(tally.days)),
        naive_lift=_naive_lift(before, tally, changed),
        assumptions=tally.funnel.assumptions,
    )


def _names(tally: Tally) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(stage.name for stage in tally.funnel.stages), tally.causes


def _naive_lift(before: Tally, after: Tally, changed: Sequence[str]) -> float:
    """Count losses avoided at the changed stages as sales, each at the base's revenue per winner.

    Avoided is what the base's visitors of a stage would be spared by the scenario's share of losses there, all of
    them where the stage is gone; so more visitors from an improvement upstream do not count against it.
    """
    won = mean(before.won)
    if not changed or not won > 0.0:
        return float("nan")
    avoided = sum(_avoided(before, after, stage) for stage in changed if stage in before.stages)
    return avoided * mean(before.revenue) / won


def _avoided(before: Tally, after: Tally, stage: str) -> float:
    here = before.stages.index(stage)
    spared = before.lost[:, here].astype(np.float64)
    if stage in after.stages:
        there = after.stages.index(stage)
        share = after.lost[:, there] / np.maximum(after.visits[:, there], 1)
        spared -= share * before.visits[:, here]
    return mean(spared)


def _notes(scenarios: Sequence[ScenarioOutcome]) -> tuple[Label, ...]:
    """Return what to bear in mind: removed causes are taken as independent, and the best looks too good."""
    notes: list[Label] = []
    if any(scenario.changed_stages for scenario in scenarios):
        notes.append(
            Label(
                "Who is no longer lost to one cause meets the other causes as before: causes are taken as "
                "independent within a segment, which data cannot prove.",
                "Кого не потеряли по одной причине, тот встречает остальные как прежде: причины внутри "
                "сегмента считаются независимыми, а проверить это по данным нельзя.",
            )
        )
    if len(scenarios) > 1:
        errors = f"{expected_best(len(scenarios)):.2f}"
        notes.append(
            Label(
                f"The best of {len(scenarios)} scenarios looks too good: by about {errors} standard errors of "
                "its lift if all were equal. Run the winner again with another seed.",
                f"Лучший из сценариев (их {len(scenarios)}) выглядит лучше, чем есть: примерно на "
                f"{errors.replace('.', ',')} стандартной ошибки, если все равны. "
                "Проверьте победителя с другим seed.",
            )
        )
    return tuple(notes)


def _row(outcome: Outcome) -> dict[str, Any]:
    row: dict[str, Any] = {"scenario": outcome.name}
    for name, estimate in outcome.measures.items():
        row |= flatten_estimate(name, estimate)
    lifts = outcome.lift if isinstance(outcome, ScenarioOutcome) else {}
    for name in LIFTED:
        row |= flatten_lift(f"lift_{name}", lifts.get(name, NO_LIFT))
    for name in ("naive_lift", "payback_days"):
        row[name] = getattr(outcome, name, float("nan"))
    return row


def _signed(lift: Lift) -> str:
    return ("+" if lift.mean >= 0 else "") + show(lift)
