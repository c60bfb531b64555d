"""What a change of teams, or of the list of stages, takes for granted, in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from funnelsim.causes import Label
from funnelsim.files.assumptions import duration, listed, named, number, percent, plural

Document: TypeAlias = Mapping[str, Any]


def people(n: int) -> Label:
    """`1 person`, `6 people`; `6 человек`, `2 человека`."""
    return Label(f"{n} {'person' if n == 1 else 'people'}", f"{n} {plural(n, 'человек', 'человека', 'человек')}")


def hours(n: float) -> Label:
    """`45 hours`; `45 часов`."""
    text = number(n)
    few = "часа" if n != int(n) else plural(int(n), "час", "часа", "часов")
    return Label(f"{text.en} {'hour' if n == 1 else 'hours'}", f"{text.ru} {few}")


def listed_names(stages: Sequence[Document]) -> Label:
    """`«a», «b» and «c»`."""
    names = [named(stage) for stage in stages]
    return Label(listed([name.en for name in names], "and"), listed([name.ru for name in names], "и"))


# ---- teams ---------------------------------------------------------------------------------------------------------


def staffed(name: str, team: Document, before: int) -> Label:
    """A team has more people, or fewer."""
    who, size = named(team, name), people(team["size"])
    if team["size"] > before:
        return Label(
            f"{who.en} has {size.en} instead of {before}: the new ones keep the same hours, cost as much an hour and "
            "serve as fast as the others, from the first day; as many customers come as before",
            f"в команде {who.ru} {size.ru} вместо {before}: новые сотрудники с первого дня работают в те же часы, "
            "обходятся в ту же сумму за час и обслуживают так же быстро, как остальные; поток клиентов прежний",
        )
    return Label(
        f"{who.en} has {size.en} instead of {before}: those who stay keep the same hours and serve as fast as before; "
        "as many customers come as before",
        f"в команде {who.ru} {size.ru} вместо {before}: оставшиеся работают в те же часы и обслуживают так же быстро, "
        "как раньше; поток клиентов прежний",
    )


def rescheduled(name: str, team: Document, before: float, after: float) -> Label:
    """A team works other hours."""
    who, now, then = named(team, name), hours(after), number(before)
    size = people(team["size"])
    if after == before:
        worked = Label(
            f"{now.en} a week, as before, at other times", f"{now.ru} в неделю, как и раньше, но в другое время"
        )
    else:
        worked = Label(f"{now.en} a week instead of {then.en}", f"{now.ru} в неделю вместо {then.ru}")
    return Label(
        f"{who.en} works {worked.en}, all of it at once ({size.en}) and at the same cost an hour; customers come at "
        "the same times as before",
        f"команда {who.ru} работает {worked.ru}, всегда в полном составе ({size.ru}) и по прежней цене часа; клиенты "
        "обращаются в то же время, что и раньше",
    )


def answered_first(stage: Document, time: float, share: float, holds: float | None) -> Label:
    """A machine answers first."""
    name, within, part = named(stage), duration(time), percent(share)
    until = Label("until a person answers", "пока не ответит сотрудник")
    if holds is not None:
        lasts = duration(holds)
        until = Label(f"for {lasts.en}, and then runs on", f"на {lasts.ru}, а затем продолжается")
    whom = Label("everyone who still waits", "все, кто ещё ждёт,")
    gets = Label("gets", "получают")
    if share < 1:
        whom = Label(f"{part.en} of the customers who still wait", f"{part.ru} клиентов, которые ещё ждут,")
        gets = Label("get", "получают")
    return Label(
        f"at {name.en} {whom.en} after {within.en} {gets.en} a first answer by a machine: their patience holds "
        f"{until.en}; the team, its queue and the other causes are as they were",
        f"на этапе {name.ru} через {within.ru} {whom.ru} {gets.ru} первый автоматический ответ: отсчёт их терпения "
        f"останавливается{',' * (holds is None)} {until.ru}; команда, её очередь и остальные причины прежние",
    )


# ---- the list of stages --------------------------------------------------------------------------------------------


def stage_moved(stage: Document, neighbour: Document, side: str, first: Document | None) -> Label:
    """A stage stands elsewhere in the default way; `first` where customers without a stage of their own now enter."""
    name, other = named(stage), named(neighbour)
    where = {"after": ("after", "после этапа"), "before": ("before", "перед этапом")}[side]
    en = f"{name.en} now comes {where[0]} {other.en}"
    ru = f"этап {name.ru} теперь идёт {where[1]} {other.ru}"
    if first is not None:
        enter = named(first)
        en += f", and sources and referrals that name no stage enter at {enter.en}"
        ru += f", а источники и рекомендации, для которых этап не указан, приводят на этап {enter.ru}"
    return Label(
        f"{en}; what happens at each stage does not depend on its place, and routes that name a stage are as they were",
        f"{ru}; происходящее на каждом этапе не зависит от его места, а маршруты, в которых этап назван, прежние",
    )


def stages_merged(parts: Sequence[Document], into: str) -> Label:
    """Neighbouring stages are one."""
    names, first, last = listed_names(parts), named(parts[0]), named(parts[-1])
    kept: list[Label] = []
    gone: list[Label] = []
    if "response" in parts[0]:
        kept.append(Label(f"the answer as at {first.en}", f"ответ как на этапе {first.ru}"))
    if "takes" in parts[-1]:
        kept.append(Label(f"the time as at {last.en}", f"время клиента как на этапе {last.ru}"))
    if any("response" in part for part in parts[1:]):
        gone.append(Label("the later waits for an answer", "последующие ожидания ответа"))
    if any("takes" in part for part in parts[:-1]):
        gone.append(Label("the time of the earlier stages", "время предыдущих этапов"))
    if any("next" in part for part in parts[:-1]):
        gone.append(Label("the routes of the earlier stages", "маршруты с предыдущих этапов"))
    en = f"{names.en} are one stage, «{into}», with all their causes, costs and effort"
    ru = f"{names.ru} становятся одним этапом «{into}»: на нём действуют все их причины, расходы и затраты сил"
    if kept:
        en += f", {listed([one.en for one in kept], 'and')}"
        ru += f", {listed([one.ru for one in kept], 'и')}"
    if gone:
        plain = len(gone) == 1 and gone[0].en.startswith("the time")
        en += f"; {listed([one.en for one in gone], 'and')} {'is' if plain else 'are'} gone"
        ru += f"; {listed([one.ru for one in gone], 'и')} {'исчезает' if plain else 'исчезают'}"
    return Label(
        f"{en}; whoever came to any of them comes to it, and its causes are taken to be independent, which data cannot "
        "test",
        f"{ru}; кто приходил на любой из этих этапов, приходит на него, а его причины считаются независимыми, хотя "
        "проверить это по данным нельзя",
    )


def deals_passed_on(stage: Document, count: int) -> Label:
    """Open deals at a removed stage go on at once."""
    name = named(stage)
    deals = Label("the open deal", "открытая сделка") if count == 1 else Label("the open deals", "открытые сделки")
    return Label(
        f"{deals.en} at {name.en} {'goes' if count == 1 else 'go'} on from there at the start",
        f"{deals.ru} на этапе {name.ru} в самом начале {'идёт' if count == 1 else 'идут'} дальше",
    )


def answered_by(stage: Document, name: str, team: Document) -> Label:
    """A team answers at a stage from now on."""
    at, who = named(stage), named(team, name)
    return Label(
        f"at {at.en} {who.en} answers, so that the wait comes out of its load; it serves others as fast as before",
        f"на этапе {at.ru} отвечает команда {who.ru}, и ожидание зависит от её загрузки; остальных она обслуживает так "
        "же быстро, как раньше",
    )
