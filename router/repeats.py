"""Is this call about a matter already in hand? Same caller, same matter, nothing new.

Given the caller's earlier tickets, it finds the one that the new text tells again, and what the
text adds to it: clauses that the earlier ticket does not hold, words of harm, other numbers of
people or money. Time passing and urging are nothing new. A repeat without new facts is joined to
its ticket; one with new facts goes on as an ordinary ticket that names the earlier one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jiesu.router.decision import Decision, Outcome
from jiesu.router.likeness import covered, pairs_of
from jiesu.taxonomy.city import City, read_yaml
from jiesu.taxonomy.errors import CityError

FILE = "repeat.yaml"
_REPLACED: frozenset[Outcome] = frozenset({"auto", "confirm", "human", "district", "consult"})
"""Outcomes that a repeat replaces; danger and other channels come first."""
_CLAUSE = re.compile(r"[，,。！!？?；;：:\n]+")
_NUMBER = "[零一二两三四五六七八九十百千万几0-9.]+"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A ticket of the same caller.

    Attributes:
        code, region: its class and the code of the finest region known; may be empty.
        is_open: whether it is still in hand.
        last_at: when it came in, or when it was closed.
    """

    ticket_id: str
    text: str
    code: str
    region: str
    is_open: bool
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Repeat:
    """The earlier ticket that a text tells again, and what it adds; nothing: a mere repeat."""

    earlier: Earlier
    news: tuple[str, ...]


@dataclass(frozen=True)
class RepeatRules:
    """All of `repeat.yaml`; see the remarks there."""

    open_days: int
    closed_days: int
    alike: float
    alike_same_class: float
    clause_chars: int
    clause_known: float
    reason: str
    reopened_reason: str
    source: str
    filler: tuple[str, ...]
    worse: tuple[str, ...]
    counts: tuple[str, ...]
    time: str


@dataclass(frozen=True)
class RepeatReader:
    """Finds repeats by the rules of one city."""

    city: City
    rules: RepeatRules

    @classmethod
    def from_city(cls, city: City) -> "RepeatReader | None":
        """Load the rules of a city; None where it has none, and repeats are then not looked for.

        Raises:
            CityError: the file is wrong.
        """
        return cls(city, load_repeat_rules(city.folder)) if (city.folder / FILE).is_file() else None

    def find(
        self, text: str, code: str, region: str, earlier: Sequence[Earlier], now: datetime
    ) -> Repeat | None:
        """Return the latest earlier ticket about the same matter; None if there is none.

        Args:
            text: what the caller says now.
            code: its likeliest class.
            region: code of the finest region known; empty when none is.
            earlier: tickets of the same caller.
            now: when the call came in.
        """
        for known in sorted(earlier, key=lambda ticket: ticket.last_at, reverse=True):
            if self._is_recent(known, now) and self._is_same(text, code, region, known):
                return Repeat(known, tuple(dict.fromkeys(self._news(text, known.text))))
        return None

    def _is_recent(self, known: Earlier, now: datetime) -> bool:
        days = self.rules.open_days if known.is_open else self.rules.closed_days
        return timedelta(0) <= now - known.last_at <= timedelta(days=days)

    def _is_same(self, text: str, code: str, region: str, known: Earlier) -> bool:
        if not self._may_be_same_place(region, known.region):
            return False
        same_class = bool(code) and code == known.code
        least = self.rules.alike_same_class if same_class else self.rules.alike
        said, before = pairs_of(self._content(text)), pairs_of(self._content(known.text))
        if not said or not before:
            return False
        # News may be long: then at least a part of the earlier words comes back.
        return max(covered(said, pairs_of(known.text)), covered(before, pairs_of(text))) >= least

    def _may_be_same_place(self, one: str, other: str) -> bool:
        paths = [[part.code for part in self.city.region_path(code)] for code in (one, other)]
        return all(a == b for a, b in zip(*paths, strict=False))

    def _news(self, text: str, before: str) -> Iterator[str]:
        rules, known = self.rules, pairs_of(before)
        for clause in _CLAUSE.split(text):
            content = self._content(clause)
            if any(word in clause and word not in before for word in rules.worse):
                yield clause
            elif len(content) >= rules.clause_chars and (
                covered(pairs_of(content), known) < rules.clause_known
            ):
                yield clause
            elif self._counts(clause) - self._counts(before):
                yield clause

    def _content(self, text: str) -> str:
        """Leave out what says nothing of the matter: time, urging, courtesy."""
        return self._filler.sub("，", text).strip("，, ")

    @property
    def _filler(self) -> re.Pattern[str]:
        words = sorted(self.rules.filler, key=len, reverse=True)
        return re.compile("|".join([self.rules.time, *map(re.escape, words)]))

    def _counts(self, text: str) -> frozenset[str]:
        units = "|".join(map(re.escape, self.rules.counts))
        return frozenset(m.group() for m in re.finditer(f"{_NUMBER}(?:多)?(?:{units})", text))


def marked(decision: Decision, repeat: Repeat | None, rules: RepeatRules) -> Decision:
    """Return the decision with the earlier ticket named; a mere repeat takes the outcome.

    Danger and other channels keep their outcome: a repeated call for help is a call for help.
    """
    if repeat is None:
        return decision
    similar = tuple(dict.fromkeys((repeat.earlier.ticket_id, *decision.similar)))
    if repeat.news:
        why = f"同一来电人的工单 {repeat.earlier.ticket_id} 有新情况：{'；'.join(repeat.news)}"
        return replace(decision, similar=similar, reasons=(*decision.reasons, why))
    if decision.outcome not in _REPLACED:
        return replace(decision, similar=similar)
    said = rules.reason if repeat.earlier.is_open else rules.reopened_reason
    why = f"{said}：{repeat.earlier.ticket_id}（{rules.source}）"
    return replace(decision, outcome="repeat", similar=similar, reasons=(why,))


def load_repeat_rules(folder: Path) -> RepeatRules:
    """Read `repeat.yaml` of a city folder.

    Raises:
        CityError: a key is missing or unknown, or the pattern of times is none.
    """
    raw: dict[str, Any] = read_yaml(folder, FILE)  # Any: YAML border, checked below
    known = set(RepeatRules.__dataclass_fields__)
    problems = [f"{FILE}: {key}: 未知的键，请删除" for key in sorted(set(raw) - known)]
    problems += [f"{FILE}: {key}: 缺少此键，请补上" for key in sorted(known - set(raw))]
    try:
        re.compile(str(raw.get("time", "")))
    except re.error as error:
        problems.append(f"{FILE}: time: 不是合法的正则表达式（{error}）；请改正")
    if problems:
        raise CityError(problems)
    lists = {name: tuple(raw[name] or ()) for name in ("filler", "worse", "counts")}
    return RepeatRules(**{**raw, **lists})
