"""wenmai verify: does a bundle still say what it said when it was saved?"""

from __future__ import annotations

from wenmai.cli.options import BundleArgument, Format, FormatOption


def verify(
    bundle: BundleArgument,
    output: FormatOption = Format.TABLE,
) -> None:
    """Check a bundle: every file against its sum, then its probes against what they gave when it was saved."""
    from wenmai.bundle import verify_bundle
    from wenmai.cli.output import Column, show_table, write_csv, write_json

    found = verify_bundle(bundle)
    values = {
        "bundle": str(bundle),
        "model": found.bundle.recipe.member,
        "fingerprint": found.bundle.fingerprint,
        "files": found.files,
        "probes": found.probes,
        "difference": found.difference,
        "bit_identical": found.difference == 0,
    }
    if output is Format.JSON:
        write_json(values)
        return
    if output is Format.CSV:
        write_csv(list(values), [list(values.values())])
        return
    same = "bit-identical" if found.difference == 0 else f"within {found.difference:.2g} of what they were"
    show_table(
        f"{bundle} is in order",
        [Column("", wrap=False), Column("", wrap=True)],
        [
            ("model", found.bundle.recipe.member),
            ("fingerprint", found.bundle.fingerprint),
            ("files", f"{found.files} checked by their SHA-256"),
            ("outputs", f"{found.probes} probes, {same}"),
        ],
    )
