import re
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from wenmai.batches.corpus import read_corpus
from wenmai.core.errors import FitError
from wenmai.models.contract import Head, Parts, Run
from wenmai.models.nnlm import NextWord, NNLMConfig, words_before
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment

PIPELINE = Pipeline.fit(PipelineConfig(segment=GivenSegment()), [])
SMALL = NNLMConfig(dim=8, min_count=1, context=2, hidden_size=16, epochs=8, batch_words=32, learning_rate=0.02)


def corpus_of(*rows):
    return read_corpus([rows], PIPELINE)


def model(config=SMALL):
    return config.build(Parts(PIPELINE, Head("vectors", 0)))


def sentences():
    """Two kinds of animals that stand where the other does, and do different things."""
    generator = np.random.default_rng(0)
    rows = []
    for _ in range(400):
        animals, deeds = (
            (("cat", "dog"), ("sleeps", "eats")) if generator.random() < 0.5 else (("cod", "eel"), ("swims",))
        )
        rows.append(f"the {generator.choice(animals)} often {generator.choice(deeds)}")
    return corpus_of(*rows)


def test_before_a_row_stands_nothing_of_the_row_above():
    corpus = corpus_of("a b c", "", "c a")
    names = (*corpus.words, "<begin>")
    found = words_before(corpus, np.arange(5), 2)
    assert [[names[at] for at in row] for row in found] == [
        ["<begin>", "<begin>"],
        ["<begin>", "a"],
        ["a", "b"],
        ["<begin>", "<begin>"],
        ["<begin>", "c"],
    ]


@pytest.mark.parametrize("direct", [False, True])
def test_the_network_is_the_formula_of_the_paper(direct):
    module = NextWord(SMALL.but(direct=direct), 5)
    before = torch.tensor([[0, 5], [3, 1]])
    state = {name: value.numpy().astype(np.float64) for name, value in module.state_dict().items()}
    x = state["vectors.weight"][before.numpy()].reshape(2, -1)
    y = np.tanh(x @ state["hidden.weight"].T + state["hidden.bias"]) @ state["output.weight"].T + state["output.bias"]
    y += x @ state["direct.weight"].T if direct else 0
    np.testing.assert_allclose(module(before).detach().numpy(), y, atol=1e-5)


def test_words_that_stand_in_the_same_places_have_like_vectors_and_the_text_is_guessed():
    learnt, corpus = model(), sentences()
    (note,) = learnt.learn(corpus, Run(seed=1))
    perplexity = float(re.fullmatch(r"perplexity ([\d.]+) over the last of 8 passes", note)[1])
    # Two of four words are certain, the animal has two bits, the deed half a bit on average: 2^(2.5 / 4) at best.
    assert 1.4 < perplexity < 1.7
    unit = learnt.vectors / np.linalg.norm(learnt.vectors, axis=1, keepdims=True)
    cat, dog, cod, eel = (unit[learnt.words.index(word)] for word in ("cat", "dog", "cod", "eel"))
    assert min(cat @ dog, cod @ eel) > max(cat @ cod, cat @ eel, dog @ cod, dog @ eel)


def test_the_seed_decides_everything():
    corpus = sentences()
    found = []
    for seed in (1, 1, 2):
        learnt = model(SMALL.but(epochs=1))
        torch.rand(3)
        learnt.learn(corpus, Run(seed=seed))
        found.append(learnt.vectors)
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_what_was_learnt_when_the_budget_is_spent_is_kept_with_a_note():
    learnt = model(SMALL.but(epochs=10_000))
    (note,) = learnt.learn(sentences(), Run(deadline=time.monotonic() + 0.3))
    assert re.fullmatch(r"the budget was spent after [\d.]+ of 10000 passes", note)
    assert np.isfinite(learnt.vectors).all()
    with pytest.raises(FitError, match="budget"):
        learnt.learn(sentences(), replace(Run(), deadline=time.monotonic() - 1))


class EndedError(Exception):
    pass


class Memory:
    """Keeps what is saved; ends the fit after so many times."""

    def __init__(self, ends):
        self.ends, self.kept, self.saved = ends, None, 0

    def due(self):
        if self.saved == self.ends:
            raise EndedError
        return True

    def save(self, step, arrays):
        self.saved += 1
        self.kept = step, arrays

    def newest(self):
        return self.kept


@pytest.mark.parametrize("ends", [1, 60, 99])
def test_a_fit_that_was_ended_goes_on_to_the_same_bits(ends):
    config, corpus = SMALL.but(epochs=2), sentences()
    whole, resumed = model(config), model(config)
    note = whole.learn(corpus, Run(seed=3))
    keeper = Memory(ends)
    with pytest.raises(EndedError):
        resumed.learn(corpus, Run(seed=3, keeper=keeper))
    keeper.ends = None
    assert resumed.learn(corpus, Run(seed=3, keeper=keeper)) == note
    np.testing.assert_array_equal(whole.vectors, resumed.vectors)


def test_a_loss_without_end_is_said():
    with pytest.raises(FitError, match=r"not a finite number\. Set model\.learning_rate lower|not a finite number"):
        model(SMALL.but(learning_rate=1e30)).learn(sentences(), Run())
