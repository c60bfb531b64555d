"""Moved to `funnelsim.files.scalars`."""

from funnelsim.files.scalars import MONTHS as MONTHS
