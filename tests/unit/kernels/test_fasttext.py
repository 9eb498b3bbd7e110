"""The descent against a slow one in numpy that makes the same draws."""

import numpy as np
import pytest

from wenmai.kernels import fasttext
from wenmai.kernels.fasttext import (
    HIERARCHICAL,
    NEGATIVE,
    ONE_VS_ALL,
    SOFTMAX,
    Loss,
    Rows,
    Schedule,
    Watch,
    aligned_zeros,
    descend,
    descend_once,
    padded_width,
    uniform_table,
)
from wenmai.kernels.huffman import huffman_tree

LOSSES = {"softmax": SOFTMAX, "one against all": ONE_VS_ALL, "hierarchical": HIERARCHICAL, "negative": NEGATIVE}
MASK = (1 << 64) - 1
LABELS = 5


class Draws:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)


def made_up(seed=0, texts=40, rows=30):
    generator = np.random.default_rng(seed)
    sizes = generator.integers(0, 12, texts)
    carried = [np.sort(generator.permutation(LABELS)[: generator.integers(0, 4)]) for _ in range(texts)]
    return Rows(
        generator.integers(0, rows, sizes.sum()).astype(np.int32),
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate(carried).astype(np.int32),
        np.concatenate([[0], np.cumsum([len(one) for one in carried])]),
    )


def made_loss(kind, weighted=True):
    tree = huffman_tree(np.array([9, 2, 7, 4, 1]))
    often = np.sqrt(np.array([9, 2, 7, 4, 1]))
    ones = np.ones(LABELS, np.float32)
    present = np.array([0.5, 2, 1, 1.5, 1], np.float32) if weighted else ones
    absent = np.array([1.5, 0.5, 1, 1, 2], np.float32) if weighted else ones
    cumulative = np.cumsum(often) / often.sum()
    return Loss(kind, present, absent, tree.nodes, tree.codes, tree.offsets, cumulative, 3)


def slow_step(output, loss, labels, hidden, rate, draws):
    """The gradient of a text's hidden vector; the output rows learn on the way."""
    gradient = np.zeros_like(hidden)

    def meet(k, answer, probability, rate):
        step = rate * (answer - probability)
        gradient[...] += step * output[k]
        output[k] += step * hidden

    def meet_alone(k, answer, rate):
        meet(k, answer, 1 / (1 + np.exp(-(output[k] @ hidden))), rate)

    if loss.kind == ONE_VS_ALL:
        for k in range(len(output)):
            meet_alone(k, k in labels, rate * (loss.present if k in labels else loss.absent)[k])
        return gradient
    target = labels[draws.next() % len(labels)] if len(labels) > 1 else labels[0]
    rate = rate * loss.present[target]
    if loss.kind == SOFTMAX:
        scores = np.exp(output @ hidden)
        for k, probability in enumerate(scores / scores.sum()):
            meet(k, k == target, probability, rate)
    elif loss.kind == HIERARCHICAL:
        for at in range(loss.node_offsets[target], loss.node_offsets[target + 1]):
            meet_alone(loss.nodes[at], loss.codes[at], rate)
    else:
        meet_alone(target, 1, rate)
        for _ in range(loss.negatives):
            negative = target
            while negative == target:
                negative = np.searchsorted(loss.cumulative, (draws.next() >> 11) * 2.0**-53, side="right")
            meet_alone(negative, 0, rate)
    return gradient


def slow_descent(table, output, rows, loss, order, rates, seed):
    draws = Draws(seed)
    sizes = np.diff(rows.offsets)
    seen = 0
    for text in order:
        rate = rates[0] + (rates[1] - rates[0]) * seen / sizes[order].sum()
        seen += sizes[text]
        ids = rows.ids[rows.offsets[text] : rows.offsets[text + 1]]
        labels = rows.labels[rows.label_offsets[text] : rows.label_offsets[text + 1]]
        if not len(ids) or (not len(labels) and loss.kind != ONE_VS_ALL):
            continue
        gradient = slow_step(output, loss, labels, table[ids].mean(axis=0), rate, draws)
        np.add.at(table, ids, gradient / len(ids))


def tables(kind, dim, rows=30):
    table = uniform_table(rows, dim, 3)
    output = aligned_zeros(LABELS - (kind == HIERARCHICAL), padded_width(dim))
    return table, output


@pytest.mark.parametrize("dim", [5, 16, 40])
@pytest.mark.parametrize("kind", LOSSES.values(), ids=LOSSES)
def test_an_epoch_gives_the_numbers_of_the_slow_one(kind, dim):
    rows, loss = made_up(), made_loss(kind)
    table, output = tables(kind, dim)
    slow_table, slow_output = table[:, :dim].astype(np.float64), output[:, :dim].astype(np.float64)
    order = np.random.default_rng(1).permutation(40)
    descend_once(table, output, rows, loss, order, (0.8, 0.3), 7)
    slow_descent(slow_table, slow_output, rows, loss, order, (0.8, 0.3), 7)
    np.testing.assert_allclose(table[:, :dim], slow_table, atol=1e-5)
    np.testing.assert_allclose(output[:, :dim], slow_output, atol=1e-5)
    assert np.abs(output).max() > 0.01
    assert not table[:, dim:].any()
    assert not output[:, dim:].any()


@pytest.mark.parametrize("kind", LOSSES.values(), ids=LOSSES)
def test_one_thread_gives_the_same_numbers_again(kind):
    rows, loss = made_up(), made_loss(kind)
    found = []
    for _ in range(2):
        table, output = tables(kind, 16)
        descend(table, output, rows, loss, Schedule(3, 0.5, 11))
        found.append((table, output))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


def test_stretches_and_threads_see_every_text_once_an_epoch(monkeypatch):
    monkeypatch.setattr(fasttext, "_ROWS_FOR_A_THREAD", 10)
    monkeypatch.setattr(fasttext, "_ROWS_IN_A_STRETCH", 20)
    seen, rates, calls = [], [], []

    def note(table, output, rows, loss, order, between, seed):
        seen.append(order)
        rates.append(between)

    monkeypatch.setattr(fasttext, "descend_once", note)
    rows = made_up()
    watch = Watch(lambda: calls.append("check"), lambda: calls.append("epoch"))
    descend(*tables(SOFTMAX, 16), rows, made_loss(SOFTMAX), Schedule(2, 0.5, 0), threads=2, watch=watch)
    assert sorted(np.concatenate(seen).tolist()) == sorted([*range(40), *range(40)])
    assert calls.count("epoch") == 2
    assert calls.count("check") == len(seen) / 2 > 2
    assert max(rates)[0] == 0.5
    assert min(rates)[1] == pytest.approx(0)
    assert all(first >= last for first, last in rates)


def test_several_threads_learn_what_one_learns(monkeypatch):
    monkeypatch.setattr(fasttext, "_ROWS_FOR_A_THREAD", 10)
    generator = np.random.default_rng(0)
    labels = generator.integers(0, LABELS, 400).astype(np.int32)
    ids = labels[:, None] * 6 + generator.integers(0, 6, (400, 8))  # each label has six rows of its own
    rows = Rows(ids.ravel().astype(np.int32), np.arange(401) * 8, labels, np.arange(401))
    for threads in (1, 3):
        table, output = tables(SOFTMAX, 16)
        descend(table, output, rows, made_loss(SOFTMAX, weighted=False), Schedule(20, 0.5, 0), threads=threads)
        said = (table[ids].mean(axis=1) @ output.T).argmax(axis=1)
        assert (said == labels).mean() == 1


def test_the_first_numbers_are_even_and_those_of_any_number_of_threads():
    table = uniform_table(5000, 10, 4)
    np.testing.assert_array_equal(table, uniform_table(5000, 10, 4, threads=3))
    assert (table != uniform_table(5000, 10, 5))[:, :10].mean() > 0.99
    values = table[:, :10].ravel() * 10
    assert -1 <= values.min() < -0.999
    assert 0.999 < values.max() <= 1
    assert abs(values.mean()) < 0.01
    assert values.std() == pytest.approx(3**-0.5, abs=0.01)
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.02
    assert table.ctypes.data % 64 == 0
