"""The same merges cut the same way in the package `subword-nmt`."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest

from wenmai.text.tokenizer import SubwordTokenizer, TokenizerConfig

apply_bpe = pytest.importorskip("subword_nmt.apply_bpe", reason="the package subword-nmt is not installed")


def _line(generator: random.Random) -> str:
    stems = ["low", "new", "wid", "slow", "phone", "screen", "天安门", "北京", "手机", "屏幕", "zq", "龘", "naïve"]
    endings = ["", "er", "est", "s", "ness", "ing", "的", "了", ",", "."]
    return " ".join(generator.choice(stems) + generator.choice(endings) for _ in range(generator.randint(1, 12)))


def test_applying_the_same_merges_gives_the_same_lines(tmp_path: Path) -> None:
    generator = random.Random(7)
    corpus = [_line(generator) for _ in range(400)]
    tokenizer = SubwordTokenizer.train(corpus, TokenizerConfig(vocabulary_size=180))
    tokenizer.save(tmp_path / "tokenizer.json")
    merges = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))["model"]["merges"]
    assert len(merges) > 50
    codes = io.StringIO("#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges))
    reference = apply_bpe.BPE(codes)
    lines = [*corpus[:200], *(_line(generator) for _ in range(200)), "unseen wörds 漢字 lowlow", "x"]
    assert [tokenizer.apply(line) for line in lines] == [reference.process_line(line) for line in lines]
    assert any("@@ " in tokenizer.apply(line) for line in lines)
