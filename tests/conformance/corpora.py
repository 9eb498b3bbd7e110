"""Made-up texts for tests of models: labelled ones whose words depend on the label, and sentences with names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from wenmai.core.schema import ClassifyColumns, Schema, TagColumns
from wenmai.data.dataset import Dataset

LINES_OF_NOTHING = ["", " \n\t ", "\ud800", "\u200b", "\x00", "😀"]
ODD = [*LINES_OF_NOTHING, "好" * 3_000, "great " * 2_000]
"""Texts that nobody means to ask about; the last two are longer than many models read."""
VERY_ODD = [*LINES_OF_NOTHING, "好" * 100_000, "great " * 17_000]

WORDS = {
    "zh": {
        "好评": ["好看", "喜欢", "满意", "推荐", "便宜", "清楚", "舒服", "惊喜"],
        "差评": ["难看", "失望", "退货", "糟糕", "昂贵", "模糊", "投诉", "垃圾"],
        "物流": ["快递", "包装", "发货", "仓库", "送货", "签收", "运费", "破损"],
        "": [
            "这个",
            "手机",
            "屏幕",
            "质量",
            "电池",
            "我们",
            "觉得",
            "东西",
            "真的",
            "，",
            "。",
            "非常",
            "１２",
            "HELLO",
        ],
    },
    "en": {
        "good": ["great", "lovely", "happy", "recommend", "cheap", "sharp", "comfortable", "don't-miss"],
        "bad": ["awful", "boring", "broken", "refund", "expensive", "blurry", "complain", "rubbish"],
        "delivery": ["parcel", "courier", "shipping", "warehouse", "late", "box", "tracking", "customs"],
        "": ["this", "phone", "screen", "the", "battery", "we", "think", "it", "really", ",", ".", "very", "3.5", "A"],
    },
}

PEOPLE = {"en": ["Anna Berg", "Tom Stone", "Mary Lee Cook"], "zh": ["王小明", "李芳", "张伟"]}
PLACES = {"en": ["New York", "Oslo", "Los Angeles"], "zh": ["北京", "上海", "呼和浩特"]}
ARTISTS, CITIES = ["Bach", "Nina Simone", "Queen"], ["Oslo", "New York", "Rome"]
FRAMES = {"en": ["yesterday @ came from # .", "# is where @ lives"], "zh": ["昨天@从#来了。", "#是@住的地方"]}


def reviews(language: str, classes: int = 2, rows: int = 150, seed: int = 0, *, several: bool = False) -> Dataset:
    """Texts of up to 16 words: a third of them of the row's label (or labels), a tenth of any label, the rest common.

    The last row is empty. Labels of the rows go round, so that every class has about as many.
    """
    generator = np.random.default_rng(seed)
    words = WORDS[language]
    names = [name for name in words if name][:classes]
    texts, labels = [], []
    for row in range(rows):
        carried = [name for name in names if generator.random() < 0.4] if several else [names[row % classes]]
        pool = [word for name in carried for word in words[name]] or words[""]
        chosen = []
        for _ in range(int(generator.integers(3, 17))):
            draw = generator.random()
            source = pool if draw < 0.3 else words[names[generator.integers(classes)]] if draw < 0.4 else words[""]
            chosen.append(source[generator.integers(len(source))])
        texts.append(("" if language == "zh" else " ").join(chosen))
        labels.append(carried if several else carried[0])
    texts[-1] = ""
    return labelled(texts, labels, language, several=several)


def labelled(texts, labels, language: str = "en", *, several: bool = False, name: str = "made up") -> Dataset:
    """A data set of texts and their labels."""
    kind = pa.list_(pa.string()) if several else pa.string()
    table = pa.table({"text": pa.array(texts, pa.string()), "label": pa.array(labels, kind)})
    return Dataset(table, Schema(columns=ClassifyColumns(several_labels=several), language=language), name)


def whereabouts(language: str, rows: int = 50, seed: int = 0) -> Dataset:
    """People and the places where they are, tagged: words in English, characters in Chinese; one sentence is empty."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(rows - 1):
        tokens, tags = [], []
        frame = FRAMES[language][generator.integers(2)]
        for part in frame.split() if language == "en" else frame:
            names, label = {"@": (PEOPLE, "PER"), "#": (PLACES, "LOC")}.get(part, (None, None))
            said = part if names is None else names[language][generator.integers(3)]
            pieces = said.split() if language == "en" else list(said)
            tokens += pieces
            tags += ["O"] * len(pieces) if label is None else [f"B-{label}", *[f"I-{label}"] * (len(pieces) - 1)]
        found.append((tokens, tags))
    columns = {
        "tokens": pa.array([*(tokens for tokens, _ in found), []], pa.list_(pa.string())),
        "tags": pa.array([*(tags for _, tags in found), []], pa.list_(pa.string())),
    }
    return Dataset(pa.table(columns), Schema(columns=TagColumns(scheme="iob2"), language=language), "made up")


def requests(count: int = 60, first: int = 0, **changes: list) -> Dataset:
    """Music to be played and weather to be told: slots, and the intent of each sentence; columns may be changed."""
    tokens, tags, intents = [], [], []
    for number in range(first, first + count):
        wanted = (("play", ARTISTS, "artist", "Music"), ("weather in", CITIES, "city", "Weather"))[number % 2]
        said, names, slot, intent = wanted
        name = names[number // 2 % 3].split()
        tokens.append([*said.split(), *name, str(number)])
        tags.append([*["O"] * len(said.split()), f"B-{slot}", *[f"I-{slot}"] * (len(name) - 1), "O"])
        intents.append(intent)
    columns = {"tokens": tokens, "tags": tags, "intent": intents, **changes}
    schema = Schema(columns=TagColumns(scheme="iob2", intent="intent"), language="en")
    return Dataset(pa.table(columns), schema, "made up")
