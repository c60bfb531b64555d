"""Causes of loss: the words for them and the catalogue of 24.

A *cause* is a named reason why a customer leaves the funnel for good. It belongs to a *side*: the buyer, the
company, or neither (those who were never going to buy). Its *mechanism* is how it usually takes a customer:
at one moment (`chance`, `availability`), by using up a stock (`budget`), after a time (`time_to_loss`,
`patience`), or by fading from memory (`forgetting`). A stage may give a cause any mechanism; the catalogue
says what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Label:
    """A text in both languages; where a file gives one string, both are that string."""

    en: str
    ru: str

    def text(self, language: str) -> str:
        """Return the text in `language` (`en` or `ru`)."""
        return self.ru if language == "ru" else self.en


class Side(StrEnum):
    """Whose doing a loss is."""

    BUYER = "buyer"
    COMPANY = "company"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Cause:
    """A named reason for loss.

    mechanism: the default mechanism, as a stage would write it (`chance`, `patience`, `time_to_loss`,
    `forgetting`, `budget`, `availability`); visits: `every` or `first`, for its chances;
    interventions: the changes that usually act on it, the most direct first.
    """

    key: str
    label: Label
    side: Side
    meaning: Label
    mechanism: str = "chance"
    visits: str = "every"
    interventions: tuple[str, ...] = ()


_BUYER = (
    Cause(
        key="changed_mind",
        label=Label("Changed their mind", "Передумал"),
        side=Side.BUYER,
        meaning=Label(
            "The wish itself is gone: the customer decided not to buy this at all, from you or from anybody.",
            "Само желание прошло: клиент решил вообще не покупать — ни у вас, ни у кого-то другого.",
        ),
        mechanism="time_to_loss",
        interventions=("remove_stage", "merge_stages", "scale"),
    ),
    Cause(
        key="low_attention",
        label=Label("Low level of attention", "Низкий уровень концентрации внимания"),
        side=Side.BUYER,
        meaning=Label(
            "The customer's attention ran out before your text, form or conversation did: tired or in a "
            "hurry, they stopped taking it in.",
            "Внимание клиента кончилось раньше, чем ваш текст, анкета или разговор: он устал или спешит "
            "и больше не вникает.",
        ),
        mechanism="budget",
        interventions=("remove_stage", "merge_stages", "scale"),
    ),
    Cause(
        key="distracted",
        label=Label("Got distracted", "Отвлёкся или отвлекли"),
        side=Side.BUYER,
        meaning=Label(
            "A call, a child or a colleague interrupted the customer halfway, and they never came back.",
            "На полпути клиента прервали — звонок, ребёнок, коллега, — и к покупке он уже не вернулся.",
        ),
        mechanism="time_to_loss",
        interventions=("remove_stage", "merge_stages", "scale"),
    ),
    Cause(
        key="forgot",
        label=Label("Forgot", "Забыл"),
        side=Side.BUYER,
        meaning=Label(
            "The customer meant to go on but put it off, and when the time came, you were no longer in their mind.",
            "Клиент собирался продолжить, но отложил, а когда пришло время, о вас уже не вспомнил.",
        ),
        mechanism="forgetting",
        interventions=("remind", "remove_stage", "merge_stages", "scale"),
    ),
    Cause(
        key="apathy",
        label=Label("Apathy, reluctance to act", "Лень, апатия"),
        side=Side.BUYER,
        meaning=Label(
            "The problem is real but bearable, and solving it takes more effort than the customer feels like making.",
            "Проблема есть, но жить с ней можно, и клиенту просто неохота прилагать усилия, чтобы её решить.",
        ),
        interventions=("remove_stage", "merge_stages", "add_touchpoint", "scale"),
    ),
    Cause(
        key="information_not_found",
        label=Label("Did not find the information", "Не нашёл информацию"),
        side=Side.BUYER,
        meaning=Label(
            "The answer is there — on your site, in the price list, on the shelf — but the customer looked "
            "for it and did not find it.",
            "Ответ у вас есть — на сайте, в прайс-листе, на полке, — но клиент искал его и не нашёл.",
        ),
        interventions=("add_touchpoint", "reroute", "scale"),
    ),
    Cause(
        key="could_not_work_out",
        label=Label("Could not work out how to use it", "Не сообразил, как пользоваться"),
        side=Side.BUYER,
        meaning=Label(
            "The customer had the form, the app or the product in front of them and could not see how to make it work.",
            "Перед клиентом форма, приложение или сам товар, но что нажать и как этим пользоваться, он так "
            "и не сообразил.",
        ),
        interventions=("remove_stage", "add_touchpoint", "scale"),
    ),
    Cause(
        key="did_not_understand",
        label=Label("Did not understand", "Не понял"),
        side=Side.BUYER,
        meaning=Label(
            "The customer read or heard the offer and did not grasp what it is or why they would need it.",
            "Клиент прочитал или выслушал предложение, но не понял, что это такое и зачем оно ему.",
        ),
        interventions=("remove_stage", "add_touchpoint", "scale"),
    ),
    Cause(
        key="shyness",
        label=Label("Shyness", "Стеснение"),
        side=Side.BUYER,
        meaning=Label(
            "The customer felt awkward about calling, asking, bargaining or admitting that they do not "
            "know, and did not get in touch.",
            "Клиенту неловко позвонить, спросить, поторговаться или признаться, что он чего-то не знает, и "
            "он не обращается.",
        ),
        interventions=("add_touchpoint", "remove_stage", "scale"),
    ),
    Cause(
        key="inconvenient",
        label=Label("Inconvenient to use", "Неудобно пользоваться"),
        side=Side.BUYER,
        meaning=Label(
            "Buying or using it is a bother: a long form, a long way to go, no suitable way to pay, open "
            "only while the customer is at work.",
            "Покупать или пользоваться хлопотно: длинная анкета, далеко ехать, нельзя оплатить привычным "
            "способом, открыто, только пока клиент сам на работе.",
        ),
        interventions=("add_touchpoint", "remove_stage", "merge_stages", "scale"),
    ),
    Cause(
        key="limited_resources",
        label=Label("Short of time, money or effort", "Ограничены время, деньги, трудозатраты"),
        side=Side.BUYER,
        meaning=Label(
            "The customer wants it but has no money, no time or no strength for it now.",
            "Клиент хочет, но сейчас у него нет на это денег, времени или сил.",
        ),
        interventions=("price", "reroute", "scale"),
    ),
    Cause(
        key="competitor_offer",
        label=Label("Competitors' offer", "Предложение конкурентов"),
        side=Side.BUYER,
        meaning=Label(
            "While the customer was making up their mind, a competitor's offer turned up, and they took it.",
            "Пока клиент решал, ему подвернулось предложение конкурентов, и он его принял.",
        ),
        mechanism="time_to_loss",
        interventions=("remove_stage", "respond_within", "price", "scale"),
    ),
    Cause(
        key="other_temptation",
        label=Label("Another temptation, another problem", "Другой соблазн, другая проблема"),
        side=Side.BUYER,
        meaning=Label(
            "The money or the time went on something else entirely: a holiday, a new phone, a leaking roof.",
            "Деньги или время ушли совсем на другое: на отпуск, новый телефон, ремонт протёкшей крыши.",
        ),
        mechanism="time_to_loss",
        interventions=("remove_stage", "remind", "scale"),
    ),
)

_COMPANY = (
    Cause(
        key="no_next_step",
        label=Label("No next step agreed", "Не назначен следующий шаг"),
        side=Side.COMPANY,
        meaning=Label(
            "The conversation ended without a date and a next action, each side waited for the other, and "
            "the deal quietly died.",
            "Разговор закончился без даты и следующего действия, каждый ждал другого, и сделка тихо умерла.",
        ),
        interventions=("scale", "merge_stages", "remind"),
    ),
    Cause(
        key="broken_promise",
        label=Label("Broken promise", "Неисполнение обязательств"),
        side=Side.COMPANY,
        meaning=Label(
            "You promised to call back, to send a quote or to deliver by a date, did not do it, and the customer left.",
            "Вы обещали перезвонить, прислать расчёт или привезти к сроку, не сделали этого — и клиент ушёл.",
        ),
        interventions=("scale", "staff", "remove_stage"),
    ),
    Cause(
        key="no_information",
        label=Label("No information on solving the problem", "Отсутствие информации по решению проблемы"),
        side=Side.COMPANY,
        meaning=Label(
            "Nowhere do you say how the customer's problem is solved, so there is nothing for them to find.",
            "Вы нигде не рассказываете, как решается проблема клиента, так что находить ему нечего.",
        ),
        interventions=("add_touchpoint", "scale"),
    ),
    Cause(
        key="no_trust",
        label=Label("No trust in the company", "Нет доверия к компании"),
        side=Side.COMPANY,
        meaning=Label(
            "The customer doubts that you will deliver: no reviews, no guarantee, and payment in advance.",
            "Клиент сомневается, что вы не подведёте: отзывов нет, гарантий нет, а деньги — вперёд.",
        ),
        interventions=("scale", "add_stage", "add_touchpoint"),
    ),
    Cause(
        key="unprofessional",
        label=Label("Unprofessional communication", "Непрофессиональное общение"),
        side=Side.COMPANY,
        meaning=Label(
            "Your people were rude, could not answer the question or pressed too hard, and the customer "
            "wants no more dealings with them.",
            "Сотрудник нагрубил, не смог ответить на вопрос или слишком давил, и клиент больше не хочет "
            "иметь с вами дела.",
        ),
        interventions=("scale", "remove_stage", "add_touchpoint"),
    ),
    Cause(
        key="uncompetitive_offer",
        label=Label("Uncompetitive offer", "Неконкурентное предложение"),
        side=Side.COMPANY,
        meaning=Label(
            "The customer compared: others give more for the same money, or the same for less.",
            "Клиент сравнил: за те же деньги другие дают больше, а то же самое — дешевле.",
        ),
        interventions=("price", "scale"),
    ),
    Cause(
        key="touchpoint_down",
        label=Label("Touchpoint not working properly", "Некорректная работа точек контакта"),
        side=Side.COMPANY,
        meaning=Label(
            "The site did not open, the payment did not go through, the line was dead or the door was "
            "locked when the customer came.",
            "Сайт не открылся, оплата не прошла, телефон не работал или дверь была заперта, когда клиент пришёл.",
        ),
        mechanism="availability",
        interventions=("scale", "add_touchpoint", "reroute"),
    ),
    Cause(
        key="slow_response",
        label=Label("Slow response", "Медленный ответ"),
        side=Side.COMPANY,
        meaning=Label(
            "The customer waited for an answer for as long as they were ready to, and left before it came.",
            "Клиент прождал ответа столько, сколько был готов, и ушёл, не дождавшись.",
        ),
        mechanism="patience",
        interventions=("respond_within", "staff", "remove_stage", "scale"),
    ),
    Cause(
        key="terms_unsuitable",
        label=Label("Timing or procedure did not suit", "Не устроили сроки или порядок"),
        side=Side.COMPANY,
        meaning=Label(
            "The product would do, but the delivery date, the payment schedule, the contract or the "
            "paperwork would not.",
            "Сам товар подходит, а срок поставки, порядок оплаты, договор или документы — нет.",
        ),
        interventions=("scale", "reroute", "add_touchpoint"),
    ),
)

_NEITHER = (
    Cause(
        key="spam",
        label=Label("Spam", "Спам"),
        side=Side.NONE,
        meaning=Label(
            "Not a customer at all: an advertisement, a robot, a wrong number or somebody selling to you.",
            "Это вообще не клиент: реклама, робот, ошиблись номером или что-то хотят продать вам самим.",
        ),
        visits="first",
        interventions=("scale", "reroute"),
    ),
    Cause(
        key="only_comparing",
        label=Label("Was comparing, not going to buy", "Сравнивал, не собирался покупать"),
        side=Side.NONE,
        meaning=Label(
            "They asked for the price with no intention of buying: to check on their own supplier, to fill "
            "in a tender table, out of curiosity.",
            "Цену узнали, не собираясь покупать: чтобы проверить своего поставщика, заполнить таблицу для "
            "тендера или из любопытства.",
        ),
        visits="first",
        interventions=("reroute", "scale"),
    ),
)

# The order is fixed for ever: two neighbours share a block of random numbers by their place here, so moving a
# cause or putting one in between would change the luck of every customer. A new cause goes to the end.
CATALOGUE: Mapping[str, Cause] = MappingProxyType({cause.key: cause for cause in (*_BUYER, *_COMPANY, *_NEITHER)})
