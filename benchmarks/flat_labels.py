"""Any label set: `jiesu train` against character TF-IDF + LinearSVC and fastText, in one run.

    python -m benchmarks.flat_labels FOLDER [--labels label]

FOLDER holds train.jsonl and dev.jsonl. Prints accuracy and macro-F1 on dev of each model.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.peers import PEERS
from jiesu.classifier.artefact import load_classifier
from jiesu.training.corpus import Corpus, LabelColumns, labelled_corpus
from jiesu.training.gold import read_gold
from jiesu.training.linear_run import labelled_task, train_linear


def main() -> None:
    """Train and measure all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", default="label")
    given = parser.parse_args()
    columns = LabelColumns(tuple(given.labels.split(",")))
    train = labelled_corpus(given.folder / "train.jsonl", columns)
    gold = read_gold(given.folder / "dev.jsonl", train.tree, columns)
    asked = [row.ticket.full_text() for row in gold]
    best = np.array([train.tree.leaf_index[row.codes[0]] for row in gold])
    print(f"train {len(train.texts)}, dev {len(asked)}, classes {len(train.tree.leaves)}")
    print(f"{'model':<28}{'accuracy':>10}{'macro-F1':>10}{'seconds':>10}")
    _show("jiesu linear", lambda: _ours(given.folder, columns, train, asked), best)
    for name, scores in PEERS.items():
        _show(name, lambda scores=scores: scores(
            train.texts, train.labels, asked, len(train.tree.leaves)
        ), best)  # fmt: skip


def _ours(folder: Path, columns: LabelColumns, train: Corpus, asked: list[str]) -> np.ndarray:
    with tempfile.TemporaryDirectory() as out:
        card = train_linear(labelled_task(folder / "train.jsonl", columns), Path(out))
        print(f"  recipe chosen on folds of train: {card.facts['recipes']}")
        return load_classifier(Path(out), train.tree).score(asked)


def _show(name: str, scores, best: np.ndarray) -> None:  # type: ignore[no-untyped-def] # a closure
    started = time.monotonic()
    answer = scores().argmax(axis=1)
    accuracy, f1 = (answer == best).mean(), f1_score(best, answer, average="macro")
    print(f"{name:<28}{accuracy:>10.4f}{f1:>10.4f}{time.monotonic() - started:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
