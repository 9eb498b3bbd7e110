import pytest
import torch
from torch import nn

from wenmai.blocks.recurrent import BidirectionalLSTM, reversed_steps


def drawn(width=6, hidden_size=5, layers=1, seed=0):
    torch.manual_seed(seed)
    return BidirectionalLSTM(width, hidden_size, layers).eval()


def test_each_text_is_turned_round_within_its_own_length():
    places = reversed_steps(torch.tensor([4, 2, 0, 1]), 4)
    assert places.tolist() == [[3, 2, 1, 0], [1, 0, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]
    assert torch.gather(places, 1, places).tolist() == [[0, 1, 2, 3]] * 4


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("lengths", [[3], [7, 4, 1], [0, 7, 2]])
def test_padding_does_not_matter(layers, lengths):
    lstm, lengths = drawn(layers=layers), torch.tensor(lengths)
    steps = int(lengths.max())
    values = torch.randn(len(lengths), steps, 6)
    wider = torch.cat([values, 1e3 * torch.randn(len(lengths), 9, 6)], dim=1)
    mask = torch.arange(steps) < lengths[:, None]
    wider[:, :steps][~mask] = -1e3
    expected = lstm(values, lengths)
    assert expected.shape == (len(lengths), steps, 10)
    torch.testing.assert_close(lstm(wider, lengths)[:, :steps][mask], expected[mask], rtol=1e-5, atol=1e-6)


def test_the_backward_direction_reads_a_text_from_its_end():
    lstm, values = drawn(), torch.randn(2, 5, 6)
    changed = values.clone()
    changed[0, 2] += 1.0
    before, after = (lstm(one, torch.tensor([4, 5]))[0] for one in (values, changed))
    moved = (before != after).any(dim=1)  # of each step, in either direction
    assert moved[:4].all()
    assert (before[:2, :5] == after[:2, :5]).all()  # reading onward, the steps before it
    assert (before[3, 5:] == after[3, 5:]).all()  # reading back, the step after it


def test_columns_are_dropped_before_each_layer_in_training_only():
    torch.manual_seed(0)
    lstm, values, lengths = BidirectionalLSTM(6, 5, 2, dropout=0.5), torch.randn(2, 4, 6), torch.tensor([4, 4])
    read = []
    for layer in lstm.forwards:
        layer.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))  # [T, B, …]
    lstm(values, lengths)
    for one in read:
        dropped = (one == 0).all(dim=0)
        assert dropped.any()
        assert not dropped.all()
        assert ((one == 0) == dropped).all()
    assert torch.equal(lstm.eval()(values, lengths), lstm(values, lengths))


def test_the_forget_gate_starts_open_and_the_recurrence_orthogonal():
    lstm = drawn(hidden_size=5).forwards[0]
    assert lstm.bias_ih_l0[5:10].tolist() == [1.0] * 5
    assert not lstm.bias_hh_l0.any()
    assert not lstm.bias_ih_l0[:5].any()
    for gate in lstm.weight_hh_l0.split(5):
        torch.testing.assert_close(gate @ gate.T, torch.eye(5), rtol=0, atol=1e-5)
    assert isinstance(lstm, nn.LSTM)
