"""Questions to whoever sits at the terminal: asked on stderr, answered on stdin, asked again if need be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from funnelsim.cli.words import tell
from funnelsim.errors import InputError

if TYPE_CHECKING:
    from funnelsim.views.starting import Answers

Answer = TypeVar("Answer")


def ask_answers(language: str) -> Answers:
    """Return the answers to what a first funnel is made of; Enter takes the default."""
    from funnelsim.units import format_duration
    from funnelsim.views.starting import answers as first
    from funnelsim.views.texts import text

    default = first.default_answers(language)
    tell(text("start.ask", language))
    title = ask(text("start.ask.title", language), default.title, first.parse_title, language)
    usual = ", ".join(step.label for step in default.steps)
    steps = []
    for step in first.make_steps(ask(text("start.ask.stages", language), usual, first.parse_stages, language)):
        loss, days = f"{100 * step.loss:g}%", format_duration(step.days, language)
        steps.append(
            first.Step(
                step.label,
                ask(text("start.ask.loss", language, stage=step.label), loss, first.parse_loss, language),
                ask(text("start.ask.days", language, stage=step.label), days, first.parse_days, language),
            )
        )
    return first.Answers(
        title=title,
        customers=ask(text("start.ask.customers", language), f"{default.customers:g}", first.parse_positive, language),
        currency=ask(text("start.ask.currency", language), default.currency, first.parse_currency, language),
        price=ask(text("start.ask.price", language), f"{default.price:g}", first.parse_positive, language),
        steps=tuple(steps),
    )


def ask(question: str, default: str, parse: Callable[[str], Answer], language: str) -> Answer:
    """Ask until `parse` takes the answer; raises InputError where no answer comes any more."""
    from funnelsim.views.texts import text

    while True:
        sys.stderr.write(f"{question} [{default}] ")
        sys.stderr.flush()
        typed = sys.stdin.readline()
        if not typed:
            raise InputError("the questions were not answered: nothing is written")
        try:
            return parse(typed.strip() or default)
        except ValueError as error:
            tell(text("start.ask.again", language, problem=error))
