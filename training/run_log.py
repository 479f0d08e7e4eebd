"""The log of a training run: one JSON line an event, so that curves survive a kill."""

from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class RunLog:
    """Appends events to a file."""

    path: Path

    def write(self, **event: object) -> None:
        """Append one event."""
        with self.path.open("ab") as out:
            out.write(orjson.dumps(event) + b"\n")

    def clear(self) -> None:
        """Forget the events of a run that was given up: no later one is measured by them."""
        self.path.unlink(missing_ok=True)

    def read(self) -> list[dict[str, object]]:
        """Return all events in order; none when the file does not exist."""
        if not self.path.is_file():
            return []
        return [orjson.loads(line) for line in self.path.read_bytes().splitlines()]
