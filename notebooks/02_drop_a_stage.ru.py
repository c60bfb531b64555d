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
import pandas as pd

import funnelsim as fs
from funnelsim.views import plots

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
stages = exact.table.assign(passed=lambda table: table["completed"] / table["visits"])
stages[["stage", "visits", "passed"]].round(4)

# %% [markdown]
# Кто купил, тот прошёл каждый этап, поэтому конверсия равна произведению последнего столбца:

# %%
print(" × ".join(f"{share:.3f}" for share in stages["passed"]), f"= {stages['passed'].prod():.4f}")
assert abs(stages["passed"].prod() - exact.conversion) < 1e-12

# %% [markdown]
# Убрать этап — значит сделать его множитель единицей. Если больше ничего от этапа не зависит, конверсия
# умножается на
#
# $$\frac{1}{1 - \text{потери}}$$
#
# Уберём по очереди первые три этапа и сравним формулу с воронкой, решённой без этапа.

# %%
early = stages[:-1]  # the last one earns
drops = "".join(f"  drop_{stage}: {{changes: [{{remove_stage: {stage}}}]}}\n" for stage in early["stage"])
tried = fs.loads(TEXT.replace("interventions:\n", "interventions:\n" + drops)).interventions[: len(early)]
rows = [
    {
        "убран": stage,
        "потери": 1 - passed,
        "формула": exact.conversion / passed,
        "решено": fs.solve(fs.apply(study.funnel, drop)).conversion,
    }
    for stage, passed, drop in zip(early["stage"], early["passed"], tried, strict=True)
]
assert all(abs(row["формула"] - row["решено"]) < 1e-12 for row in rows)
pd.DataFrame(rows).round(4)

# %% [markdown]
# ## 2. Наивный счёт и верный
#
# Хочется считать иначе: «звонок теряет столько-то людей, значит, без него мы продадим на столько же курсов
# больше».

# %%
comparison = fs.compare(study)
no_call = next(one for one in comparison.scenarios if one.name == "no_call")
true, naive = no_call.lift["revenue"].mean, no_call.naive_lift
print(f"наивно {naive:+12,.0f} руб.\nверно  {true:+12,.0f} руб.\nнаивный счёт обещает в {naive / true:.1f} раза больше")

# %% [markdown]
# Откуда этот множитель? Кого пощадил звонок, тот идёт дальше, к уроку и к цене. Платит только произведение
# следующих этапов:

# %%
later = stages["passed"].iloc[2:].prod()
print(f"из сохранённых на звонке купят {later:.1%}; 1 / {later:.3f} = {1 / later:.1f}")
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
            "в базе": " ".join(filter(None, (row.base.fate, row.base.stage, row.base.cause))),
            "в сценарии": " ".join(filter(None, (row.scenario.fate, row.scenario.stage, row.scenario.cause))),
            "клиенты": row.customers,
            "выручка": row.revenue,
        }
        for row in no_call.ledger
    ]
)
ledger.sort_values("клиенты", ascending=False).round(1)

# %% [markdown]
# Вместе с любым классом в ней можно проверить три вещи:
#
# - строки в сумме дают всех, кто пришёл;
# - деньги в сумме дают прирост;
# - **никому не стало хуже:** нет строки, которая вела бы от «выигран» к «потерян». Без очереди от исчезнувшей
#   потери никто не страдает.

# %%
assert abs(ledger["клиенты"].sum() - comparison.base.measures["customers"].mean) < 1e-6
assert abs(ledger["выручка"].sum() - true) < 1e-3
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
print(f"формула: × {1 / passed:.2f}   симуляция: × {ratio:.2f}")
assert ratio > 1.1 / passed

# %% [markdown]
# **Этап, который что-то делал для следующего.** Звонок объясняет, зачем нужен урок. Если без звонка этого не
# поймёт на треть больше людей, это надо сказать: изменением рядом с удалением этапа.

# %%
HONEST = TEXT.replace("[{remove_stage: call}]", "[{remove_stage: call}, {scale: stages.trial.causes.*, by: 1.33}]")
honest = fs.compare(fs.loads(HONEST)).scenarios[0].lift["revenue"]
print(f"без звонка, даром      {true:+12,.0f} руб.")
print(f"без звонка, честно     {honest.mean:+12,.0f} руб.")
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
