import numpy as np
import pytest

from wenmai.core.errors import BundleError, ConfigError, DataError, FitError, MissingExtraError, WenmaiError
from wenmai.core.machine import available_cores
from wenmai.sklearn.errors import FittingError, InputError, ParameterError, value_errors
from wenmai.sklearn.parameters import dev_share, language_of, seed_of, threads_of, written_settings
from wenmai.sklearn.state import files_in, folder_of


def test_n_jobs_counts_from_the_processors_there_are():
    assert threads_of(None) == 1
    assert threads_of(np.int64(3)) == 3
    assert threads_of(-1) == available_cores()
    assert threads_of(-2) == max(1, available_cores() - 1)
    assert threads_of(-1000) == 1


def test_a_random_state_draws_one_number_after_the_other():
    assert seed_of(5) == seed_of(np.int32(5)) == 5
    state = np.random.RandomState(1)
    drawn = [seed_of(state) for _ in range(3)]
    assert len(set(drawn)) == 3
    assert all(0 <= seed < 1 << 32 for seed in drawn)
    with pytest.raises(ValueError, match="cannot be used to seed"):
        seed_of("five")


def test_the_language_is_told_by_texts_from_all_over():
    assert language_of("auto", ["很好"] * 3) == "zh"
    assert language_of("auto", ["good"] * 5000 + ["很好"] * 5000) == "mixed"
    assert language_of("en", ["很好"]) == "en"


def test_settings_are_written_as_on_the_command_line():
    assert written_settings(()) == []
    assert written_settings("model.learner.C=3") == ["model.learner.C=3"]
    assert written_settings(("a=1", "b=2")) == ["a=1", "b=2"]
    assert written_settings({"a": "word", "b": None, "c": [1, 2], "d": np.int64(3), "e": True}) == [
        *('a="word"', "b=null", "c=[1, 2]", "d=3", "e=true")
    ]


def test_dev_sizes_are_shares_or_numbers():
    assert dev_share(0.25, 100) == 0.25
    assert dev_share(25, 100) == 0.25
    assert dev_share(None, 100) == dev_share(0, 100) == 0
    with pytest.raises(ParameterError):
        dev_share(float("nan"), 100)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (ConfigError("found", where="here", remedy="Do"), ParameterError),
        (DataError("found", where="here", remedy="Do"), InputError),
        (FitError("found", where="here", remedy="Do"), FittingError),
    ],
)
def test_errors_become_those_that_scikit_learn_expects_and_say_the_same(raised, kind):
    with pytest.raises(kind) as caught, value_errors():
        raise raised
    assert str(caught.value) == str(raised) == "here: found. Do."
    assert caught.value.__cause__ is raised
    assert isinstance(caught.value, ValueError)
    assert issubclass(kind, WenmaiError)


@pytest.mark.parametrize("raised", [MissingExtraError("it", "extra"), BundleError("found"), InputError("found")])
def test_other_errors_stay_as_they_are(raised):
    with pytest.raises(type(raised)) as caught, value_errors():
        raise raised
    assert caught.value is raised


def test_files_come_back_into_a_folder():
    files = {"a.txt": b"one", "inner/b.bin": bytes(range(256)), "inner/deep/c": b""}
    with folder_of(files) as folder:
        assert files_in(folder) == files
    assert not folder.exists()
