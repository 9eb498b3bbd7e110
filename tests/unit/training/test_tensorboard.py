import importlib.util
import sys

import pytest

from wenmai.bundle.history import Evaluation, TrainingPoint
from wenmai.core.errors import MissingExtraError
from wenmai.training.tensorboard import TensorBoard


def test_without_the_package_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wenmai\[tensorboard\]'"):
        TensorBoard(tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_the_curves_are_written(tmp_path):
    board = TensorBoard(tmp_path / "run")
    board.point(TrainingPoint(step=1, epoch=0.5, loss=0.7, learning_rate=0.1, gradient=1.0))
    board.evaluation(Evaluation(step=1, epoch=0.5, score=0.8, best=True), "macro_f1")
    board.close()
    (file,) = (tmp_path / "run").iterdir()
    content = file.read_bytes()
    assert all(tag in content for tag in (b"loss/train", b"learning_rate", b"gradient", b"dev/macro_f1"))
