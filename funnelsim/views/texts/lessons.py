"""The lesson in words."""

from __future__ import annotations

from collections.abc import Mapping

from funnelsim.causes import Label

TEXTS: Mapping[str, Label] = {
    "lesson.title": Label("A funnel to take apart", "Воронка, которую можно разобрать"),
    "lesson.lead": Label(
        "{per} customers enter. At every stage some are lost, each to a cause. Drop a stage, or weaken a cause, and "
        "see what becomes of those who were saved.",
        "Входят {per} клиентов. На каждом этапе часть теряется, и у каждой потери есть причина. Уберите этап или "
        "ослабьте причину и посмотрите, что станет с теми, кого удалось сохранить.",
    ),
    "lesson.answer": Label(
        "Of {per} who enter, {won} buy (as it is: {base}).", "Из {per} вошедших купят {won} (сейчас: {base})."
    ),
    "lesson.revenue": Label(
        "Revenue {revenue} (as it is: {base}); sales {times}", "Выручка {revenue} (сейчас: {base}); продажи {times}"
    ),
    "lesson.stages": Label("Which stages does a customer have to pass?", "Какие этапы клиенту приходится пройти?"),
    "lesson.numbers": Label(
        "{visits} come, {share} pass, {lost} lost", "пришли {visits}, прошли {share}, потеряны {lost}"
    ),
    "lesson.dropped": Label("no stage, no losses here", "нет этапа — нет потерь на нём"),
    "lesson.reset": Label("As it is", "Как сейчас"),
    "lesson.formula": Label("Survival is a product", "Выживание — это произведение"),
    "lesson.formula.why": Label(
        "Each stage lets a share through. The shares are multiplied, so a stage that is dropped is a factor of 1: it "
        "loses nobody, and all the later factors work on more people.",
        "Каждый этап пропускает долю вошедших. Доли перемножаются, поэтому убранный этап — это множитель 1: на нём "
        "никто не теряется, а следующие множители действуют на большее число людей.",
    ),
    "lesson.saved": Label("What became of those who were saved", "Что стало с сохранёнными"),
    "lesson.followed": Label(
        "Not lost where they were lost before: {saved}. Of them {bought} buy. The others are lost elsewhere:",
        "Больше не теряются там, где терялись: {saved}. Из них купят {bought}. Остальные теряются в других местах:",
    ),
    "lesson.unchanged": Label("Nothing is changed yet.", "Пока ничего не изменено."),
    "lesson.sliders": Label("Causes", "Причины"),
    "lesson.sliders.why": Label(
        "100% is as it is, 0% means that the cause no longer acts, 200% that it acts twice as strongly.",
        "100 % — как сейчас, 0 % — причина больше не действует, 200 % — действует вдвое сильнее.",
    ),
    "lesson.reply": Label("Reply time", "Время ответа"),
    "lesson.quiz": Label("Questions", "Вопросы"),
    "lesson.quiz.times": Label(
        "“{stage}” loses {share} of those who come to it. What happens to sales if it is dropped?",
        "Этап «{stage}» теряет {share} пришедших. Во сколько раз изменятся продажи, если его убрать?",
    ),
    "lesson.quiz.times.because": Label(
        "A factor of 1 − {share} becomes 1. If nothing later depends on it and there is one way through, sales are "
        "divided by it: × {factor}. In this funnel they become × {times}.",
        "Множитель 1 − {share} становится единицей. Если дальше ничего от этапа не зависит и путь один, продажи "
        "делятся на него: × {factor}. В этой воронке получается × {times}.",
    ),
    "lesson.quiz.saved": Label(
        "Without “{stage}” {saved} customers are no longer lost there. How many of them buy in the end?",
        "Без этапа «{stage}» там больше не теряются {saved} клиентов. Сколько из них в итоге купят?",
    ),
    "lesson.quiz.saved.because": Label(
        "They still have to pass all the later stages, and are lost there like everyone else.",
        "Им ещё предстоит пройти все следующие этапы, и там они теряются, как и остальные.",
    ),
    "lesson.right": Label("Right.", "Верно."),
    "lesson.wrong": Label("Not quite: try another one.", "Не совсем: попробуйте другой ответ."),
    "lesson.notes": Label("What is assumed", "Что предполагается"),
    "lesson.independent": Label(
        "Dropping a cause takes the causes to be independent of each other, given the segment; data cannot test that.",
        "Отключая причину, мы считаем причины независимыми друг от друга внутри сегмента; по данным это не проверить.",
    ),
    "lesson.teams": Label(
        "How long customers wait for an answer is taken from a simulation of the teams, and does not change here with "
        "the number of customers.",
        "Время ожидания ответа взято из симуляции команд и здесь не меняется с числом клиентов.",
    ),
    "lesson.why.earns": Label("Money is earned here, so it stays.", "Здесь приходят деньги, поэтому этап остаётся."),
    "lesson.why.budget": Label(
        "It spends a budget that later stages remember, so it stays.",
        "Этап тратит запас, который помнят следующие этапы, поэтому он остаётся.",
    ),
    "lesson.why.call": Label(
        "It is part of one call with its neighbour, so it stays.",
        "Этап — часть одного звонка с соседним, поэтому он остаётся.",
    ),
    "lesson.noscript": Label("This page needs JavaScript.", "Этой странице нужен JavaScript."),
}
