"""The canonical document as people write it: shorthands, short numbers, one line a thing.

Reading the text back gives the same canonical document, bit for bit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from funnelsim import units
from funnelsim.files.syntax import resolve

NUMBER_MAPPINGS = ("split", "factors", "spends", "months")
SHARES = ("share", "availability", "margin", "chance")
LAWS = ("takes", "cost", "revenue", "has", "wait", "service", "patience", "time_to_loss", "after")
BLOCK_SECTIONS = ("sources", "teams", "budgets", "segments", "causes", "interventions")
BLOCK_LISTS = ("touchpoints", "next", "changes", "earnings", "combinations")
HOISTED = ({"batch"}, {"batch", "at"}, {"dates"})
UNITS = ("d", "h", "min", "w", "mo", "y")
HOURS = r"[A-Z][a-z]{2}(-[A-Z][a-z]{2})?( [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2})+"
PLAIN = re.compile(HOURS + r"|[^\W\d][\w /%+.*()-]*[\w%)*.]|[^\W\d]|\d[\w./%-]*( (/ )?[a-z]+)?|[-+]?\d+%")
_DURATION = re.compile(r"([-+.e0-9]+) d")
_RATE = re.compile(r"([-+.e0-9]+) / d")
_HOURLY = re.compile(r"([-+.e0-9]+) / h")


def terse(value: Any, key: str = "", within: str = "") -> Any:
    """Return a canonical value in shorthand; `key` is its own, `within` that of the mapping that holds it."""
    if key in {"changes", "to", "value"}:
        return value  # changes stay as they were written
    if isinstance(value, dict):
        inner = {name: terse(item, name, key) for name, item in value.items()}
        return shorten(inner, value, key, within)
    if isinstance(value, list):
        return [terse(item, "", key) for item in value]
    if isinstance(value, str):
        return terse_time(value)
    if isinstance(value, float):
        if (key in SHARES and within not in NUMBER_MAPPINGS) or within == "unless":
            return percent(value)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return value


def shorten(inner: dict[str, Any], value: Mapping[str, Any], key: str, within: str) -> Any:
    """Return a mapping in shorthand, if it has one."""
    keys = set(value)
    if within == "causes" and keys == {"chance"}:
        return inner["chance"]
    if within == "causes" and keys == {"default"}:
        return "default"
    if within == "causes" and "default" in keys and keys & {"times", "reminders"}:
        return {name: item for name, item in inner.items() if name != "default"}
    if key in LAWS and keys == {"fixed"}:
        return inner["fixed"]
    if key in {"label", "name"} and keys == {"en", "ru"} and value["en"] == value["ru"]:
        return inner["en"]
    if key == "arrivals" and keys == {"rate"}:
        return inner["rate"]
    if within == "pipeline" and keys == {"count"}:
        return inner["count"]
    if within == "sources" and set(value.get("arrivals", {})) in HOISTED:
        return {**inner["arrivals"], **{name: item for name, item in inner.items() if name != "arrivals"}}
    if within == "scenarios" and keys == {"name", "interventions"} and value["interventions"] == [value["name"]]:
        return inner["name"]
    return inner


def percent(share: float) -> str | float | int:
    """Return a share as a percentage if that reads back as the same number."""
    text = f"{100 * share:.10g}%"
    return text if units.parse_share(text) == share else share


def terse_time(text: str) -> str:
    """Return a canonical duration or rate in the unit that makes it shortest."""
    duration, rate, hourly = _DURATION.fullmatch(text), _RATE.fullmatch(text), _HOURLY.fullmatch(text)
    if hourly is not None:
        short = f"{float(hourly[1]):.15g}"
        return f"{short} / h" if float(short) == float(hourly[1]) else text
    if duration is not None:
        days = float(duration[1])
        options = [f"{days / units.parse_duration(f'1 {unit}'):.10g} {unit}" for unit in UNITS]
        exact = [option for option in options if units.parse_duration(option) == days]
        return min(exact, key=len) if exact else text
    if rate is not None:
        per_day = float(rate[1])
        short = f"{per_day:.15g} / d"
        return short if units.parse_rate(short) == per_day else text
    return text


# ---- text ----------------------------------------------------------------------------------------------------------


def flow(value: Any) -> str:
    """Return a value on one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(name)}: {flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """Return one word or number of YAML, in quotes where it needs them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return ".inf" if math.isinf(value) else repr(value)
    if not isinstance(value, str):
        return str(value)
    if value == ".inf" or (PLAIN.fullmatch(value) and isinstance(resolve(value), str)):
        return value
    return '"' + "".join(escape(sign) for sign in value) + '"'


def escape(sign: str) -> str:
    """Return a character as it stands between double quotes."""
    if sign in '"\\':
        return "\\" + sign
    if sign == "\n":
        return "\\n"
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"


def compose(document: Mapping[str, Any]) -> str:
    """Return a whole canonical document as the text of a file."""
    return "\n".join(_lines(terse(document))) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        if key in BLOCK_SECTIONS and value:
            yield f"{key}:"
            for name, item in value.items():
                yield f"  {scalar(name)}: {flow(item)}"
        elif key == "stages":
            yield f"{key}:"
            for stage in value:
                yield from _stage_lines(stage)
        elif key == "scenarios":
            yield f"{key}:"
            yield from (f"  - {flow(item)}" for item in value)
        elif key == "funnel" and isinstance(value, Mapping):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(value))
        else:
            yield f"{key}: {flow(value)}"


def _stage_lines(stage: Mapping[str, Any]) -> Iterator[str]:
    mark = "  - "
    for key, value in stage.items():
        if key == "causes" and value:
            yield f"{mark}{key}:"
            yield from (f"      {scalar(name)}: {flow(item)}" for name, item in value.items())
        elif key in BLOCK_LISTS and value:
            yield f"{mark}{key}:"
            yield from (f"      - {flow(item)}" for item in value)
        else:
            yield f"{mark}{key}: {flow(value)}"
        mark = "    "
