from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.markdown import code, plain


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("a`|*_<\n #"), max_size=20))
def test_escaped_text_stays_on_one_line(text: str) -> None:
    assert "\n" not in plain(text)
    assert not re.search(r"(?<!\\)[|<`*]", re.sub(r"\\\\", "", plain(text)))
    assert "\n" not in code(text)
