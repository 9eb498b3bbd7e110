"""The matrices of fastText's files, read and written: as they are, or product-quantised.

- Jégou, H., Douze, M., Schmid, C. (2011). Product quantization for nearest neighbor search. IEEE TPAMI 33(1).
- Joulin, A., et al. (2016). FastText.zip: compressing text classification models. arXiv:1612.03651.

Letters of the shapes: M rows, D numbers in a row, S parts of a row, P numbers in a part, N row numbers, W means.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from wenmai.interop.byte_cursor import CUT, ByteCursor

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

CENTROIDS = 256
_ROWS_AT_A_TIME = 1 << 14


class Matrix(Protocol):
    """A matrix of which rows are asked."""

    @property
    def shape(self) -> tuple[int, int]:
        """(M, D)."""

    def rows(self, numbers: Rows) -> Floats:
        """The rows [N, D] with these numbers [N]."""

    def means(self, numbers: Rows, offsets: Rows) -> Floats:
        """The means [W, D] of runs of rows: run w is ``numbers[offsets[w]:offsets[w + 1]]``; zeros for an empty one."""

    def picked(self, numbers: Rows) -> Matrix:
        """The matrix of the rows [N] with these numbers."""


@dataclass(frozen=True)
class PlainMatrix:
    """Numbers [M, D] as they are, mapped from the file."""

    values: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """(M, D)."""
        return self.values.shape[0], self.values.shape[1]

    def rows(self, numbers: Rows) -> Floats:
        """The rows [N, D] with these numbers [N]."""
        return np.asarray(self.values[numbers])

    def means(self, numbers: Rows, offsets: Rows) -> Floats:
        """The means [W, D] of runs of rows."""
        from wenmai.kernels.row_means import row_means

        return row_means(np.asarray(self.values), numbers, offsets)

    def picked(self, numbers: Rows) -> PlainMatrix:
        """The matrix of the rows [N] with these numbers."""
        return PlainMatrix(self.rows(numbers))


@dataclass(frozen=True)
class Quantiser:
    """The centroids of every part of a row: S arrays [256, P], the last of which may be narrower."""

    parts: tuple[Floats, ...]

    def decoded(self, codes: NDArray[np.uint8]) -> Floats:
        """The rows [N, D] of codes [N, S]."""
        return np.concatenate([part[codes[:, at]] for at, part in enumerate(self.parts)], axis=1)


@dataclass(frozen=True)
class QuantisedMatrix:
    """A byte a part of a row.

    Attributes:
        codes: [M, S]; quantiser: what they stand for.
        norm_codes: [M] and norms: [256, 1], where the lengths of rows are apart; None where they are not.
    """

    codes: NDArray[np.uint8]
    quantiser: Quantiser
    norm_codes: NDArray[np.uint8] | None = None
    norms: Floats | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(M, D)."""
        return len(self.codes), sum(part.shape[1] for part in self.quantiser.parts)

    def rows(self, numbers: Rows) -> Floats:
        """The rows [N, D] with these numbers [N]."""
        found = self.quantiser.decoded(self.codes[numbers])
        if self.norm_codes is not None and self.norms is not None:
            found *= self.norms[self.norm_codes[numbers]]
        return found

    def means(self, numbers: Rows, offsets: Rows) -> Floats:
        """The means [W, D] of runs of rows."""
        from wenmai.kernels.row_means import row_means

        found = np.zeros((len(offsets) - 1, self.shape[1]), np.float32)
        for start in range(0, len(found), _ROWS_AT_A_TIME):
            part = offsets[start : start + _ROWS_AT_A_TIME + 1]
            decoded = self.rows(numbers[part[0] : part[-1]])
            found[start : start + len(part) - 1] = row_means(decoded, np.arange(len(decoded)), part - part[0])
        return found

    def picked(self, numbers: Rows) -> QuantisedMatrix:
        """The matrix of the rows [N] with these numbers."""
        norm_codes = None if self.norm_codes is None else self.norm_codes[numbers]
        return QuantisedMatrix(self.codes[numbers], self.quantiser, norm_codes, self.norms)


def quantised_matrix(
    rows: Floats, size: int, *, lengths_apart: bool, seed: int, check: Callable[[], object] = bool
) -> QuantisedMatrix:
    """Rows [M, D] as a byte for every ``size`` numbers, and one for their lengths where these are kept apart."""
    from wenmai.kernels.product_quantisation import product_quantised

    if not lengths_apart:
        codes, parts = product_quantised(rows, size, seed=seed, check=check)
        return QuantisedMatrix(codes, Quantiser(parts))
    lengths = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1, keepdims=True)).astype(np.float32)
    norm_codes, (norms,) = product_quantised(lengths, 1, seed=seed, check=check)
    directions: Floats = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    codes, parts = product_quantised(directions, size, seed=seed, check=check)
    return QuantisedMatrix(codes, Quantiser(parts), norm_codes[:, 0], norms)


def write_matrix(stream: BinaryIO, matrix: Matrix) -> None:
    """Write a matrix as `read_matrix` reads it."""
    rows, width = matrix.shape
    if isinstance(matrix, QuantisedMatrix):
        stream.write(struct.pack("<?2qi", matrix.norm_codes is not None, rows, width, matrix.codes.size))
        stream.write(np.ascontiguousarray(matrix.codes).tobytes())
        _write_quantiser(stream, matrix.quantiser)
        if matrix.norm_codes is not None and matrix.norms is not None:
            stream.write(np.ascontiguousarray(matrix.norm_codes).tobytes())
            _write_quantiser(stream, Quantiser((matrix.norms,)))
        return
    stream.write(struct.pack("<2q", rows, width))
    for start in range(0, rows, _ROWS_AT_A_TIME):
        part = matrix.rows(np.arange(start, min(start + _ROWS_AT_A_TIME, rows)))
        stream.write(np.ascontiguousarray(part, "<f4").tobytes())


def _write_quantiser(stream: BinaryIO, quantiser: Quantiser) -> None:
    widths = [part.shape[1] for part in quantiser.parts]
    stream.write(struct.pack("<4i", sum(widths), len(widths), widths[0], widths[-1]))
    for part in quantiser.parts:
        stream.write(np.ascontiguousarray(part, "<f4").tobytes())


def read_matrix(cursor: ByteCursor, width: int, what: str, *, quantised: bool) -> Matrix:
    """The matrix at which a file stands; its rows must have ``width`` numbers.

    Raises:
        DataError: when it does not fit the file or itself.
    """
    lengths_apart = quantised and cursor.flag(f"whether the {what} keeps lengths apart")
    rows, found = (cursor.number("<i8", f"a size of the {what}") for _ in range(2))
    if rows < 0 or found != width:
        raise cursor.error(f"the {what} is {rows} × {found} where vectors have {width} numbers", CUT)
    if not quantised:
        return PlainMatrix(cursor.values("<f4", rows * width, f"the {what}").reshape(rows, width))
    size = cursor.number("<i4", f"the size of the {what}'s codes")
    codes = cursor.values("<u1", size, f"the {what}'s codes")
    quantiser = _read_quantiser(cursor, width, what)
    if len(codes) != rows * len(quantiser.parts):
        raise cursor.error(f"the {what} has {len(codes)} codes for {rows} rows of {len(quantiser.parts)} parts", CUT)
    codes = codes.reshape(rows, len(quantiser.parts))
    if not lengths_apart:
        return QuantisedMatrix(codes, quantiser)
    norm_codes = cursor.values("<u1", rows, f"the codes of the {what}'s lengths")
    return QuantisedMatrix(codes, quantiser, norm_codes, _read_quantiser(cursor, 1, f"{what}'s lengths").parts[0])


def _read_quantiser(cursor: ByteCursor, width: int, what: str) -> Quantiser:
    found, parts, size, last = (cursor.number("<i4", f"a size of the {what}'s parts") for _ in range(4))
    fits = found == width and 0 < size <= width and parts == -(-width // size) and last == width - (parts - 1) * size
    if not fits:
        raise cursor.error(f"the {what} has {parts} parts of {size} and {last} numbers for rows of {width}", CUT)
    values = np.array(cursor.values("<f4", CENTROIDS * width, f"the {what}'s centroids"))
    if not np.isfinite(values).all():
        raise cursor.error(f"a centroid of the {what} is not finite")
    whole = values[: CENTROIDS * (parts - 1) * size].reshape(parts - 1, CENTROIDS, size)
    return Quantiser((*whole, values[CENTROIDS * (parts - 1) * size :].reshape(CENTROIDS, last)))
