"""What the tests of the command line share: a way to call it, small data, one trained bundle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wenmai.cli.main import app
from wenmai.data.loading import load
from wenmai.recipe import recipe_for
from wenmai.training import fit

GOOD = ("屏幕很好", "质量不错", "价格便宜", "非常喜欢", "物流很快", "推荐购买")
BAD = ("太差了", "不推荐", "电池不行", "质量很差", "退货了", "态度恶劣")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The last line of standard error: the error, after what was detected."""
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


Call = Callable[..., Outcome]


def rows(count: int, first: int = 0) -> list[tuple[str, str]]:
    """Texts of two classes, all different, and their labels."""
    made = []
    for number in range(first, first + count):
        words = GOOD if number % 2 else BAD
        chosen = [words[(number * step + number // 7) % len(words)] for step in (1, 3, 5)]
        made.append((f"{'、'.join(chosen)}，第{number}次", "pos" if number % 2 else "neg"))
    return made


def csv_text(count: int, header: str = "text,label", first: int = 0) -> str:
    """The same as CSV."""
    return f"{header}\n" + "".join(f"{text},{label}\n" for text, label in rows(count, first))


@pytest.fixture
def wenmai(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls the command line in an empty folder; an exception that is not told as a message fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WENMAI_DEBUG", raising=False)

    def call(*arguments: str | Path, stdin: bytes | str = b"") -> Outcome:
        result = CliRunner().invoke(app, list(map(str, arguments)), input=stdin, prog_name="wenmai")
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        assert "bug in wenmai" not in result.stderr, result.stderr
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[..., Path]:
    """Writes a CSV of two classes and gives its path."""

    def write(name: str, count: int = 60, header: str = "text,label", first: int = 0) -> Path:
        path = tmp_path / name
        path.write_text(csv_text(count, header, first), "utf-8")
        return path

    return write


def trained(folder: Path, rung: str, content: str, **options: str) -> Path:
    """A bundle trained on a CSV of that content."""
    path = folder / "train.csv"
    path.write_text(content, "utf-8")
    data = load(path, language="zh", **options).dataset
    return fit(recipe_for(rung, "zh"), data).save(folder / rung.replace(":", "-"))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TF-IDF + logistic regression over characters."""
    return trained(tmp_path_factory.mktemp("bundle"), "tfidf-lr:chars", csv_text(60))


@pytest.fixture(scope="session")
def majority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A majority class, which reads nothing."""
    return trained(tmp_path_factory.mktemp("majority"), "majority", csv_text(20))


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose rows carry several labels."""
    lines = [f"{GOOD[n % 6]}{BAD[n % 5]}{n},{'a;b' if n % 3 == 0 else 'a' if n % 3 == 1 else 'b'}" for n in range(30)]
    content = "text,label\n" + "\n".join(lines) + "\n"
    return trained(tmp_path_factory.mktemp("several"), "naive-bayes:chars", content, label_separator=";")
