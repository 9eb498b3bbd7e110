"""Rungs whose model is random: several seeds, their mean, and the one that is shipped."""

from __future__ import annotations

import numpy as np
import pytest
from corpora import reviews
from doubles import DOUBLES

from wenmai.comparison import compare
from wenmai.comparison.division import division_of
from wenmai.comparison.estimates import rung_components, rung_estimates
from wenmai.comparison.outcome import keep_outcome, kept_outcome, outcome_key
from wenmai.comparison.recommendation import cost_of, cost_words, recommend
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.rung import Circumstances, run_rung
from wenmai.core.errors import UnknownChoiceError, UsageError
from wenmai.stats.ties import Ties


@pytest.fixture(scope="module")
def data():
    return reviews("en", 2, rows=300)


@pytest.fixture(scope="module")
def board(data):
    return compare(data, models="majority,drawn-projection", seeds=3, seed=5, catalog=DOUBLES)


def test_a_random_rung_is_fitted_with_every_seed_and_any_other_once(board):
    drawn, majority = board.results.rung("drawn-projection:plain"), board.results.rung("majority:plain")
    assert [one.seed for one in drawn.seeds] == [5, 6, 7]
    assert majority.seeds == ()
    assert board.results.protocol.seeds == 3


def test_scores_are_means_over_the_seeds_and_the_interval_knows_their_spread(board):
    drawn = board.results.rung("drawn-projection:plain")
    for part in ("dev", "test"):
        for metric in ("accuracy", "macro_f1"):
            values = [getattr(one, part)[metric].value for one in drawn.seeds]
            assert len(set(values)) > 1
            mean = getattr(drawn, part)[metric]
            assert mean.value == pytest.approx(np.mean(values))
            alone = max(getattr(one, part)[metric].high - getattr(one, part)[metric].low for one in drawn.seeds)
            spread = np.std(values, ddof=1) / np.sqrt(3)
            assert mean.high - mean.low > 2 * 1.9 * spread or mean.high - mean.low > alone


def test_the_bundle_is_the_seed_that_is_best_where_choices_are_made(board):
    drawn = board.results.rung("drawn-projection:plain")
    best = max(drawn.seeds, key=lambda one: one.dev["macro_f1"].value)
    assert [one.seed for one in drawn.seeds if one.shipped] == [best.seed]
    assert board.bundle("drawn-projection:plain").provenance.seed == best.seed


def test_a_seed_is_the_fit_that_it_would_be_alone(data, board):
    alone = compare(data, models="drawn-projection", seeds=1, seed=6, catalog=DOUBLES).results.done[0]
    # The division follows the seed of the comparison, so the rows differ and only the kind of numbers is the same.
    assert alone.seeds == ()
    division = division_of(data, seed=5)
    rung = run_rung("drawn-projection", division, Circumstances(seed=6), catalog=DOUBLES)
    shown = next(one for one in board.results.rung("drawn-projection:plain").seeds if one.seed == 6)
    assert rung_estimates(rung, division, "test")["accuracy"] == shown.test["accuracy"]


def test_intervals_of_cross_validation_are_approximate_and_marked(board):
    drawn = board.results.rung("drawn-projection:plain")
    assert board.results.protocol.choice == "cross-validation"
    assert all(estimate.approximate for estimate in drawn.dev.values())
    assert not any(estimate.approximate for estimate in drawn.test.values())
    assert all(estimate.approximate for estimate in board.results.recommendation.differences.values())
    page = html(board.results)
    assert "≈" in page
    assert "rows of one fold share a fit" in page


def test_the_reports_show_every_seed(board):
    drawn = board.results.rung("drawn-projection:plain")
    for written in (html(board.results), markdown(board.results)):
        for one in drawn.seeds:
            assert f"{drawn.title}, seed {one.seed}" in written


def test_seeds_survive_the_run_folder(data, tmp_path):
    division, circumstances = division_of(data), Circumstances(seeds=2)
    rung = run_rung("drawn-projection", division, circumstances, folder=tmp_path / "bundles", catalog=DOUBLES)
    one = run_rung("majority", division, circumstances, folder=tmp_path / "bundles")
    kept_name = one.name
    assert len(rung.fits) == 2
    keep_outcome(one, outcome_key(kept_name, division, circumstances), tmp_path)
    again = kept_outcome(kept_name, division, circumstances, tmp_path)
    assert again.fits[0].tested.points == one.fits[0].tested.points
    assert again.shipped == 0
    # A rung that is not random does not care how many seeds there are.
    assert not isinstance(kept_outcome(kept_name, division, circumstances.but(seeds=5), tmp_path), str)


def test_when_the_budget_ends_between_seeds_the_finished_ones_stand(data, monkeypatch):
    import wenmai.comparison.rung as module

    fits = []

    def spent(*arguments, **named):
        if len(fits) == 6:  # five folds and the whole: the first seed is done
            monkeypatch.setattr(module.time, "monotonic", lambda: 1e12)
        fits.append(named["seed"])
        return fitted(*arguments, **named)

    fitted = module.fit
    monkeypatch.setattr(module, "fit", spent)
    rung = run_rung("drawn-projection", division_of(data), Circumstances(seeds=3), budget=1000, catalog=DOUBLES)
    assert [fit.seed for fit in rung.fits] == [0]
    assert rung.notes == ("the budget was spent after 1 of 3 seeds",)


def test_differences_of_random_rungs_are_wider_than_of_one_seed(data):
    division = division_of(data)
    rungs = [run_rung("majority", division, Circumstances(), catalog=DOUBLES)]
    rungs.append(run_rung("drawn-projection", division, Circumstances(seeds=3), catalog=DOUBLES))
    parts = rung_components(rungs, division, "test", "accuracy")
    assert parts.seeds.tolist() == [1, 3]
    assert parts.seed_variance[0] == 0 < parts.seed_variance[1]


@pytest.mark.parametrize(
    ("cost", "field", "cheap", "words"),
    [
        ("latency", "latency_ms_p50", 2.0, "2.0 ms a prediction"),
        ("size", "bytes_on_disk", 5_000_000, "5.0 MB on disk"),
        ("train", "fit_seconds", 3.0, "3.0 s to train"),
        ("memory", "peak_memory_bytes", 20_000_000, "20 MB of memory to train"),
    ],
)
def test_the_recommendation_is_the_cheapest_of_the_tied_by_the_cost_that_counts(results, cost, field, cheap, words):
    first, second = results.done[:2]
    dear = first.but(costs=first.costs.but(**{field: type(cheap)(cheap * 10)}))
    lean = second.but(costs=second.costs.but(**{field: cheap}))
    ties = Ties("macro_f1", dear.name, (dear.name, lean.name), {})
    found = recommend([dear, lean], ties, "dev", cost=cost)
    assert found.name == lean.name
    assert words in found.sentence
    assert cost_words(lean, cost) == words
    assert cost_of(dear, cost) == cheap * 10


def test_a_cost_that_is_not_measured_is_refused(data):
    with pytest.raises(UsageError, match="the memory of a rung is measured only with a run folder"):
        compare(data, models="majority", cost="memory")
    with pytest.raises(UnknownChoiceError, match="latency"):
        compare(data, models="majority", cost="beauty")
