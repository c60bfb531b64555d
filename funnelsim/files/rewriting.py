"""A text changed in as few places as its meaning: comments, order and layout stay.

The text's own nodes (see `reading.py`) are walked beside the canonical documents that it says and is to say; where
those differ, the characters of a value are replaced, and entries are taken out or put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from funnelsim.files.reading import Node, read
from funnelsim.files.writing import flow, scalar, terse

LABELS = ("name", "key", "to", "end")


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters of a text to replace; an empty range is a place to insert at."""

    start: int
    end: int
    text: str


def rewrite(text: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the text that says `new` where it said `old`, both canonical documents of what the text holds.

    The result is to be read back and compared: a text that shares parts by aliases may need to be written anew.
    """
    root = read(text).marks.root
    if root is None or old == new:
        return text
    rewriting = _Rewriting(text)
    rewriting.value(root, old, new, "", "")
    return rewriting.result()


@dataclass(slots=True)
class _Rewriting:
    text: str
    edits: list[Edit] = field(default_factory=list)

    def result(self) -> str:
        """Return the text after all edits."""
        text = self.text
        for _, edit in sorted(
            enumerate(self.edits), key=lambda pair: (pair[1].start, pair[1].end, pair[0]), reverse=True
        ):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def value(self, node: Node, old: Any, new: Any, key: str, within: str) -> None:
        """Make a value say `new`."""
        if old == new and type(old) is type(new):
            return
        simple = not node.borrowed and type(node.value) is type(old) is type(new)
        if simple and isinstance(new, dict) and self.mapping(node, old, new, key):
            return
        if simple and isinstance(new, list) and self.sequence(node, old, new, key):
            return
        self.replace(node, terse(new, key, within))

    def replace(self, node: Node, value: Any) -> None:
        """Write a value anew."""
        start, end = node.span
        lead = "  " if isinstance(node.value, list) and not node.flow else ""
        self.edits.append(Edit(start, end, lead + flow(value)))

    # -- mappings

    def mapping(self, node: Node, old: dict[str, Any], new: dict[str, Any], key: str) -> bool:
        """Edit a mapping entry by entry, if its text allows; return whether it does."""
        changed = [name for name in (*old, *(n for n in new if n not in old)) if old.get(name) != new.get(name)]
        if any(name in old and name not in node.children for name in changed):
            return False  # a shorthand says it in another way
        gone = [name for name in changed if name not in new]
        if any(node.children[name].borrowed for name in changed if name in node.children):
            return False
        if gone and not self.can_drop(node, gone):
            return False
        fresh = [name for name in changed if name in new and name not in node.children]
        for name in changed:
            if name in new and name in node.children:
                self.value(node.children[name], old.get(name), new[name], name, key)
        names = list(node.children)
        for run in runs(sorted(names.index(name) for name in gone)):
            self.drop(node, run, list(node.starts.values()))
        if fresh:
            entries = [f"{scalar(name)}: {flow(terse(new[name], name, key))}" for name in fresh]
            self.insert(node, len(node.children), entries, "")
        return True

    def can_drop(self, node: Node, gone: list[str]) -> bool:
        """Return whether entries can be taken out and something stays."""
        if len(gone) >= len(node.children):
            return False
        return node.flow or all(not self.line_before(node.starts[name]).strip() for name in gone)

    # -- lists

    def sequence(self, node: Node, old: list[Any], new: list[Any], key: str) -> bool:
        """Edit a list item by item, if its text allows; return whether it does."""
        if len(node.children) != len(old) or not old or any(child.borrowed for child in node.children.values()):
            return False
        if any(isinstance(item, str) for item in old) and node.value != old:
            return False  # the text has it in another order, or other words
        before, after = list(identities(old)), list(identities(new))
        stay = [identity for identity in before if identity in after]
        if stay != [identity for identity in after if identity in before] or not stay:
            return False
        if not node.flow and not all(
            self.line_before(child.span[0]).strip() == "-" for child in node.children.values()
        ):
            return False
        for identity in stay:
            place = before.index(identity)
            self.value(node.children[place], old[place], new[after.index(identity)], "", key)
        starts = [child.span[0] for child in node.children.values()]
        gone = [place for place, identity in enumerate(before) if identity not in stay]
        for run in runs(gone):
            self.drop(node, run, starts)
        place = 0
        fresh: list[str] = []
        for number, identity in enumerate(after):
            if identity in stay:
                self.insert(node, place, fresh, "- ")
                fresh, place = [], before.index(identity) + 1
            else:
                fresh.append(flow(terse(new[number], "", key)))
        self.insert(node, place, fresh, "- ")
        return True

    def drop(self, node: Node, run: list[int], starts: list[int]) -> None:
        """Take neighbouring entries or items out: their lines, or their part of a line with its commas."""
        first, last = run[0], run[-1]
        children = list(node.children.values())
        end = children[last].span[1]
        if not node.flow:
            start = starts[first]
            self.edits.append(Edit(start - len(self.line_before(start)), self.line_end(end), ""))
        elif last + 1 < len(starts):
            self.edits.append(Edit(starts[first], starts[last + 1], ""))
        else:
            self.edits.append(Edit(children[first - 1].span[1], end, ""))

    def insert(self, node: Node, place: int, texts: list[str], dash: str) -> None:
        """Put entries or items before the one at `place`, or after the last."""
        if not texts:
            return
        children = list(node.children.values())
        if node.flow:
            together = ", ".join(texts)
            if place:
                at = children[place - 1].span[1]
                self.edits.append(Edit(at, at, f", {together}"))
            else:
                at = node.span[0] + 1
                self.edits.append(Edit(at, at, f"{together}, " if children else together))
            return
        first = min(node.starts.values()) if not dash else children[0].span[0]
        before = self.line_before(first)
        indent = " " * len(before) if not dash else before[: len(before) - len(before.lstrip(" "))]
        at = self.line_end(children[place - 1].span[1]) if place else first - len(before)
        feed = "\r\n" if "\r\n" in self.text else "\n"
        lines = "".join(f"{indent}{dash}{text}{feed}" for text in texts)
        ended = at == 0 or self.text[at - 1] == "\n"
        self.edits.append(Edit(at, at, lines if ended else feed + lines))

    # -- lines

    def line_before(self, index: int) -> str:
        """Return what stands before a character in its line."""
        return self.text[self.text.rfind("\n", 0, index) + 1 : index]

    def line_end(self, index: int) -> int:
        """Return where the line of the last character before `index` ends, its line feed included."""
        while index > 0 and self.text[index - 1] in "\r\n":
            index -= 1
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1


def identities(items: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield what makes each item of a list the same item in another list: its name, or what it is."""
    seen: dict[tuple[Any, ...], int] = {}
    for item in items:
        label = next((item[key] for key in LABELS if key in item), None) if isinstance(item, Mapping) else None
        base = ("named", label) if isinstance(label, str) else ("is", flow(item))
        seen[base] = seen.get(base, 0) + 1
        yield (*base, seen[base])


def runs(places: list[int]) -> Iterator[list[int]]:
    """Yield neighbouring numbers together."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run
