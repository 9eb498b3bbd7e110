"""Probes: made-up inputs with what the model said of them when it was saved.

They show on another machine, without any data, that a bundle still says the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import Field

from wenmai.core.config import Config
from wenmai.core.errors import BundleError
from wenmai.core.schema import Schema, TagColumns
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Outputs

if TYPE_CHECKING:
    from wenmai.bundle.bundle import Bundle

_CLAUSES = (
    "这个东西很好",
    "质量不错，价格便宜",
    "太差了，不推荐",
    "今天的天气怎么样？",
    "服务员的态度一般",
    "他在北京工作了三年。",
    "２０２６年１月的 Report",
    "this is very good",
    "I did not like it at all",
    "the price is fair, but the quality is poor.",
    "where can we meet tomorrow?",
    "Version 3.5 works; nothing else does!",
    "",
    "12345 -- &amp; <b>x</b>",
)
COUNT = 24


class Probes(Config):
    """Inputs and outputs, numbers written so that they come back to the last bit."""

    text: tuple[str, ...]
    second: tuple[str, ...] | None
    tokens: tuple[tuple[str, ...], ...] | None
    factors: dict[str, tuple[tuple[str, ...], ...]] = Field(default_factory=dict)
    outputs: list[Any]

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """The probes of a bundle as it is now."""
        inputs = made_up_inputs(bundle.schema.kind, factors_of(bundle.schema))
        outputs = _said(bundle, inputs)
        return cls(
            text=tuple(inputs.text),
            second=None if inputs.second is None else tuple(inputs.second),
            tokens=None if inputs.tokens is None else tuple(tuple(row) for row in inputs.tokens),
            factors={name: tuple(tuple(row) for row in rows) for name, rows in inputs.factors.items()},
            outputs=[np.asarray(row).tolist() for row in outputs],
        )

    def difference(self, bundle: Bundle) -> float:
        """The largest difference between what the bundle says now and what it said, relative above 1; 0 if identical.

        Raises:
            BundleError: when the outputs do not even have the same shape.
        """
        now = _said(bundle, Inputs(self.text, self.second, self.tokens, self.factors))
        return _largest_difference(self.outputs, now)


def _said(bundle: Bundle, inputs: Inputs) -> Outputs:
    """What a bundle says, by one thread where torch computes: several cut a product up, and round otherwise."""
    if "torch" not in sys.modules:  # nothing has needed it, so nothing does
        return bundle.outputs(inputs)
    from wenmai.blocks.threads import on_threads

    with on_threads(1):
        return bundle.outputs(inputs)


def factors_of(schema: Schema) -> tuple[str, ...]:
    """The further columns that tokens have."""
    return schema.columns.factors if isinstance(schema.columns, TagColumns) else ()


def made_up_inputs(kind: str, factors: Sequence[str] = ()) -> Inputs:
    """Sentences put together from fixed clauses, the same every time, in the form that a task family reads."""
    generator = np.random.default_rng(0)

    def sentences() -> tuple[str, ...]:
        chosen = generator.integers(len(_CLAUSES), size=(COUNT, 2))
        return tuple(" ".join(_CLAUSES[at] for at in row).strip() for row in chosen)

    text = sentences()
    if kind == "tag":
        tokens = tuple(tuple(sentence.split()) or ("x",) for sentence in text)
        beside = {name: tuple(tuple(token[:1] for token in row) for row in tokens) for name in factors}
        return Inputs([" ".join(row) for row in tokens], tokens=tokens, factors=beside)
    return Inputs(text, sentences() if kind in ("pair", "span") else None)


def _largest_difference(then: list[Any], now: Outputs) -> float:
    if len(then) != len(now):
        raise BundleError(f"{len(now)} outputs where there were {len(then)}")
    largest = np.float64(0.0)
    for was, row in zip(then, now, strict=True):
        old, new = np.asarray(was, np.float64), np.asarray(row, np.float64)
        if old.shape != new.shape:
            raise BundleError(f"an output of shape {new.shape} where it was {old.shape}")
        if old.size:
            # numpy's maximum keeps a NaN, which no tolerance then admits.
            largest = np.maximum(largest, (np.abs(new - old) / np.maximum(1.0, np.abs(old))).max())
    return float(largest)
