"""A small table of word vectors with everything that is awkward in it, and small models of fastText."""

import struct

import numpy as np
import pytest

from wenmai.interop.fasttext_binary import FastTextFile, FastTextSettings, write_fasttext
from wenmai.interop.fasttext_matrices import PlainMatrix
from wenmai.interop.vector_table import VectorTable

AWKWARD = ("the", "的", "naïve", "😀", "don't", "0.5", "12", "<unk>", "a\u00a0b", "\u3000", "\u0085x", "e5", "nan")


@pytest.fixture
def table():
    vectors = np.random.default_rng(0).standard_normal((len(AWKWARD), 5)).astype(np.float32)
    vectors[1] = [1e-38, 3.4028235e38, -0.0, 1.17549435e-38, 1e-45]
    vectors[2] = 0
    return VectorTable(AWKWARD, vectors)


WORDS = ("</s>", "good", "词", "bad")
LABELS = ("__label__a", "__label__b", "__label__c")
BUCKETS = 20


def fasttext_model(kind="supervised", loss="softmax", seed=0, **settings):
    settings = {"word_ngrams": 2, "bucket": BUCKETS, "minn": 1, "maxn": 2, **settings}
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((len(WORDS) + settings["bucket"], 3)).astype(np.float32)
    supervised = kind == "supervised"
    outputs = len(LABELS) if supervised else len(WORDS)
    return FastTextFile(
        "model.bin",
        FastTextSettings(3, 5, 5, 1, 5, loss=loss, model=kind, rate_update=100, subsample=1e-4, **settings),
        WORDS,
        np.array([9, 4, 3, 2]),
        LABELS if supervised else (),
        np.array([5, 3, 1] if supervised else [], np.int64),
        18,
        None,
        PlainMatrix(values),
        PlainMatrix(generator.standard_normal((outputs, 3)).astype(np.float32)),
    )


def quantised_file(path, lengths_apart=True, pairs=((3, 1), (7, 0))):
    """A ``.ftz`` of two parts, the second of one number, with two of its buckets kept."""
    write_fasttext(path, fasttext_model())
    content = path.read_bytes()
    head = content[: content.index(b"__label__c") + len(b"__label__c") + 10]
    sizes = len(b"12345678") + struct.calcsize("<12id")
    fixed = bytearray(head)
    fixed[sizes + 20 : sizes + 28] = struct.pack("<q", len(pairs))
    generator = np.random.default_rng(1)
    rows = len(WORDS) + len(pairs)

    def quantiser(width, size):
        parts = -(-width // size)
        numbers = generator.standard_normal(256 * width).astype("<f4")
        return struct.pack("<4i", width, parts, size, width - (parts - 1) * size) + numbers.tobytes()

    matrix = struct.pack("<?2qi", lengths_apart, rows, 3, rows * 2)
    matrix += generator.integers(0, 256, rows * 2, np.uint8).tobytes() + quantiser(3, 2)
    if lengths_apart:
        matrix += generator.integers(0, 256, rows, np.uint8).tobytes() + quantiser(1, 1)
    output = b"\0" + struct.pack("<2q", 3, 3) + generator.standard_normal(9).astype("<f4").tobytes()
    kept = b"".join(struct.pack("<2i", *pair) for pair in pairs)
    return bytes(fixed) + kept + b"\1" + matrix + output


@pytest.fixture(scope="session")
def model():
    """Makes a small model of fastText."""
    return fasttext_model


@pytest.fixture(scope="session")
def quantised_bytes():
    """Makes the bytes of a small quantised one."""
    return quantised_file
