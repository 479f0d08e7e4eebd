"""Learning curve: how often the class is right against the number of texts a class.

    python -m benchmarks.learning_curve [GOLD] [--texts 1 2 4 8 12] [--draws 2]

Tells a city what its history will buy. The fast model is fitted on N messages of each class, drawn
from the corpora's texts that are not held out, once with the classes' names alone ("history") and
once with all that the packaged taxonomy knows besides (definitions, keywords, phrases, titles:
"history + taxonomy"; 0 messages is the taxonomy alone). Measured on the held-out texts and, where
given, on GOLD (accept-top1). Prints the mean over the draws.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.city import City, load_city
from jiesu.training.class_metrics import level_answers
from jiesu.training.corpus import Corpus, city_split, default_corpora
from jiesu.training.fit_linear import RECIPES, fit_recipe
from jiesu.training.gold import GoldRow, read_gold

PROFILES = next(recipe for recipe in RECIPES if recipe.name == "profiles")
Ints = NDArray[np.int64]


def main() -> None:
    """Fit and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, nargs="?")
    parser.add_argument("--texts", type=int, nargs="*", default=[1, 2, 4, 8, 12])
    parser.add_argument("--draws", type=int, default=2)
    given = parser.parse_args()
    city = load_city()
    _, train, held = city_split(city, default_corpora(city))
    gold = read_gold(given.gold, city.tree, None) if given.gold else []
    print(f"{len(held.texts)} held-out texts, {len(gold)} gold, {len(city.tree.leaves)} classes")
    print(f"{'':<20}{'texts a class':>14}{'messages':>10}{'held-out':>10}{'gold':>8}")
    for name, known in (
        ("history", _of(train, {"name"})),
        ("history + taxonomy", np.flatnonzero(~train.is_message)),
    ):
        counts = given.texts if name == "history" else [0, *given.texts]
        for count in counts:
            figures = [_drawn(train, known, count, draw, held, city, gold)
                       for draw in range(given.draws if count else 1)]  # fmt: skip
            messages, right, accepted = np.mean(figures, axis=0)
            cell = f"{accepted:>8.3f}" if gold else ""
            print(f"{name:<20}{count:>14}{messages:>10.0f}{right:>10.3f}{cell}", flush=True)


def _of(corpus: Corpus, sources: set[str]) -> Ints:
    return np.array([i for i, source in enumerate(corpus.sources) if source in sources])


def _drawn(
    train: Corpus, known: Ints, count: int, draw: int, held: Corpus, city: City,
    gold: Sequence[GoldRow],
) -> tuple[float, float, float]:  # fmt: skip
    """Return the number of messages and the share right on held-out and on gold texts."""
    chosen = _messages(train, count, np.random.default_rng(draw))
    space, model = fit_recipe(
        PROFILES, train.part(np.concatenate([known, chosen])), segmenter_of("rjieba")
    )
    right = model.logits(space.vectors(held.texts)).argmax(axis=1) == held.labels
    if not gold:
        return len(chosen), float(right.mean()), 0.0
    found = softmax(model.logits(space.vectors([row.ticket.full_text() for row in gold])))
    answers = level_answers(city.tree, found, [row.codes for row in gold])
    return len(chosen), float(right.mean()), answers[-1].accepted(1)


def _messages(corpus: Corpus, count: int, rng: Generator) -> Ints:
    """Draw this many messages of each class; of a class with fewer all."""
    order = rng.permutation(np.flatnonzero(corpus.is_message))
    order = order[np.argsort(corpus.labels[order], kind="stable")]
    labels = corpus.labels[order]
    rank = np.arange(len(order)) - np.searchsorted(labels, labels)
    return order[rank < count]


if __name__ == "__main__":
    main()
