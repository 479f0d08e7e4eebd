"""Measure a model, and the decisions made with it, on gold rows.

The numbers are those that the contract of `jiesu evaluate` names. A part that no gold row judges
is None. Units, kinds, places and danger come from whole decisions, so they are measured only where
a city routes tickets.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from jiesu.classifier.artefact import (
    Card,
    default_model_folder,
    load_classifier,
    read_card,
    read_labels,
)
from jiesu.classifier.scores import Classifier, Judged, Matrix, judge
from jiesu.router.decision import Decision
from jiesu.router.route import Router
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.training.class_metrics import LevelAnswers, class_metrics, level_answers
from jiesu.training.corpus import LabelColumns
from jiesu.training.decision_metrics import PARTS, decision_metrics
from jiesu.training.gold import GoldRow, read_gold

Json = dict[str, Any]  # Any: JSON

_BATCH = 256


@dataclass(frozen=True)
class Evaluation:
    """The numbers, and what the report draws them from."""

    numbers: Json
    answers: Sequence[LevelAnswers]


def evaluate_file(
    gold: Path,
    now: datetime,
    model: Path | None = None,
    city_folder: Path | None = None,
    labels: LabelColumns | None = None,
) -> Evaluation:
    """Evaluate a model folder on a file of gold rows.

    Args:
        now: moment that decisions are made at; deadlines need one, scores do not depend on it.
        model: None for the model that comes with the city.
        labels: where the class stands, for a model with classes of its own; None takes what
            the model's card says.

    Raises:
        InputError: the gold file cannot be used, or columns are named for a city's model.
        ArtefactError: the model cannot be used.
    """
    tree = read_labels(model) if model else None
    if model and tree is not None:
        rows = read_gold(gold, tree, labels or _labels_of(read_card(model)))
        return _evaluate_classes(load_classifier(model, tree), rows)
    _check_no_columns(labels, model)
    city = load_city(city_folder)
    folder = model or default_model_folder(city.id)
    rows = read_gold(gold, city.tree, None)
    load_classifier(folder, city.tree)  # raises, where a router would go on without a model
    return _evaluate_decisions(Router.load(city, folder), rows, now)


def _check_no_columns(labels: LabelColumns | None, model: Path | None) -> None:
    if labels is not None:
        raise InputError(
            f"--labels {','.join(labels.columns)} 只用于自带类别的模型，"
            f"而 {model or '默认模型'} 用的是城市的事项，标注在 codes 列；"
            "请去掉 --labels，或用 --model 指明按带标签的文件训练的模型"
        )


def _labels_of(card: Card) -> LabelColumns:
    return LabelColumns(card.label_columns or ("label",), str(card.facts.get("separator", "")))


def _evaluate_classes(classifier: Classifier, rows: Sequence[GoldRow]) -> Evaluation:
    started = time.perf_counter()
    p = np.concatenate([_judged(classifier, part).p for part in _batches(rows)])
    seconds = time.perf_counter() - started
    return _evaluation(classifier, rows, p, {}, seconds)


def _evaluate_decisions(router: Router, rows: Sequence[GoldRow], now: datetime) -> Evaluation:
    classifier = router.classifier
    if classifier is None:
        raise ArtefactError("模型装载后又失效了；请重新运行，或检查模型文件夹")
    started = time.perf_counter()
    scores: list[Matrix] = []
    decisions: list[Decision] = []
    for part in _batches(rows):
        judged = _judged(classifier, part)
        scores.append(judged.p)
        decisions += router.route([row.ticket for row in part], now, judged=judged)
    seconds = time.perf_counter() - started
    measured = decision_metrics(router.city, rows, decisions)
    return _evaluation(classifier, rows, np.concatenate(scores), measured, seconds)


def _judged(classifier: Classifier, rows: Sequence[GoldRow]) -> Judged:
    tickets = [row.ticket for row in rows]
    texts = [ticket.full_text() for ticket in tickets]
    return judge(classifier, texts, [ticket.title for ticket in tickets])


def _batches(rows: Sequence[GoldRow]) -> Iterable[Sequence[GoldRow]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _evaluation(
    classifier: Classifier,
    rows: Sequence[GoldRow],
    p: Matrix,
    parts: Mapping[str, Json | None],
    seconds: float,
) -> Evaluation:
    answers = level_answers(classifier.tree, p, [row.codes for row in rows])
    classes = class_metrics(answers)
    curve = classes.pop("selective")
    numbers = {
        "n": len(rows),
        **classes,
        **{part: parts.get(part) for part in PARTS},
        "selective": curve,
        "docs_per_second": round(len(rows) / max(seconds, 1e-9), 1),
        "model": classifier.name,
        "taxonomy": classifier.tree.version,
    }
    return Evaluation(numbers, answers)
