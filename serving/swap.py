"""Takes a new model into service while the old one goes on answering.

The model's folder is looked at every few seconds, and at once when asked to (SIGHUP, POST
/v1/model/reload): so all workers of a machine follow one `jiesu promote`, and none needs to be
told. What a request has begun with one model it ends with that model. A folder that cannot be
used changes nothing but what /readyz says.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from jiesu.serving.engine import Engine
from jiesu.serving.log import LOGGER
from jiesu.serving.settings import Settings
from jiesu.taxonomy.errors import JiesuError

MODEL, FILES = "model", "model_files"

Mark = tuple[tuple[str, int, int], ...] | None
"""Names, sizes and times of a folder's files; None where there is no folder."""

log = logging.getLogger(LOGGER)


class ModelSwap:
    """Looks after the model of one process."""

    def __init__(
        self,
        settings: Settings,
        load: Callable[[Settings], Engine],
        engine: Callable[[], Engine],
        accept: Callable[[Engine], None],
    ) -> None:
        """Put it together; nothing is looked at yet.

        Args:
            load: loads what the settings name.
            engine: returns the engine that answers now.
            accept: lets another engine answer from now on.
        """
        self.problem = ""
        self._settings = settings
        self._load = load
        self._engine = engine
        self._accept = accept
        self._folder = _folder_of(settings, engine())
        self._seen = mark_of(self._folder)
        self._turn = threading.Lock()
        self._nudged = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="swap", daemon=True)

    def start(self) -> None:
        """Look after the folder in a thread of its own until stopped."""
        self._thread.start()

    def nudge(self) -> None:
        """Load again now, whether or not the files look different; safe in a signal handler."""
        self._nudged.set()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._nudged.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, *, anyway: bool = False) -> bool:
        """Take a changed model into service; return whether another engine answers now.

        Args:
            anyway: load even where the files look the same.
        """
        with self._turn:
            found = mark_of(self._folder)
            if found == self._seen and not anyway:
                return False
            if found is None:
                self.problem = f"模型文件夹 {self._folder} 不在了；仍用已装载的模型"
                self._seen = found
                return False
            return self._take(found)

    def _take(self, found: Mark) -> bool:
        try:
            loaded = self._load(self._settings)
        except JiesuError as error:
            return self._refuse(found, str(error))
        if (problem := loaded.problems.get(MODEL)) and self._engine().model_name:
            return self._refuse(found, problem)
        self._accept(loaded)
        self._seen, self.problem = found, ""
        log.info("model in service", extra={"fields": {"model": loaded.model_name}})
        return True

    def _refuse(self, found: Mark, reason: str) -> bool:
        self.problem = f"新的模型不能用，仍用 {self._engine().model_name or '原样'}：{reason}"
        self._seen = found
        log.error("degraded: %s: %s", FILES, reason)
        return False

    def _run(self) -> None:
        while not self._stopped.is_set():
            asked = self._nudged.wait(self._settings.model_look_seconds)
            self._nudged.clear()
            if self._stopped.is_set():
                return
            try:
                self.look(anyway=asked)
            except Exception as error:
                # The worker loop: the model in service goes on, and the next round tries again.
                log.exception("degraded: %s", FILES)
                self.problem = f"查看模型文件夹时出错：{type(error).__name__}"


def _folder_of(settings: Settings, engine: Engine) -> Path:
    from jiesu.classifier.artefact import default_model_folder

    return settings.model or default_model_folder(engine.city.id)


def mark_of(folder: Path) -> Mark:
    """Return what tells a changed folder from an unchanged one without reading its files."""
    try:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        stats = [(path, path.stat()) for path in files]
    except OSError:
        return None  # it is being replaced at this moment
    marks = ((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats)
    return tuple(marks) or None
