from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import BundleError, ConfigError, FitError, UsageError
from wenmai.text import subword_training
from wenmai.text.tokenizer import SubwordTokenizer, TokenizerConfig, kept, unapply

CORPUS = [
    "我爱北京天安门，天安门上太阳升。",
    "the lower newest widest low, slower and slowest 😀 ok",
    "北京欢迎你 low lower 手机屏幕很好，电池不行",
    "don't stop the newest phone's screen; 3.5 inches 👍🏽 <num>",
] * 10
KINDS = ["bpe", "byte_bpe", "wordpiece", "unigram"]


def trained(kind: str, **settings: object) -> SubwordTokenizer:
    values = {"kind": kind, "vocabulary_size": 320, "own_tokens": ("<num>",), "frame": "bert", **settings}
    return SubwordTokenizer.train(CORPUS, TokenizerConfig.parse(values))


TOKENIZERS = {kind: trained(kind) for kind in KINDS}
PARTS = [
    "北京", "天安门", "龘", "lower", "unseen", "😀", "👩\u200d👧", "，", "...", " ", "  ", "\u3000", "\t",
    "<num>", "[SEP]", "e\u0301", "한국", "@", "▁", "</w>",
]  # fmt: skip
ANY = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=4)
LINES = st.lists(st.sampled_from(PARTS) | ANY, max_size=10).map("".join).filter(lambda line: "@@ " not in line)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(line=LINES)
def test_an_applied_line_joins_back_exactly(kind: str, line: str) -> None:
    applied = TOKENIZERS[kind].apply(line)
    assert unapply(applied) == line


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(line=LINES)
def test_offsets_are_characters_of_the_text(kind: str, line: str) -> None:
    tokenizer = TOKENIZERS[kind]
    encoding = tokenizer.encode(line)
    offsets = encoding.offsets[1:-1]
    assert all(0 <= start <= end <= len(line) for start, end in offsets)
    assert all(one <= other for one, other in pairwise(offsets))
    spans = tokenizer.spans(line)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert tokenizer.words(line) == [line[start:end] for start, end in spans]
    covered = "".join("".join(line[start:end].split()) for start, end in spans)
    assert covered == "".join(line.split()) or "▁" in line


def test_bytes_of_one_character_share_its_place() -> None:
    text = "龘🦖ok"
    tokenizer = trained("byte_bpe", frame="none")
    encoding = tokenizer.encode(text)
    places = [text[start:end] for start, end in encoding.offsets]
    assert list(dict.fromkeys(places)) == ["龘", "🦖", "ok"]
    assert places.count("龘") == 3
    assert places.count("🦖") >= 2
    assert tokenizer.words(text) == ["龘", "🦖", "ok"]
    assert tokenizer.decode(encoding.token_ids) == text


def test_wordpiece_keeps_every_chinese_character_apart() -> None:
    assert TOKENIZERS["wordpiece"].words("我爱北京lower") == ["我", "爱", "北", "京", "lower"]


def test_words_like_those_of_subword_nmt() -> None:
    assert TOKENIZERS["bpe"].apply(" lower  zzz 天 ") == " lower  z@@ z@@ z 天 "


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_in_its_frame(kind: str) -> None:
    encoding = TOKENIZERS[kind].encode("lower", "北京")
    assert encoding.pieces[0] == "[CLS]"
    assert encoding.pieces.count("[SEP]") == 2
    assert encoding.pieces[-1] == "[SEP]"
    assert encoding.segment_ids == sorted(encoding.segment_ids)
    assert encoding.segment_ids[encoding.pieces.index("[SEP]") + 1] == 1
    assert encoding.offsets[0] == encoding.offsets[-1] == (0, 0)
    assert (
        len(
            {
                len(encoding.pieces),
                len(encoding.token_ids),
                len(encoding.attention_mask),
                len(encoding.segment_ids),
                len(encoding.offsets),
            }
        )
        == 1
    )
    assert encoding.token_ids[0] == TOKENIZERS[kind].token_id("[CLS]") == 2
    assert encoding.truncated == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_is_counted(kind: str) -> None:
    tokenizer = TOKENIZERS[kind]
    whole = tokenizer.encode("lower newest widest", "北京 天安门")
    cut = tokenizer.encode("lower newest widest", "北京 天安门", max_length=6)
    assert len(cut.token_ids) == 6
    assert cut.truncated == len(whole.token_ids) - 6
    with pytest.raises(UsageError, match="a length of 2 leaves no room: the special tokens alone are 3"):
        tokenizer.encode("a", "b", max_length=2)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 24))
def test_the_longer_text_is_cut_first(first: int, second: int, room: int) -> None:
    one, other = kept(first, second, room) if first + second > room else (first, second)
    assert one + other == min(first + second, room)
    assert one <= first
    assert other <= second
    if one < first and other < second:
        assert abs(one - other) <= 1
    elif one < first:  # the second is whole: only what is longer than it was cut
        assert one >= other - 1
    elif other < second:
        assert other >= one - 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_looks_like_a_special_token_is_text(kind: str) -> None:
    tokenizer = TOKENIZERS[kind]
    assert tokenizer.token_id("[SEP]") not in tokenizer.tokens("a [SEP] b [CLS]").token_ids
    assert "<num>" in tokenizer.tokens("价格<num>元").pieces


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded_encodes_the_same(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    tokenizer = TOKENIZERS[kind]
    tokenizer.save(path)
    loaded = SubwordTokenizer.load(path, tokenizer.config)
    assert [loaded.encode(text, "[SEP] 好") for text in CORPUS[:4]] == [
        tokenizer.encode(text, "[SEP] 好") for text in CORPUS[:4]
    ]
    bare = SubwordTokenizer.load(path)
    assert bare.apply("lower 北京") == tokenizer.apply("lower 北京")
    assert len(loaded) == len(tokenizer) <= 320


@pytest.mark.parametrize("kind", KINDS)
def test_training_twice_gives_the_same_file(kind: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        trained(kind).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("kind", ["bpe", "wordpiece"])
def test_many_different_characters_do_not_burst_the_size(kind: str) -> None:
    texts = ["".join(chr(0x4E00 + number) for number in range(start, start + 40)) for start in range(0, 4000, 40)]
    config = TokenizerConfig.parse({"kind": kind, "vocabulary_size": 300})
    assert len(SubwordTokenizer.train(texts, config)) <= 300


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_learn_from(kind: str) -> None:
    with pytest.raises(FitError, match="the tokenizer found no characters to learn from"):
        SubwordTokenizer.train(["", " "], TokenizerConfig.parse({"kind": kind}))


def test_damaged_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with pytest.raises(BundleError, match="the tokenizer is missing"):
        SubwordTokenizer.load(path)
    path.write_text('{"version": "1.0"')
    with pytest.raises(BundleError, match="not a readable tokenizer"):
        SubwordTokenizer.load(path)
    TOKENIZERS["bpe"].save(path)
    with pytest.raises(BundleError, match=r"the tokenizer has no token '<other>'"):
        SubwordTokenizer.load(path, TokenizerConfig(own_tokens=("<other>",)))


def test_settings_that_do_not_fit() -> None:
    with pytest.raises(ConfigError, match="a vocabulary of 100 is too small: 261 tokens are always there"):
        TokenizerConfig.parse({"kind": "byte_bpe", "vocabulary_size": 100})
    with pytest.raises(ConfigError, match="special and own tokens must differ"):
        TokenizerConfig.parse({"own_tokens": ["[PAD]"]})
    with pytest.raises(ConfigError, match="have two characters or more"):
        TokenizerConfig.parse({"unknown": "?"})


def test_half_a_surrogate_pair_is_no_error() -> None:
    for tokenizer in TOKENIZERS.values():
        assert tokenizer.encode("a\ud800b").token_ids


@given(st.text(st.sampled_from("ab你\t\r\x0b\x0c\x1c\x1f \x85\xa0\u2003\u2028\u3000\u200b\ufeff")))
def test_words_are_parted_as_the_package_parts_them(text: str) -> None:
    tokenizer = subword_training._untrained("bpe", TokenizerConfig().special_tokens)
    expected = [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
    assert subword_training._parted("bpe", tokenizer, text) == expected


def test_characters_are_counted_alike_however_many_words_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a b a", "bb 你好 a", "", "好 c"]

    def forms() -> tuple[list[str], list[str]]:
        tokenizer = subword_training._untrained("bpe", TokenizerConfig().special_tokens)
        return subword_training._character_forms("bpe", tokenizer, lines, io.StringIO(), 3)

    whole = forms()
    monkeypatch.setattr(subword_training, "_WORDS_HELD", 1)
    assert forms() == whole == (["a", "b", "好"], ["a</w>", "b</w>", "好</w>"])


@pytest.mark.parametrize("kind", ["bpe", "byte_bpe"])
def test_no_token_is_longer_than_it_may_be(kind):
    texts = ["独一无二的一整句话不该变成一个词", "a verylongwordofsomebodysown"] * 5
    free = SubwordTokenizer.train(texts, TokenizerConfig.parse({"kind": kind, "vocabulary_size": 400}))
    held = SubwordTokenizer.train(
        texts, TokenizerConfig.parse({"kind": kind, "vocabulary_size": 400, "longest_token": 5})
    )
    longest = [max(len(piece.removesuffix("</w>")) for piece in one.encode(texts[1]).pieces) for one in (free, held)]
    assert longest[0] > 5 >= longest[1]


def test_a_longest_token_of_a_kind_without_one_is_refused():
    with pytest.raises(ConfigError, match="longest_token is for bpe and byte_bpe, not for unigram"):
        TokenizerConfig.parse({"kind": "unigram", "longest_token": 5})
