"""What to do with a given encoder: pooling, layer, frozen or tuned, how many blocks. SST-2, one fit each.

WENMAI_CHOICES names some of the questions (pooling, layer, blocks, tuning), parted by commas; the others keep what was
measured before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.pairs import SEED, THREADS, film_sentences, minilm
from benchmarks.record import Table, part_by_part
from wenmai.comparison import compare
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded, load
from wenmai.interop.encoders import load_encoder

if TYPE_CHECKING:
    from wenmai.blocks.text_encoder import TextPooling

TRAIN_ROWS = 3000
LAYERS = 6
FROZEN, TUNED = "sentence-vectors:logistic", "bert:given"
POOLINGS: tuple[TextPooling, ...] = ("first", "mean", "max", "mean-max", "pooler")


@dataclass(frozen=True, slots=True)
class Choice:
    """One fit.

    Attributes:
        about: what is chosen; name: how; rung: what is fitted.
        pooling, layers: of the encoder that is given.
        settings: of the rung.
    """

    about: str
    name: str
    rung: str
    pooling: TextPooling = "mean"
    layers: int = LAYERS
    settings: tuple[str, ...] = ()


def choices() -> Iterator[Choice]:
    """Every fit; what would be fitted twice stands where it comes first."""
    for pooling in POOLINGS:
        yield Choice("pooling", f"{pooling}, frozen", FROZEN, pooling=pooling)
    for pooling in ("first", "pooler"):
        yield Choice("pooling", f"{pooling}, tuned", TUNED, settings=(f"model.pooling={pooling}",))
    for layer in range(1, LAYERS):
        yield Choice("layer", f"{layer} of {LAYERS}, frozen", FROZEN, layers=layer)
    # The first blocks, and a loop in which only the mix and the layer after it learn: frozen too.
    still = ("model.layer=mix", "training.loop.last_blocks=0", "training.loop.learning_rate=0.003")
    yield Choice("layer", "mix of all, frozen", TUNED, settings=(*still, "training.loop.budget.epochs=6"))
    yield Choice("layer", "mix of all, tuned", TUNED, settings=("model.layer=mix",))
    for count in range(1, LAYERS + 1):
        name = f"the first {count}, tuned" if count < LAYERS else f"all {LAYERS}, tuned"
        yield Choice("blocks", name, TUNED, settings=(f"model.encoder.keep_layers={count}",))
    for count in (1, 2):
        settings = (f"training.loop.last_blocks={count}",)
        yield Choice("tuning", f"only the last {count} of {LAYERS}", TUNED, settings=settings)
    yield Choice(
        "tuning", "all, each block at 0.8 of the next one's rate", TUNED, settings=("training.loop.block_decay=0.8",)
    )


def measure(train_rows: int = TRAIN_ROWS, test_rows: int | None = None) -> Table:
    """Every choice with one fit.

    Args:
        train_rows: of SST-2's training part, drawn by the seed; test_rows: the first of its test part, None for all.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    data = _part(film_sentences(), train_rows, test_rows)
    assert data.splits is not None
    table = Table(
        "Choices with a given encoder",
        ["choice", "how", "accuracy", "fit s", "p50 ms"],
        "make bench-encoder_choices",
        f"all-MiniLM-L6-v2 on SST-2: {len(data.splits['train']):,} sentences to learn from, "
        f"{len(data.splits['test']):,} to be scored on, {THREADS} threads, seed {SEED}, one fit each. Frozen: logistic "
        "regression over sentence vectors; the mix of layers is learnt by the loop with the encoder held still. Tuned: "
        "the preset of bert:given, 3 passes at most. Accuracy × 100 with 95% intervals over the test rows: where two "
        "overlap widely, nothing is decided.",
        [],
    )
    every = list(choices())
    for about in part_by_part(
        table, "encoder_choices", list(dict.fromkeys(one.about for one in every)), "WENMAI_CHOICES"
    ):
        for choice in every:
            if choice.about == about:
                _row(table, data, choice)
    return table


def _part(data: Loaded, train_rows: int, test_rows: int | None) -> Loaded:
    """Fewer rows of the training part, drawn, and of the test part."""
    import numpy as np

    assert data.splits is not None
    train, test = data.splits["train"], data.splits["test"]
    rows = np.random.default_rng(SEED).permutation(len(train))[:train_rows]
    parts = {"train": train.select(np.sort(rows)), "dev": data.splits["dev"]}
    parts["test"] = test.select(np.arange(min(test_rows or len(test), len(test))))
    return load({name: _rows(part) for name, part in parts.items()}, language="en")


def _rows(part: Dataset) -> list[dict[str, str]]:
    return [{"text": text, "label": label} for text, label in zip(part.values("text"), part.answers(), strict=True)]


def _row(table: Table, data: Loaded, choice: Choice) -> None:
    pooling = choice.pooling if choice.rung == FROZEN else None
    encoder = load_encoder(minilm(), pooling=pooling, layers=choice.layers)
    board = compare(
        data,
        models=choice.rung,
        seed=SEED,
        seeds=1,
        threads=THREADS,
        settings=choice.settings,
        inputs={"encoder": encoder},
    )
    (found,) = board.results.rungs
    if found.costs is None:
        table.add(choice.about, choice.name, "failed", found.error, "")
        return
    value = found.test["accuracy"]
    table.add(
        choice.about,
        choice.name,
        f"{100 * value.value:.1f} ({100 * value.low:.1f}–{100 * value.high:.1f})",
        f"{found.costs.fit_seconds:.1f}",
        f"{found.costs.latency_ms_p50:.2f}",
    )
