"""Reading: YAML 1.2 to plain data with places, and nothing in a file can hang or crash it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.errors import InputError, Problem, TooLargeError
from funnelsim.files.reading import (
    MAX_ALIASES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_MERGES,
    MAX_VALUES,
    read,
    read_bytes,
)
from funnelsim.files.wording import Key

SCALARS = [
    ("NO", "NO"),  # the Norway problem of YAML 1.1
    ("yes", "yes"),
    ("on", "on"),
    ("12:30", "12:30"),  # a number to base 60 in YAML 1.1
    ("2026-01-31", "2026-01-31"),  # dates stay texts
    ("1_000", "1_000"),
    ("1e-3", 0.001),  # a text in PyYAML
    ("1E+3", 1000.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("012", 12),  # octal in YAML 1.1
    ("0o14", 12),
    ("0x0C", 12),
    ("-7", -7),
    ("+7", 7),
    ("true", True),
    ("False", False),
    ("tRUE", "tRUE"),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    ("null", None),
    ("~", None),
    ("''", ""),
    ("'5'", "5"),
    ('"null"', "null"),
    ("!!str 5", "5"),
    ('!!int "5"', "5"),
    ("3 d", "3 d"),
    ("40 / d", "40 / d"),
    ("30%", "30%"),
    ("999999999999999999999999999999", 999999999999999999999999999999),
    ("9" * 400, math.inf),
]


def refusal(source: str | bytes) -> InputError:
    """The error that reading ends with."""
    with pytest.raises(InputError) as caught:
        read(source, "f.yaml")
    return caught.value


def problems_of(source: str | bytes) -> tuple[Problem, ...]:
    """What is wrong with the form of a text."""
    try:
        return read(source).problems
    except InputError as error:
        return error.problems


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    """Plain words follow the core schema (YAML 1.2.2, 10.3.2), not that of YAML 1.1."""
    document = read(f"a: {text}\n")
    assert document.data == {"a": value}
    assert type(document.data["a"]) is type(value)
    assert document.problems == ()


def test_nan_is_read_as_nan() -> None:
    """`.nan` is left for the checks to refuse at its place."""
    assert math.isnan(read("a: .nan").data["a"])


def test_places_are_those_of_keys_and_values() -> None:
    """A word is found where it stands, a mapping or list at its key, an item at its beginning, a key at itself."""
    document = read("a: 5\nbb:\n  c: [1, x]\n  d:\n    - e: f\n", "f.yaml")
    find = document.marks.place
    assert find(("a",)) == (1, 4)
    assert find((Key("a"),)) == (1, 1)
    assert find(("bb",)) == (2, 1)
    assert find(("bb", "c")) == (3, 3)
    assert find(("bb", "c", 1)) == (3, 10)
    assert find(("bb", "d", 0)) == (5, 7)
    assert find(("bb", "d", 0, "e")) == (5, 10)


def test_a_key_that_a_shorthand_leaves_out_is_passed_over() -> None:
    """A path of the canonical document is found at the nearest thing that the file does write."""
    document = read("sources: {ads: {batch: 5}}")
    assert document.marks.place(("sources", "ads", "arrivals", "batch")) == (1, 24)
    assert document.problem((("sources", "ads", "arrivals", "batch"), "x")).key == "sources.ads.batch"


def test_messages_name_list_items_by_name() -> None:
    """Items are called by their `name`, routes by their key or destination, others by their number from 1."""
    document = read("stages: [{name: shop, next: [{to: a}, {to: a, key: b}, {end: won}], x: [3, 4]}, {y: 5}]")
    shown = [
        document.problem((path, "")).key
        for path in [
            ("stages", 0, "next", 0, "to"),
            ("stages", 0, "next", 1),
            ("stages", 0, "next", 2),
            ("stages", 0, "x", 1),
            ("stages", 1, "y"),
        ]
    ]
    assert shown == [
        "stages.shop.next.a.to",
        "stages.shop.next.b",
        "stages.shop.next.end",
        "stages.shop.x.2",
        "stages.2.y",
    ]


def test_columns_count_letters() -> None:
    """A column is a number of letters, also after a byte order mark and with Windows line ends."""
    document = read("\ufeffимя: Магазин\r\nэтап: {цена: 5}\r\n".encode())
    assert document.marks.place(("имя",)) == (1, 6)
    assert document.marks.place(("этап", "цена")) == (2, 14)


def test_letters_are_composed() -> None:
    """й written as и and a breve is the same name as the one letter й."""
    assert read("имеи\u0306: мои\u0306").data == {"имей": "мой"}


def test_duplicate_keys_keep_the_first_and_are_reported() -> None:
    """Each repeated key is one problem; the value that stood first holds."""
    document = read("a: 1\nb: {c: 1, c: 2}\na: 3\n", "f.yaml")
    assert document.data == {"a": 1, "b": {"c": 1}}
    assert [str(problem) for problem in document.problems] == [
        "f.yaml:2:11: b.c: duplicate key: it stands already at line 2",
        "f.yaml:3:1: a: duplicate key: it stands already at line 1",
    ]


def test_merge_keys_fill_in_what_is_not_there() -> None:
    """A mapping's own keys win over merged ones, an earlier merge over a later one."""
    data = read("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 3}").data
    assert data["z"] == {"a": 3, "b": 1, "c": 2}


def test_problems_before_the_end_are_kept() -> None:
    """A mistake that ends reading is reported together with those before it."""
    error = refusal("a: 1\na: 2\nb: [\n")
    assert [(problem.line, problem.key) for problem in error.problems] == [(2, "a"), (4, "")]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (b"a: \xff", (1, 4)),
        ("я: b\nв: ".encode() + b"\xd0", (2, 4)),
        (b"\xff\xfea\x00", (1, 1)),  # UTF-16 with its mark
        ("a: \x00", (1, 4)),
        ("a: \ud800", (1, 4)),
        ('a: "\\ud800"', (1, 4)),
        ('a: "\\x07"', (1, 4)),
    ],
)
def test_what_is_no_text_is_refused(source: str | bytes, place: tuple[int, int]) -> None:
    """Bytes that are not UTF-8 and characters that no file may hold are refused at their place."""
    problem = refusal(source).problems[0]
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * (MAX_DEPTH + 1), "nested deeper than 64 levels"),
        ("{a: " * 250_000, "nested deeper than 64 levels"),
        ("- " * 500_000, "nested deeper than 64 levels"),
        ("[" * 1_000_000, "nested deeper than 64 levels"),
        ("x: &x 1\n" + "".join(f"a{i}: *x\n" for i in range(MAX_ALIASES + 1)), "more than 16 aliases"),
        ("".join(f"a{i}: {{<<: {{b: 1}}}}\n" for i in range(MAX_MERGES + 1)), "more than 16 merge keys"),
        ("[" + "1, " * 300_000 + "1]", "more than 15000 values"),
        ("a: [" + "[],\n" * 40_000 + "]", "more than 15000 values"),
        ("".join(f"a{i}: {{x: 1}}\n" for i in range(30_000)), "more than 15000 values"),
        ("a: " + "x" * MAX_BYTES, "larger than 1 MiB"),
        (b"\x00" * (MAX_BYTES + 1), "larger than 1 MiB"),
        ("\n" * 1_000_000, "more than 50000 lines"),
        ("---\n" * 40_000, "a second document begins here"),
        ("%" * 1_000_000, "cannot start a value"),
        ("&a " * 300_000, "does not belong"),
        ("a: 'x" + "\n " * 49_000, "a text in quotes is not closed"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_files_beyond_a_limit_are_refused_at_once(text: str | bytes, words: str) -> None:
    """Whatever a file holds, it is refused at its limit: reading stops there and cannot hang."""
    assert words in str(refusal(text))


def test_repeated_repetition_counts_what_it_stands_for() -> None:
    """Sixteen aliases of aliases cannot stand for millions of values (the billion laughs)."""
    layers = ["a0: &a0 [" + "1, " * 2000 + "1]"]
    layers += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 8)]
    error = refusal("\n".join(layers))
    assert isinstance(error, TooLargeError)
    assert f"more than {MAX_VALUES} values" in str(error)


def test_a_file_of_the_largest_size_is_read() -> None:
    """1 MiB of comments around a small document is no more than 1 MiB, and is read."""
    text = "# " + "x" * (MAX_BYTES - 8) + "\na: 1\n"
    assert len(text) == MAX_BYTES
    assert read(text).data == {"a": 1}


def test_only_files_are_read(tmp_path: Path) -> None:
    """A folder, a missing file and a name that cannot be one are refused with the name as it was given."""
    with pytest.raises(InputError, match=r"^x: is not a file$"):
        read_bytes(tmp_path, "x")
    with pytest.raises(InputError, match=r"^x: cannot be read: there is no such file$"):
        read_bytes(tmp_path / "none.yaml", "x")
    with pytest.raises(InputError, match=r"^x: cannot be read"):
        read_bytes(tmp_path / "a\x00b", "x")


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from("ab1:{}[],-&*!|>'\"%@#~ \n\t\\?<"), max_size=40))
def test_no_text_crashes_the_reader(text: str) -> None:
    """Any text is either read or refused with a place."""
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems_of(text))


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader(content: bytes) -> None:
    """Any bytes are either read or refused with a place."""
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems_of(content))
