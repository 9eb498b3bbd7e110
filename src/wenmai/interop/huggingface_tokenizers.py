"""The tokenizer of a Hugging Face folder: ``tokenizer.json``, ``vocab.txt``, or ``vocab.json`` with ``merges.txt``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wenmai.core.errors import DataError, WenmaiError
from wenmai.core.io import read_json
from wenmai.text.tokenizer import SubwordTokenizer, TokenizerConfig

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
WORDPIECE_VOCABULARY = "vocab.txt"
_MOST_BYTES = 1 << 26
_NAMES = {"padding": "pad", "unknown": "unk", "classify": "cls", "separator": "sep", "mask": "mask"}
"""Our name of a special token → theirs, which ``_token`` follows."""
_BERT_TOKENS = {"padding": "[PAD]", "unknown": "[UNK]", "classify": "[CLS]", "separator": "[SEP]", "mask": "[MASK]"}
_ROBERTA_TOKENS = {"padding": "<pad>", "unknown": "<unk>", "classify": "<s>", "separator": "</s>", "mask": "<mask>"}
_ALBERT_TOKENS = {**_BERT_TOKENS, "padding": "<pad>", "unknown": "<unk>"}


def read_tokenizer(folder: Path, member: str) -> tuple[SubwordTokenizer, int | None]:
    """The tokenizer of a folder of one of the family's members, and how many tokens it says a text may have.

    Raises:
        DataError: when there is none that can be read, or it lacks a special token.
    """
    said = _settings(folder / TOKENIZER_CONFIG)
    defaults = {"roberta": _ROBERTA_TOKENS, "albert": _ALBERT_TOKENS}.get(member, _BERT_TOKENS)
    special = defaults | _special_tokens(_settings(folder / "special_tokens_map.json")) | _special_tokens(said)
    path, tokenizer = _tokenizer(folder, said, special)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    config = TokenizerConfig.parse(
        {
            "kind": _kind(tokenizer, path),
            "vocabulary_size": max(int(tokenizer.get_vocab_size()), 1),
            "frame": "roberta" if member == "roberta" else "bert",
            **special,
        },
        where=str(path),
    )
    for token in config.special_tokens:
        if tokenizer.token_to_id(token) is None:
            raise DataError(f"the vocabulary has no {token!r}", where=str(path), remedy="Download the whole folder")
    limit = said.get("model_max_length")
    return SubwordTokenizer(tokenizer, config), limit if type(limit) is int and 2 < limit <= _MOST_BYTES else None


def tokenizer_settings(tokenizer: SubwordTokenizer, member: str, limit: int | None) -> dict[str, Any]:
    """What ``tokenizer_config.json`` says, so that ``transformers`` makes the same of ``tokenizer.json``."""
    special = {f"{name}_token": getattr(tokenizer.config, ours) for ours, name in _NAMES.items()}
    frame = {} if member == "roberta" else {"model_input_names": ["input_ids", "token_type_ids", "attention_mask"]}
    if member == "distilbert":
        frame = {"model_input_names": ["input_ids", "attention_mask"]}
    length = {} if limit is None else {"model_max_length": limit}
    return {"tokenizer_class": "PreTrainedTokenizerFast", **special, **frame, **length}


def tokenizer_json(tokenizer: SubwordTokenizer, folder: Path) -> str:
    """The content of ``tokenizer.json``, with the frame written down for programs that ask the file for it.

    Args:
        folder: an empty one, for what is written on the way.
    """
    tokenizer.save(folder / TOKENIZER)
    values = json.loads((folder / TOKENIZER).read_text("utf-8"))
    values["post_processor"] = _frame(tokenizer)
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _frame(tokenizer: SubwordTokenizer) -> dict[str, Any]:
    """BERT's or RoBERTa's frame as `tokenizers` writes it."""
    names = tokenizer.config.classify, tokenizer.config.separator
    begin, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in names)
    roberta = tokenizer.config.frame == "roberta"
    kind = 0 if roberta else 1
    last = {"SpecialToken": {"id": names[1], "type_id": kind}}
    first, second = ({"Sequence": {"id": text, "type_id": at}} for text, at in (("A", 0), ("B", kind)))
    numbers = {name: {"id": name, "ids": [tokenizer.token_id(name)], "tokens": [name]} for name in names}
    return {
        "type": "TemplateProcessing",
        "single": [begin, first, end],
        "pair": [begin, first, end, *([end] if roberta else []), second, last],
        "special_tokens": numbers,
    }


def _settings(path: Path) -> dict[str, Any]:
    """The content of a file of settings; empty where there is none."""
    if not path.is_file():
        return {}
    values = read_json(path, limit=1 << 20)
    if not isinstance(values, dict):
        raise DataError("the settings are no JSON object", where=str(path))
    return values


def _special_tokens(values: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for ours, name in _NAMES.items():
        token = values.get(f"{name}_token")
        token = token.get("content") if isinstance(token, dict) else token
        if isinstance(token, str) and token:
            found[ours] = token
    return found


def _tokenizer(folder: Path, said: Mapping[str, Any], special: Mapping[str, str]) -> tuple[Path, Tokenizer]:
    path = next(
        (folder / name for name in (TOKENIZER, WORDPIECE_VOCABULARY, "vocab.json") if (folder / name).is_file()), None
    )
    if path is None:
        model = next(folder.glob("*.model"), None)
        raise DataError(
            f"the folder has neither {TOKENIZER} nor {WORDPIECE_VOCABULARY}",
            where=str(model or folder),
            remedy="Load it with transformers' AutoTokenizer and save it again, which writes tokenizer.json",
        )
    if path.stat().st_size > _MOST_BYTES:
        raise DataError(f"the tokenizer has more than {_MOST_BYTES:,} bytes", where=str(path))
    try:
        if path.name == TOKENIZER:
            from tokenizers import Tokenizer

            return path, Tokenizer.from_str(path.read_text("utf-8"))
        return path, _wordpiece(path, said, special) if path.suffix == ".txt" else _byte_pairs(path, special)
    except WenmaiError:
        raise
    except Exception as error:  # the package raises nothing narrower
        raise DataError(f"not a readable tokenizer: {error}", where=str(path)) from None


def _wordpiece(path: Path, said: Mapping[str, Any], special: Mapping[str, str]) -> Tokenizer:
    """BERT's own tokenizer over a vocabulary of one token a line."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

    lines = path.read_text("utf-8").split("\n")
    tokens = [line.rstrip("\r") for line in (lines[:-1] if lines and not lines[-1] else lines)]
    numbers = {token: number for number, token in enumerate(tokens)}
    if special["unknown"] not in numbers:
        raise DataError(f"the vocabulary has no {special['unknown']!r}", where=str(path))
    tokenizer = Tokenizer(models.WordPiece(vocab=numbers, unk_token=special["unknown"], max_input_chars_per_word=100))
    accents = said.get("strip_accents")
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=bool(said.get("tokenize_chinese_chars", True)),
        strip_accents=accents if isinstance(accents, bool) else None,
        lowercase=bool(said.get("do_lower_case", True)),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=True)
    known = [token for token in special.values() if token in numbers]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in known])
    return tokenizer


def _byte_pairs(path: Path, special: Mapping[str, str]) -> Tokenizer:
    """RoBERTa's tokenizer over a vocabulary and its merges."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    merges = path.parent / "merges.txt"
    if not merges.is_file():
        raise DataError("the file is missing", where=str(merges), remedy="Download the whole folder")
    tokenizer = Tokenizer(models.BPE.from_file(str(path), str(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    known = [token for token in special.values() if tokenizer.token_to_id(token) is not None]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in known])
    return tokenizer


def _kind(tokenizer: Tokenizer, path: Path) -> Literal["wordpiece", "unigram", "byte_bpe", "bpe"]:
    name = type(tokenizer.model).__name__
    if name == "WordPiece":
        return "wordpiece"
    if name == "Unigram":
        return "unigram"
    if name == "BPE":
        return "byte_bpe" if "ByteLevel" in repr(tokenizer.pre_tokenizer) else "bpe"
    raise DataError(f"a tokenizer of the kind {name!r} is not read", where=str(path))
