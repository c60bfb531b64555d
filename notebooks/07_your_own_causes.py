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
# # Your own causes
#
# *When the catalogue does not know what you know.*
#
# The catalogue has 24 causes of loss. Your business has others: the demonstration that never took place, the
# courier who was late. A cause is a name, a side and a **mechanism**, the way in which it takes a customer. We
#
# 1. look at what the catalogue says;
# 2. define causes of our own, with five mechanisms;
# 3. let them compete, and see why shares do not add up;
# 4. act on them.

# %%
import pandas as pd

import funnelsim as fs
from funnelsim.causes import CATALOGUE
from funnelsim.views import plots

# %% [markdown]
# ## 1. The catalogue

# %%
pd.DataFrame(
    [{"key": key, "cause": cause.label.text("en"), "side": str(cause.side)} for key, cause in CATALOGUE.items()]
).set_index("key")

# %% [markdown]
# ## 2. Causes of our own
#
# A cause under `causes:` at the top is known to all stages that name it.
#
# | mechanism | written as | takes a customer |
# |---|---|---|
# | chance | `5%` or `{chance: 5%}` | at entry, all at once; `at: exit`: at the end |
# | time to loss | `{time_to_loss: LAW}` | at a random moment while they are at the stage |
# | patience | `{patience: LAW}` | while they wait for an answer |
# | forgetting | `{forgetting: {half_life: 6 d, decay: 0.5}}` | at the end, the longer since the last contact the more |
# | a budget | `budgets:` and `spends:` | when a stock of attention or money runs out |

# %%
TEXT = """
funnelsim: 1
name: Furniture to order
currency: EUR
budgets:
  patience_with_forms: {label: Patience with forms, has: {exponential: {mean: 12}}, cause: too_much_paper}
causes:
  too_much_paper:     {label: Too much paper, side: company}
  measurer_not_held:  {label: The measurer did not come, side: company, chance: 6%}
  neighbour_advised:
    label: A neighbour advised against it
    side: buyer
    time_to_loss: {exponential: {rate: 0.01 / d}}
  courier_late:       {label: The courier was late, side: company, chance: 4%, at: exit}
  forgot:             {forgetting: {half_life: 20 d, decay: 0.5}}
sources: {site: {batch: 20000}}
stages:
  - name: request
    label: Request
    spends: {patience_with_forms: 2}
    response: {wait: {exponential: {mean: 5 h}}}
    causes: {slow_response: {patience: {weibull: {scale: 1 d, shape: 0.8}}}}
  - name: measuring
    label: Measuring
    takes: {exponential: {mean: 6 d}}
    causes: {measurer_not_held: default, neighbour_advised: default, forgot: default}
  - name: contract
    label: Contract
    spends: {patience_with_forms: 5}
    takes: {exponential: {mean: 4 d}}
    causes: {neighbour_advised: {times: 2}, forgot: default, limited_resources: 15%}
  - name: delivery
    label: Delivery
    takes: {gamma: {mean: 30 d, sd: 8 d}}
    causes: {courier_late: default, neighbour_advised: default}
    revenue: 2500
interventions:
  one_page:
    label: A contract of one page
    changes: [{set: stages.contract.spends.patience_with_forms, to: 1}]
  reminders: {label: Remind every 3 days, changes: [{remind: measuring, every: 3 d, cost: 1}]}
  reviews:   {label: Reviews of neighbours, changes: [{scale: stages.*.causes.neighbour_advised, by: 0.5}]}
scenarios:
  - one_page
  - reminders
  - reviews
  - {name: all_three, label: All three, interventions: [one_page, reminders, reviews]}
run: {replications: 10, seed: 11}
"""

study = fs.loads(TEXT)
exact = fs.solve(study.funnel)
print(f"of 100 who ask, {100 * exact.conversion:.1f} get their furniture")

# %%
ax = plots.plot_losses(exact)

# %% [markdown]
# `default` takes the cause as it is defined at the top, `{times: 2}` twice its hazard. The solver knows all five
# mechanisms, so the figures are exact.

# %% [markdown]
# ## 3. Causes compete
#
# Whoever has gone for one cause cannot go for another. So what is lost when two causes act is less than the sum
# of what each would take alone, and taking one away leaves more for the other:

# %%
TWO = "funnelsim: 1\nstages: [{name: only, revenue: 1, causes: {spam: 40%, forgot: 20%}}]"
pair = fs.solve(fs.loads(TWO).funnel)
lost = dict(zip(pair.causes, pair.losses[0], strict=True))
alone = fs.solve(fs.loads(TWO.replace("spam: 40%, ", "")).funnel)
for cause, share in lost.items():
    print(f"{CATALOGUE[cause].label.text('en'):8} {share:.1%}")
print(f"together {1 - pair.conversion:.1%}")
assert abs(1 - pair.conversion - (1 - 0.6 * 0.8)) < 1e-12
assert lost["forgot"] < 0.2
assert abs(1 - alone.conversion - 0.2) < 1e-12

# %% [markdown]
# With spam there, 15.8% are lost to forgetting, without it 20%: the same people were there to be lost.
#
# ## 4. When does it happen?
#
# Mechanisms differ in time. Where are the customers, day by day?

# %%
days = [0, 0.25, 0.5, 1, 1.5, *range(2, 81, 2)]
dates = fs.solve(study.funnel, at=", ".join(f"{day} d" for day in days))
ax = plots.plot_dates(dates)

# %% [markdown]
# ## 5. Act on them

# %%
comparison = fs.compare(study)
ax = plots.plot_lifts(comparison)

# %%
lifts = {one.name: one.lift["revenue"] for one in comparison.scenarios}
for one in comparison.scenarios:
    print(f"{one.label.en:26} {one.lift['revenue'].mean:+12,.0f} EUR")
assert all(lift.low > 0 for lift in lifts.values())

# %% [markdown]
# The exact answer agrees with the simulation, for the base and for every scenario:

# %%
customers = comparison.base.measures["customers"].mean
for one, scenario in zip(comparison.scenarios, study.scenarios, strict=True):
    expected = fs.solve(scenario.funnel).revenue * customers
    simulated = one.measures["revenue"]
    print(f"{one.label.en:26} exact {expected:14,.0f}   simulated {simulated.mean:14,.0f}")
    assert abs(simulated.mean - expected) < 2 * (simulated.high - simulated.low)

# %% [markdown]
# ## Conclusions
#
# - A cause is a name, a side and a mechanism. What is yours goes under `causes:`.
# - Causes compete: shares do not add up, hazards do.
# - A mechanism says *when* a cause acts, and so what helps against it: reminders against forgetting, a shorter
#   form against used-up patience, speed against waiting.
#
# The whole format is in `docs/file_format.md`; `funnelsim causes` prints the catalogue.
