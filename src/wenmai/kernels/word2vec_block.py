"""A few input rows against a few output rows, in registers: what every word2vec-like step is made of.

For input rows x_i (i < I ≤ 4) and output rows y_k (k < 6), both as they stand before::

    s_ik = x_i · y_k - shift_k,    g_ik = rate · weight_k · (answer_k - σ(s_ik))
    x_i += Σ_k g_ik · y_k,         y_k += Σ_i g_ik · x_i

Three small matrix products over rows that stay in the nearest cache. Written for the machine's vectors of 16 numbers:
24 sums stand in registers at a time, four rounds of pairwise additions turn 16 of them into one vector of scores, and
the logistic function is a polynomial over that vector. The caller sees that no row stands twice among the x or the y.

- Ji, S., Satish, N., Li, S., Dubey, P. (2016). Parallelizing word2vec in shared and distributed memory: a window's
  words share the negative samples.

Letters of the shapes: R rows of the input table, K of the output table, W numbers of a row (a multiple of 16), P the
positions of scores in vectors of 16: s_ik stands at ``16 · (i // 2) + 8 · (i % 2) + k``.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic

from wenmai.kernels.vectors import LINE

cgutils: Any = untyped_cgutils

COLUMNS = 6
"""Output rows of a block."""
HEIGHT = 4
"""Input rows of a block at most."""
HALF = LINE // 2

_FLOAT, _DOUBLE, _PLACE, _NUMBER = ir.FloatType(), ir.DoubleType(), ir.IntType(64), ir.IntType(32)
_VECTOR, _WIDE, _NUMBERS = (ir.VectorType(kind, LINE) for kind in (_FLOAT, _DOUBLE, _NUMBER))
_FAST = ("contract", "nsz")
_POWER_OF_TWO = (0.999999898, 0.69315449, 0.240141818, 0.0558603371, 0.00894959042, 0.00189375406)
"""2^f for f in [0, 1), to 1.2e-7."""
_LOG_OF_ONE_PLUS = (
    2.55467302e-07, 0.999967081, -0.499285049, 0.327225715, -0.223165864, 0.130833428, -0.0524375371, 0.0100092896,
)  # fmt: skip
"""ln(1 + e) for e in [0, 1], to 2.6e-7."""
_LEAST_EXPONENT = -126.0


def _intrinsic(function: Any) -> Any:
    return intrinsic(function)


class _Code:
    """The code of one function over vectors of 16 numbers."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def constant(self, value: float) -> Any:
        """A vector that holds the same number throughout."""
        return ir.Constant(_VECTOR, [ir.Constant(_FLOAT, value)] * LINE)

    def vector(self, place: Any, at: Any) -> Any:
        """The address of the vector ``place[at:at + 16]``."""
        return self.builder.bitcast(self.builder.gep(place, [at]), _VECTOR.as_pointer())

    def load(self, place: Any, at: Any) -> Any:
        return self.builder.load(self.vector(place, at), align=4)

    def store(self, place: Any, at: Any, value: Any) -> None:
        self.builder.store(value, self.vector(place, at), align=4)

    def spread(self, value: Any) -> Any:
        """A vector of one number."""
        first = self.builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(_NUMBER, 0))
        order = ir.Constant(ir.VectorType(_NUMBER, LINE), [0] * LINE)
        return self.builder.shuffle_vector(first, first, order)

    def add(self, left: Any, right: Any) -> Any:
        return self.builder.fadd(left, right, flags=_FAST)

    def multiply(self, left: Any, right: Any) -> Any:
        return self.builder.fmul(left, right, flags=_FAST)

    def subtract(self, left: Any, right: Any) -> Any:
        return self.builder.fsub(left, right, flags=_FAST)

    def polynomial(self, coefficients: tuple[float, ...], value: Any) -> Any:
        """By Horner's rule, the coefficient of the lowest power first."""
        total = self.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.add(self.multiply(total, value), self.constant(coefficient))
        return total

    def larger(self, left: Any, right: Any) -> Any:
        return self.builder.select(self.builder.fcmp_ordered(">", left, right), left, right)

    def exponential(self, value: Any) -> Any:
        """exp(x) of numbers that are not positive."""
        power = self.larger(self.multiply(value, self.constant(math.log2(math.e))), self.constant(_LEAST_EXPONENT))
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        floor = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.floor.v{LINE}f32")
        whole = self.builder.call(floor, [power])
        part = self.polynomial(_POWER_OF_TWO, self.subtract(power, whole))
        exponent = self.builder.add(
            self.builder.fptosi(whole, _NUMBERS), ir.Constant(_NUMBERS, [ir.Constant(_NUMBER, 127)] * LINE)
        )
        shift = ir.Constant(_NUMBERS, [ir.Constant(_NUMBER, 23)] * LINE)
        return self.multiply(part, self.builder.bitcast(self.builder.shl(exponent, shift), _VECTOR))

    def sums(self, vectors: list[Any]) -> Any:
        """A vector of the sums of 16 vectors, None being one of zeros whose sum does not matter."""
        size = LINE
        while size > 1:
            size //= 2
            vectors = [self._folded(vectors[at], vectors[at + size], size) for at in range(size)]
        return vectors[0]

    def _folded(self, first: Any, second: Any, size: int) -> Any:
        """In runs of ``2 · size`` numbers, the halves of ``first`` added, then those of ``second``."""
        if first is None:
            return None
        other = first if second is None else second
        low, high = [], []
        for lane in range(LINE):
            start, at = lane // (2 * size) * (2 * size), lane % (2 * size)
            place = start + at if at < size else LINE + start + at - size
            low.append(place)
            high.append(place + size)
        halves = [
            self.builder.shuffle_vector(first, other, ir.Constant(ir.VectorType(_NUMBER, LINE), order))
            for order in (low, high)
        ]
        return self.add(*halves)

    def loop(self, stop: Any, step: int) -> Any:
        """A loop over 0, step, 2 · step … below ``stop``."""
        zero = ir.Constant(_PLACE, 0)
        return cgutils.for_range_slice(self.builder, zero, stop, ir.Constant(_PLACE, step), _PLACE)


@_intrinsic
def meet(
    typing: Any,
    inputs: Any,
    rows: Any,
    at: Any,
    outputs: Any,
    columns: Any,
    column: Any,
    width: Any,
    answers: Any,
    weights: Any,
    shifts: Any,
    rate: Any,
    gradients: Any,
    losses: Any,
    height: Any,
) -> Any:
    """One block: ``inputs[rows[at:at + I]]`` against ``outputs[columns[column:column + 6]]``, both changed in place.

    Args:
        inputs: [R · W] float32; rows: int32 row numbers; at: int64.
        outputs: [K · W] float32; columns: int32 row numbers; column: int64.
        width: W, int64.
        answers: float32, 1 where an output row is to be said yes to; weights: 0 where it is not there at all; shifts:
            what its score is too large by. All three by positions P, at ``2 · column`` and on: 8 numbers twice.
        rate: float32.
        gradients: [32] float32, scratch.
        losses: [16] float64, to which the weighted cross-entropy is added.
        height: a tuple of length I.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(builder)

        def data(number: int) -> Any:
            return context.make_array(signature.args[number])(context, builder, arguments[number]).data

        wide, count = arguments[6], len(height)

        def row(table: Any, numbers: Any, start: Any, offset: int) -> Any:
            place = builder.add(start, ir.Constant(_PLACE, offset))
            number = builder.sext(builder.load(builder.gep(numbers, [place])), _PLACE)
            return builder.gep(table, [builder.mul(number, wide)])

        left = [row(data(0), data(1), arguments[2], number) for number in range(count)]
        right = [row(data(3), data(4), arguments[5], number) for number in range(COLUMNS)]
        sums = [
            [cgutils.alloca_once_value(builder, ir.Constant(_VECTOR, None)) for _ in range(COLUMNS)]
            for _ in range(count)
        ]
        with code.loop(wide, LINE) as (offset, _):
            x = [code.load(one, offset) for one in left]
            for k, one in enumerate(right):
                y = code.load(one, offset)
                for i in range(count):
                    builder.store(code.add(builder.load(sums[i][k]), code.multiply(x[i], y)), sums[i][k])
        twice = builder.mul(arguments[5], ir.Constant(_PLACE, 2))
        answer, weight, shift = (code.load(data(number), twice) for number in (7, 8, 9))
        for pair in range(0, count, 2):
            vectors = [
                builder.load(sums[i][k]) if i < count and k < COLUMNS else None
                for i in (pair, pair + 1)
                for k in range(HALF)
            ]
            score = code.subtract(code.sums(vectors), shift)
            counted = weight if pair + 1 < count else _lower_half(builder, weight)
            gradient, loss = _logistic(code, score, answer)
            scaled = code.multiply(code.multiply(counted, code.spread(arguments[10])), gradient)
            code.store(data(11), ir.Constant(_PLACE, pair // 2 * LINE), scaled)
            _add_loss(builder, data(12), code.multiply(counted, loss))
        with code.loop(wide, LINE) as (offset, _):
            x, y = ([code.load(one, offset) for one in side] for side in (left, right))
            new_x, new_y = list(x), list(y)
            for i in range(count):
                for k in range(COLUMNS):
                    place = ir.Constant(_PLACE, LINE * (i // 2) + HALF * (i % 2) + k)
                    factor = code.spread(builder.load(builder.gep(data(11), [place])))
                    new_x[i] = code.add(new_x[i], code.multiply(factor, y[k]))
                    new_y[k] = code.add(new_y[k], code.multiply(factor, x[i]))
            for place, value in zip([*left, *right], [*new_x, *new_y], strict=True):
                code.store(place, offset, value)
        return context.get_dummy_value()

    return (
        types.void(
            inputs, rows, types.int64, outputs, columns, types.int64, types.int64, answers, weights, shifts,
            types.float32, gradients, losses, height,
        ),
        generate,
    )  # fmt: skip


@_intrinsic
def mean_row(typing: Any, mean: Any, before: Any, table: Any, rows: Any, start: Any, stop: Any, width: Any) -> Any:
    """``mean[:] = before[:] = mean of table[rows[start:stop]]``; mean and before [W], table [R · W], rows int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(builder)
        target, copy, values, numbers = (
            context.make_array(kind)(context, builder, array).data
            for kind, array in zip(signature.args[:4], arguments[:4], strict=True)
        )
        first, last, wide = arguments[4:7]
        share = code.spread(builder.fdiv(ir.Constant(_FLOAT, 1.0), builder.sitofp(builder.sub(last, first), _FLOAT)))
        with code.loop(wide, LINE) as (offset, _):
            total = cgutils.alloca_once_value(builder, ir.Constant(_VECTOR, None))
            with cgutils.for_range_slice(builder, first, last, ir.Constant(_PLACE, 1), _PLACE) as (at, _):
                number = builder.sext(builder.load(builder.gep(numbers, [at])), _PLACE)
                place = builder.add(builder.mul(number, wide), offset)
                builder.store(code.add(builder.load(total), code.load(values, place)), total)
            value = code.multiply(builder.load(total), share)
            code.store(target, offset, value)
            code.store(copy, offset, value)
        return context.get_dummy_value()

    return types.void(mean, before, table, rows, types.int64, types.int64, types.int64), generate


@_intrinsic
def add_difference(
    typing: Any, table: Any, rows: Any, start: Any, stop: Any, after: Any, before: Any, width: Any
) -> Any:
    """``table[row] += after - before`` for each row of ``rows[start:stop]``; after and before [W]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(builder)
        values, numbers, new, old = (
            context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 1, 4, 5)
        )
        first, last, wide = arguments[2], arguments[3], arguments[6]
        with code.loop(wide, LINE) as (offset, _):
            step = code.subtract(code.load(new, offset), code.load(old, offset))
            with cgutils.for_range_slice(builder, first, last, ir.Constant(_PLACE, 1), _PLACE) as (at, _):
                number = builder.sext(builder.load(builder.gep(numbers, [at])), _PLACE)
                place = builder.add(builder.mul(number, wide), offset)
                code.store(values, place, code.add(code.load(values, place), step))
        return context.get_dummy_value()

    return types.void(table, rows, types.int64, types.int64, after, before, types.int64), generate


@_intrinsic
def ask_for_row(typing: Any, table: Any, row: Any, width: Any) -> Any:
    """Bring ``table[row]`` into the cache; table [R · W]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(builder)
        values = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _NUMBER, _NUMBER, _NUMBER])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        start = builder.mul(arguments[1], arguments[2])
        with code.loop(arguments[2], LINE) as (offset, _):
            place = builder.bitcast(builder.gep(values, [builder.add(start, offset)]), byte)
            builder.call(prefetch, [place, *(ir.Constant(_NUMBER, value) for value in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(table, types.int64, types.int64), generate


def _lower_half(builder: Any, vector: Any) -> Any:
    """The vector with zeros in its upper half."""
    order = [*range(HALF), *range(LINE, LINE + HALF)]
    return builder.shuffle_vector(vector, ir.Constant(_VECTOR, None), ir.Constant(ir.VectorType(_NUMBER, LINE), order))


def _logistic(code: _Code, score: Any, answer: Any) -> tuple[Any, Any]:
    """``answer - σ(score)``, and the cross-entropy of answer and σ(score)."""
    builder = code.builder
    zero = code.constant(0.0)
    above = code.larger(score, zero)
    small = code.exponential(code.subtract(score, code.add(above, above)))  # exp(-|score|)
    share = builder.fdiv(code.constant(1.0), code.add(code.constant(1.0), small), flags=_FAST)
    positive = builder.fcmp_ordered(">=", score, zero)
    probability = builder.select(positive, share, code.multiply(share, small))
    loss = code.add(code.subtract(above, code.multiply(score, answer)), code.polynomial(_LOG_OF_ONE_PLUS, small))
    return code.subtract(answer, probability), loss


def _add_loss(builder: Any, losses: Any, loss: Any) -> None:
    place = builder.bitcast(losses, _WIDE.as_pointer())
    total = builder.fadd(builder.load(place, align=8), builder.fpext(loss, _WIDE))
    builder.store(total, place, align=8)
