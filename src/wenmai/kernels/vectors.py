"""Vectors of a width known when loops are compiled: sums of table rows, products and updates, in registers.

The compiler turns short loops into single numbers and long ones into loads and stores at every step. These functions
write the machine's vectors out instead, so that a sum of rows stays in registers. They are for compiled code alone.

``blocks`` is a tuple whose length is the number of cache lines (16 float32) in a vector; its items mean nothing.
Arrays are flat and contiguous, and places in them are not checked.

Letters of the shapes: W numbers in a vector, R rows of a table, N row numbers.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic

cgutils: Any = untyped_cgutils

LINE = 16
"""Float32 numbers in a cache line."""

_AHEAD = 12
"""So many rows before a row is needed, its first line is asked for."""

_FLOAT, _PLACE, _BYTE = ir.FloatType(), ir.IntType(64), ir.IntType(8)
_VECTOR = ir.VectorType(_FLOAT, LINE)
_FAST = ("reassoc", "contract", "nsz")


def _intrinsic(function: Any) -> Any:
    return intrinsic(function)


class _Code:
    """The code of one function: arrays by their places, vectors as lists of lines."""

    def __init__(self, context: Any, builder: Any, lines: int) -> None:
        self.context, self.builder, self.lines = context, builder, lines

    def place(self, kind: Any, array: Any, at: Any) -> Any:
        """The address of ``array[at]``."""
        return self.builder.gep(self.context.make_array(kind)(self.context, self.builder, array).data, [at])

    def line(self, start: Any, number: int) -> Any:
        """The address of a line of the vector that starts at an address."""
        first = self.builder.gep(start, [ir.Constant(_PLACE, number * LINE)])
        return self.builder.bitcast(first, _VECTOR.as_pointer())

    def load(self, start: Any) -> list[Any]:
        """The vector that starts at an address."""
        return [self.builder.load(self.line(start, number), align=4) for number in range(self.lines)]

    def store(self, start: Any, vector: list[Any]) -> None:
        """Write a vector at an address."""
        for number, value in enumerate(vector):
            self.builder.store(value, self.line(start, number), align=4)

    def row(self, table: Any, rows: Any, at: Any) -> Any:
        """The address of row ``rows[at]``."""
        number = self.builder.sext(self.builder.load(self.builder.gep(rows, [at])), _PLACE)
        return self.builder.gep(table, [self.builder.mul(number, ir.Constant(_PLACE, self.lines * LINE))])

    def ask_for(self, address: Any, *, write: bool) -> None:
        """Bring a row into the cache."""
        number = ir.IntType(32)
        prefetch = cgutils.get_or_insert_function(
            self.builder.module,
            ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), number, number, number]),
            "llvm.prefetch.p0",
        )
        for line in range(self.lines):
            start = self.builder.bitcast(self.line(address, line), _BYTE.as_pointer())
            self.builder.call(prefetch, [start, *(ir.Constant(number, value) for value in (int(write), 3, 1))])

    def spread(self, value: Any) -> Any:
        """A line that holds the same number throughout."""
        undefined, zero = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        first = self.builder.insert_element(undefined, value, zero)
        return self.builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), LINE), [0] * LINE))

    def total(self, vector: list[Any]) -> Any:
        """The sum of a vector's numbers."""
        line = vector[0]
        for other in vector[1:]:
            line = self.builder.fadd(line, other, flags=_FAST)
        size = LINE
        while size > 1:
            size //= 2
            order = ir.Constant(ir.VectorType(ir.IntType(32), size), list(range(size)))
            rest = ir.Constant(ir.VectorType(ir.IntType(32), size), list(range(size, 2 * size)))
            line = self.builder.fadd(
                self.builder.shuffle_vector(line, line, order), self.builder.shuffle_vector(line, line, rest)
            )
        return self.builder.extract_element(line, ir.Constant(ir.IntType(32), 0))


@_intrinsic
def mean_of_rows(typing: Any, mean: Any, table: Any, rows: Any, start: Any, stop: Any, blocks: Any) -> Any:
    """``mean[:] = mean of table[rows[start:stop]]``; mean [W], table [R · W], rows [N] int32, start < stop."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(context, builder, len(blocks))
        zero = ir.Constant(_PLACE, 0)
        target, values, numbers = (
            code.place(kind, array, zero) for kind, array in zip(signature.args[:3], arguments[:3], strict=True)
        )
        first, last = arguments[3:5]
        end = builder.sub(last, ir.Constant(_PLACE, 1))
        sums = [cgutils.alloca_once_value(builder, ir.Constant(_VECTOR, None)) for _ in blocks]
        with cgutils.for_range_slice(builder, first, last, ir.Constant(_PLACE, 1), _PLACE) as (at, _):
            ahead = builder.add(at, ir.Constant(_PLACE, _AHEAD))
            ahead = builder.select(builder.icmp_signed("<", ahead, end), ahead, end)
            code.ask_for(code.row(values, numbers, ahead), write=False)
            for total, value in zip(sums, code.load(code.row(values, numbers, at)), strict=True):
                builder.store(builder.fadd(builder.load(total), value), total)
        count = builder.sitofp(builder.sub(last, first), _FLOAT)
        share = code.spread(builder.fdiv(ir.Constant(_FLOAT, 1.0), count))
        code.store(target, [builder.fmul(builder.load(total), share) for total in sums])
        return context.get_dummy_value()

    return types.void(mean, table, rows, types.int64, types.int64, blocks), generate


@_intrinsic
def add_to_rows(typing: Any, table: Any, rows: Any, start: Any, stop: Any, step: Any, scale: Any, blocks: Any) -> Any:
    """``table[row] += scale · step`` for each row of ``rows[start:stop]``; table [R · W], rows [N] int32, step [W]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(context, builder, len(blocks))
        zero = ir.Constant(_PLACE, 0)
        values = code.place(signature.args[0], arguments[0], zero)
        numbers = code.place(signature.args[1], arguments[1], zero)
        factor = code.spread(arguments[5])
        added = [builder.fmul(value, factor) for value in code.load(code.place(signature.args[4], arguments[4], zero))]
        with cgutils.for_range_slice(builder, arguments[2], arguments[3], ir.Constant(_PLACE, 1), _PLACE) as (at, _):
            row = code.row(values, numbers, at)
            code.store(row, [builder.fadd(old, new) for old, new in zip(code.load(row), added, strict=True)])
        return context.get_dummy_value()

    return types.void(table, rows, types.int64, types.int64, step, types.float32, blocks), generate


@_intrinsic
def product(typing: Any, table: Any, row: Any, vector: Any, blocks: Any) -> Any:
    """``table[row] · vector``; table [R · W], vector [W]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(context, builder, len(blocks))
        at = builder.mul(arguments[1], ir.Constant(_PLACE, code.lines * LINE))
        left = code.load(code.place(signature.args[0], arguments[0], at))
        right = code.load(code.place(signature.args[2], arguments[2], ir.Constant(_PLACE, 0)))
        return code.total([builder.fmul(one, other, flags=_FAST) for one, other in zip(left, right, strict=True)])

    return types.float32(table, types.int64, vector, blocks), generate


@_intrinsic
def exchange(typing: Any, table: Any, row: Any, vector: Any, gradient: Any, step: Any, blocks: Any) -> Any:
    """``gradient += step · table[row]``, then ``table[row] += step · vector``; table [R · W], the others [W]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(context, builder, len(blocks))
        zero = ir.Constant(_PLACE, 0)
        at = builder.mul(arguments[1], ir.Constant(_PLACE, code.lines * LINE))
        place = code.place(signature.args[0], arguments[0], at)
        target = code.place(signature.args[3], arguments[3], zero)
        weights, factor = code.load(place), code.spread(arguments[4])
        added = code.load(code.place(signature.args[2], arguments[2], zero))

        def plus(old: list[Any], new: list[Any]) -> list[Any]:
            return [
                builder.fadd(one, builder.fmul(factor, other, flags=_FAST), flags=_FAST)
                for one, other in zip(old, new, strict=True)
            ]

        code.store(target, plus(code.load(target), weights))
        code.store(place, plus(weights, added))
        return context.get_dummy_value()

    return types.void(table, types.int64, vector, gradient, types.float32, blocks), generate
