"""What a mapping file must say, and must not say twice: mistakes beyond the types of its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final
from zoneinfo import available_timezones

from funnelsim.files.mapping_parts import (
    NEEDED,
    CountsFile,
    CustomersFile,
    DealsFile,
    EventsFile,
    MappingFile,
    MomentFile,
    read_values,
)
from funnelsim.files.scalars import read_name
from funnelsim.files.wording import Key, Mistake, Path, join, show, suggest
from funnelsim.mapping import DURATIONS, END, normal, parse_days

ENCODINGS: Final = ("utf-8", "utf-16", "cp1251", "cp1252", "cp866", "koi8-r")
DIRECTIVE: Final = re.compile(r"%[-#]?(.)")
#: What a format of dates must say, in one of these ways.
DAY_PARTS: Final = (("Y", "y", "G"), ("m", "b", "B", "j", "V"), ("d", "j", "u"))
WHOLE_DATES: Final = frozenset("cxs")


def check_mapping(file: MappingFile) -> Iterator[Mistake]:
    """Yield what is missing or contradicts itself."""
    for key, wanted in NEEDED[file.shape].items():
        if not getattr(file, key):
            yield (key,), f"is missing: expected {wanted}"
    if file.separator is not None and len(file.separator) != 1:
        yield ("separator",), f"expected one character, found {show(file.separator)}"
    if file.encoding is not None and file.encoding.lower() not in ENCODINGS:
        yield (
            ("encoding",),
            f"expected {join(ENCODINGS)}, found {show(file.encoding)}{suggest(file.encoding, ENCODINGS)}",
        )
    for key in ("censored_at", "observed_from"):
        moment = getattr(file, key, None)
        if moment is not None and (moment.column is None) == (moment.time is None):
            yield (key,), "expected a time, or `{column: …}` with the column of the times"
    if isinstance(file, CustomersFile):
        yield from _check_customers(file)
    elif isinstance(file, CountsFile):
        yield from _check_counts(file)
    elif file.censored_at is not None:
        yield from _check_horizon(file.censored_at)
    if isinstance(file, DealsFile):
        yield from _check_deals(file)
    if isinstance(file, EventsFile):
        yield from _check_events(file)


def _check_customers(file: CustomersFile) -> Iterator[Mistake]:
    if not file.lost and not file.won:
        yield ("lost",), "is missing: expected what ends a journey, such as `lost: {lost: [Lost]}`, or `won`"
    yield from _check_lost(file)
    yield from _check_roles(file)
    for key in ("segment", "source"):
        named = getattr(file, key)
        if named is not None:
            if named.column is None:
                yield (key, "column"), "is missing: expected the column of the names"
            yield from _twice(((key, "values", name), values) for name, values in named.values.items())
    if file.zone is not None and file.zone not in available_timezones():
        yield ("zone",), f"unknown time zone {show(file.zone)}{_near_zone(file.zone)}: such as `Europe/Moscow`"
    for given in file.date_format:
        yield from _check_format(given)
    yield from _check_moments(file)


def _check_horizon(moment: MomentFile) -> Iterator[Mistake]:
    if moment.time is None:
        yield ("censored_at",), "the log has one horizon for all: expected a duration such as `365 d`, or `end`"
    elif moment.time != END and _days(moment.time) is None:
        yield ("censored_at",), f"expected a duration such as `365 d`, or `end`, found {show(moment.time)}"


def _check_format(given: str) -> Iterator[Mistake]:
    letters = DIRECTIVE.findall(given)
    if WHOLE_DATES & set(letters):
        return
    if not all(set(letters) & set(part) for part in DAY_PARTS):
        yield (
            ("date_format",),
            f"expected a format with year, month and day, such as `%d.%m.%Y`, found {show(given)}",
        )


def _check_moments(file: CustomersFile) -> Iterator[Mistake]:
    for key in ("censored_at", "observed_from"):
        moment = getattr(file, key) and getattr(file, key).time
        if moment is None or (moment == END and key == "censored_at"):
            continue
        if file.unit is not None or file.shape == DURATIONS:
            if _number(moment) is None:
                yield (key,), f"expected a number, as times are numbers here, found {show(moment)}"
        elif _is_iso(moment) is None:
            yield (key,), f"expected a date such as `2026-01-31`, found {show(moment)}"
    if file.shape == DURATIONS and file.censored_at is not None and file.censored_at.time != END:
        yield ("censored_at",), "durations have no common cut: each row is open for its own time"


def _check_lost(file: CustomersFile) -> Iterator[Mistake]:
    if "column" not in file.lost and "when" not in file.lost:
        yield from _check_groups(("lost",), file.lost)
        return
    known = ("column", "when", "causes", "missing", "note")
    for key in file.lost:
        if key not in known:
            yield ("lost", Key(key)), f"unknown key{suggest(key, known) or f': expected {join(known[:-1])}'}"
    wanted = {"column": "the column of reasons", "when": "the values that mean lost, such as `when: [Lost]`"}
    for key, words in wanted.items():
        if key not in file.lost:
            yield ("lost", key), f"is missing: expected {words}"
    for key in ("when", "missing"):
        yield from _check_values(("lost", key), file.lost.get(key, []))
    causes = file.lost.get("causes", {})
    if not isinstance(causes, dict):
        yield ("lost", "causes"), f"expected causes and their values, `{{no_trust: [Price]}}`, found {show(causes)}"
        return
    yield from _check_groups(("lost", "causes"), causes)
    yield from _twice(_roles(("lost", "causes"), causes))


def _check_groups(path: Path, groups: Mapping[str, object]) -> Iterator[Mistake]:
    for name, values in groups.items():
        try:
            read_name(name)
        except ValueError as error:
            yield (*path, Key(name)), str(error)
        yield from _check_values((*path, name), values)


def _check_values(path: Path, values: object) -> Iterator[Mistake]:
    try:
        read_values(values)
    except ValueError as error:
        yield path, str(error)


def _roles(path: Path, groups: Mapping[str, object]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for name, values in groups.items():
        with suppress(ValueError):  # told elsewhere
            yield (*path, name), read_values(values)


def _check_roles(file: CustomersFile) -> Iterator[Mistake]:
    """Yield values that would mean two things."""
    roles: list[tuple[Path, tuple[str, ...]]] = []
    if isinstance(file, EventsFile):
        roles += [(("stages", name), values) for name, values in file.stages.items()]
        roles += [(("answered", name), values) for name, values in file.answered.items()]
    roles.append((("won",), file.won))
    by_column = "column" in file.lost or "when" in file.lost
    roles += _roles(("lost",), {"when": file.lost.get("when", [])} if by_column else file.lost)
    roles += [((key,), getattr(file, key)) for key in ("open", "censored") if hasattr(file, key)]
    yield from _twice(roles)


def _twice(roles: Iterable[tuple[Path, tuple[str, ...]]]) -> Iterator[Mistake]:
    owners: dict[str, Path] = {}
    for path, values in roles:
        for value in values:
            other = owners.setdefault(normal(value), path)
            if other != path:
                yield path, f"{show(value)} stands already under `{'.'.join(map(str, other))}`"


def _check_deals(file: DealsFile) -> Iterator[Mistake]:
    seen: set[str] = set()
    for number, stage in enumerate(file.stages):
        if stage.stage is None:
            yield ("stages", number, "stage"), "is missing: expected the name of the stage"
        elif stage.stage in seen:
            yield ("stages", number, "stage"), f"the stage `{stage.stage}` stands here twice"
        if stage.entered is None:
            yield ("stages", number, "entered"), "is missing: expected the column with the date of entering it"
        seen.add(str(stage.stage))


def _check_events(file: EventsFile) -> Iterator[Mistake]:
    for name in file.answered:
        if name not in file.stages:
            yield ("answered", Key(name)), f"there is no stage `{name}`{suggest(name, file.stages)}"


def _check_counts(file: CountsFile) -> Iterator[Mistake]:
    if file.censored_at is not None:
        yield ("censored_at",), "counts have no times: say of each stage what has become of the others, `rest`"
    for key, stages in (("lost", file.lost), ("rest", file.rest)):
        for name in stages:
            if name not in file.stages:
                yield (key, Key(name)), f"there is no stage `{name}`{suggest(name, file.stages)}"
    roles: list[tuple[Path, tuple[str, ...]]] = [(("stages", name), values) for name, values in file.stages.items()]
    roles += [(("won",), file.won), (("revenue",), file.revenue)]
    if file.reason is None:
        roles += [(("lost", name, cause), found) for name, of in file.lost.items() for cause, found in of.items()]
    yield from _twice(roles)
    if file.reason is not None:
        for name, of in file.lost.items():
            yield from _twice((("lost", name, cause), found) for cause, found in of.items())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _days(text: str) -> float | None:
    try:
        return parse_days(text)
    except ValueError:
        return None


def _is_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _near_zone(zone: str) -> str:
    by_city = {name.rpartition("/")[2].casefold(): name for name in sorted(available_timezones()) if "/" in name}
    near = by_city.get(zone.rpartition("/")[2].replace(" ", "_").casefold())
    return f" (did you mean `{near}`?)" if near else suggest(zone, available_timezones())
