"""How the encoder's kinds and the wording model are joined."""

import numpy as np

from jiesu.classifier.calibrate import softmax
from jiesu.taxonomy.ticket import KINDS
from jiesu.training.fit_kind_mix import fit_kind_mix


def test_the_reader_that_knows_more_weighs_more() -> None:
    rng = np.random.default_rng(0)
    right = rng.integers(0, len(KINDS), 400)
    clear = 2 * np.eye(len(KINDS))[right] + rng.normal(0, 0.7, (400, len(KINDS)))
    noise = rng.normal(0, 1, (400, len(KINDS)))
    kinds = [KINDS[k] for k in right]
    found = fit_kind_mix(clear.astype(np.float32), softmax(noise.astype(np.float32)), kinds)
    assert found.encoder > 1
    assert found.wording < 0.3
    assert max(map(abs, found.bias)) < 1
