"""wenmai compare: every rung of a ladder on one data set."""

from __future__ import annotations

from typing import Annotated

import typer

from wenmai.cli.options import (
    OUTPUT,
    Budget,
    ClassWeights,
    CorrectionsFile,
    CostChoice,
    CostOption,
    DataArgument,
    Delimiter,
    DevFile,
    Encoding,
    Format,
    FormatOption,
    GroupColumn,
    InputBundles,
    LabelColumn,
    LabelErrors,
    LabelSeparator,
    LanguageOption,
    LearningCurve,
    Models,
    OutFolder,
    OutsideFiles,
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
from wenmai.cli.threshold_options import Decision, PositiveClass, ThresholdCost, Thresholds, threshold_search


def compare(
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
    corrections: CorrectionsFile = None,
    outside: OutsideFiles = None,
    models: Models = "quick",
    seed: Seed = 0,
    seeds: Seeds = 3,
    threads: Threads = None,
    budget: Budget = None,
    cost: CostOption = CostChoice.LATENCY,
    class_weight: ClassWeights = "none",
    thresholds: Thresholds = Decision.FIXED,
    threshold_cost: ThresholdCost = None,
    positive: PositiveClass = None,
    label_errors: LabelErrors = False,
    learning_curve: LearningCurve = None,
    settings: Settings = None,
    inputs: InputBundles = None,
    user_dict: UserDictionary = None,
    out: OutFolder = None,
    resume: Resume = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave every text of the data out of the reports.", rich_help_panel=OUTPUT)
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Train a ladder of models on the same rows, score each once on locked test rows, recommend one.

    The run folder holds results.json (every number), report.html (a page that needs no network), report.md, and
    bundles/RUNG/, one for each trained model; predictions.parquet what each says of each row; to_predict.csv the rows
    for --outside; rungs/ what --resume needs. Duplicates never stand on two sides of a split.
    """
    from wenmai.cli.loading import PairOptions, Source
    from wenmai.cli.running import Training, compare_and_show
    from wenmai.comparison import Study

    options = (text, label, group, label_separator, encoding, delimiter, language, strict, dev, test)
    source = Source(
        data,
        *options,
        pair=PairOptions(first, second, score, relevance),
        surplus=surplus,
        tag=TagOptions.of(tokens, tags, scheme, convert_scheme, layout, factors, intent),
    )
    training = Training(
        models=models,
        seed=seed,
        seeds=seeds,
        threads=threads,
        class_weight=class_weight,
        settings=settings or [],
        inputs=inputs or [],
        user_dict=user_dict,
        out=out,
        redact=redact,
        budget=budget,
        resume=resume,
        cost=cost.value,
        outside=outside or [],
        study=Study(
            thresholds=thresholds.value,
            threshold_search=threshold_search(threshold_cost, positive),
            label_errors=label_errors,
            corrections=None if corrections is None else str(corrections),
            learning_curve=tuple(name.strip() for name in (learning_curve or "").split(",") if name.strip()),
        ),
    )
    compare_and_show(source, training, output)
