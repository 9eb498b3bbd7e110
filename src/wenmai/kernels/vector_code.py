"""Code over the machine's vectors of 16 float32 numbers, for functions that the compiler is not to guess.

What is written with it stays in registers: sums, products, powers of e, and the sums across the lanes of many vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils as untyped_cgutils

from wenmai.kernels.vectors import LINE

cgutils: Any = untyped_cgutils

FLOAT, PLACE, NUMBER = ir.FloatType(), ir.IntType(64), ir.IntType(32)
VECTOR, NUMBERS = ir.VectorType(FLOAT, LINE), ir.VectorType(NUMBER, LINE)
FAST = ("contract", "nsz")

_POWER_OF_TWO = (0.999999898, 0.69315449, 0.240141818, 0.0558603371, 0.00894959042, 0.00189375406)
"""2^f for f in [0, 1), to 1.2e-7."""
_LEAST_EXPONENT = -126.0


class VectorCode:
    """The code of one function over vectors of 16 numbers."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def constant(self, value: float) -> Any:
        """A vector that holds the same number throughout."""
        return ir.Constant(VECTOR, [ir.Constant(FLOAT, value)] * LINE)

    def vector(self, place: Any, at: Any) -> Any:
        """The address of the vector ``place[at:at + 16]``."""
        return self.builder.bitcast(self.builder.gep(place, [at]), VECTOR.as_pointer())

    def load(self, place: Any, at: Any) -> Any:
        """The vector ``place[at:at + 16]``."""
        return self.builder.load(self.vector(place, at), align=4)

    def load_numbers(self, place: Any, at: Any) -> Any:
        """The vector of whole numbers ``place[at:at + 16]``."""
        start = self.builder.bitcast(self.builder.gep(place, [at]), NUMBERS.as_pointer())
        return self.builder.load(start, align=4)

    def store(self, place: Any, at: Any, value: Any) -> None:
        """Write a vector to ``place[at:at + 16]``."""
        self.builder.store(value, self.vector(place, at), align=4)

    def spread(self, value: Any) -> Any:
        """A vector of one number."""
        first = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), value, ir.Constant(NUMBER, 0))
        order = ir.Constant(ir.VectorType(NUMBER, LINE), [0] * LINE)
        return self.builder.shuffle_vector(first, first, order)

    def spread_number(self, value: Any) -> Any:
        """A vector of one whole number."""
        first = self.builder.insert_element(ir.Constant(NUMBERS, ir.Undefined), value, ir.Constant(NUMBER, 0))
        return self.builder.shuffle_vector(first, first, ir.Constant(NUMBERS, [0] * LINE))

    def add(self, left: Any, right: Any) -> Any:
        """The sum; with a product it becomes one instruction."""
        return self.builder.fadd(left, right, flags=FAST)

    def multiply(self, left: Any, right: Any) -> Any:
        """The product."""
        return self.builder.fmul(left, right, flags=FAST)

    def subtract(self, left: Any, right: Any) -> Any:
        """The difference."""
        return self.builder.fsub(left, right, flags=FAST)

    def polynomial(self, coefficients: tuple[float, ...], value: Any) -> Any:
        """By Horner's rule, the coefficient of the lowest power first."""
        total = self.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = self.add(self.multiply(total, value), self.constant(coefficient))
        return total

    def larger(self, left: Any, right: Any) -> Any:
        """The larger of each two numbers."""
        return self.builder.select(self.builder.fcmp_ordered(">", left, right), left, right)

    def exponential(self, value: Any) -> Any:
        """exp(x) of numbers that are not positive."""
        power = self.larger(self.multiply(value, self.constant(math.log2(math.e))), self.constant(_LEAST_EXPONENT))
        kind = ir.FunctionType(VECTOR, [VECTOR])
        floor = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.floor.v{LINE}f32")
        whole = self.builder.call(floor, [power])
        part = self.polynomial(_POWER_OF_TWO, self.subtract(power, whole))
        exponent = self.builder.add(
            self.builder.fptosi(whole, NUMBERS), ir.Constant(NUMBERS, [ir.Constant(NUMBER, 127)] * LINE)
        )
        shift = ir.Constant(NUMBERS, [ir.Constant(NUMBER, 23)] * LINE)
        return self.multiply(part, self.builder.bitcast(self.builder.shl(exponent, shift), VECTOR))

    def sums(self, vectors: list[Any]) -> Any:
        """A vector of the sums of 16 vectors, None being one of zeros whose sum does not matter."""
        size = LINE
        while size > 1:
            size //= 2
            vectors = [self._folded(vectors[at], vectors[at + size], size) for at in range(size)]
        return vectors[0]

    def across(self, vector: Any, joined: Callable[[Any, Any], Any]) -> Any:
        """One number of the 16 of a vector, joined two by two."""
        size = LINE
        while size > 1:
            size //= 2
            order = [(lane + size) % LINE for lane in range(LINE)]
            vector = joined(vector, self.builder.shuffle_vector(vector, vector, ir.Constant(NUMBERS, order)))
        return self.builder.extract_element(vector, ir.Constant(NUMBER, 0))

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
            self.builder.shuffle_vector(first, other, ir.Constant(ir.VectorType(NUMBER, LINE), order))
            for order in (low, high)
        ]
        return self.add(*halves)

    def loop(self, stop: Any, step: int) -> Any:
        """A loop over 0, step, 2 · step … below ``stop``."""
        zero = ir.Constant(PLACE, 0)
        return cgutils.for_range_slice(self.builder, zero, stop, ir.Constant(PLACE, step), PLACE)
