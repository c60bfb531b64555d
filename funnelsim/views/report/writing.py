"""`report`: a study, asked everything, as one file to hand on."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date
from pathlib import Path

from funnelsim.comparison import Comparison
from funnelsim.errors import InputError
from funnelsim.estimates import Precision
from funnelsim.model import Funnel, Study
from funnelsim.simulation import Progress
from funnelsim.views.report.findings import find_out
from funnelsim.views.saving import check_target, save, save_text
from funnelsim.views.texts import LANGUAGES
from funnelsim.views.workbook import require_writer

#: What a report can be, by the ending of its file.
ENDINGS = (".html", ".htm", ".xlsx")


def report(  # noqa: PLR0913 (the settings of a run, by keyword)
    of: Study | Funnel,
    path: str | os.PathLike[str],
    *,
    lang: str = "en",
    comparison: Comparison | None = None,
    without: Collection[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    precision: str | float | Precision | None = None,
    draws: int | None = None,
    engine: str = "compiled",
    jobs: int = 1,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write a report on a study, or on one funnel, to an .html or .xlsx file, whole or not at all.

    The decision first, then the funnel, leaks, the ledger, sensitivity, assumptions, the STRESS-DES checklist and
    provenance, in English or Russian (`lang`). As HTML it is one page without scripts, which needs no network and no
    server; as a spreadsheet it has real numbers and native charts.

    comparison: one of this study that there is already; its run is taken, and not made again. without: parts to leave
    out, of `leaks`, `sensitivity` and `budget`, which take longest where only simulation answers. The other arguments
    are those of `compare`. Raises InputError for wrong settings and for a file that cannot be written, FunnelsimError
    for a report of more than 2 MB, TooLargeError beyond the budget of size, MissingExtraError for .xlsx without
    XlsxWriter.
    """
    target = check_ending(Path(path))
    if lang not in LANGUAGES:
        raise InputError(f"lang: expected {' or '.join(LANGUAGES)}, not {lang!r}")
    check_target(target)
    findings = find_out(
        of,
        comparison=comparison,
        without=without,
        replications=replications,
        seed=seed,
        horizon=horizon,
        warm_up=warm_up,
        cohort=cohort,
        start=start,
        precision=precision,
        draws=draws,
        engine=engine,
        jobs=jobs,
        allow_large=allow_large,
        progress=progress,
    )
    if target.suffix.lower() == ".xlsx":
        from funnelsim.views.report.sheets import write_sheets

        save(target, lambda beside: write_sheets(beside, findings, lang))
    else:
        from funnelsim.views.report.page import make_page

        save_text(target, make_page(findings, lang))


def check_ending(path: Path) -> Path:
    """Return the path of a report. Raises InputError for another ending, MissingExtraError for what it lacks."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(
            f"{path}: expected a name that ends with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, not {path.suffix!r}"
        )
    if path.suffix.lower() == ".xlsx":
        require_writer()
    return path
