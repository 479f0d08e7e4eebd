import numpy as np
import pytest

from jiesu.classifier.calibrate import log_loss, softmax
from jiesu.classifier.cascade import MixWeights, mix
from jiesu.classifier.reading import FastAnswers, Heard
from jiesu.training.fit_mix import fit_mix, fit_sure


def noisy_logits(seed: int, leaves: np.ndarray, strength: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(len(leaves), 5))
    logits[np.arange(len(leaves)), leaves] += strength
    return logits.astype(np.float32)


def test_sum_of_two_models_beats_either() -> None:
    leaves = np.random.default_rng(0).integers(0, 5, 400)
    logits, p_fast = noisy_logits(1, leaves, 1.5), softmax(noisy_logits(2, leaves, 1.5))
    weights = fit_mix(Heard(logits, FastAnswers(p_fast)), leaves)
    mixed = mix(Heard(logits, FastAnswers(p_fast)), weights)
    right = [(p.argmax(axis=1) == leaves).mean() for p in (mixed, logits, p_fast)]
    assert right[0] > max(right[1:]) + 0.03
    assert log_loss(mixed, leaves) < log_loss(p_fast, leaves)


def test_model_of_noise_gets_no_weight() -> None:
    leaves = np.random.default_rng(0).integers(0, 5, 400)
    noise = softmax(noisy_logits(2, leaves, 0.0))
    weights = fit_mix(Heard(noisy_logits(1, leaves, 3.0), FastAnswers(noise)), leaves)
    assert weights.encoder == pytest.approx(3.0, abs=0.8)
    assert weights.fast < 0.1


def test_the_others_are_fitted_anew_without_a_model_that_is_mostly_wrong() -> None:
    leaves = np.random.default_rng(0).integers(0, 5, 400)
    logits, wrong = noisy_logits(1, leaves, 3.0), softmax(noisy_logits(2, leaves, -0.7))
    alone = fit_mix(Heard(logits, FastAnswers(np.ones_like(wrong))), leaves)
    weights = fit_mix(Heard(logits, FastAnswers(wrong)), leaves)
    assert weights == alone
    assert (weights.fast, weights.encoder > 2) == (0.0, True)


def test_models_that_are_always_wrong_both_weigh_nothing() -> None:
    leaves = np.random.default_rng(0).integers(0, 5, 400)
    logits, wrong = noisy_logits(1, leaves, -3.0), softmax(noisy_logits(2, leaves, -3.0))
    assert fit_mix(Heard(logits, FastAnswers(wrong)), leaves) == MixWeights(0.0, 0.0)


@pytest.mark.parametrize("part", ["title", "sentence", "passages"])
def test_what_is_heard_besides_weighs_as_much_as_it_tells(part: str) -> None:
    leaves = np.random.default_rng(0).integers(0, 5, 400)
    logits, p_fast = noisy_logits(1, leaves, 1.0), softmax(noisy_logits(2, leaves, 1.0))
    clear = noisy_logits(3, leaves, 3.0)

    def heard(said: np.ndarray) -> Heard:
        if part == "passages":
            return Heard(logits, FastAnswers(p_fast), said)
        return Heard(logits, FastAnswers(p_fast, **{part: said}))

    plain = Heard(logits, FastAnswers(p_fast))
    told = heard(clear if part == "passages" else softmax(clear))
    silent = heard((np.zeros_like if part == "passages" else np.ones_like)(logits))
    assert getattr(fit_mix(told, leaves), part) > 0.7
    assert getattr(fit_mix(plain, leaves), part) == 0.0
    weights = fit_mix(silent, leaves)
    np.testing.assert_allclose(mix(silent, weights), mix(plain, weights), rtol=1e-5)


def test_cascade_threshold_loses_no_more_than_allowed() -> None:
    leaves = np.random.default_rng(0).integers(0, 5, 1000)
    p_fast, p_full = (softmax(noisy_logits(seed, leaves, s)) for seed, s in ((1, 2.0), (2, 4.0)))
    sure, share = fit_sure(p_fast, p_full, leaves, most_lost=0.005)
    alone = p_fast.max(axis=1) >= sure
    answers = np.where(alone, p_fast.argmax(axis=1), p_full.argmax(axis=1))
    lost = (p_full.argmax(axis=1) == leaves).mean() - (answers == leaves).mean()
    assert lost <= 0.005 + 1e-9
    assert share == pytest.approx(alone.mean())
    assert share > 0.1


def test_fast_model_that_is_always_wrong_never_answers_alone() -> None:
    leaves = np.zeros(50, dtype=np.int64)
    p_fast = softmax(noisy_logits(1, leaves + 1, 9.0))
    p_full = softmax(noisy_logits(2, leaves, 9.0))
    assert fit_sure(p_fast, p_full, leaves) == (1.01, 0.0)
