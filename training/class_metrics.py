"""How good class probabilities are: by level, strictly and by every acceptable class, calibrated.

Strict scores compare with the best class of a text, `accept` with all that were judged right for
it. A label set with fewer than three levels repeats its lowest level for those that it lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.calibrate import expected_error
from jiesu.classifier.scores import Matrix, level_sums
from jiesu.taxonomy.tree import LabelTree

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Json = dict[str, Any]  # Any: JSON

LEVELS = 3
_COVERAGES = tuple(round(0.05 * step, 2) for step in range(1, 21))


@dataclass(frozen=True)
class LevelAnswers:
    """Answers on one level.

    Attributes:
        ranked: columns of the five likeliest classes, best first, (N, ≤5).
        confidence: probability of the first, (N,).
        best: column of the best gold class, (N,).
        accept: whether each of the ranked classes is acceptable, (N, ≤5).
    """

    ranked: Ints
    confidence: Floats
    best: Ints
    accept: Bools

    def top(self, k: int) -> float:
        """Return how often the best class is among the first k."""
        return _share(np.any(self.ranked[:, :k] == self.best[:, None], axis=1))

    def accepted(self, k: int) -> float:
        """Return how often an acceptable class is among the first k."""
        return _share(self.accept[:, :k].any(axis=1))

    def macro_f1(self) -> float:
        """Return the mean F1 of the classes that occur in gold or answers."""
        from sklearn.metrics import f1_score  # half a second to import

        return round(
            float(f1_score(self.best, self.ranked[:, 0], average="macro", zero_division=0)), 4
        )

    def calibration_error(self) -> float:
        """Return the expected calibration error of the first class, judged by `accept`."""
        return round(expected_error(self.confidence, self.accept[:, 0]), 4)


def level_answers(
    tree: LabelTree, p: Matrix, gold: Sequence[tuple[str, ...]]
) -> list[LevelAnswers]:
    """Return the answers on levels 1 to 3.

    Args:
        p: leaf probabilities, (N, n_leaves).
        gold: acceptable leaf codes of each text, best first.
    """
    return [_answers(tree, p, gold, min(level, tree.depth)) for level in range(1, LEVELS + 1)]


def _answers(
    tree: LabelTree, p: Matrix, gold: Sequence[tuple[str, ...]], level: int
) -> LevelAnswers:
    codes, sums = level_sums(tree, p, level)
    column = {code: j for j, code in enumerate(codes)}
    accepted = [[column[tree.path(code)[level - 1].code] for code in row] for row in gold]
    ranked = np.argsort(-sums, axis=1, kind="stable")[:, :5]
    return LevelAnswers(
        ranked,
        np.take_along_axis(sums, ranked[:, :1], axis=1)[:, 0].astype(np.float64),
        np.array([row[0] for row in accepted], dtype=np.int64),
        np.array([np.isin(r, a) for r, a in zip(ranked, accepted, strict=True)]),
    )


def class_metrics(answers: Sequence[LevelAnswers]) -> Json:
    """Return the parts of the evaluation that concern classes, as the contract names them."""
    first, second, leaf = answers
    return {
        "level1": {"top1": first.top(1), "macro_f1": first.macro_f1()},
        "level2": {"top1": second.top(1), "macro_f1": second.macro_f1()},
        "level3": {
            **{f"top{k}": leaf.top(k) for k in (1, 3, 5)},
            "macro_f1": leaf.macro_f1(),
        },
        "accept": {
            "l1": first.accepted(1),
            "l2": second.accepted(1),
            **{f"top{k}": leaf.accepted(k) for k in (1, 3, 5)},
        },
        "calibration": {f"ece_l{n}": a.calibration_error() for n, a in enumerate(answers, 1)},
        "selective": selective(leaf),
    }


def selective(answers: LevelAnswers) -> list[Json]:
    """Return the precision among the surest texts, at rising shares of all texts."""
    right = answers.accept[np.argsort(-answers.confidence, kind="stable"), 0]
    counts = dict.fromkeys(max(1, round(coverage * len(right))) for coverage in _COVERAGES)
    return [{"precision": _share(right[:n]), "coverage": round(n / len(right), 4)} for n in counts]


def _share(right: Any) -> float:  # Any: numpy's Boolean array or scalar
    return round(float(right.mean()), 4)
