"""Learning curve: how often the class is right against the number of texts a class.

    python -m benchmarks.learning_curve [GOLD] [--texts 1 2 4 8 12] [--draws 2]
    python -m benchmarks.learning_curve [GOLD] --sources

Tells a city what its history will buy. The fast model is fitted on N messages of each class, drawn
from the corpora's texts that are not held out, once with the classes' names alone ("history") and
once with all that the packaged taxonomy knows besides (definitions, keywords, phrases, titles:
"history + taxonomy"; 0 messages is the taxonomy alone). Measured on the held-out texts and, where
given, on GOLD (accept-top1). Prints the mean over the draws. With --sources it tells instead what
each part of the taxonomy and the corpora adds, one after the other.
"""

import argparse
from collections.abc import Sequence, Set
from dataclasses import dataclass
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
# In the order in which a city would write them.
SOURCES = (
    ("name", {"name"}),
    ("definition", {"definition"}),
    ("keywords", {"keyword"}),
    ("examples", {"example"}),
    ("texts", {"text"}),
    ("titles", {"title"}),
    ("phrases", {"phrase"}),
    ("letters", {"letter"}),
    ("narratives", {"narrative"}),
    ("stories", {"story"}),
    ("letters to the board", {"board"}),
)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Measure:
    """Fits on some of the training texts and measures.

    Attributes:
        train: texts to choose from.
        held: held-out texts.
        gold: real tickets; empty where none are given.
    """

    city: City
    train: Corpus
    held: Corpus
    gold: Sequence[GoldRow]

    def right(self, chosen: Ints) -> tuple[float, float]:
        """Return the share right of held-out texts and the share accepted of gold ones."""
        space, model = fit_recipe(PROFILES, self.train.part(chosen), segmenter_of("rjieba"))
        found = model.logits(space.vectors(self.held.texts)).argmax(axis=1)
        held = float((found == self.held.labels).mean())
        if not self.gold:
            return held, 0.0
        texts = [row.ticket.full_text() for row in self.gold]
        p = softmax(model.logits(space.vectors(texts)))
        answers = level_answers(self.city.tree, p, [row.codes for row in self.gold])
        return held, answers[-1].accepted(1)

    def of(self, sources: Set[str]) -> Ints:
        """Return the numbers of the training texts from these sources."""
        return np.array([i for i, source in enumerate(self.train.sources) if source in sources])

    def show(self, name: str, count: str, texts: float, figures: Sequence[float]) -> None:
        """Print one line."""
        cell = f"{figures[1]:>8.3f}" if self.gold else ""
        print(f"{name:<20}{count:>14}{texts:>10.0f}{figures[0]:>10.3f}{cell}", flush=True)


def main() -> None:
    """Fit and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, nargs="?")
    parser.add_argument("--texts", type=int, nargs="*", default=[1, 2, 4, 8, 12])
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--sources", action="store_true")
    given = parser.parse_args()
    city = load_city()
    _, train, held = city_split(city, default_corpora(city))
    gold = read_gold(given.gold, city.tree, None) if given.gold else []
    measure = Measure(city, train, held, gold)
    print(f"{len(held.texts)} held-out texts, {len(gold)} gold, {len(city.tree.leaves)} classes")
    print(f"{'':<20}{'texts a class':>14}{'texts':>10}{'held-out':>10}{'gold':>8}")
    if given.sources:
        by_source(measure)
    else:
        by_number(measure, given.texts, given.draws)


def by_source(measure: Measure) -> None:
    """Add one source after the other."""
    known: set[str] = set()
    for name, sources in SOURCES:
        known |= sources
        chosen = measure.of(known)
        measure.show(f"+ {name}", "", len(chosen), measure.right(chosen))


def by_number(measure: Measure, counts: Sequence[int], draws: int) -> None:
    """Draw more and more messages of each class."""
    train = measure.train
    for name, known in (
        ("history", measure.of({"name"})),
        ("history + taxonomy", np.flatnonzero(~train.is_message)),
    ):
        for count in counts if name == "history" else [0, *counts]:
            parts = [
                messages(train, count, np.random.default_rng(draw))
                for draw in range(draws if count else 1)
            ]
            found = [measure.right(np.concatenate([known, part])) for part in parts]
            mean = np.mean(found, axis=0).tolist()
            measure.show(name, str(count), float(np.mean([len(part) for part in parts])), mean)


def messages(corpus: Corpus, count: int, rng: Generator) -> Ints:
    """Draw this many messages of each class; of a class with fewer all."""
    order = rng.permutation(np.flatnonzero(corpus.is_message))
    order = order[np.argsort(corpus.labels[order], kind="stable")]
    labels = corpus.labels[order]
    rank = np.arange(len(order)) - np.searchsorted(labels, labels)
    return order[rank < count]


if __name__ == "__main__":
    main()
