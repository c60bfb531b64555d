"""How scalar code and loops are compiled: typed decorators, so that callers keep their types.

No fastmath and no vendor library: a compiled function gives the same bits as the same operations one by one.

What Python calls is compiled when it is first called, together with everything that it calls, into one piece of machine
code, a *program* (`translating`, by Numba). A program is kept on disk (`machine_code`), and the next process brings it
into memory without so much as importing Numba, which would take longer than everything else. Calling a program takes a
microsecond more than calling what Numba makes by itself, so a function that is called very often changes over to that.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from hashlib import sha256
from inspect import signature
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast
from uuid import uuid4

import numpy as np

from funnelsim import machine_code
from funnelsim.functions import Compilable
from funnelsim.memory import Group

Function = TypeVar("Function", bound=Callable[..., Any])

BARE: Final[dict[str, Any]] = {"_nrt": False}  # no counting of who holds an array
#: Calls after which importing Numba pays.
MANY: Final = 100_000
#: Where compiling is switched off, functions stay what they are.
OFF: Final = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


def compiled(function: Function) -> Function:
    """Compile on first call, cached on disk; division by zero gives infinity or NaN as in NumPy."""
    return _compile(function, {})


def bare(function: Function) -> Function:
    """Compile as `compiled` does what makes and returns no array, without counting who holds those that it is given.

    Counting is atomic: where many arrays are handed on to a short function, it takes ten times as long as the work. An
    array that is returned without having been counted would be freed too early.
    """
    return _compile(function, BARE)


def inlined(function: Function) -> Function:
    """Compile as `bare` does, and inline it into every compiled caller, so that loops vectorise.

    Inlining at the level of Numba (`inline="always"`) would make divisions follow the caller's error model.
    """
    return _compile(function, {**BARE, "forceinline": True})


def inner(function: Function) -> Function:
    """Compile as `bare` does what only compiled code calls."""
    return _compile(function, BARE)


def kernel(function: Function) -> Function:
    """Compile as `bare` does, for long loops: other threads run meanwhile."""
    return _compile(function, {**BARE, "nogil": True})


def _compile(function: Function, options: dict[str, Any]) -> Function:
    return function if OFF else cast("Function", Compiled(function, options))


@contextmanager
def on_compile(call: Callable[[], None]) -> Iterator[None]:
    """Have `call` called meanwhile, once, before the first function that is on no disk is compiled.

    It is called in the thread in which that happens.
    """
    _waiting.append(call)
    try:
        yield
    finally:
        if call in _waiting:
            _waiting.remove(call)


_waiting: Final[list[Callable[[], None]]] = []


def announce() -> None:
    """Call those who wait to hear of compiling."""
    while _waiting:
        _waiting.pop()()


class Form(NamedTuple):
    """Arguments of an array: what its elements are, and of how many dimensions."""

    dtype: np.dtype[Any]
    dimensions: int


#: What a program takes: letters of `struct` for numbers, forms of arrays, classes of groups.
Kind = str | Form | type[Group]
NUMBERS: Final[dict[type, Kind]] = {
    int: "q", np.int64: "q", np.uint64: "Q", bool: "?", float: "d", np.float64: "d",
}  # fmt: skip


class Compiled(Compilable):
    """A function that is compiled when it is called."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(function, options)
        update_wrapper(self, function)
        self._programs: dict[tuple[Kind | None, ...], Callable[..., Any] | None] = {}
        self._calls = 0
        self._dispatcher: Callable[..., Any] | None = None

    def __call__(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        """Run the function."""
        if self._dispatcher is not None:
            return self._dispatcher(*args, **named)
        kinds = tuple([NUMBERS.get(type(value)) or _find_kind(value) for value in args])
        try:
            program = self._programs[kinds]
        except KeyError:
            program = self._find_program(kinds, args)
        if program is None or named:
            return self.dispatcher(*args, **named)
        self._calls += 1
        if self._calls == MANY:
            self._dispatcher = self.dispatcher
        try:
            return program(*args)
        except struct.error:  # a whole number of more than 64 bits
            return self.dispatcher(*args)

    def __reduce__(self) -> str:
        return self.function.__qualname__

    def __repr__(self) -> str:
        return f"<compiled {self.function.__module__}.{self.function.__qualname__}>"

    @property
    def dispatcher(self) -> Callable[..., Any]:
        """What Numba makes of the function by itself, for what a program cannot take or return."""
        from funnelsim.translating import find_dispatcher

        found: Callable[..., Any] = find_dispatcher(self, announce)
        return found

    def _find_program(self, kinds: tuple[Kind | None, ...], args: tuple[Any, ...]) -> Callable[..., Any] | None:
        """Return the program for arguments of these kinds: from disk, or compiled now; None if there cannot be one."""
        with machine_code.LOCK:
            if kinds not in self._programs:
                ready = None not in kinds and len(kinds) == len(signature(self.function).parameters)
                self._programs[kinds] = _make_program(self, kinds, args) if ready else None
            return self._programs[kinds]


def _make_program(compiled: Compiled, kinds: tuple[Any, ...], args: tuple[Any, ...]) -> Callable[..., Any] | None:
    function = compiled.function
    source = Path(function.__code__.co_filename)
    whole = f"{function.__module__}.{function.__qualname__}{kinds!r} {machine_code.describe_processor()}"
    if function.__closure__:  # what it is depends on more than its text, so it is not kept
        whole += uuid4().hex
    name = f"f_{sha256(whole.encode()).hexdigest()[:16]}"
    path = machine_code.find_folder(source) / f"{source.stem}.{function.__name__}.{name[2:]}.code"
    stamp = machine_code.make_stamp(source)
    content = machine_code.read(path, stamp)
    if content is None:
        announce()
        from funnelsim.translating import translate

        content = translate(compiled, args, name)
        if not function.__closure__:
            machine_code.write(path, stamp, content)
    line, _, code = content.partition(b"\n")
    results, *needed = line.decode().split() or [""]
    if not code or not machine_code.are_known(needed):
        return None
    address = machine_code.bring_into_memory(code, name)
    prototype = machine_code.LETTING_GO if compiled.options.get("nogil") else machine_code.HOLDING
    return _make_caller(prototype(address), kinds, results.strip("-"), function.__name__)


def _make_caller(run: Callable[..., int], kinds: tuple[Kind, ...], results: str, name: str) -> Callable[..., Any]:
    """Return what puts arguments into words, runs a program on them, and takes its results out of them.

    results: letters of `struct`; in brackets where a tuple is returned.
    """
    letters = "".join(
        "q" * (1 + kind.dimensions)
        if isinstance(kind, Form)
        else kind.replace("?", "q")
        if isinstance(kind, str)
        else "q"
        for kind in kinds
    )
    arguments, returned = struct.Struct(letters), struct.Struct(results.strip("()").replace("?", "q"))
    words_type = ctypes.c_int64 * max(arguments.size // 8, returned.size // 8, 1)
    plain = all(isinstance(kind, str) for kind in kinds)
    several = results.startswith("(")
    truths = [letter == "?" for letter in results.strip("()")]

    def call(*args: Any) -> Any:  # noqa: ANN401
        words = words_type()
        arguments.pack_into(words, 0, *(args if plain else _flatten(args)))
        if run(words):
            raise RuntimeError(f"{name} failed")
        found = returned.unpack_from(words)
        if True in truths:
            found = tuple([bool(value) if truth else value for value, truth in zip(found, truths, strict=True)])
        return found if several else found[0] if found else None

    return call


def _flatten(args: tuple[Any, ...]) -> list[Any]:
    """Put addresses and lengths in the place of groups and arrays."""
    words: list[Any] = []
    for value in args:
        if isinstance(value, Group):
            words.append(value.address)
        elif isinstance(value, np.ndarray):
            words.append(value.ctypes.data)
            words.extend(value.shape)
        else:
            words.append(value)
    return words


def _find_kind(value: object) -> Kind | None:
    """Return the kind of an argument that is no number, or None if a program cannot take it."""
    if isinstance(value, Group):
        return type(value)
    if type(value) is np.ndarray and value.flags.c_contiguous and value.flags.writeable and 1 <= value.ndim <= 3:
        return Form(value.dtype, value.ndim)
    return None
