"""A fitted funnel as a commented file: every number says what it was counted from, and how sure it is.

The file is made for editing and for interventions. With a table of samples beside it, every number that has draws is
written as `{samples: TABLE, column: PARAMETER}`, so that `compare` carries what is not known of the numbers, jointly.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from funnelsim.fitting.fit import Fit
from funnelsim.fitting.parameters import Parameter
from funnelsim.views.formats import format_number
from funnelsim.views.naming import clean
from funnelsim.views.texts import text

#: A mapping that fits on so many characters stands on one line.
ROOM: Final = 100
#: How to run what arrives at a rate.
RUN: Final = "run: {horizon: 365 d}"
#: Methods whose numbers stay as they are where there is a table of samples.
PLAIN: Final = ("share", "segment")


def fitted_text(fit: Fit, language: str, *, source: str, samples: str = "") -> str:
    """Return the file. source: the data's name; samples: the name of the table of draws beside it ('': none)."""
    facts = {
        "source": clean(source),
        "customers": format_number(fit.customers, language),
        "visits": format_number(fit.visits, language),
        "censored": format_number(fit.censored, language),
    }
    lines = [f"# {text('fit.file.head', language, **facts)}", f"# {text('fit.file.how', language)}"]
    if samples:
        lines.append(f"# {text('fit.file.samples', language, file=samples)}")
    lines += [f"# {text('fit.file.warning', language)}: {told}" for told in list_warnings(fit, language)]
    writer = _Writer(fit, language, samples)
    body = [*writer.mapping(fit.document, "", "")]
    if any("arrivals" in source for source in fit.document.get("sources", {}).values()):
        body.append(RUN)  # arrivals at a rate never end
    return "\n".join([*lines, "", *body]) + "\n"


def samples_table(fit: Fit) -> str:
    """Return the draws as CSV: a row of names, then a row for each joint draw; only columns that a file can name."""
    target = io.StringIO()
    frame = fit.draws
    frame[[name for name in frame.columns if _can_be_sampled(name, fit)]].to_csv(
        target, index=False, lineterminator="\n", float_format="%.12g"
    )
    return target.getvalue()


def list_warnings(fit: Fit, language: str) -> list[str]:
    """Return the warnings of a fit in words."""
    return [text(f"fit.warn.{kind}", language, stage=stage, cause=cause) for kind, stage, cause in fit.warnings]


def _can_be_sampled(path: str, fit: Fit) -> bool:
    method = next(p.method for p in fit.parameters if p.path == path)
    rate = ".empirical." in path and ".quantiles." not in path  # the quantiles say it, in the file
    return method not in PLAIN and not rate


class _Writer:
    """Writes nested data as YAML, comments after the lines that they are about."""

    def __init__(self, fit: Fit, language: str, samples: str) -> None:
        self.language = language
        self.samples = samples
        self.parameters: Mapping[str, Parameter] = {p.path: p for p in fit.parameters}
        self.sampled = {path for path in self.parameters if samples and _can_be_sampled(path, fit)}

    def mapping(self, value: Mapping[str, Any], path: str, indent: str) -> Iterator[str]:
        """Yield the lines of a mapping, a key on each."""
        for key, inner in value.items():
            yield from self.entry(str(key), inner, _below(path, str(key)), indent)

    def entry(self, key: str, value: Any, path: str, indent: str) -> Iterator[str]:  # noqa: ANN401 (any data)
        """Yield the lines of one key."""
        flat = self.flow(value, path)
        short = len(flat) + len(indent) + len(key) < ROOM or not isinstance(value, (Mapping, list))
        if short and not self._is_long(value):
            yield self.line(f"{indent}{_scalar(key)}: {flat}", path)
        elif isinstance(value, Mapping):
            yield f"{indent}{_scalar(key)}:"
            yield from self.mapping(value, path, f"{indent}  ")
        elif any(isinstance(item, Mapping) for item in value):
            yield f"{indent}{_scalar(key)}:"
            yield from self.items(value, path, f"{indent}  ")
        elif f"{path}.1" in self.sampled:
            yield f"{indent}{_scalar(key)}:"
            yield from (f"{indent}  - {self.pair(pair, f'{path}.{place}')}" for place, pair in enumerate(value))
        else:
            yield self.line(f"{indent}{_scalar(key)}:", path)
            yield f"{indent}  {flat}"

    def items(self, value: Sequence[Mapping[str, Any]], path: str, indent: str) -> Iterator[str]:
        """Yield the lines of a list of mappings."""
        for item in value:
            where = f"{path}.{_name_of(item)}"
            flat = self.flow(item, where)
            if len(flat) + len(indent) < ROOM and not self._is_long(item):
                yield self.line(f"{indent}- {flat}", where)
            else:
                lines = list(self.mapping(item, where, f"{indent}  "))
                yield f"{indent}- {lines[0].lstrip()}"
                yield from lines[1:]

    def _is_long(self, value: Any) -> bool:  # noqa: ANN401 (any data)
        """Whether a value has several parts of its own that deserve a line each."""
        if isinstance(value, list):
            return any(isinstance(item, Mapping) for item in value)
        return (
            isinstance(value, Mapping)
            and any(
                key in value for key in ("name", "causes", "takes", "arrivals", "batch", "response", "changes", "label")
            )
        ) or (isinstance(value, Mapping) and sum(isinstance(inner, Mapping) for inner in value.values()) > 1)

    def line(self, content: str, path: str) -> str:
        """Return a line with what is known of the numbers in it."""
        within = self._within(path)
        facts = [self.fact(p, named=len(within) > 1) for p in within]
        return f"{content}   # {'; '.join(facts)}" if facts else content

    def _within(self, path: str) -> list[Parameter]:
        found = [p for where, p in self.parameters.items() if where == path or where.startswith(f"{path}.")]
        return found[:3]

    def fact(self, parameter: Parameter, *, named: bool) -> str:
        """Return what a number was counted from, and its interval."""
        language = self.language
        low, high = (_short(end) for end in (parameter.estimate.low, parameter.estimate.high))
        events = format_number(parameter.events, language)
        if math.isnan(parameter.n):
            counted = text("fit.file.counted_only", language, events=events)
        else:
            counted = text("fit.file.counted", language, events=events, n=format_number(parameter.n, language))
        name = f"{parameter.path.rsplit('.', 1)[-1]} " if named else ""
        return f"{name}{counted}, 95% {low}…{high}"

    def flow(self, value: Any, path: str) -> str:  # noqa: ANN401 (any data)
        """Return a value on one line."""
        if isinstance(value, Mapping):
            inside = ", ".join(f"{_scalar(str(k))}: {self.flow(v, _below(path, str(k)))}" for k, v in value.items())
            return f"{{{inside}}}"
        if isinstance(value, list) and f"{path}.1" in self.sampled:
            return f"[{', '.join(self.pair(pair, f'{path}.{place}') for place, pair in enumerate(value))}]"
        if isinstance(value, list):
            return f"[{', '.join(self.flow(item, path) for item in value)}]"
        found = next((where for where in (path, f"{path}.chance", f"{path}.rate") if where in self.sampled), None)
        return _scalar(value) if found is None else self._sample(value, found)

    def pair(self, value: Sequence[Any], path: str) -> str:
        """Return a share and its quantile on one line."""
        share = self._sample(value[0], path) if path in self.sampled else _scalar(value[0])
        return f"[{share}, {_scalar(value[1])}]"

    def _sample(self, value: Any, path: str) -> str:  # noqa: ANN401 (a number or a text)
        unit = ", unit: d" if isinstance(value, str) and value.endswith(" d") and "/" not in value else ""
        unit = ", unit: / d" if isinstance(value, str) and value.endswith("/ d") else unit
        return f"{{samples: {_scalar(self.samples)}, column: {_scalar(path)}{unit}}}"


def _below(path: str, key: str) -> str:
    """Return the path of what stands at a key; the value of a change is the number of the path that it changes."""
    if key in {"to", "by"} and path.startswith("segments.") and ".changes." in path:
        return path
    return f"{path}.{key}" if path else key


def _name_of(item: Mapping[str, Any]) -> str:
    if "name" in item:
        return str(item["name"])
    verb = next((verb for verb in ("scale", "set", "remove") if verb in item), "")
    if verb:
        return str(item[verb])
    target = str(item.get("to", "end"))
    return f"{target}.{item['as']}" if "as" in item else target


def _scalar(value: Any) -> str:  # noqa: ANN401 (a number or a text)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return ".inf" if math.isinf(value) else f"{value:.12g}"
    if isinstance(value, int):
        return str(value)
    plain = str(value)
    if plain == ".inf" or (
        plain.replace(" ", "").replace("_", "").replace("/", "").replace(".", "").isalnum() and not _odd(plain)
    ):
        return plain
    return json.dumps(plain, ensure_ascii=False)


def _odd(plain: str) -> bool:
    """Whether YAML would take a plain text for something else."""
    return plain.lower() in {"null", "true", "false", "yes", "no", "on", "off", "inf", "nan"} or plain != plain.strip()


def _short(value: float) -> str:
    return "?" if math.isnan(value) else f"{value:.3g}"
