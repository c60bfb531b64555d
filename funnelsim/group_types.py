"""What Numba knows of groups (`memory`): a type for each, and how compiled code reads a field.

Imported only where something is compiled.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, lower_getattr_generic, register_model, typeof_impl, unbox
from numba.np import numpy_support
from numba.np.arrayobj import make_array, populate_array

from funnelsim.memory import Column, Group, Part, Scalar

WORD = ir.IntType(64)


class GroupType(types.Type):
    """What Numba knows of a group: which one it is."""

    def __init__(self, group: type[Group]) -> None:
        self.group = group
        super().__init__(name=f"{group.__module__}.{group.__qualname__}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type_of_group, (self.group,)


def type_of_group(group: type[Group]) -> GroupType:
    """Return the type of a group; there is one of each."""
    if group not in _types:
        _types[group] = GroupType(group)
    return _types[group]


_types: dict[type[Group], GroupType] = {}


register_model(GroupType)(models.OpaqueModel)


@typeof_impl.register(Group)
def _type_of(value: Group, _: object) -> GroupType:
    return type_of_group(type(value))


@unbox(GroupType)
def _unbox(_: GroupType, value: Any, context: Any) -> NativeValue:  # noqa: ANN401
    number = context.pyapi.object_getattr_string(value, "address")
    address = context.pyapi.long_as_longlong(number)
    context.pyapi.decref(number)
    return NativeValue(context.builder.inttoptr(address, cgutils.voidptr_t))


@infer_getattr
class _Attributes(AttributeTemplate):
    key = GroupType

    def generic_resolve(self, group: GroupType, name: str) -> types.Type | None:
        """Return the type of a field."""
        field = group.group.fields.get(name)
        if isinstance(field, Column):
            return _type_of_column(field)
        if isinstance(field, Scalar):
            return numpy_support.from_dtype(field.dtype)
        return type_of_group(field.group) if isinstance(field, Part) else None


@lower_getattr_generic(GroupType)
def _read(context: Any, builder: Any, group: GroupType, value: Any, name: str) -> Any:  # noqa: ANN401
    field = group.group.fields[name]
    place = group.group.places[name]
    table = builder.bitcast(value, WORD.as_pointer())

    def number(offset: int) -> Any:  # noqa: ANN401
        return builder.load(builder.gep(table, [ir.Constant(WORD, place + offset)], inbounds=True))

    if isinstance(field, Part):
        return builder.inttoptr(number(0), cgutils.voidptr_t)
    if isinstance(field, Scalar):
        if field.dtype.kind == "f":
            return builder.bitcast(number(0), ir.DoubleType())
        return builder.icmp_signed("!=", number(0), ir.Constant(WORD, 0)) if field.dtype.kind == "b" else number(0)
    lengths = [number(1 + axis) for axis in range(field.dimensions)]
    return build_array(context, builder, _type_of_column(field), number(0), lengths)


@cache
def _type_of_column(field: Column) -> types.Array:
    return types.Array(numpy_support.from_dtype(field.dtype), field.dimensions, "C", aligned=True)


def build_array(context: Any, builder: Any, kind: types.Array, address: Any, lengths: list[Any]) -> Any:  # noqa: ANN401
    """Return the array in C order at an address, of which nobody counts who holds it."""
    array = make_array(kind)(context, builder)
    size = ir.Constant(WORD, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    strides = [size]
    for length in reversed(lengths[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = builder.inttoptr(address, context.get_data_type(kind.dtype).as_pointer())
    populate_array(array, data=data, shape=lengths, strides=strides, itemsize=size, meminfo=None)
    return array._getvalue()  # noqa: SLF001 (Numba's own way)
