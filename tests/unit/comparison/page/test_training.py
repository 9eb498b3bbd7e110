from __future__ import annotations

import re
from types import SimpleNamespace

from wenmai.bundle.history import Evaluation, History, Pace, TrainingPoint
from wenmai.comparison.analyses.training import training as courses_of
from wenmai.comparison.findings.training import TrainingCourse
from wenmai.comparison.page.training import training, training_markdown
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.results import Results

HISTORY = History(
    metric="macro_f1",
    steps=40,
    epochs=2.0,
    stopped="no progress",
    points=tuple(
        TrainingPoint(step=step, epoch=step / 20, loss=0.7 - step / 100, learning_rate=1e-3, gradient=1.0)
        for step in range(4, 41, 4)
    ),
    evaluations=(
        Evaluation(step=20, epoch=1.0, score=0.81, best=True),
        Evaluation(step=40, epoch=2.0, score=0.79, best=False),
    ),
    pace=Pace(forward=30.0, backward=60.0, tokens=90_000),
)
COURSE = TrainingCourse(name="tfidf-lr:chars", seed=3, history=HISTORY)


def with_courses(results: Results, *courses: TrainingCourse) -> Results:
    return results.but(findings=results.findings.but(training=courses))


def plain(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", markup)).split())


def test_a_course_is_drawn_and_told_in_numbers(results: Results) -> None:
    page = str(training(with_courses(results, COURSE)))
    assert page.count("<svg") == 4, "loss and dev score, each for wide and for narrow pages"
    said = plain(page)
    for words in (
        "Loss of the training rows. ",
        "0.660 0.300 2.0 81.0% 1.0 passes dev showed no progress 1,000",
        "These trainings took 1 min 30 s",
    ):
        assert words in said, said
    assert 'aria-label="Loss of the training rows over the passes of the training: TF-IDF' in page


def test_training_without_dev_rows_has_losses_alone(results: Results) -> None:
    page = training(with_courses(results, COURSE.but(history=HISTORY.but(metric=None, evaluations=()))))
    assert str(page).count("<svg") == 2
    assert "0.660 0.300 2.0 – – dev" in plain(str(page))


def test_one_point_is_no_curve(results: Results) -> None:
    short = HISTORY.but(points=HISTORY.points[:1], evaluations=HISTORY.evaluations[:1])
    assert "<svg" not in str(training(with_courses(results, COURSE.but(history=short))))


def test_it_stands_in_both_reports_where_there_is_a_network_and_in_neither_without(results: Results) -> None:
    drawn = with_courses(results, COURSE)
    assert 'id="training"' in html(drawn)
    assert 'href="#training"' in html(drawn)
    assert "## How the networks were trained" in markdown(drawn)
    assert 'id="training"' not in html(results)
    assert training_markdown(results) == ""


def test_courses_come_from_the_bundles_that_were_trained_step_by_step() -> None:
    def rung(name, history):
        bundle = SimpleNamespace(history=history, provenance=SimpleNamespace(seed=3))
        return SimpleNamespace(name=name, bundle=bundle)

    ground = SimpleNamespace(done=[rung("tfidf-lr:chars", HISTORY), rung("majority", None)])
    assert courses_of(ground) == (COURSE,)
