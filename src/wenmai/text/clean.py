"""Cleaning: what a text looks like once everything that is not language is out, and where each character came from."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Self

from pydantic import model_validator

from wenmai.core.config import Config
from wenmai.text.alignment import Aligned, Edit, changed_middle
from wenmai.text.language import HAN
from wenmai.text.markup import is_page, main_text, markup_edits
from wenmai.text.mojibake import mojibake_edits, suspicious
from wenmai.text.normalize import Form, invisible_edits, lower_aligned, normalize_aligned, remove_invisible

NUMBER = "<num>"
URL = "<url>"

# Not inside a word of letters, as mp3, 4G, h2o; Chinese characters may touch it.
_APART = f"(?<![^\\W_{HAN}])(?<![\u0300-\u036f])"
_NUMBERS = re.compile(rf"{_APART}\d+(?:[.,]\d+)*+(?![^\W_{HAN}])")
_URLS = re.compile(
    rf"(?:https?://|{_APART}www\.)[^\s<>\"'，。！？；：、（）《》“”‘’\u4e00-\u9fff]+(?<![.,;:!?)\]])", re.IGNORECASE
)
_HAN = re.compile(f"[{HAN}]+")
_SPACES = re.compile(r"\s+")
_SPACES_IN_LINE = re.compile(r"[^\S\n]+")
_UNEVEN_SPACES = re.compile(r"[^\S\n ]|  ")


class Rule(Config):
    r"""A regular expression and what to put in the place of each match (``\1`` stands for its first group).

    The pattern runs on every text: one that backtracks without end, such as ``(a+)+b``, makes cleaning hang.
    """

    pattern: str
    replacement: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            pattern = re.compile(self.pattern)
        except re.error as error:
            at = "" if error.pos is None else f" at character {error.pos + 1}"
            raise ValueError(f"the regular expression {self.pattern!r} does not compile: {error.msg}{at}") from None
        try:
            pattern.sub(self.replacement, "")
        except (re.error, IndexError) as error:
            raise ValueError(f"the replacement {self.replacement!r} does not fit {self.pattern!r}: {error}") from None
        return self


class CleanConfig(Config):
    """What cleaning does, in this order.

    Attributes:
        mojibake: put UTF-8 right that was read in another encoding.
        html: take tags out; ``main`` keeps only the main text of web pages, which is then the original.
        normalize: Unicode normal form; NFKC also makes full-width letters and punctuation ASCII.
        simplify: traditional Chinese to simplified.
        rules: a person's own replacements, one after the other.
        urls: every URL becomes ``<url>``.
        numbers: every number becomes ``<num>``.
        lowercase: upper case to lower.
        punctuation: ``strip`` makes punctuation space, but for what stands inside words and numbers.
        spaces: ``fold`` takes invisible characters out and, in the end, makes every run of white space one space, those
            at the ends none; ``keep`` leaves both as they are.
    """

    mojibake: bool = True
    html: Literal["keep", "strip", "main"] = "strip"
    normalize: Literal["none", "nfc", "nfkc"] = "nfkc"
    simplify: bool = False
    rules: tuple[Rule, ...] = ()
    urls: bool = False
    numbers: bool = False
    lowercase: bool = True
    punctuation: Literal["keep", "strip"] = "keep"
    spaces: Literal["fold", "keep"] = "fold"

    @classmethod
    def none(cls) -> Self:
        """No cleaning at all: for a tokenizer that does its own."""
        return cls(mojibake=False, html="keep", normalize="none", lowercase=False, spaces="keep")

    @classmethod
    def minimal(cls) -> Self:
        """Cleaning that only folds white space and drops invisible characters."""
        return cls(mojibake=False, html="keep", normalize="none", lowercase=False)


class _Step(NamedTuple):
    """One change, written twice: of a text with its alignment, and of bare text.

    ``plain`` gives the text that ``aligned`` gives. Where its argument is several texts, one a line, it changes each
    as if it stood alone; a person's own rules need not, and are not given such an argument.
    """

    aligned: Callable[[Aligned], Aligned]
    plain: Callable[[str], str]


class Cleaner:
    """Cleans texts as a config says."""

    def __init__(self, config: CleanConfig) -> None:
        self.config = config
        self._steps = _steps(config)
        marks = ["[<&]"] if config.html != "keep" else []
        marks += [suspicious()] if config.mojibake else []
        # What is not repaired needs only the steps, which do a whole batch at a time.
        self._damaged = re.compile("|".join(marks) or "(?!)")

    def original(self, text: str) -> str:
        """The text to which alignments lead: the text itself, or the main text of a page where that is asked for."""
        return main_text(text) if self.config.html == "main" and is_page(text) else text

    def clean(self, text: str) -> Aligned:
        """One text cleaned, aligned to ``original(text)``."""
        aligned = self._repaired(text) if self._damaged.search(text) else Aligned(text)
        for step in self._steps:
            aligned = step.aligned(aligned)
        return aligned if self.config.spaces == "keep" else aligned.replaced(_fold_edits(aligned.text))

    def clean_many(self, texts: Sequence[str]) -> list[str]:
        """The texts cleaned, without alignment and much faster: ``clean(text).text`` for each."""
        if not texts:
            return []
        if self.config.rules or self.config.spaces == "keep":
            return [self._clean_plain(text) for text in texts]
        joined = "\n".join(texts)
        if joined.count("\n") >= len(texts) or self._damaged.search(joined):
            # A line break means the same as a space to every step but a person's rules.
            joined = "\n".join(
                [
                    (self._repaired(text).text if self._damaged.search(text) else text).replace("\n", " ")
                    for text in texts
                ]
            )
        for step in self._steps:
            joined = step.plain(joined)
        return _fold_lines(joined).split("\n")

    def _clean_plain(self, text: str) -> str:
        if self._damaged.search(text):
            text = self._repaired(text).text
        for step in self._steps:
            text = step.plain(text)
        return text if self.config.spaces == "keep" else _SPACES.sub(" ", text).strip()

    def _repaired(self, text: str) -> Aligned:
        """The text with its encoding put right and its tags gone, aligned to ``original(text)``."""
        original = self.original(text)
        aligned = Aligned(original)
        if self.config.mojibake and self._damaged.search(original):
            aligned = aligned.replaced(mojibake_edits(original))
        if self.config.html == "keep" or original is not text:
            return aligned
        return aligned.replaced(markup_edits(aligned.text))


def _steps(config: CleanConfig) -> list[_Step]:
    """The steps after repair, in order; the folding of white space, which ends them all, is not one of them."""
    steps = []
    if config.spaces == "fold":
        steps.append(_Step(lambda aligned: aligned.replaced(invisible_edits(aligned.text)), remove_invisible))
    normalize = [] if config.normalize == "none" else [_normalize("NFC" if config.normalize == "nfc" else "NFKC")]
    steps += normalize
    if config.simplify:
        steps.append(_simplify())
    steps += [_substitute(re.compile(rule.pattern), rule.replacement) for rule in config.rules]
    if config.urls:
        steps.append(_substitute(_URLS, URL))
    if config.numbers:
        steps.append(_substitute(_NUMBERS, NUMBER))
    if config.lowercase:
        # Normalised once more: some accented letters are one character in lower case only.
        steps += [_Step(lower_aligned, str.lower), *normalize]
    if config.punctuation == "strip":
        steps.append(_substitute(_punctuation(), " "))
    return steps


def _normalize(form: Form) -> _Step:
    return _Step(functools.partial(normalize_aligned, form=form), functools.partial(unicodedata.normalize, form))


def _substitute(pattern: re.Pattern[str], replacement: str) -> _Step:
    def edits(text: str) -> list[Edit]:
        return [(*match.span(), match.expand(replacement)) for match in pattern.finditer(text)]

    return _Step(lambda aligned: aligned.replaced(edits(aligned.text)), functools.partial(pattern.sub, replacement))


def _simplify() -> _Step:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert

    def simplify(aligned: Aligned) -> Aligned:
        text = convert(aligned.text)
        if len(text) == len(aligned.text):
            return aligned.respelled(text)
        edits: list[Edit] = []
        for run in _HAN.finditer(aligned.text):
            edits += [
                (run.start() + start, run.start() + end, new)
                for start, end, new in changed_middle(run[0], convert(run[0]))
            ]
        result = aligned.replaced(edits)
        return result if result.text == text else aligned.replaced(changed_middle(aligned.text, text))

    return _Step(simplify, convert)


@functools.cache
def _punctuation() -> re.Pattern[str]:
    """Punctuation and signs, one at a time; neither the tokens for numbers and URLs, nor don't, co-op, 3.5 or 1,000."""
    marks = "".join(
        re.escape(character)
        for character in map(chr, range(0x10000))
        if unicodedata.category(character)[0] == "P" or unicodedata.category(character) in ("Sm", "Sc", "Sk")
    )
    letter = r"[a-zA-Z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]"  # the signs × and ÷ stand between the letters
    inside = rf"(?<={letter})['’-](?={letter})|(?<=[0-9])[.,](?=[0-9])"
    return re.compile(rf"(?!<(?:num|url)>)(?<!<num)(?<!<url)(?!{inside})[{marks}]")


def _fold_edits(text: str) -> list[Edit]:
    """What makes every run of white space one space, and those at the ends none."""
    edits: list[Edit] = []
    for match in _SPACES.finditer(text):
        start, end = match.span()
        space = "" if start == 0 or end == len(text) else " "
        if match[0] != space:
            edits.append((start, end, space))
    return edits


def _fold_lines(lines: str) -> str:
    """The same as `_fold_edits` for every line."""
    if _UNEVEN_SPACES.search(lines):
        lines = _SPACES_IN_LINE.sub(" ", lines)
    if " \n" in lines or "\n " in lines:
        lines = lines.replace(" \n", "\n").replace("\n ", "\n")
    return lines.strip(" ")
