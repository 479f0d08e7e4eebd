"""Copies of one text, found by MinHash: a pasted campaign is told from independent voices."""

from rensa import RMinHash, RMinHashLSH

from jiesu.router.mass.features import SKETCH, Features
from jiesu.router.mass.rules import EchoRules

_BANDS = 16


class Echoes:
    """Groups of near-duplicates; a group is named by its first message."""

    def __init__(self, rules: EchoRules) -> None:
        self._rules = rules
        self._index = RMinHashLSH(threshold=rules.jaccard, num_perm=SKETCH, num_bands=_BANDS)
        self._seen: dict[int, tuple[RMinHash, str]] = {}
        self._next = 0

    def group_of(self, features: Features) -> str:
        """Return the group of a new message: that of the most similar earlier one, or its own."""
        if features.sketch is None:
            return features.message.id
        group = self._closest(features.sketch) or features.message.id
        self._seen[self._next] = (features.sketch, group)
        self._index.insert(self._next, features.sketch)
        self._next += 1
        return group

    def forget(self, keep: int) -> None:
        """Drop the oldest texts until at most this many are left."""
        while len(self._seen) > keep:
            key = next(iter(self._seen))
            del self._seen[key]
            self._index.remove(key)

    def _closest(self, sketch: RMinHash) -> str | None:
        best, found = self._rules.jaccard, None
        for key in self._index.query(sketch):
            earlier, group = self._seen[key]
            alike = sketch.jaccard(earlier)
            if alike >= best:
                best, found = alike, group
        return found
