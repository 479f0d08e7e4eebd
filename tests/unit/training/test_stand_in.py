"""The quick classifier that has not read the letters."""

import numpy as np
import pytest

from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.stand_in import StandIn

TREE = tree_of("t", [Label("1", "路灯", 1), Label("2", "井盖", 1)])
ROWS = [
    EncoderRow("路灯不亮", "1", "text", 0),
    EncoderRow("路灯闪烁", "1", "text", 1),
    EncoderRow("井盖丢失", "2", "text", 0),
    EncoderRow("井盖松动", "2", "text", 1),
]


def test_the_nearest_class_is_the_likeliest() -> None:
    p = StandIn(TREE, ROWS).score(["门口的路灯坏了", "井盖又响"])
    assert p.argmax(axis=1).tolist() == [0, 1]
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert p[0, 0] > 0.99


def test_a_text_of_unknown_words_may_be_of_any_class() -> None:
    assert StandIn(TREE, ROWS).score(["退款"])[0] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    "more",
    [
        EncoderRow("井盖井盖井盖", "1", "letter", 0, kind="投诉"),
        EncoderRow("井盖井盖井盖", "上级", "definition", 0),
    ],
    ids=["a letter with its kind", "a text of no leaf"],
)
def test_what_it_must_not_read_changes_nothing(more: EncoderRow) -> None:
    texts = ["井盖又响", "路灯坏了"]
    plain, besides = StandIn(TREE, ROWS), StandIn(TREE, [more, *ROWS])
    np.testing.assert_array_equal(besides.score(texts), plain.score(texts))
