"""The printed form of a result, as the command line shows it, for notebooks and scripts: a text in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnelsim.adequacy.outcome import Adequacy, adequacy_document
from funnelsim.comparison import Comparison, comparison_document
from funnelsim.exact.solution import Solution, solution_document
from funnelsim.findings import Report
from funnelsim.fitting.fit import Fit
from funnelsim.fitting.outcome import fit_document
from funnelsim.tallies import Tally, tally_document
from funnelsim.views.checks import show_check
from funnelsim.views.fits import show_fit
from funnelsim.views.lifts import show_comparison
from funnelsim.views.naming import make_names, name_study
from funnelsim.views.reading import show_report
from funnelsim.views.solutions import show_solution
from funnelsim.views.tables import render
from funnelsim.views.totals import show_tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from funnelsim.model import Study

#: What has a printed form of its own; a comparison needs its study beside it.
Result = Report | Tally | Solution | Fit | Adequacy


def describe(result: Result, *, language: str = "en", width: int = 100) -> str:
    """Return a result in words and tables of at most `width` characters, as the command line prints it."""
    return render(_show(result, language, width))


def describe_comparison(comparison: Comparison, study: Study, *, language: str = "en", width: int = 100) -> str:
    """Return a comparison in words and tables, as `funnelsim compare` prints it; study: the one compared."""
    document = comparison_document(comparison, language)
    return render(show_comparison(document, study, name_study(study, language), width))


def _show(result: Result, language: str, width: int) -> Sequence[RenderableType]:
    if isinstance(result, Report):
        return show_report(result, language, width)
    if isinstance(result, Adequacy):
        return show_check(adequacy_document(result, language), make_names([], language), width)
    names = make_names([result.funnel], language)
    if isinstance(result, Fit):
        return show_fit(result, fit_document(result), names, width)
    if isinstance(result, Tally):
        return show_tally(tally_document(result, language), result.funnel, names, width)
    return show_solution(solution_document(result, language), result.funnel, names, width)
