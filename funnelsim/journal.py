"""The journal of a run: its finished replications on disk, so that a run that was ended can go on.

A replication depends on its job alone (plans, seed, engine) and on this package, so a journal is named after a digest
of these: whatever else is asked for, it fits or has another name. It is a text file in the user's cache folder: a line
with the digests of the run and of the rest, then a line of JSON for each replication. Nothing in it is run.
"""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import numpy as np

from funnelsim import __version__
from funnelsim.eventlog import replacing
from funnelsim.folders import cache_folder

Result = TypeVar("Result")

FORMAT: Final = "funnelsim journal 1"
#: Seconds between two writings, and how many times as long as a writing took they are at least.
PAUSE: Final = 2.0
SHARE: Final = 10.0
#: How long what is written may take to be put into words; the rest waits. Short replications are soon run again.
LIMIT: Final = 0.5
#: What goes wrong where nothing can be read or written, or where there is no folder of one's own.
NOWHERE: Final = (OSError, RuntimeError)
#: What goes wrong with a file that is not what it should be.
UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


class Journal(Generic[Result]):
    """The finished replications of one run.

    job: a frozen dataclass of plain data, which says what a replication is; kinds: the dataclasses of which results
    are made; first: the run's first replication, so that runs of other replications do not meet.
    """

    def __init__(self, job: object, kinds: Sequence[type], first: int = 0) -> None:
        self._job = job
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._first = first
        self._waiting: dict[int, Result] = {}
        self._lines: dict[int, bytes] = {}  # as they are on disk
        self._digest = ""
        self._is_read = self._is_refused = False
        self._pause = PAUSE
        self._written = time.monotonic()

    @property
    def path(self) -> Path:
        """Where the journal is, if there is one."""
        return cache_folder() / "journals" / f"{self._name()[:32]}.journal"

    def load(self) -> dict[int, Result]:
        """Return what is kept, by number; warn of a journal that is damaged, or another run's, and ignore it."""
        reason = self._read()
        try:
            found = {number: decode(json.loads(line)[1], self._kinds) for number, line in self._lines.items()}
        except UNREADABLE as error:
            reason = f"{self.path} is of no use ({error})"
        if not reason:
            return found
        _warn(f"{reason}: the run begins anew")
        self._lines = {}
        return {}

    def keep(self, replication: int, result: Result) -> None:
        """Keep a result; it is on disk after a few seconds."""
        self._waiting[replication] = result
        if time.monotonic() - self._written >= self._pause:
            self.write()

    def write(self) -> int:
        """Put on disk what is not there yet, whole or not at all; return how many replications are kept.

        Where there is too much of it for one writing, the rest waits for the next. What the same run kept when it was
        ended before stays, asked for or not. Warn, once, where nothing can be written.
        """
        if not self._waiting or self._is_refused:
            return len(self._lines)
        begun = time.monotonic()
        if not self._is_read:
            self._read()
        lines = dict(self._lines)
        for number, result in self._waiting.items():
            lines[number] = f"[{number}, {encode(result)}]\n".encode()
            if time.monotonic() - begun > LIMIT:
                break
        rest = b"".join(lines.values())
        head = {"format": FORMAT, "run": self._name(), "digest": hashlib.sha256(rest).hexdigest()}
        try:
            path = self.path
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(path) as beside:
                beside.write_bytes(json.dumps(head).encode() + b"\n" + rest)
        except NOWHERE as error:
            self._is_refused = True
            _warn(f"nothing can be kept of this run, so it cannot be resumed: {error}")
            return len(self._lines)
        self._lines = lines
        self._waiting = {number: one for number, one in self._waiting.items() if number not in lines}
        self._written = time.monotonic()
        self._pause = max(PAUSE, SHARE * (self._written - begun))
        return len(lines)

    def remove(self) -> None:
        """Forget the run: it is complete."""
        with suppress(*NOWHERE):
            folder = cache_folder() / "journals"
            if any(folder.iterdir()):  # otherwise, as after most runs, nothing need be named
                for file in (self.path, *folder.glob(f".{self.path.name}.*.part")):
                    file.unlink(missing_ok=True)
        self._lines.clear()

    def _name(self) -> str:
        self._digest = self._digest or digest([__version__, _sources(), self._first, self._job])
        return self._digest

    def _read(self) -> str:
        """Read the lines that are on disk; return why they are of no use, if they are not."""
        self._is_read = True
        try:
            lines = _check(self.path.read_bytes(), self._name())
            self._lines = {int(line[1 : line.index(b",")]): line for line in lines}
        except FileNotFoundError:
            return ""
        except NOWHERE as error:
            return f"what is kept of this run cannot be read ({error})"
        except UNREADABLE as error:
            return f"{self.path} is of no use ({error})"
        return ""


def _check(content: bytes, name: str) -> list[bytes]:
    """Return the lines of a journal; raises ValueError or LookupError where it is damaged, or not of this run."""
    line, _, rest = content.partition(b"\n")
    head = json.loads(line)
    if head["format"] != FORMAT:
        raise ValueError("it has another format")
    if hashlib.sha256(rest).hexdigest() != head["digest"]:
        raise ValueError("its digest does not fit")
    if head["run"] != name:
        raise ValueError("it is of another run")
    return rest.splitlines(keepends=True)


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=4)


def digest(value: object) -> str:
    """Return the SHA-256 digest of plain data, which is the same on every machine."""
    return hashlib.sha256(encode(value).encode()).hexdigest()


def encode(value: object) -> str:
    """Return plain data as JSON: numbers, texts, sequences, arrays without objects, and dataclasses of such.

    Sequences are read again as tuples. Raises TypeError for anything else.
    """
    return json.dumps(value, default=_to_json, check_circular=False)


def _to_json(value: object) -> object:
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        content = b2a_base64(value.tobytes(), newline=False).decode()
        return {"array": content, "dtype": _dtype_name(value.dtype), "shape": value.shape}
    if is_dataclass(value) and not isinstance(value, type):
        return {"kind": type(value).__name__, "fields": {name: getattr(value, name) for name in _names(type(value))}}
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()
    raise TypeError(f"{type(value).__name__} is no plain data")


def decode(value: Any, kinds: Mapping[str, type]) -> Any:  # noqa: ANN401 (JSON, and what it stands for)
    """Return what `encode` was given, of what JSON makes of its text, with dataclasses of some kinds only.

    Raises ValueError, TypeError or LookupError for anything else.
    """
    if isinstance(value, list):
        return tuple(decode(item, kinds) for item in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        dtype = np.dtype(str(value["dtype"]))
        if dtype.kind not in "biuf":
            raise ValueError(f"an array of {dtype} is not expected")
        return np.frombuffer(a2b_base64(value["array"], strict_mode=True), dtype).reshape(value["shape"])
    kind = kinds[value["kind"]]
    content = {name: decode(item, kinds) for name, item in value["fields"].items()}
    if set(content) != set(_names(kind)):
        raise ValueError(f"{kind.__name__} has other fields")
    return kind(**content)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _dtype_name(dtype: np.dtype[Any]) -> str:
    return dtype.str if dtype.names is None else repr(dtype.descr)


@cache
def _sources() -> str:
    """Return a digest of this package's modules: a version that is being worked on does not change its number."""
    content = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()
