"""What a change of rules would move: the same tickets under two city folders, unit by unit."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from jiesu.router.rule_cases import Found, RuleCase, RulesAlone


@dataclass(frozen=True, slots=True)
class Move:
    """One ticket that would go elsewhere.

    Attributes:
        before, after: name of the unit, or the role where the place does not tell the unit,
            with the outcome where no unit acts as usual.
        rule: what decides after the change.
    """

    ticket_id: str
    text: str
    code: str
    before: str
    after: str
    rule: str


def moves(
    cases: Iterable[RuleCase], old: RulesAlone, new: RulesAlone, today: date
) -> Iterator[Move]:
    """Yield the tickets whose lead or outcome would differ."""
    for case in cases:
        before, after = old.find(case, today), new.find(case, today)
        if _whom(before) != _whom(after):
            yield Move(case.where, case.text, case.code, _whom(before), _whom(after), after.rule)


def by_unit(found: Iterable[Move]) -> list[tuple[str, str, int]]:
    """Count the moves from unit to unit, most first.

    >>> move = Move("1", "路灯不亮", "140301", "甲区城管委", "乙街道", "r1")
    >>> by_unit([move, move])
    [('甲区城管委', '乙街道', 2)]
    """
    counts = Counter((move.before, move.after) for move in found)
    return [(*pair, count) for pair, count in sorted(counts.items(), key=lambda i: (-i[1], i[0]))]


def _whom(found: Found) -> str:
    name = found.unit or found.lead
    usual = ("auto", "confirm", "human", "district")
    return name if found.outcome in usual else f"{name}（{found.outcome}）"
