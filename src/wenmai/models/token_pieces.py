"""Tokens as an encoder reads them: each cut by the encoder's own tokenizer, long rows in windows that overlap.

A row is its windows one after the other, each in the tokenizer's frame. What two windows read is told by the one that
has more of the text around it. A row so has one emission for every token and is decoded as a whole: no span ends where
a window does.

Letters of the shapes: N rows, S pieces of all windows of all rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.token_rows import TokenRows
from wenmai.batches.windows import windows
from wenmai.core.errors import UsageError
from wenmai.text.pipeline import Pipeline
from wenmai.text.tokenizer import SubwordTokenizer

TOKEN, BEGINS = 0, 1
"""The columns: the token, from 1, whose vector the piece has a part in (0 for none); 1 where a window begins."""


def token_pieces(
    pipeline: Pipeline, texts: Sequence[str], tokens: Sequence[Sequence[str]], *, every: bool
) -> TokenRows:
    """The pieces of rows of tokens, with the columns [S, 2] of `TOKEN` and `BEGINS`.

    A token of which the tokenizer leaves nothing, as of white space, is read as an unknown one. Of a token with more
    pieces than a window has room for the first are read; what is left out is counted.

    Args:
        pipeline: with the encoder's tokenizer.
        texts: [N] what the tokens stand in, for tokenizers that heed the spaces before them.
        every: whether all pieces of a token have a part in its vector, or the first alone.
    """
    tokenizer = _tokenizer(pipeline)
    room = tokenizer.room(pipeline.config.max_pieces, pairs=False)
    begin, _, end = tokenizer.frame
    known = _Pieces(pipeline, tokenizer)
    rows, columns, cut = [], [], []
    for pieces in known.of(texts, tokens):
        lengths = [len(piece) for piece in pieces]
        read = [piece[:room] for piece in pieces]
        cut.append(sum(lengths) - sum(map(len, read)))
        row: list[int] = []
        owners: list[int] = []
        begins: list[int] = []
        for (start, stop), (first, last) in _stretches([len(piece) for piece in read], room):
            begins.append(len(row))
            row += begin
            owners += [0] * len(begin)
            for number in range(start, stop):
                owner = number + 1 if first <= number < last else 0
                row += read[number]
                owners += [owner] * len(read[number]) if every else [owner, *[0] * (len(read[number]) - 1)]
            row += end
            owners += [0] * len(end)
        rows.append(row)
        columns.append(_columns(owners, begins))
    found = TokenRows.of(rows)
    both = np.concatenate([np.zeros((0, 2), np.int32), *columns])
    return TokenRows(found.token_ids, found.offsets, None, np.array(cut, np.int64), both)


def token_counts(texts: TokenRows) -> NDArray[np.int64]:
    """How many tokens each row has [N], of what `token_pieces` gave."""
    assert texts.columns is not None
    counts = np.zeros(len(texts), np.int64)
    np.maximum.at(counts, np.repeat(np.arange(len(texts)), texts.lengths), texts.columns[:, TOKEN].astype(np.int64))
    return counts


class _Pieces:
    """The pieces of tokens, each cut once."""

    def __init__(self, pipeline: Pipeline, tokenizer: SubwordTokenizer) -> None:
        self.pipeline, self.tokenizer = pipeline, tokenizer
        self.unknown = [tokenizer.token_id(tokenizer.config.unknown) or 0]

    def of(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[list[list[int]]]:
        """The numbers of the pieces of each token of each row."""
        keys = [[*zip(row, _after_space(text, row), strict=True)] for text, row in zip(texts, tokens, strict=True)]
        distinct = list(dict.fromkeys(key for row in keys for key in row))
        cleaned = self.pipeline.cleaned([token for token, _ in distinct])
        spaced = [" " + token if after else token for token, (_, after) in zip(cleaned, distinct, strict=True)]
        cut = [numbers or self.unknown for numbers in self.tokenizer.token_ids(spaced)]
        pieces = dict(zip(distinct, cut, strict=True))
        return [[pieces[key] for key in row] for row in keys]


def _after_space(text: str, row: Sequence[str]) -> list[bool]:
    """Whether something stands between each token and the one before it; where a text does not have them, it does."""
    found: list[bool] = []
    at, touching = 0, -1
    for token in row:
        start = text.find(token, at)
        found.append(bool(found) and (start < 0 or start != touching))
        touching = -1 if start < 0 else start + len(token)
        at = max(at, touching)
    return found


def _stretches(lengths: Sequence[int], room: int | None) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The tokens that each window reads, and those of them that it tags."""
    cuts = [(0, len(lengths))]
    if room is not None and sum(lengths) > room:
        cuts = list(windows(lengths, room))
    seams = [(after + stop) // 2 for (_, stop), (after, _) in itertools.pairwise(cuts)]
    return list(zip(cuts, zip([0, *seams], [*seams, len(lengths)], strict=True), strict=True))


def _columns(owners: Sequence[int], begins: Sequence[int]) -> NDArray[np.int32]:
    both = np.zeros((len(owners), 2), np.int32)
    both[:, TOKEN] = owners
    both[[at for at in begins if at < len(owners)], BEGINS] = 1
    return both


def _tokenizer(pipeline: Pipeline) -> SubwordTokenizer:
    tokenizer, most = pipeline.tokenizer, pipeline.config.max_pieces
    if tokenizer is None:
        raise UsageError(
            "an encoder reads subwords, and the pipeline cuts none", remedy="Take segment 'subwords' and a tokenizer"
        )
    if tokenizer.room(most, pairs=False) == 0:
        raise UsageError(f"a length of {most} leaves no room for a token", remedy="Set pipeline.max_pieces higher")
    return tokenizer
