"""The files of a beginning as texts: funnel, scenarios, sample data with its mapping, notebook, editor settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from funnelsim.files.json_schema import schema_text
from funnelsim.files.loading import loads
from funnelsim.files.mapping_parts import mapping_schema_text
from funnelsim.histories import history
from funnelsim.reading.dirt import export_log
from funnelsim.units import format_duration
from funnelsim.views.formats import SPACE
from funnelsim.views.starting.answers import Answers, Step, split_at
from funnelsim.views.texts import text

#: A sample has at most about so many customers a day, and so much dirt of each kind.
SAMPLED, DIRT = 10.0, 0.005
#: For how long the sample is watched: a half year, or longer where the stages take so long.
WATCHED, TIMES = 180.0, 6.0
SEED: Final = 1
#: Names that YAML would take for something else.
_OTHER_THINGS = {"null", "true", "false", "nan", "inf"}


def make_files(answers: Answers, language: str) -> dict[str, str]:
    """Return the text of every file by its path in the folder.

    Raises InputError where the answers make no funnel, which no answers that `check_answers` passes should.
    """
    values = _funnel_values(answers)
    funnel = _render(f"funnel.{language}.yaml", values)
    return {
        "funnel.yaml": funnel,
        "scenarios.yaml": _render(f"scenarios.{language}.yaml", _scenario_values(answers, language)),
        **_make_sample(answers, values, language),
        "first_steps.ipynb": make_notebook(_read(f"first_steps.{language}.py")),
        ".vscode/settings.json": _write_json(_SETTINGS),
        ".vscode/funnelsim.schema.json": schema_text(),
        ".vscode/mapping.schema.json": mapping_schema_text(),
    }


_SETTINGS: Final[Mapping[str, Any]] = {
    "yaml.schemas": {
        ".vscode/funnelsim.schema.json": ["funnel*.yaml", "scenarios*.yaml", "fitted*.yaml"],
        ".vscode/mapping.schema.json": ["*.map.yaml"],
    },
}


def make_notebook(percent: str) -> str:
    """Return a notebook (nbformat 4.5, without outputs) from cells that begin with `# %%` or `# %% [markdown]`."""
    cells = []
    for number, part in enumerate(percent.split("# %%")[1:]):
        head, _, body = part.partition("\n")
        marked = head.strip() == "[markdown]"
        lines = body.strip("\n").split("\n")
        if marked:
            lines = [line.removeprefix("#").removeprefix(" ") for line in lines]
        source = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
        cell: dict[str, Any] = {"cell_type": "markdown" if marked else "code", "id": f"cell-{number}", "metadata": {}}
        cells.append(cell | ({} if marked else _CODE) | {"source": source})
    return _write_json({"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5})


_CODE: Final[dict[str, Any]] = {"execution_count": None, "outputs": []}
_KERNEL: Final[Mapping[str, Any]] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def _make_sample(answers: Answers, values: Mapping[str, Any], language: str) -> dict[str, str]:
    """Return a log as a CRM exports it, made from the funnel, and its mapping; fewer customers where there are many."""
    fewer = dict(values) | {"customers": _number(min(answers.customers, SAMPLED))}
    study = loads(_render(f"funnel.{language}.yaml", fewer), path="funnel.yaml")
    watched = max(WATCHED, TIMES * sum(step.days for step in answers.steps))
    log = history(study.funnel, run=study.run, horizon=watched, seed=SEED, engine="reference")
    export = export_log(log, dirt=DIRT, seed=SEED)
    head = "# yaml-language-server: $schema=.vscode/mapping.schema.json\n"
    truth = "".join(f"# {line}\n" for line in text("start.truth", language).split("\n"))
    return {"crm.csv": export.text, "crm.map.yaml": head + truth + export.mapping}


def _funnel_values(answers: Answers) -> dict[str, Any]:
    last = len(answers.steps)
    return {
        "title": _quote(answers.title),
        "currency": answers.currency,
        "customers": _number(answers.customers),
        "cost": _number(answers.price / 50.0),
        "price": _number(answers.price),
        "spread": _number(answers.price / 2.0),
        "stages": [
            {
                "name": _name(step),
                "label": _quote(step.label),
                "days": format_duration(step.days).replace(SPACE, " "),
                "loss": f"{_number(100.0 * step.loss)}%",
                "split": _flow(split_at(place, last)),
            }
            for place, step in enumerate(answers.steps)
        ],
    }


def _scenario_values(answers: Answers, language: str) -> dict[str, Any]:
    """Return what the scenarios are about: the leakiest stage, and the leakiest that can be dropped.

    Dropped is a stage between the first and the last, or the first of two; the last one earns.
    """
    steps = answers.steps
    worst = max(steps, key=lambda step: step.loss)
    droppable = range(1, len(steps) - 1) if len(steps) > 2 else range(len(steps) - 1)
    place = max(droppable, key=lambda place: steps[place].loss, default=None)
    monthly = answers.customers * 30.0 * answers.price
    values = {
        "worst": {"label": worst.label, "path": worst.name},
        "halve": _quote(text("start.halve", language, stage=worst.label)),
        "both": _quote(text("start.both", language)),
        "once": _number(_round(monthly / 100.0)),
        "monthly": _number(_round(monthly / 200.0)),
        "advertising": _number(_round(monthly * 0.2 / 50.0 / 2.0)),
        "dropped": None,
    }
    if place is None:
        return values
    dropped, following = steps[place], steps[place + 1]
    return values | {
        "dropped": {"name": _name(dropped), "label": dropped.label},
        "following": {"path": following.name},
        "drop": _quote(text("start.drop", language, stage=dropped.label)),
    }


# ---- writing -------------------------------------------------------------------------------------------------------


def _render(name: str, values: Mapping[str, Any]) -> str:
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 (no HTML)
    return environment.from_string(_read(name)).render(values)


def _read(name: str) -> str:
    return (resources.files("funnelsim.views.starting") / "templates" / f"{name}.jinja").read_text(encoding="utf-8")


def _name(step: Step) -> str:
    return _quote(step.name) if step.name in _OTHER_THINGS else step.name


def _quote(content: str) -> str:
    """Return a free text as YAML, which reads what JSON quotes."""
    return json.dumps(content, ensure_ascii=False)


def _flow(weights: Mapping[str, int]) -> str:
    return "{" + ", ".join(f"{cause}: {weight}" for cause, weight in weights.items()) + "}"


def _number(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _round(value: float) -> float:
    """Return an amount as one would guess it: two digits that are not 0."""
    return float(f"{value:.1e}")


def _write_json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
