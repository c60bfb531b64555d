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
# # Ваша первая воронка
#
# *Пять минут от нуля до первого прироста.*
#
# На каждом этапе воронка теряет людей, и у потерь есть названные причины. funnelsim проводит через неё
# вымышленных клиентов и отвечает на один вопрос: **какое изменение сколько выручки принесёт?**
#
# Выполняйте ячейки по очереди (Shift+Enter).

# %%
import funnelsim as fs
from funnelsim.views import plots
from funnelsim.views.formats import format_number
from funnelsim.views.printed import describe

# %% [markdown]
# ## 1. Воронка — это текст
#
# Три этапа, три причины потерь, одна цена. Обычно воронка лежит в отдельном файле (`fs.load("funnel.yaml")`);
# здесь она записана прямо в тетради, чтобы её можно было менять на месте.

# %%
TEXT = """
funnelsim: 1
name: Три этапа
currency: RUB

stages:
  - name: реклама
    label: Реклама
    causes: {distracted: 40%, forgot: 20%}
  - name: магазин
    label: Магазин
    causes: {no_trust: 30%}
  - name: покупка
    label: Покупка
    revenue: 1000

interventions:
  one_click:
    label: Купить в один клик
    cost: {once: 200000}
    changes: [{remove_stage: магазин}]
  fewer_distractions:
    label: Вдвое меньше отвлекает
    cost: {once: 100000}
    changes: [{scale: stages.*.causes.distracted, by: 0.5}]

scenarios:
  - one_click
  - fewer_distractions
  - {name: both, label: И то и другое, interventions: [one_click, fewer_distractions]}

run: {replications: 20, seed: 0}
"""

study = fs.loads(TEXT)
print(f"этапов: {len(study.funnel.stages)}, сценариев: {len(study.scenarios)}")

# %% [markdown]
# Ошибки в тексте находятся до всякого расчёта, все сразу, и называется место каждой. Библиотека пишет о них
# по-английски, а команда `funnelsim validate воронка.yaml --lang ru` — по-русски:

# %%
try:
    fs.loads(TEXT.replace("no_trust: 30%", "no_trust: 130%").replace("revenue", "revenu"))
except fs.InputError as mistake:
    print(mistake)

# %% [markdown]
# ## 2. Что она теряет?
#
# Точный ответ для одного вошедшего клиента:

# %%
exact = fs.solve(study.funnel)
print(f"из 1000 клиентов купят {1000 * exact.conversion:.0f}")

# %% [markdown]
# Проверим на бумаге. Две причины на одном этапе соревнуются за одних и тех же людей: реклама теряет 1 − 0,6 × 0,8
# = 52 %, а не 60 %. Магазин теряет 30 % дошедших:

# %%
by_hand = (1 - 0.4) * (1 - 0.2) * (1 - 0.3)
assert abs(exact.conversion - by_hand) < 1e-12
print("(1 − 0,4) × (1 − 0,2) × (1 − 0,3) =", format_number(by_hand, language="ru", decimals=3))

# %% [markdown]
# Симуляция говорит то же, но с везением: 10 000 клиентов, двадцать раз.

# %%
tally = fs.simulate(study.funnel, run=study.run)
ax = plots.plot_funnel(tally, language="ru")

# %% [markdown]
# У каждой картинки есть описание для тех, кто её не видит, и таблица:

# %%
print(plots.alt_text(ax))

# %%
print(describe(tally, language="ru"))

# %% [markdown]
# ## 3. Что даст изменение?
#
# Исходную воронку и сценарии проживают **те же** клиенты с **тем же** везением, поэтому разница — это действие
# изменения, а не случай.

# %%
comparison = fs.compare(study)
ax = plots.plot_lifts(comparison, language="ru")

# %%
lifts = {one.name: one.lift["revenue"] for one in comparison.scenarios}
for one in comparison.scenarios:
    mean, low, high = (
        format_number(amount, language="ru", signed=True)
        for amount in (one.lift["revenue"].mean, one.lift["revenue"].low, one.lift["revenue"].high)
    )
    print(f"{one.label.text('ru'):24} {mean:>12} руб., интервал 95 %: {low} … {high}")

# %% [markdown]
# **Нет этапа — нет потерь на этом этапе:** без магазина конверсия вырастет в 1 / (1 − 0,3) раз. А действия
# перемножаются, а не складываются: обе меры вместе дают больше суммы двух.

# %%
base = comparison.base.measures["revenue"].mean
assert abs(lifts["one_click"].mean / base - (1 / 0.7 - 1)) < 0.01
assert lifts["both"].mean > lifts["one_click"].mean + lifts["fewer_distractions"].mean

# %% [markdown]
# ## 4. Окупается ли оно?
#
# Выручка — ещё не прибыль: изменения чего-то стоят.

# %%
ax = plots.plot_lifts(comparison, "profit", language="ru")

# %%
assert all(one.lift["profit"].low > 0 for one in comparison.scenarios)

# %% [markdown]
# ## Выводы
#
# - Воронка — это текст в десяток строк. Начать можно с того, что напишет `funnelsim init моя_воронка --lang ru`.
# - Её потери перемножаются, и действия изменений тоже.
# - Рядом с каждым приростом стоит интервал. Здесь в нём только везение симуляции; как добавить сомнение в самих
#   числах, рассказывает тетрадь `06_how_sure_are_we`.
#
# **Теперь вы:** измените в тексте выше долю или цену и выполните тетрадь снова. Проверки (`assert`) сравнивают с
# прежними числами и возразят: для того они и нужны.
#
# Дальше: `02_drop_a_stage.ru` — почему с этапом исчезают его потери и что становится с теми, кого удалось
# сохранить.
