"""Parts of the router that may be missing or broken: tickets are then decided without them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from jiesu.classifier.artefact import load_classifier
from jiesu.classifier.kind import KindModel, load_kind_model
from jiesu.classifier.scores import Classifier
from jiesu.router.unit_history import FOLDER, UnitHistory, load_history
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import ArtefactError

_Part = TypeVar("_Part")
Problems = dict[str, str]
"""Part that does not work → why, in words for an operator."""


def load_models(
    city: City, model_folder: Path, history_folder: Path | None
) -> tuple[Classifier | None, KindModel | None, UnitHistory | None, Problems]:
    """Load what is learned; what cannot be loaded is None and among the problems.

    Args:
        history_folder: None takes the one inside the model folder, if there is one.
    """
    problems: Problems = {}
    inside = model_folder / FOLDER
    units = history_folder or (inside if inside.is_dir() else None)
    return (
        _or_none("model", lambda: load_classifier(model_folder, city.tree), problems),
        _or_none("kind", lambda: load_kind_model(city), problems),
        _or_none("history", lambda: load_history(units, city), problems) if units else None,
        problems,
    )


def _or_none(name: str, load: Callable[[], _Part], problems: Problems) -> _Part | None:
    try:
        return load()
    except ArtefactError as error:
        problems[name] = str(error)
        return None
