from dataclasses import replace

import numpy as np

from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.encoder_rows import EncoderRow, is_tenth, split_rows
from jiesu.training.fast_beside import (
    chosen_fast_fit,
    labelled_fast_fit,
    labelled_rows,
    message_corpus,
)
from jiesu.training.fit_linear import Trial
from jiesu.training.linear_run import LinearTask, fitted

TREE = tree_of("t", [Label("a", "路灯", 1), Label("b", "井盖", 1)])
TEXTS = {"a": "第{n}栋门口的路灯不亮了", "b": "第{n}条街上的井盖丢失了"}


def rows() -> list[EncoderRow]:
    return [
        EncoderRow(text.format(n=n), code, "letter", n)
        for n in range(20)
        for code, text in TEXTS.items()
    ]


def test_labelled_texts_are_numbered_within_their_class() -> None:
    again = labelled_rows(message_corpus(TREE, rows()))
    assert again == rows()


def test_no_copy_of_a_held_out_text_is_trained_on() -> None:
    twice = [*rows(), *(replace(row, text=f"{row.text} ") for row in rows())]
    other = [replace(row, code="b") for row in rows() if row.code == "a"]  # seen as "a" before
    again = labelled_rows(message_corpus(TREE, [*twice, *other]))
    train, held = split_rows(again, TREE, is_tenth)
    assert len(held) == 2 * 4 + 2
    assert {row.text.strip() for row in train}.isdisjoint(row.text.strip() for row in held)


def test_fast_model_knows_texts_that_it_was_not_fitted_on() -> None:
    train, held = split_rows(rows(), TREE, is_tenth)
    fast = labelled_fast_fit(TREE, segmenter_of("rjieba"))(train, held)
    p = fast.score([row.text for row in held])
    assert p.shape == (len(held), 2)
    assert [TREE.leaves[j] for j in p.argmax(axis=1)] == [row.code for row in held]
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)


def test_a_city_s_model_beside_the_encoder_has_not_read_what_is_held_out() -> None:
    train, held = split_rows(rows(), TREE, is_tenth)
    known, unread = message_corpus(TREE, train), message_corpus(TREE, held)
    told = replace(unread, texts=tuple(f"{text}，夜里常有野猫" for text in unread.texts))
    both = message_corpus(
        TREE, [*train, *(replace(row, text=f"{row.text}，夜里常有野猫") for row in held)]
    )
    served = fitted(LinearTask(both, [Trial(known, told)], (), "t-fast", None, {}))
    beside = chosen_fast_fit(served)([], [])
    aside = ["野猫"]
    assert np.any(served.classifier.space.vectors(aside).data)
    assert not np.any(beside.space.vectors(aside).data)
    assert [TREE.leaves[j] for j in beside.score(told.texts).argmax(axis=1)] == [
        row.code for row in held
    ]
