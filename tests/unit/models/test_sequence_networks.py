"""BiLSTM, Transformer encoder and MLP: what their settings make of a batch, and what each can tell apart."""

import numpy as np
import pytest
import torch
from corpora import labelled

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.embeddings import GivenVectors, Lexicon, RandomVectors
from wenmai.blocks.pooling import POOLINGS
from wenmai.blocks.positions import LearnedPositions
from wenmai.blocks.transformer import TransformerLayerConfig
from wenmai.core.errors import ConfigError, UsageError
from wenmai.models.bilstm import BiLSTMConfig
from wenmai.models.mlp import AveragedVectorsConfig
from wenmai.models.transformer import TransformerEncoderConfig
from wenmai.recipe import recipe_for
from wenmai.training import fit

LEXICON = Lexicon(12, 0, 1, lambda name: np.random.default_rng(0).random((12, 6)).astype(np.float32))
SMALL = TransformerLayerConfig(width=8, heads=2)
BATCH = TokenBatch(torch.tensor([[2, 3, 4, 5], [6, 7, 0, 0], [0, 0, 0, 0]]), torch.tensor([4, 2, 0]))
RANDOM = RandomVectors(width=8)

CONFIGS = [
    *(BiLSTMConfig(embedding=RANDOM, hidden_size=5, pooling=pooling) for pooling in ("max", "mean", "mean-max")),
    BiLSTMConfig(embedding=RANDOM, hidden_size=5, layers=3),
    *(TransformerEncoderConfig(embedding=RANDOM, block=SMALL, pooling=pooling) for pooling in POOLINGS),
    TransformerEncoderConfig(embedding=RANDOM, block=SMALL.but(norm="post"), positions=LearnedPositions(limit=4)),
    TransformerEncoderConfig(embedding=GivenVectors(), block=SMALL),  # of another width, so they are projected
    AveragedVectorsConfig(embedding=RANDOM, hidden_sizes=()),
    AveragedVectorsConfig(embedding=RANDOM, hidden_sizes=(7, 5)),
]


def module_of(config):
    torch.manual_seed(0)
    return config.module(LEXICON, 3).eval()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"{type(config).__name__}-{config.fingerprint[:6]}")
def test_every_setting_gives_logits_and_trains_every_parameter(config):
    module = module_of(config)
    assert module.embedding(BATCH).shape[:2] == (3, 4)
    logits = module(BATCH)
    assert logits.shape == (3, 3)
    assert torch.isfinite(logits).all()
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2])).backward()
    assert [name for name, value in module.named_parameters() if value.grad is None or not value.grad.any()] == []


@pytest.mark.parametrize("config", CONFIGS[:-2], ids=lambda config: f"{type(config).__name__}-{config.fingerprint[:6]}")
def test_the_order_of_words_matters(config):
    turned = TokenBatch(BATCH.token_ids[:1].flip(1), BATCH.lengths[:1])
    assert not torch.allclose(module_of(config)(turned), module_of(config)(BATCH)[:1], atol=1e-5)


def test_the_order_of_words_does_not_matter_to_a_mean():
    module = module_of(CONFIGS[-1])
    turned = TokenBatch(BATCH.token_ids[:1].flip(1), BATCH.lengths[:1])
    torch.testing.assert_close(module(turned), module(BATCH)[:1])


def test_without_a_hidden_layer_it_is_linear_in_the_mean():
    module = module_of(CONFIGS[-2])
    mean = 8**0.5 * module.embedding(BATCH)[0].mean(dim=0)
    torch.testing.assert_close(module(BATCH)[0], module.output(mean))


def test_positions_that_are_learnt_must_reach_as_far_as_texts():
    recipe = recipe_for("transformer:words", "en")
    learned = recipe.but(model=recipe.model.but(positions=LearnedPositions(limit=300)))
    data = labelled(["a b", "b a"] * 10, ["x", "y"] * 10)
    with pytest.raises(UsageError, match=r"learnt up to 300 tokens and pipeline.max_pieces is 400"):
        fit(learned, data)
    endless = learned.but(pipeline=recipe.pipeline.but(max_pieces=None))
    with pytest.raises(UsageError, match=r"pipeline.max_pieces is None"):
        fit(endless, data)


def _which_first(rows, seed):
    """Texts of which the label is whether ``a`` comes before ``b``, with other words anywhere."""
    generator, texts, labels = np.random.default_rng(seed), [], []
    for _ in range(rows):
        words = list(generator.choice(list("cdefgh"), int(generator.integers(2, 12))))
        first, second = sorted(generator.choice(len(words) + 1, 2, replace=False))
        turned = bool(generator.integers(2))
        words.insert(second, "a" if turned else "b")
        words.insert(first, "b" if turned else "a")
        texts.append(" ".join(words))
        labels.append("ba" if turned else "ab")
    return labelled(texts, labels)


@pytest.mark.parametrize(
    ("rung", "reached"), [("bilstm:words", True), ("transformer:words", True), ("mlp:words", False)]
)
def test_who_reads_in_order_learns_which_word_came_first(rung, reached):
    small = {
        "bilstm:words": BiLSTMConfig(embedding=RandomVectors(width=16), hidden_size=16, dropout=0.0),
        "transformer:words": TransformerEncoderConfig(
            embedding=RandomVectors(width=32), block=TransformerLayerConfig(width=32, dropout=0.0), dropout=0.0
        ),
        "mlp:words": AveragedVectorsConfig(embedding=RandomVectors(width=32), hidden_sizes=(32,), dropout=0.0),
    }[rung]
    recipe = recipe_for(rung, "en").but(model=small)
    loop = recipe.training.loop.but(learning_rate=5e-3, word_dropout=0.0)
    bundle = fit(recipe.but(training=recipe.training.but(loop=loop)), _which_first(500, 0))
    data = _which_first(200, 1)
    accuracy = bundle.task.scores(bundle.outputs(data), bundle.task.targets(data))["accuracy"]
    assert (accuracy > 0.9) == reached
    assert accuracy > 0.9 or accuracy < 0.65


def test_the_first_step_of_a_bilstm_is_no_pooling():
    with pytest.raises(ConfigError, match="pooling"):
        BiLSTMConfig.parse({"pooling": "first"})
