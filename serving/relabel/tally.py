"""What a run adds up to: the counts behind the report, mergeable and fit for the journal."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from jiesu.serving.relabel.rows import Problem

BINS = 100
"""Bins of the probability histograms, each 0.01 wide."""
HARD_ROWS = 20
SHOWN_PROBLEMS = 40
_LEVELS = 3


@dataclass(frozen=True, slots=True, order=True)
class HardRow:
    """A row whose best class has a low probability; `text` is masked."""

    p: float
    row: int
    text: str
    classes: str


def _no_counts() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


def _no_histograms() -> list[list[int]]:
    return [[0] * BINS for _ in range(_LEVELS)]


@dataclass(slots=True)
class Tally:
    """Counts over the rows seen so far.

    Attributes:
        rows: all rows; `bad` of them have no labels.
        notes: rows that have labels but something else wrong.
        counts: what is counted ("outcome", "kind", "l1", "district", "day", "version" …)
            → value → rows.
        histograms: for each level, rows by probability of the answer, `BINS` bins.
        hard: rows with the lowest probability, lowest first.
        problems: the first problems as [row, column, problem, masked excerpt].
    """

    rows: int = 0
    bad: int = 0
    notes: int = 0
    counts: defaultdict[str, Counter[str]] = field(default_factory=_no_counts)
    histograms: list[list[int]] = field(default_factory=_no_histograms)
    hard: list[HardRow] = field(default_factory=list)
    problems: list[list[Any]] = field(default_factory=list)  # Any: a row number and texts

    def count(self, what: str, value: str) -> None:
        """Count one row under a value; an empty value is not counted."""
        if value:
            self.counts[what][value] += 1

    def count_probabilities(self, p: Sequence[float]) -> None:
        """Count one row's probabilities, from level 1 down."""
        for level, value in enumerate(p[:_LEVELS]):
            self.histograms[level][min(BINS - 1, int(value * BINS))] += 1

    def count_problem(self, problem: Problem) -> None:
        """Count a problem of one row."""
        if problem.labelled:
            self.notes += 1
        else:
            self.bad += 1
        if len(self.problems) < SHOWN_PROBLEMS:
            shown = [problem.row, problem.column, problem.text, problem.excerpt]
            self.problems.append(shown)

    def merge(self, other: "Tally") -> None:
        """Add the counts of rows that come after."""
        self.rows += other.rows
        self.bad += other.bad
        self.notes += other.notes
        for what, counter in other.counts.items():
            self.counts[what].update(counter)
        for mine, theirs in zip(self.histograms, other.histograms, strict=True):
            mine[:] = [a + b for a, b in zip(mine, theirs, strict=True)]
        self.hard = sorted([*self.hard, *other.hard])[:HARD_ROWS]
        self.problems = [*self.problems, *other.problems][:SHOWN_PROBLEMS]

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return plain | {"hard": [[r.p, r.row, r.text, r.classes] for r in self.hard]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Tally":
        """Read back what `to_json` wrote."""
        counts = _no_counts()
        counts.update({what: Counter(values) for what, values in plain["counts"].items()})
        hard = [HardRow(*row) for row in plain["hard"]]
        return cls(**{**plain, "counts": counts, "hard": hard})
