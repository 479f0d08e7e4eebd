"""Classes of many messages at once, by the fast model: what the watch compares them by."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jiesu.classifier.artefact import default_model_folder, load_classifier
from jiesu.classifier.scores import Classifier
from jiesu.router.mass.message import Message
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import ArtefactError

_CHUNK, _KEPT, _CHARS = 500, 5, 600


def quick_classifier(city: City) -> tuple[Classifier | None, tuple[str, ...]]:
    """Return the fast model of a city, or None and why there is none."""
    try:
        return load_classifier(default_model_folder(city.id), city.tree), ()
    except ArtefactError as error:
        return None, (f"没有快速模型，只按文字归并：{error}",)


def classified(
    messages: Sequence[Message], classifier: Classifier | None, leaves: Sequence[str]
) -> list[Message]:
    """Return the messages with their likeliest classes; those that have some keep them."""
    if classifier is None:
        return list(messages)
    found: list[Message] = []
    for start in range(0, len(messages), _CHUNK):
        chunk = messages[start : start + _CHUNK]
        scores = classifier.score([f"{m.title}\n{m.text[:_CHARS]}" for m in chunk])
        best = np.argsort(-scores, axis=1, kind="stable")[:, :_KEPT]
        for message, row, codes in zip(chunk, scores, best.tolist(), strict=True):
            classes = message.classes or {leaves[code]: float(row[code]) for code in codes}
            found.append(replace(message, classes=classes))
    return found
