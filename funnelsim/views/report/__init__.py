"""The report: one file to hand on, with the decision first and all that it rests on after it."""

from funnelsim.views.report.writing import report

__all__ = ["report"]
