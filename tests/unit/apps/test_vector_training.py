import pytest

from wenmai import train_vectors
from wenmai.core.errors import UsageError

LINES = ["The king rules the land.", "the queen rules the land", "a dog eats meat", "a cat eats meat"] * 20
SMALL = ["model.dim=8", "model.min_count=1"]


def test_a_file_and_a_generator_of_its_lines_give_the_same_vectors(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES), "utf-8")
    of_file = train_vectors(path, settings=SMALL, threads=1)
    of_stream = train_vectors((line for line in LINES), settings=SMALL, threads=1)
    assert of_stream.fingerprint == of_file.fingerprint
    assert of_stream.schema.language == "en"
    assert len(of_stream.predict(["king"])[0].vector) == 8


def test_another_model_and_the_language_of_the_first_texts():
    bundle = train_vectors(["国王统治国家", "王后统治国家"] * 20, "glove:plain", settings=SMALL, threads=1)
    assert (bundle.recipe.member, bundle.schema.language) == ("glove", "zh")


def test_what_gives_no_strings_is_refused():
    with pytest.raises(UsageError, match="texts are strings, and one is of the type int"):
        train_vectors([1, 2])
