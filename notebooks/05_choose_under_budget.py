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
# # Choose under a budget
#
# *Eleven measures, money for some.*
#
# Measures do not add up: whoever is saved by one may be lost to the next, some exclude each other, some need
# another first, and some come in sizes. So the best set is not simply the best measures. We
#
# 1. look at the measures one by one;
# 2. ask for the best set for a million;
# 3. ask for the best set for *every* budget, and find where more money stops paying;
# 4. see how the chosen measures add up.

# %%
from pathlib import Path

import pandas as pd

import funnelsim as fs
from funnelsim.views import plots

study = fs.load("../scenarios/budget.yaml")
print(study.name.en, "·", len(study.interventions), "interventions and sizes")
ax = plots.plot_losses(fs.solve(study.funnel))

# %% [markdown]
# ## 1. Each by itself
#
# Nobody waits for anybody in this funnel, so the solver answers exactly, for every set that goes together: there
# is no luck in what follows.

# %%
BUDGET = 1_000_000
choice = fs.choose(study, BUDGET)
alone = pd.DataFrame(
    [
        {
            "measure": one.label.text("en"),
            "costs": one.alone.spend,
            "profit alone": one.alone.profit,
            "per rouble": one.alone.profit / one.alone.spend if one.alone.spend else float("nan"),
            "chosen": one.chosen,
            "worth in the set": one.worth,
        }
        for one in choice.options
        if one.alone
    ]
)
ranked = alone.sort_values("profit alone", ascending=False)
ranked.style.hide(axis="index").format(precision=0, thousands=",", na_rep="–").format("{:.1f}", subset="per rouble")

# %% [markdown]
# ## 2. The best set for a million

# %%
print(f"{choice.sets:,} sets were solved")
labels = {one.name: one.label.text("en") for one in choice.options}
for title, found in (("the best set", choice.best), ("the greedy set", choice.greedy)):
    print(f"\n{title} costs {found.spend:,.0f} RUB and brings {found.profit:+,.0f} RUB of profit:")
    print(*(f"  - {labels[name]}" for name in found.options), sep="\n")

# %% [markdown]
# **Greedy** takes again and again what gains most for its cost. It can never be better than the best of all sets,
# and it often is worse: it cannot go back.

# %%
assert choice.method == "exact"
assert choice.best.spend <= BUDGET
assert choice.best.profit >= choice.greedy.profit

# %% [markdown]
# What each chosen measure adds *to the others* is its worth. The worths do not add up to the whole, because the
# measures work upon the same customers.

# %%
chosen = alone[alone["chosen"]]
print(f"sum of the lifts alone  {chosen['profit alone'].sum():12,.0f} RUB")
print(f"the set                 {choice.best.profit:12,.0f} RUB")
print(f"sum of the worths       {chosen['worth in the set'].sum():12,.0f} RUB")

# %% [markdown]
# ## 3. The best for every budget
#
# Each point is the best that its money can buy. Where the line no longer rises, more money does not pay.

# %%
frontier = choice.table
ax = plots.plot_frontier(choice)

# %%
top = frontier.loc[frontier["profit"].idxmax()]
print(f"the most profit, {top['profit']:+,.0f} RUB, costs {top['spend']:,.0f} RUB")
assert frontier["spend"].is_monotonic_increasing
assert frontier["profit"].is_monotonic_increasing
assert top["profit"] >= choice.best.profit

# %% [markdown]
# The second million buys less than the first:

# %%
gain = {limit: frontier.loc[frontier["spend"] <= limit, "profit"].max() for limit in (BUDGET, 2 * BUDGET)}
print(f"first million {gain[BUDGET]:+,.0f} RUB, second million {gain[2 * BUDGET] - gain[BUDGET]:+,.0f} RUB")
assert gain[2 * BUDGET] - gain[BUDGET] < gain[BUDGET]

# %% [markdown]
# ## 4. How they add up
#
# The waterfall takes the three measures that are worth most: what each brings alone, and what is left for their
# working together.

# %%
names = [one.name for one in choice.options if one.alone]
picked = [names[place] for place in chosen.nlargest(3, "worth in the set").index]
ways = Path("../scenarios/budget.yaml").read_text(encoding="utf-8").split("\nscenarios:")[0]
ways += "\nscenarios:\n" + "".join(f"  - {name}\n" for name in picked)
ways += f"  - {{name: together, label: All three, interventions: [{', '.join(picked)}]}}\n"
ways += "run: {replications: 20, seed: 7, cohort: 180 d}\n"
comparison = fs.compare(fs.loads(ways))
ax = plots.plot_waterfall(comparison, "together")

# %%
lifts = {one.name: one.lift["revenue"].mean for one in comparison.scenarios}
together = lifts.pop("together")
print(f"one by one {sum(lifts.values()):+,.0f} RUB, together {together:+,.0f} RUB")
assert together > sum(lifts.values())

# %% [markdown]
# Measures at different stages multiply: together they bring more than one by one. Measures against losses at the
# *same* place would bring less.
#
# ## Conclusions
#
# - Choose sets, not measures. The best set for a budget can leave out the measure that is best by itself.
# - Ask for every budget at once: the line shows where more money stops paying.
# - These are the means of the file's numbers. How sure the choice is, is the subject of `06_how_sure_are_we`.
#
# On the command line: `funnelsim choose scenarios/budget.yaml --budget 1000000`.
