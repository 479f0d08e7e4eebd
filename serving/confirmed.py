"""Lets the class that a person confirmed count in the next suggestion, without training.

Confirmed tickets enter the index of the encoder in service (`JIESU_NEIGHBOURS`); the fast model
keeps none. Entering one takes as long as the encoder takes for a text, so it is done in a thread
of its own once the act is stored. What breaks here is told by the readiness, never to whoever
confirmed, and stops no suggestion.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jiesu.serving.engine import Engine, load_engine
from jiesu.serving.log import LOGGER
from jiesu.serving.settings import Settings
from jiesu.serving.store.erasure import ERASED
from jiesu.serving.suggestions import Suggester
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.ticket import Ticket

if TYPE_CHECKING:
    from jiesu.classifier.neighbours import Remembering  # numpy takes a moment to import

NEIGHBOURS = "neighbours"

log = logging.getLogger(LOGGER)


def load_remembering(settings: Settings) -> Engine:
    """Load the engine with the index of confirmed tickets, where the settings name one.

    Only the service does: what is labelled in bulk must not depend on what was confirmed when.

    Raises:
        InputError: as `load_engine`.
    """
    return with_index(load_engine(settings), settings.neighbours)


def with_index(engine: Engine, folder: Path | None) -> Engine:
    """Return the engine with its model's index; one that cannot be used is among the problems.

    Args:
        folder: holds one file an encoder; None keeps no index.
    """
    classifier, router = engine.router.classifier, engine.router
    if folder is None or classifier is None:
        return engine
    from jiesu.classifier.neighbours import Remembering

    if not isinstance(classifier, Remembering) or not is_dataclass(router):
        log.warning(
            "JIESU_NEIGHBOURS has no effect: %s keeps no confirmed tickets", classifier.name
        )
        return engine
    try:
        remembering = classifier.remembering(folder)
    except (ArtefactError, OSError) as error:
        problem = f"已确认工单的索引不能用，纠正的事项要等重新训练才起作用：{error}"
        return replace(engine, problems={**engine.problems, NEIGHBOURS: problem})
    return replace(engine, router=replace(router, classifier=remembering))


class Confirmed:
    """Tells the model in service which class a person confirmed."""

    def __init__(self, suggester: Suggester) -> None:
        self._suggester = suggester
        self._failure = ""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=NEIGHBOURS)

    @property
    def problem(self) -> str:
        """Why what is confirmed does not count now; empty when it does, or no index is kept."""
        model = self._model()
        index = model and model.neighbours
        return self._failure or (index.problem if index else "")

    def tell(self, ticket: Ticket, code: str) -> "Future[None] | None":
        """Let the class of a ticket count soon; an empty one takes back what counted.

        Returns:
            Ends when it counts; None where no index is kept, or nothing is left of the text.
        """
        model = self._model()
        if model is None or ticket.text == ERASED:
            return None
        return self._pool.submit(self._keep, model, ticket, code)

    def close(self) -> None:
        """Finish what has begun."""
        self._pool.shutdown()

    def _model(self) -> "Remembering | None":
        from jiesu.classifier.neighbours import Remembering

        model = self._suggester.engine.router.classifier
        return model if isinstance(model, Remembering) and model.neighbours is not None else None

    def _keep(self, model: "Remembering", ticket: Ticket, code: str) -> None:
        try:
            if code:
                model.confirm([ticket.full_text()], [code], [ticket.id])
            else:
                model.forget([ticket.id])
            self._failure = ""
        except Exception as error:
            # The worker loop: the act is stored, and only its effect on suggestions is missing.
            log.exception("degraded: %s", NEIGHBOURS)
            self._failure = f"已确认的工单没有写入索引，这次纠正要等重新训练才起作用：{error}"
