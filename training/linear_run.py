"""From a city or a labelled file to the folder of a fast model, with its card.

Equal data give equal model files; only the card's `run` (day, seconds, machine) differs.
"""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.artefact import (
    CARD_FILE,
    CHECKSUM_FILE,
    LABELS_FILE,
    Card,
    write_card,
    write_labels,
)
from jiesu.classifier.linear import LinearClassifier
from jiesu.classifier.linear_file import LINEAR_FILE, save_linear
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.class_metrics import class_metrics, level_answers
from jiesu.training.commonness import COMMONNESS_FILE, log_prior
from jiesu.training.corpus import Corpus, LabelColumns, city_split, labelled_corpus, style_splits
from jiesu.training.fit_linear import (
    Outcome,
    Trial,
    affordable_recipes,
    calibrated,
    choose,
    fit_recipe,
    folds,
    try_recipe,
)

Json = dict[str, Any]  # Any: JSON
Floats32 = NDArray[np.float32]
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "rjieba")


@dataclass(frozen=True)
class LinearTask:
    """What to train a fast model from.

    Attributes:
        corpus: all texts.
        trials: texts to choose a recipe with.
        style_trials: texts to calibrate with, each of a style not trained on; may be empty.
        name: start of the model's name; a digest of its content is added.
        labels: where the classes stood in a labelled file; None for those of a city.
        data: name → digest of each source of data.
        prior: logarithm of each class's share against the mean share, (n_classes,); None takes
            all for equally common.
    """

    corpus: Corpus
    trials: Sequence[Trial]
    style_trials: Sequence[Trial]
    name: str
    labels: LabelColumns | None
    data: Mapping[str, str]
    prior: Floats32 | None = None


def city_task(city: City, corpora: Path) -> LinearTask:
    """Return the task of training a city's own fast model."""
    everything, train, held = city_split(city, corpora)
    data = {"taxonomy": digest(city.folder / "taxonomy"), "corpora": digest(corpora)}
    prior = log_prior(city)
    if prior is not None:
        data[COMMONNESS_FILE] = digest(city.folder / COMMONNESS_FILE)
    styles = [Trial(*split) for split in style_splits(city, corpora)]
    name = f"{city.id}-fast"
    return LinearTask(everything, [Trial(train, held)], styles, name, None, data, prior)


def labelled_task(path: Path, labels: LabelColumns) -> LinearTask:
    """Return the task of training on a labelled file."""
    corpus = labelled_corpus(path, labels)
    return LinearTask(
        corpus, folds(corpus), (), f"{path.stem}-fast", labels, {path.name: digest(path)}
    )


@dataclass(frozen=True)
class Fitted:
    """A model with what its recipes reached on texts held out, the best one apart."""

    classifier: LinearClassifier
    best: Outcome
    outcomes: Sequence[Outcome]
    seconds: float


def fitted(task: LinearTask, segmenter: str = "rjieba") -> Fitted:
    """Choose a recipe and fit it on all texts."""
    started = time.monotonic()
    corpus = task.corpus
    cutter = segmenter_of(segmenter, _own_words(corpus.tree) if segmenter == "jieba" else ())
    outcomes = [try_recipe(recipe, task.trials, cutter) for recipe in affordable_recipes(corpus)]
    best = choose(outcomes)
    space, model = fit_recipe(best.recipe, corpus, cutter)
    temperature = calibrated(best, task.style_trials, cutter)
    if task.prior is not None:  # the temperature must not touch it
        model = replace(model, bias=model.bias + task.prior / np.float32(temperature.factor))
    classifier = LinearClassifier("", corpus.tree, space, model, temperature)
    return Fitted(classifier, best, outcomes, time.monotonic() - started)


def train_linear(task: LinearTask, out: Path, segmenter: str = "rjieba") -> Card:
    """Choose a recipe, fit it on all texts and write the model folder.

    Raises:
        InputError: the folder exists and holds something else than a fast model.
    """
    check_folder(out)
    return write_linear(task, fitted(task, segmenter), out)


def write_linear(task: LinearTask, model: Fitted, out: Path) -> Card:
    """Write the model folder."""
    _make_folder(out)
    tree = task.corpus.tree
    save_linear(model.classifier, out / LINEAR_FILE)
    if task.labels:
        write_labels(out, tree)
    name = f"{task.name}-{digest(out / LINEAR_FILE)[:8]}"
    facts = _facts(task, model.best, model.outcomes, model.classifier)
    columns = task.labels.columns if task.labels else ()
    card = Card(name, "linear", tree.version, columns, facts | {"run": run_facts(model.seconds)})
    write_card(out, card)
    return card


def check_folder(out: Path, beside: Sequence[str] = (), what: str = "快速模型") -> None:
    """Refuse to write over anything but a model folder.

    Args:
        out: the folder; it may not be there yet.
        beside: what else the folder may hold.
        what: whose files it may hold, for the message.

    Raises:
        InputError: it holds something else.
    """
    ours = {CARD_FILE, CHECKSUM_FILE, LABELS_FILE, LINEAR_FILE, *beside}
    if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - ours):
        raise InputError(
            f"{out} 已存在，且不只有{what}的文件；请换一个 --out，或先移走其中别的文件"
        )


def _make_folder(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / LABELS_FILE).unlink(missing_ok=True)


def _own_words(tree: LabelTree) -> list[str]:
    """Return the keywords of all classes, for a dictionary that can be extended."""
    return sorted({word for label in tree.labels.values() for word in label.keywords})


def _facts(
    task: LinearTask, best: Outcome, outcomes: Sequence[Outcome], classifier: LinearClassifier
) -> Json:
    marks = {"separator": task.labels.separator} if task.labels and task.labels.separator else {}
    model = classifier.model
    return {
        **marks,
        "data": {**task.data, "texts": len(task.corpus.texts)},
        "recipe": asdict(best.recipe),
        "recipes": [
            {"name": o.recipe.name, "top1": round(o.top1, 4), "log_loss": round(o.loss, 4)}
            for o in outcomes
        ],
        "temperature": {
            "factor": classifier.temperature.factor,
            "on_held_out_texts": best.temperature.factor,
        },
        "size": {
            "features": model.leaf.weights.shape[0],
            "classes": len(model.bias),
            "weights": sum(int(table.weights.nnz) for table in model.tables),
        },
        "metrics": _metrics(task, best),
    }


def _metrics(task: LinearTask, best: Outcome) -> Json:
    """Return the metrics on the texts held out, also by where these are from."""
    p, tree = best.temperature.probabilities(best.logits), task.corpus.tree
    gold = [(tree.leaves[label],) for label in best.labels]
    sources = [source for trial in task.trials for source in trial.test.sources]
    found = {"n": len(gold), **class_metrics(level_answers(tree, p, gold))}
    right = p.argmax(axis=1) == best.labels
    parts = {
        source: _source_metrics(right[[s == source for s in sources]])
        for source in sorted(set(sources) - {""})
    }
    return {**found, "by_source": parts} if parts else found


def _source_metrics(right: NDArray[np.bool_]) -> Json:
    return {"n": len(right), "top1": round(float(right.mean()), 4)}


def run_facts(seconds: float) -> Json:
    """Return when, on what and for how long a model was made."""
    return {
        "day": date.today().isoformat(),
        "seconds": round(seconds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files of a folder with their names."""
    if path.is_file():
        return sha256(path.read_bytes()).hexdigest()
    whole = sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            whole.update(f"{file.relative_to(path).as_posix()}\0".encode())
            whole.update(sha256(file.read_bytes()).digest())
    return whole.hexdigest()
