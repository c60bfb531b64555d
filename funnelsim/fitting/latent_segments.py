"""Classes that nobody wrote down as segments of the file, which it carries like any others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.fitting.exposures import Exposures, find_cells, measure
from funnelsim.fitting.latent import MOST, ClassFit, LatentFit, Mixture, fit_latent
from funnelsim.fitting.latent_laws import refit_laws
from funnelsim.fitting.names import to_names
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.segments import WORTH_SAYING
from funnelsim.fitting.stages import StageFit
from funnelsim.fitting.stays import Stays
from funnelsim.fitting.writing import DIGITS, Writer

#: As many classes as BIC finds.
AUTO: Final = "auto"
#: The name of a class in the file, with its number.
LATENT: Final = "latent"
LABELS: Final = {"en": "Latent segment", "ru": "Скрытый сегмент"}


def parse_classes(latent: int | str | None, log: EventLog) -> int | None:
    """Return how many classes are wanted: 0 none, None as many as BIC finds.

    Raises InputError where the history has segments: a customer belongs to one of those with a share.
    """
    if latent is None:
        return 0
    if isinstance(latent, bool) or str(latent) not in {AUTO, *(str(number) for number in range(2, MOST + 1))}:
        raise InputError(f"latent: expected `2`, `3` or `{AUTO}`, found {latent!r}")
    if any(log.variants):
        named = sorted({part for variant in log.variants for part in variant.split("+") if part})
        raise InputError(
            f"latent: the history has segments ({', '.join(f'`{name}`' for name in named)}), and a customer belongs to "
            "one segment; leave their column out to look for latent ones"
        )
    return None if str(latent) == AUTO else int(latent)


def find_latent(
    log: EventLog, stays: Stays, stages: Sequence[StageFit], classes: int | None, draws: tuple[int, int]
) -> tuple[LatentFit, Sequence[StageFit]]:
    """Tell classes of customers apart by their journeys; return them with the stages that they change.

    draws: seed and number. Raises InputError where there is nothing to tell classes by.
    """
    customer = np.unique(log.visits["customer"][stays.row], return_inverse=True)[1].astype(np.int64)
    if not find_cells(stages, len(log.causes))[0]:
        raise InputError("latent: too few losses to tell segments by: at least 30 are needed")

    def measured(stages: Sequence[StageFit]) -> Exposures:
        return measure(stays, customer, stages, len(log.causes), log.resolution)

    def refit(stages: Sequence[StageFit], mixture: Mixture, posterior: Floats) -> Sequence[StageFit]:
        of = find_cells(stages, len(log.causes))[1]
        return refit_laws(stays, customer, stages, of, log.resolution, mixture, posterior)

    return fit_latent(measured, refit, stages, classes, draws)


def write_latent(writer: Writer, found: LatentFit, stages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the segments of the classes, their numbers taken down; stages: of the base."""
    bases = {str(stage["name"]): stage for stage in stages}
    written: dict[str, Any] = {}
    # Rounded down: the shares of all segments are all there is.
    shares = [math.floor(one.share.mean * 1e9) / 1e9 for one in found.classes]
    keys = to_names([f"{LATENT}_{number + 1}" for number in range(len(shares))])
    for number, (one, key) in enumerate(zip(found.classes, keys.values(), strict=True)):
        path = f"segments.{key}"
        counted = (float(found.customers), one.share.mean * found.customers, math.nan)
        writer.add(f"{path}.share", counted, one.share, "segment", one.share_draws)
        written[key] = {
            "label": {language: f"{label} {number + 1}" for language, label in LABELS.items()},
            "share": shares[number],
            "changes": [*_losses(writer, path, found, one), *_times(writer, path, found, one, bases)],
        }
    return written


def _losses(writer: Writer, path: str, found: LatentFit, one: ClassFit) -> list[dict[str, Any]]:
    changes = []
    for c, cell in enumerate(found.cells):
        ratio = one.ratios[c]
        if abs(ratio.mean - 1.0) <= WORTH_SAYING:
            continue
        for cause in cell.causes:
            target = f"stages.*.causes.{writer.names.causes[cause]}"
            counted = (math.nan, float(one.losses[c]), float(one.expected[c]))
            writer.add(f"{path}.changes.{target}", counted, ratio, "ratio", one.ratio_draws[:, c])
            changes.append(_scale(target, ratio.mean))
    return changes


def _times(
    writer: Writer, path: str, found: LatentFit, one: ClassFit, bases: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    changes = []
    for k, stage in enumerate(found.stages):
        factor, name = one.factors[k], writer.names.stages[stage]
        if abs(factor.mean - 1.0) > WORTH_SAYING and "takes" in bases[name]:
            target = f"stages.{name}.takes"
            draws: Floats = one.factor_draws[:, k]
            writer.add(f"{path}.changes.{target}", (math.nan, float(one.completed[k]), math.nan), factor, "pace", draws)
            changes.append(_scale(target, factor.mean))
    return changes


def _scale(target: str, factor: float) -> dict[str, Any]:
    return {"scale": target, "by": float(f"{factor:.{DIGITS}g}")}


def warn_latent(found: LatentFit | None, *, chosen: bool) -> tuple[tuple[str, str, str], ...]:
    """Return kinds of warnings; chosen: the number of classes was asked for."""
    if found is None:
        return ()
    if not found.classes:
        return (("latent_none", "", ""),)
    told = (("latent_observational", "", ""),)
    return (("latent_not_told", "", ""), *told) if chosen and found.best == 1 else told
