from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import ConfigError


class Inner(Config):
    depth: int = 1


class Round(Config):
    kind: Literal["round"] = "round"
    radius: float = 1.0


class Square(Config):
    kind: Literal["square"] = "square"
    width: Annotated[float, Field(gt=0)] = 1.0


class Outer(Config):
    name: str = "a"
    rate: float = 0.5
    inner: Inner = Inner()
    shapes: tuple[Annotated[Round | Square, Field(discriminator="kind")], ...] = ()
    weight: Literal["none", "even"] | dict[str, Annotated[float, Field(gt=0)]] = "none"

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        if len(name) > 3000:
            raise ValueError("a name has at most 3000 characters")
        return name


def test_an_unknown_setting_names_the_nearest_and_the_valid_ones():
    with pytest.raises(ConfigError, match=r"recipe.json: unknown setting 'raet'. Did you mean 'rate'\? Valid") as error:
        Outer.parse({"raet": 1}, where="recipe.json")
    assert "name, rate, inner" in str(error.value)


def test_an_unknown_setting_further_in_names_what_is_valid_there():
    with pytest.raises(
        ConfigError, match=r"setting 'inner.dept'. Did you mean 'depth'\? Valid settings of Inner: depth"
    ):
        Outer.parse({"inner": {"dept": 1}})
    with pytest.raises(
        ConfigError, match=r"'shapes.1.widht'. Did you mean 'width'\? Valid settings of Square: kind, w"
    ):
        Outer.parse({"shapes": [{"kind": "round"}, {"kind": "square", "widht": 1}]})


def test_of_several_things_that_a_setting_may_be_the_message_speaks_of_the_one_meant():
    with pytest.raises(ConfigError, match=r"setting 'weight.a' is -1. Input should be greater than 0"):
        Outer.parse({"weight": {"a": -1}})
    with pytest.raises(ConfigError, match=r"setting 'weight' is 'evn'. Input should be 'none' or 'even'"):
        Outer.parse({"weight": "evn"})
    with pytest.raises(ConfigError, match=r"setting 'shapes.0.width' is 0"):
        Outer.parse({"shapes": [{"kind": "square", "width": 0}]})


def test_a_check_of_our_own_speaks_for_itself():
    with pytest.raises(ConfigError, match="^setting 'name': a name has at most 3000 characters.$"):
        Outer.parse({"name": "a" * 5000})


def test_long_and_deep_values_are_not_written_out():
    with pytest.raises(ConfigError, match=r"^setting 'rate' is 'a{199}…. Input should be a valid number"):
        Outer.parse({"rate": "a" * 5000})
    deep: list[object] = []
    for _ in range(3000):
        deep = [deep]
    with pytest.raises(ConfigError, match="setting 'rate' is a list nested too deeply"):
        Outer.parse({"rate": deep})


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
