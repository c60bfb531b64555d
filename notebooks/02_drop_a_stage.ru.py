# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Убрать этап
#
# *Для тех, кто учит, и для тех, кто хочет понять почему.*
#
# «Нет этапа — нет потерь на этом этапе» — самый короткий совет, какой может дать воронка. Он верен, и всё же
# считают его почти всегда неправильно. В этой тетради мы
#
# 1. увидим, что дожитие — произведение, а убранный этап — множитель 1;
# 2. сосчитаем сохранённых клиентов неправильно и правильно;
# 3. проследим за каждым из них в **таблице судеб**;
# 4. встретим две воронки, для которых формула не годится.

# %%
from dataclasses import asdict

import pandas as pd

import funnelsim as fs
from funnelsim.views import plots
from funnelsim.views.formats import format_number, format_share
from funnelsim.views.naming import name_study

# %% [markdown]
# ## 1. Дожитие — это произведение

# %%
TEXT = """
funnelsim: 1
name: Курс
currency: RUB
stages:
  - {name: page,     label: Страница,     causes: {did_not_understand: 30%, distracted: 20%}}
  - {name: call,     label: Звонок,       causes: {slow_response: 25%, no_trust: 10%}}
  - {name: trial,    label: Пробный урок, causes: {forgot: 20%, changed_mind: 15%}}
  - {name: payment,  label: Оплата,       causes: {limited_resources: 20%}, revenue: 20000}
interventions:
  no_call:  {label: Без звонка, changes: [{remove_stage: call}]}
  no_trial: {label: Без пробного урока, changes: [{remove_stage: trial}]}
scenarios: [no_call, no_trial, {name: neither, label: Без того и другого, interventions: [no_call, no_trial]}]
run: {replications: 20, seed: 7}
"""

study = fs.loads(TEXT)
exact = fs.solve(study.funnel)
names = name_study(study, language="ru")
stages = exact.table.assign(
    label=lambda table: table["stage"].map(names.stage), passed=lambda table: table["completed"] / table["visits"]
)
shown = stages[["label", "visits", "passed"]].rename(
    columns={"label": "этап", "visits": "из одного вошедшего", "passed": "проходят"}
)
shown.style.hide(axis="index").format(precision=3, decimal=",")

# %% [markdown]
# Кто купил, тот прошёл каждый этап, поэтому конверсия равна произведению последнего столбца:

# %%
factors = [format_number(share, language="ru", decimals=3) for share in stages["passed"]]
print(" × ".join(factors), "=", format_number(stages["passed"].prod(), language="ru", decimals=3))
assert abs(stages["passed"].prod() - exact.conversion) < 1e-12

# %% [markdown]
# Убрать этап — значит сделать его множитель единицей. Если больше ничего от этапа не зависит, конверсия
# умножается на **1 / (1 − потери)**.
#
# Уберём по очереди первые три этапа и сравним формулу с воронкой, решённой без этапа.

# %%
early = stages[:-1]  # последний приносит деньги
drops = "".join(f"  drop_{stage}: {{changes: [{{remove_stage: {stage}}}]}}\n" for stage in early["stage"])
tried = fs.loads(TEXT.replace("interventions:\n", "interventions:\n" + drops)).interventions[: len(early)]
rows = [
    {
        "убран": names.stage(stage),
        "его потери": 1 - passed,
        "конверсия по формуле": exact.conversion / passed,
        "конверсия точно": fs.solve(fs.apply(study.funnel, drop)).conversion,
    }
    for stage, passed, drop in zip(early["stage"], early["passed"], tried, strict=True)
]
assert all(abs(row["конверсия по формуле"] - row["конверсия точно"]) < 1e-12 for row in rows)
pd.DataFrame(rows).style.hide(axis="index").format(precision=3, decimal=",")

# %% [markdown]
# ## 2. Наивный счёт и верный
#
# Хочется считать иначе: «звонок теряет столько-то людей, значит, без него мы продадим на столько же курсов
# больше».

# %%
comparison = fs.compare(study)
no_call = next(one for one in comparison.scenarios if one.name == "no_call")
true, naive = no_call.lift["revenue"].mean, no_call.naive_lift
print("наивно:", format_number(naive, language="ru", signed=True), "руб.")
print("верно: ", format_number(true, language="ru", signed=True), "руб.")
print("наивный счёт обещает больше в", format_number(naive / true, language="ru", decimals=1), "раза")

# %% [markdown]
# Откуда этот множитель? Кого пощадил звонок, тот идёт дальше, к уроку и к цене. Платит только произведение
# следующих этапов:

# %%
later = stages["passed"].iloc[2:].prod()
print("из сохранённых на звонке купят", format_share(later, language="ru"), "клиентов")
print("1 / эта доля =", format_number(1 / later, language="ru", decimals=1))
assert abs(naive / true * later - 1) < 0.03

# %% [markdown]
# Чем левее стоит этап, тем сильнее ошибается наивный счёт.

# %%
ax = plots.plot_lifts(comparison, language="ru")

# %% [markdown]
# ## 3. Таблица судеб: кто сохранён и что с ним стало
#
# Оба мира проживают одни и те же клиенты. Поэтому каждого можно найти и там и там:

# %%
ax = plots.plot_ledger(comparison, "no_call", study=study, language="ru")

# %%
ledger = pd.DataFrame(
    [
        {
            "в базе": names.fate(asdict(row.base)),
            "в сценарии": names.fate(asdict(row.scenario)),
            "клиенты": row.customers,
            "выручка, руб.": row.revenue,
        }
        for row in no_call.ledger
    ]
)
ledger.sort_values("клиенты", ascending=False).style.hide(axis="index").format(precision=0, thousands=" ")

# %% [markdown]
# Вместе с любым классом в ней можно проверить три вещи:
#
# - строки в сумме дают всех, кто пришёл;
# - деньги в сумме дают прирост;
# - **никому не стало хуже:** нет строки, которая вела бы от «купили» к «потеряны». Без очереди от исчезнувшей
#   потери никто не страдает.

# %%
assert abs(ledger["клиенты"].sum() - comparison.base.measures["customers"].mean) < 1e-6
assert abs(ledger["выручка, руб."].sum() - true) < 1e-3
assert not any(row.base.fate == "won" and row.scenario.fate == "lost" for row in no_call.ledger)

# %% [markdown]
# ## 4. Где формула кончается
#
# **Запас, который расходуется.** У клиента есть внимание, и каждый этап его тратит. Убранный этап сберегает и
# внимание, и это помогает следующим: прирост *больше*, чем 1 / (1 − потери).

# %%
TIRED = """
funnelsim: 1
budgets: {attention: {has: {uniform: {low: 5, high: 30}}, cause: low_attention}}
stages:
  - {name: page,    spends: {attention: 3}, causes: {did_not_understand: 30%, distracted: 20%}}
  - {name: call,    spends: {attention: 6}, causes: {slow_response: 25%, no_trust: 10%}}
  - {name: trial,   spends: {attention: 5}, causes: {forgot: 20%, changed_mind: 15%}}
  - {name: payment, spends: {attention: 4}, causes: {limited_resources: 20%}, revenue: 500}
"""
tired = fs.loads(TIRED).funnel
base = fs.simulate(tired, replications=20)
without = fs.simulate(fs.apply(tired, study.interventions[0]), replications=20)
passed = base.table.set_index("stage").eval("completed / visits")["call"]
ratio = without.conversion.mean() / base.conversion.mean()
print("формула:   ×", format_number(1 / passed, language="ru", decimals=2))
print("симуляция: ×", format_number(ratio, language="ru", decimals=2))
assert ratio > 1.1 / passed

# %% [markdown]
# **Этап, который что-то делал для следующего.** Звонок объясняет, зачем нужен урок. Если без звонка этого не
# поймёт на треть больше людей, это надо сказать: изменением рядом с удалением этапа.

# %%
WORSE = "[{remove_stage: call}, {scale: stages.trial.causes.*, by: 1.33}]"
HONEST = TEXT.replace("[{remove_stage: call}]", WORSE)
honest = fs.compare(fs.loads(HONEST)).scenarios[0].lift["revenue"]
print("без звонка, будто он ничего не объяснял:", format_number(true, language="ru", signed=True), "руб.")
print("без звонка, честно:", format_number(honest.mean, language="ru", signed=True), "руб.")
assert 0 < honest.low < honest.mean < true

# %% [markdown]
# ## Выводы
#
# - Дожитие — произведение; убранный этап — множитель 1. Поэтому конверсия умножается на 1 / (1 − потери).
# - Предотвращённые потери — ещё не продажи: важно произведение всего, что идёт потом.
# - Таблица судеб показывает это человек за человеком, и её строки в сумме дают прирост.
# - Где клиенты что-то несут с собой от этапа к этапу или где этап помогает следующему, одной формулы мало.
#   Симуляция учитывает и то и другое, если это сказано в файле.
#
# **На уроке:** `funnelsim lesson scenarios/smallest.yaml --lang ru -o урок.html` делает страницу, где этапы
# убираются галочками; ей не нужны ни сервер, ни сеть.
