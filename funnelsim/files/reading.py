"""Text to plain data with the place of every key and value; nothing in a file can hang or crash this.

One pass over the events of ruamel.yaml's pure parser (YAML 1.2) builds dicts, lists and scalars by the core schema:
`NO`, `12:30` and `2026-01-31` stay texts. Limits are counted as events arrive, so a refusal costs no more than the
part of the file before it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from funnelsim.errors import InputError, Problem, TooLargeError
from funnelsim.files.syntax import Place, explain, mark_place, resolve, text_place
from funnelsim.files.wording import Key, Mistake, Path, dotted, shorten, show

MAX_BYTES = 1 << 20
MAX_LINES = 50_000
MAX_DEPTH = 64
MAX_ALIASES = 16
MAX_MERGES = 16
MAX_VALUES = 15_000
"""Values in a file, those repeated by aliases counted again."""
MAX_PROBLEMS = 200

UNPRINTABLE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x84\\x86-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")
CONTROL = "the character U+{code:04X} cannot stand in a file"
CORE = "tag:yaml.org,2002:"
TAGS = {"!", *(CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))}


@dataclass(slots=True)
class Node:
    """A value with its place, its children and the places of its keys.

    span: the characters of the text that it takes, without the comments after it. flow: written as `{…}` or `[…]`.
    borrowed: repeated from elsewhere by an alias or a merge key. starts: the first character of each key.
    """

    value: Any
    place: Place
    span: tuple[int, int] = (0, 0)
    flow: bool = False
    borrowed: bool = False
    size: int = 1
    keys: dict[str, Place] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    children: dict[str | int, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Marks:
    """The places of a document: finds the line and column of a path."""

    root: Node | None

    def place(self, path: Path) -> Place:
        """Return where a path stands: a word or number itself, else its key; the nearest place above if absent."""
        found, _ = self.walk(path)
        return found

    def known(self, path: Path) -> Path:
        """Return the part of the path that stands in the file, without keys that a shorthand leaves out."""
        _, parts = self.walk(path)
        return parts

    def walk(self, path: Path) -> tuple[Place, Path]:
        """Return the place and the written part of a path."""
        node = self.root
        if node is None:
            return (1, 1), ()
        place = node.place
        parts: list[str | int] = []
        for part in path:
            child = node.children.get(part)
            if child is None:
                if isinstance(part, str) and part in node.keys:
                    return node.keys[part], (*parts, part)
                continue
            parts.append(part)
            key = node.keys.get(part) if isinstance(part, str) else None
            node = child
            itself = is_word(node.value) and not isinstance(part, Key)
            place = node.place if key is None or itself else key
        return place, tuple(parts)


@dataclass(frozen=True, slots=True)
class Document:
    """What a text holds: plain data, the places of everything, and the mistakes in its form."""

    data: Any
    marks: Marks
    problems: tuple[Problem, ...] = ()
    file: str = ""

    def problem(self, mistake: Mistake, below: Path = ()) -> Problem:
        """Return a mistake in this document, at its place; `below` is where its path starts."""
        path, message = (*below, *mistake[0]), mistake[1]
        line, column = self.marks.place(path)
        return Problem(message, dotted(self.shown(path, message), self.data), self.file, line, column)

    def shown(self, path: Path, message: str) -> Path:
        """Return the path as a message names it: as written, and with the key that is missing."""
        known = self.marks.known(path)
        return (*known, path[-1]) if message.startswith("is missing") and path else known


class RefusedError(Exception):
    """Reading stops here: a place and a sentence."""

    def __init__(self, place: Place, message: str, *, large: bool = False) -> None:
        super().__init__(message)
        self.place, self.message, self.large = place, message, large


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_place: Place = (1, 1)
    key_start: int = 0
    expects_value: bool = False
    merges: list[Node] = field(default_factory=list)


class _Builder:
    """Builds nodes from events, with its own stack: deep files cost no recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.frames: list[_Frame] = []
        self.anchors: dict[str, Node | None] = {}
        self.found: list[tuple[Place, Path, str]] = []
        self.values = self.aliases = self.merges = 0

    def take(self, event: Event) -> None:
        """Add one event of the parser."""
        place = mark_place(event.start_mark)
        if isinstance(event, DocumentStartEvent):
            if self.root is not None:
                raise RefusedError(place, "a second document begins here: a file holds one")
        elif isinstance(event, CollectionEndEvent):
            self.close(event)
        elif isinstance(event, NodeEvent):
            self.values += 1
            if isinstance(event, AliasEvent):
                self.add(self.alias(event, place))
            elif isinstance(event, CollectionStartEvent):
                self.open(event, place)
            elif isinstance(event, ScalarEvent):
                self.add_scalar(event, place)
            if self.values > MAX_VALUES:
                raise RefusedError(place, f"the file holds more than {MAX_VALUES} values", large=True)

    def open(self, event: CollectionStartEvent, place: Place) -> None:
        """Begin a mapping or a list."""
        if len(self.frames) >= MAX_DEPTH:
            raise RefusedError(place, f"nested deeper than {MAX_DEPTH} levels")
        self.check_tag(event, place)
        self.refuse_complex_key(place)
        if event.anchor:
            self.anchors[event.anchor] = None
        empty: Any = {} if isinstance(event, MappingStartEvent) else []
        self.frames.append(_Frame(Node(empty, place, span_of(event), bool(event.flow_style)), event.anchor))

    def close(self, event: CollectionEndEvent) -> None:
        """End the mapping or list that is open."""
        frame = self.frames.pop()
        node = frame.node
        last = max((child.span[1] for child in node.children.values()), default=node.span[1])
        node.span = (node.span[0], span_of(event)[1] if node.flow else last)
        node.borrowed = bool(frame.merges)
        for merged in frame.merges:
            for key, child in merged.children.items():
                if key not in node.children:
                    node.children[key] = replace(child, borrowed=True)
                    node.keys[str(key)] = merged.keys[str(key)]
                    node.value[key] = child.value
                    node.size += child.size
        if frame.anchor:
            self.anchors[frame.anchor] = node
        self.add(node)

    def alias(self, event: AliasEvent, place: Place) -> Node:
        """Return what an alias repeats."""
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise RefusedError(place, f"more than {MAX_ALIASES} aliases (`*name`): write the values out")
        if event.anchor not in self.anchors:
            raise RefusedError(place, f"the alias `*{shorten(str(event.anchor))}` has no anchor (`&…`) before it")
        node = self.anchors[event.anchor]
        if node is None:
            raise RefusedError(place, f"the alias `*{shorten(str(event.anchor))}` stands inside what it repeats")
        self.values += node.size
        return replace(node, borrowed=True, span=span_of(event))

    def add_scalar(self, event: ScalarEvent, place: Place) -> None:
        """Add one word or number: a key, or a value."""
        self.check_tag(event, place)
        frame = self.frames[-1] if self.frames else None
        text = unicodedata.normalize("NFC", event.value)
        odd = UNPRINTABLE.search(text) if event.style == '"' else None
        if odd is not None:
            raise RefusedError(place, CONTROL.format(code=ord(odd[0])))
        plain = bool(event.implicit[0]) or ((event.tag or "").startswith(CORE) and event.tag != CORE + "str")
        if frame is not None and isinstance(frame.node.value, dict) and not frame.expects_value:
            if plain and event.style is None and not isinstance(resolve(text), str):
                self.note(place, (shorten(text),), f"a key must be a text: put {shorten(text) or 'it'} in quotes")
                frame.key = None
            else:
                frame.key = text
            frame.key_place, frame.expects_value, frame.key_start = place, True, span_of(event)[0]
            return
        node = Node(resolve(text) if plain and event.style is None else text, place, span_of(event))
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node)

    def add(self, node: Node) -> None:
        """Put a finished value where it belongs."""
        if not self.frames:
            self.root = node
            return
        frame = self.frames[-1]
        into = frame.node
        if isinstance(into.value, list):
            into.children[len(into.value)] = node
            into.value.append(node.value)
            into.size += node.size
        elif not frame.expects_value:
            raise RefusedError(node.place, "a key must be one word, not a repeated value")
        else:
            frame.expects_value = False
            if frame.key == "<<":
                self.merge(frame, node)
            elif frame.key is not None:
                self.put(frame, node)

    def put(self, frame: _Frame, node: Node) -> None:
        """Put a value under its key; the first of two equal keys stands."""
        key, into = str(frame.key), frame.node
        if key in into.children:
            line = into.keys[key][0]
            self.note(frame.key_place, (key,), f"duplicate key: it stands already at line {line}")
            return
        into.keys[key] = frame.key_place
        into.starts[key] = frame.key_start
        into.children[key] = node
        into.value[key] = node.value
        into.size += node.size

    def merge(self, frame: _Frame, node: Node) -> None:
        """Note a merge key (`<<`): one mapping, or a list of mappings."""
        self.merges += 1
        if self.merges > MAX_MERGES:
            raise RefusedError(frame.key_place, f"more than {MAX_MERGES} merge keys (`<<`): write the values out")
        nodes = list(node.children.values()) if isinstance(node.value, list) else [node]
        if not all(isinstance(part.value, dict) for part in nodes):
            self.note(frame.key_place, ("<<",), f"expected a mapping to merge, found {show(node.value)}")
            return
        frame.merges.extend(nodes)

    def refuse_complex_key(self, place: Place) -> None:
        """Refuse a mapping or list that stands as a key."""
        frame = self.frames[-1] if self.frames else None
        if frame is not None and isinstance(frame.node.value, dict) and not frame.expects_value:
            raise RefusedError(place, "a key must be one word, not a mapping or a list")

    def check_tag(self, event: NodeEvent, place: Place) -> None:
        """Refuse tags that ask for anything but plain data."""
        tag = getattr(event, "tag", None)
        if tag and str(tag) not in TAGS:
            word = str(tag).replace(CORE, "!!")
            raise RefusedError(place, f"unknown tag `{shorten(word)}`: a file holds plain values only")

    def note(self, place: Place, path: Path, message: str) -> None:
        """Remember a mistake at a path below the open mapping."""
        self.found.append((place, (*self.path(), *path), message))
        if len(self.found) >= MAX_PROBLEMS:
            raise RefusedError(place, message)

    def path(self) -> Path:
        """Return the path of the mapping or list that is open."""
        return tuple(
            len(frame.node.value) if isinstance(frame.node.value, list) else str(frame.key)
            for frame in self.frames[:-1]
        )


def read(source: str | bytes, file: str = "<text>") -> Document:
    """Return the document in a text, with every mistake in its form.

    Raises InputError where nothing can be read after the mistake (syntax, encoding), TooLargeError beyond a limit.
    """
    text = decode(source, file)
    if text.count("\n") > MAX_LINES:
        raise TooLargeError(Problem(f"the file has more than {MAX_LINES} lines", "", file, MAX_LINES + 1, 1))
    builder = _Builder()
    try:
        for event in parse(text):
            builder.take(event)
    except RefusedError as refused:
        raise _failure(builder, file, refused.place, refused.message, large=refused.large) from None
    except ReaderError as error:
        place = text_place(text, error.position)
        message = CONTROL.format(code=ord(text[error.position]))
        raise _failure(builder, file, place, message) from None
    except MarkedYAMLError as error:
        place, message = explain(error, text)
        raise _failure(builder, file, place, message) from None
    except (ValueError, RecursionError, AttributeError, IndexError, KeyError, TypeError) as error:
        # The parser itself fails on some texts that are not YAML (a broken `%` line, an escape beyond Unicode).
        message = f"this is not YAML: {shorten(str(error)) or type(error).__name__}"
        raise _failure(builder, file, (1, 1), message) from None
    root = builder.root
    data = root.value if root is not None else None
    problems = tuple(
        Problem(message, dotted(path, data), file, *place) for place, path, message in sorted(builder.found)
    )
    return Document(data, Marks(root), problems, file)


def parse(text: str) -> Iterator[Event]:
    """Yield the parser's events."""
    yield from YAML(typ="safe", pure=True).parse(text)


def _failure(builder: _Builder, file: str, place: Place, message: str, *, large: bool = False) -> InputError:
    """Return the error that ends reading, after the mistakes found before it."""
    kind = TooLargeError if large else InputError
    before = [
        Problem(what, ".".join(map(str, path)), file, *where) for where, path, what in builder.found if where < place
    ]
    return kind(*sorted(before, key=lambda p: (p.line, p.column)), Problem(message, "", file, *place))


def read_bytes(path: FilePath, shown: str) -> bytes:
    """Return the bytes of a file, refusing what is no file or too large. Raises InputError."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(Problem("is not a file", "", shown))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror).lower()
        raise InputError(Problem(f"cannot be read: {reason}", "", shown)) from None
    except ValueError:
        raise InputError(Problem("cannot be read: this is no file name", "", shown)) from None
    return content


def decode(source: str | bytes, file: str) -> str:
    """Return the text of a file: UTF-8, with or without a byte order mark."""
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise TooLargeError(Problem("the file is larger than 1 MiB", "", file))
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    content = source.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} cannot stand here"
        raise InputError(Problem(message, "", file, line, column)) from None


def is_word(value: object) -> bool:
    """Return whether a value is one word or number, to be pointed at itself; else its key is."""
    return value is not None and not isinstance(value, dict | list)


def span_of(event: Event) -> tuple[int, int]:
    """Return the characters of the text that an event takes."""
    return (
        event.start_mark.index if event.start_mark is not None else 0,
        event.end_mark.index if event.end_mark is not None else 0,
    )
