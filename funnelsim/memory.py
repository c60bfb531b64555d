"""Groups of arrays that a kernel takes as one argument, and may hold a hundred of.

Numba passes an array as seven numbers and a tuple of arrays as seven for each, at every call and through every
compiled function; with a hundred arrays compiling takes minutes and calling takes longer than working. A `Group` is
passed as one address: that of a table with the address and shape of each of its arrays, which compiled code reads
when it names one. Compiled code can neither make nor keep such arrays; Python makes them, keeps them alive for as long
as the group, and may put a larger one in the place of another between two calls.

    class Scratch(Group):
        key: Keys = column("u8")
        bins: Integers = column("i8", 2)

    @compiled
    def work(scratch: Scratch) -> None: ...     # scratch.key[j], scratch.bins[i, j]

Numba learns of them in `group_types`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

#: Numbers in the table for each field: the address (or the value) and up to three lengths.
WIDTH: Final = 4


class Column(NamedTuple):
    """An array of a group."""

    dtype: np.dtype[Any]
    dimensions: int


class Scalar(NamedTuple):
    """A number of a group, which compiled code only reads."""

    dtype: np.dtype[Any]


class Part(NamedTuple):
    """A group inside a group."""

    group: type[Group]


def column(dtype: Any, dimensions: int = 1) -> Any:  # noqa: ANN401 (it stands where the type says an array)
    """Declare an array, in C order, of up to three dimensions."""
    return Column(np.dtype(dtype), dimensions)


def scalar(dtype: str) -> Any:  # noqa: ANN401
    """Declare a number: "f8", "i8" or "?"."""
    return Scalar(np.dtype(dtype))


def part(group: type[Group]) -> Any:  # noqa: ANN401
    """Declare a group inside the group."""
    return Part(group)


class Group:
    """Arrays, numbers and other groups by name; see the module. Made by keywords, one for each declared field."""

    fields: ClassVar[dict[str, Column | Scalar | Part]] = {}
    #: Where the table says each of them.
    places: ClassVar[dict[str, int]] = {}

    def __init_subclass__(cls) -> None:
        cls.fields = {name: value for name, value in vars(cls).items() if isinstance(value, Column | Scalar | Part)}
        for name in cls.fields:
            delattr(cls, name)
        cls.places = {name: WIDTH * number for number, name in enumerate(cls.fields)}

    def __init__(self, **values: Any) -> None:  # noqa: ANN401
        self._table = np.zeros(WIDTH * len(self.fields), dtype=np.int64)
        self._floats = self._table.view(np.float64)
        self.address = self._table.ctypes.data
        missing = self.fields.keys() ^ values.keys()
        if missing:
            raise TypeError(f"{type(self).__name__}: fields given or missing by mistake: {', '.join(sorted(missing))}")
        self.put(**values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how a copy is made, in another process, too."""
        return _make, (type(self), {name: getattr(self, name) for name in self.fields})

    def put(self, **values: Any) -> Self:  # noqa: ANN401
        """Put other arrays, numbers or groups in the place of those that there are."""
        for name, value in values.items():
            field = self.fields[name]
            place = self.places[name]
            if isinstance(field, Column):
                if value.dtype != field.dtype or value.ndim != field.dimensions or not value.flags.c_contiguous:
                    raise TypeError(
                        f"{type(self).__name__}.{name}: expected {field.dimensions} dimensions of {field.dtype} in C "
                        f"order, found {value.ndim} of {value.dtype}"
                    )
                self._table[place] = value.ctypes.data
                self._table[place + 1 : place + 1 + value.ndim] = value.shape
            elif isinstance(field, Scalar):
                (self._floats if field.dtype.kind == "f" else self._table)[place] = value
            else:
                self._table[place] = value.address
            setattr(self, name, value)
        return self


def _make(group: type[Group], values: dict[str, Any]) -> Group:
    return group(**values)


Rows = NDArray[Any]
