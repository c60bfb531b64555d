"""Pictures of results: each takes the axes to draw on, or makes some, and returns them."""

from funnelsim.views.plots.budgets import plot_frontier, plot_plane
from funnelsim.views.plots.checks import plot_check, plot_times
from funnelsim.views.plots.dates import plot_dates
from funnelsim.views.plots.funnels import plot_funnel, plot_losses
from funnelsim.views.plots.journeys import plot_journey
from funnelsim.views.plots.ledgers import plot_ledger
from funnelsim.views.plots.lifts import plot_convergence, plot_lifts, plot_waterfall
from funnelsim.views.plots.money import plot_leaks
from funnelsim.views.plots.sensitive import plot_curve, plot_tornado
from funnelsim.views.plots.style import alt_text
from funnelsim.views.plots.survival import plot_incidence, plot_outcomes, plot_replies
from funnelsim.views.plots.teams import plot_week

__all__ = [
    "alt_text",
    "plot_check",
    "plot_convergence",
    "plot_curve",
    "plot_dates",
    "plot_frontier",
    "plot_funnel",
    "plot_incidence",
    "plot_journey",
    "plot_leaks",
    "plot_ledger",
    "plot_lifts",
    "plot_losses",
    "plot_outcomes",
    "plot_plane",
    "plot_replies",
    "plot_times",
    "plot_tornado",
    "plot_waterfall",
    "plot_week",
]
