"""Numba as a translator: from functions to machine code of this processor.

Numba by itself makes optimised machine code of every function that a compiled function calls, and puts each of them
once more into every caller. Here a function that is called is only a *draft*: translated to what LLVM reads, and no
further. A *program* is what Python calls, with all the drafts that it needs, each once; it is optimised as a whole.

This reaches into Numba at three places: a dispatcher that makes drafts, a library of code that is not optimised by
itself, and the store of what Numba makes for Python by itself.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numba
from llvmlite import binding, ir
from numba import types
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager, _pass_registry
from numba.core.dispatcher import _FunctionCompiler
from numba.core.registry import CPUDispatcher, cpu_target
from numba.core.serialize import dumps
from numba.core.typed_passes import (
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.untyped_passes import FixupArgs, GenericRewrites, IRProcessing, ReconstructSSA, TranslateByteCode
from numba.extending import typeof_impl

from funnelsim import machine_code
from funnelsim.functions import Compilable
from funnelsim.group_types import WORD, GroupType, build_array

#: Letters of `struct` for what a program may return.
LETTERS: Final[dict[types.Type, str]] = {
    types.none: "", types.float64: "d", types.boolean: "?", types.int64: "q", types.uint64: "Q",
}  # fmt: skip
#: Names that only a process has that has imported Numba, or that holds Python's lock.
OF_NUMBA: Final = ("numba", "NRT_", "Py", "_Py")
#: What a function goes through that is typed and has no closures, no `with`, no lists, and no code that is generated.
PASSES: Final = (
    TranslateByteCode, FixupArgs, IRProcessing, GenericRewrites, ReconstructSSA, NopythonTypeInference,
    PreLowerStripPhis, IRLegalization, NativeLowering, NoPythonBackend,
)  # fmt: skip
#: What stands for a function of which there cannot be a program.
NONE: Final = b"\n"


def translate(compilable: Compilable, args: tuple[Any, ...], name: str) -> bytes:
    """Return a line and an object file: a function of this name, which takes the address of its words.

    The words are the arguments, and then the results. In the line are the letters of the results and the names that the
    object file needs to be known. Where the results are no numbers, or where it needs Numba, there is an end of line
    and no more.
    """
    with global_compiler_lock, _without_collecting(), _remembering_sizes(cpu_target.target_context):
        draft = find_draft(compilable)
        kinds = tuple(numba.typeof(value) for value in args)
        draft.compile(kinds)
        form = draft.overloads[kinds]
        letters = _spell(form.signature.return_type)
        if letters is None:
            return NONE
        context = cpu_target.target_context
        codegen = context.codegen()
        program = _Draft(codegen, name)
        program.add_linking_library(form.library)
        module = program.create_ir_module(name)
        _build_entry(context, module, form.fndesc, name)
        program.add_ir_module(module)
        linked = program.put_together()
        for function in linked.functions:
            if not function.is_declaration and function.name != name:
                function.linkage = "internal"
        _optimise(codegen, linked)
        names = [f.name for f in linked.functions if f.is_declaration and not f.name.startswith("llvm.")]
        if any(name.startswith(OF_NUMBA) for name in names):
            return NONE
        return " ".join([letters or "-", *names]).encode() + b"\n" + codegen._tm.emit_object(linked)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave garbage where it is: Numba makes millions of objects that stay, and looking through them takes a fifth."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _remembering_sizes(context: Any) -> Iterator[None]:
    """Have Numba ask once for the size of a type: it makes a module of LLVM's for each answer."""
    ask = context.get_abi_sizeof
    context.get_abi_sizeof = cache(ask)
    try:
        yield
    finally:
        del context.get_abi_sizeof


def _spell(kind: types.Type) -> str | None:
    if isinstance(kind, types.BaseTuple):
        letters = [LETTERS.get(part, "?!") for part in kind]
        return None if "?!" in letters else f"({''.join(letters)})"
    return LETTERS.get(kind)


def _build_entry(context: Any, module: ir.Module, descriptor: Any, name: str) -> None:
    """Add a function that takes arguments out of words, calls what is described, and puts the result there."""
    entry = ir.Function(module, ir.FunctionType(ir.IntType(32), [WORD.as_pointer()]), name)
    builder = ir.IRBuilder(entry.append_basic_block())
    (words,) = entry.args
    place = 0

    def take() -> Any:
        nonlocal place
        place += 1
        return builder.load(builder.gep(words, [ir.Constant(WORD, place - 1)]))

    values = []
    for kind in descriptor.argtypes:
        word = take()
        if isinstance(kind, GroupType):
            values.append(builder.inttoptr(word, context.get_value_type(kind)))
        elif isinstance(kind, types.Array):
            values.append(build_array(context, builder, kind, word, [take() for _ in range(kind.ndim)]))
        elif kind == types.float64:
            values.append(builder.bitcast(word, ir.DoubleType()))
        elif kind == types.boolean:
            values.append(builder.icmp_signed("!=", word, ir.Constant(WORD, 0)))
        else:
            values.append(word)
    callee = context.declare_function(module, descriptor)
    status, result = context.call_conv.call_function(builder, callee, descriptor.restype, descriptor.argtypes, values)
    with builder.if_then(status.is_ok):
        parts: list[tuple[types.Type, Any]] = (
            [(part, builder.extract_value(result, number)) for number, part in enumerate(descriptor.restype.types)]
            if isinstance(descriptor.restype, types.BaseTuple)
            else [(descriptor.restype, result)]
        )
        for number, (kind, value) in enumerate(parts):
            if kind != types.none:
                word = (
                    builder.bitcast(value, WORD)
                    if kind == types.float64
                    else builder.zext(value, WORD)
                    if kind == types.boolean
                    else value
                )
                builder.store(word, builder.gep(words, [ir.Constant(WORD, number)]))
    builder.ret(builder.select(status.is_ok, ir.Constant(ir.IntType(32), 0), ir.Constant(ir.IntType(32), 1)))


def _optimise(codegen: Any, module: binding.ModuleRef) -> None:
    """Optimise a program as Numba does a function."""
    passes, builder = codegen._module_pass_manager(loop_vectorize=False, slp_vectorize=False, opt=0, cost="cheap")
    passes.run(module, builder)
    passes, builder = codegen._module_pass_manager()
    passes.run(module, builder)


class _Draft(JITCodeLibrary):
    """What LLVM reads of one function, and the drafts that it needs."""

    def add_llvm_module(self, ll_module: binding.ModuleRef) -> None:
        """Add code as it is."""
        self._final_module.link_in(ll_module)

    def finalize(self) -> None:
        """Take nothing more."""
        self._raise_if_finalized()
        self._finalized = True

    def put_together(self) -> binding.ModuleRef:
        """Return this with all that it needs."""
        found: dict[JITCodeLibrary, None] = {}
        waiting: list[Any] = [self]
        while waiting:
            library = waiting.pop()
            if library not in found:
                found[library] = None
                if isinstance(library, _Draft):
                    waiting.extend(library._linking_libraries)
        whole = binding.parse_assembly(str(self._codegen._create_empty_module(self.name)))
        for library in found:
            part = library._final_module if isinstance(library, _Draft) else library._get_module_for_linking()
            whole.link_in(part, preserve=True)
        return whole

    def _get_module_for_linking(self) -> binding.ModuleRef:
        """Return this with all that it needs, for a library that is not a draft."""
        if self._shared_module is None:
            self._shared_module = self.put_together()
            for function in self._shared_module.functions:
                if not function.is_declaration and function.linkage == binding.Linkage.external:
                    function.linkage = "linkonce_odr"
        return self._shared_module

    def get_pointer_to_function(self, name: str) -> int:
        """Return that there is none."""
        del name
        return 0


class _Passes(PassManager):
    """Passes one after the other, without Numba's timing and telling of each, which takes as long as some of them."""

    def run(self, state: Any) -> None:
        """Run them all."""
        for kind, _ in self.passes:
            its = _pass_registry.get(kind).pass_inst
            its.analysis = self._analysis
            its.run_initialization(state)
            its.run_pass(state)
            its.run_finalizer(state)


class _DraftPipeline(Compiler):
    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any) -> None:
        super().__init__(typingctx, targetctx, library or _Draft(targetctx.codegen(), "draft"), *rest)

    def define_pipelines(self) -> list[PassManager]:
        """Return what a draft goes through: what Numba does to any function, but for what there is none of here."""
        passes = _Passes("draft")
        for kind in PASSES:
            passes.add_pass(kind)
        passes.finalize()
        return [passes]


class _DraftCompiler(_FunctionCompiler):
    def _customize_flags(self, flags: Any) -> Any:
        flags.no_cpython_wrapper = flags.no_cfunc_wrapper = flags.no_compile = True
        return flags


class _DraftDispatcher(CPUDispatcher):
    """What Numba asks for the drafts of a function, of which it makes one for each signature."""

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(function, {}, options, _DraftPipeline)
        self._compiler = _DraftCompiler(function, self.targetdescr, options, {}, _DraftPipeline)

    def add_overload(self, cres: Any) -> None:
        """Keep a draft; what stands for its address only tells it from others."""
        kept = cres._replace(entry_point=object())
        self.targetctx.insert_user_function(kept.entry_point, kept.fndesc, [kept.library])
        self.overloads[tuple(kept.signature.args)] = kept

    def get_call_template(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """Take a constant for any number of its type: f(x, 1) and f(x, n) are the same."""
        return super().get_call_template(
            tuple(types.unliteral(arg) for arg in args), {name: types.unliteral(arg) for name, arg in kws.items()}
        )


@cache
def find_draft(compilable: Compilable) -> _DraftDispatcher:
    """Return the dispatcher that makes the drafts of a function."""
    return _DraftDispatcher(compilable.function, _options(compilable))


def _options(compilable: Compilable) -> dict[str, Any]:
    return {"nopython": True, "error_model": "numpy", "boundscheck": None, **compilable.options}


@typeof_impl.register(Compilable)
def _type_of(value: Compilable, _: object) -> types.Dispatcher:
    return types.Dispatcher(find_draft(value))


def find_dispatcher(compilable: Compilable, announce: Callable[[], None]) -> Any:
    """Return what Numba makes of a function for Python: for any arguments and results, and quicker to call.

    announce: called before something is compiled.
    """
    with machine_code.LOCK:
        dispatcher = _dispatchers.get(compilable)
        if dispatcher is None:
            dispatcher = _dispatchers[compilable] = _make_dispatcher(compilable)
            dispatcher._compiler = _AnnouncedCompiler(dispatcher._compiler, announce)
        return dispatcher


_dispatchers: Final[dict[Compilable, Any]] = {}


def _make_dispatcher(compilable: Compilable) -> Any:
    dispatcher = CPUDispatcher(compilable.function, {}, _options(compilable))
    source = Path(compilable.function.__code__.co_filename)
    if compilable.function.__closure__:  # what it is depends on more than its text
        return dispatcher
    try:
        cache_of_numba = FunctionCache(compilable.function)
    except RuntimeError:  # nothing can be written
        return dispatcher
    start = machine_code.find_folder(source) / f"{cache_of_numba._impl.filename_base}."
    cache_of_numba._cache_file = _Store(start, machine_code.make_stamp(source))
    dispatcher._cache = cache_of_numba
    return dispatcher


class _AnnouncedCompiler:
    """A compiler that says when it begins."""

    def __init__(self, compiler: _FunctionCompiler, announce: Callable[[], None]) -> None:
        self._compiler = compiler
        self._announce = announce

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler, name)

    def compile(self, args: Any, return_type: Any) -> Any:
        """Say so, and compile."""
        self._announce()
        return self._compiler.compile(args, return_type)


class _Store:
    """What Numba made of one function, a file for each signature and processor."""

    def __init__(self, start: Path, stamp: bytes) -> None:
        self._start = start
        self._stamp = stamp

    def load(self, key: object) -> Any:
        """Return the compiled form, or None if there is none, or only an older or a damaged one."""
        content = machine_code.read(self._path(key), self._stamp)
        return None if content is None else pickle.loads(content)  # noqa: S301 (whole, and written below)

    def save(self, key: object, data: object) -> None:
        """Write a compiled form."""
        machine_code.write(self._path(key), self._stamp, dumps(data))

    def flush(self) -> None:
        """Forget every compiled form."""
        for path in self._start.parent.glob(f"{escape(self._start.name)}*.nbc"):
            path.unlink(missing_ok=True)

    def _path(self, key: object) -> Path:
        return self._start.with_name(f"{self._start.name}{sha256(repr(key).encode()).hexdigest()[:16]}.nbc")
