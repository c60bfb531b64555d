"""The catalogue of causes: its order, its words and what it says about each cause."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import pytest

from funnelsim.causes import CATALOGUE, Cause, Label, Side

# The normative list, key and Russian label, in the order that addresses the draws.
BUYER = {
    "changed_mind": "передумал",
    "low_attention": "низкий уровень концентрации внимания",
    "distracted": "отвлёкся или отвлекли",
    "forgot": "забыл",
    "apathy": "лень, апатия",
    "information_not_found": "не нашёл информацию",
    "could_not_work_out": "не сообразил, как пользоваться",
    "did_not_understand": "не понял",
    "shyness": "стеснение",
    "inconvenient": "неудобно пользоваться",
    "limited_resources": "ограничены время, деньги, трудозатраты",
    "competitor_offer": "предложение конкурентов",
    "other_temptation": "другой соблазн, другая проблема",
}
COMPANY = {
    "no_next_step": "не назначен следующий шаг",
    "broken_promise": "неисполнение обязательств",
    "no_information": "отсутствие информации по решению проблемы",
    "no_trust": "нет доверия к компании",
    "unprofessional": "непрофессиональное общение",
    "uncompetitive_offer": "неконкурентное предложение",
    "touchpoint_down": "некорректная работа точек контакта",
    "slow_response": "медленный ответ",
    "terms_unsuitable": "не устроили сроки или порядок",
}
NEITHER = {
    "spam": "спам",
    "only_comparing": "сравнивал, не собирался покупать",
}
NORMATIVE = BUYER | COMPANY | NEITHER

# The ways to lose a customer that a stage can name, and the verbs that change a funnel.
MECHANISMS = {"chance", "budget", "patience", "time_to_loss", "forgetting", "availability"}
VERBS = {
    "set",
    "scale",
    "add",
    "remove",
    "remove_stage",
    "merge_stages",
    "add_stage",
    "move_stage",
    "remind",
    "respond_within",
    "staff",
    "hours",
    "reroute",
    "add_touchpoint",
    "price",
}

every_cause = pytest.mark.parametrize("cause", CATALOGUE.values(), ids=lambda cause: cause.key)


def test_order_is_normative() -> None:
    """The 24 causes stand in their fixed order: draws are paired by the place of a cause in it."""
    assert list(CATALOGUE) == list(NORMATIVE)
    assert len(NORMATIVE) == 24


def test_keys_are_those_of_their_causes() -> None:
    """Each cause is found under its own key, and no key stands twice."""
    assert [cause.key for cause in CATALOGUE.values()] == list(CATALOGUE)


def test_sides_are_normative() -> None:
    """Thirteen causes are the buyer's, nine the company's, two concern people who were never going to buy."""
    sides = {
        side: {key for key, cause in CATALOGUE.items() if cause.side is side}
        for side in (Side.BUYER, Side.COMPANY, Side.NONE)
    }
    assert sides == {Side.BUYER: set(BUYER), Side.COMPANY: set(COMPANY), Side.NONE: set(NEITHER)}
    assert [len(keys) for keys in sides.values()] == [13, 9, 2]


@every_cause
def test_russian_labels_are_normative(cause: Cause) -> None:
    """The Russian label is the normative one, beginning with a capital letter."""
    wanted = NORMATIVE[cause.key]
    assert cause.label.ru == wanted[0].upper() + wanted[1:]


@every_cause
def test_each_text_is_in_its_own_script(cause: Cause) -> None:
    """English texts have no Cyrillic letter, Russian ones no Latin letter: no look-alike slipped in."""
    for text in (cause.label, cause.meaning):
        assert not re.search("[а-яё]", text.en, re.IGNORECASE)
        assert not re.search("[a-z]", text.ru, re.IGNORECASE)
        assert re.search("[a-z]", text.en, re.IGNORECASE)
        assert re.search("[а-яё]", text.ru, re.IGNORECASE)


@every_cause
def test_a_meaning_is_one_sentence(cause: Cause) -> None:
    """A meaning is a single sentence with a full stop at its end, and says more than the label."""
    for language in ("en", "ru"):
        text = cause.meaning.text(language)
        assert text.endswith(".")
        assert text.count(". ") == 0
        assert "  " not in text
        assert len(text) > len(cause.label.text(language)) + 15


def test_labels_and_meanings_are_distinct() -> None:
    """No two causes have the same label or the same meaning, in either language."""
    for language in ("en", "ru"):
        assert len({cause.label.text(language) for cause in CATALOGUE.values()}) == 24
        assert len({cause.meaning.text(language) for cause in CATALOGUE.values()}) == 24


@every_cause
def test_mechanisms_and_interventions_exist(cause: Cause) -> None:
    """A default mechanism is one a stage can name; a usual intervention is a verb, named once."""
    assert cause.mechanism in MECHANISMS
    assert cause.interventions
    assert set(cause.interventions) <= VERBS
    assert len(set(cause.interventions)) == len(cause.interventions)


def test_default_mechanisms() -> None:
    """Causes that have a mechanism of their own take it by default; all others are chances."""
    special = {key: cause.mechanism for key, cause in CATALOGUE.items() if cause.mechanism != "chance"}
    assert special == {
        "changed_mind": "time_to_loss",
        "low_attention": "budget",
        "distracted": "time_to_loss",
        "forgot": "forgetting",
        "competitor_offer": "time_to_loss",
        "other_temptation": "time_to_loss",
        "touchpoint_down": "availability",
        "slow_response": "patience",
    }


def test_only_those_who_are_no_leads_are_tried_once() -> None:
    """`visits: first` is the default of spam and only_comparing alone: who came back once is a real lead."""
    assert {key for key, cause in CATALOGUE.items() if cause.visits == "first"} == set(NEITHER)
    assert {cause.visits for cause in CATALOGUE.values()} == {"first", "every"}


def test_a_label_speaks_both_languages() -> None:
    """A label gives its Russian text for `ru` and its English text for everything else."""
    label = Label("Forgot", "Забыл")
    assert label.text("ru") == "Забыл"
    assert label.text("en") == "Forgot"


def test_the_catalogue_cannot_be_changed() -> None:
    """Neither the catalogue nor a cause in it can be edited in place."""
    with pytest.raises(TypeError, match="does not support item assignment"):
        CATALOGUE["forgot"] = CATALOGUE["spam"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError, match="cannot assign to field"):
        CATALOGUE["forgot"].visits = "first"  # type: ignore[misc]
