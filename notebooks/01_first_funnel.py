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
# # Your first funnel
#
# *Five minutes from nothing to the first lift.*
#
# A funnel loses people at every stage, for reasons that have names. funnelsim lets synthetic customers go through
# it and answers one question: **which change brings how much revenue?**
#
# Run the cells one after the other (Shift+Enter).

# %%
import funnelsim as fs
from funnelsim.views import plots
from funnelsim.views.formats import format_number
from funnelsim.views.printed import describe

# %% [markdown]
# ## 1. A funnel is a text
#
# Three stages, three causes of loss, one price. A funnel usually stands in a file of its own
# (`fs.load("funnel.yaml")`); here it stands in the notebook, so that you can change it on the spot.

# %%
TEXT = """
funnelsim: 1
name: Three stages
currency: USD

stages:
  - name: advertisement
    causes: {distracted: 40%, forgot: 20%}
  - name: shop
    causes: {no_trust: 30%}
  - name: purchase
    revenue: 1000

interventions:
  one_click:
    label: Buy in one click
    cost: {once: 200000}
    changes: [{remove_stage: shop}]
  fewer_distractions:
    label: Half the distractions
    cost: {once: 100000}
    changes: [{scale: stages.*.causes.distracted, by: 0.5}]

scenarios:
  - one_click
  - fewer_distractions
  - {name: both, label: Both, interventions: [one_click, fewer_distractions]}

run: {replications: 20, seed: 0}
"""

study = fs.loads(TEXT)
print(f"{len(study.funnel.stages)} stages, {len(study.scenarios)} scenarios")

# %% [markdown]
# Mistakes in the text are found before anything runs, all at once, and named with their places:

# %%
try:
    fs.loads(TEXT.replace("no_trust: 30%", "no_trust: 130%").replace("revenue", "revenu"))
except fs.InputError as mistake:
    print(mistake)

# %% [markdown]
# ## 2. What does it lose?
#
# The exact answer, for one customer who enters:

# %%
exact = fs.solve(study.funnel)
print(f"of 1,000 customers {1000 * exact.conversion:.0f} buy")

# %% [markdown]
# Can that be checked by hand? Two causes at one stage compete for the same people: 1 − 0.6 × 0.8 = 52% are lost
# at the advertisement, not 60%. The shop loses 30% of those who get there:

# %%
by_hand = (1 - 0.4) * (1 - 0.2) * (1 - 0.3)
assert abs(exact.conversion - by_hand) < 1e-12
print("(1 − 0.4) × (1 − 0.2) × (1 − 0.3) =", format_number(by_hand, language="en", decimals=3))

# %% [markdown]
# The simulation says the same, with luck: 10,000 customers, twenty times.

# %%
tally = fs.simulate(study.funnel, run=study.run)
ax = plots.plot_funnel(tally)

# %% [markdown]
# Every picture has its text, for those who do not see it, and its table:

# %%
print(plots.alt_text(ax))

# %%
print(describe(tally, language="en"))

# %% [markdown]
# ## 3. What would a change bring?
#
# Base and scenarios are lived through by the **same** customers with the **same** luck, so the difference is the
# effect of the change and not of chance.

# %%
comparison = fs.compare(study)
ax = plots.plot_lifts(comparison)

# %%
lifts = {one.name: one.lift["revenue"] for one in comparison.scenarios}
for one in comparison.scenarios:
    mean, low, high = (
        format_number(amount, language="en", signed=True)
        for amount in (one.lift["revenue"].mean, one.lift["revenue"].low, one.lift["revenue"].high)
    )
    print(f"{one.label.text('en'):24} {mean:>12} USD, 95% interval {low} … {high}")

# %% [markdown]
# **No stage, no losses at that stage:** without the shop, conversion grows by 1 / (1 − 0.3). And effects
# multiply, they do not add up: both changes together bring more than the sum of the two.

# %%
base = comparison.base.measures["revenue"].mean
assert abs(lifts["one_click"].mean / base - (1 / 0.7 - 1)) < 0.01
assert lifts["both"].mean > lifts["one_click"].mean + lifts["fewer_distractions"].mean

# %% [markdown]
# ## 4. Does it pay?
#
# Revenue is not profit: changes cost something.

# %%
ax = plots.plot_lifts(comparison, "profit")

# %%
assert all(one.lift["profit"].low > 0 for one in comparison.scenarios)

# %% [markdown]
# ## Conclusions
#
# - A funnel is a text of ten lines. `funnelsim init my_funnel` writes one to start from.
# - Its losses multiply, and so do the effects of changes.
# - Every lift comes with an interval. Here it shows the luck of the simulation only; how to add the doubt about
#   the numbers that you put in is the subject of `06_how_sure_are_we`.
#
# **Now you:** change a share or the price in the text above and run the notebook again. The assertions compare
# with the numbers above and will complain: that is what they are for.
#
# Next: `02_drop_a_stage`, why removing a stage removes its losses, and what becomes of those who are saved.
