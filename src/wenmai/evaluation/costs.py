"""What a bundle costs to have and to use, measured in the process at hand; times include cleaning and segmentation."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from wenmai.bundle.bundle import Bundle
from wenmai.core.config import Config
from wenmai.data.dataset import Dataset, Inputs

LATENCY_ROWS = 200
THROUGHPUT_ROWS = 2048
BATCH = 32
LENGTHS = (16, 64, 256, 1024)
TEXTS_PER_LENGTH = 25
COLD_STARTS = 2


class LengthLatency(Config):
    """Milliseconds for one text of a given length, at batch 1."""

    characters: int
    ms_p50: float
    ms_p95: float


class TimeShares(Config):
    """The parts of the time that one text takes; they add up to 1."""

    clean: float
    segment: float
    model: float


class Costs(Config):
    """What a bundle costs."""

    fit_seconds: float
    cold_start_seconds: float | None = None
    """A fresh process from its start to its first prediction, the bundle loaded and checked; None if not saved."""
    latency_ms_p50: float
    """Milliseconds for one of the texts at hand at a time: the median."""
    latency_ms_p95: float
    latency_by_length: tuple[LengthLatency, ...] = ()
    texts_per_second: float
    """In batches of 32."""
    peak_memory_bytes: int | None = None
    """The most that the process of the fit held, above what it held when everything was imported and nothing read."""
    bytes_on_disk: int | None = None
    """The saved folder; None for a bundle that is not saved."""
    time_shares: TimeShares | None = None
    """None for tasks that read more than one plain text."""


def measure_costs(
    bundle: Bundle, data: Dataset, *, path: Path | None = None, peak_memory_bytes: int | None = None
) -> Costs:
    """Time predictions of some rows, one at a time and in batches; a saved bundle's start too.

    Args:
        path: where the bundle is saved, if it is.
        peak_memory_bytes: what the fit took, where somebody measured it.
    """
    sample = data.inputs(0, min(len(data), THROUGHPUT_ROWS))
    singles = [sample[at : at + 1] for at in range(min(len(sample), LATENCY_ROWS))]
    bundle.predict(singles[0])  # what is built at first use is no part of a later prediction
    times = [_seconds(lambda: bundle.predict(single)) for single in singles]  # noqa: B023
    plain = sample.second is None and sample.tokens is None
    size = None if path is None else sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return Costs(
        fit_seconds=bundle.provenance.seconds,
        cold_start_seconds=None if path is None else _cold_start(path, sample),
        latency_ms_p50=_milliseconds(times, 0.5),
        latency_ms_p95=_milliseconds(times, 0.95),
        latency_by_length=_by_length(bundle, sample) if plain else (),
        texts_per_second=_throughput(bundle, sample),
        peak_memory_bytes=peak_memory_bytes,
        bytes_on_disk=size,
        time_shares=_time_shares(bundle, singles, statistics.fmean(times)) if plain else None,
    )


def _throughput(bundle: Bundle, sample: Inputs) -> float:
    batches = [sample[start : start + BATCH] for start in range(0, len(sample), BATCH)]
    seconds = _seconds(lambda: [bundle.predict(batch) for batch in batches])
    return round(len(sample) / seconds, 1)


def _by_length(bundle: Bundle, sample: Inputs) -> tuple[LengthLatency, ...]:
    """Texts of exact lengths, cut from the texts at hand one after the other."""
    text = "\n".join(sample.text) or " "
    text *= -(-max(LENGTHS) * TEXTS_PER_LENGTH // len(text))
    found = []
    for length in LENGTHS:
        texts = [text[length * at : length * (at + 1)] for at in range(TEXTS_PER_LENGTH)]
        times = [_seconds(lambda: bundle.predict(one)) for one in texts]  # noqa: B023
        p50, p95 = _milliseconds(times, 0.5), _milliseconds(times, 0.95)
        found.append(LengthLatency(characters=length, ms_p50=p50, ms_p95=p95))
    return tuple(found)


def _time_shares(bundle: Bundle, singles: list[Inputs], total: float) -> TimeShares:
    pipeline = bundle.pipeline
    clean = statistics.fmean(_seconds(lambda: pipeline.cleaned(single.text)) for single in singles)  # noqa: B023
    both = clean
    if not pipeline.by_character:
        both = statistics.fmean(_seconds(lambda: pipeline.words(single.text)) for single in singles)  # noqa: B023
    clean_share = min(clean / total, 1.0)
    segment_share = min(max(both - clean, 0.0) / total, 1.0 - clean_share)
    return TimeShares(clean=clean_share, segment=segment_share, model=1.0 - clean_share - segment_share)


def _cold_start(path: Path, like: Inputs) -> float | None:
    """The quicker of two fresh processes (the first may find a cold file cache); None for a catalog of one's own."""
    what, known = "'text 文本'", ""
    if like.second is not None or like.factors:
        beside = {name: [["x", "x"]] for name in like.factors}
        more = f"tokens=[['text', '文本']], factors={beside}" if beside else "['text 文本']"
        what, known = f"Inputs(['text 文本'], {more})", "from wenmai.data.dataset import Inputs; "
    program = f"import sys, wenmai; {known}wenmai.load_bundle(sys.argv[1]).predict({what})"
    times = []
    for _ in range(COLD_STARTS):
        began = time.perf_counter()
        ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=False)
        if ran.returncode:
            return None
        times.append(time.perf_counter() - began)
    return round(min(times), 3)


def _milliseconds(seconds: list[float], quantile: float) -> float:
    return round(float(np.quantile(seconds, quantile)) * 1000, 4)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
