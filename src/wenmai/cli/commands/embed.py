"""wenmai embed: word vectors. The commands stand in files of their own; this table puts them together."""

from __future__ import annotations

from collections.abc import Callable

from wenmai.cli.commands.embed_classes import word_classes
from wenmai.cli.commands.embed_convert import convert_vectors
from wenmai.cli.commands.embed_eval import evaluate_vectors
from wenmai.cli.commands.embed_map import map_vectors
from wenmai.cli.commands.embed_neighbors import analogy, neighbors, similarity
from wenmai.cli.commands.embed_quantize import quantize
from wenmai.cli.commands.embed_train import train_vectors

EMBED_COMMANDS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    (
        "train",
        train_vectors,
        (
            "wenmai embed train corpus.txt --out my-vectors",
            "wenmai embed train corpus.txt --model fasttext-vectors --set model.dim=200 --out my-vectors",
            "wenmai embed train reviews.csv --text review --model word2vec:cbow --out my-vectors",
        ),
    ),
    (
        "neighbors",
        neighbors,
        ("wenmai embed neighbors my-vectors 电池", "wenmai embed neighbors vectors.vec king queen --count 5"),
    ),
    ("similarity", similarity, ("wenmai embed similarity my-vectors 电池 电量",)),
    (
        "analogy",
        analogy,
        (
            "wenmai embed analogy my-vectors 法国 巴黎 日本",
            "wenmai embed analogy vectors.bin man king woman --method mul",
        ),
    ),
    (
        "eval",
        evaluate_vectors,
        (
            "wenmai embed eval my-vectors --pairs wordsim.txt --analogies questions-words.txt",
            "wenmai embed eval vectors.vec --pairs 240.txt --pairs 297.txt --format json",
        ),
    ),
    (
        "classes",
        word_classes,
        (
            "wenmai embed classes my-vectors --classes 100 --out classes.tsv",
            "wenmai embed classes corpus.txt --method brown --classes 50",
        ),
    ),
    (
        "map",
        map_vectors,
        (
            "wenmai embed map my-vectors --out map.html",
            "wenmai embed map vectors.vec --classes animals.tsv --projection tsne --out map.html",
        ),
    ),
    (
        "convert",
        convert_vectors,
        (
            "wenmai embed convert my-vectors vectors.vec --to fasttext-vec",
            "wenmai embed convert model.ftz my-model --to bundle",
            "wenmai embed convert my-model model.bin --to fasttext-bin",
            "wenmai embed convert my-encoder folder --to huggingface",
        ),
    ),
    (
        "quantize",
        quantize,
        (
            "wenmai embed quantize my-model small.ftz --data test.csv",
            "wenmai embed quantize model.bin small.ftz --cutoff 100000 --qnorm",
        ),
    ),
)
"""Name, function and examples of each command, in the order of the help."""
