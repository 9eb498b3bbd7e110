"""wenmai embed eval: word vectors against what people say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.commands.embed_neighbors import Method, VectorsArgument, loaded_vectors
from wenmai.cli.options import Format, FormatOption, Seed
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.apps.vector_evaluation import AnalogyScore, PairsScore
    from wenmai.apps.word_vectors import AnalogyMethod, WordVectors
    from wenmai.stats.intervals import Estimate

AMONG = 300_000
ALL = "all sections"

Pairs = dict[str, "PairsScore"]
Analogies = dict[str, dict[str, "AnalogyScore"]]


def evaluate_vectors(
    vectors: VectorsArgument,
    pairs: Annotated[
        list[Path] | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help="Pairs of words with people's scores: word, word, number a line (also .gz). Repeatable.",
            show_default=False,
        ),
    ] = None,
    analogies: Annotated[
        list[Path] | None,
        typer.Option(
            "--analogies",
            metavar="FILE",
            help="Analogies: four words a line, sections begun by ': name' (also .gz). Repeatable.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        Method, typer.Option("--method", metavar="add|mul", help="How analogies are answered: 3CosAdd or 3CosMul.")
    ] = Method.ADD,
    among: Annotated[
        int,
        typer.Option(
            "--among",
            metavar="NUMBER",
            min=4,
            help="Answers are sought among so many of the first, most frequent words.",
        ),
    ] = AMONG,
    exact_case: Annotated[
        bool,
        typer.Option("--exact-case", help="Tell Apple from apple; otherwise the more frequent one stands for both."),
    ] = False,
    seed: Seed = 0,
    output: FormatOption = Format.TABLE,
) -> None:
    """Score word vectors on lists of similar words and of analogies, with coverage and intervals.

    Similarity is Spearman's correlation of cosines with people's scores. Words without a vector are left out and
    counted; of analogies, questions with a word that is not in the vocabulary.
    """
    from wenmai.apps.vector_evaluation import score_analogies, score_pairs
    from wenmai.apps.vector_tests import read_pairs, read_questions

    if not pairs and not analogies:
        raise UsageError("there is nothing to score", remedy="Give --pairs FILE, --analogies FILE, or both")
    lists = {str(path): read_pairs(path) for path in pairs or []}
    quizzes = {str(path): read_questions(path) for path in analogies or []}
    loaded = loaded_vectors(vectors)
    fold = not exact_case
    similar = {name: score_pairs(loaded, one, fold=fold, seed=seed) for name, one in lists.items()}
    choice: AnalogyMethod = "mul" if method is Method.MUL else "add"
    answered = {
        name: score_analogies(loaded, one, fold=fold, among=among, method=choice) for name, one in quizzes.items()
    }
    circumstances = {"fold_case": fold, "among": min(among, len(loaded)), "method": method.value, "seed": seed}
    _write(loaded, similar, answered, circumstances, output)


def _write(
    vectors: WordVectors, similar: Pairs, answered: Analogies, circumstances: dict[str, Any], output: Format
) -> None:
    from wenmai.cli.output import write_csv, write_json

    if output is Format.JSON:
        write_json(
            {
                "vectors": vectors.name,
                "words": len(vectors),
                **circumstances,
                "pairs": {name: _pairs_values(one) for name, one in similar.items()},
                "analogies": {
                    name: {section: _analogy_values(one) for section, one in _with_total(sections).items()}
                    for name, sections in answered.items()
                },
            }
        )
    elif output is Format.CSV:
        write_csv(("file", "section", "score", "value", "low", "high", "covered", "of"), _flat(similar, answered))
    else:
        _show(vectors, similar, answered, circumstances)


def _show(vectors: WordVectors, similar: Pairs, answered: Analogies, circumstances: dict[str, Any]) -> None:
    from wenmai.cli.output import Column, note, show_table

    note(
        f"{len(vectors):,} words; "
        + (
            "case is folded: the most frequent spelling stands for a word"
            if circumstances["fold_case"]
            else "exact case"
        )
    )
    if similar:
        columns = [Column("pairs"), Column("Spearman", number=True), Column("covered", number=True)]
        rows = [
            (Path(name).name, _written(one.spearman), f"{one.covered:,} of {one.pairs:,}")
            for name, one in similar.items()
        ]
        show_table("Similarity", columns, rows)
        for name, one in similar.items():
            if one.composed:
                note(
                    f"{Path(name).name}: {one.composed:,} of the covered pairs have a vector composed of a word's parts"
                )
    for name, sections in answered.items():
        columns = [Column("section"), Column("accuracy", number=True), Column("covered", number=True)]
        title = f"Analogies of {Path(name).name}, answers among {circumstances['among']:,} words"
        rows = [
            (section, _written(one.accuracy), f"{one.covered:,} of {one.questions:,}")
            for section, one in _with_total(sections).items()
        ]
        show_table(title, columns, rows)
    if answered:
        note("Questions share words: their intervals, which take them for independent, are too narrow")


def _with_total(sections: dict[str, AnalogyScore]) -> dict[str, AnalogyScore]:
    from wenmai.apps.vector_evaluation import total

    return sections if len(sections) < 2 else {**sections, ALL: total(sections)}


def _flat(similar: Pairs, answered: Analogies) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        (name, "", "spearman", *_numbers(one.spearman), one.covered, one.pairs) for name, one in similar.items()
    ]
    for name, sections in answered.items():
        for section, score in _with_total(sections).items():
            rows.append((name, section, "accuracy", *_numbers(score.accuracy), score.covered, score.questions))
    return rows


def _pairs_values(score: PairsScore) -> dict[str, Any]:
    return {
        "spearman": _estimate(score.spearman),
        "pairs": score.pairs,
        "covered": score.covered,
        "composed": score.composed,
        "missing": list(score.missing),
    }


def _analogy_values(score: AnalogyScore) -> dict[str, Any]:
    return {
        "accuracy": _estimate(score.accuracy),
        "questions": score.questions,
        "covered": score.covered,
        "right": score.right,
    }


def _estimate(score: Estimate | None) -> dict[str, float] | None:
    return None if score is None else {"value": score.value, "low": score.low, "high": score.high}


def _numbers(score: Estimate | None) -> tuple[float, float, float] | tuple[str, str, str]:
    return ("", "", "") if score is None else (score.value, score.low, score.high)


def _written(score: Estimate | None) -> str:
    return "–" if score is None else f"{100 * score.value:.1f} ({100 * score.low:.1f}–{100 * score.high:.1f})"
