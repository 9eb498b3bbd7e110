from __future__ import annotations

import re
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest

from wenmai.comparison.report_html import html
from wenmai.comparison.results import ConfidentError, Confusion, Results
from wenmai.stats.intervals import Estimate

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
VOID = {"meta", "link", "br", "col"}


class Outline(HTMLParser):
    """Checks that elements close in order; collects ids, links, headings and what could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    return html(results)


def test_the_page_is_well_formed_light_and_alone(page: str) -> None:
    found = outline(page)
    assert len(page.encode()) < 400_000
    assert [name for name, times in Counter(found.ids).items() if times > 1] == []
    assert all(link.startswith("#") or link == "data:," for link in found.links)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert not {"script", "iframe", "object", "img", "form", "base"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert "url(" not in page
    assert "@import" not in page


def test_readers_find_their_way(page: str) -> None:
    found = outline(page)
    assert ("html", "lang", "en") in found.attributes
    assert {"header", "nav", "main", "footer"} <= set(found.tags)
    assert found.tags["h1"] == 1
    assert found.tags["section"] == found.tags["h2"] == 11
    assert found.tags["caption"] == found.tags["table"]
    assert all(scope in ("row", "col") for tag, name, scope in found.attributes if name == "scope")
    assert sum(name == "scope" for _, name, _ in found.attributes) == found.tags["th"]
    regions = [value for tag, name, value in found.attributes if tag == "div" and name == "role"]
    assert regions.count("img") == 2
    assert regions.count("region") == found.tags["table"]
    labels = [value or "" for tag, name, value in found.attributes if tag == "div" and name == "aria-label"]
    assert any("Dot plot of Macro F1" in label and "Majority class 22" in label for label in labels)


def test_every_score_stands_with_its_interval(page: str) -> None:
    with_interval = re.findall(r'class="value">[^<]+</span><small>[\d.]+–[\d.]+<', page)
    assert len(with_interval) == page.count('class="value"') > 60


def test_the_page_says_what_to_use_and_how_to_do_it_again(page: str, results: Results) -> None:
    assert results.recommendation is not None
    assert results.recommendation.sentence.replace("–", "\u2060–\u2060") in page
    for needle in (results.command, results.data.data_fingerprint, "AMD EPYC, 2 cores", "scikit-learn 1.9.1"):
        assert needle in page
    assert "the budget was spent" in page
    assert "17,204" in page
    assert "wenmai predict bundles/" in page


def test_texts_and_labels_and_names_are_escaped(results: Results) -> None:
    labels = (HOSTILE, *results.data.labels[1:])
    error = ConfidentError(text=HOSTILE, gold=(HOSTILE,), predicted=(HOSTILE,), probability=0.9)
    chosen = results.rungs[1]
    assert chosen.confusion is not None
    hostile = chosen.but(
        title=HOSTILE,
        confusion=Confusion(labels=labels, counts=chosen.confusion.counts),
        per_class=(chosen.per_class[0].but(label=HOSTILE), *chosen.per_class[1:]),
        top_features={HOSTILE: chosen.top_features["好评"]},
        notes=(HOSTILE,),
    )
    page = html(
        results.but(
            command=HOSTILE,
            data=results.data.but(name=HOSTILE, labels=labels, health={"warnings": [HOSTILE], HOSTILE: HOSTILE}),
            rungs=(results.rungs[0], hostile, *results.rungs[2:-1], results.rungs[-1].but(error=HOSTILE)),
            errors=(error,),
        )
    )
    found = outline(page)
    assert not {"script", "img"} & set(found.tags)
    assert page.count("&lt;script&gt;alert(&quot;x&quot;)") >= 10


def test_a_redacted_page_holds_no_text_and_no_feature(results: Results) -> None:
    page = html(results, redact=True)
    assert "电池用了三天" not in page
    assert "物流很快" not in page
    assert page.count("Texts of the data are left out of this page.") == 2
    assert results.recommendation is not None
    assert "Use TF-IDF" in page


def test_without_the_extra_the_page_stands_without_charts(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    page = html(results)
    found = outline(page)
    assert found.tags["svg"] == 0
    assert "Charts are left out" in page
    assert "pip install &#x27;wenmai[report]&#x27;" in page
    assert found.tags["section"] == 11


def test_when_every_rung_failed_the_page_says_so(results: Results) -> None:
    failed = results.but(rungs=results.failed, recommendation=None, errors=())
    page = html(failed)
    assert "No rung could be fitted" in page
    assert "the budget was spent" in page
    assert outline(page).tags["svg"] == 0


def test_one_rung_needs_no_charts(results: Results) -> None:
    assert results.recommendation is not None
    alone = results.rung(results.recommendation.name)
    recommendation = results.recommendation.but(best=alone.name, tied=(alone.name,), differences={})
    page = html(results.but(rungs=(alone,), recommendation=recommendation))
    assert outline(page).tags["svg"] == 0
    assert "no other rung is tied" in page


def test_several_labels_a_row_have_no_confusions(results: Results) -> None:
    score = Estimate(value=0.5, low=0.4, high=0.6)
    rungs = tuple(
        rung.but(confusion=None, test={"exact_match": score, "samples_f1": score, "micro_f1": score})
        for rung in results.done
    )
    protocol = results.protocol.but(metric="micro_f1", choice="cross-validation", folds=5)
    page = html(results.but(data=results.data.but(several_labels=True), rungs=rungs, protocol=protocol))
    assert 'id="confusion"' not in page
    assert "Exact match" in page
    assert "5-fold cross-validation" in page
    assert re.search(r"<dt>Labels</dt>", page)


def test_a_rung_without_the_metric_comes_last(results: Results) -> None:
    page = html(results.but(protocol=results.protocol.but(metric="log_loss")))
    table = page[page.index('id="scores"') : page.index('id="costs"')]
    order = re.findall(r'class="title">([^<]+)<', table)
    assert order[0] == "TF-IDF + logistic regression, characters 1–3"
    assert {"linear SVM" in title for title in order[-2:]} == {True}
