"""The fast model against character TF-IDF + LinearSVC and fastText on the same texts, in one run.

    python -m benchmarks.fast_model GOLD [--peers svm fasttext] [--shipped]

All are trained on the texts of the packaged city and its corpora, and measured on GOLD. Prints how
often each answers with an acceptable class on the three levels (accept-top1), and within the first
three and five on the lowest. A peer's upper levels are read both ways, from its first leaf and from
sums over the leaves, and the better one counts. LinearSVC takes more than ten minutes.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.peers import PEERS, Scores
from jiesu.classifier.artefact import default_model_folder, load_classifier
from jiesu.classifier.calibrate import softmax
from jiesu.taxonomy.city import City, load_city
from jiesu.training.class_metrics import level_answers
from jiesu.training.corpus import city_split, default_corpora
from jiesu.training.gold import GoldRow, read_gold
from jiesu.training.linear_run import city_task, train_linear


def main() -> None:
    """Train and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--shipped", action="store_true", help="take our model as shipped")
    given = parser.parse_args()
    city = load_city()
    corpus, _, _ = city_split(city, default_corpora(city))
    gold = read_gold(given.gold, city.tree, None)
    asked = [row.ticket.full_text() for row in gold]
    print(f"train {len(corpus.texts)} texts, gold {len(gold)}, classes {len(city.tree.leaves)}")
    print(f"{'model':<16}{'level 1':>9}{'level 2':>9}{'top1':>9}{'top3':>9}{'top5':>9}{'s':>8}")
    _show("jiesu linear", city, gold, lambda: _ours(city, asked, given.shipped))
    for name in given.peers:
        _show(name, city, gold, lambda name=name: PEERS[name](
            corpus.texts, corpus.labels, asked, len(city.tree.leaves)
        ))  # fmt: skip


def _ours(city: City, asked: Sequence[str], shipped: bool) -> Scores:
    with tempfile.TemporaryDirectory() as out:
        folder = default_model_folder(city.id) if shipped else Path(out)
        if not shipped:
            train_linear(city_task(city, default_corpora(city)), folder)
        return np.log(np.maximum(load_classifier(folder, city.tree).score(asked), 1e-12))


def _show(name: str, city: City, gold: Sequence[GoldRow], scores: Callable[[], Scores]) -> None:
    started = time.monotonic()
    found = scores()
    codes = [row.codes for row in gold]
    one_hot = np.zeros_like(found)
    one_hot[np.arange(len(found)), found.argmax(axis=1)] = 1
    ways = [level_answers(city.tree, p, codes) for p in (softmax(found.copy()), one_hot)]
    upper = [max(way[level].accepted(1) for way in ways) for level in (0, 1)]
    figures = [*upper, *(ways[0][2].accepted(k) for k in (1, 3, 5))]
    cells = "".join(f"{figure:>9.4f}" for figure in figures)
    print(f"{name:<16}{cells}{time.monotonic() - started:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
