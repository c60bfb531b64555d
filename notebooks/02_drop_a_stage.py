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
# # Drop a stage
#
# *For those who teach, and for those who want to see why.*
#
# "No stage, no losses at that stage" is the shortest advice that a funnel has to give. It is true, and yet it is
# nearly always counted wrongly. In this notebook we
#
# 1. see that survival is a product, and a dropped stage a factor of 1;
# 2. count the customers whom this saves, wrongly and rightly;
# 3. follow each of them in the **ledger**;
# 4. meet two funnels for which the formula does not hold.

# %%
from dataclasses import asdict

import pandas as pd

import funnelsim as fs
from funnelsim.views import plots
from funnelsim.views.formats import format_number, format_share
from funnelsim.views.naming import name_study

# %% [markdown]
# ## 1. Survival is a product

# %%
TEXT = """
funnelsim: 1
name: A course
currency: USD
stages:
  - {name: page,     label: Course page,  causes: {did_not_understand: 30%, distracted: 20%}}
  - {name: call,     label: Call,         causes: {slow_response: 25%, no_trust: 10%}}
  - {name: trial,    label: Free lesson,  causes: {forgot: 20%, changed_mind: 15%}}
  - {name: payment,  label: Payment,      causes: {limited_resources: 20%}, revenue: 500}
interventions:
  no_call:  {label: Without the call, changes: [{remove_stage: call}]}
  no_trial: {label: Without the free lesson, changes: [{remove_stage: trial}]}
scenarios: [no_call, no_trial, {name: neither, label: Without both, interventions: [no_call, no_trial]}]
run: {replications: 20, seed: 7}
"""

study = fs.loads(TEXT)
exact = fs.solve(study.funnel)
names = name_study(study, language="en")
stages = exact.table.assign(
    label=lambda table: table["stage"].map(names.stage), passed=lambda table: table["completed"] / table["visits"]
)
shown = stages[["label", "visits", "passed"]].rename(
    columns={"label": "stage", "visits": "of one who enters", "passed": "passed on"}
)
shown.style.hide(axis="index").format(precision=3, decimal=".")

# %% [markdown]
# Who buys has passed every stage, so the conversion is the product of the last column:

# %%
factors = [format_number(share, language="en", decimals=3) for share in stages["passed"]]
print(" × ".join(factors), "=", format_number(stages["passed"].prod(), language="en", decimals=3))
assert abs(stages["passed"].prod() - exact.conversion) < 1e-12

# %% [markdown]
# Dropping a stage makes its factor 1. If nothing else depends on the stage, conversion is multiplied by
# **1 / (1 − loss)**.
#
# Let us drop each of the first three in turn and compare the formula with the funnel that is solved without the
# stage.

# %%
early = stages[:-1]  # the last one earns
drops = "".join(f"  drop_{stage}: {{changes: [{{remove_stage: {stage}}}]}}\n" for stage in early["stage"])
tried = fs.loads(TEXT.replace("interventions:\n", "interventions:\n" + drops)).interventions[: len(early)]
rows = [
    {
        "dropped": names.stage(stage),
        "its loss": 1 - passed,
        "conversion by the formula": exact.conversion / passed,
        "conversion, solved": fs.solve(fs.apply(study.funnel, drop)).conversion,
    }
    for stage, passed, drop in zip(early["stage"], early["passed"], tried, strict=True)
]
assert all(abs(row["conversion by the formula"] - row["conversion, solved"]) < 1e-12 for row in rows)
pd.DataFrame(rows).style.hide(axis="index").format(precision=3, decimal=".")

# %% [markdown]
# ## 2. Naive against true
#
# It is tempting to count otherwise: "the call loses so many people, so without it we sell so many courses more".

# %%
comparison = fs.compare(study)
no_call = next(one for one in comparison.scenarios if one.name == "no_call")
true, naive = no_call.lift["revenue"].mean, no_call.naive_lift
print("naive:", format_number(naive, language="en", signed=True), "USD")
print("true: ", format_number(true, language="en", signed=True), "USD")
print("the naive count promises", format_number(naive / true, language="en", decimals=1), "times as much")

# %% [markdown]
# Where does the factor come from? Whoever is spared at the call goes on to meet the lesson and the price. Only
# the product of the later stages pays:

# %%
later = stages["passed"].iloc[2:].prod()
print("of those saved at the call", format_share(later, language="en"), "buy")
print("1 / that share =", format_number(1 / later, language="en", decimals=1))
assert abs(naive / true * later - 1) < 0.03

# %% [markdown]
# The further to the left a stage stands, the more wrong the naive count is.

# %%
ax = plots.plot_lifts(comparison)

# %% [markdown]
# ## 3. The ledger: who was saved, and what became of them
#
# The same customers live through both worlds. So each of them can be looked up in both:

# %%
ax = plots.plot_ledger(comparison, "no_call", study=study)

# %%
ledger = pd.DataFrame(
    [
        {
            "in the base": names.fate(asdict(row.base)),
            "in the scenario": names.fate(asdict(row.scenario)),
            "customers": row.customers,
            "revenue, USD": row.revenue,
        }
        for row in no_call.ledger
    ]
)
ledger.sort_values("customers", ascending=False).style.hide(axis="index").format(precision=0, thousands=",")

# %% [markdown]
# Three things to check in it, with any class:
#
# - the rows add up to everybody who came;
# - the money adds up to the lift;
# - **nobody gets worse off:** no row leads from "bought" to "lost". Without a queue, taking away a loss harms no
#   one.

# %%
assert abs(ledger["customers"].sum() - comparison.base.measures["customers"].mean) < 1e-6
assert abs(ledger["revenue, USD"].sum() - true) < 1e-3
assert not any(row.base.fate == "won" and row.scenario.fate == "lost" for row in no_call.ledger)

# %% [markdown]
# ## 4. Where the formula ends
#
# **A stock that is used up.** Customers carry attention, and every stage spends some. A dropped stage saves its
# attention, too, and the later stages profit: the lift is *larger* than 1 / (1 − loss).

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
print("formula:   ×", format_number(1 / passed, language="en", decimals=2))
print("simulated: ×", format_number(ratio, language="en", decimals=2))
assert ratio > 1.1 / passed

# %% [markdown]
# **A stage that did something for the next.** A call explains what the lesson is for. If a third more do not see
# it without the call, that has to be said, as a change beside the removal:

# %%
WORSE = "[{remove_stage: call}, {scale: stages.trial.causes.*, by: 1.33}]"
HONEST = TEXT.replace("[{remove_stage: call}]", WORSE)
honest = fs.compare(fs.loads(HONEST)).scenarios[0].lift["revenue"]
print("without the call, as if it had explained nothing:", format_number(true, language="en", signed=True), "USD")
print("without the call, honestly:", format_number(honest.mean, language="en", signed=True), "USD")
assert 0 < honest.low < honest.mean < true

# %% [markdown]
# ## Conclusions
#
# - Survival is a product; a dropped stage is a factor of 1. So dropping a stage multiplies conversion by 1 / (1 −
#   loss).
# - Losses avoided are not sales gained: what counts is the product of all that comes later.
# - The ledger shows it person by person, and its rows add up to the lift.
# - Where customers carry something from stage to stage, or a stage helps the next, the formula is not enough. The
#   simulation takes both into account, if the file says so.
#
# **In the classroom:** `funnelsim lesson scenarios/smallest.yaml -o lesson.html` makes a page with check boxes
# for the stages, which needs no server and no network.
