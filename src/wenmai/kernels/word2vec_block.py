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

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic

from wenmai.kernels.vector_code import FAST, FLOAT, NUMBER, PLACE, VECTOR, VectorCode
from wenmai.kernels.vectors import LINE

cgutils: Any = untyped_cgutils

COLUMNS = 6
"""Output rows of a block."""
HEIGHT = 4
"""Input rows of a block at most."""
HALF = LINE // 2

_DOUBLE = ir.DoubleType()
_WIDE = ir.VectorType(_DOUBLE, LINE)
_LOG_OF_ONE_PLUS = (
    2.55467302e-07, 0.999967081, -0.499285049, 0.327225715, -0.223165864, 0.130833428, -0.0524375371, 0.0100092896,
)  # fmt: skip
"""ln(1 + e) for e in [0, 1], to 2.6e-7."""


def _intrinsic(function: Any) -> Any:
    return intrinsic(function)


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
        code = VectorCode(builder)

        def data(number: int) -> Any:
            return context.make_array(signature.args[number])(context, builder, arguments[number]).data

        wide, count = arguments[6], len(height)

        def row(table: Any, numbers: Any, start: Any, offset: int) -> Any:
            place = builder.add(start, ir.Constant(PLACE, offset))
            number = builder.sext(builder.load(builder.gep(numbers, [place])), PLACE)
            return builder.gep(table, [builder.mul(number, wide)])

        left = [row(data(0), data(1), arguments[2], number) for number in range(count)]
        right = [row(data(3), data(4), arguments[5], number) for number in range(COLUMNS)]
        sums = [
            [cgutils.alloca_once_value(builder, ir.Constant(VECTOR, None)) for _ in range(COLUMNS)]
            for _ in range(count)
        ]
        with code.loop(wide, LINE) as (offset, _):
            x = [code.load(one, offset) for one in left]
            for k, one in enumerate(right):
                y = code.load(one, offset)
                for i in range(count):
                    builder.store(code.add(builder.load(sums[i][k]), code.multiply(x[i], y)), sums[i][k])
        twice = builder.mul(arguments[5], ir.Constant(PLACE, 2))
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
            code.store(data(11), ir.Constant(PLACE, pair // 2 * LINE), scaled)
            _add_loss(builder, data(12), code.multiply(counted, loss))
        with code.loop(wide, LINE) as (offset, _):
            x, y = ([code.load(one, offset) for one in side] for side in (left, right))
            new_x, new_y = list(x), list(y)
            for i in range(count):
                for k in range(COLUMNS):
                    place = ir.Constant(PLACE, LINE * (i // 2) + HALF * (i % 2) + k)
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
        code = VectorCode(builder)
        target, copy, values, numbers = (
            context.make_array(kind)(context, builder, array).data
            for kind, array in zip(signature.args[:4], arguments[:4], strict=True)
        )
        first, last, wide = arguments[4:7]
        share = code.spread(builder.fdiv(ir.Constant(FLOAT, 1.0), builder.sitofp(builder.sub(last, first), FLOAT)))
        with code.loop(wide, LINE) as (offset, _):
            total = cgutils.alloca_once_value(builder, ir.Constant(VECTOR, None))
            with cgutils.for_range_slice(builder, first, last, ir.Constant(PLACE, 1), PLACE) as (at, _):
                number = builder.sext(builder.load(builder.gep(numbers, [at])), PLACE)
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
        code = VectorCode(builder)
        values, numbers, new, old = (
            context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 1, 4, 5)
        )
        first, last, wide = arguments[2], arguments[3], arguments[6]
        with code.loop(wide, LINE) as (offset, _):
            step = code.subtract(code.load(new, offset), code.load(old, offset))
            with cgutils.for_range_slice(builder, first, last, ir.Constant(PLACE, 1), PLACE) as (at, _):
                number = builder.sext(builder.load(builder.gep(numbers, [at])), PLACE)
                place = builder.add(builder.mul(number, wide), offset)
                code.store(values, place, code.add(code.load(values, place), step))
        return context.get_dummy_value()

    return types.void(table, rows, types.int64, types.int64, after, before, types.int64), generate


@_intrinsic
def ask_for_row(typing: Any, table: Any, row: Any, width: Any) -> Any:
    """Bring ``table[row]`` into the cache; table [R · W]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = VectorCode(builder)
        values = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, NUMBER, NUMBER, NUMBER])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        start = builder.mul(arguments[1], arguments[2])
        with code.loop(arguments[2], LINE) as (offset, _):
            place = builder.bitcast(builder.gep(values, [builder.add(start, offset)]), byte)
            builder.call(prefetch, [place, *(ir.Constant(NUMBER, value) for value in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(table, types.int64, types.int64), generate


def _lower_half(builder: Any, vector: Any) -> Any:
    """The vector with zeros in its upper half."""
    order = [*range(HALF), *range(LINE, LINE + HALF)]
    return builder.shuffle_vector(vector, ir.Constant(VECTOR, None), ir.Constant(ir.VectorType(NUMBER, LINE), order))


def _logistic(code: VectorCode, score: Any, answer: Any) -> tuple[Any, Any]:
    """``answer - σ(score)``, and the cross-entropy of answer and σ(score)."""
    builder = code.builder
    zero = code.constant(0.0)
    above = code.larger(score, zero)
    small = code.exponential(code.subtract(score, code.add(above, above)))  # exp(-|score|)
    share = builder.fdiv(code.constant(1.0), code.add(code.constant(1.0), small), flags=FAST)
    positive = builder.fcmp_ordered(">=", score, zero)
    probability = builder.select(positive, share, code.multiply(share, small))
    loss = code.add(code.subtract(above, code.multiply(score, answer)), code.polynomial(_LOG_OF_ONE_PLUS, small))
    return code.subtract(answer, probability), loss


def _add_loss(builder: Any, losses: Any, loss: Any) -> None:
    place = builder.bitcast(losses, _WIDE.as_pointer())
    total = builder.fadd(builder.load(place, align=8), builder.fpext(loss, _WIDE))
    builder.store(total, place, align=8)
