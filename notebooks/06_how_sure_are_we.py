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
# # How sure are we?
#
# *And what should we measure next?*
#
# A simulation can be repeated until its luck no longer matters. The doubt about the numbers that we put in stays:
# nobody knows that a video "halves" a loss. An interval that leaves this out says little. We
#
# 1. write numbers with what is not known of them;
# 2. see the doubt arrive in the lift, apart from the luck of the simulation;
# 3. ask with what probability each scenario is best, and what a wrong decision costs;
# 4. ask which number is worth measuring, and by how many more customers.

# %%
import matplotlib.pyplot as plt

import funnelsim as fs
from funnelsim.uncertainty import assess
from funnelsim.views import plots
from funnelsim.views.doubts import tell_number
from funnelsim.views.naming import name_study

study = fs.load("../scenarios/after_a_pilot.yaml")
names = name_study(study, language="en")
print(study.name.text("en"))

# %% [markdown]
# ## 1. Uncertain numbers
#
# The pilot had 400 visitors. Counted numbers are written as what was counted (`{beta: [212, 188]}`: 212 of 400
# left), guesses with the interval that we are 95% sure of (`{mean: 15%, low: 8%, high: 23.6%}`). These are all of
# them:

# %%
for number in study.uncertain:
    print(tell_number(number.address, study, names))

# %% [markdown]
# ## 2. Two sources of doubt
#
# At the means of all numbers, a simulation gives narrow intervals:

# %%
at_means = fs.compare(study, draws=0)
ax = plots.plot_lifts(at_means, "profit")

# %% [markdown]
# Now 500 draws of all the uncertain numbers together. Base and scenario share the numbers of a draw, as they
# share the luck.

# %%
found = assess(study, draws=500)
labels = {one.name: one.label.text("en") for one in found.scenarios}
table = found.table.replace({"scenario": labels})
lift = table[["scenario", "lift_profit", "lift_profit_low", "lift_profit_high", "lift_profit_p_better"]].dropna()
lift.columns = ["scenario", "lift in profit, RUB", "from (95%)", "to (95%)", "P(better)"]
lift.style.hide(axis="index").format(precision=0, thousands=",").format("{:.1%}", subset="P(better)")

# %%
lifts = [one.lift["profit"] for one in found.scenarios]
narrow = [one.lift["profit"] for one in at_means.scenarios]
fig, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
for place, (wide, tight) in enumerate(zip(lifts, narrow, strict=True)):
    doubt = ax.plot([wide.low / 1e6, wide.high / 1e6], [place, place], color="#0072B2", linewidth=2)
    luck = ax.plot([tight.low / 1e6, tight.high / 1e6], [place, place], color="#D55E00", linewidth=16)
    luck[0].set_solid_capstyle("butt")
ax.axvline(0, color="#8A8A8A", linewidth=1)
ax.set_yticks(range(len(lifts)), [one.label.text("en") for one in found.scenarios])
ax.set_ylim(len(lifts) - 0.5, -0.5)
ax.set_xlabel("lift in profit, millions of RUB, 95% intervals")
ax.legend([*luck, *doubt], ["luck of the simulation only", "with the doubt about the numbers"], frameon=False)
ax.set_title("How sure are the lifts?", loc="left", fontweight="bold")
ax.spines[["top", "right"]].set_visible(False)

# %%
for wide, tight in zip(lifts, narrow, strict=True):
    assert wide.high - wide.low > 3 * (tight.high - tight.low)

# %% [markdown]
# No number of replications shortens the long lines. Only knowing more does.

# %% [markdown]
# ## 3. Which is best, and what if we are wrong?

# %%
chances = table[["scenario", "p_best", "regret"]].set_axis(["scenario", "P(best)", "expected regret, RUB"], axis=1)
chances.style.hide(axis="index").format(precision=0, thousands=",").format("{:.1%}", subset="P(best)")

# %% [markdown]
# **P(best)** is the share of draws in which an option brings the most profit. **Expected regret** is by how much
# it is expected to fall behind whatever is best in each draw: what choosing it may cost us.

# %%
best = table.loc[table["regret"].idxmin()]
print(f"least regret: {best['scenario']}, best with probability {best['p_best']:.0%}")
print(f"what knowing everything would be worth (EVPI): {found.perfect:,.0f} RUB")
assert abs(best["regret"] - found.perfect) < 1e-6 * max(1.0, found.perfect)
assert abs(found.table["p_best"].sum() - 1) < 1e-9

# %% [markdown]
# That the least regret *is* the value of perfect information is no accident: both are E max − max E.

# %% [markdown]
# ## 4. What to measure next
#
# What knowing a number exactly would be worth (EVPPI) is how much better we would decide, on average. Beside it
# stands the same after observing 100, 1,000 and 10,000 more customers (EVSI); a dash, where customers do not tell it.
# A number can be very uncertain and yet worth nothing, if no decision depends on it.

# %%
worth = found.measure_next.drop(columns=["mean", "low", "high"])
worth["number"] = [tell_number(address, study, names) for address in worth["number"]]
worth.columns = ["number", "exactly, RUB", "after 100", "after 1,000", "after 10,000"]
worth.style.hide(axis="index").format(precision=0, thousands=",", na_rep="–")

# %%
top = worth[worth["exactly, RUB"] > 0].head(6).iloc[::-1]
fig, ax = plt.subplots(figsize=(9, 1.2 + 0.5 * len(top)), layout="constrained")
ax.barh(top["number"], top["exactly, RUB"] / 1e3, color="#0072B2")
ax.set_xlabel("worth knowing, thousands of RUB")
ax.set_title("What to measure next", loc="left", fontweight="bold")
ax.spines[["top", "right"]].set_visible(False)

# %%
first = worth.iloc[0]
print(f"first of all: {first['number']}, worth up to {first['exactly, RUB']:,.0f} RUB")
assert (found.measure_next["perfect"] <= found.perfect * 1.05).all()

# %% [markdown]
# ## Conclusions
#
# - Narrow intervals of a simulation are not knowledge.
# - Decide by expected profit, and look at the regret: it says what being wrong costs.
# - Measure what decisions depend on, and only if the measurement costs less than it is worth. Effects of
#   interventions are often on top; they take a trial, not more history.
#
# On the command line: `funnelsim compare scenarios/after_a_pilot.yaml`. The methods: `docs/uncertainty.md`.
