"""The parts of `tokenizers` that make up each kind of subword tokenizer: before, within and after its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.trainers import Trainer

Kind = Literal["bpe", "byte_bpe", "wordpiece", "unigram"]

END_OF_WORD = "</w>"


def build(kind: Kind, unknown: str) -> Tokenizer:
    """An untrained tokenizer.

    BPE parts words at white space and marks their ends, as subword-nmt does; WordPiece parts punctuation and every
    Chinese character, as BERT does; Unigram writes spaces as ▁, as SentencePiece does; byte-level BPE is GPT-2's.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    match kind:
        case "bpe":
            tokenizer = Tokenizer(models.BPE(unk_token=unknown, end_of_word_suffix=END_OF_WORD))
            tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
            tokenizer.decoder = decoders.BPEDecoder(suffix=END_OF_WORD)
        case "byte_bpe":
            tokenizer = Tokenizer(models.BPE())
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
            tokenizer.decoder = decoders.ByteLevel()
        case "wordpiece":
            tokenizer = Tokenizer(models.WordPiece(unk_token=unknown))
            tokenizer.normalizer = normalizers.BertNormalizer(
                clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False
            )
            tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
            tokenizer.decoder = decoders.WordPiece(cleanup=False)
        case "unigram":
            tokenizer = Tokenizer(models.Unigram())
            tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
            tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def trainer(kind: Kind, size: int, min_frequency: int, special_tokens: tuple[str, ...], unknown: str) -> Trainer:
    """The trainer of a kind, for a vocabulary of ``size`` tokens with the special ones."""
    from tokenizers import pre_tokenizers, trainers

    special = list(special_tokens)
    # A character may need two tokens, inside a word and at its end. Rarer ones become unknown, so that the size holds.
    alphabet = max(1, (size - len(special)) // 2)
    match kind:
        case "bpe":
            return trainers.BpeTrainer(
                vocab_size=size,
                min_frequency=min_frequency,
                special_tokens=special,
                limit_alphabet=alphabet,
                end_of_word_suffix=END_OF_WORD,
                show_progress=False,
            )
        case "byte_bpe":
            return trainers.BpeTrainer(
                vocab_size=size,
                min_frequency=min_frequency,
                special_tokens=special,
                initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                show_progress=False,
            )
        case "wordpiece":
            return trainers.WordPieceTrainer(
                vocab_size=size,
                min_frequency=min_frequency,
                special_tokens=special,
                limit_alphabet=alphabet,
                show_progress=False,
            )
        case "unigram":
            return trainers.UnigramTrainer(
                vocab_size=size, special_tokens=special, unk_token=unknown, show_progress=False
            )
