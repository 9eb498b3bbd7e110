from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from wenmai.comparison.analyses.thresholds import rung_thresholds
from wenmai.comparison.findings.thresholds import RungThresholds
from wenmai.stats.bootstrap import paired_difference
from wenmai.tasks.classify import Classify
from wenmai.tasks.thresholds import FEWEST, MistakeCosts, ThresholdSearch, with_thresholds

TWO = Classify(labels=("ham", "spam"))
THREE = Classify(labels=("a", "b", "c"), several=True)


def rows(task: Classify, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and targets of rare labels that are told too low."""
    generator = np.random.default_rng(seed)
    carried = generator.random((number, len(task.labels))) < (0.15, 0.15, 4 / number)[: len(task.labels)]
    logits = 2.2 * carried - 2.5 + generator.normal(size=carried.shape)
    if task.several:
        return logits, carried.astype(np.int8)
    return np.stack([np.zeros(number), logits[:, 1]], axis=1), carried[:, 1].astype(np.int64)


def found(task: Classify, search: ThresholdSearch, **bundle: Any) -> tuple[RungThresholds, Any, np.ndarray]:
    chosen, chosen_on = rows(task, 600, 1)
    tested, tested_on = rows(task, 900, 2)
    shipped = bundle.get("shipped", task)
    rung = SimpleNamespace(
        name="a",
        bundle=SimpleNamespace(task=shipped),
        chosen_outputs=chosen,
        test_outputs=tested,
        tested=shipped.bootstrap(tested, tested_on, seed=3),
    )
    return rung_thresholds(rung, chosen_on, tested_on, search, seed=3), rung, tested_on  # type: ignore[arg-type]


@pytest.mark.parametrize("task", [TWO, THREE], ids=["two classes", "several labels"])
def test_both_ways_to_decide_are_scored_on_the_test_rows_and_paired(task: Classify) -> None:
    search = ThresholdSearch(positive=None if task.several else "spam")
    one, rung, tested_on = found(task, search)
    changed = with_thresholds(task, rung.chosen_outputs, rows(task, 600, 1)[1], search)
    for metric in ("macro_f1", "exact_match" if task.several else "accuracy"):
        before, after = (each.scores(rung.test_outputs, tested_on)[metric] for each in (task, changed))
        assert one.fixed[metric].value == pytest.approx(before)
        assert one.found[metric].value == pytest.approx(after)
        paired = paired_difference(changed.bootstrap(rung.test_outputs, tested_on, seed=3), rung.tested, metric)
        assert one.difference[metric] == paired
    assert one.difference["macro_f1"].low > 0
    assert {"auc", "log_loss", "cost"}.isdisjoint(one.difference)


def test_two_classes_tell_the_positive_one_and_several_labels_each() -> None:
    (spam,) = found(TWO, ThresholdSearch(positive="spam"))[0].labels
    assert (spam.label, spam.searched) == ("spam", True)
    assert spam.positives == rows(TWO, 600, 1)[1].sum()
    (ham,) = found(TWO, ThresholdSearch(positive="ham"))[0].labels
    assert ham.threshold == pytest.approx(1 - spam.threshold, abs=0.01)
    a, b, c = found(THREE, ThresholdSearch())[0].labels
    assert a.searched
    assert b.searched
    assert c.positives < FEWEST
    assert (c.searched, c.threshold) == (False, 0.5)
    assert c.fixed == c.found


@pytest.mark.parametrize("task", [TWO, THREE], ids=["two classes", "several labels"])
def test_what_is_shipped_changes_neither_side(task: Classify) -> None:
    search = ThresholdSearch(positive=None if task.several else "spam")
    fixed, rung, _ = found(task, search)
    changed = with_thresholds(task, rung.chosen_outputs, rows(task, 600, 1)[1], search)
    shipped, _, _ = found(task, search, shipped=changed)
    assert shipped == fixed


@pytest.mark.parametrize("task", [TWO, THREE], ids=["two classes", "several labels"])
def test_costs_are_counted_by_the_row(task: Classify) -> None:
    search = ThresholdSearch(
        costs=MistakeCosts(false_positive=1, false_negative=5), positive=None if task.several else "spam"
    )
    one, rung, tested_on = found(task, search)
    said = task.decided(task.probabilities(rung.test_outputs))
    wrongly, missed = ((said == 1) & (tested_on != 1)).sum(), ((said != 1) & (tested_on == 1)).sum()
    assert one.fixed["cost"].value == pytest.approx((wrongly + 5 * missed) / len(tested_on))
    assert one.difference["cost"].high < 0
    assert one.difference["cost"].value == pytest.approx(one.found["cost"].value - one.fixed["cost"].value)


def test_without_anything_to_gain_nothing_changes() -> None:
    task, sure = TWO, np.array([[9.0, 0.0], [0.0, 9.0]] * 60)
    gold = np.array([0, 1] * 60)
    rung = SimpleNamespace(
        name="a",
        bundle=SimpleNamespace(task=task),
        chosen_outputs=sure,
        test_outputs=sure,
        tested=task.bootstrap(sure, gold),
    )
    one = rung_thresholds(rung, gold, gold, ThresholdSearch(positive="spam"), seed=0)  # type: ignore[arg-type]
    assert one.labels[0].threshold == 0.5
    assert one.fixed == one.found
    assert {change.value for change in one.difference.values()} == {0}
