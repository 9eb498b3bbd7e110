"""Networks that tag: their own vocabulary, characters and pairs, training, batches, state."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.characters import CharacterCNN, CharacterLSTM, NoCharacters, character_reader
from wenmai.blocks.crf import CRF, TokensByThemselves
from wenmai.blocks.embeddings import GivenVectors, RandomVectors
from wenmai.core.errors import BundleError, FitError, UsageError
from wenmai.core.schema import Schema, TagColumns
from wenmai.core.tags import TagRules, complete_tags
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.bilstm_tagger import BiLSTMTaggerConfig
from wenmai.models.contract import Examples, Head, Network, Parts, Run
from wenmai.models.loop_config import BudgetConfig, LoopConfig
from wenmai.models.token_tables import TokenTables
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.training.loop import Judge, train_network

NAMES = complete_tags(["LOC", "PER"], "iob2", outside=True)
HEAD = Head("tags", len(NAMES), NAMES, TagRules.of(NAMES, "iob2"))
SMALL = {"embedding": RandomVectors(width=16), "hidden_size": 16, "dropout": 0.1, "min_count": 1}
CONFIGS = {
    "crf, characters by CNN": BiLSTMTaggerConfig(characters=CharacterCNN(width=8, filters=12), **SMALL),
    "crf, pairs": BiLSTMTaggerConfig(characters=NoCharacters(), pairs=8, **SMALL),
    "tokens, characters by LSTM, pairs": BiLSTMTaggerConfig(
        characters=CharacterLSTM(width=8, hidden_size=6), pairs=8, decoder=TokensByThemselves(), **SMALL
    ),
}
SENTENCES = [
    ("yesterday Anna Berg came from New York .", "O B-PER I-PER O O B-LOC I-LOC O"),
    ("Tom came from Oslo .", "B-PER O O B-LOC O"),
    ("Mary Lee Cook came yesterday .", "B-PER I-PER I-PER O O O"),
    ("from Los Angeles .", "O B-LOC I-LOC O"),
    ("", ""),
]
LOOP = LoopConfig(learning_rate=2e-2, budget=BudgetConfig(epochs=12), precision="float32", word_dropout=0.05)


def examples(copies=4):
    rows = [(text.split(), tags.split()) for text, tags in SENTENCES] * copies
    table = pa.table({"tokens": [tokens for tokens, _ in rows], "tags": [tags for _, tags in rows]})
    data = Dataset(table, Schema(columns=TagColumns()), "made up")
    return Examples(data, [np.array([NAMES.index(tag) for tag in tags], np.int64) for _, tags in rows])


def built(config, inputs=None):
    return config.build(Parts(Pipeline(PipelineConfig()), HEAD, inputs or {}))


def right(outputs, targets):
    return np.mean([np.array_equal(row[:, 0], gold) for row, gold in zip(outputs, targets, strict=True)])


def trained(config, **options):
    model, given = built(config), examples()
    judge = Judge("rows", lambda outputs: right(outputs, given.targets))
    found = train_network(model, given, given, Run(**options), LOOP, judge)
    return model, found


def drawn(config):
    model = built(config)
    model.prepare(examples().data, Run())
    model.draw(0)
    return model


configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


@configs
def test_it_learns_its_rows_and_comes_back_from_its_arrays(config):
    model, found = trained(config)
    assert isinstance(model, Network)
    given = examples()
    outputs = model.outputs(given.data.inputs())
    assert right(outputs, given.targets) == 1
    assert found.history.points[-1].loss < found.history.points[0].loss / 2
    again = built(config)
    again.restore(model.arrays())
    for one, other in zip(outputs, again.outputs(given.data.inputs()), strict=True):
        np.testing.assert_array_equal(one, other)
    for name, array in model.arrays().items():
        with pytest.raises(BundleError):
            built(config).restore({other: value for other, value in model.arrays().items() if other != name})
        if len(array):
            with pytest.raises(BundleError):
                built(config).restore({**model.arrays(), name: array[:-1]})


@configs
def test_padding_and_other_rows_do_not_matter(config):
    model = drawn(config)
    texts = model.encode(examples(1).data.inputs())
    rows = np.arange(len(texts))
    batch = TokenBatch.of(texts, rows, 0)
    module = model.network()
    with torch.no_grad():
        together = module(batch)
        for row in rows:
            alone = module(TokenBatch.of(texts, rows[row : row + 1], 0))
            length = int(batch.lengths[row])
            torch.testing.assert_close(together[row, :length], alone[0, :length], rtol=0, atol=1e-5)
        columns = torch.nn.functional.pad(batch.columns, (0, 0, 0, 5), value=3)
        columns[:, : batch.columns.shape[1]][~batch.mask] = 2
        ids = torch.nn.functional.pad(torch.where(batch.mask, batch.token_ids, 5), (0, 5), value=7)
        other = module(TokenBatch(ids, batch.lengths, columns=columns))[:, : together.shape[1]]
        torch.testing.assert_close(other[batch.mask], together[batch.mask], rtol=0, atol=1e-5)


@configs
def test_every_parameter_gets_a_gradient(config):
    model = drawn(config)
    given = examples(1)
    texts = model.encode(given.data.inputs())
    batch = TokenBatch.of(texts, np.arange(len(texts)), 0)
    targets = torch.zeros_like(batch.token_ids)
    for row, gold in enumerate(given.targets):
        targets[row, : len(gold)] = torch.from_numpy(gold)
    module = model.network()
    module.get_submodule("decoder").losses(module(batch), batch.lengths, targets).sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@configs
def test_a_row_alone_is_a_row_among_others(config):
    model = drawn(config)
    rows = [[], ["Oslo"], ["never", "seenbefore" * 9, "!"], ["Tom", "from", "New", "York"]]
    together = model.outputs(Inputs([""] * 4, tokens=rows))
    assert [row.shape for row in together] == [(0, 2), (1, 2), (3, 2), (4, 2)]
    for row, found in zip(rows, together, strict=True):
        np.testing.assert_allclose(model.outputs(Inputs([""], tokens=[row]))[0], found, atol=1e-5)
    assert model.outputs(Inputs([], tokens=[])) == []


def test_the_next_best_sequences_and_the_marginals():
    model = drawn(CONFIGS["crf, pairs"])
    inputs = Inputs([""], tokens=[["Tom", "came", "from", "Oslo"]])
    ((first, *rest),) = model.best(inputs, 4)
    assert first[0].tolist() == model.outputs(inputs)[0][:, 0].astype(int).tolist()
    assert len(rest) == 3
    np.testing.assert_allclose(model.marginals(inputs)[0].sum(axis=1), 1)


def test_the_same_seed_gives_the_same_network():
    first, again, other = (trained(CONFIGS["crf, pairs"], seed=seed)[0].arrays() for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


def test_what_cannot_be_trained_is_said():
    with pytest.raises(FitError, match="tags cannot be weighted"):
        trained(CONFIGS["crf, pairs"], class_weight="balanced")
    with pytest.raises(UsageError, match="no weights yet"):
        built(CONFIGS["crf, pairs"]).outputs(Inputs([""], tokens=[["a"]]))
    config = CONFIGS["crf, pairs"].but(embedding=GivenVectors())
    with pytest.raises(UsageError, match="takes its vectors from the input 'vectors'"):
        drawn(config)


def test_tokens_characters_and_pairs_are_numbered():
    tables = TokenTables(2, lowercase=True, longest=4, pairs=True)
    tables.learn([["New", "new"], ["new", "York"]])
    assert tables.strings() == ("", "", "new")
    rows = tables.encode([["NEW", "Yorkshire"], []])
    assert rows.token_ids.tolist() == [2, 1]
    assert rows.offsets.tolist() == [0, 2, 2]
    letters = tables.characters
    spelt = [[letters.get(one, 1) for one in "NEW"] + [0], [letters.get(one, 1) for one in "Yore"]]
    assert rows.columns[:, :4].tolist() == spelt
    assert rows.columns[:, 4:].tolist() == [[1, 1], [1, 1]]  # no pair was seen twice
    again = TokenTables(2, lowercase=True, longest=4, pairs=True)
    again.restore(tables.arrays())
    assert (again.tokens, again.characters, again.pairs) == (tables.tokens, tables.characters, tables.pairs)


@pytest.mark.parametrize("config", [CharacterCNN(width=4, filters=5, reach=3), CharacterLSTM(width=4, hidden_size=3)])
def test_a_token_is_spelt_whatever_stands_beside_it(config):
    torch.manual_seed(0)
    reader = character_reader(config, 9)
    spelt = torch.tensor([[3, 4, 0, 0], [5, 0, 0, 0], [3, 4, 5, 6], [0, 0, 0, 0]])
    told = reader(spelt)
    assert told.shape == (4, reader.width)
    assert torch.isfinite(told).all()
    torch.testing.assert_close(reader(spelt[:2, :2]), told[:2])
    assert not torch.allclose(told[0], told[1])


def test_a_crf_is_the_default():
    assert isinstance(BiLSTMTaggerConfig().decoder, CRF)
