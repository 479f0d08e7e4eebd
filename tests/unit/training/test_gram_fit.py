"""Fitting the small models."""

import numpy as np

from jiesu.classifier.grams import HashedGrams
from jiesu.training.gram_fit import GramFit, fit_grams

FIT = GramFit(HashedGrams(bits=12), rarest=1, loudness=5.0, strength=10.0)
ASKED = ["请问几点上班", "请问怎么办理", "想问一下流程", "请问收费吗"]
BLAMED = ["态度太差了", "一直没人管", "收费不透明", "天天扰民"]
TEXTS = ASKED + BLAMED
LABELS = np.array([0] * 4 + [1] * 4)
WEIGHTS = np.ones(8, dtype=np.float32)


def test_fitted_heads_tell_the_texts_apart() -> None:
    two = fit_grams(FIT, TEXTS, LABELS, WEIGHTS).model
    assert two.table.shape == (FIT.grams.n_columns, 1)
    assert ((two.logits(TEXTS)[:, 0] > 0) == LABELS).all()
    three = fit_grams(FIT, [*TEXTS, "谢谢你们"], np.append(LABELS, 2), np.append(WEIGHTS, 1)).model
    assert (three.logits(TEXTS).argmax(axis=1) == LABELS).all()


def test_dense_columns_get_weights_of_their_own() -> None:
    dense = np.where(LABELS[:, None], [[0, 5]], [[5, 0]]).astype(np.float32)
    fitted = fit_grams(FIT, ["同一句话"] * 8, LABELS, WEIGHTS, dense)
    assert fitted.dense.shape == (2, 1)
    assert fitted.dense[0, 0] < 0 < fitted.dense[1, 0]


def test_rare_columns_are_unknown_to_the_model() -> None:
    fit = GramFit(HashedGrams(bits=12), rarest=3, loudness=5.0, strength=10.0)
    model = fit_grams(fit, TEXTS, LABELS, WEIGHTS).model
    assert 0 < np.count_nonzero(model.gain) < 40
    assert np.count_nonzero(model.table[model.gain == 0]) == 0


def test_same_texts_give_the_same_model() -> None:
    one, other = (fit_grams(FIT, TEXTS, LABELS, WEIGHTS).model for _ in range(2))
    np.testing.assert_array_equal(one.table, other.table)
