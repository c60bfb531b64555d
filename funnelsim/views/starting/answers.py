"""What a first funnel is made of: the answers to a few questions, and how what was typed becomes an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from funnelsim.errors import InputError
from funnelsim.units import parse_amount, parse_duration, parse_share
from funnelsim.views.naming import clean
from funnelsim.views.texts import text

#: More stages than that make no first funnel.
MOST_STAGES: Final = 20
#: Losses and mean times (days) of stages about which nothing was said: the first, those between, the last.
FIRST, BETWEEN, LAST = (0.45, 1.0 / 48.0), (0.30, 2.0), (0.12, 3.0)
#: What customers are lost to, and in what proportion: at the first stage, then in turn, and at the last.
FIRST_SPLIT: Final = {"information_not_found": 3, "distracted": 2, "no_trust": 1}
SPLITS_BETWEEN: Final = (
    {"slow_response": 3, "competitor_offer": 2, "spam": 1},
    {"competitor_offer": 3, "no_trust": 2, "no_next_step": 2},
    {"terms_unsuitable": 3, "changed_mind": 2, "did_not_understand": 1},
)
LAST_SPLIT: Final = {"changed_mind": 2, "limited_resources": 1}
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of a first funnel. loss: share of those who come to it, below 1; days: mean time spent there."""

    label: str
    loss: float
    days: float

    @property
    def name(self) -> str:
        """The stage's name in files: its label in small letters, with `_` for all that a name must not hold."""
        return name_of(self.label)


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything that a first funnel says. customers: new ones a day; price: mean revenue of a sale."""

    title: str
    currency: str
    customers: float
    price: float
    steps: tuple[Step, ...]


def default_answers(language: str) -> Answers:
    """Return the answers of someone who has not been asked."""
    return Answers(
        title=text("start.title", language),
        currency=text("start.currency", language),
        customers=20.0,
        price=float(text("start.price", language)),
        steps=make_steps(parse_stages(text("start.stages", language))),
    )


def make_steps(labels: Sequence[str]) -> tuple[Step, ...]:
    """Return stages of these labels with the losses and times that are assumed where nothing is known."""
    last = len(labels) - 1
    assumed = (LAST if place == last else BETWEEN if place else FIRST for place in range(len(labels)))
    return tuple(Step(label, *numbers) for label, numbers in zip(labels, assumed, strict=True))


def split_at(place: int, stages: int) -> dict[str, int]:
    """Return causes and weights of what is lost at a stage, by its place."""
    if place == stages - 1:
        return dict(LAST_SPLIT)
    return dict(SPLITS_BETWEEN[(place - 1) % len(SPLITS_BETWEEN)] if place else FIRST_SPLIT)


def name_of(label: str) -> str:
    """Return a name for a label; empty where there is no letter or digit in it."""
    name = re.sub(r"\W+", "_", clean(label).strip().lower()).strip("_")
    return f"_{name}" if name[:1].isdigit() else name


# ---- what was typed ------------------------------------------------------------------------------------------------


def parse_stages(typed: str) -> tuple[str, ...]:
    """Return the labels of stages from a list with commas; raises ValueError, saying what is wrong with it."""
    labels = tuple(clean(part).strip() for part in typed.split(","))
    names = [name_of(label) for label in labels]
    if not all(names):
        raise ValueError("expected names of stages with commas between them, each with a letter in it")
    if len(labels) > MOST_STAGES:
        raise ValueError(f"expected at most {MOST_STAGES} stages to begin with, found {len(labels)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two stages would be called `{twice[0]}`")
    return labels


def parse_loss(typed: str) -> float:
    """Return the share lost at a stage, such as `30%`; raises ValueError unless it is from 0% to below 100%."""
    loss = parse_share(typed)
    if loss >= 1.0:
        raise ValueError(f"expected a share below 100%, found {typed!r}: nobody would pass the stage")
    return loss


def parse_days(typed: str) -> float:
    """Return the mean time at a stage in days, from a duration such as `2 d`; raises ValueError unless above 0."""
    days = parse_duration(typed)
    if not days > 0.0:
        raise ValueError(f"expected a duration above 0, found {typed!r}")
    return days


def parse_positive(typed: str) -> float:
    """Return an amount above 0; raises ValueError otherwise."""
    amount = parse_amount(typed)
    if not amount > 0.0:
        raise ValueError(f"expected an amount above 0, found {typed!r}")
    return amount


def parse_currency(typed: str) -> str:
    """Return a currency, such as `USD`; raises ValueError unless it has three letters."""
    code = typed.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise ValueError(f"expected three letters such as `USD` or `RUB`, found {typed!r}")
    return code


def parse_title(typed: str) -> str:
    """Return a name for people; raises ValueError where it is empty."""
    title = clean(typed).strip()
    if not title:
        raise ValueError("expected a name")
    return title


def check_answers(answers: Answers) -> None:
    """Refuse answers of which no funnel can be made; raises InputError with every reason."""
    problems: list[str] = []
    for what, check, value in (
        ("title", parse_title, answers.title),
        ("currency", parse_currency, answers.currency),
        ("customers", parse_positive, answers.customers),
        ("price", parse_positive, answers.price),
        ("steps", parse_stages, ",".join(step.label.replace(",", " ") for step in answers.steps)),
        *((f"steps: {step.label}: loss", parse_loss, step.loss) for step in answers.steps),
        *((f"steps: {step.label}: days", parse_days, f"{step.days!r} d") for step in answers.steps),
    ):
        try:
            check(str(value))
        except ValueError as error:
            problems.append(f"{what}: {error}")
    if problems:
        raise InputError(*problems)
