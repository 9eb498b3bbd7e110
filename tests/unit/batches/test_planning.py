import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.planning import batches_by_length, budget_for, padding_share, shuffled_batches

LENGTHS = st.lists(st.integers(0, 40), min_size=1, max_size=120).map(lambda values: np.array(values, np.int64))


def area(lengths, rows):
    return max(lengths[rows].max(), 1) * len(rows)


@given(LENGTHS, st.integers(1, 200), st.integers(0, 5))
def test_each_row_stands_in_one_batch_within_the_budget(lengths, tokens, epoch):
    for batches in (batches_by_length(lengths, tokens), shuffled_batches(lengths, tokens, seed=1, epoch=epoch)):
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
        assert all(area(lengths, rows) <= tokens or len(rows) == 1 for rows in batches)


def test_no_text_is_no_batch():
    nothing = np.zeros(0, np.int64)
    assert batches_by_length(nothing, 10) == []
    assert shuffled_batches(nothing, 10, seed=0, epoch=0) == []


def test_the_same_seed_and_epoch_give_the_same_batches_and_others_do_not():
    lengths = np.random.default_rng(0).integers(1, 50, 500)

    def order(seed, epoch):
        return np.concatenate(shuffled_batches(lengths, 256, seed=seed, epoch=epoch)).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)


def test_little_of_a_batch_is_padding_and_the_order_is_not_that_of_the_lengths():
    generator = np.random.default_rng(0)
    lengths = np.maximum(generator.lognormal(3, 0.7, 20_000), 1).astype(np.int64)
    batches = shuffled_batches(lengths, 2048, seed=0, epoch=0)
    assert padding_share(lengths, batches) < 0.06
    in_order = [np.arange(start, min(start + 64, 20_000)) for start in range(0, 20_000, 64)]
    assert padding_share(lengths, in_order) > 0.6
    widths = np.array([lengths[rows].max() for rows in batches])
    assert abs(np.corrcoef(np.arange(len(widths)), widths)[0, 1]) < 0.1


def test_small_data_has_smaller_batches():
    lengths = np.full(100, 10)
    assert budget_for(lengths, 4096, 20) == 50
    assert budget_for(lengths, 30, 20) == 30
    assert budget_for(np.zeros(3, np.int64), 4096, 20) == 1
    assert len(shuffled_batches(lengths, budget_for(lengths, 4096, 20), seed=0, epoch=0)) >= 20


def test_texts_of_equal_length_pad_nothing():
    assert padding_share(np.full(10, 4), [np.arange(5), np.arange(5, 10)]) == 0
    assert padding_share(np.zeros(0, np.int64), []) == 0
