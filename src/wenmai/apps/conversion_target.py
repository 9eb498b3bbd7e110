"""What a conversion can make; light, for the command line asks for it before anything is loaded."""

from __future__ import annotations

from enum import StrEnum


class Target(StrEnum):
    """What a conversion can make: a bundle, or a file of another program."""

    BUNDLE = "bundle"
    WORD2VEC = "word2vec"
    WORD2VEC_BINARY = "word2vec-binary"
    GLOVE = "glove"
    FASTTEXT_VEC = "fasttext-vec"
    FASTTEXT_BIN = "fasttext-bin"
    HUGGINGFACE = "huggingface"
