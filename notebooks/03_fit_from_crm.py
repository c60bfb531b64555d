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
# # From a CRM export to a decision
#
# *For analysts.*
#
# A CRM knows when each deal came to which stage, and why it was lost. In this notebook we
#
# 1. read an export, dirt and all;
# 2. fit a funnel to it, each number with its interval;
# 3. see what goes wrong if one counts closed deals only;
# 4. ask whether the fitted funnel foretells months that it has not seen;
# 5. decide between two measures, with the doubt about the numbers in the answer.
#
# The export is made by funnelsim itself, from a funnel that we know. So every answer can be compared with the
# truth, which no real export allows.

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
# ## 1. The export
#
# The truth, which is hidden from the analyst: a company that sells equipment.

# %%
TRUTH = """
funnelsim: 1
name: Equipment
currency: USD
sources: {site: {arrivals: 10 / d}}
stages:
  - name: request
    label: Request
    takes: {exponential: {mean: 1 d}}
    causes: {slow_response: {time_to_loss: {exponential: {rate: 0.25 / d}}}, spam: {chance: 5%, at: exit}}
  - name: offer
    label: Offer
    takes: {gamma: {mean: 12 d, sd: 7 d}}
    causes:
      competitor_offer: {time_to_loss: {exponential: {rate: 0.04 / d}}}
      no_trust: {chance: 8%, at: exit}
  - name: payment
    label: Payment
    takes: {exponential: {mean: 6 d}}
    causes: {changed_mind: {time_to_loss: {exponential: {rate: 0.03 / d}}}}
    revenue: {lognormal: {mean: 4000, sd: 2000}}
run: {replications: 20, seed: 3, horizon: 270 d}
"""
truth = fs.loads(TRUTH)
export = export_log(fs.history(truth.funnel, run=truth.run), dirt=0.01, seed=3)
workspace = TemporaryDirectory()  # gone when the notebook is closed
folder = Path(workspace.name)
(folder / "crm.csv").write_text(export.text, encoding="utf-8")
(folder / "crm.map.yaml").write_text(export.mapping, encoding="utf-8")
print("\n".join(export.text.splitlines()[:8]))

# %% [markdown]
# A **mapping file** says what the columns mean: which is the customer, which events are stages, what counts as
# won and lost. With your own data, `guess_mapping` of `funnelsim.reading.guessing` writes one to start from.

# %%
print(export.mapping)

# %%
log = fs.read_log(folder / "crm.csv", folder / "crm.map.yaml")
print(describe(log.report, language="en"))

# %% [markdown]
# Every row is kept, or dropped for a reason that is told. Nothing is dropped silently: the report names the rows.
#
# As we have planted the dirt ourselves, we can see that reading finds each piece of it, and drops nothing else:

# %%
for kind, rows in export.planted.items():
    assert log.report.count(kind) == len(rows), kind
print("planted rows, all of them found:", sum(map(len, export.planted.values())))

# %% [markdown]
# ## 2. The fit

# %%
fitted = fs.fit(log, draws=200, name="Equipment")
print(describe(fitted, language="en"))

# %% [markdown]
# What the fitted funnel loses, and where:

# %%
ax = plots.plot_losses(fs.solve(fitted.funnel))

# %% [markdown]
# ## 3. Closed deals only?
#
# Deals that are still open say something, too: so far they were *not* lost. A funnel counts them as **censored**.
# If we leave them out, as many reports do, and take won / (won + lost) of the deals that came in the last two
# months, quick losses count and slow sales do not:

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
print("truth:                                 ", format_share(true, language="en"))
print("fitted:                                ", format_share(found, language="en"))
print("closed deals of the last two months:   ", format_share(naive, language="en"))
assert abs(found - true) < 0.02
assert naive < true - 0.05

# %% [markdown]
# ## 4. Does it foretell what it has not seen?
#
# `hold_out` fits a funnel to what was known on the morning of 1 June, forecasts the customers who came in the next
# sixty days, and sets the forecast beside what became of them. It says in words whether the funnel may be trusted.

# %%
checked = fs.hold_out(log, cut="2024-06-01", window="60 d", at="20 d, 60 d", draws=50)
print(checked.verdict.text("en").replace(". ", ".\n"))

# %%
whole = checked.table.query("whole and measure in ['won', 'lost', 'open']")
shares = ["predicted", "low_95", "high_95", "observed"]
endings = {"won": "bought", "lost": "lost", "open": "still open"}
shown = whole[["measure", "cause", "age", *shares]].replace({"measure": endings})
shown["cause"] = [CATALOGUE[cause].label.text("en") if cause else "" for cause in shown["cause"]]
shown[shares] *= 100
titles = {
    "measure": "ended",
    "cause": "to what",
    "age": "by day",
    "predicted": "forecast, %",
    "low_95": "from",
    "high_95": "to",
    "observed": "observed, %",
}
shown.rename(columns=titles).style.hide(axis="index").format({titles["age"]: "{:.0f}"}, precision=1, decimal=".")

# %% [markdown]
# Every observed share should be within its band, nineteen times of twenty: a band is as wide as the luck of 594
# customers and the doubt about the fitted numbers make it.

# %%
assert checked.kind == "adequate"
assert whole["inside_95"].mean() > 0.9

# %% [markdown]
# ## 5. Decide
#
# Two measures cost the same: a second person who answers (slow answers halved), or a guarantee (losses for want
# of trust halved, those to competitors less by a tenth). Which one?
#
# The fitted funnel is written to a file, with joint draws of its numbers beside it (the export does not say what
# the amounts are in, so we add the currency); a scenario file names it. Everyone who comes within 270 days is
# followed to the end. The picture has the luck of the customers only:

# %%
text = fitted_text(fitted, "en", source="crm.csv", samples="fitted.draws.csv")
(folder / "fitted.yaml").write_text(text + "currency: USD\n", encoding="utf-8")
(folder / "fitted.draws.csv").write_text(samples_table(fitted), encoding="utf-8")
(folder / "decide.yaml").write_text(
    """
funnelsim: 1
funnel: fitted.yaml
interventions:
  second_person:
    label: A second person who answers
    cost: {per_month: 4000}
    changes: [{scale: stages.request.causes.slow_response, by: 0.5}]
  guarantee:
    label: A guarantee
    cost: {once: 36000}
    changes:
      - {scale: stages.offer.causes.no_trust, by: 0.5}
      - {scale: stages.offer.causes.competitor_offer, by: 0.9}
scenarios: [second_person, guarantee]
run: {replications: 20, seed: 5, cohort: 270 d}
""",
    encoding="utf-8",
)
study = fs.load(folder / "decide.yaml")
comparison = fs.compare(study, draws=100)
ax = plots.plot_lifts(comparison, "profit")

# %% [markdown]
# `compare` carries what is not known of the numbers through to the lift, too. That makes the intervals wider, and
# says how surely a measure is the best:

# %%
for one in comparison.uncertainty.scenarios:
    lift = one.lift["profit"]
    print(f"{one.label.text('en')}: best with probability", format_share(one.p_best, language="en", decimals=0))
    print("    lift in profit, 95% interval:", format_interval(lift.low, lift.high, language="en"), "USD")

# %% [markdown]
# And what would have been right? The same measures on the true funnel:

# %%
at_truth = fs.loads(
    TRUTH + (folder / "decide.yaml").read_text(encoding="utf-8").split("fitted.yaml\n")[1].split("run:")[0]
)
right = {one.name: one.lift["profit"].mean for one in fs.compare(at_truth, cohort="270 d", replications=100).scenarios}
for one in comparison.uncertainty.scenarios:
    lift = one.lift["profit"]
    print(one.label.text("en"))
    print(
        "    fitted:",
        format_number(lift.mean, language="en"),
        "USD,",
        format_interval(lift.low, lift.high, language="en"),
    )
    print("    true:  ", format_number(right[one.name], language="en"), "USD")
best = max(comparison.uncertainty.scenarios, key=lambda one: one.lift["profit"].mean)
assert best.name == max(right, key=lambda name: right[name])
assert best.lift["profit"].low < right[best.name] < best.lift["profit"].high

# %% [markdown]
# The choice is right, and the interval of the best measure holds the truth. That of the guarantee does not, and this is
# worth knowing: in truth distrust strikes at the end of the stage, when no competitor can interfere any more; the fit
# has read it as something that happens along the way, after which some are lost to competitors yet. **An interval
# knows the doubt about the numbers, not the doubt about the mechanism.** Who knows the mechanism writes it into the
# fitted file.

# %% [markdown]
# ## Conclusions
#
# - Reading says what became of every row; fitting says how sure every number is.
# - Open deals are information. Leave them out, and young data look worse than they are.
# - A fit is worth something when it foretells what it has not seen.
# - The doubt about the numbers goes into the decision, not into a footnote.
#
# All rates are observations. What a measure does to them is an assumption of the scenario, and no log can prove
# it.
