"""What every tagger shares: its tokens as ragged rows, a chain that heeds a scheme, and what it says of a sequence.

Letters of the shapes: N rows, S tokens of all rows, T tokens of one, K tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import FitError, UsageError
from wenmai.core.schema import Language
from wenmai.core.tags import TagRules
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Examples, Head, Run
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment

if TYPE_CHECKING:
    from wenmai.kernels.crf import Chain

Floats = NDArray[np.float64]
Offsets = NDArray[np.int64]

TokenLists = Sequence[Sequence[str]]
"""The tokens of rows."""

FORBIDDEN = -np.inf


def rules_of(head: Head) -> TagRules:
    """The rules of a head's tags; where it has none, everything may follow and each token stands on its own."""
    if head.rules is not None:
        return head.rules
    every = np.ones((head.size, head.size), np.bool_)
    return TagRules(every[0], every, every[0], ~every)


def legal_chain(
    rules: TagRules, transitions: Floats | None = None, start: Floats | None = None, end: Floats | None = None
) -> Chain:
    """The chain of these scores (0 by default) that forbids what the rules forbid."""
    from wenmai.kernels.crf import Chain

    parts = ((transitions, rules.follows), (start, rules.starts), (end, rules.ends))
    return Chain.of(
        *(np.where(legal, np.zeros(legal.shape) if scores is None else scores, FORBIDDEN) for scores, legal in parts)
    )


def tokens_of(inputs: Inputs) -> TokenLists:
    """The tokens of a batch.

    Raises:
        UsageError: when it holds texts that nobody has cut.
    """
    if inputs.tokens is None:
        raise UsageError("a tagger reads tokens, and the texts are not cut into any", remedy="Give Inputs with tokens")
    return inputs.tokens


def factors_of(inputs: Inputs, names: Sequence[str]) -> list[TokenLists]:
    """What stands beside the tokens of a batch, in each of the named columns.

    Raises:
        UsageError: for a column that is not given, and where it has more or fewer values than there are tokens.
    """
    missing = [name for name in names if name not in inputs.factors]
    if missing:
        raise UsageError(
            f"the tagger also reads {_columns(missing)} of each token, which the texts do not have",
            remedy="Give a file that is arranged like the one it was trained on: --file FILE; in Python "
            "wenmai.Inputs(texts, tokens=…, factors={…})",
        )
    for name in names:
        for row, (tokens, values) in enumerate(zip(tokens_of(inputs), inputs.factors[name], strict=True), 1):
            if len(tokens) != len(values):
                raise UsageError(
                    f"row {row} has {len(tokens)} tokens and {len(values)} values of {_columns([name])}",
                    remedy="Give each token one",
                )
    return [inputs.factors[name] for name in names]


def _columns(names: Sequence[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(names)}"


def training_factors(data: Dataset, names: Sequence[str]) -> list[TokenLists]:
    """What stands beside the tokens of every row, in each of the named columns."""
    return [[row for batch in data.batches() for row in batch.factors[name]] for name in names]


def offsets_of(rows: Iterable[Sequence[object]]) -> Offsets:
    """Where each row begins [N + 1], the rows standing one after the other."""
    return np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int64)


def training_tokens(data: Dataset) -> list[Sequence[str]]:
    """The tokens of every row."""
    return [row for batch in data.batches() for row in tokens_of(batch)]


def training_tags(train: Examples, run: Run) -> NDArray[np.int64]:
    """The number of every token's tag [S], row after row.

    Raises:
        FitError: when classes are weighted, which has no meaning for sequences, or no row has a token.
    """
    check_unweighted(run)
    tags = np.concatenate([np.zeros(0, np.int64), *train.targets]).astype(np.int64)
    if not len(tags):
        raise FitError("no row has a token", where=train.data.name)
    return tags


def check_unweighted(run: Run) -> None:
    """Refuse class weights: a sequence of tags is learnt as a whole.

    Raises:
        FitError: saying so.
    """
    if run.class_weight != "none":
        raise FitError("tags cannot be weighted: a sequence is learnt as a whole", remedy="Leave class_weight 'none'")


def said(
    emissions: NDArray[np.floating], offsets: Offsets, chain: Chain, rules: TagRules, threads: int = 1
) -> list[Floats]:
    """What a tagger says of each row: [T, 2], the tags of the best path and how sure it is of each one's span.

    Args:
        emissions: [S, K] logarithms, to which the chain's scores are added.
    """
    from wenmai.kernels.crf import forward
    from wenmai.kernels.crf_decoding import span_confidences, viterbi

    tags, _ = viterbi(emissions, offsets, chain, threads=threads)
    passed = forward(emissions, offsets, chain, threads=threads)
    both = np.stack([tags.astype(np.float64), span_confidences(passed, tags, rules.continues, threads=threads)], axis=1)
    return np.split(both, offsets[1:-1]) if len(offsets) > 1 else []


def ranked(
    emissions: NDArray[np.floating], offsets: Offsets, chain: Chain, count: int
) -> list[list[tuple[NDArray[np.int32], float]]]:
    """The best paths of each row with the logarithms of their probabilities, best first."""
    from wenmai.kernels.crf import forward
    from wenmai.kernels.crf_decoding import k_best

    totals = forward(emissions, offsets, chain).log_totals
    found: list[list[tuple[NDArray[np.int32], float]]] = []
    for row, total in enumerate(totals.tolist()):
        own = emissions[offsets[row] : offsets[row + 1]]
        if not len(own):
            found.append([(np.zeros(0, np.int32), 0.0)])
            continue
        paths, scores = k_best(own, chain, count)
        found.append([(path, float(score) - total) for path, score in zip(paths, scores, strict=True)])
    return found


def marginals(emissions: NDArray[np.floating], offsets: Offsets, chain: Chain) -> list[Floats]:
    """How probable each tag is at each token, a row [T, K]."""
    from wenmai.kernels.crf import expectations, forward

    unary = expectations(forward(np.asarray(emissions, np.float64), offsets, chain)).unary
    return np.split(unary, offsets[1:-1]) if len(offsets) > 1 else []


def token_pipeline(language: Language) -> PipelineConfig:
    """How raw text is cut for a tagger that was trained on given tokens: Chinese by character, else by word."""
    return PipelineConfig(segment=CharacterSegment() if language == "zh" else WordSegment(language=language))
