import pytest
import torch

from wenmai.blocks.crf import CRF, TokensByThemselves, decoder_for
from wenmai.blocks.joint_tags import JointDecoder, joint, parted, with_intents
from wenmai.core.tags import TagRules, complete_tags

NAMES = complete_tags(["A"], "iob2", outside=True)
RULES = TagRules.of(NAMES, "iob2")


@pytest.mark.parametrize("intents", [2, 3, 7])
def test_what_is_put_together_comes_apart(intents):
    logits, emissions = torch.randn(4, intents), torch.randn(4, 5, len(NAMES))
    both = joint(logits, emissions)
    assert both.shape == (4, 6, max(intents, len(NAMES)))
    found = parted(both, intents, len(NAMES))
    assert torch.equal(found[0], logits)
    assert torch.equal(found[1], emissions)


@pytest.mark.parametrize("config", [CRF(), TokensByThemselves()])
def test_the_loss_is_the_sum_of_both(config):
    torch.manual_seed(0)
    tags = decoder_for(config, RULES)
    decoder = with_intents(tags, 4)
    assert isinstance(decoder, JointDecoder)
    logits, emissions = torch.randn(3, 4), torch.randn(3, 6, len(NAMES))
    lengths, intents = torch.tensor([6, 2, 0]), torch.tensor([3, 0, 1])
    targets = torch.tensor([[0, 1, 2, 0, 0, 1], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
    found = decoder.losses(joint(logits, emissions), lengths + 1, torch.cat([intents[:, None], targets], dim=1))
    own = torch.nn.functional.cross_entropy(logits, intents, reduction="none")
    torch.testing.assert_close(found, own + tags.losses(emissions, lengths, targets))
    # A batch of empty sentences has targets of nothing but intents.
    alone = decoder.losses(joint(logits, emissions)[2:], torch.tensor([1]), intents[2:, None])
    torch.testing.assert_close(alone, own[2:])


def test_without_intents_a_decoder_stays_what_it_is():
    tags = decoder_for(CRF(), RULES)
    assert with_intents(tags, 0) is tags
    assert with_intents(tags, 2).chain().transitions.shape == tags.chain().transitions.shape
