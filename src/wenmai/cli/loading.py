"""From the options about data to loaded data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenmai.cli.options import TextLanguage
from wenmai.cli.options import delimiter as read_delimiter
from wenmai.cli.output import note
from wenmai.cli.tag_options import NO_TAG_OPTIONS, TagOptions
from wenmai.core.errors import UsageError
from wenmai.core.schema import PairColumns, TagColumns

if TYPE_CHECKING:
    from wenmai.bundle import Bundle
    from wenmai.data.loading import Loaded


@dataclass(frozen=True, slots=True)
class PairOptions:
    """What was said about the columns of pairs."""

    first: str | None = None
    second: str | None = None
    score: str | None = None
    relevance: str | None = None


NO_PAIR_OPTIONS = PairOptions()


@dataclass(frozen=True, slots=True)
class Source:
    """What was said about the data on the command line; one object, so that it travels whole."""

    data: str
    text: Sequence[str] | None = None
    label: str | None = None
    group: str | None = None
    label_separator: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    language: TextLanguage | None = None
    strict: bool = False
    dev: str | None = None
    test: str | None = None
    labelled: bool = True
    pair: PairOptions = NO_PAIR_OPTIONS
    surplus: bool = False
    tag: TagOptions = NO_TAG_OPTIONS

    def load(self, **instead: Any) -> Loaded:
        """Read it.

        Args:
            instead: keyword arguments of `wenmai.load` that go before what was said.
        """
        from wenmai.data.loading import load, load_splits

        options: dict[str, Any] = {
            "text": list(self.text) if self.text else None,
            "label": self.label,
            "group": self.group,
            "label_separator": self.label_separator,
            "encoding": self.encoding,
            "delimiter": read_delimiter(self.delimiter),
            "language": None if self.language is None else self.language.value,
            "strict": self.strict,
            "labelled": self.labelled,
            "surplus": self.surplus,
            **asdict(self.pair),
            **asdict(self.tag),
            **instead,
        }
        if self.dev is None and self.test is None:
            return load(self.data, **options)
        return load_splits(self.data, self.dev, self.test, **options)

    def load_for(self, bundle: Bundle) -> Loaded:
        """Read it by the columns that a bundle was trained on, where it has them and no others were named."""
        if bundle.schema.kind == "tag":
            return self._load_for_tagger(bundle)
        trained = self._trained_columns(bundle)
        if trained:
            try:
                return self.load(**trained)
            except UsageError:
                asked = self.text is not None or self.label is not None or self.pair != NO_PAIR_OPTIONS
                if asked or (bundle.schema.kind == "pair" and not self.labelled):
                    raise
        loaded = self.load(language=bundle.schema.language)
        if bundle.schema.kind == "pair" and loaded.dataset.schema.kind != "pair":
            raise UsageError(
                f"{bundle.recipe.member} reads pairs of texts, and these rows are none",
                where=self.data,
                remedy="Name the two columns with --first and --second",
            )
        return loaded

    def _load_for_tagger(self, bundle: Bundle) -> Loaded:
        """Tagged text, or for prediction any text too; with further columns where the tagger reads such."""
        from wenmai.models.abilities import ReadsFactors

        language = bundle.schema.language
        read = bundle.model.factors if isinstance(bundle.model, ReadsFactors) else ()
        factors = {"factors": read} if read and not self.tag.factors else {}
        if self.labelled or self.tag != NO_TAG_OPTIONS:
            trained = bundle.schema.columns.intent if isinstance(bundle.schema.columns, TagColumns) else None
            loaded = self.load(language=language, intent=self.tag.intent or trained, **factors)
            if loaded.dataset.schema.kind != "tag":
                raise UsageError(
                    f"{bundle.recipe.member} tags text, and these rows have no tags",
                    where=self.data,
                    remedy="Give tagged text; --layout, --tokens and --tags say how it is arranged",
                )
            return loaded
        from wenmai.data.tagged.recognition import layout_of
        from wenmai.data.tagged.rows import TagRequest

        layout = None if self.text else layout_of(self.data, TagRequest(labelled=not factors))
        if factors:  # Which stand in columns, or in lists beside the tokens.
            return self.load(language=language, layout=layout or "columns", **factors)
        return self.load(language=language, layout=layout if layout in {"columns", "parallel"} else None)

    @property
    def stem(self) -> str:
        """The data's name without folder and endings."""
        name = Path(self.data.rstrip("/")).name.rpartition(":")[2]
        return name.split(".")[0] or "data"

    def _trained_columns(self, bundle: Bundle) -> dict[str, Any]:
        schema = bundle.schema
        columns: dict[str, Any] = {}
        if isinstance(schema.columns, PairColumns):
            return self._trained_pair(schema.columns) | {"language": schema.language}
        if self.text is None:
            columns["text"] = list(schema.required())
        if self.labelled and self.label is None and len(schema.answers()) == 1:
            columns["label"] = schema.answers()[0]
        return columns | ({"language": schema.language} if columns else {})

    def _trained_pair(self, trained: PairColumns) -> dict[str, Any]:
        """The columns of pairs; an answer that was named goes before the one that was trained on."""
        columns = {"first": self.pair.first or trained.first, "second": self.pair.second or trained.second}
        named = self.label or self.pair.score or self.pair.relevance
        if self.labelled and named is None:
            columns[trained.answer] = trained.label or ""
        return columns


def user_words(path: Path | None, models: str | None = None) -> list[str]:
    """The settings that a user dictionary stands for; entries that could not be loaded are told.

    Args:
        models: the models, or one of several ladders, that shall have them: words that a segmenter keeps whole, or, for
            taggers that can, words that a model looks for.
    """
    if path is None:
        return []
    import json

    entries = json.dumps(user_entries(path), ensure_ascii=False)
    return [f"{setting}={entries}" for setting in _dictionary_settings(models)]


def _dictionary_settings(models: str | None) -> list[str]:
    usual, of_taggers = "pipeline.segment.user_words", "model.dictionary"
    if models is None:
        return [usual]
    from wenmai.catalog import CATALOG
    from wenmai.recipe import has_setting, recipe_for

    recipes = [recipe_for(rung, "zh") for rung in CATALOG.rungs(filter(None, map(str.strip, models.split(","))))]
    had = [one for one in (usual, of_taggers) if any(has_setting(recipe, f"{one}=") for recipe in recipes)]
    return had or [usual]


def user_entries(path: Path | None) -> tuple[str, ...]:
    """The entries of a user dictionary, none without one; those that could not be loaded are told."""
    if path is None:
        return ()
    from wenmai.text.user_dictionary import load_user_dictionary

    entries, problems = load_user_dictionary(path)
    note(*map(str, problems))
    if problems:
        note(f"{path}: {len(entries):,} entries loaded, {len(problems):,} left out")
    return entries
