"""Real data that comes with the package: one small data set, with its source and licence beside it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CDNOW = "cdnow_summary.csv"


def open_cdnow() -> pd.DataFrame:
    """Return the purchases of 2,357 customers of CDNOW over 39 weeks, one row each.

    Columns: customer, frequency (repeat purchases), recency (weeks from the first purchase to the last), age (weeks
    from the first purchase to the end of watching). Source: Fader, Hardie & Lee 2005, as summed up by Lifetimes (MIT;
    see `cdnow_summary.LICENSE.txt` beside it).
    """
    import pandas as pd

    with resources.files(__package__).joinpath(CDNOW).open(encoding="utf-8") as file:
        table = pd.read_csv(file)
    return table.set_axis(["customer", "frequency", "recency", "age"], axis="columns")
