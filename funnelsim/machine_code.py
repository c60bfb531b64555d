"""Machine code on disk: where it is kept, what it was made from, and how it is brought into memory.

A file holds a stamp (of the modules of this package that the code was built from, and of the versions of Numba and
LLVM), a digest, and what is kept. So code of another version is not taken for this one's, and a file that was cut short
or damaged is noticed. Files are replaced whole and named after what they hold, so processes that start together do not
meet. They are beside the sources, or in the user's own cache folder where that is not writable.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import warnings
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Any, Final
from uuid import uuid4

import llvmlite
from llvmlite import binding

from funnelsim.folders import cache_folder

PACKAGE: Final = Path(__file__).parent
IMPORT: Final = re.compile(r"^\s*from funnelsim\.([\w.]+) import|^\s*import funnelsim\.([\w.]+)", re.MULTILINE)
SIZE: Final = 32  # bytes of a digest
#: Held by whoever compiles or brings code into memory.
LOCK: Final = RLock()


def read(path: Path, stamp: bytes) -> bytes | None:
    """Return what a file keeps, or None if it is not there, was made from something else, or is damaged: then warn."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    found, digest, content = data[:SIZE], data[SIZE : 2 * SIZE], data[2 * SIZE :]
    if sha256(found + content).digest() != digest:
        warnings.warn(f"{path} is damaged; compiling again", RuntimeWarning, stacklevel=2)
        return None
    return content if found == stamp else None


def write(path: Path, stamp: bytes, content: bytes) -> None:
    """Keep something in a file, or nothing where the file cannot be written."""
    part = path.with_name(f"{path.name}.{uuid4().hex}")
    with suppress(OSError):
        try:
            part.write_bytes(stamp + sha256(stamp + content).digest() + content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@cache
def find_folder(source: Path) -> Path:
    """Return where the code of a module is kept: NUMBA_CACHE_DIR, beside it, or in the user's own cache folder.

    The latter two are told apart by whether one can write beside the module.
    """
    named = os.environ.get("NUMBA_CACHE_DIR")
    beside = source.parent / "__pycache__"
    if not named:
        try:
            beside.mkdir(exist_ok=True)
        except OSError:
            pass
        else:
            if os.access(beside, os.W_OK):
                return beside
    parent = Path(named) if named else cache_folder() / "code"
    folder = parent / f"{source.parent.name}_{sha256(bytes(source.parent)).hexdigest()[:16]}"
    with suppress(OSError):  # then nothing will be found there, nor kept
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def make_stamp(path: Path) -> bytes:
    """Return a digest of the versions of Numba and LLVM, of a module, and of those it imports from here."""
    digest = sha256(f"{llvmlite.__version__} {binding.llvm_version_info} {_version_of_numba()!r}".encode())
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


@cache
def _version_of_numba() -> bytes:
    """Return what tells one version of Numba from another, without importing it."""
    found = find_spec("numba")
    origin = found.origin if found is not None else None
    return b"" if origin is None else Path(origin).with_name("_version.py").read_bytes()


@cache
def describe_processor() -> str:
    """Return what machine code depends on besides its sources."""
    features = binding.get_host_cpu_features().flatten()
    return f"{sys.implementation.cache_tag} {binding.get_default_triple()} {binding.get_host_cpu_name()} {features}"


def are_known(names: Iterable[str]) -> bool:
    """Return whether this process knows all functions of these names."""
    _engine()
    return all(binding.address_of_symbol(name) is not None for name in names)


def bring_into_memory(code: bytes, name: str) -> int:
    """Return the address of a function of an object file, which stays in memory from then on."""
    with LOCK:
        engine = _engine()
        engine.add_object_file(binding.ObjectFileRef.from_data(code))
        engine.finalize_object()
        address: int = engine.get_function_address(name)
        return address


@cache
def _engine() -> Any:  # noqa: ANN401 (no public type)
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    return binding.create_mcjit_compiler(binding.parse_assembly(""), machine)


#: A function of an object file: takes the address of its words, returns 0 if all went well.
HOLDING: Final = ctypes.PYFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
LETTING_GO: Final = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
