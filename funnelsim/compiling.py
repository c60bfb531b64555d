"""How scalar code and loops are compiled: typed decorators over Numba, so that callers keep their types.

No fastmath and no vendor library: a compiled function gives the same bits as the same operations one by one.

Compiled code is kept on disk beside the sources (or in the user's cache folder, where that is not writable).
Numba by itself would trust a file that was cut short, would keep a caller compiled with an older callee from
another module, and lets processes that start together mix up their files. Here every file is named after what
it holds, carries a digest, and its stamp covers all modules of the package that it was built from.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from uuid import uuid4

import numba
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.core.event import Listener, install_listener
from numba.core.serialize import dumps

Function = TypeVar("Function", bound=Callable[..., Any])

PACKAGE: Final = Path(__file__).parent
IMPORT: Final = re.compile(r"^\s*from funnelsim\.([\w.]+) import|^\s*import funnelsim\.([\w.]+)", re.MULTILINE)
SIZE: Final = 32  # bytes of a digest
BARE: Final[dict[str, Any]] = {"_nrt": False}  # no counting of who holds an array


def compiled(function: Function) -> Function:
    """Compile on first call, cached on disk; division by zero gives infinity or NaN as in NumPy."""
    return _keep(function, njit(error_model="numpy")(function))


def bare(function: Function) -> Function:
    """Compile as `compiled` does what makes and returns no array, without counting who holds those that it is given.

    Counting is atomic: where many arrays are handed on to a short function, it takes ten times as long as the work. An
    array that is returned without having been counted would be freed too early.
    """
    return _keep(function, njit(error_model="numpy", **BARE)(function))


def inlined(function: Function) -> Function:
    """Compile as `bare` does, and inline it into every compiled caller, so that loops vectorise.

    Inlining at the level of Numba (`inline="always"`) would make divisions follow the caller's error model.
    """
    return _keep(function, njit(error_model="numpy", forceinline=True, **BARE)(function))


def inner(function: Function) -> Function:
    """Compile as `bare` does what only compiled code calls."""
    options = {**BARE, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _keep(function, njit(error_model="numpy", **options)(function))


def kernel(function: Function) -> Function:
    """Compile as `compiled` does, for long loops: other threads run meanwhile."""
    return _keep(function, njit(error_model="numpy", nogil=True, **BARE)(function))


@contextmanager
def on_compile(call: Callable[[], None]) -> Iterator[None]:
    """Have `call` called meanwhile, once, before the first function that is on no disk is compiled.

    It is called in the thread in which that happens.
    """
    with install_listener("numba:compile", _Once(call)):
        yield


class _Once(Listener):
    """Calls a function when it first hears of compiling, which one thread does at a time."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def on_start(self, event: object) -> None:
        """Call the function, the first time."""
        del event
        call, self._call = self._call, None
        if call is not None:
            call()

    def on_end(self, event: object) -> None:
        """Do nothing."""


def _keep(function: Function, dispatcher: Any) -> Function:  # noqa: ANN401 (no public type)
    """Give a dispatcher the store below; where nothing can be written, it goes without one."""
    if hasattr(dispatcher, "_cache"):  # not when compiling is switched off
        _call_without_literals(dispatcher)
        try:
            cache_of_numba = FunctionCache(function)  # type: ignore[no-untyped-call]
        except RuntimeError:
            return cast("Function", dispatcher)
        source = Path(function.__code__.co_filename)
        start = f"{cache_of_numba._impl.filename_base}."  # noqa: SLF001 (there is no other way in)
        cache_of_numba._cache_file = _Store(  # type: ignore[assignment]  # noqa: SLF001
            Path(cache_of_numba.cache_path) / start, _stamp(source)
        )
        dispatcher._cache = cache_of_numba  # noqa: SLF001
    return cast("Function", dispatcher)


def _call_without_literals(dispatcher: Any) -> None:  # noqa: ANN401
    """Have calls with a constant compile no form of their own: f(x, 1) and f(x, n) are the same."""
    find_template = dispatcher.get_call_template

    def get_call_template(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:  # noqa: ANN401
        plain: Any = types.unliteral
        return find_template(tuple(map(plain, args)), {name: plain(arg) for name, arg in kws.items()})

    dispatcher.get_call_template = get_call_template


@cache
def _stamp(path: Path) -> bytes:
    """Return a digest of Numba's version, of a module, and of those it imports from here, directly or not."""
    digest = sha256(numba.__version__.encode())
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(_imports(module))
    for source in sorted(found):
        digest.update(source.read_bytes())
    return digest.digest()


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Return the modules of this package that a module imports from."""
    names = ("/".join((first or second).split(".")) for first, second in IMPORT.findall(path.read_text("utf-8")))
    return tuple(module for name in names if (module := PACKAGE / f"{name}.py").exists())


class _Store:
    """The compiled forms of one function, a file for each signature and processor: stamp, digest, code.

    Files are replaced whole and named after what they hold, so processes that start together do not meet.
    """

    def __init__(self, start: Path, stamp: bytes) -> None:
        self._start = start
        self._stamp = stamp

    def load(self, key: object) -> Any:  # noqa: ANN401
        """Return the compiled form, or None if there is none, or only an older or a damaged one."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        stamp, digest, code = data[:SIZE], data[SIZE : 2 * SIZE], data[2 * SIZE :]
        if sha256(stamp + code).digest() != digest:
            warnings.warn(f"{path} is damaged; compiling again", RuntimeWarning, stacklevel=2)
            return None
        return pickle.loads(code) if stamp == self._stamp else None  # noqa: S301 (whole, and written below)

    def save(self, key: object, data: object) -> None:
        """Write a compiled form."""
        code = dumps(data)  # type: ignore[no-untyped-call]
        path = self._path(key)
        part = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            part.write_bytes(self._stamp + sha256(self._stamp + code).digest() + code)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def flush(self) -> None:
        """Forget every compiled form."""
        for path in self._start.parent.glob(f"{escape(self._start.name)}*.nbc"):
            path.unlink(missing_ok=True)

    def _path(self, key: object) -> Path:
        return self._start.with_name(f"{self._start.name}{sha256(repr(key).encode()).hexdigest()[:16]}.nbc")
