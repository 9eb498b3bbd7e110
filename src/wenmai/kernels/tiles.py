"""Small products of matrices and rows of exponentials in registers, for compiled code alone.

Numbers are float32, or pairs of neighbouring bfloat16 as uint32, of which the processor multiplies and adds two at a
time where it can (`multiplies_pairs`). Arrays are flat and contiguous, and places in them are not checked.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic

from wenmai.kernels.vector_code import NUMBER, NUMBERS, PLACE, VECTOR, VectorCode
from wenmai.kernels.vectors import LINE

cgutils: Any = untyped_cgutils

HEIGHT, COLUMNS = 4, 2
"""Rows, and vectors of columns, of a product that stand in registers at a time."""
TILE = COLUMNS * LINE
"""Columns of a product that are computed at a time."""


class _BFloat16(ir.Type):  # type: ignore[misc]  # llvmlite has no types
    """bfloat16 as the compiler knows it."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat16)

    def __hash__(self) -> int:
        return hash(_BFloat16)


_PAIRS, _NARROW, _SHORTS = (
    ir.VectorType(_BFloat16(), 2 * LINE),
    ir.VectorType(_BFloat16(), LINE),
    ir.VectorType(ir.IntType(16), LINE),
)


@cache
def multiplies_pairs() -> bool:
    """Whether the processor has the instructions for pairs of bfloat16 (AVX512-BF16)."""
    return bool(binding.get_host_cpu_features().get("avx512bf16", False))


def _intrinsic(function: Any) -> Any:
    return intrinsic(function)


@_intrinsic
def multiply_tile(
    typing: Any,
    left: Any,
    start: Any,
    left_stride: Any,
    height: Any,
    right: Any,
    column: Any,
    right_stride: Any,
    count: Any,
    product: Any,
    product_stride: Any,
) -> Any:
    """``product[i, column + c] = Σ_k left[start + i, k] · right[k, column + c]`` for 4 rows i and 32 columns c.

    Args:
        left, right: float32, or both uint32, whose items are pairs over k; their rows lie ``stride`` items apart.
        start: where the first row begins; height: rows from this one on are read as the one before it.
        column: int64; count: how many k, or pairs of them, there are; product: float32.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = VectorCode(builder)
        one, other, target = (
            context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 4, 8)
        )
        begin, apart, height, at, wide, steps, across = (arguments[number] for number in (1, 2, 3, 5, 6, 7, 9))
        rows = [
            builder.gep(one, [builder.add(begin, builder.mul(apart, _at_most(builder, row, height)))])
            for row in range(HEIGHT)
        ]
        sums = [
            [cgutils.alloca_once_value(builder, ir.Constant(VECTOR, None)) for _ in range(COLUMNS)]
            for _ in range(HEIGHT)
        ]
        places = [builder.add(at, ir.Constant(PLACE, LINE * number)) for number in range(COLUMNS)]
        with code.loop(steps, 1) as (k, _):
            line = [load(code, other, builder.add(builder.mul(k, wide), place)) for place in places]
            for row, held in zip(rows, sums, strict=True):
                factor = spread(code, builder.load(builder.gep(row, [k])))
                for total, value in zip(held, line, strict=True):
                    builder.store(added(code, builder.load(total), factor, value), total)
        for number, held in enumerate(sums):
            below = builder.mul(across, ir.Constant(PLACE, number))
            for place, total in zip(places, held, strict=True):
                code.store(target, builder.add(below, place), builder.load(total))
        return context.get_dummy_value()

    if left.dtype == types.float32:
        load, spread, added = VectorCode.load, VectorCode.spread, _added
    else:
        load, spread, added = VectorCode.load_numbers, VectorCode.spread_number, _added_pairs
    place = types.int64
    kinds = (left, place, place, place, right, place, place, place, product, place)
    return types.void(*kinds), generate


@_intrinsic
def exponentials(typing: Any, row: Any, start: Any, steps: Any, scale: Any, powers: Any, to: Any) -> Any:
    """``powers[to + t] = e^(scale · (row[start + t] - largest))`` for t < steps, and 0 to the end of the vector.

    Args:
        row: float32; start, steps, to: int64; scale: float32, not negative.
        powers: float32, or uint32 that the powers go into as pairs; ``to`` counts its items.

    Returns:
        The sum of the powers, float32.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = VectorCode(builder)
        values, target = (
            builder.gep(
                context.make_array(signature.args[at])(context, builder, arguments[at]).data, [arguments[at + 1]]
            )
            for at in (0, 4)
        )
        count, factor = arguments[2], code.spread(arguments[3])
        lowest, zero = code.constant(float("-inf")), ir.Constant(VECTOR, None)

        def shown(offset: Any, value: Any, otherwise: Any) -> Any:
            """A vector with something else beyond the last step."""
            number = builder.trunc(builder.sub(count, offset), NUMBER)
            inside = builder.icmp_signed("<", ir.Constant(NUMBERS, list(range(LINE))), code.spread_number(number))
            return builder.select(inside, value, otherwise)

        top = cgutils.alloca_once_value(builder, lowest)
        with code.loop(count, LINE) as (offset, _):
            builder.store(code.larger(builder.load(top), shown(offset, code.load(values, offset), lowest)), top)
        largest = code.spread(code.across(builder.load(top), code.larger))
        total = cgutils.alloca_once_value(builder, zero)
        with code.loop(count, LINE) as (offset, _):
            below = code.subtract(code.load(values, offset), largest)
            power = shown(offset, code.exponential(code.multiply(below, factor)), zero)
            store(code, target, offset, power)
            builder.store(code.add(builder.load(total), power), total)
        return code.across(builder.load(total), code.add)

    store = VectorCode.store if powers.dtype == types.float32 else _store_narrow
    return types.float32(row, types.int64, types.int64, types.float32, powers, types.int64), generate


def _added(code: VectorCode, total: Any, left: Any, right: Any) -> Any:
    """A vector and a product."""
    return code.add(total, code.multiply(left, right))


def _added_pairs(code: VectorCode, total: Any, left: Any, right: Any) -> Any:
    """A vector and the sums of the products of pairs."""
    kind = ir.FunctionType(VECTOR, [VECTOR, _PAIRS, _PAIRS])
    function = cgutils.get_or_insert_function(code.builder.module, kind, "llvm.x86.avx512bf16.dpbf16ps.512")
    return code.builder.call(function, [total, *(code.builder.bitcast(one, _PAIRS) for one in (left, right))])


def _narrow(code: VectorCode, value: Any) -> Any:
    """The bits of the bfloat16 numbers that are nearest to 16 float32 ones."""
    kind = ir.FunctionType(_NARROW, [VECTOR])
    function = cgutils.get_or_insert_function(code.builder.module, kind, "llvm.x86.avx512bf16.cvtneps2bf16.512")
    return code.builder.bitcast(code.builder.call(function, [value]), _SHORTS)


def _store_narrow(code: VectorCode, target: Any, offset: Any, value: Any) -> None:
    """Write 16 numbers as bfloat16, two to an item; ``offset`` counts numbers."""
    builder = code.builder
    place = builder.gep(target, [builder.lshr(offset, ir.Constant(PLACE, 1))])
    builder.store(_narrow(code, value), builder.bitcast(place, _SHORTS.as_pointer()), align=4)


@_intrinsic
def scaled_row(typing: Any, values: Any, start: Any, count: Any, scale: Any, target: Any, to: Any) -> Any:
    """``target[to + j] = scale · values[start + j]`` for j < count.

    Args:
        values: float32, whose last vector may go beyond ``count``; start, count, to: int64; scale: float32.
        target: float32, or uint32 that pairs go into; ``to`` counts its items.
    """
    paired = target.dtype != types.float32

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = VectorCode(builder)
        source, goal = (
            builder.gep(
                context.make_array(signature.args[at])(context, builder, arguments[at]).data, [arguments[at + 1]]
            )
            for at in (0, 4)
        )
        byte = ir.IntType(8 * (2 if paired else 4))
        goal = builder.bitcast(goal, byte.as_pointer())
        factor = code.spread(arguments[3])
        lanes = ir.VectorType(byte, LINE)
        mask = ir.VectorType(ir.IntType(1), LINE)
        name = f"llvm.masked.store.v{LINE}i{byte.width}.p0"
        kind = ir.FunctionType(ir.VoidType(), [lanes, lanes.as_pointer(), mask])
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        with code.loop(arguments[2], LINE) as (offset, _):
            value = code.multiply(code.load(source, offset), factor)
            bits = _narrow(code, value) if paired else builder.bitcast(value, lanes)
            number = builder.trunc(builder.sub(arguments[2], offset), NUMBER)
            inside = builder.icmp_signed("<", ir.Constant(NUMBERS, list(range(LINE))), code.spread_number(number))
            builder.call(function, [bits, builder.bitcast(builder.gep(goal, [offset]), lanes.as_pointer()), inside])
        return context.get_dummy_value()

    return types.void(values, types.int64, types.int64, types.float32, target, types.int64), generate


@_intrinsic
def turn_block(
    typing: Any, table: Any, start: Any, stride: Any, height: Any, turned: Any, to: Any, turned_stride: Any
) -> Any:
    """``turned[to + j, t] = table[start + t, j]`` for 16 rows t and 16 items j.

    Args:
        table, turned: items of 32 bits, whose rows lie ``stride`` items apart.
        height: rows from this one on are read as the one before it.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = VectorCode(builder)
        whole = ir.IntType(32).as_pointer()
        source, target = (
            builder.bitcast(context.make_array(signature.args[at])(context, builder, arguments[at]).data, whole)
            for at in (0, 4)
        )
        begin, apart, height, to, across = (arguments[number] for number in (1, 2, 3, 5, 6))
        rows = [
            code.load_numbers(source, builder.add(begin, builder.mul(apart, _at_most(builder, row, height))))
            for row in range(LINE)
        ]
        size = LINE // 2
        while size:
            for row in (number for number in range(LINE) if not number & size):
                pair = rows[row], rows[row + size]
                low = [lane if not lane & size else LINE + lane - size for lane in range(LINE)]
                high = [lane + size if not lane & size else LINE + lane for lane in range(LINE)]
                rows[row], rows[row + size] = (
                    builder.shuffle_vector(*pair, ir.Constant(NUMBERS, order)) for order in (low, high)
                )
            size //= 2
        for number, row in enumerate(rows):
            place = builder.add(to, builder.mul(across, ir.Constant(PLACE, number)))
            builder.store(row, builder.bitcast(builder.gep(target, [place]), NUMBERS.as_pointer()), align=4)
        return context.get_dummy_value()

    place = types.int64
    return types.void(table, place, place, place, turned, place, place), generate


@_intrinsic
def pair_rows(typing: Any, table: Any, low: Any, high: Any, count: Any, pairs: Any, to: Any) -> Any:
    """``pairs[to + j] = (table[low + j], table[high + j])`` for j < count, a multiple of 16.

    Args:
        table: numbers of 16 bits; pairs: uint32, the first number in the lower half.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = VectorCode(builder)
        source, target = (context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 4))
        half = ir.Constant(NUMBERS, [16] * LINE)
        with code.loop(arguments[3], LINE) as (offset, _):
            first, second = (
                builder.zext(builder.load(_shorts(builder, source, builder.add(at, offset)), align=2), NUMBERS)
                for at in arguments[1:3]
            )
            place = builder.gep(target, [builder.add(arguments[5], offset)])
            both = builder.or_(first, builder.shl(second, half))
            builder.store(both, builder.bitcast(place, NUMBERS.as_pointer()), align=4)
        return context.get_dummy_value()

    place = types.int64
    return types.void(table, place, place, place, pairs, place), generate


def _shorts(builder: Any, table: Any, at: Any) -> Any:
    """The address of 16 numbers of 16 bits."""
    return builder.bitcast(builder.gep(table, [at]), _SHORTS.as_pointer())


def _at_most(builder: Any, row: int, height: Any) -> Any:
    """The number of a row, or of the last one where there are fewer."""
    number, last = ir.Constant(PLACE, row), builder.sub(height, ir.Constant(PLACE, 1))
    return builder.select(builder.icmp_signed("<", number, height), number, last)


@_intrinsic
def float32_of(typing: Any, value: Any) -> Any:
    """A float32 number as it is, or the one that the 16 bits of a bfloat16 stand for."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if signature.args[0] == types.float32:
            return arguments[0]
        bits = builder.shl(builder.zext(arguments[0], NUMBER), ir.Constant(NUMBER, 16))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(value), generate


@_intrinsic
def nearest_byte(typing: Any, value: Any, zero: Any) -> Any:
    """The whole number nearest to a float32, and ``zero`` more; the nearest byte to that."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.FloatType(), [ir.FloatType()])
        nearest = cgutils.get_or_insert_function(builder.module, kind, "llvm.rint.f32")
        whole = builder.fptosi(builder.call(nearest, [arguments[0]]), NUMBER)
        whole = builder.add(whole, builder.trunc(arguments[1], NUMBER))
        for sign, bound in ((">", 0), ("<", 255)):
            end = ir.Constant(NUMBER, bound)
            whole = builder.select(builder.icmp_signed(sign, whole, end), whole, end)
        return builder.trunc(whole, ir.IntType(8))

    return types.uint8(types.float32, types.int64), generate
