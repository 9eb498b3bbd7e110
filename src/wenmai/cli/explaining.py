"""A prediction as a person reads it: label, probabilities, and the text with the deciding words marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wenmai.cli.output import one_line, printable

if TYPE_CHECKING:
    from rich.text import Text

    from wenmai.bundle import Bundle
    from wenmai.models.contract import Attribution

LABELS_SHOWN = 5
WORDS_SHOWN = 8
_STRONG = 0.6
_WEAK = 0.2
_STYLES = {(1, True): "bold black on green", (1, False): "green underline"} | {
    (-1, True): "bold black on red",
    (-1, False): "red underline",
}


def described(bundle: Bundle, text: str, prediction: Any, *, explain: bool) -> list[Text]:
    """The lines about one text."""
    from rich.text import Text

    values = prediction.to_dict()
    probabilities: Mapping[str, float] = values.pop("probabilities", {})
    said = values.pop("labels", None) or values.pop("label", None)
    if isinstance(said, list):
        said = ", ".join(said)
    head = (
        Text.assemble((one_line(str(said)), "bold"), f"  {values['score']:.1%}")
        if said
        else Text("no label", style="bold")
    )
    lines = [head]
    if probabilities:
        ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])
        listed = "  ".join(f"{one_line(label)} {value:.1%}" for label, value in ranked[:LABELS_SHOWN])
        more = len(ranked) - LABELS_SHOWN
        lines.append(Text(f"  {listed}{f'  and {more} more' if more > 0 else ''}", style="dim"))
    if explain:
        found = bundle.explain(text)
        lines += [marked(text, found), strongest(text, found)]
    else:
        lines.append(Text(printable(text)))
    return lines


def marked(text: str, found: Attribution) -> Text:
    """The text with the words that spoke for the label in green and those against it in red."""
    from rich.text import Text

    line = Text(printable(text))
    largest = max((abs(float(weight)) for weight in found.weights), default=0.0)
    for (start, end), weight in zip(found.spans, found.weights, strict=True):
        share = abs(float(weight)) / largest if largest else 0.0
        if share >= _WEAK:
            line.stylize(_STYLES[1 if weight > 0 else -1, share >= _STRONG], start, end)
    return line


def strongest(text: str, found: Attribution) -> Text:
    """The words that weighed most, with their weights: what the colours say, without colours."""
    from rich.text import Text

    words = ", ".join(f"{printable(word)} {weight:+.2f}" for word, weight in deciding(text, found)[:WORDS_SHOWN])
    return Text(f"  words that decided: {words or 'none'}", style="dim")


def deciding(text: str, found: Attribution) -> list[tuple[str, float]]:
    """The words with a weight, the heaviest first, in the order of the text where they are equal."""
    pairs = _weighed(found)
    return [(text[start:end], weight) for start, end, weight in sorted(pairs, key=lambda one: -abs(one[2]))]


def deciding_spans(text: str, found: Attribution) -> list[dict[str, Any]]:
    """The same as plain values, in the order of the text."""
    return [
        {"start": start, "end": end, "word": text[start:end], "weight": round(weight, 6)}
        for start, end, weight in _weighed(found)
    ]


def _weighed(found: Attribution) -> Sequence[tuple[int, int, float]]:
    pairs = zip(found.spans, found.weights, strict=True)
    return [(start, end, float(weight)) for (start, end), weight in pairs if abs(weight) > 1e-9]
