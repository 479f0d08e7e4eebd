"""Which events might a message belong to: rare gram → the events that it tells best."""

from collections import Counter, defaultdict
from collections.abc import Iterable

_LONGEST = 200
"""A gram of more events than this tells none of them; only the latest are kept."""


class EventIndex:
    """An inverted index from grams to ids of open events."""

    def __init__(self) -> None:
        self._events: defaultdict[int, dict[str, None]] = defaultdict(dict)

    def post(self, event_id: str, grams: Iterable[int]) -> None:
        """Make an event findable by these grams."""
        for gram in grams:
            found = self._events[gram]
            found.pop(event_id, None)
            found[event_id] = None
            if len(found) > _LONGEST:
                del found[next(iter(found))]

    def find(self, grams: Iterable[int], weights: Iterable[float], most: int) -> list[str]:
        """Return the events that share most weight with these grams, best first."""
        shared: Counter[str] = Counter()
        for gram, weight in zip(grams, weights, strict=True):
            for event_id in self._events.get(gram, ()):
                shared[event_id] += weight  # type: ignore[assignment]  # a Counter of floats
        return [event_id for event_id, _ in shared.most_common(most)]

    def drop(self, event_id: str, grams: Iterable[int]) -> None:
        """Forget an event under these grams."""
        for gram in grams:
            found = self._events.get(gram)
            if found is not None:
                found.pop(event_id, None)
                if not found:
                    del self._events[gram]
