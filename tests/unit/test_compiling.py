"""Claims about compiled code kept on disk by `funnelsim.compiling`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from funnelsim import compiling, machine_code
from funnelsim.compiling import bare, compiled, inlined, kernel, on_compile
from funnelsim.machine_code import _imports, find_folder, make_stamp, read, write

SOURCE = """
from funnelsim.compiling import compiled

@compiled
def double(x: float) -> float:
    return 2.0 * x
"""

#: What a process of its own does.
CALL = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("doubling", {path!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
assert module.double(2.0) == 4.0
"""


def load(path: Path) -> ModuleType:
    """Import a file as a new module, as a new process would."""
    _imports.cache_clear()
    make_stamp.cache_clear()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def calls(module: ModuleType) -> int:
    """How many functions have to be compiled to call `double` with a float."""
    found: list[str] = []
    with on_compile(lambda: found.append("new")):
        assert module.double(3.0) == 6.0
    return len(found)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with one compiled function, called once, so that its code is on disk.

    Python keeps no bytecode of it: that would be taken for the bytecode of another text as long, written in the same
    second.
    """
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "doubling.py"
    path.write_text(SOURCE)
    assert load(path).double(2.0) == 4.0
    return path


@pytest.fixture
def code(source: Path) -> Path:
    """The file with the compiled form."""
    (path,) = find_folder(source).glob("*.code")
    return path


def test_code_is_compiled_once(source: Path) -> None:
    """A second process takes the compiled form from disk."""
    assert calls(load(source)) == 0


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped"])
def test_damaged_code_is_compiled_again(source: Path, code: Path, damage: str) -> None:
    """A file cut short, empty or with one bit flipped gives a warning and the right result, and is replaced."""
    data = code.read_bytes()
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    code.write_bytes({"cut": data[:-100], "empty": b"", "flipped": flipped}[damage])
    with pytest.warns(RuntimeWarning, match="is damaged; compiling again"):
        assert load(source).double(3.0) == 6.0
    assert calls(load(source)) == 0


def test_changed_code_is_compiled_again(source: Path) -> None:
    """A new version of a module does not run the old one's code, and says nothing about it."""
    source.write_text(SOURCE.replace("2.0 * x", "3.0 * x"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(source).double(2.0) == 6.0


def test_a_changed_callee_makes_its_callers_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamp of a module changes with any module of the package it imports, directly or not, and no other."""
    monkeypatch.setattr(machine_code, "PACKAGE", tmp_path)
    (tmp_path / "engines").mkdir()
    kernel_file = tmp_path / "engines" / "kernel.py"
    kernel_file.write_text("from funnelsim.laws import survival\n")
    (tmp_path / "laws.py").write_text("from funnelsim.arithmetic import (\n    log,\n)\n")
    (tmp_path / "arithmetic.py").write_text("def log(x): ...\n")
    (tmp_path / "views.py").write_text("import funnelsim.laws\n")

    def stamp() -> bytes:
        _imports.cache_clear()
        make_stamp.cache_clear()
        return make_stamp(kernel_file)

    before = stamp()
    (tmp_path / "views.py").write_text("pass\n")
    assert stamp() == before
    (tmp_path / "arithmetic.py").write_text("def log(x): return x\n")
    assert stamp() != before


def test_modules_that_import_each_other_are_no_trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A circle of imports ends."""
    monkeypatch.setattr(machine_code, "PACKAGE", tmp_path)
    (tmp_path / "one.py").write_text("from funnelsim.two import x\n")
    (tmp_path / "two.py").write_text("from funnelsim.one import y\n")
    _imports.cache_clear()
    make_stamp.cache_clear()
    assert len(make_stamp(tmp_path / "one.py")) == machine_code.SIZE


def test_other_stamps_do_not_meet(tmp_path: Path) -> None:
    """What has another stamp is not there, and is replaced by what is written."""
    path = tmp_path / "code"
    old, new = (bytes([number]) * machine_code.SIZE for number in (1, 2))
    assert read(path, old) is None
    write(path, old, b"first")
    assert (read(path, old), read(path, new)) == (b"first", None)
    write(path, new, b"second")
    assert (read(path, old), read(path, new)) == (None, b"second")
    assert list(tmp_path.iterdir()) == [path]


def test_other_arguments_do_not_meet(source: Path) -> None:
    """Whole numbers, numbers and arrays have each their own form, and so have arrays of other elements."""
    module = load(source)
    assert [module.double(x) for x in (2, 2.5, np.float64(2.5), np.uint64(2**63), True)] == [4, 5.0, 5.0, 2.0**64, 2.0]
    assert module.double(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]  # Numba's own form: a program returns no arrays
    assert module.double(np.arange(3)).tolist() == [0.0, 2.0, 4.0]
    assert module.double(x=2.0) == 4.0
    assert module.double(np.float32(2.0)) == 4.0
    again = load(source)
    found: list[str] = []
    with on_compile(lambda: found.append("new")):
        assert again.double(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
        assert again.double(2) == 4.0
    assert found == []


def test_without_a_place_to_write_code_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder can be written, functions are compiled in memory."""
    path = tmp_path / "doubling.py"
    path.write_text(SOURCE)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked / "inside"))
    find_folder.cache_clear()
    assert load(path).double(2.0) == 4.0
    assert not list(tmp_path.rglob("*.code"))


def test_a_folder_that_cannot_be_written_is_replaced_by_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code of a package that somebody else installed is kept in one's own cache folder."""
    source = tmp_path / "installed" / "doubling.py"
    source.parent.mkdir()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path / "mine"))
    monkeypatch.setattr("funnelsim.machine_code.os.access", lambda *_: False)
    find_folder.cache_clear()
    folder = find_folder(source)
    find_folder.cache_clear()
    assert folder.parent == tmp_path / "mine" / "code"
    assert folder.is_dir()


def test_what_is_called_very_often_changes_over(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many calls a function is what Numba makes of it, with the same results."""
    monkeypatch.setattr(compiling, "MANY", 3)
    module = load(source)
    assert [module.double(float(x)) for x in range(6)] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert module.double.dispatcher.overloads
    assert module.double.function(2.5) == 5.0


def test_processes_that_start_together_do_not_meet(source: Path, code: Path) -> None:
    """Several processes that find no code compile and keep it at the same time, and the next finds it whole."""
    code.unlink()
    command = [sys.executable, "-W", "error", "-c", CALL.format(path=str(source))]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert calls(load(source)) == 0


def test_a_warm_start_does_without_numba(source: Path) -> None:
    """What is on disk is called without importing Numba."""
    program = CALL.format(path=str(source)) + "assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("decorator", [bare, compiled, inlined, kernel])
def test_dividing_by_zero_gives_infinity(decorator: Callable[..., Callable[[float], float]]) -> None:
    """A compiled division by zero is infinite, and stays so when a caller with Python's rules inlines it."""

    def invert(x: float) -> float:
        return 1.0 / x

    inverse = decorator(invert)

    @njit(error_model="python")
    def call(x: float) -> float:
        return inverse(x)

    assert inverse(0.0) == float("inf")
    assert call(0.0) == float("inf")


def test_what_is_bare_works_on_parts_of_arrays() -> None:
    """A bare function hands rows of an array on and leaves it as safe as it was: nobody is taken to have let it go."""

    @bare
    def add(numbers: NDArray[np.int64], value: int) -> None:
        numbers[0] += value

    @bare
    def add_to_row(table: NDArray[np.int64], row: int, value: int) -> None:
        add(table[row], value)

    @compiled
    def fill(rows: int) -> NDArray[np.int64]:
        table = np.zeros((rows, 2), dtype=np.int64)
        for k in range(rows):
            add_to_row(table, k, k + 1)
        return table

    assert fill(1000)[:, 0].tolist() == list(range(1, 1001))


@kernel
def wait(numbers: NDArray[np.int64], flag: int, counter: int, limit: int) -> int:
    """Count until another thread sets the flag, or to the limit."""
    while numbers[flag] == 0 and numbers[counter] < limit:
        numbers[counter] += 1
    return int(numbers[counter])


def test_kernels_let_other_threads_run() -> None:
    """A kernel that waits for another thread ends, because it does not hold the interpreter's lock."""
    numbers = np.zeros(2, dtype=np.int64)
    assert wait(numbers, 0, 1, 10) == 10  # compiled before the race
    limit = 3_000_000_000
    setter = threading.Timer(0.02, numbers.__setitem__, (0, 1))
    setter.start()
    assert wait(numbers, 0, 1, limit) < limit
    setter.join()


def test_compiling_is_announced_once(source: Path) -> None:
    """Whoever asks hears of the first function that has to be compiled, and of no other, nor of those on disk."""
    found: list[str] = []
    with on_compile(lambda: found.append("disk")):
        load(source).double(2.0)
    with on_compile(lambda: found.append("new")):
        module = load(source)
        module.double(2)
        module.double(np.float32(2.0))
    module.double(np.int8(2))
    assert found == ["new"]
