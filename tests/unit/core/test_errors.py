import pytest

from wenmai.core.errors import MissingExtraError, UnknownChoiceError, UsageError, WenmaiError, nearest


def test_a_message_says_where_what_and_what_to_do():
    error = WenmaiError("a quote is never closed", where="a.csv:3:7", remedy="Close it")
    assert str(error) == "a.csv:3:7: a quote is never closed. Close it."
    assert str(WenmaiError("nothing")) == "nothing."


def test_wrong_use_leaves_with_2_and_failed_work_with_1():
    assert (UsageError.exit_code, WenmaiError.exit_code) == (2, 1)
    assert issubclass(UnknownChoiceError, UsageError)


def test_an_unknown_choice_lists_the_valid_ones_and_the_nearest_first():
    message = str(UnknownChoiceError("model", "tfdif-lr", ["majority", "tfidf-lr", "tfidf-svm"]))
    assert message.startswith("unknown model 'tfdif-lr'. Did you mean 'tfidf-lr'")
    assert message.endswith("Valid: majority, tfidf-lr, tfidf-svm.")


def test_a_name_like_none_of_the_choices_gets_no_guess():
    assert str(UnknownChoiceError("model", "zzzz", ["a", "b"])) == "unknown model 'zzzz'. Valid: a, b."


def test_a_missing_extra_names_the_command_that_installs_it():
    assert "pip install 'wenmai[web]'" in str(MissingExtraError("the main text of pages", "web"))


@pytest.mark.parametrize(("name", "best"), [("Label", "label"), ("lable", "label"), ("texts", "text")])
def test_nearest_forgives_case_and_slips(name, best):
    assert nearest(name, ["text", "label", "group"])[0] == best
