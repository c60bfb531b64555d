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
# # Reply time: staff, hours, patience
#
# *How many people pay off?*
#
# Customers who wait for an answer leave, and the longer they wait, the more of them. But nobody can simply decide
# to answer faster: reply time *follows* from how many people there are, when they work, how long a conversation
# takes, and how many customers come. Nothing about speed is typed in here. We
#
# 1. describe a team and the patience of customers, and see the reply times that follow;
# 2. look at the week hour by hour;
# 3. try one person more, and another: from when on does one more no longer pay?
# 4. compare people with longer hours and with an automatic first answer.

# %%
import pandas as pd

import funnelsim as fs
from funnelsim.views import plots

# %% [markdown]
# ## 1. A team and its customers

# %%
TEXT = """
funnelsim: 1
name: A sales team
currency: EUR
sources:
  site:
    label: Site
    arrivals:
      rate: 90 / d
      week: [1.1, 1.1, 1, 1, 1, 0.9, 0.9]
      day:                                  # hour by hour, from midnight
        [0.2, 0.1, 0.1, 0.1, 0.2, 0.3, 0.6, 1, 1.3, 1.5, 1.6, 1.6,
         1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.6, 1.6, 1.4, 1, 0.7, 0.4]
teams:
  sales: {label: Sales, size: 2, hours: [Mon-Fri 09:00-18:00], cost: 25 / h}
stages:
  - name: request
    label: Request
    response: {team: sales, service: {lognormal: {mean: 20 min, sd: 12 min}}}
    causes: {slow_response: {patience: {weibull: {scale: 6 h, shape: 0.7}}}}
  - name: order
    label: Order
    takes: {exponential: {mean: 2 d}}
    causes: {competitor_offer: 40%, changed_mind: 15%}
    revenue: 200
    margin: 50%
interventions:
  people_3: {label: 3 people, changes: [{staff: sales, by: 1}]}
  people_4: {label: 4 people, changes: [{staff: sales, by: 2}]}
  people_5: {label: 5 people, changes: [{staff: sales, by: 3}]}
  people_6: {label: 6 people, changes: [{staff: sales, by: 4}]}
  evenings:
    label: "Until 21:00, and on Saturdays"
    changes: [{hours: sales, to: [Mon-Fri 09:00-21:00, Sat 10:00-18:00]}]
  answer:
    label: An automatic first answer
    cost: {once: 3000, per_month: 100}
    changes: [{respond_within: {stage: request, time: 2 min, share: 80%, holds: 12 h}}]
scenarios: [people_3, people_4, people_5, people_6]
run: {replications: 12, seed: 4, start: 2026-01-05, horizon: 12 w}
"""

study = fs.loads(TEXT)
tally = fs.simulate(study.funnel, run=study.run)
request = tally.table.set_index("stage").loc["request"]
print(f"half of the answers come within {request['wait_p50'] * 24:.1f} h")
print(f"90% of them within {request['wait_p90'] * 24:.0f} h")
print(f"lost while they waited: {request['lost'] / request['visits']:.0%}")

# %%
ax = plots.plot_losses(tally)

# %% [markdown]
# Patience is a Weibull law: of those who wait an hour some are gone, of those who wait overnight most. Its shape
# is below 1, so the first hour costs more than the second. Where do such numbers come from? From a log with the
# times of asking and of answering: `fit` estimates patience from those who left and, as censored, from those who
# were answered in time.

# %% [markdown]
# ## 2. The week of a team
#
# How busy is everyone, hour by hour? And how many are waiting?

# %%
ax = plots.plot_week(tally, "sales")

# %%
ax = plots.plot_week(tally, "sales", "queue")

# %% [markdown]
# The queue is longest on Sunday evening: whoever asks at the weekend waits for Monday, and many do not wait so long.

# %% [markdown]
# ## 3. One person more, and another
#
# Everyone is paid for all open hours, busy or not. Wages are taken off the profit.

# %%
comparison = fs.compare(study)
base = comparison.base
rows = []
for people, one in enumerate((base, *comparison.scenarios), start=2):
    stage = one.tally.table.set_index("stage").loc["request"]
    rows.append(
        {
            "people": people,
            "lost waiting": stage["lost"] / stage["visits"],
            "half within, h": stage["wait_p50"] * 24,
            "revenue": one.measures["revenue"].mean,
            "profit": one.measures["profit"].mean,
        }
    )
sizes = pd.DataFrame(rows).set_index("people")
sizes["next one brings"] = sizes["profit"].diff()
sizes.style.format("{:,.0f}", subset=["revenue", "profit", "next one brings"], na_rep="–").format(
    "{:.0%}", subset="lost waiting"
).format("{:.1f}", subset="half within, h")

# %%
ax = plots.plot_lifts(comparison, "profit")

# %% [markdown]
# Revenue grows with every person, but less and less: the first one more relieves a queue, the later ones meet
# requests that come when nobody is there. The best size is where the next one no longer earns their wage.

# %%
best = int(sizes["profit"].idxmax())
gains = sizes["revenue"].diff().dropna()
print(f"best: {best} people")
assert gains.is_monotonic_decreasing
assert 2 < best < 6
assert (sizes.loc[best + 1 :, "next one brings"] < 0).all()

# %% [markdown]
# What is left is lost at night and at weekends. No number of people in the same hours can help there:

# %%
print(sizes["lost waiting"].map("{:.0%}".format).to_string())
assert sizes["lost waiting"].iloc[-1] > 0.5 * sizes["lost waiting"].iloc[0]

# %% [markdown]
# ## 4. Other hours, or a machine?
#
# The same two people, until nine and on Saturdays; or a machine that answers at once, says when somebody will
# call, and so holds the patience of eight in ten for up to 12 hours; or the best number of people.

# %%
three = f"people_{best}, evenings, answer"
others = f"[{three}, {{name: all, label: All three, interventions: [{three}]}}]"
ways = TEXT.replace("[people_3, people_4, people_5, people_6]", others)
other = fs.compare(fs.loads(ways))
ax = plots.plot_lifts(other, "profit")

# %%
for one in other.scenarios:
    waiting = one.tally.table.set_index("stage").loc["request"]
    share = waiting["lost"] / waiting["visits"]
    print(f"{one.label.en:32} profit {one.lift['profit'].mean:+9,.0f} EUR   lost waiting {share:.0%}")
profit = {one.name: one.lift["profit"] for one in other.scenarios}
assert profit["answer"].low > 0

# %% [markdown]
# ## Conclusions
#
# - Reply time is a result, not an input: it follows from people, hours, conversations and arrivals.
# - The next person pays off as long as what they save is more than their wage. Beyond that, the losses are at hours
#   when nobody is there.
# - Longer hours and an automatic first answer act exactly there. The machine stops no competitor, though: it only
#   holds patience.
#
# `scenarios/b2b_sales.yaml` is a whole sales department of this kind: `funnelsim compare
# scenarios/b2b_sales.yaml`.
