"""What a sentence-transformers folder adds to a Hugging Face one: how steps become one vector.

``modules.json`` lists the parts: the encoder, its pooling (``1_Pooling/config.json``), and a norm.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from wenmai.blocks.text_encoder import TextPooling
from wenmai.core.errors import DataError, UsageError
from wenmai.core.io import dump_json, read_json, write_atomic

MODULES = "modules.json"
SETTINGS = "sentence_bert_config.json"
_MODES: dict[str, TextPooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_max_tokens": "max",
    "mean": "mean",
    "cls": "first",
    "max": "max",
}
"""Their name, the older or the newer → ours."""


@dataclass(frozen=True, slots=True)
class SentencePooling:
    """How such a folder makes a vector of a text.

    Attributes:
        encoder: the folder that has the encoder.
        pooling, normalise: as `wenmai.models.bert.BertConfig` has them.
        limit: how many tokens it reads; None where it does not say.
        lowercase: whether it puts texts into lower case first.
    """

    encoder: Path
    pooling: TextPooling
    normalise: bool
    limit: int | None
    lowercase: bool


def read_pooling(folder: Path) -> SentencePooling | None:
    """What the folder's ``modules.json`` says; None where there is none.

    Raises:
        DataError: when it is damaged, or has parts that are not known.
    """
    path = folder / MODULES
    if not path.is_file():
        return None
    parts = read_json(path, limit=1 << 20)
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise DataError("no list of modules", where=str(path))
    kinds = [str(part.get("type", "")).rpartition(".")[2] for part in parts]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise DataError(
            f"its modules are {', '.join(kinds) or 'none'}",
            where=str(path),
            remedy="Read are folders of Transformer, Pooling, and Normalize or not",
        )
    places = [folder / _inside(str(part.get("path", "")), path) for part in parts]
    settings = _values(places[0] / SETTINGS)
    limit = settings.get("max_seq_length")
    return SentencePooling(
        encoder=places[0],
        pooling=_pooling(places[1] / "config.json"),
        normalise=len(kinds) == 3,
        limit=limit if type(limit) is int and limit > 2 else None,
        lowercase=settings.get("do_lower_case") is True,
    )


def write_pooling(folder: Path, pooling: TextPooling, normalise: bool, width: int, limit: int | None) -> None:
    """Write what makes a Hugging Face folder one of sentence-transformers.

    Raises:
        UsageError: for a pooling that it has not.
    """
    if pooling not in ("mean", "first", "max"):
        raise UsageError(f"sentence-transformers has no pooling {pooling!r}", remedy="Take mean, first or max")
    modes = {name: ours == pooling for name, ours in _MODES.items() if name.startswith("pooling_mode")}
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), *([("2_Normalize", "Normalize")] if normalise else [])]
    listed = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(modules)
    ]
    write_atomic(folder / MODULES, dump_json(listed))
    write_atomic(folder / "1_Pooling/config.json", dump_json({"word_embedding_dimension": width, **modes}))
    write_atomic(folder / SETTINGS, dump_json({"max_seq_length": limit, "do_lower_case": False}))


def _pooling(path: Path) -> TextPooling:
    values = _values(path)
    if not values:
        raise DataError("the pooling's settings are missing", where=str(path), remedy="Download the whole folder")
    chosen = [name for name, value in values.items() if name.startswith("pooling_mode_") and value is True]
    if isinstance(values.get("pooling_mode"), str):
        chosen = [values["pooling_mode"]]
    if len(chosen) != 1 or chosen[0] not in _MODES:
        raise DataError(
            f"the pooling is {', '.join(map(str, chosen)) or 'none'}",
            where=str(path),
            remedy="Read are folders that pool by mean, first token (cls) or max alone",
        )
    return _MODES[chosen[0]]


def _values(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    values = read_json(path, limit=1 << 20)
    if not isinstance(values, dict):
        raise DataError("the settings are no JSON object", where=str(path))
    return values


def _inside(name: str, where: Path) -> str:
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        raise DataError(f"the module's path {name!r} leads out of the folder", where=str(where))
    return name
