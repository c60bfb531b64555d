"""Made-up results in the shape of the contract, for whoever shows them."""

from __future__ import annotations

from typing import Any

import pytest

from funnelsim.causes import Cause, Label, Side
from funnelsim.model import Funnel, Intervention, Run, Scenario, Stage, Study, Team

EVIL = "=1+1 [red]x[/red]\x1b[31m"


def _measure(mean: float, half: float) -> dict[str, Any]:
    return {"mean": mean, "low": mean - half, "high": mean + half, "range": [mean - 3 * half, mean + 3 * half]}


def _world(factor: float) -> dict[str, Any]:
    return {
        "customers": _measure(27056.0, 31.2),
        "won": _measure(621.0 * factor, 4.1),
        "conversion": _measure(0.02295 * factor, 0.00015),
        "revenue": _measure(6212345.0 * factor, 41000.0),
        "cost": _measure(883123.0, 912.0),
        "profit": _measure(6212345.0 * factor - 883123.0, 41000.0),
    }


def _lift(mean: float, half: float, relative: float, p_better: float) -> dict[str, Any]:
    return {
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
        "low_all": mean - 1.25 * half,
        "high_all": mean + 1.25 * half,
        "relative": {"mean": relative, "low": relative - 0.011, "high": relative + 0.012},
        "p_better": p_better,
    }


def _row(base: tuple[str, ...], scenario: tuple[str, ...], customers: float, revenue: float) -> dict[str, Any]:
    fates = [dict(zip(("fate", "stage", "cause"), (*fate, None, None), strict=False)) for fate in (base, scenario)]
    return {"base": fates[0], "scenario": fates[1], "customers": customers, "revenue": revenue}


@pytest.fixture
def ledger() -> list[dict[str, Any]]:
    """A ledger: 200 of those lost to slow answers are saved, of whom 40 buy; 2 who bought are lost."""
    slow = ("lost", "lead", "slow_response")
    return [
        _row(slow, ("won",), 40.0, 400000.0),
        _row(slow, ("lost", "demo", "no_trust"), 90.0, 0.0),
        _row(slow, ("lost", "demo", "forgot"), 30.0, 0.0),
        _row(slow, ("lost", "demo", "no_demo_held"), 15.0, 0.0),
        _row(slow, ("lost", "payment", "forgot"), 8.0, 0.0),
        _row(slow, ("lost", "payment", "apathy"), 5.0, 0.0),
        _row(slow, ("open",), 12.0, 0.0),
        _row(slow, ("lost", "lead", "spam"), 3.0, 0.0),
        _row(("won",), ("lost", "lead", "spam"), 2.0, -20000.0),
        _row(("open",), ("won",), 4.0, 32345.0),
        _row(("absent",), ("won",), 0.0, 0.0),
        _row(("won",), ("won",), 615.0, 0.0),
        _row(("lost", "lead", "spam"), ("lost", "lead", "spam"), 26232.0, 0.0),
    ]


@pytest.fixture
def compared(ledger: list[dict[str, Any]]) -> dict[str, Any]:
    """The document of a comparison with two scenarios, the second of them with a hostile label."""
    return {
        "funnel": "SaaS seller",
        "currency": "USD",
        "seed": 2015,
        "replications": 200,
        "engine": "reference",
        "provenance": {
            "window": {"start": "2026-01-05", "horizon": 365.0, "warm_up": 0.0},
            "digest": "abc",
            "interventions": {"fast": ["fast", "demo"]},
        },
        "base": _world(1.0),
        "scenarios": [
            {
                "name": "fast",
                "label": "Answer within 5 minutes",
                **_world(1.0664),
                "lift": {
                    "revenue": _lift(412345.0, 41000.0, 0.0664, 0.99991),
                    "profit": _lift(362345.0, 41000.0, 0.068, 0.9995),
                },
                "ledger": ledger,
                "payback_days": 48.3,
                "naive_lift": 2000000.0,
                "assumptions": ["Who is saved meets the later stages like everyone else."],
            },
            {
                "name": "evil",
                "label": EVIL,
                **_world(1.0),
                "lift": {
                    "revenue": _lift(1000.0, 41000.0, 0.0002, 0.519),
                    "profit": _lift(-9000.0, 41000.0, -0.001, 0.3),
                },
                "ledger": [_row(("won",), ("won",), 621.0, 1000.0)],
                "payback_days": None,
                "naive_lift": None,
                "assumptions": [],
            },
        ],
        "notes": ["A note of the comparison."],
    }


@pytest.fixture
def ran() -> dict[str, Any]:
    """The document of a run with three stages, 20 causes at the first and none at the last."""
    causes = {f"cause_{i:02}": 400.0 - 10.0 * i for i in range(19)} | {"slow_response": 16300.0}
    lost = sum(causes.values())
    nothing = {"mean": None, "p50": None, "p90": None}
    return {
        "funnel": "SaaS seller",
        "currency": "USD",
        "seed": 2015,
        "replications": 200,
        "engine": "reference",
        "provenance": {"window": {"start": "2026-01-05", "cohort": 27056}, "digest": "abc"},
        **_world(1.0),
        "stages": [
            {
                "stage": "lead",
                "visits": 27056.0,
                "completed": 27056.0 - lost - 262.0,
                "lost": lost,
                "open": 262.0,
                "losses": causes,
                "wait": {"mean": 0.45, "p50": 0.2, "p90": 1.2},
                "time": {"mean": 1.3, "p50": 0.2, "p90": 4.0},
            },
            {
                "stage": "demo",
                "visits": 4604.0,
                "completed": 621.0,
                "lost": 3983.0,
                "open": 0.0,
                "losses": {"no_demo_held": 3983.0, "shyness": 0.0},
                "wait": nothing,
                "time": {"mean": 27.1, "p50": 20.0, "p90": 60.0},
            },
            {
                "stage": "payment",
                "visits": 621.0,
                "completed": 621.0,
                "lost": 0.0,
                "open": 0.0,
                "losses": {},
                "wait": nothing,
                "time": {"mean": 0.0, "p50": 0.0, "p90": 0.0},
            },
        ],
        "notes": [],
    }


def _replies(*shares: float) -> list[dict[str, float]]:
    times = (2 / 1440, 1 / 24, 1.0)
    return [{"time": time, "share": share} for time, share in zip(times, shares, strict=True)]


def make_team(size: int, utilisation: float, cost: float, *shares: float) -> dict[str, Any]:
    """A team in the short form of a comparison."""
    return {
        "team": "sales",
        "size": size,
        "served": 22000.0,
        "abandoned": 5056.0,
        "utilisation": utilisation,
        "queue": {"mean": 3.21, "open": 6.5},
        "reply_within": _replies(*shares),
        "staff_hours": 2088.0 * size,
        "staff_cost": cost,
    }


@pytest.fixture
def manned(ran: dict[str, Any]) -> dict[str, Any]:
    """The run with a team at its first stage: busiest on Monday at 9, its queue longest an hour before."""
    ran["stages"][0] |= {"answered": 22000.0, "reply_within": _replies(0.31, 0.62, 0.81)}
    hours = [
        {
            "weekday": weekday,
            "hour": hour,
            "utilisation": None if day > 4 or not 9 <= hour < 18 else 0.9 - 0.01 * hour - 0.05 * day,
            "queue": 12.4 if (day, hour) == (0, 8) else 0.5,
        }
        for day, weekday in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
        for hour in range(24)
    ]
    ran["teams"] = [make_team(4, 0.92, 313200.0, 0.31, 0.62, 0.81) | {"by_hour": hours}]
    return ran


@pytest.fixture
def staffed(compared: dict[str, Any]) -> dict[str, Any]:
    """The comparison with a team in every world: two more people in the first scenario, as before in the second."""
    base = make_team(4, 0.92, 313200.0, 0.31, 0.62, 0.81)
    compared["base"]["teams"] = [base]
    compared["scenarios"][0]["teams"] = [make_team(6, 0.614, 469800.0, 0.88, 0.97, 0.99)]
    compared["scenarios"][1]["teams"] = [base]
    return compared


@pytest.fixture
def study() -> Study:
    """The study that the made-up results are of, with labels in both languages and notes."""
    labels = {"lead": ("Lead", "Лид"), "demo": ("Demo", "Демо"), "payment": ("Payment", "Оплата")}
    stages = tuple(Stage(name, name, Label(*label), (), ()) for name, label in labels.items())
    own = Cause("no_demo_held", Label("No demo held", "Демо не состоялось"), Side.COMPANY, Label("", ""))
    team = Team("sales", "sales", Label("Sales", "Продажи"), 4)
    funnel = Funnel(Label("SaaS seller", "Продавец SaaS"), "USD", (), stages, (), causes=(own,), teams=(team,))
    fast = Intervention("fast", Label("Answer", "Ответ"), (), note="Observational, not causal.")
    return Study(
        funnel,
        Run(replications=200, seed=2015),
        interventions=(fast,),
        scenarios=(
            Scenario("fast", Label("Answer within 5 minutes", "Ответ за 5 минут"), funnel, (fast,)),
            Scenario("evil", Label(EVIL, EVIL), funnel),
        ),
        note="A teaching [bold]example[/bold].",
    )
