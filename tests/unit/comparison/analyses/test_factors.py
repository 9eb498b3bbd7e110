from __future__ import annotations

from dataclasses import replace

import pytest
from corpora import reviews

from wenmai.catalog import CATALOG
from wenmai.comparison.analyses import Ground
from wenmai.comparison.analyses.factors import segmentations
from wenmai.comparison.division import division_of
from wenmai.comparison.estimates import rung_components
from wenmai.comparison.rung import Circumstances, Rung, run_rung
from wenmai.comparison.study import USUAL
from wenmai.core.progress import SILENT
from wenmai.data.dataset import Dataset

MEMBER = "naive-bayes"


def ground(data: Dataset, *rungs: str, settings: tuple[str, ...] = ()) -> Ground:
    division, circumstances = division_of(data, seed=0), Circumstances(settings=settings)
    done = [run_rung(name, division, circumstances) for name in rungs]
    return Ground(
        data=data,
        division=division,
        circumstances=circumstances,
        study=USUAL,
        done=done,
        recommendation=None,
        folder=None,
        deadline=None,
        catalog=CATALOG,
        progress=SILENT,
        outsiders=(),
    )


@pytest.fixture(scope="module")
def three() -> Ground:
    """One member under three segmentations, and one that segments nothing."""
    rungs = ("majority:plain", f"{MEMBER}:chars", f"{MEMBER}:subwords", f"{MEMBER}:words")
    return ground(reviews("en", 3, rows=450), *rungs)


def test_every_pair_of_segmentations_is_compared_where_choices_are_made_and_on_the_test_rows(three: Ground) -> None:
    found = segmentations(three)
    assert found is not None
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        (f"{MEMBER}:words", f"{MEMBER}:subwords"),
        (f"{MEMBER}:words", f"{MEMBER}:chars"),
        (f"{MEMBER}:subwords", f"{MEMBER}:chars"),
    ]
    assert [(pair.first_kind, pair.second_kind) for pair in found.pairs[1:]] == [
        ("words", "characters"),
        ("subwords", "characters"),
    ]
    assert {(pair.member, pair.title) for pair in found.pairs} == {(MEMBER, "Multinomial naive Bayes")}
    for part, field in (("chosen", "chosen"), ("test", "tested")):
        whole = rung_components(three.done[1:], three.division, part, "macro_f1")
        assert whole is not None
        for pair in found.pairs:
            apart = whole.difference(pair.first, pair.second)
            stated = getattr(pair, field)
            assert (stated.value, stated.low, stated.high) == pytest.approx((apart.value, apart.low, apart.high))


def test_cross_validated_differences_are_marked_and_called_approximate(three: Ground) -> None:
    found = segmentations(three)
    assert found is not None
    assert three.division.dev is None
    assert all(pair.chosen.approximate and not pair.tested.approximate for pair in found.pairs)
    assert all("by cross-validation, so the interval is approximate" in sentence for sentence in found.sentences)


def mistaken(rung: Rung, *, share: float) -> Rung:
    """The rung with some of its outputs on the rows for choices turned round."""
    fit = rung.fits[0]
    outputs = fit.chosen_outputs.copy()
    outputs[: round(len(outputs) * share)] *= -1
    return replace(rung, fits=(replace(fit, chosen_outputs=outputs),))


def test_a_tie_is_called_a_tie_and_a_winner_a_winner(three: Ground) -> None:
    words, chars = three.done[3], three.done[1]
    same = replace(words, name=chars.name, bundle=chars.bundle)
    found = segmentations(replace(three, done=[words, same]))
    assert found is not None
    assert found.pairs[0].verdict == "tie"
    assert found.pairs[0].chosen.value == 0
    assert found.sentences[0].startswith("Multinomial naive Bayes: words and characters are tied: 0.0 (")
    found = segmentations(replace(three, done=[words, mistaken(same, share=0.3)]))
    assert found is not None
    assert found.pairs[0].verdict == "first"
    assert found.sentences[0].startswith("Multinomial naive Bayes: words do better than characters: +")
    found = segmentations(replace(three, done=[mistaken(words, share=0.3), same]))
    assert found is not None
    assert found.pairs[0].verdict == "second"
    assert found.pairs[0].chosen.high < 0
    assert found.sentences[0].startswith("Multinomial naive Bayes: characters do better than words: +")


def test_other_members_and_pipelines_that_differ_in_more_are_not_compared(three: Ground) -> None:
    assert segmentations(replace(three, done=three.done[:2])) is None
    lower = ground(reviews("en", 3, rows=450), f"{MEMBER}:words", settings=("pipeline.clean.lowercase=false",))
    assert segmentations(replace(three, done=[three.done[1], lower.done[0]])) is None
    assert segmentations(replace(three, done=[three.done[3], three.done[3]])) is None
