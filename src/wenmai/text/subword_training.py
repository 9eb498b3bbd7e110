"""How each kind of subword tokenizer is put together from the parts of `tokenizers`, and trained repeatably."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.pre_tokenizers import PreTokenizer

Kind = Literal["bpe", "byte_bpe", "wordpiece", "unigram"]

END_OF_WORD = "</w>"
INSIDE_WORD = "##"

_SEPARATORS = re.compile("[\x1c-\x1f]")
"""White space to Python, and not to the package."""
_WORDS_HELD = 1_000_000
"""What is written without spaces has as many words as clauses: no more of them than this are held."""


def train(
    kind: Kind,
    texts: Iterable[str],
    size: int,
    min_frequency: int,
    special_tokens: tuple[str, ...],
    longest_token: int | None = None,
) -> Tokenizer:
    """Train a tokenizer of at most ``size`` tokens, the special ones first; the second of these is the unknown token.

    BPE parts words at white space and marks their ends, as subword-nmt does; WordPiece parts punctuation and every
    Chinese character, as BERT does; Unigram writes spaces as ▁, as SentencePiece does; byte-level BPE is GPT-2's.
    The same texts give the same tokenizer.
    """
    from tokenizers import pre_tokenizers, trainers

    tokenizer = _untrained(kind, special_tokens)
    special = list(special_tokens)
    if kind == "bpe" or kind == "wordpiece":
        return _train_characters(kind, tokenizer, texts, size, min_frequency, special, longest_token)
    learning: trainers.Trainer
    if kind == "byte_bpe":
        learning = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=min_frequency,
            special_tokens=special,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            max_token_length=longest_token,
            show_progress=False,
        )
    else:
        learning = trainers.UnigramTrainer(
            vocab_size=size, special_tokens=special, unk_token=special[1], show_progress=False
        )
    tokenizer.train_from_iterator(texts, trainer=learning)
    return tokenizer if kind == "byte_bpe" else _ordered(tokenizer, len(special))


def _ordered(tokenizer: Tokenizer, special: int) -> Tokenizer:
    """A Unigram tokenizer that a second training gives again.

    The package adds probabilities up in the order of a hash table, so their last digits differ: they go, and pieces
    stand by probability, then text. And it gives characters that training dropped back, in that order too, the lowest
    probability first and 0.0001 more for each: these steps are given out anew in the order of Unicode.
    """
    from tokenizers import Tokenizer

    written = json.loads(tokenizer.to_str())
    vocabulary: list[tuple[str, float]] = [(piece, round(score, 6)) for piece, score in written["model"]["vocab"]]
    learnt = vocabulary[special:]
    lowest = min((score for _, score in learnt), default=0.0)
    given_back = [(piece, score) for piece, score in learnt if len(piece) == 1 and _is_step(score - lowest)]
    steps = sorted(score for _, score in given_back)
    again = dict(zip(sorted(piece for piece, _ in given_back), steps, strict=True))
    learnt = sorted(
        ((piece, again.get(piece, score)) for piece, score in learnt), key=lambda entry: (-entry[1], entry[0])
    )
    written["model"]["vocab"] = [*vocabulary[:special], *learnt]
    return Tokenizer.from_str(json.dumps(written))


def _is_step(difference: float) -> bool:
    steps = difference / 0.0001
    return abs(steps - round(steps)) < 0.05


def _untrained(kind: Kind, special_tokens: tuple[str, ...]) -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    unknown = special_tokens[1]
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
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
                [_broken(special_tokens), pre_tokenizers.BertPreTokenizer()]
            )
            tokenizer.decoder = decoders.WordPiece(cleanup=False)
        case "unigram":
            tokenizer = Tokenizer(models.Unigram())
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
                [_broken(special_tokens), pre_tokenizers.Metaspace(prepend_scheme="first")]
            )
            tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def _broken(special_tokens: tuple[str, ...]) -> PreTokenizer:
    """Parts the first character of what looks like a special token from the rest.

    WordPiece and Unigram look pieces up in a vocabulary that holds the special tokens too: these must not be found.
    """
    from tokenizers import Regex, pre_tokenizers

    pattern = "|".join(f"{re.escape(token[0])}(?={re.escape(token[1:])})" for token in special_tokens)
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def _train_characters(
    kind: Literal["bpe", "wordpiece"],
    tokenizer: Tokenizer,
    texts: Iterable[str],
    size: int,
    min_frequency: int,
    special: list[str],
    longest_token: int | None,
) -> Tokenizer:
    """Train on characters whose numbers are settled beforehand.

    The package numbers the two forms of a character as a hash table gives them, and settles equally frequent merges by
    number: two trainings would differ. So the texts are read once for their characters, into a temporary file, and the
    forms are given as special tokens, which keep their order; afterwards they are ordinary tokens again.
    """
    from tokenizers import Tokenizer, trainers

    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as spool:
        # A character may need both forms: the rarest become unknown, so that the size holds.
        room = max(1, (size - len(special)) // 2)
        alphabet, forms = _character_forms(kind, tokenizer, texts, spool, room)
        reserved, limit = [*special, *forms], len(alphabet)
        learning: trainers.Trainer
        if kind == "bpe":
            learning = trainers.BpeTrainer(
                vocab_size=size,
                min_frequency=min_frequency,
                special_tokens=reserved,
                initial_alphabet=alphabet,
                limit_alphabet=limit,
                end_of_word_suffix=END_OF_WORD,
                max_token_length=longest_token,
                show_progress=False,
            )
        else:
            learning = trainers.WordPieceTrainer(
                vocab_size=size,
                min_frequency=min_frequency,
                special_tokens=reserved,
                initial_alphabet=alphabet,
                limit_alphabet=limit,
                show_progress=False,
            )
        spool.seek(0)
        tokenizer.train_from_iterator((line.removesuffix("\n") for line in spool), trainer=learning)
    written = json.loads(tokenizer.to_str())
    written["added_tokens"] = [token for token in written["added_tokens"] if token["content"] in special]
    return Tokenizer.from_str(json.dumps(written))


def _character_forms(
    kind: Literal["bpe", "wordpiece"], tokenizer: Tokenizer, texts: Iterable[str], spool: TextIO, room: int
) -> tuple[list[str], list[str]]:
    """The most frequent characters, and their forms at the end of a word (BPE) or inside one (WordPiece).

    The texts go into ``spool``, one a line.
    """
    characters: Counter[str] = Counter()
    formed: set[str] = set()
    words: Counter[str] = Counter()

    def take_apart() -> None:
        """Most words come often: their characters are counted once, times the words' number."""
        for word, count in words.items():
            for character in word:
                characters[character] += count
            formed.update(word[-1] if kind == "bpe" else word[1:])
        words.clear()

    for text in texts:
        line = text.replace("\n", " ")
        spool.write(f"{line}\n")
        words.update(_parted(kind, tokenizer, line))
        if len(words) > _WORDS_HELD:
            take_apart()
    take_apart()
    alphabet = sorted(sorted(characters, key=lambda character: (-characters[character], character))[:room])
    forms = [f"{c}{END_OF_WORD}" if kind == "bpe" else f"{INSIDE_WORD}{c}" for c in alphabet if c in formed]
    return alphabet, forms


def _parted(kind: Literal["bpe", "wordpiece"], tokenizer: Tokenizer, line: str) -> list[str]:
    """The words of a line as the tokenizer parts them; BPE's, at white space, which is quicker than calling it."""
    if kind == "bpe" and not _SEPARATORS.search(line):
        return line.split()
    normal = tokenizer.normalizer.normalize_str(line) if tokenizer.normalizer else line
    return [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]
