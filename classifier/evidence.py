"""Which words speak for a class, read off the encoder's last layer.

A text's vector is the mean of its tokens' vectors, so the logit of a class is, up to the length of
that mean, the mean of the tokens' products with the class vector: each token's share is exact
and costs no second run of the model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.encoder import Encoder, TokenView

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EvidenceSpan:
    """Characters `start:end` of a text, with their share in the class's logit, above 0."""

    start: int
    end: int
    share: float


def encoder_evidence(
    encoder: Encoder, text: str, leaf: int, most: int = 5
) -> tuple[EvidenceSpan, ...]:
    """Return the spans of a text that speak most for leaf number `leaf`, strongest first."""
    view = encoder.view(text)
    return strongest_spans(token_shares(view, encoder.classes.vectors, leaf), view, most)


def token_shares(view: TokenView, classes: Floats, leaf: int) -> Floats:
    """Return each token's share in the logit of a leaf, less its share in the average leaf's.

    Args:
        view: the text as the encoder saw it.
        classes: class vectors, (n_leaves, H).
        leaf: leaf number.

    Returns:
        Shares, (T,); they sum to the leaf's logit (without bias) less the mean logit.
    """
    against = classes[leaf] - classes.mean(axis=0)  # (H,)
    length = float(np.linalg.norm(view.states.mean(axis=0)))
    shares: Floats = view.states @ against / (len(view.states) * max(length, 1e-6))
    return shares


def strongest_spans(shares: Floats, view: TokenView, most: int) -> tuple[EvidenceSpan, ...]:
    """Join neighbouring tokens that speak for the class and keep the strongest runs.

    A token counts when its share is above the mean of the positive ones, so that a run is a
    word or a phrase and not half the text.
    """
    positive = shares[shares > 0]
    if not len(positive):
        return ()
    runs: list[EvidenceSpan] = []
    for (start, end), share in zip(view.spans.tolist(), shares.tolist(), strict=True):
        if end <= start or share < float(positive.mean()):
            continue
        if runs and start <= runs[-1].end:
            last = runs.pop()
            runs.append(EvidenceSpan(last.start, max(last.end, end), last.share + share))
        else:
            runs.append(EvidenceSpan(start, end, share))
    runs.sort(key=lambda run: -run.share)
    return tuple(runs[:most])
