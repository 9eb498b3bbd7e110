"""wenmai train: one model on one data set."""

from __future__ import annotations

from typing import Annotated

import typer

from wenmai.cli.options import (
    Budget,
    ClassWeights,
    DataArgument,
    Delimiter,
    DevFile,
    Encoding,
    Format,
    FormatOption,
    GroupColumn,
    InputBundles,
    LabelColumn,
    LabelSeparator,
    LanguageOption,
    OutFolder,
    Resume,
    Seed,
    Seeds,
    Settings,
    Strict,
    Surplus,
    TestFile,
    TextColumns,
    Threads,
    UserDictionary,
)
from wenmai.cli.pair_options import FirstColumn, RelevanceColumn, ScoreColumn, SecondColumn
from wenmai.cli.tag_options import (
    ConvertScheme,
    FactorColumns,
    IntentColumn,
    LayoutOption,
    SchemeOption,
    TagOptions,
    TagsColumn,
    TokensColumn,
)


def train(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A model, or a preset of it: tfidf-lr:chars.", show_default=False),
    ],
    data: DataArgument,
    text: TextColumns = None,
    label: LabelColumn = None,
    first: FirstColumn = None,
    second: SecondColumn = None,
    score: ScoreColumn = None,
    relevance: RelevanceColumn = None,
    tokens: TokensColumn = None,
    tags: TagsColumn = None,
    factors: FactorColumns = None,
    intent: IntentColumn = None,
    scheme: SchemeOption = None,
    convert_scheme: ConvertScheme = None,
    layout: LayoutOption = None,
    group: GroupColumn = None,
    label_separator: LabelSeparator = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    surplus: Surplus = False,
    language: LanguageOption = None,
    strict: Strict = False,
    dev: DevFile = None,
    test: TestFile = None,
    seed: Seed = 0,
    seeds: Seeds = 1,
    threads: Threads = None,
    budget: Budget = None,
    class_weight: ClassWeights = "none",
    settings: Settings = None,
    inputs: InputBundles = None,
    user_dict: UserDictionary = None,
    out: OutFolder = None,
    resume: Resume = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Train one model as `compare` would, score it once on locked test rows, and save it as a bundle.

    The bundle stands in FOLDER/bundles/RUNG, beside results.json and the report.
    """
    from wenmai.cli.loading import PairOptions, Source
    from wenmai.cli.running import Training, train_and_show

    options = (text, label, group, label_separator, encoding, delimiter, language, strict, dev, test)
    source = Source(
        data,
        *options,
        pair=PairOptions(first, second, score, relevance),
        surplus=surplus,
        tag=TagOptions.of(tokens, tags, scheme, convert_scheme, layout, factors, intent),
    )
    training = Training(
        models=model,
        seed=seed,
        seeds=seeds,
        threads=threads,
        class_weight=class_weight,
        settings=settings or [],
        inputs=inputs or [],
        user_dict=user_dict,
        out=out,
        resume=resume,
        budget=budget,
    )
    train_and_show(source, training, output)
