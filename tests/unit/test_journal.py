"""Claims about `funnelsim.journal`: what is kept comes back as it was, or not at all."""

from __future__ import annotations

import json
import math
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from funnelsim import journal
from funnelsim.folders import cache_folder
from funnelsim.journal import Journal, decode, digest, encode


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Something inside a result."""

    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A result."""

    number: int
    money: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What results depend on."""

    engine: str
    seed: int
    table: NDArray[Any]


KINDS = (Found, Part)
TASK = Task("reference", 7, np.array([(1, 0.5), (2, -0.0)], dtype=[("row", "i4"), ("share", "f8")]))


def make(number: int) -> Found:
    """A result with awkward numbers."""
    return Found(
        number, 0.1 * number, (Part("ü", np.array([np.nan, -0.0, np.inf, 1e-310])), Part("", np.zeros((0, 3))))
    )


def same(one: object, other: object) -> bool:
    """Whether two results are the same, bit for bit."""
    return encode(one) == encode(other)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of journals, which is not there yet."""
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "journals"


@pytest.fixture
def kept(folder: Path) -> Path:
    """A journal with results 0 and 3."""
    written: Journal[Found] = Journal(TASK, KINDS)
    written.keep(3, make(3))
    written.keep(0, make(0))
    assert written.write() == 2
    assert written.path.parent == folder
    return written.path


# ---- the encoding

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 2200), 1 << 2200)
    | st.floats(allow_nan=False)
    | st.text()
    | arrays.arrays(
        st.sampled_from(["f8", "f4", "i8", "u8", "i4", "?", ">i4"]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    lambda inside: st.lists(inside).map(tuple) | st.builds(Part, st.text(), inside),
    max_leaves=8,
)


@given(plain)
def test_plain_data_come_back_as_they_were(value: Any) -> None:
    """Numbers of any size, texts, tuples, arrays of any shape and dataclasses survive JSON, bit for bit."""
    read = decode(json.loads(encode(value)), {"Part": Part})
    assert type(read) is type(value)
    assert same(read, value)
    if isinstance(value, np.ndarray):
        assert (read.dtype, read.shape, read.tobytes()) == (value.dtype, value.shape, value.tobytes())
    elif not isinstance(value, tuple | Part):
        assert read == value
        assert not isinstance(value, float) or math.copysign(1.0, read) == math.copysign(1.0, value)


def test_nan_comes_back() -> None:
    """So do numbers that JSON does not know."""
    assert math.isnan(decode(json.loads(encode(math.nan)), {}))
    assert decode(json.loads(encode(-math.inf)), {}) == -math.inf
    assert encode((np.int64(3), np.float32(0.5), np.arange(2) > 0)) == encode((3, 0.5, np.array([False, True])))


@pytest.mark.parametrize("value", [object(), len, np.array([None]), (1, {2}), np.datetime64(0, "s")])
def test_what_is_no_plain_data_is_refused(value: Any) -> None:
    """Nothing is kept that would have to be run to be read."""
    with pytest.raises(TypeError, match="is no plain data"):
        encode(value)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "Task", "fields": {}},
        {"kind": "Part", "fields": {"name": "a"}},
        {"kind": "Part", "fields": {"name": "a", "values": 1, "more": 2}},
        {"array": "AAAA", "dtype": "O", "shape": [1]},
        {"array": "AAAAAAAAAAA=", "dtype": "M8[s]", "shape": [1]},
        {"array": "AAAAAAAAAAA=", "dtype": "<f8", "shape": [2]},
        {"array": "?", "dtype": "<f8", "shape": [0]},
        {"other": 1},
    ],
)
def test_other_data_are_not_read(value: Any) -> None:
    """Only dataclasses of the kinds expected, with all their fields, and arrays of numbers are made."""
    with pytest.raises((ValueError, TypeError, LookupError)):
        decode(value, {"Part": Part})


def test_digests_tell_apart() -> None:
    """A digest changes with any number, name, type or shape, and not with the machine's representation in memory."""
    table = np.arange(6.0)
    changed = table.copy()
    changed[5] = np.nextafter(5.0, 6.0)
    different: list[object] = [table, changed, table.reshape(2, 3), table.astype("f4"), tuple(table), 1, 1.0, "1", True]
    assert len({digest(value) for value in different}) == len(different)
    assert digest(np.arange(12.0)[::2]) == digest(np.arange(12.0)[::2].copy())


# ---- files


def test_what_is_kept_comes_back(kept: Path) -> None:
    """A new process reads the results of the same run, bit for bit."""
    read: Journal[Found] = Journal(TASK, KINDS)
    assert read.path == kept
    found = read.load()
    assert sorted(found) == [0, 3]
    assert all(same(found[number], make(number)) for number in found)


def test_nothing_is_written_at_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run leaves no file; after a while every result is followed by a writing."""
    short: Journal[Found] = Journal(TASK, KINDS)
    short.keep(0, make(0))
    short.remove()
    assert not folder.exists()
    monkeypatch.setattr(journal, "PAUSE", 0.0)
    long: Journal[Found] = Journal(TASK, KINDS)
    long.keep(0, make(0))
    assert long.path.exists()


def test_a_finished_run_leaves_nothing(kept: Path) -> None:
    """The journal goes, and with it what a killed process may have left half written; other journals stay."""
    other: Journal[Found] = Journal(replace(TASK, seed=8), KINDS)
    other.keep(0, make(0))
    other.write()
    kept.with_name(f".{kept.name}.123.part").write_bytes(b"half")
    Journal[Found](TASK, KINDS).remove()
    assert list(kept.parent.iterdir()) == [other.path]


def test_what_was_kept_before_stays(kept: Path) -> None:
    """A run that is started again without resuming, and ended early, does not cost what was kept."""
    again: Journal[Found] = Journal(TASK, KINDS)
    again.keep(5, make(5))
    assert again.write() == 3
    assert sorted(Journal[Found](TASK, KINDS).load()) == [0, 3, 5]
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize("size", [0, 1, 40, 200, -100, -1])
def test_a_truncated_journal_is_ignored(kept: Path, size: int) -> None:
    """Wherever it is cut, it is warned of, and the run begins anew."""
    kept.write_bytes(kept.read_bytes()[:size])
    with pytest.warns(RuntimeWarning, match="is of no use .* the run begins anew"):
        assert Journal[Found](TASK, KINDS).load() == {}


@given(place=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(place: float, bit: int) -> None:
    """One bit that is not as it was makes a journal worthless, wherever it is."""
    with pytest.MonkeyPatch.context() as patch:
        folder = Path(os.environ["FUNNELSIM_CACHE"]) / "flipped"
        patch.setenv("FUNNELSIM_CACHE", str(folder))
        written: Journal[Found] = Journal(TASK, KINDS)
        written.keep(0, make(0))
        written.write()
        content = bytearray(written.path.read_bytes())
        content[int(place * len(content))] ^= 1 << bit
        written.path.write_bytes(content)
        with pytest.warns(RuntimeWarning, match="is of no use"):
            assert Journal[Found](TASK, KINDS).load() == {}


def test_a_foreign_journal_is_ignored(kept: Path) -> None:
    """A whole journal of another run in the place of one's own is warned of."""
    other: Journal[Found] = Journal(replace(TASK, seed=8), KINDS)
    other.path.write_bytes(kept.read_bytes())
    with pytest.warns(RuntimeWarning, match="it is of another run"):
        assert other.load() == {}


def test_a_journal_of_other_results_is_ignored(kept: Path) -> None:
    """So is one with results of another kind, or in another format, though its digest fits."""
    with pytest.warns(RuntimeWarning, match="is of no use"):
        assert Journal[Part](TASK, (Part,)).load() == {}
    kept.write_bytes(kept.read_bytes().replace(b"journal 1", b"journal 2"))
    with pytest.warns(RuntimeWarning, match="another format"):
        assert Journal[Found](TASK, KINDS).load() == {}


@pytest.mark.parametrize(
    "other",
    [
        Journal(replace(TASK, seed=8), KINDS),
        Journal(replace(TASK, engine="compiled"), KINDS),
        Journal(replace(TASK, table=TASK.table[::-1]), KINDS),
        Journal(TASK, KINDS, first=1),
    ],
)
def test_other_runs_have_other_journals(folder: Path, other: Journal[Found]) -> None:
    """Seed, engine, tables and first replication are in the name."""
    assert other.path.parent == folder
    assert other.path != Journal(TASK, KINDS).path


def test_other_versions_have_other_journals(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the package kept is never resumed, nor what other sources of the same version did."""
    paths = {Journal(TASK, KINDS).path}
    monkeypatch.setattr(journal, "__version__", "9.9")
    paths.add(Journal(TASK, KINDS).path)
    monkeypatch.setattr(journal, "_sources", lambda: "changed")
    paths.add(Journal(TASK, KINDS).path)
    assert len(paths) == 3
    assert all(path.parent == folder for path in paths)


def test_a_writing_that_fails_costs_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full, the old journal stays, it is warned of once, and the run goes on."""
    before = kept.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    full: Journal[Found] = Journal(TASK, KINDS)
    full.keep(5, make(5))
    with pytest.warns(RuntimeWarning, match="nothing can be kept of this run.*No space left"):
        assert full.write() == 2
    full.keep(6, make(6))
    assert full.write() == 2
    assert kept.read_bytes() == before
    assert list(kept.parent.iterdir()) == [kept]


def test_no_writing_takes_long(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take too long to be put into words waits for the next writing; nothing of it is lost or doubled."""
    monkeypatch.setattr(journal, "LIMIT", -1.0)
    many: Journal[Found] = Journal(TASK, KINDS)
    for number in (7, 8, 9):
        many.keep(number, make(number))
    assert [many.write() for _ in range(5)] == [3, 4, 5, 5, 5]
    assert sorted(Journal[Found](TASK, KINDS).load()) == [0, 3, 7, 8, 9]
    assert kept.read_bytes().count(b"\n") == 1 + 5


def test_without_a_folder_of_its_own_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder can be made, nothing is kept, which is said when there is something to keep or to resume."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path / "file"))
    nowhere: Journal[Found] = Journal(TASK, KINDS)
    with pytest.warns(RuntimeWarning, match="cannot be read .* the run begins anew"):
        assert nowhere.load() == {}
    nowhere.keep(0, make(0))
    with pytest.warns(RuntimeWarning, match="nothing can be kept"):
        assert nowhere.write() == 0
    nowhere.remove()


# ---- the folder


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """FUNNELSIM_CACHE, else XDG_CACHE_HOME if it is absolute, else what is usual on the platform."""
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setenv("FUNNELSIM_CACHE", "/fast/disk")
    assert cache_folder() == Path("/fast/disk")
    monkeypatch.delenv("FUNNELSIM_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/anna")
    assert cache_folder() == Path("/var/anna/funnelsim")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, by the XDG specification
    assert cache_folder() == Path("/home/anna/.cache/funnelsim")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == Path("/home/anna/Library/Caches/funnelsim")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert cache_folder() == Path("/local/funnelsim/Cache")


def test_the_folder_is_for_the_user_alone(kept: Path) -> None:
    """Nobody else may read or write in it."""
    assert kept.parent.stat().st_mode & 0o077 == 0
