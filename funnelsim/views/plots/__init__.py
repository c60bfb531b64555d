"""Pictures of results: each takes the axes to draw on, or makes some, and returns them."""

from funnelsim.views.plots.dates import plot_dates
from funnelsim.views.plots.funnels import plot_funnel, plot_losses
from funnelsim.views.plots.journeys import plot_journey
from funnelsim.views.plots.ledgers import plot_ledger
from funnelsim.views.plots.lifts import plot_convergence, plot_lifts, plot_waterfall
from funnelsim.views.plots.style import alt_text
from funnelsim.views.plots.teams import plot_week

__all__ = [
    "alt_text",
    "plot_convergence",
    "plot_dates",
    "plot_funnel",
    "plot_journey",
    "plot_ledger",
    "plot_lifts",
    "plot_losses",
    "plot_waterfall",
    "plot_week",
]
