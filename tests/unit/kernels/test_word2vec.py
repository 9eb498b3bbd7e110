"""word2vec's kernels: one block against numpy, a whole descent against the paper's sums written out, seeds, threads."""

import numpy as np
import pytest
from numba import njit

from wenmai.kernels.fasttext import aligned_zeros, padded_width
from wenmai.kernels.huffman import HuffmanTree, huffman_tree
from wenmai.kernels.word2vec import Begun, Objective, Schedule, Text, descend, descend_once, kept_shares, noise_table
from wenmai.kernels.word2vec_block import add_difference, mean_row, meet

NO_TREE = HuffmanTree(np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(1, np.int64))
HEIGHTS = [(0,) * height for height in (1, 2, 3, 4)]


@njit
def met(inputs, rows, outputs, columns, width, answers, weights, shifts, rate, gradients, losses, height):
    meet(inputs, rows, 1, outputs, columns, 8, width, answers, weights, shifts, rate, gradients, losses, height)


@njit
def averaged(mean, before, table, rows, width):
    mean_row(mean, before, table, rows, 1, 4, width)
    mean[:] += 1
    add_difference(table, rows, 1, 4, mean, before, width)


def logistic(values):
    return 1 / (1 + np.exp(-values))


@pytest.mark.parametrize("height", HEIGHTS, ids=map(len, HEIGHTS))
@pytest.mark.parametrize("width", [16, 48, 112])
@pytest.mark.parametrize("scale", [0.1, 3.0])
def test_a_block_is_three_products(height, width, scale):
    generator = np.random.default_rng(0)
    inputs, outputs = (generator.normal(0, scale, (rows, width)).astype(np.float32) for rows in (9, 11))
    rows = np.array([8, 2, 5, 0, 3], np.int32)
    columns = np.array([0] * 8 + [10, 1, 4, 7, 0, 3, 9, 9], np.int32)
    answers, weights, shifts = (np.zeros(32, np.float32) for _ in range(3))
    for half in (16, 24):
        answers[half : half + 6] = [1, 0, 0, 1, 0, 0]
        weights[half : half + 6] = [1, 1, 0.5, 2, 0, 1]
        shifts[half : half + 6] = [0, 1, 0, -2, 0, 0.5]
    losses = np.zeros(16)
    x, y = (table.astype(np.float64) for table in (inputs, outputs))
    used, columns_used, here = rows[1 : 1 + len(height)], columns[8:14], slice(16, 22)
    scores = x[used] @ y[columns_used].T - shifts[here]
    step = 0.05 * weights[here] * (answers[here] - logistic(scores))
    expected_loss = (weights[here] * (np.logaddexp(0, scores) - answers[here] * scores)).sum()
    change = step @ y[columns_used], step.T @ x[used]
    x[used] += change[0]
    y[columns_used] += change[1]
    met(inputs.reshape(-1), rows, outputs.reshape(-1), columns, width, answers, weights, shifts,
        np.float32(0.05), np.zeros(32, np.float32), losses, height)  # fmt: skip
    np.testing.assert_allclose(inputs, x, atol=2e-6 * scale * width)
    np.testing.assert_allclose(outputs, y, atol=2e-6 * scale * width)
    assert losses.sum() == pytest.approx(expected_loss, rel=1e-5)


def test_a_mean_and_what_it_changed_by():
    table = np.arange(64, dtype=np.float32).reshape(4, 16)
    rows, expected = np.array([0, 3, 1, 3], np.int32), table.copy()
    mean, before = np.zeros(16, np.float32), np.zeros(16, np.float32)
    averaged(mean, before, table.reshape(-1), rows, 16)
    np.testing.assert_allclose(before, expected[[3, 1, 3]].mean(axis=0), rtol=1e-6)
    expected[[1]] += 1
    expected[[3]] += 2
    np.testing.assert_allclose(table, expected, rtol=1e-6)


COUNTS = np.array([40, 30, 20, 15, 10, 9, 8, 7, 6, 5, 4, 3])
WORDS = len(COUNTS)
DIM = 5


def corpus(words=157, seed=0):
    generator = np.random.default_rng(seed)
    ids = generator.choice(WORDS, size=words, p=COUNTS / COUNTS.sum()).astype(np.int32)
    return Text(ids, np.array([0, 0, words // 3, words // 3 + 1, words]))


def tables(rows=WORDS, seed=0):
    inputs = aligned_zeros(WORDS, padded_width(DIM))
    inputs[:, :DIM] = np.random.default_rng(seed).normal(0, 0.3, (WORDS, DIM))
    outputs = aligned_zeros(rows + 4, padded_width(DIM))
    return inputs, outputs


def objective(*, cbow=False, window=1, sample=0.0, negatives=5, tree=NO_TREE, noise=None):
    return Objective(
        cbow,
        window,
        kept_shares(COUNTS, sample),
        noise_table(COUNTS, 0.75, 0) if noise is None else noise,
        negatives,
        np.zeros(0, np.float32),
        tree,
    )


def reference(inputs, outputs, text, targets, *, cbow, rates):
    """One epoch with a window of one word to each side, every centre's output rows as ``targets`` gives them."""
    x, y = inputs.astype(np.float64), outputs.astype(np.float64)
    loss, pairs, total = 0.0, 0, len(text.token_ids)
    for start, stop in zip(text.offsets[:-1], text.offsets[1:], strict=True):
        if stop - start < 2:
            continue
        rate = rates[0] + (rates[1] - rates[0]) * start / total
        for centre in range(start, stop):
            near = [at for at in (centre - 1, centre + 1) if start <= at < stop]
            contexts = text.token_ids[near]
            for columns, answers in targets(text.token_ids[centre]):
                blocks = [[*contexts]] if len(set(contexts)) == len(near) else [[one] for one in contexts]
                for block in blocks:
                    hidden = x[block].mean(axis=0, keepdims=True) if cbow else x[block]
                    scores = hidden @ y[columns].T
                    loss += (np.logaddexp(0, scores) - answers * scores).sum()
                    step = rate * (answers - logistic(scores))
                    change, back = step @ y[columns], step.T @ hidden
                    x[block] += change
                    y[columns] += back
            pairs += 1 if cbow else len(near)
    return x, y, loss, pairs


@pytest.mark.parametrize("cbow", [False, True], ids=["skip-gram", "cbow"])
def test_hierarchical_softmax_is_the_paper_written_out(cbow):
    tree, text = huffman_tree(COUNTS), corpus()
    longest = np.diff(tree.offsets).max()
    if cbow:  # Of a path in several blocks, the mean moves between them.
        assert longest <= 6
        unequal = text.token_ids[1:] != text.token_ids[:-1]
        assert unequal.any()
        # A window whose two words are the same one is a mean of that word, moved twice: the reference moves it once.
        text = Text(np.arange(150, dtype=np.int32) % WORDS, np.array([0, 100, 150]))

    def path(word):
        at = np.arange(tree.offsets[word], tree.offsets[word + 1])
        return [
            (tree.nodes[at[start : start + 6]], tree.codes[at[start : start + 6]]) for start in range(0, len(at), 6)
        ]

    inputs, outputs = tables(rows=WORDS - 1)
    outputs[: WORDS - 1, :DIM] = np.random.default_rng(1).normal(0, 0.3, (WORDS - 1, DIM))
    rates = [0.1, 0.02]
    x, y, loss, pairs = reference(inputs, outputs, text, path, cbow=cbow, rates=rates)
    learnt = objective(cbow=cbow, negatives=0, tree=tree)
    found_loss, found_pairs = descend_once(inputs, outputs, text, learnt, (0, len(text.offsets) - 1, 0), rates, 7)
    np.testing.assert_allclose(inputs, x, atol=1e-5)
    np.testing.assert_allclose(outputs, y, atol=1e-5)
    assert (found_loss, found_pairs) == (pytest.approx(loss, rel=1e-5), pairs)


@pytest.mark.parametrize("cbow", [False, True], ids=["skip-gram", "cbow"])
def test_negative_sampling_is_the_paper_written_out(cbow):
    """With one word to be drawn in all the table, each centre but itself meets that one, and the rest is spare."""
    text = Text(np.arange(150, dtype=np.int32) % WORDS, np.array([0, 100, 150]))
    inputs, outputs = tables()
    rates = [0.1, 0.02]

    def pair(word):
        return [(np.array([word] if word == 3 else [word, 3]), np.array([1.0] if word == 3 else [1.0, 0.0]))]

    x, y, loss, pairs = reference(inputs, outputs, text, pair, cbow=cbow, rates=rates)
    learnt = objective(cbow=cbow, noise=np.full(1 << 20, 3, np.int32))
    found_loss, found_pairs = descend_once(inputs, outputs, text, learnt, (0, 2, 0), rates, 7)
    np.testing.assert_allclose(inputs, x, atol=1e-5)
    np.testing.assert_allclose(outputs, y, atol=1e-5)
    assert (found_loss, found_pairs) == (pytest.approx(loss, rel=1e-5), pairs)
    assert not outputs[WORDS:].any()


@pytest.mark.parametrize("cbow", [False, True], ids=["skip-gram", "cbow"])
@pytest.mark.parametrize("hierarchical", [False, True], ids=["negatives", "hierarchical"])
def test_words_made_of_several_rows_move_them_all(cbow, hierarchical):
    text = Text(np.arange(150, dtype=np.int32) % WORDS, np.array([0, 100, 150]))
    tree = huffman_tree(COUNTS) if hierarchical else NO_TREE
    spelt = [[word, 12 + word % 5, 17 + word % 3] for word in range(WORDS)]
    learnt = Objective(
        cbow,
        1,
        kept_shares(COUNTS, 0),
        np.full(1 << 20, 3, np.int32),
        0 if hierarchical else 5,
        np.zeros(0, np.float32),
        tree,
        np.array(spelt, np.int32).ravel(),
        np.arange(0, 3 * WORDS + 1, 3),
    )
    inputs, outputs = tables(rows=20)
    inputs = aligned_zeros(20, padded_width(DIM))
    inputs[:, :DIM] = np.random.default_rng(0).normal(0, 0.3, (20, DIM))
    outputs[:11, :DIM] = np.random.default_rng(1).normal(0, 0.3, (11, DIM))
    x, y, expected_loss = inputs.astype(np.float64), outputs.astype(np.float64), 0.0
    for start, stop in ((0, 100), (100, 150)):
        rate = 0.1 - 0.08 * start / 150
        for centre in range(start, stop):
            window = [text.token_ids[at] for at in (centre - 1, centre + 1) if start <= at < stop]
            bag = [row for word in (window if cbow else [text.token_ids[centre]]) for row in spelt[word]]
            hidden = before = x[bag].mean(axis=0)
            for word in [text.token_ids[centre]] if cbow else window:
                if hierarchical:
                    path = slice(tree.offsets[word], tree.offsets[word + 1])
                    columns, answers = tree.nodes[path], tree.codes[path]
                else:
                    columns = np.array([word] if word == 3 else [word, 3])
                    answers = np.array([1.0] if word == 3 else [1.0, 0.0])
                scores = y[columns] @ hidden
                expected_loss += (np.logaddexp(0, scores) - answers * scores).sum()
                step = rate * (answers - logistic(scores))
                change = step @ y[columns]
                y[columns] += np.outer(step, hidden)
                hidden = hidden + change
            np.add.at(x, bag, hidden - before)
    loss, pairs = descend_once(inputs, outputs, text, learnt, (0, 2, 0), [0.1, 0.02], 7)
    np.testing.assert_allclose(inputs, x, atol=1e-5)
    np.testing.assert_allclose(outputs, y, atol=1e-5)
    assert (loss, pairs) == (pytest.approx(expected_loss, rel=1e-5), 150 if cbow else 296)


def learnt(threads=1, seed=0, epochs=4, words=200_000, **settings):
    text = corpus(words)
    inputs, outputs = tables()
    outputs = aligned_zeros(WORDS + threads, padded_width(DIM))
    standing = descend(inputs, outputs, text, objective(**settings), Schedule(epochs, 0.05, 0.0, seed), threads=threads)
    return inputs, outputs, standing


SETTINGS = {
    "skip-gram": {"window": 3},
    "cbow": {"cbow": True, "window": 3},
    "eleven negatives": {"negatives": 11, "window": 2},
    "hierarchical": {"negatives": 0, "tree": huffman_tree(COUNTS), "window": 2},
    "sampled": {"sample": 1e-2, "window": 4},
}
settings = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


@settings
def test_the_same_seed_gives_the_same_numbers(settings):
    first, again = learnt(words=20_000, **settings), learnt(words=20_000, **settings)
    for one, other in zip(first[:2], again[:2], strict=True):
        np.testing.assert_array_equal(one, other)
    other = learnt(words=20_000, seed=1, **settings)
    assert (first[0] != other[0]).any()
    assert (first[2].loss, first[2].pairs) == (again[2].loss, again[2].pairs)


@settings
def test_the_loss_of_a_pair_does_not_hang_on_the_threads(settings):
    one, several = learnt(**settings)[2], learnt(threads=3, **settings)[2]
    assert several.threads == 3
    assert several.loss / several.pairs == pytest.approx(one.loss / one.pairs, rel=0.01)


def test_a_descent_goes_on_where_an_earlier_one_stood(monkeypatch):
    monkeypatch.setattr("wenmai.kernels.word2vec._WORDS_IN_A_STRETCH", 1000)
    text, plan = corpus(3000), Schedule(2, 0.05, 0.001, 5)
    whole = tables()
    end = descend(*whole, text, objective(window=2), plan)
    begun = tables()
    kept = []

    def stop(standing):
        if standing.step == 4:
            kept.append(standing)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        descend(*begun, text, objective(window=2), plan, watch=stop)
    (standing,) = kept
    again = descend(*begun, text, objective(window=2), plan, begun=Begun(standing.step, standing.loss, standing.pairs))
    np.testing.assert_array_equal(begun[0], whole[0])
    np.testing.assert_array_equal(begun[1], whole[1])
    assert again == end
    assert end.words == 6000


def test_subsampling_keeps_what_the_paper_says():
    counts = np.array([900_000, 99_900, 100])
    shares = kept_shares(counts, 1e-3) / 2**32
    frequency = 1e-3 / (counts / counts.sum())
    np.testing.assert_allclose(shares, np.minimum(np.sqrt(frequency) + frequency, 1), rtol=1e-6)
    assert (kept_shares(counts, 0) == np.iinfo(np.uint32).max).all()


def test_the_noise_is_shared_out_by_counts():
    table = noise_table(COUNTS, 0.75, 0)
    share = COUNTS**0.75 / (COUNTS**0.75).sum()
    np.testing.assert_allclose(np.bincount(table, minlength=WORDS) / len(table), share, atol=2e-6)
    assert (table[:-1] != table[1:]).mean() > 0.5
