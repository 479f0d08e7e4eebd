"""Complained-about parties (被诉求主体) of a period: how often, for what, and which way it goes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from jiesu.router.mass.message import Message
from jiesu.router.mass.names import NameRules, read_names


@dataclass(frozen=True, slots=True)
class PartyLine:
    """One party of the table.

    Attributes:
        callers: different people.
        trend: callers of the second half of the period against the first, as a ratio.
        codes: its commonest classes, where a classifier has run.
    """

    name: str
    messages: int
    callers: int
    first: date
    last: date
    trend: float
    codes: tuple[str, ...]


def parties_of(
    messages: Iterable[Message], rules: NameRules, *, at_least: int = 3
) -> list[PartyLine]:
    """Return the parties that at least so many people complain about, most callers first.

    A party is what the lead of a message names; streets and subdistricts tell where, not who.
    """
    said: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        for name in dict.fromkeys(read_names(rules.clean(message.lead), rules)):
            if not name.endswith(rules.where):
                said[name].append(message)
    lines = [_line(name, found) for name, found in said.items()]
    kept = [line for line in lines if line.callers >= at_least]
    return sorted(kept, key=lambda line: (-line.callers, -line.messages, line.name))


def _line(name: str, found: Sequence[Message]) -> PartyLine:
    messages = sorted(found, key=lambda message: message.at)
    middle = messages[0].at + (messages[-1].at - messages[0].at) / 2
    late = len({m.who for m in messages if m.at > middle})
    early = len({m.who for m in messages if m.at <= middle})
    codes: Counter[str] = Counter(
        max(m.classes, key=lambda code: m.classes[code]) for m in messages if m.classes
    )
    return PartyLine(
        name=name,
        messages=len(messages),
        callers=len({m.who for m in messages}),
        first=messages[0].at.date(),
        last=messages[-1].at.date(),
        trend=round((late + 1) / (early + 1), 2),
        codes=tuple(code for code, _ in codes.most_common(3)),
    )
