"""The verdict of a check in words, in both languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from funnelsim.adequacy.forecasts import Forecast
from funnelsim.adequacy.incoming import ArrivalCheck
from funnelsim.adequacy.outcome import (
    ADEQUATE,
    CHANGED,
    DRIFTED,
    LAW,
    LITTLE,
    RECURRING,
    SEASONAL,
    SHARES,
    TIMES,
    RateCheck,
)
from funnelsim.adequacy.rivals import Score
from funnelsim.adequacy.timing import Timing
from funnelsim.causes import CATALOGUE, Label
from funnelsim.model import Funnel
from funnelsim.units import format_short

#: What deviations of rates a verdict names.
_TOLD: Final = {DRIFTED: CHANGED, SEASONAL: RECURRING, TIMES: LAW}
#: So many deviations are named, the others are counted.
NAMED: Final = 3

_HEADS: Final = {
    LITTLE: Label(
        "Too little to tell: {customers} customers came after the cut, and {least} at least are needed.",
        "Данных мало для вывода: после отсечки пришло клиентов: {customers}, а нужно не менее {least}.",
    ),
    ADEQUATE: Label(
        "Adequate: nothing deviates from the forecast by more than chance allows (error level {level}).",
        "Модель пригодна: отклонений от прогноза больше, чем допускает случайность, нет (уровень ошибки {level}).",
    ),
    DRIFTED: Label(
        "Not adequate, the rates have changed (error level {level}).",
        "Модель непригодна: интенсивности изменились (уровень ошибки {level}).",
    ),
    SEASONAL: Label(
        "Not adequate within the {cycles}: rates go up and down with the calendar, as they did before the cut "
        "(error level {level}).",
        "Модель непригодна внутри цикла ({cycles}): интенсивности колеблются по календарю, как и до отсечки "
        "(уровень ошибки {level}).",
    ),
    SHARES: Label(
        "Not adequate: the rates at each stage hold, but shares of outcomes do not (error level {level}).",
        "Модель непригодна: интенсивности на этапах сохранились, а доли исходов — нет (уровень ошибки {level}).",
    ),
    TIMES: Label(
        "Not adequate in its times: as many go each way as forecast, but not after the times forecast "
        "(error level {level}).",
        "Модель непригодна по срокам: уходит каждым путём столько, сколько ожидалось, но не в те сроки "
        "(уровень ошибки {level}).",
    ),
}
_DRIFT: Final = Label(
    "{when}, at the stage “{stage}”, {what}{ages}: {observed} observed, {expected} expected ({low} to {high}).{past}",
    "{when} на этапе «{stage}» {what}{ages}: наблюдалось {observed}, ожидалось {expected} (от {low} до {high}).{past}",
)
_AGES: Final = {
    "young": Label(" in the first {old} of a stay", " в первые {old} визита"),
    "between": Label(" from {young} to {old} of a stay", " от {young} до {old} визита"),
    "old": Label(" after {young} of a stay", " после {young} визита"),
}
_BEFORE: Final = Label(
    " Before the cut it was {observed}, where {expected} were expected.",
    " До отсечки было {observed} при ожидавшихся {expected}.",
)
_RECURS: Final = Label(
    " This recurs every {cycle}: in like periods before the cut {observed} observed, {expected} expected.",
    " Это повторяется, цикл — {cycle}: в таких же периодах до отсечки наблюдалось {observed}, ожидалось {expected}.",
)
_WEAKER: Final = Label(
    " Something like this recurs every {cycle}, but less: in like periods before the cut {observed} observed, "
    "{expected} expected.",
    " Похожее повторяется, но слабее, цикл — {cycle}: в таких же периодах до отсечки наблюдалось {observed}, ожидалось "
    "{expected}.",
)
_CYCLES: Final = {
    "week": Label("week", "неделя"),
    "month": Label("month", "месяц"),
    "quarter": Label("quarter", "квартал"),
    "year": Label("year", "год"),
}
_SEASONS: Final = Label(
    "Rates that go with the calendar, as before the cut: {number}.",
    "Интенсивностей, которые колеблются по календарю, как и до отсечки: {number}.",
)
_SINCE: Final = Label("Since {since}", "С {since}")
_FROM: Final = Label("Since {since}, the first day checked, or longer", "С {since}, первого дня проверки, или раньше,")
_WITHIN: Final = Label("From {since} until {until}", "С {since} до {until}")
_WHAT: Final = {
    "lost": Label("{more} are lost to “{name}”", "{more} потерь по причине «{name}»"),
    "next": Label("{more} go on to “{name}”", "{more} переходов на этап «{name}»"),
    "out": Label("{more} come to the end of the funnel", "до конца воронки доходит {more} клиентов"),
}
_MORE: Final = Label("more", "больше")
_FEWER: Final = Label("fewer", "меньше")
_REST: Final = Label("Further rates that deviate: {number}.", "Прочих отклонившихся интенсивностей: {number}.")
_SHARE: Final = Label(
    "{what} by day {age}: {observed} observed, {predicted} forecast ({low} to {high}).",
    "{what} к дню {age}: наблюдалось {observed}, прогноз {predicted} (от {low} до {high}).",
)
_MEASURES: Final = {
    "won": Label("Won", "Выиграно"),
    "lost": Label("Lost to “{name}”", "Потеряно по причине «{name}»"),
    "open": Label("Still open", "Ещё в пути"),
    "at": Label("At the stage “{name}”", "На этапе «{name}»"),
    "between": Label("Between two stages", "Между этапами"),
}
_TIME: Final = Label(
    "Stays at “{stage}” are {how} than forecast: their distribution is off by {distance} at most.",
    "Визиты на этапе «{stage}» {how}, чем ожидалось: распределение отклоняется не более чем на {distance}.",
)
_ARRIVED: Final = Label(
    "From {since} until {until} {more} came than forecast: {observed} observed, {expected} expected ({low_95} to "
    "{high_95}).",
    "С {since} до {until} пришло {more}, чем ожидалось: {observed} при ожидавшихся {expected} (от {low_95} до "
    "{high_95}).",
)
_PAID: Final = Label(
    "Orders are {how} than forecast: the distribution of their values is off by {distance} at most.",
    "Суммы заказов {how}, чем ожидалось: их распределение отклоняется не более чем на {distance}.",
)
_LARGER: Final = Label("larger", "больше")
_SMALLER: Final = Label("smaller", "меньше")
_LONGER: Final = Label("longer", "длиннее")
_SHORTER: Final = Label("shorter", "короче")
_WORST: Final = Label(
    "The largest error of an outcome's share: {points} percentage points ({what} by day {age}).",
    "Наибольшая ошибка доли исхода: {points} проц. пункта ({what} к дню {age}).",
)
_RIVALS: Final = {
    "last": Label("the last period's shares", "доли прошлого периода"),
    "constant": Label("constant rates", "постоянные интенсивности"),
}
_BEATEN: Final = Label("A naive forecast would have been better: {names}.", "Наивный прогноз был бы точнее: {names}.")
_BEATS: Final = Label(
    "It forecasts better than both naive rivals.", "Прогноз воронки точнее, чем у обоих наивных соперников."
)


class Words:
    """Labels of a funnel's stages and causes, to speak of them."""

    def __init__(self, funnel: Funnel) -> None:
        self.stages = {stage.name: stage.label for stage in funnel.stages}
        self.causes = {cause.key: cause.label for cause in funnel.causes}

    def stage(self, name: str, language: str) -> str:
        """Return the label of a stage, or its name."""
        return (self.stages[name].text(language) if name in self.stages else "") or name

    def cause(self, key: str, language: str) -> str:
        """Return the label of a cause, or its key."""
        label = self.causes.get(key) or (CATALOGUE[key].label if key in CATALOGUE else None)
        return (label.text(language) if label else "") or key


def describe_verdict(  # noqa: PLR0913 (all that deviates, by keyword)
    kind: str,
    words: Words,
    *,
    level: float,
    customers: tuple[int, int],
    drifts: Sequence[RateCheck],
    shares: Sequence[Forecast],
    times: Sequence[Timing],
    worst: Forecast | None,
    scores: Sequence[Score],
    arrivals: Sequence[ArrivalCheck] = (),
    orders: Sequence[Timing] = (),
) -> Label:
    """Return a verdict in words. customers: how many came, and the fewest that tell; the rest: what deviates.

    arrivals: of whole windows; orders: their values. They say nothing of how the funnel treats customers, and so change
    nothing in the kind: each is told where it deviates, at half the level by the number of origins.
    """
    apart = level / (2.0 * max(len(arrivals), 1))
    said = []
    for language in ("en", "ru"):
        head = _HEADS[kind].text(language)
        cycles = ", ".join(_CYCLES[one].text(language) for one in dict.fromkeys(d.cycle for d in drifts if d.cycle))
        facts = {"level": _share(level, language, 0), "customers": customers[0], "least": customers[1]}
        parts = [head.format(**facts, cycles=cycles)]
        told = [one for one in drifts if one.nature == _TOLD.get(kind)]
        if told:
            parts += [_drift(one, words, language) for one in told[:NAMED]]
            if len(told) > NAMED:
                parts.append(_REST.text(language).format(number=len(told) - NAMED))
        seasons = sum(one.nature == RECURRING for one in drifts)
        if seasons and kind == DRIFTED:
            parts.append(_SEASONS.text(language).format(number=seasons))
        if kind == SHARES:
            parts += [_forecast(one, words, language) for one in shares[:NAMED]]
        elif kind == TIMES:
            parts += [_timing(one, words, language) for one in times[:NAMED]]
        if worst is not None and kind != LITTLE:
            points = _number(100.0 * abs(worst.observed - worst.predicted), language, 1)
            what = _measure(worst, words, language)
            what = what[0].lower() + what[1:]
            parts.append(_WORST.text(language).format(points=points, what=what, age=_number(worst.age, language)))
        parts += [_arrived(one, language) for one in arrivals if one.p <= apart]
        parts += [_paid(one, language) for one in orders if one.p <= apart]
        said.append(" ".join([*parts, *_rivals(scores, language)]))
    return Label(*said)


def _rivals(scores: Sequence[Score], language: str) -> list[str]:
    rivals = [one for one in scores if one.forecaster in _RIVALS and math.isfinite(one.low)]
    better = [_RIVALS[one.forecaster].text(language) for one in rivals if one.high < 0.0]
    if better:
        return [_BEATEN.text(language).format(names=", ".join(better))]
    return [_BEATS.text(language)] if rivals and all(one.low > 0.0 for one in rivals) else []


def _drift(one: RateCheck, words: Words, language: str) -> str:
    when = _WITHIN if not one.lasts else _FROM if one.at_start else _SINCE
    name = words.cause(one.name, language) if one.outcome == "lost" else words.stage(one.name, language)
    more = (_MORE if one.observed > one.expected else _FEWER).text(language)
    return _DRIFT.text(language).format(
        when=when.text(language).format(since=_date(one.since, language), until=_date(one.until, language)),
        stage=words.stage(one.stage, language),
        what=_WHAT[one.outcome].text(language).format(more=more, name=name),
        ages=_ages(one, language),
        past=_past(one, language),
        **{key: _number(getattr(one, key), language, 0) for key in ("observed", "expected", "low", "high")},
    )


def _ages(one: RateCheck, language: str) -> str:
    if one.from_age <= 0.0 and math.isinf(one.to_age):
        return ""
    kind = "young" if one.from_age <= 0.0 else "old" if math.isinf(one.to_age) else "between"
    young, old = (format_short(age, language) for age in (one.from_age, one.to_age))
    return _AGES[kind].text(language).format(young=young, old=old)


def _past(one: RateCheck, language: str) -> str:
    """Return what the time before the cut says: of a pattern that recurs, or of a change at some ages."""
    if one.cycle:
        return (
            (_RECURS if one.nature == RECURRING else _WEAKER)
            .text(language)
            .format(
                cycle=_CYCLES[one.cycle].text(language),
                observed=_number(one.like_observed, language, 0),
                expected=_number(one.like_expected, language, 0),
            )
        )
    if not _ages(one, language) or math.isnan(one.before_expected):
        return ""
    observed, expected = (_number(x, language, 0) for x in (one.before_observed, one.before_expected))
    return _BEFORE.text(language).format(observed=observed, expected=expected)


def _forecast(one: Forecast, words: Words, language: str) -> str:
    return _SHARE.text(language).format(
        what=_measure(one, words, language),
        age=_number(one.age, language),
        observed=_share(one.observed, language),
        predicted=_share(one.predicted, language),
        low=_share(one.low_95, language),
        high=_share(one.high_95, language),
    )


def _timing(one: Timing, words: Words, language: str) -> str:
    how = (_LONGER if one.later else _SHORTER).text(language)
    stage, distance = words.stage(one.stage, language), _share(one.distance, language)
    return _TIME.text(language).format(stage=stage, how=how, distance=distance)


def _arrived(one: ArrivalCheck, language: str) -> str:
    more = (_MORE if one.observed > one.expected else _FEWER).text(language)
    facts = {"since": _date(one.since, language), "until": _date(one.until, language)}
    facts |= {key: _number(getattr(one, key), language, 0) for key in ("observed", "expected", "low_95", "high_95")}
    return _ARRIVED.text(language).format(more=more, **facts)


def _paid(one: Timing, language: str) -> str:
    how = (_LARGER if one.later else _SMALLER).text(language)
    return _PAID.text(language).format(how=how, distance=_share(one.distance, language))


def _measure(one: Forecast, words: Words, language: str) -> str:
    name = words.cause(one.cause, language) if one.cause else words.stage(one.stage, language)
    return _MEASURES[one.measure].text(language).format(name=name)


def _date(iso: str, language: str) -> str:
    day, *rest = iso.split(" ")
    return " ".join([".".join(reversed(day.split("-"))) if language == "ru" else day, *rest])


def _number(value: float, language: str, decimals: int = 2) -> str:
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", "\u00a0").replace(".", ",") if language == "ru" else text


def _share(value: float, language: str, decimals: int = 1) -> str:
    return _number(100.0 * value, language, decimals) + ("\u00a0%" if language == "ru" else "%")
