import numpy as np
import pytest

from wenmai.core.errors import BundleError
from wenmai.models.contract import Head
from wenmai.models.majority import MajorityClassifier
from wenmai.models.state import checked

EXPECTED = {"weights": (np.float32, (None, 2)), "words": (np.uint8, (None,))}
FITTING = {"weights": np.zeros((3, 2), np.float32), "words": np.zeros(0, np.uint8)}


def test_arrays_that_fit_are_given_back():
    assert checked(FITTING, EXPECTED) is FITTING


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"weights": np.zeros((3, 3), np.float32)},
            r"'weights' is float32 of shape \[3, 3\] where float32 .* \[any, 2\]",
        ),
        ({"weights": np.zeros((3, 2))}, r"'weights' is float64 of shape \[3, 2\] where float32 of shape"),
        ({"words": np.zeros((), np.uint8)}, r"'words' is uint8 of shape \[\] where uint8 of shape \[any\] is expected"),
        ({"weights": np.full((1, 2), np.inf, np.float32)}, "'weights' holds a value that is not finite"),
        ({"more": np.zeros(1)}, "the weights hold more, weights, words where weights, words are expected"),
    ],
)
def test_the_first_array_that_does_not_fit_is_named(change, message):
    with pytest.raises(BundleError, match=message):
        checked({**FITTING, **change}, EXPECTED)


def test_an_array_that_is_missing_is_seen():
    with pytest.raises(BundleError, match="the weights hold nothing where weights, words are expected"):
        checked({}, EXPECTED)


def test_majority_takes_back_only_its_own_logits():
    model = MajorityClassifier(Head("classes", 2, ("a", "b")))
    model.restore({"logits": np.array([0.0, 1.0])})
    with pytest.raises(BundleError, match=r"'logits' is float64 of shape \[3\]"):
        model.restore({"logits": np.zeros(3)})
