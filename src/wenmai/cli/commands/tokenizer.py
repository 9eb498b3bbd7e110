"""wenmai tokenizer: subwords trained on a person's text, applied to files, shown."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.options import Encoding, Format, FormatOption, TextColumns
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from typing import BinaryIO

    from wenmai.text.tokenizer import Encoding as Encoded
    from wenmai.text.tokenizer import SubwordTokenizer

STREAM = "-"


class Kind(StrEnum):
    """The kinds of subword tokenizers."""

    BPE = "bpe"
    BYTE_BPE = "byte_bpe"
    WORDPIECE = "wordpiece"
    UNIGRAM = "unigram"


class Frame(StrEnum):
    """What stands around the pieces of a text."""

    NONE = "none"
    BERT = "bert"


TokenizerArgument = Annotated[
    Path,
    typer.Argument(
        metavar="TOKENIZER", help="A tokenizer.json, or a bundle whose pipeline is meant.", show_default=False
    ),
]


def train_tokenizer(
    corpus: Annotated[
        str,
        typer.Argument(
            metavar="CORPUS",
            help="A file of one text a line, or a table (CSV, TSV, JSONL, Parquet); - is standard input.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The tokenizer.json to write.", show_default=False)
    ],
    kind: Annotated[
        Kind, typer.Option("--kind", metavar="bpe|byte_bpe|wordpiece|unigram", help="What is learnt.")
    ] = Kind.BPE,
    size: Annotated[
        int, typer.Option("--size", metavar="NUMBER", min=16, help="How many pieces, the special ones included.")
    ] = 8000,
    min_frequency: Annotated[
        int, typer.Option("--min-frequency", metavar="NUMBER", min=1, help="Pairs seen less often are not merged.")
    ] = 2,
    own_tokens: Annotated[
        list[str] | None,
        typer.Option("--own-token", metavar="TOKEN", help="A token that is never cut. Repeatable.", show_default=False),
    ] = None,
    text: TextColumns = None,
    encoding: Encoding = None,
) -> None:
    """Train a subword tokenizer on your own text."""
    from wenmai.text.tokenizer import SubwordTokenizer, TokenizerConfig

    config = TokenizerConfig.parse(
        {
            "kind": kind.value,
            "vocabulary_size": size,
            "min_frequency": min_frequency,
            "own_tokens": tuple(own_tokens or ()),
        }
    )
    tokenizer = SubwordTokenizer.train(_texts(corpus, text, encoding), config)
    tokenizer.save(out)
    sys.stderr.write(f"{len(tokenizer):,} pieces written to {out}\n")


def apply(
    tokenizer: TokenizerArgument,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Lines of text; - is standard input.", show_default="standard input")
    ] = STREAM,
    encoding: Encoding = None,
) -> None:
    """Cut every line into pieces, joined by "@@ " inside a word, as subword-nmt apply-bpe does."""
    from wenmai.cli.stream import STANDARD_INPUT, line_batches

    subwords = _subwords(tokenizer)
    out = sys.stdout
    with _lines_of(file) as stream:
        for lines in line_batches(stream, encoding, STANDARD_INPUT if file == STREAM else file):
            out.write("".join(f"{subwords.apply(line)}\n" for line in lines))
            out.flush()


def show(
    tokenizer: TokenizerArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text.", show_default=False)],
    second: Annotated[
        str | None, typer.Option("--second", metavar="TEXT", help="The second text of a pair.", show_default=False)
    ] = None,
    frame: Annotated[
        Frame | None,
        typer.Option(
            "--frame",
            metavar="none|bert",
            help="bert puts [CLS] before the text and [SEP] after it.",
            show_default="bert where it has these tokens",
        ),
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show what a model receives: pieces, ids, mask, segments, and where each piece stands in the text."""
    from wenmai.cli.output import Column, show_table, write_csv, write_json

    columns, rows = _shown(tokenizer, text, second, frame)
    if output is Format.JSON:
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif output is Format.CSV:
        write_csv(columns, rows)
    else:
        numbers = [bool(rows) and isinstance(value, int) for value in (rows[0] if rows else columns)]
        heads = [Column(name, number=number) for name, number in zip(columns, numbers, strict=True)]
        show_table("", heads, [[str(value) for value in row] for row in rows])


Shown = tuple[Sequence[str], list[tuple[str | int, ...]]]


def _shown(path: Path, text: str, second: str | None, frame: Frame | None) -> Shown:
    if not path.is_dir():
        subwords = _subwords(path, frame)
        return _encoded(subwords.encode(text, second), text, second)
    from wenmai.bundle import load_bundle

    if frame is not None:
        raise UsageError("--frame goes with a tokenizer.json", remedy="A bundle's recipe has settled its frame")
    pipeline = load_bundle(path).pipeline
    original = pipeline.original(text)
    if pipeline.tokenizer is not None or pipeline.vocabulary is not None:
        return _encoded(pipeline.encode(text, second), original, second)
    if second is not None:
        raise UsageError("this bundle reads one text", where=str(path), remedy="Leave out --second")
    pieces = pipeline.pieces(text)
    return (
        ("piece", "start", "end", "original"),
        [(one.text, one.start, one.end, original[one.start : one.end]) for one in pieces],
    )


def _encoded(encoded: Encoded, text: str, second: str | None) -> Shown:
    texts = (text, second or "")
    return (
        ("piece", "id", "mask", "segment", "start", "end", "original"),
        [
            (piece, number, mask, segment, *span, texts[segment][slice(*span)])
            for piece, number, mask, segment, span in zip(
                encoded.pieces,
                encoded.token_ids,
                encoded.attention_mask,
                encoded.segment_ids,
                encoded.offsets,
                strict=True,
            )
        ],
    )


def _subwords(path: Path, frame: Frame | None = None) -> SubwordTokenizer:
    """The tokenizer of a file or of a bundle, with the frame that was asked for or that it has the tokens for."""
    from wenmai.text.tokenizer import SubwordTokenizer

    if path.is_dir():
        from wenmai.bundle import load_bundle

        tokenizer = load_bundle(path).pipeline.tokenizer
        if tokenizer is None:
            raise UsageError(
                "this bundle has no subword tokenizer",
                where=str(path),
                remedy="See its pieces with: wenmai tokenizer show BUNDLE TEXT",
            )
        return tokenizer
    loaded = SubwordTokenizer.load(path)
    config = loaded.config
    framed = all(loaded.token_id(token) is not None for token in (config.classify, config.separator))
    wanted = frame or (Frame.BERT if framed else Frame.NONE)
    return SubwordTokenizer.load(path, config.but(frame="bert")) if wanted is Frame.BERT else loaded


def _texts(corpus: str, text: list[str] | None, encoding: str | None) -> Iterator[str]:
    from wenmai.cli.stream import STANDARD_INPUT, line_batches
    from wenmai.data.files import ending
    from wenmai.data.folders import ENDINGS

    table = corpus != STREAM and (Path(corpus).is_dir() or ending(Path(corpus)) in {*ENDINGS} - {".txt"})
    if table:
        from wenmai.cli.loading import Source

        for batch in Source(corpus, text=text, encoding=encoding, labelled=False).load().dataset.batches():
            yield from batch.text
        return
    if text:
        raise UsageError("--text names a column, and the corpus is lines of text", where=corpus, remedy="Leave it out")
    with _lines_of(corpus) as stream:
        for lines in line_batches(stream, encoding, STANDARD_INPUT if corpus == STREAM else corpus):
            yield from lines


@contextlib.contextmanager
def _lines_of(file: str) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed where it is named .gz, or of standard input."""
    from wenmai.data.files import open_bytes

    if file == STREAM:
        yield sys.stdin.buffer
        return
    with open_bytes(Path(file)) as stream:
        yield stream
