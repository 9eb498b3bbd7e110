"""AdaGrad on two rows of a table whose product shall be a number, in registers; for compiled code alone.

As in `wenmai.kernels.vectors`, ``blocks`` is a tuple whose length is the number of cache lines in a row, tables are
flat and contiguous, and places in them are not checked. The row behind a vector's holds its sums of squares.

Letters of the shapes: W numbers in a row, R rows of a table.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic

from wenmai.kernels.vectors import LINE

cgutils: Any = untyped_cgutils

_FLOAT, _PLACE = ir.FloatType(), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LINE)
_FAST = ("reassoc", "contract", "nsz", "arcp")


def _intrinsic(function: Any) -> Any:
    return intrinsic(function)


def _line(builder: Any, data: Any, row: Any, lines: int, number: int) -> Any:
    """The address of a line of a row."""
    at = builder.add(builder.mul(row, ir.Constant(_PLACE, lines * LINE)), ir.Constant(_PLACE, number * LINE))
    return builder.bitcast(builder.gep(data, [at]), _VECTOR.as_pointer())


def _spread(builder: Any, value: Any) -> Any:
    undefined, zero = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    first = builder.insert_element(undefined, value, zero)
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), LINE), [0] * LINE))


def _total(builder: Any, line: Any) -> Any:
    size = LINE
    while size > 1:
        size //= 2
        halves = [
            builder.shuffle_vector(
                line, line, ir.Constant(ir.VectorType(ir.IntType(32), size), list(range(start, start + size)))
            )
            for start in (0, size)
        ]
        line = builder.fadd(*halves, flags=_FAST)
    return builder.extract_element(line, ir.Constant(ir.IntType(32), 0))


@_intrinsic
def approach(typing: Any, table: Any, row: Any, other: Any, goal: Any, weight: Any, rate: Any, blocks: Any) -> Any:
    """Move two rows so that their product comes nearer to a goal; how far it was above it.

    ``difference = table[row] · table[other] - goal``; the gradient of ½ · weight · difference² moves both rows by
    AdaGrad. table [R · W], of which ``row + 1`` and ``other + 1`` are the sums.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        lines = len(blocks)
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        root = cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{LINE}f32")
        one = ir.Constant(_PLACE, 1)

        def places(at: Any) -> list[Any]:
            return [_line(builder, data, at, lines, number) for number in range(lines)]

        mine, others = places(arguments[1]), places(arguments[2])
        sums = [places(builder.add(at, one)) for at in arguments[1:3]]
        left = [builder.load(place, align=4) for place in mine]
        right = [builder.load(place, align=4) for place in others]
        product = builder.fmul(left[0], right[0], flags=_FAST)
        for first, second in zip(left[1:], right[1:], strict=True):
            product = builder.fadd(product, builder.fmul(first, second, flags=_FAST), flags=_FAST)
        difference = builder.fsub(_total(builder, product), arguments[3])
        factor = _spread(builder, builder.fmul(arguments[5], builder.fmul(arguments[4], difference)))
        for own, own_places, against, sum_places in ((left, mine, right, sums[0]), (right, others, left, sums[1])):
            for value, place, opposite, sum_place in zip(own, own_places, against, sum_places, strict=True):
                step = builder.fmul(factor, opposite, flags=_FAST)
                total = builder.load(sum_place, align=4)
                moved = builder.fdiv(step, builder.call(root, [total]), flags=_FAST)
                builder.store(builder.fsub(value, moved, flags=_FAST), place, align=4)
                squared = builder.fmul(step, step, flags=_FAST)
                builder.store(builder.fadd(total, squared, flags=_FAST), sum_place, align=4)
        return difference

    arrived = (table, types.int64, types.int64, types.float32, types.float32, types.float32, blocks)
    return types.float32(*arrived), generate
