"""The card of a bundle: what it is and how to use it, for people who were only given the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wenmai.core.markdown import plain
from wenmai.tasks.classify import Classify

if TYPE_CHECKING:
    from wenmai.bundle.bundle import Bundle


def card(bundle: Bundle) -> str:
    """A page of Markdown."""
    provenance = bundle.provenance
    names = bundle.task.head().names
    labels = f"- Labels: {', '.join(map(plain, names))}\n" if names else ""
    if isinstance(bundle.task, Classify) and bundle.task.thresholds is not None:
        pairs = zip(names, bundle.task.thresholds, strict=True)
        labels += f"- Given from a probability of: {', '.join(f'{plain(one)} {at:.4g}' for one, at in pairs)}\n"
    data = plain(provenance.data)
    notes = "".join(f"- {plain(note)}\n" for note in provenance.notes)
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    pair = bundle.schema.kind == "pair"
    shell, python = ('"…" "…"', 'wenmai.Inputs(["…"], ["…"])') if pair else ('"…"', '["…"]')
    return (
        f"# {bundle.recipe.member}\n\n"
        f"A wenmai bundle for the task family *{bundle.schema.kind}*, language *{bundle.schema.language}*.\n\n"
        f"- Trained on: {data}, {provenance.rows:,} rows, fingerprint `{provenance.data_fingerprint}`\n"
        f"{labels}"
        f"- Seed {provenance.seed}; {provenance.seconds:.1f} s of training\n"
        f"- Versions: {versions}\n"
        f"- Fingerprint: `{bundle.fingerprint}`\n"
        f"{notes}\n"
        "## Use\n\n"
        "```sh\n"
        "wenmai verify .\n"
        f"wenmai predict . {shell}\n"
        "```\n\n"
        "```python\n"
        "import wenmai\n\n"
        f'wenmai.load_bundle(".").predict({python})\n'
        "```\n\n"
        "## Recipe\n\n"
        f"```json\n{bundle.recipe.to_json()}\n```\n"
    )
