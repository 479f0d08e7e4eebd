from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tiny import TINY_FOLDER, WordClassifier

from jiesu.classifier.evidence import EvidenceSpan
from jiesu.classifier.omission import evidence_of, omission_evidence, word_spans
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.city import load_city


class Confiding(WordClassifier):
    """Knows by itself which words speak for a class."""

    def evidence(self, text: str, code: str, most: int = 5) -> tuple[EvidenceSpan, ...]:
        return (EvidenceSpan(text.index("路灯"), text.index("路灯") + 2, 1.0),)


TREE = load_city(Path(TINY_FOLDER)).tree
MODEL = WordClassifier(TREE)
LAMP = "河沿街道的路灯不亮三天了，晚上看不见路"


def test_words_of_the_class_are_found() -> None:
    spans = omission_evidence(MODEL, LAMP, "010101")
    assert [LAMP[span.start : span.end] for span in spans] == ["路灯不亮"]


def test_strongest_comes_first_and_no_more_than_asked() -> None:
    spans = omission_evidence(MODEL, LAMP + "，路灯杆也歪了", "010101", most=1)
    assert len(spans) <= 1
    shares = [span.share for span in omission_evidence(MODEL, LAMP, "010101")]
    assert shares == sorted(shares, reverse=True)


def test_classifier_that_can_say_why_is_asked_itself() -> None:
    assert evidence_of(Confiding(TREE), LAMP, "010101") == (EvidenceSpan(5, 7, 1.0),)
    assert evidence_of(MODEL, LAMP, "010101") == omission_evidence(MODEL, LAMP, "010101")


def test_text_without_words_has_no_evidence() -> None:
    assert omission_evidence(MODEL, " ，。", "010101") == ()


@given(st.text(max_size=60))
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    spans = list(word_spans(text, segmenter_of("rjieba")))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
