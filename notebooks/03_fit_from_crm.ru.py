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
# # От выгрузки из CRM к решению
#
# *Для аналитиков.*
#
# CRM знает, когда сделка пришла на какой этап и почему сорвалась. В этой тетради мы
#
# 1. прочитаем выгрузку вместе с грязью;
# 2. оценим по ней воронку, каждое число — с интервалом;
# 3. увидим, что будет, если считать только закрытые сделки;
# 4. спросим, предсказывает ли оценённая воронка месяцы, которых она не видела;
# 5. выберем одну из двух мер, и сомнение в числах войдёт в ответ.
#
# Выгрузку делает сам funnelsim из воронки, которую мы знаем. Поэтому каждый ответ можно сравнить с истиной, чего
# настоящая выгрузка не позволяет.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import funnelsim as fs
from funnelsim.causes import CATALOGUE
from funnelsim.reading.dirt import export_log
from funnelsim.views import plots
from funnelsim.views.fitted_files import fitted_text, samples_table
from funnelsim.views.formats import format_interval, format_number, format_share
from funnelsim.views.printed import describe

# %% [markdown]
# ## 1. Выгрузка
#
# Истина, от аналитика скрытая: фирма продаёт оборудование.

# %%
TRUTH = """
funnelsim: 1
name: Оборудование
currency: RUB
sources: {site: {arrivals: 10 / d}}
stages:
  - name: заявка
    key: request                                # та же удача, что в английской тетради
    label: Заявка
    takes: {exponential: {mean: 1 d}}
    causes: {slow_response: {time_to_loss: {exponential: {rate: 0.25 / d}}}, spam: {chance: 5%, at: exit}}
  - name: предложение
    key: offer
    label: Предложение
    takes: {gamma: {mean: 12 d, sd: 7 d}}
    causes:
      competitor_offer: {time_to_loss: {exponential: {rate: 0.04 / d}}}
      no_trust: {chance: 8%, at: exit}
  - name: оплата
    key: payment
    label: Оплата
    takes: {exponential: {mean: 6 d}}
    causes: {changed_mind: {time_to_loss: {exponential: {rate: 0.03 / d}}}}
    revenue: {lognormal: {mean: 300000, sd: 150000}}
run: {replications: 20, seed: 3, horizon: 270 d}
"""
truth = fs.loads(TRUTH)
export = export_log(fs.history(truth.funnel, run=truth.run), dirt=0.01, seed=3)
workspace = TemporaryDirectory()  # исчезнет вместе с тетрадью
folder = Path(workspace.name)
(folder / "crm.csv").write_text(export.text, encoding="utf-8")
(folder / "crm.map.yaml").write_text(export.mapping, encoding="utf-8")
print("\n".join(export.text.splitlines()[:8]))

# %% [markdown]
# **Файл соответствий** говорит, что значат столбцы: кто клиент, какие события — этапы, что считать выигрышем и
# потерей. Для своих данных черновик напишет `guess_mapping` из `funnelsim.reading.guessing`.

# %%
print(export.mapping)

# %%
log = fs.read_log(folder / "crm.csv", folder / "crm.map.yaml")
print(describe(log.report, language="ru"))

# %% [markdown]
# Каждая строка принята или отброшена по названной причине. Ничего не пропадает молча: отчёт называет строки.
#
# Грязь мы посадили сами, поэтому видим, что чтение находит её всю и не отбрасывает ничего другого:

# %%
for kind, rows in export.planted.items():
    assert log.report.count(kind) == len(rows), kind
print("найдены все посаженные строки:", sum(map(len, export.planted.values())))

# %% [markdown]
# ## 2. Оценка

# %%
fitted = fs.fit(log, draws=200, name="Оборудование")
print(describe(fitted, language="ru"))

# %% [markdown]
# Что и где теряет оценённая воронка:

# %%
ax = plots.plot_losses(fs.solve(fitted.funnel), language="ru")

# %% [markdown]
# ## 3. Только закрытые сделки?
#
# Открытые сделки тоже о чём-то говорят: до сих пор они *не* потеряны. Для воронки они **цензурированы**. Если их
# выбросить, как делают многие отчёты, и взять выигранные / (выигранные + потерянные) среди пришедших за последние
# два месяца, то быстрые потери попадут в счёт, а медленные продажи — нет:

# %%
table = log.table
came = table.groupby("customer").agg(
    entered=("entered", "min"),
    won=("outcome", lambda column: (column == "won").any()),
    lost=("outcome", lambda column: (column == "lost").any()),
)
recent = came[came["entered"] > 210]
naive = recent["won"].sum() / (recent["won"] | recent["lost"]).sum()
true, found = fs.solve(truth.funnel).conversion, fs.solve(fitted.funnel).conversion
print("истина:                                  ", format_share(true, language="ru"))
print("оценка:                                  ", format_share(found, language="ru"))
print("закрытые сделки последних двух месяцев:  ", format_share(naive, language="ru"))
assert abs(found - true) < 0.02
assert naive < true - 0.05

# %% [markdown]
# ## 4. Предсказывает ли она то, чего не видела?
#
# `hold_out` оценивает воронку по тому, что было известно утром 1 июня, предсказывает судьбу клиентов следующих
# шестидесяти дней и ставит рядом то, что с ними стало. Словами сказано, можно ли воронке верить.

# %%
checked = fs.hold_out(log, cut="2024-06-01", window="60 d", at="20 d, 60 d", draws=50)
print(checked.verdict.text("ru").replace(". ", ".\n"))

# %%
whole = checked.table.query("whole and measure in ['won', 'lost', 'open']")
shares = ["predicted", "low_95", "high_95", "observed"]
endings = {"won": "купили", "lost": "потеряны", "open": "в пути"}
shown = whole[["measure", "cause", "age", *shares]].replace({"measure": endings})
shown["cause"] = [CATALOGUE[cause].label.text("ru") if cause else "" for cause in shown["cause"]]
shown[shares] *= 100
titles = {
    "measure": "исход",
    "cause": "причина",
    "age": "к дню",
    "predicted": "прогноз, %",
    "low_95": "от",
    "high_95": "до",
    "observed": "было, %",
}
shown.rename(columns=titles).style.hide(axis="index").format({titles["age"]: "{:.0f}"}, precision=1, decimal=",")

# %% [markdown]
# Каждая наблюдённая доля должна быть в своей полосе, девятнадцать раз из двадцати: полоса так широка, как велики
# случайность для 594 клиентов и неизвестность оценённых чисел.

# %%
assert checked.kind == "adequate"
assert whole["inside_95"].mean() > 0.9

# %% [markdown]
# ## 5. Решить
#
# Две меры стоят одинаково: второй человек на ответах (медленных ответов вдвое меньше) или гарантия (потери из-за
# недоверия вдвое меньше, из-за конкурентов — на десятую часть). Какая лучше?
#
# Оценённая воронка записывается в файл, рядом — совместные выборки её чисел (в чём суммы, выгрузка не говорит,
# поэтому валюту добавляем мы); на неё ссылается файл сценариев. За каждым, кто пришёл за 270 дней, следим до
# конца. На картинке — только везение клиентов:

# %%
text = fitted_text(fitted, "ru", source="crm.csv", samples="fitted.draws.csv")
(folder / "fitted.yaml").write_text(text + "currency: RUB\n", encoding="utf-8")
(folder / "fitted.draws.csv").write_text(samples_table(fitted), encoding="utf-8")
(folder / "decide.yaml").write_text(
    """
funnelsim: 1
funnel: fitted.yaml
interventions:
  second_person:
    label: Второй человек на ответах
    cost: {per_month: 300000}
    changes: [{scale: stages.заявка.causes.slow_response, by: 0.5}]
  guarantee:
    label: Гарантия
    cost: {once: 2700000}
    changes:
      - {scale: stages.предложение.causes.no_trust, by: 0.5}
      - {scale: stages.предложение.causes.competitor_offer, by: 0.9}
scenarios: [second_person, guarantee]
run: {replications: 20, seed: 5, cohort: 270 d}
""",
    encoding="utf-8",
)
study = fs.load(folder / "decide.yaml")
comparison = fs.compare(study, draws=100)
ax = plots.plot_lifts(comparison, "profit", language="ru")

# %% [markdown]
# `compare` проводит до прироста и неизвестное о самих числах. От этого интервалы шире, зато видно, насколько
# верно, что мера — лучшая:

# %%
for one in comparison.uncertainty.scenarios:
    lift = one.lift["profit"]
    print(f"{one.label.text('ru')}: лучше всех с вероятностью", format_share(one.p_best, language="ru", decimals=0))
    print("    прирост прибыли, интервал 95 %:", format_interval(lift.low, lift.high, language="ru"), "руб.")

# %% [markdown]
# А что было бы верно? Те же меры на истинной воронке:

# %%
at_truth = fs.loads(
    TRUTH + (folder / "decide.yaml").read_text(encoding="utf-8").split("fitted.yaml\n")[1].split("run:")[0]
)
right = {one.name: one.lift["profit"].mean for one in fs.compare(at_truth, cohort="270 d", replications=100).scenarios}
for one in comparison.uncertainty.scenarios:
    lift = one.lift["profit"]
    print(one.label.text("ru"))
    print(
        "    оценка:",
        format_number(lift.mean, language="ru"),
        "руб.,",
        format_interval(lift.low, lift.high, language="ru"),
    )
    print("    истина:", format_number(right[one.name], language="ru"), "руб.")
best = max(comparison.uncertainty.scenarios, key=lambda one: one.lift["profit"].mean)
assert best.name == max(right, key=lambda name: right[name])
assert best.lift["profit"].low < right[best.name] < best.lift["profit"].high

# %% [markdown]
# Выбор верен, и интервал лучшей меры накрывает истину. Интервал гарантии — нет, и это полезно знать: на самом деле
# недоверие срабатывает в конце этапа, когда конкуренты уже не помешают, а по выгрузке оно понято как то, что
# случается по дороге, после чего часть клиентов ещё уйдёт к конкурентам. **Интервал знает о сомнении в числах, но не
# о сомнении в механизме.** Кто знает механизм, впишет его в файл оценённой воронки.

# %% [markdown]
# ## Выводы
#
# - Чтение говорит, что стало с каждой строкой; оценка — насколько надёжно каждое число.
# - Открытые сделки — это сведения. Без них молодые данные выглядят хуже, чем есть.
# - Оценка чего-то стоит, если предсказывает то, чего не видела.
# - Сомнение в числах — часть решения, а не сноска.
#
# Все частоты — наблюдения. Что с ними сделает мера, предполагает сценарий, и доказать это никакой журнал не
# может.
