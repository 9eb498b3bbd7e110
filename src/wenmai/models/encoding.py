"""Texts, or pairs of texts, as token numbers in their frame, cut to the length that is read; what is cut is counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wenmai.batches.token_rows import TokenRows
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.text.pipeline import Pipeline
from wenmai.text.tokenizer import SubwordTokenizer, kept


def encoded(pipeline: Pipeline, inputs: Inputs) -> TokenRows:
    """What a network reads of each row, cut to the pipeline's ``max_pieces`` from the end of the longer text.

    Raises:
        UsageError: when the rows are pairs and the pipeline has no frame that tells two texts apart.
    """
    tokenizer, limit = pipeline.tokenizer, pipeline.config.max_pieces
    if inputs.second is not None and (tokenizer is None or tokenizer.config.frame == "none"):
        raise UsageError(
            "this network reads one text a row, and the rows are pairs",
            remedy="Take a model that reads both in one frame, such as bert",
        )
    if tokenizer is None:
        return _numbered(pipeline, inputs.text, limit)
    first = tokenizer.token_ids(pipeline.cleaned(inputs.text))
    if inputs.second is None:
        return _alone(tokenizer, first, limit)
    return _paired(tokenizer, first, tokenizer.token_ids(pipeline.cleaned(inputs.second)), limit)


def _numbered(pipeline: Pipeline, texts: Sequence[str], limit: int | None) -> TokenRows:
    """Words or characters by their numbers in the vocabulary."""
    assert pipeline.vocabulary is not None, "a network's pipeline numbers its pieces"
    whole = [pipeline.vocabulary.ids(words) for words in pipeline.words(texts)]
    return _counted([row[:limit] for row in whole], [len(row) for row in whole])


def _alone(tokenizer: SubwordTokenizer, texts: list[list[int]], limit: int | None) -> TokenRows:
    room = tokenizer.room(limit, pairs=False)
    begin, _, end = tokenizer.frame
    framed = len(begin) + len(end)
    return _counted([begin + row[:room] + end for row in texts], [len(row) + framed for row in texts])


def _paired(
    tokenizer: SubwordTokenizer, first: list[list[int]], second: list[list[int]], limit: int | None
) -> TokenRows:
    room = tokenizer.room(limit, pairs=True)
    begin, between, end = tokenizer.frame
    framed = len(begin) + len(between) + len(end)
    rows, starts, whole = [], [], []
    for one, other in zip(first, second, strict=True):
        lengths = len(one), len(other)
        if room is not None and sum(lengths) > room:
            lengths = kept(*lengths, room)
        front = begin + one[: lengths[0]] + between
        rows.append(front + other[: lengths[1]] + end)
        starts.append(len(front))
        whole.append(len(one) + len(other) + framed)
    found = _counted(rows, whole)
    return TokenRows(found.token_ids, found.offsets, np.array(starts, np.int64), found.cut)


def _counted(rows: list[list[int]], whole: list[int]) -> TokenRows:
    """The rows, with how much shorter they are than they would be whole."""
    found = TokenRows.of(rows)
    return TokenRows(found.token_ids, found.offsets, None, np.array(whole, np.int64) - found.lengths)
