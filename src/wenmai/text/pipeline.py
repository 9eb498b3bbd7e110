"""The pipeline: a text cleaned, segmented and numbered, with every piece's place in the original."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from wenmai.core.config import Config
from wenmai.core.errors import UsageError
from wenmai.text.alignment import Aligned, Piece
from wenmai.text.clean import NUMBER, URL, CleanConfig, Cleaner
from wenmai.text.segment import (
    BundleSegment,
    CharacterSegment,
    GivenSubwords,
    SegmentConfig,
    Segmenter,
    SubwordSegment,
    WordSegment,
    build_segmenter,
    words_of,
)
from wenmai.text.stopwords import StopWords, stop_words
from wenmai.text.tokenizer import Encoding, SubwordTokenizer, TokenizerConfig, Tokens, join
from wenmai.text.vocabulary import Vocabulary, VocabularyConfig

VOCABULARY_FILE = "vocabulary.txt"
TOKENIZER_FILE = "tokenizer.json"


class PipelineConfig(Config):
    """From a text to what a model reads.

    Attributes:
        clean: what is done to the text first.
        segment: how it is cut into pieces.
        stop_words: whose stop words are dropped.
        own_stop_words: more pieces to drop, as they stand after cleaning.
        vocabulary: which pieces get a number; None for a pipeline that only cuts.
        tokenizer: the subword tokenizer, for subwords only; it numbers its pieces itself.
        max_pieces: what `Pipeline.encode` cuts a text to, special tokens included; None cuts nothing.
    """

    clean: CleanConfig = CleanConfig()
    segment: SegmentConfig = WordSegment()
    stop_words: StopWords = "none"
    own_stop_words: tuple[str, ...] = ()
    vocabulary: VocabularyConfig | None = None
    tokenizer: TokenizerConfig | None = None
    max_pieces: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        subwords = isinstance(self.segment, SubwordSegment)
        if subwords != (self.tokenizer is not None):
            raise ValueError("a tokenizer goes with segment 'subwords' and with no other")
        if subwords and self.vocabulary is not None:
            raise ValueError("subwords are numbered by their tokenizer: leave 'vocabulary' out")
        if subwords and (self.own_stop_words or self.stop_words != "none"):
            raise ValueError("subwords are no words: leave the stop words out")
        return self


class Pipeline:
    """Cleans, cuts and numbers texts; learns its vocabulary or tokenizer by `fit`.

    Args:
        config: what it does.
        vocabulary: what was learnt, where the config has a vocabulary.
        tokenizer: what was learnt, where the config has a tokenizer.
        segmenter: for a `BundleSegment`, the model that cuts.

    Raises:
        UsageError: when what the config calls for is not given.
    """

    def __init__(
        self,
        config: PipelineConfig,
        *,
        vocabulary: Vocabulary | None = None,
        tokenizer: SubwordTokenizer | None = None,
        segmenter: Segmenter | None = None,
    ) -> None:
        self.config = config
        self.vocabulary = vocabulary
        self.tokenizer = tokenizer
        self._cleaner = Cleaner(config.clean)
        self._stop = stop_words(config.stop_words, config.own_stop_words)
        self._segmenter = _segmenter(config, tokenizer, segmenter)

    @classmethod
    def fit(cls, config: PipelineConfig, texts: Iterable[Sequence[str]], segmenter: Segmenter | None = None) -> Self:
        """Learn the vocabulary or the tokenizer from batches of texts, which are read once, and only if needed."""
        if config.tokenizer is not None:
            cleaner = Cleaner(config.clean)
            cleaned = (text for batch in texts for text in cleaner.clean_many(batch))
            return cls(config, tokenizer=SubwordTokenizer.train(cleaned, _complete(config.tokenizer, config.clean)))
        pipeline = cls(config, segmenter=segmenter)
        if config.vocabulary is not None:
            counts: Counter[str] = Counter()
            for batch in texts:
                for words in pipeline.words(batch):
                    counts.update(words)
            pipeline.vocabulary = Vocabulary.from_counts(counts, config.vocabulary)
        return pipeline

    def original(self, text: str) -> str:
        """The text to which offsets lead: the text itself, or a page's main text where cleaning takes that out."""
        return self._cleaner.original(text)

    def cleaned(self, texts: Sequence[str]) -> list[str]:
        """The texts after cleaning."""
        return self._cleaner.clean_many(texts)

    @property
    def by_character(self) -> bool:
        """Whether the pieces are all characters: then code points can stand for them."""
        return isinstance(self.config.segment, CharacterSegment) and not self._stop

    def aligned(self, text: str) -> Aligned:
        """One text after cleaning, with the way back to the original."""
        return self._cleaner.clean(text)

    def pieces(self, text: str) -> list[Piece]:
        """The pieces of a text, with their places in the original."""
        aligned = self._cleaner.clean(text)
        return [
            Piece(piece, *aligned.span(start, end))
            for start, end in self._segmenter.spans(aligned.text)
            if (piece := aligned.text[start:end]) not in self._stop
        ]

    def words(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text without their places: the quick way."""
        stop, found = self._stop, words_of(self._segmenter, self._cleaner.clean_many(texts))
        return [[word for word in words if word not in stop] for words in found] if stop else found

    def encode(self, text: str, second: str | None = None) -> Encoding:
        """What a model receives of a text or a pair; offsets are characters of the originals.

        What ``max_pieces`` cuts off, from the end of the longer text, is counted in ``truncated``.

        Raises:
            UsageError: when the pipeline numbers nothing.
        """
        first_tokens = self._tokens(text)
        second_tokens = None if second is None else self._tokens(second)
        if self.tokenizer is not None:
            return self.tokenizer.framed(first_tokens, second_tokens, self.config.max_pieces)
        return join(first_tokens, second_tokens, self.config.max_pieces)

    def save(self, folder: Path) -> None:
        """Write what was learnt into a folder; the config is the recipe's to keep."""
        if self.vocabulary is not None:
            self.vocabulary.save(folder / VOCABULARY_FILE)
        if self.tokenizer is not None:
            self.tokenizer.save(folder / TOKENIZER_FILE)

    @classmethod
    def load(cls, folder: Path, config: PipelineConfig, segmenter: Segmenter | None = None) -> Self:
        """Read what `save` wrote.

        Raises:
            BundleError: when a file that the config calls for is missing or damaged.
        """
        vocabulary = None if config.vocabulary is None else Vocabulary.load(folder / VOCABULARY_FILE)
        tokenizer = None
        if config.tokenizer is not None:
            complete = _complete(config.tokenizer, config.clean)
            tokenizer = SubwordTokenizer.load(folder / TOKENIZER_FILE, complete)
        return cls(config, vocabulary=vocabulary, tokenizer=tokenizer, segmenter=segmenter)

    def _tokens(self, text: str) -> Tokens:
        if self.tokenizer is not None:
            aligned = self._cleaner.clean(text)
            tokens = self.tokenizer.tokens(aligned.text)
            return Tokens(tokens.pieces, tokens.token_ids, _original(aligned, tokens.offsets))
        if self.vocabulary is None:
            raise UsageError(
                "this pipeline gives its pieces no numbers", remedy="Set 'vocabulary', or segment by subwords"
            )
        pieces = self.pieces(text)
        if self.vocabulary.unknown_id is None:
            pieces = [piece for piece in pieces if piece.text in self.vocabulary]
        words = [piece.text for piece in pieces]
        return Tokens(words, self.vocabulary.ids(words), [(piece.start, piece.end) for piece in pieces])


def _complete(config: TokenizerConfig, clean: CleanConfig) -> TokenizerConfig:
    """The tokenizer's config with the tokens for numbers and URLs added where cleaning writes them."""
    written = [token for token, used in ((NUMBER, clean.numbers), (URL, clean.urls)) if used]
    return config.but(own_tokens=tuple(dict.fromkeys([*config.own_tokens, *written])))


def _segmenter(config: PipelineConfig, tokenizer: SubwordTokenizer | None, segmenter: Segmenter | None) -> Segmenter:
    match config.segment:
        case SubwordSegment():
            if tokenizer is None:
                raise UsageError("the pipeline's tokenizer is not trained", remedy="Make the pipeline by Pipeline.fit")
            return tokenizer
        case GivenSubwords(start=name):
            raise UsageError(
                f"the texts are cut by the tokenizer of the input {name!r}, which is not given",
                remedy=f"Give a Hugging Face folder or a bundle: --input {name}=FOLDER",
            )
        case BundleSegment(input=name):
            if segmenter is None:
                raise UsageError(f"the recipe's input {name!r} is missing", remedy="Give a trained segmenter for it")
            return segmenter
        case built:
            return build_segmenter(built)


def _original(aligned: Aligned, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [aligned.span(start, end) for start, end in offsets]
