import errno
import itertools
import time

import numpy as np
import pytest
import torch

from wenmai.core.errors import FitError, UsageError
from wenmai.models.contract import Run
from wenmai.training.checkpoints import Checkpoints
from wenmai.training.gradients import Gradients

QUICK = "training.loop.learning_rate=0.02"


def learnt(history):
    """Whether the loss came down."""
    losses = [point.loss for point in history.points]
    return np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def weights(one):
    return np.concatenate([array.ravel() for _, array in sorted(one.model.arrays().items())])


def test_it_learns_and_keeps_the_weights_that_were_best_on_dev(small):
    one = small((QUICK,))
    history = one.trained().history
    assert history.metric == "macro_f1"
    assert learnt(history)
    best = max(evaluation.score for evaluation in history.evaluations)
    again = one.task.scores(one.model.outputs(one.dev.inputs()), one.task.targets(one.dev))
    assert again["macro_f1"] == pytest.approx(best)
    assert history.evaluations[0].best
    assert history.epochs == len(history.evaluations)


def test_the_curve_follows_the_schedule(small):
    history = small(("training.loop.schedule.warmup=0.5",)).trained(dev=False).history
    rates = [point.learning_rate for point in history.points]
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert [point.step for point in history.points] == sorted({point.step for point in history.points})
    assert (history.metric, history.evaluations, history.stopped, history.epochs) == (None, (), "done", 3)


def test_without_dev_rows_the_last_weights_stay_and_a_seed_decides_them(small):
    first, again, other = small(), small(), small()
    first.trained(dev=False)
    again.trained(dev=False)
    other.trained(Run(seed=2), dev=False)
    np.testing.assert_array_equal(weights(first), weights(again))
    assert not np.array_equal(weights(first), weights(other))


def test_it_stops_where_the_dev_rows_show_no_progress(small):
    settings = (
        "training.loop.learning_rate=1e-12",
        "training.loop.budget.epochs=50",
        "training.loop.budget.patience=2",
    )
    history = small(settings).trained().history
    assert (history.stopped, history.epochs, len(history.evaluations)) == ("no progress", 3, 3)


def test_a_budget_of_steps_ends_it(small):
    history = small(("training.loop.budget.steps=7", "training.loop.budget.evaluate_every=3")).trained().history
    assert (history.stopped, history.steps) == ("done", 7)
    assert [evaluation.step for evaluation in history.evaluations] == [3, 6, 7]


def test_a_budget_of_time_ends_it_well(small):
    one = small(("training.loop.budget.epochs=100000", "training.loop.budget.patience=null"))
    small(("training.loop.budget.steps=1",)).trained()  # what is imported at first use is not part of the budget
    began = time.monotonic()
    trained = one.trained(Run(deadline=began + 3))
    assert time.monotonic() - began < 20
    assert trained.history.stopped == "time"
    assert any(note.startswith("the budget was spent after ") for note in trained.notes)
    assert trained.history.points[-1].learning_rate < 0.5 * max(point.learning_rate for point in trained.history.points)


def test_a_budget_that_is_spent_before_the_first_step_is_a_failure(small):
    with pytest.raises(FitError, match="the budget was spent"):
        small().trained(Run(deadline=time.monotonic()))


def test_several_batches_make_one_step_of_the_same_gradient(small):
    """The mean over the rows of a step, whatever the batches: a step of two halves is a step of the whole."""
    settings = ("model.dropout=0", "training.loop.word_dropout=0", "training.loop.precision=float32")
    found = []
    for largest in (None, 30):
        one = small((*settings, "training.loop.budget.steps=5", "training.loop.least_steps=1"))
        original = Gradients.__init__

        def limited(self, *arguments, original=original, largest=largest):
            original(self, *arguments)
            self.largest = largest

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Gradients, "__init__", limited)
            one.trained(dev=False)
        found.append(weights(one))
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_too_little_memory_halves_the_batch_and_repeats_the_step(small, monkeypatch):
    one = small(("training.loop.least_steps=1", "training.loop.budget.steps=4"))
    areas = []

    def scarce(module, arguments):
        areas.append(arguments[0].token_ids.numel())
        if module.training and areas[-1] > 150:
            raise torch.OutOfMemoryError("made up")

    drawing = one.model.draw

    def draw(seed):
        drawing(seed)
        one.model.network().register_forward_pre_hook(scarce)

    monkeypatch.setattr(one.model, "draw", draw)
    trained = one.trained(dev=False)
    assert trained.history.steps == 4
    assert areas[0] > 150
    assert 0 < max(areas[-8:]) <= 150
    assert all(note.startswith("out of memory at step 1: batches of at most ") for note in trained.notes)
    assert 1 <= len(trained.notes) <= 3


def test_too_little_memory_for_one_text_is_a_failure(small, monkeypatch):
    one = small()
    drawing = one.model.draw

    def scarce(module, arguments):
        if module.training:
            raise torch.OutOfMemoryError("made up")

    def draw(seed):
        drawing(seed)
        one.model.network().register_forward_pre_hook(scarce)

    monkeypatch.setattr(one.model, "draw", draw)
    with pytest.raises(FitError, match="the memory does not suffice for one text of"):
        one.trained(dev=False)


def test_a_loss_that_is_not_finite_names_the_rows(small, monkeypatch):
    one = small(("training.loop.precision=float32",))
    unlucky = one.pipeline.vocabulary.token_to_id["courier"]
    drawing = one.model.draw

    def poison(module, arguments, logits):
        bad = (arguments[0].token_ids == unlucky).any(dim=1)
        return torch.where(bad[:, None], float("nan"), logits)

    def draw(seed):
        drawing(seed)
        one.model.network().register_forward_hook(poison)

    monkeypatch.setattr(one.model, "draw", draw)
    with pytest.raises(FitError, match=r"the loss of step \d+ is not a finite number") as error:
        one.trained(dev=False)
    texts = one.train.inputs().text
    named = [int(place.rpartition(" ")[2]) for place in error.value.where.partition(" and ")[0].split(", ")]
    assert named
    assert all("courier" in texts[row - 1] for row in named)
    assert "training.loop.learning_rate" in error.value.remedy


def test_weights_that_run_away_are_a_failure_too(small):
    settings = ("training.loop.learning_rate=1e30", "training.loop.optimiser.clip=null")
    with pytest.raises(FitError, match="is not a finite number"):
        small(settings).trained(dev=False)


@pytest.mark.parametrize("several", [False, True])
def test_both_kinds_of_labels_are_learnt(small, several):
    assert learnt(small((QUICK, "training.loop.budget.epochs=8"), several=several).trained(dev=False).history)


def test_frozen_parameters_stay(small):
    one = small(('training.loop.freeze=["embedding.*", "convolutions.0.bias"]',))
    one.model.draw(1)
    before = one.model.arrays()
    one.trained(dev=False)
    after = one.model.arrays()
    same = {name for name in before if np.array_equal(before[name], after[name])}
    assert same == {"embedding.tuned", "convolutions.0.bias"}
    assert all(parameter.requires_grad for parameter in one.model.network().parameters())


def test_averaged_weights_are_what_is_kept(small):
    plain, averaged = small(("training.loop.average=null",)), small(("training.loop.average=0.9",))
    plain.trained(dev=False)
    averaged.trained(dev=False)
    assert not np.array_equal(weights(plain), weights(averaged))
    assert np.isfinite(weights(averaged)).all()


def test_a_disk_that_is_full_ends_it_and_it_goes_on_from_the_last_checkpoint(small, tmp_path, monkeypatch):
    expected = small()
    expected.trained()
    one, checkpoints = small(), Checkpoints(tmp_path / "kept", {}, every=0)
    saving, count = Checkpoints.save, itertools.count(1)

    def save(self, standing, arrays):
        if next(count) == 12:
            monkeypatch.setattr("wenmai.core.io.os.fsync", full)
        saving(self, standing, arrays)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Checkpoints, "save", save)
    with pytest.raises(FitError, match="checkpoint of step 12 could not be written"):
        one.trained(checkpoints=checkpoints)
    monkeypatch.undo()
    again = small()
    trained = again.trained(checkpoints=Checkpoints(tmp_path / "kept", {}, every=0))
    assert trained.notes == ("went on from the checkpoint of step 11",)
    np.testing.assert_array_equal(weights(again), weights(expected))


def test_a_finished_training_is_not_done_again(small, tmp_path):
    first = small()
    told = first.trained(checkpoints=Checkpoints(tmp_path / "kept", {}))
    again = small()
    result = again.trained(checkpoints=Checkpoints(tmp_path / "kept", {}))
    history = result.history
    assert history.but(pace=told.history.pace) == told.history
    np.testing.assert_array_equal(weights(again), weights(first))
    assert history.pace.tokens == told.history.pace.tokens  # what it cost is what it cost
    assert (told.earlier, history.pace.forward) == (0, told.history.pace.forward)
    assert 0 < result.earlier <= history.pace.seconds < result.earlier + 1


def test_one_that_ran_out_of_time_goes_on_with_more(small, tmp_path):
    settings = ("training.loop.budget.epochs=100000",)
    small(("training.loop.budget.steps=1",)).trained()
    one = small(settings)
    told = one.trained(Run(deadline=time.monotonic() + 2), dev=False, checkpoints=Checkpoints(tmp_path, {}, every=0))
    assert told.history.stopped == "time"
    again = small(settings)
    more = again.trained(Run(deadline=time.monotonic() + 2), dev=False, checkpoints=Checkpoints(tmp_path, {}, every=0))
    assert more.history.steps > told.history.steps
    assert f"went on from the checkpoint of step {told.history.steps - 1}" in more.notes


def test_words_are_hidden_only_where_there_is_a_number_for_unknown_ones(small):
    with pytest.raises(UsageError, match="word_dropout hides words as unknown, and the vocabulary has no <unk>"):
        small(('pipeline.vocabulary.special_tokens=["<pad>"]',)).trained()


def test_a_gpu_that_is_not_there_is_refused(small):
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(UsageError, match="there is no CUDA GPU here. Set training.loop.device"):
        small(('training.loop.device="cuda"',)).trained()


def test_the_person_is_told_how_it_goes(small, monkeypatch):
    class Words:
        def __init__(self):
            self.said, self.done, self.open = [], 0, []

        def begin(self, stage, total):
            self.open.append((stage, total))

        def advance(self, steps=1):
            self.done += steps if self.open[-1][0] == "train" else 0

        def say(self, text):
            self.said.append(text)

        def end(self):
            self.open.pop()

    monkeypatch.setattr("wenmai.training.loop.SAID_EVERY", 0)
    words = Words()
    small(("training.loop.budget.patience=null",)).trained(Run(progress=words))
    assert words.open == []
    assert words.done == 3 * 60
    assert "tokens/s" in words.said[0]
    assert "dev" not in words.said[0]
    assert "dev macro_f1 " in words.said[-1]
    assert words.said[-1].endswith(" left")


def test_listeners_hear_every_point_and_are_closed_even_when_it_fails(small):
    class Listener:
        def __init__(self):
            self.points, self.evaluations, self.closed = [], [], 0

        def point(self, point):
            self.points.append(point)

        def evaluation(self, evaluation, metric):
            self.evaluations.append((evaluation, metric))

        def close(self):
            self.closed += 1

    listener = Listener()
    history = small().trained(listeners=[listener]).history
    assert tuple(listener.points) == history.points
    assert tuple(listener.evaluations) == tuple((one, "macro_f1") for one in history.evaluations)
    with pytest.raises(FitError):
        small(("training.loop.learning_rate=1e30", "training.loop.optimiser.clip=null")).trained(listeners=[listener])
    assert listener.closed == 2


def test_the_process_is_left_as_it_was(small):
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = small()
    one.trained(Run(threads=1))
    assert torch.get_num_threads() == threads
    torch.testing.assert_close(torch.rand(3), expected, rtol=0, atol=0)
    network = one.model.network()
    assert not network.training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_clocks_of_the_loop_add_up(small):
    """How small the overhead is on real models is measured apart: other work on the machine would decide it here."""
    one = small()
    began = time.perf_counter()
    pace = one.trained().history.pace
    assert 0 < pace.seconds < time.perf_counter() - began
    assert min(pace.forward, pace.backward, pace.step, pace.evaluation, pace.batches) > 0
    assert 0 < pace.overhead < 1
    assert pace.tokens == 3 * int(one.model.encode(one.train.inputs()).lengths.sum())
    assert 0 <= pace.padding < 0.3
