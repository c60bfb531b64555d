"""What a change takes for granted, in words, in both languages.

A change says what it does; these sentences say what it leaves alone, which is where a strategist and a model most
often part. Every function returns one label; numbers and durations are written as each language writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from funnelsim.causes import CATALOGUE, Label
from funnelsim.files.effects import Scene
from funnelsim.units import format_duration

Document: TypeAlias = Mapping[str, Any]
Found: TypeAlias = tuple[Scene, str]

INDEPENDENT = Label(
    "the other causes act as before: causes are taken to be independent, which data cannot test",
    "остальные причины действуют как прежде: причины считаются независимыми, а проверить это по данным нельзя",
)
WON = Label("to the end of the journey, as won", "к концу пути — среди купивших")


# ---- words ---------------------------------------------------------------------------------------------------------


def named(item: Document, name: str = "") -> Label:
    """What people read for a stage, touchpoint or source of a document, in quotation marks."""
    label = item.get("label")
    text = Label(label["en"], label["ru"]) if label else Label(name or item["name"], name or item["name"])
    return Label(f"«{text.en}»", f"«{text.ru}»")


def named_cause(document: Document, cause: str) -> Label:
    """What people read for a cause, in quotation marks."""
    own = document.get("causes", {}).get(cause, {})
    if "label" not in own and cause in CATALOGUE:
        label = CATALOGUE[cause].label
        return Label(f"«{label.en}»", f"«{label.ru}»")
    return named(own, cause)


def number(x: float) -> Label:
    """A number, with at most six digits."""
    text = f"{x:.6g}"
    return Label(text, text.replace(".", ","))


def percent(share: float) -> Label:
    """A share in percent."""
    text = number(100 * share)
    return Label(f"{text.en}%", f"{text.ru}\u00a0%")


def duration(days: float) -> Label:
    """A duration."""
    return Label(format_duration(days, "en"), format_duration(days, "ru"))


def plural(n: int, one: str, few: str, many: str) -> str:
    """The Russian form that follows `n`: 1 этап, 2 этапа, 5 этапов."""
    if n % 10 == 1 and n % 100 != 11:
        return one
    return few if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else many


def listed(words: Sequence[str], last: str) -> str:
    """`a, b last c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def alternatives(labels: Sequence[Label]) -> Label:
    """`a, b or c`."""
    return Label(listed([label.en for label in labels], "or"), listed([label.ru for label in labels], "или"))


def towards(stage: Document) -> Label:
    """`to «offer»`."""
    name = named(stage)
    return Label(f"to {name.en}", f"на этап {name.ru}")


def _at(stage: Document) -> Label:
    name = named(stage)
    return Label(f"at {name.en}", f"на этапе {name.ru}")


def _where(scenes: Sequence[Scene]) -> Label:
    stages = {scene.stage["name"]: scene.stage for scene in scenes}
    if len(stages) == 1:
        at = _at(scenes[0].stage)
        if len(scenes) > 1 or scenes[0].touchpoint is None:
            return at
        name = named(scenes[0].touchpoint)
        return Label(f"{at.en} through {name.en}", f"{at.ru} в точке контакта {name.ru}")
    n = len(stages)
    return Label(f"at {n} stages", f"на {n} {plural(n, 'этапе', 'этапах', 'этапах')}")


def _by(document: Document, causes: Sequence[str]) -> Label:
    if len(causes) == 1:
        name = named_cause(document, causes[0])
        return Label(name.en, f"по причине {name.ru}")
    n = len(causes)
    return Label(f"{n} causes", f"по {n} {plural(n, 'причине', 'причинам', 'причинам')}")


def _causes(found: Sequence[Found]) -> list[str]:
    return list(dict.fromkeys(cause for _, cause in found))


# ---- causes, arrivals, shares --------------------------------------------------------------------------------------


def causes_scaled(document: Document, found: Sequence[Found], factor: float) -> Label:
    """Hazards were multiplied."""
    at, by, times = _where([scene for scene, _ in found]), _by(document, _causes(found)), number(factor)
    return Label(
        f"the hazard of {by.en} {at.en} is multiplied by {times.en}; {INDEPENDENT.en}",
        f"интенсивность потерь {by.ru} {at.ru} умножена на {times.ru}; {INDEPENDENT.ru}",
    )


def defaults_scaled(document: Document, causes: Sequence[str], factor: float) -> Label:
    """Hazards of top-level defaults were multiplied."""
    by, times = _by(document, causes), number(factor)
    return Label(
        f"the hazard of {by.en} is multiplied by {times.en} at all stages that take the default; {INDEPENDENT.en}",
        f"интенсивность потерь {by.ru} умножена на {times.ru} на всех этапах, где она задана по умолчанию; "
        f"{INDEPENDENT.ru}",
    )


def losses_scaled(scenes: Sequence[Scene], factor: float) -> Label:
    """The hazards of total losses were multiplied."""
    at, times = _where(scenes), number(factor)
    return Label(
        f"the hazard of the total loss {at.en} is multiplied by {times.en}, its causes in the same proportions; "
        f"{INDEPENDENT.en}",
        f"интенсивность общих потерь {at.ru} умножена на {times.ru}, соотношение их причин прежнее; {INDEPENDENT.ru}",
    )


def causes_removed(document: Document, found: Sequence[Found]) -> Label:
    """Causes were taken out of effect."""
    causes = _causes(found)
    at, by = _where([scene for scene, _ in found]), _by(document, causes)
    return Label(
        f"nobody is lost to {by.en} {at.en}; {INDEPENDENT.en}", f"{by.ru} {at.ru} никто не теряется; {INDEPENDENT.ru}"
    )


def causes_set(document: Document, found: Sequence[Found]) -> Label:
    """Causes act as given, and in no other way."""
    causes = _causes(found)
    at, by = _where([scene for scene, _ in found]), _by(document, causes)
    return Label(
        f"{by.en} {at.en} {'acts' if len(causes) == 1 else 'act'} as given here and in no other way; {INDEPENDENT.en}",
        f"потери {by.ru} {at.ru} такие, как задано здесь, и никакие другие; {INDEPENDENT.ru}",
    )


def causes_added(document: Document, found: Sequence[Found]) -> Label:
    """A cause acts beside the others."""
    at, name = _where([scene for scene, _ in found]), named_cause(document, found[0][1])
    return Label(
        f"{name.en} {at.en} takes customers beside the other causes; {INDEPENDENT.en}",
        f"причина {name.ru} {at.ru} действует наряду с остальными; {INDEPENDENT.ru}",
    )


def arrivals_scaled(sources: Sequence[Label], factor: float) -> Label:
    """Sources bring more customers, or fewer."""
    from_, times = Label(listed([s.en for s in sources], "and"), listed([s.ru for s in sources], "и")), number(factor)
    word = "источника" if len(sources) == 1 else "источников"
    if factor < 1:
        return Label(
            f"arrivals from {from_.en} are multiplied by {times.en}: those who stay away are like those who come, and "
            "the cost of each customer is unchanged",
            f"поток клиентов из {word} {from_.ru} умножен на {times.ru}: те, кто перестал приходить, не отличаются от "
            "остальных, а стоимость привлечения каждого прежняя",
        )
    return Label(
        f"arrivals from {from_.en} are multiplied by {times.en}: the new customers are like those who come already, "
        "and each costs as much",
        f"поток клиентов из {word} {from_.ru} умножен на {times.ru}: новые клиенты не отличаются от прежних, и "
        "привлечение каждого стоит столько же",
    )


def touchpoint_removed(stage: Document, touchpoint: Document) -> Label:
    """A touchpoint's share goes through the plain stage."""
    at, name, share = _at(stage), named(touchpoint), percent(touchpoint["share"])
    return Label(
        f"the {share.en} of visits {at.en} that went to {name.en} now meet the stage without a touchpoint of its own",
        f"{share.ru} посещений, которые {at.ru} приходились на {name.ru}, теперь проходят этап без отдельной точки "
        "контакта",
    )


def route_removed(stage: Document) -> Label:
    """A route's share goes with the rest."""
    name = named(stage)
    return Label(
        f"whoever took that route after {name.en} goes on with the rest",
        f"кто после этапа {name.ru} шёл этим путём, идёт вместе с остальными",
    )


# ---- the verbs of the trade ----------------------------------------------------------------------------------------


def stage_removed(stage: Document, to: Sequence[Label], causes: int) -> Label:
    """A stage became a pass-through."""
    name, where = named(stage), alternatives(to)
    gone: list[tuple[str, str]] = []
    if causes:
        en = "its 1 cause of loss" if causes == 1 else f"its {causes} causes of loss"
        gone.append((en, f"{causes} {plural(causes, 'причина', 'причины', 'причин')} потерь"))
    touched = [stage, *stage.get("touchpoints", [])]
    parts = (
        ("response", "the wait for an answer", "ожидание ответа"),
        ("team", "the work of its team there", "работа команды на нём"),
        ("takes", "its time", "время клиента на нём"),
        ("cost", "its cost", "расходы на него"),
        ("spends", "its effort", "затраты сил клиента"),
    )
    touched += [part["response"] for part in touched if "response" in part]
    gone.extend((en, ru) for key, en, ru in parts if any(key in part for part in touched))
    plainly = Label(
        f"whoever would have come to {name.en} goes where it would have sent them: {where.en}",
        f"кто пришёл бы на этап {name.ru}, идёт туда, куда этот этап направил бы: {where.ru}",
    )
    if not gone:
        return plainly
    several = len(gone) > 1 or causes > 1
    return Label(
        f"{plainly.en}; {listed([en for en, _ in gone], 'and')} {'are' if several else 'is'} gone",
        f"{plainly.ru}; вместе с этапом {'исчезают' if several else 'исчезает'} {listed([ru for _, ru in gone], 'и')}",
    )


def earnings_moved(stage: Document, to: Document, *, money: bool, referrals: bool, purchase: bool) -> Label:
    """What a removed stage earned is due elsewhere."""
    what = [
        pair
        for pair, there in ((("the money", "деньги"), money), (("the referrals", "рекомендации"), referrals))
        if there
    ]
    name, goal = named(stage), named(to)
    en, ru = listed([en for en, _ in what], "and"), listed([ru for _, ru in what], "и")
    counts = Label(
        f"; the purchase still counts where {name.en} stood",
        f"; покупка по-прежнему засчитывается там, где стоял этап {name.ru}",
    )
    return Label(
        f"{en} of {name.en} {'come' if referrals else 'comes'} when {goal.en} is completed{counts.en * purchase}",
        f"{ru} этапа {name.ru} теперь появляются по завершении этапа {goal.ru}{counts.ru * purchase}",
    )


def stage_added(stage: Document, following: Document | None, *, first: bool) -> Label:
    """A stage stands in the default way."""
    name = named(stage)
    if stage.get("aside"):
        return Label(
            f"nobody comes to {name.en} but by routes that name it",
            f"на этап {name.ru} попадают только по маршрутам, в которых он назван",
        )
    went = (
        Label("ended the journey there by default", "по умолчанию заканчивал здесь путь")
        if following is None
        else Label(f"went on to {named(following).en} by default", f"по умолчанию шёл на этап {named(following).ru}")
    )
    en = f"whoever {went.en} now passes through {name.en} first"
    ru = f"кто {went.ru}, теперь сначала проходит этап {name.ru}"
    if first:
        en = f"sources and referrals that name no stage now enter at {name.en}"
        ru = f"источники и рекомендации, для которых этап не указан, теперь приводят на этап {name.ru}"
    return Label(
        f"{en}; routes that name a stage are as they were",
        f"{ru}; маршруты, в которых этап назван, прежние",
    )


def reminded(stage: Document, every: float) -> Label:
    """Reminders are sent."""
    at, time = _at(stage), duration(every)
    return Label(
        f"reminders {at.en} come once in {time.en} while the customer decides, reach everyone there, bring back those "
        "who had forgotten, and drive nobody away",
        f"напоминания {at.ru} приходят раз в {time.ru}, пока клиент решает, доходят до всех, возвращают тех, кто "
        "забыл, и никого не отталкивают",
    )


def answered(stage: Document, time: float, share: float) -> Label:
    """A service level is reached."""
    at, within, part = _at(stage), duration(time), percent(share)
    if share >= 1:
        return Label(
            f"{at.en} everyone is answered within {within.en}, whatever the load",
            f"{at.ru} всем отвечают не позже чем через {within.ru}, сколько бы ни было обращений",
        )
    return Label(
        f"{at.en} {part.en} of customers are answered within {within.en}, whatever the load; the other waits are "
        "unchanged",
        f"{at.ru} в {part.ru} случаев отвечают не позже чем через {within.ru}, сколько бы ни было обращений; остальные "
        "ожидания прежние",
    )


def rerouted(stage: Document, to: Sequence[Label]) -> Label:
    """Routes were replaced."""
    name, where = named(stage), alternatives(to)
    return Label(
        f"after {name.en} customers go {where.en}; what they meet there is as it was",
        f"после этапа {name.ru} клиенты идут {where.ru}; то, что их там ждёт, не изменилось",
    )


def touchpoint_added(stage: Document, touchpoint: Document, share: float) -> Label:
    """A touchpoint takes its share from the others in proportion."""
    name, at, part = named(touchpoint), named(stage), percent(share)
    return Label(
        f"{name.en} takes {part.en} of the visits to {at.en}, from the others in proportion; what happens at each "
        "touchpoint does not depend on how many choose it",
        f"{name.ru} получает {part.ru} посещений этапа {at.ru} — от остальных точек контакта пропорционально; то, что "
        "происходит в каждой из них, не зависит от того, сколько клиентов её выбрали",
    )


def priced(stage: Document) -> Label:
    """Nobody reacts to a price."""
    at = _at(stage)
    return Label(
        f"losses do not react to the price {at.en}, and the cost of goods is unchanged",
        f"потери не зависят от цены {at.ru}, себестоимость прежняя",
    )
