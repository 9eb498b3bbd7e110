"""A tagger on a Hugging Face folder from the command line: tuned, and used without the folder."""

import json

from corpora import whereabouts
from given import encoder

from wenmai.interop.huggingface_writing import write_huggingface

SETTINGS = ["training.loop.budget.epochs=3", "training.loop.learning_rate=0.01", "pipeline.max_pieces=12"]


def test_a_tagger_tunes_the_encoder_of_a_folder(wenmai, tmp_path):
    write_huggingface(encoder("en"), tmp_path / "encoder")
    data = whereabouts("en", rows=61)
    rows = zip(data.inputs().tokens[:60], data.answers()[:60], strict=True)
    # A number ends each sentence, for those that recur would be dropped.
    written = (
        "\n".join(f"{token}\t{tag}" for token, tag in zip([*tokens, str(number)], [*tags, "O"], strict=True))
        for number, (tokens, tags) in enumerate(rows)
    )
    (tmp_path / "names.conll").write_text("\n\n".join(written) + "\n", "utf-8")
    arguments = [
        "train",
        "bert-crf:given",
        "names.conll",
        "--input",
        "encoder=encoder",
        "--out",
        "run",
        "--threads",
        "1",
    ]
    outcome = wenmai(*arguments, *(part for one in SETTINGS for part in ("--set", one)))
    assert outcome.code == 0, outcome.err
    bundle = tmp_path / "run/bundles/bert-crf-given"
    assert not (bundle / "inputs").exists()
    (tmp_path / "encoder").rename(tmp_path / "gone")
    long = " ".join(["yesterday Anna Berg came from New York ."] * 4)  # of more pieces than are read at a time
    said = json.loads(wenmai("predict", bundle, long, "--format", "json").out)
    assert [one["text"] for one in said["spans"]] == ["Anna Berg", "New York"] * 4
    assert wenmai("predict", bundle, "Tom Stone", "--precision", "int8").code == 0
