"""Sentences in columns: widths, marks, comments, CoNLL-U; what is detected is said, what is wrong names its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UsageError
from wenmai.data.loading import load, load_splits

CHUNKS = "Rockwell NNP B-NP\nsaid VBD B-VP\n\nit PRP B-NP\nwill MD B-VP\nsell VB I-VP\n\n"
NAMES = "吴\tB-NAME\n重\tM-NAME\n阳\tE-NAME\n，\tO\n\n李\tS-NAME\n。\tO\n"
UNIVERSAL = """# newdoc id = a
# sent_id = 1
# text = I don't know.
1\tI\tI\tPRON\tPRP\t_\t4\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\tVBP\t_\t4\taux\t_\tSpaceAfter=No
3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_
4\tknow\tknow\tVERB\tVB\t_\t0\troot\t_\tSpaceAfter=No
4.1\tknow\tknow\tVERB\tVB\t_\t0\troot\t_\t_
5\t.\t.\tPUNCT\t.\t_\t4\tpunct\t_\t_

# newdoc id = b
1\tYes\tyes\tINTJ\tUH\t_\t0\troot\t_\tSpaceAfter=No
2\t!\t!\tPUNCT\t.\t_\t1\tpunct\t_\t_
"""


def written(folder, content, name="data.conll"):
    path = folder / name
    path.write_bytes(content.encode())
    return path


def test_columns_are_told_apart_and_said(tmp_path):
    loaded = load(written(tmp_path, CHUNKS))
    data = loaded.dataset
    assert data.schema.columns.model_dump() == {
        "kind": "tag",
        "tokens": "tokens",
        "tags": "tags",
        "sentence": None,
        "scheme": "iob2",
        "factors": (),
        "intent": None,
    }
    assert data.inputs().tokens == [["Rockwell", "said"], ["it", "will", "sell"]]
    assert data.inputs().text == ["Rockwell said", "it will sell"]
    assert data.answers() == [["B-NP", "B-VP"], ["B-NP", "B-VP", "I-VP"]]
    assert data.where(1).endswith("data.conll:4")
    assert loaded.notes == (
        "Encoding UTF-8",
        "3 columns parted by spaces: column 1 holds the tokens (Rockwell, said, it, will, …), column 3 the tags "
        "(B-NP, B-VP, I-VP)",
        "Not used: column 2 (NNP, VBD, PRP, …); --factors 2 gives it to models that read more of a token than itself",
        "Tags: IOB2, spans with types (detected)",
        "2 sentences, 5 tokens, 4 spans (NP 2, VP 2)",
        "Language en",
    )


def test_other_columns_by_number(tmp_path):
    data = load(written(tmp_path, CHUNKS), tags="2").dataset
    assert data.answers()[0] == ["NNP", "VBD"]
    assert data.schema.columns.scheme == "plain"


def test_further_columns_stand_beside_the_tokens(tmp_path):
    loaded = load(written(tmp_path, CHUNKS), factors="2")
    data = loaded.dataset
    assert data.inputs().factors == {"2": [["NNP", "VBD"], ["PRP", "MD", "VB"]]}
    assert data.select([1]).inputs()[0:1].factors == {"2": [["PRP", "MD", "VB"]]}
    assert data.schema.columns.factors == ("2",)
    assert "Column 2 is read beside the tokens (NNP, VBD, PRP, MD, …)" in loaded.notes
    assert not any(note.startswith("Not used") for note in loaded.notes)
    assert data.fingerprint != load(tmp_path / "data.conll").dataset.fingerprint
    new = written(tmp_path, "it PRP\nsold VBD\n", "new.conll")  # to be predicted: without tags
    assert load(new, layout="columns", factors=["2"], labelled=False).dataset.inputs().factors == {
        "2": [["PRP", "VBD"]]
    }


def test_further_columns_of_conll_u_have_names(tmp_path):
    loaded = load(written(tmp_path, UNIVERSAL), tags="xpos", factors="4, lemma")
    assert loaded.dataset.schema.columns.factors == ("upos", "lemma")
    assert loaded.dataset.inputs().factors["lemma"] == [["I", "do", "not", "know", "."], ["yes", "!"]]
    notes = load(tmp_path / "data.conll").notes
    assert any(note.startswith("Not used: columns lemma (I, do, not, …), xpos (PRP, VBP, RB, …)") for note in notes)


def test_parts_share_the_further_columns_of_the_first(tmp_path):
    for name in ("train.conll", "test.conll"):
        written(tmp_path, CHUNKS, name)
    parts = load(tmp_path, factors=["2"]).splits
    assert parts["test"].inputs().factors == parts["train"].inputs().factors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factors": "4"}, "no column '4'. Columns are named by number, from 1 to 3"),
        ({"factors": "pos"}, "no column 'pos'"),
        ({"factors": "2,3"}, "column 3 is named for the tags and as a further column. Name each column once"),
        ({"factors": "1"}, "column 1 is named for the tokens and as a further column"),
        ({"factors": "2,2"}, "column 2 is named twice as a further column"),
        ({"factors": "2", "layout": "words"}, "the layout words has no further columns beside the tokens"),
    ],
)
def test_further_columns_that_cannot_be_read_are_told(tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        load(written(tmp_path, CHUNKS), **options)


def test_characters_in_bmes_without_spaces_between(tmp_path):
    data = load(written(tmp_path, NAMES, "train.char.bmes")).dataset
    assert data.inputs().text == ["吴重阳，", "李。"]
    assert (data.schema.columns.scheme, data.schema.language) == ("bmes", "zh")


def test_a_scheme_is_converted_and_iob1_becomes_iob2(tmp_path):
    data = load(written(tmp_path, NAMES), convert_scheme="iob2").dataset
    assert data.answers() == [["B-NAME", "I-NAME", "I-NAME", "O"], ["B-NAME", "O"]]
    loaded = load(written(tmp_path, "a I-A\nb B-A\nc O\n\nd I-B\n"))
    assert loaded.dataset.answers() == [["B-A", "B-A", "O"], ["B-B"]]
    assert loaded.dataset.schema.columns.scheme == "iob2"
    assert "Tags: IOB1, spans with types (detected)" in loaded.notes
    assert "Converted from IOB1 into IOB2, which says the same" in loaded.notes


def test_conll_u_has_names_original_text_and_documents(tmp_path):
    loaded = load(written(tmp_path, UNIVERSAL, "a.conllu"))
    data = loaded.dataset
    assert data.inputs().text == ["I don't know.", "Yes!"]
    assert data.inputs().tokens == [["I", "do", "n't", "know", "."], ["Yes", "!"]]
    assert data.answers()[0] == ["PRON", "AUX", "PART", "VERB", "PUNCT"]
    assert data.values("document") == ["1", "2"]
    assert "2 documents; --group document keeps the sentences of one together" in loaded.notes
    assert load(written(tmp_path, UNIVERSAL), tags="xpos").dataset.answers()[1] == ["UH", "."]
    grouped = load(written(tmp_path, UNIVERSAL), group="document").dataset
    assert grouped.groups() == ["1", "2"]


def test_document_marks_comments_and_tokens_that_look_like_comments(tmp_path):
    content = "-DOCSTART- -X- O\n\n# said by nobody at all\nA DT B-X\n# # I-X\n\n-DOCSTART- -X- O\n\nB NN O\n"
    data = load(written(tmp_path, content)).dataset
    assert data.inputs().tokens == [["A", "#"], ["B"]]
    assert data.values("document") == ["1", "2"]


def test_only_spaces_and_tabs_part_columns(tmp_path):
    data = load(written(tmp_path, "\u3000 O\n京\u00a0 B-A\n\n\ufeff\n城 O\n")).dataset
    assert data.inputs().tokens == [["\u3000", "京\u00a0"], ["城"]]


def test_a_language_prefix_of_every_token_is_taken_off(tmp_path):
    loaded = load(written(tmp_path, "en:Sioux\tB-ORG\nen:Falls\tI-ORG\n\nen:(\tO\n"))
    assert loaded.dataset.inputs().tokens == [["Sioux", "Falls"], ["("]]
    assert "Every token begins with 'en:', which was taken off" in loaded.notes


def test_plain_text_files_are_recognised_by_their_lines(tmp_path):
    assert load(written(tmp_path, CHUNKS * 3, "train.txt")).dataset.schema.kind == "tag"
    reviews = "good book\tpos\nbad book\tneg\n\nfine\tpos\npoor\tneg\n"
    assert load(written(tmp_path, reviews, "reviews.txt")).dataset.schema.kind == "classify"


def test_a_folder_of_parts(tmp_path):
    for name in ("train.char.bmes", "x.test.annotated", "dev", "LICENSE.txt"):
        written(tmp_path, NAMES, name)
    loaded = load(tmp_path)
    assert list(loaded.splits) == ["train", "dev", "test"]
    parts = load_splits(tmp_path / "train.char.bmes", test=tmp_path / "dev")
    assert list(parts.splits) == ["train", "test"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a B-X\nb\n\nc O\n", {}, r"data.conll:2: 1 column where 2 are expected. Add the missing columns"),
        ("a B-X\nb c O\n\nc O\nd O\n", {}, r"data.conll:2: 3 columns where 2 are expected. Check for a stray"),
        ("a\tO\n\tO\n\nb\tO\n", {}, r"data.conll:2: the token is empty"),
        ("a O\nb\t\n\n", {"layout": "columns"}, r"data.conll:2: the tag is empty|column"),
        ("a I-X\nb M-X\n\nc O\n", {}, r"data.conll:2: the tags 'I-X' and 'M-X' are of two schemes. Write all tags"),
        ("a B-X\nb O\nc PER\n", {}, r"data.conll:3: the tag 'PER' is no letter and a type, as 'B-X' is"),
        ("a B-X\nb E-X\n", {"scheme": "iob2"}, r"data.conll:2: 'E-X' is no tag of the scheme IOB2"),
        (
            "a O\nb I-X\nc B-Y\n",
            {"strict": True},
            r"data.conll:2: the tag 'I-X' follows 'O', which IOB2 does not",
        ),
        ("a NN\n", {"convert_scheme": "iob2"}, r"plain tags cannot be converted into IOB2"),
        ("a _\nb _\n", {}, r"the column of the tags is empty. Name another one with --tags"),
        ("\n\n", {}, r"there is no sentence"),
        ("a\nb\n", {}, r"each line holds one column: a token, and no tag"),
    ],
)
def test_what_is_wrong_names_its_line(tmp_path, content, options, message):
    with pytest.raises((DataError, UsageError), match=message):
        load(written(tmp_path, content), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tags": "9"}, r"no column '9'. Columns are named by number, from 1 to 3"),
        ({"tags": "1"}, r"column 1 is named for the tokens and for the tags"),
        ({"tokens": "form"}, r"no column 'form'"),
    ],
)
def test_columns_that_are_not_there(tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        load(written(tmp_path, CHUNKS), **options)


def test_broken_sequences_are_mended_and_said(tmp_path):
    loaded = load(written(tmp_path, "a B-X\nb I-Y\nc O\n\nd I-X\ne B-Y\n\nf B-X\n"))
    assert loaded.dataset.answers() == [["B-X", "B-Y", "O"], ["B-X", "B-Y"], ["B-X"]]
    note = next(note for note in loaded.notes if "mended" in note)
    assert note.startswith("2 tags break IOB2 and were mended as the scorer of CoNLL reads such: ")
    assert note.endswith("data.conll:2 'I-Y' follows 'B-X', " + str(tmp_path / "data.conll") + ":5 'I-X' stands first")


def test_a_part_with_tags_of_another_scheme_is_refused(tmp_path):
    train, test = written(tmp_path, NAMES, "train.bmes"), written(tmp_path, CHUNKS, "test.bmes")
    with pytest.raises(DataError, match=r"test.bmes:1: 1 column where 2 are expected"):
        load_splits(train, test=test)
    other = written(tmp_path, "a\tB-X\nb\tI-X\n", "other.bmes")
    with pytest.raises(DataError, match=r"other.bmes:2: 'I-X' is no tag of the scheme BMES"):
        load_splits(train, test=other)


TOKENS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=4).filter(
    lambda token: "\ufeff" not in token and not token.startswith(("#", "-DOCSTART-")) and not token.isspace()
)


@given(st.lists(st.lists(st.tuples(TOKENS, st.sampled_from(["O", "B-a", "B-b"])), min_size=1), min_size=1, max_size=4))
def test_what_is_written_is_read(tmp_path_factory, sentences):
    folder = tmp_path_factory.mktemp("columns")
    content = "\n\n".join("\n".join(f"{token}\t{tag}" for token, tag in sentence) for sentence in sentences)
    data = load(written(folder, content), language="en", encoding="utf-8", scheme="iob2").dataset
    assert data.inputs().tokens == [[token for token, _ in sentence] for sentence in sentences]
    assert data.answers() == [[tag for _, tag in sentence] for sentence in sentences]
