"""The course of the learning rate over a run."""

import math


def learning_rate_share(progress: float, warmup: float, floor: float = 0.02) -> float:
    """Return the share of the highest rate: a linear rise, then half a cosine down to `floor`.

    Args:
        progress: share of the run that is done, in [0, 1].
        warmup: share of the run in which the rate rises.

    >>> [round(learning_rate_share(p, 0.1), 2) for p in (0.05, 0.1, 1.0)]
    [0.5, 1.0, 0.02]
    """
    if progress < warmup:
        return progress / warmup
    done = min(1.0, (progress - warmup) / (1 - warmup))
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))
