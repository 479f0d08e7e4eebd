"""How many messages come in a day, whatever they say: the yardstick of every burst."""

from collections import Counter
from datetime import date, timedelta


class Pace:
    """Daily numbers of the whole stream."""

    def __init__(self) -> None:
        self.daily: Counter[date] = Counter()
        self.total = 0

    def count(self, day: date) -> None:
        """Count one message."""
        self.daily[day] += 1
        self.total += 1

    def share(self, first: date, last: date) -> float:
        """Return the share of all messages that came between two days, both included."""
        days = (last - first).days + 1
        return sum(self.daily[first + timedelta(days=i)] for i in range(days)) / max(self.total, 1)
