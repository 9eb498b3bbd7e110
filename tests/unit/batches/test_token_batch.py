import numpy as np
import torch

from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import TokenRows

BATCH = TokenBatch.of(TokenRows.of([[3, 4, 5], [], [6]]), np.arange(3), 0)


def test_the_mask_is_true_where_a_token_stands():
    assert len(BATCH) == 3
    assert BATCH.token_ids.tolist() == [[3, 4, 5], [0, 0, 0], [6, 0, 0]]
    assert BATCH.mask.tolist() == [[True, True, True], [False, False, False], [True, False, False]]


def test_only_tokens_are_hidden_and_about_as_many_as_asked_for():
    torch.manual_seed(0)
    texts = TokenRows.of([[5] * 1000, [5] * 500])
    hidden = TokenBatch.of(texts, np.arange(2), 0).with_dropped_words(0.3, 1)
    assert 0.25 < (hidden.token_ids[hidden.mask] == 1).float().mean() < 0.35
    assert set(hidden.token_ids[hidden.mask].tolist()) == {1, 5}
    assert (hidden.token_ids[~hidden.mask] == 0).all()
    assert BATCH.with_dropped_words(0.0, 1).token_ids.tolist() == BATCH.token_ids.tolist()
