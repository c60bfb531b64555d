"""The exact solver: expectations of a funnel without simulating it. `solve` is all that others need to ask."""

from funnelsim.exact.solving import solve

__all__ = ["solve"]
