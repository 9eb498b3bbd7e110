import numpy as np
import pytest
from corpora import labelled, reviews
from given import fit

from wenmai.bundle import load_bundle
from wenmai.bundle.probes import Probes, made_up_inputs
from wenmai.catalog import CATALOG
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.recipe import recipe_for
from wenmai.text.clean import CleanConfig
from wenmai.text.stopwords import stop_words

RUNGS = [
    f"{name}:{preset}"
    for name, entry in CATALOG.entries.items()
    if "classify" in entry.tasks
    for preset in entry.presets
]


@pytest.fixture(scope="module")
def bundle():
    return fit(recipe_for("tfidf-lr:words", "en"), reviews("en", 3))


def test_texts_can_be_given_in_several_ways(bundle):
    data = reviews("en", 3, seed=1)
    texts = list(data.inputs().text)
    expected = bundle.predict(data)
    assert bundle.predict(texts) == bundle.predict(tuple(texts)) == bundle.predict(Inputs(texts)) == expected
    assert bundle.predict(texts[0]) == expected[:1]
    assert bundle.predict(text for text in texts) == expected
    assert bundle.predict([]) == []


def test_streamed_batches_are_answered_as_they_come(bundle):
    texts = list(reviews("en", 3, seed=1).inputs().text)
    read = []

    def batches():
        for at in range(0, len(texts), 10):
            read.append(at)
            yield Inputs(texts[at : at + 10])

    stream = bundle.stream(batches())
    first = next(stream)
    assert read == [0]
    assert [first, *stream] == bundle.predict(texts)


def test_more_texts_than_a_batch_holds_are_all_answered(bundle):
    texts = [f"great phone {number}" for number in range(2500)]
    assert len(bundle.predict(texts)) == len(bundle.outputs(Inputs(texts))) == 2500


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "the text is of type int. Give a string or a list of strings"),
        (None, "the text is None"),
        (["a", None], "text 2 is None, not a string"),
        (["a", "b", 3.5], "text 3 is of type float, not a string"),
        ([["a"]], "text 1 is of type list"),
        ([b"a"], "text 1 is of type bytes"),
    ],
)
def test_what_is_no_text_is_refused(bundle, data, message):
    with pytest.raises(UsageError, match=message):
        bundle.predict(data)


def test_a_model_that_cannot_explain_says_so():
    majority = fit(recipe_for("majority", "en"), reviews("en"))
    assert not majority.explains
    with pytest.raises(UsageError, match="majority cannot say which words decided"):
        majority.explain("great")
    assert majority.top_features(0) == []


def test_the_pieces_of_a_words_pipeline_are_drawn_as_they_were_cut():
    recipe = recipe_for("tfidf-lr:words", "zh")
    recipe = recipe.but(pipeline=recipe.pipeline.but(segment=recipe.pipeline.segment.but(user_words=("屏幕很好",))))
    bundle = fit(recipe, labelled(["屏幕很好", "电池不行", "屏幕很好看", "电池坏了"], list("pnpn"), "zh"))
    found = bundle.explain("这个屏幕很好", 1)
    weights = {
        "这个屏幕很好"[start:end]: weight for (start, end), weight in zip(found.spans, found.weights, strict=True)
    }
    assert weights["屏幕很好"] > 0


def test_characters_are_drawn_on_the_main_text_where_a_page_is_cut_down_to_it():
    recipe = recipe_for("tfidf-lr:chars", "en")
    recipe = recipe.but(pipeline=recipe.pipeline.but(clean=CleanConfig(html="main")))
    bundle = fit(recipe, reviews("en"))
    page = (
        "<html><head><title>Shop</title></head><body><nav>Home | Cart | Help</nav><article><p>"
        + "This phone is really great and we recommend it to everybody who asks. " * 6
        + "</p></article></body></html>"
    )
    original, found = bundle.pipeline.original(page), bundle.explain(page)
    assert original != page
    assert {"great", "recommend"} <= {original[start:end] for start, end in found.spans}


def test_the_fingerprint_tells_contents_apart(bundle):
    again = fit(bundle.recipe, reviews("en", 3))
    assert again.fingerprint == bundle.fingerprint
    assert fit(bundle.recipe, reviews("en", 3, seed=5)).fingerprint != bundle.fingerprint
    assert fit(bundle.recipe, reviews("en", 3).select(range(140))).fingerprint != bundle.fingerprint


@pytest.mark.parametrize("kind", ["classify", "tag", "pair", "span", "generate", "embed"])
def test_probes_are_the_same_every_time_and_hold_an_empty_text(kind):
    first, again = made_up_inputs(kind), made_up_inputs(kind)
    assert first == again
    assert len(first) == 24
    assert (first.second is not None) == (kind in ("pair", "span"))
    assert (first.tokens is not None) == (kind == "tag")


def test_the_bytes_of_the_probes_do_not_change(bundle):
    assert Probes.of(bundle).to_json() == Probes.of(bundle).to_json()
    assert Probes.parse_json(Probes.of(bundle).to_json()).difference(bundle) == 0


def test_the_card_says_what_it_is(bundle, tmp_path):
    card = (bundle.save(tmp_path / "saved") / "card.md").read_text(encoding="utf-8")
    for part in ("# tfidf-lr", bundle.fingerprint, "bad, delivery, good", "150 rows", '"C": 1.0', "wenmai verify ."):
        assert part in card


def test_labels_are_no_markup_in_the_card(tmp_path):
    data = labelled(["one", "two", "three", "four"], ["<b>x</b>", "two\n# lines"] * 2)
    saved = fit(recipe_for("naive-bayes:chars", "en"), data).save(tmp_path / "saved")
    assert "- Labels: \\<b\\>x\\</b\\>, two \\# lines\n" in (saved / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["pandas", "polars", "dict"])
def test_the_names_of_columns_are_not_taken_for_texts(bundle, kind):
    rows = {"text": ["lovely phone"]}
    frame = rows if kind == "dict" else pytest.importorskip(kind).DataFrame(rows)
    with pytest.raises(UsageError, match=r"the text is of type \w+\. Give the texts of one column"):
        bundle.predict(frame)
    assert len(bundle.predict(frame["text"])) == 1


def marked_rows(language):
    """Rows with four words each that stand in no other row, and those words."""
    generator = np.random.default_rng(7)
    letters = "abcdefghijklmnopqrstuvwxyz" if language == "en" else "鑫淼焱垚犇骉羴猋龘赑靐麤"
    common = list(reviews(language).inputs().text)[:60]
    marks = [["".join(generator.choice(list(letters), 9)) for _ in range(4)] for _ in common]
    joiner = " " if language == "en" else "，"
    return [joiner.join([text, *own, text]) for text, own in zip(common, marks, strict=True)], marks


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("rung", RUNGS)
def test_no_row_of_the_training_data_is_in_a_file(rung, language, tmp_path):
    rows, marks = marked_rows(language)
    data = labelled(rows, ["x", "y"] * 30, language, name="/home/somebody/secret folder/rows.csv")
    folder = fit(recipe_for(rung, language), data).save(tmp_path / "saved")
    content = b"\n".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
        for row in rows:
            parts = [row[at : at + 14] for at in range(0, len(row) - 14, 7)]
            assert not any(part.encode(encoding) in content for part in parts)
    # A list of words in the order of their first texts would be those texts.
    threes = [own[at : at + 3] for own in marks for at in (0, 1)]
    assert not any(joiner.join(three).encode() in content for three in threes for joiner in ("\n", " ", "，", ""))
    assert b"somebody" not in content
    assert b"rows.csv" in content


def test_a_bundle_loaded_again_can_be_saved_again(bundle, tmp_path):
    first = load_bundle(bundle.save(tmp_path / "one"))
    assert load_bundle(first.save(tmp_path / "two")).predict("great") == bundle.predict("great")


def test_stop_words_are_drawn_without_a_weight():
    recipe = recipe_for("tfidf-lr:words", "en")
    recipe = recipe.but(pipeline=recipe.pipeline.but(stop_words="en"))
    bundle = fit(recipe, reviews("en"))
    assert "the" in stop_words("en", ())
    text = "the great phone"
    assert [text[start:end] for start, end in bundle.explain(text).spans] == ["great", "phone"]
