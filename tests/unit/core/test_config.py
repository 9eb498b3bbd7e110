import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import ConfigError


class Inner(Config):
    depth: int = 1


class Outer(Config):
    name: str = "a"
    rate: float = 0.5
    inner: Inner = Inner()


def test_an_unknown_setting_names_the_nearest_and_the_valid_ones():
    with pytest.raises(ConfigError, match=r"recipe.json: unknown setting 'raet'. Did you mean 'rate'\? Valid") as error:
        Outer.parse({"raet": 1}, where="recipe.json")
    assert "name, rate, inner" in str(error.value)


def test_a_setting_that_does_not_fit_is_named_by_its_path():
    with pytest.raises(ConfigError, match=r"setting 'inner.depth' is 'deep'. Input should be a valid integer"):
        Outer.parse({"inner": {"depth": "deep"}})


def test_configs_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Outer().name = "b"


def test_nan_is_no_setting():
    with pytest.raises(ConfigError, match="rate"):
        Outer.parse({"rate": float("nan")})


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False), st.integers())
def test_json_and_back_is_the_same_config_with_the_same_fingerprint(name, rate, depth):
    config = Outer(name=name, rate=rate, inner=Inner(depth=depth))
    again = Outer.parse_json(config.to_json())
    assert again == config
    assert again.fingerprint == config.fingerprint


def test_a_change_is_checked_and_changes_the_fingerprint():
    assert Outer().but(rate=1).fingerprint != Outer().fingerprint
    with pytest.raises(ConfigError, match="rate"):
        Outer().but(rate="fast")


def test_the_order_of_keys_does_not_change_a_fingerprint():
    assert fingerprint_json({"a": 1, "b": [2]}) == fingerprint_json({"b": [2], "a": 1})
