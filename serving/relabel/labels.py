"""Decisions → the added columns, the counts for the report, and the rows that failed.

This runs in the worker, next to the router, so that only short texts and numbers travel back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import nsmallest
from typing import Protocol

import orjson

from jiesu.router.decision import Candidate, Decision
from jiesu.serving.masking import mask
from jiesu.serving.relabel.columns import LABEL_COLUMNS, TIME_COLUMN
from jiesu.serving.relabel.encodings import show_unread
from jiesu.serving.relabel.rows import EXCERPT_CHARS, Entry, Fields, LabelRow, Problem
from jiesu.serving.relabel.tally import HARD_ROWS, HardRow, Tally
from jiesu.serving.times import parse_time
from jiesu.taxonomy.errors import ArtefactError, InputError, JiesuError
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import Label, LabelTree

_DIGITS = 4
_LEVELS = 3
_TOP = 5
_SHOWN_CHARS = 120
_SYSTEMATIC_ROWS = 10
"""When all rows of a chunk of at least this size fail, the router is broken, not the rows."""
_REASON = LABEL_COLUMNS.index("reason")
_NO_DISTRICT = "（未识别到地点）"


class TicketRouter(Protocol):
    """What a batch run needs of `jiesu.router.route.Router`."""

    def route(self, tickets: Sequence[Ticket], now: datetime) -> list[Decision]:
        """Decide on each ticket, in order."""
        ...


class RowsFailed(JiesuError):
    """The router failed on every row of a chunk."""


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk on its way to a worker: what the router needs, without the rows themselves."""

    numbers: tuple[int, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A chunk on its way back: a row of labels for each entry, and what there is to report."""

    rows: list[LabelRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


class Labeller:
    """A router with the classes that it names and the time of the run, applied to chunks."""

    def __init__(self, router: TicketRouter, tree: LabelTree, now: datetime) -> None:
        self._router = router
        self._tree = tree
        self._now = now
        self._paths: dict[str, tuple[Label, ...]] = {}

    def label(self, task: Task) -> Labelled:
        """Label the rows of a chunk; a row that cannot be labelled says why in `reason`."""
        done = Labelled()
        tickets = {
            number: self._ticket(number, entry, done)
            for number, entry in zip(task.numbers, task.entries, strict=True)
            if isinstance(entry, Fields)
        }
        decided = self._decide(tickets)
        for number, entry in zip(task.numbers, task.entries, strict=True):
            outcome = entry if isinstance(entry, Problem) else decided[number]
            if isinstance(outcome, Problem):
                done.rows.append(_bad_row(outcome.text))
                _report(outcome, done)
            else:
                done.rows.append(self._row(outcome))
                self._count(outcome, tickets[number], done.tally)
        self._count_hard(decided, tickets, done.tally)
        done.tally.rows = len(done.rows)
        return done

    def _ticket(self, number: int, fields: Fields, done: Labelled) -> Ticket:
        received_at = None
        if fields.time.strip():
            try:
                received_at = parse_time(fields.time)
            except InputError as error:
                wrong = f"{error}；期限和规则按运行时间算"
                note = Problem(number, TIME_COLUMN, wrong, fields.time, labelled=True)
                _report(note, done)
        return Ticket(
            id=fields.id,
            text=fields.text,
            title=fields.title,
            address=fields.address,
            received_at=received_at,
            caller=fields.caller,
            channel=fields.channel,
        )

    def _decide(self, tickets: dict[int, Ticket]) -> dict[int, Decision | Problem]:
        """Route all tickets at once; if that fails, each alone, to find the one that spoils it."""
        try:
            decisions = self._router.route(list(tickets.values()), self._now)
        except ArtefactError:
            raise
        except Exception:
            return self._decide_alone(tickets)
        return dict(zip(tickets, decisions, strict=True))

    def _decide_alone(self, tickets: dict[int, Ticket]) -> dict[int, Decision | Problem]:
        decided: dict[int, Decision | Problem] = {}
        for number, ticket in tickets.items():
            try:
                (decided[number],) = self._router.route([ticket], self._now)
            except Exception as error:
                wrong = f"处理这一行时出错：{type(error).__name__}：{error}"
                decided[number] = Problem(number, "", wrong, ticket.text[:EXCERPT_CHARS])
                last = error
        failed = sum(isinstance(outcome, Problem) for outcome in decided.values())
        if failed == len(tickets) >= _SYSTEMATIC_ROWS:
            first, *_, final = tickets
            raise RowsFailed(
                f"第 {first} 到 {final} 行全部处理失败（{type(last).__name__}：{last}）；"
                "这不是个别数据的问题，请检查模型和城市数据"
            ) from last
        return decided

    def _row(self, decision: Decision) -> LabelRow:
        place, lead = decision.place, _lead(decision)
        return (
            *self._class_cells(decision),
            decision.kind or None,
            self._path(decision.classes[0].code)[-1].tag or None if decision.classes else None,
            place.district,
            place.subdistrict,
            place.community,
            round(place.p, _DIGITS) if place.district else None,
            decision.limit or None,
            *((lead.unit_id, lead.unit, lead.unit_role) if lead else (None, None, None)),
            round(lead.p, _DIGITS) if lead else None,
            decision.outcome,
            _reason(decision, lead),
            decision.versions.model,
            decision.versions.taxonomy,
            "|".join(decision.degraded) or None,
        )

    def _class_cells(self, decision: Decision) -> LabelRow:
        """Return code, l1 to l3, p1 to p3 and top5."""
        if not decision.classes:
            return (None,) * (2 + 2 * _LEVELS)
        best = decision.classes[0]
        missing = [None] * _LEVELS
        names = [label.name for label in self._path(best.code)]
        p = [round(value, _DIGITS) for value in best.p]
        top = [[ranked.code, round(ranked.p[-1], _DIGITS)] for ranked in decision.classes[:_TOP]]
        return (
            best.code,
            *[*names, *missing][:_LEVELS],
            *[*p, *missing][:_LEVELS],
            orjson.dumps(top).decode(),
        )

    def _path(self, code: str) -> tuple[Label, ...]:
        if code not in self._paths:
            self._paths[code] = self._tree.path(code)
        return self._paths[code]

    def _count(self, decision: Decision, ticket: Ticket, tally: Tally) -> None:
        if decision.classes:
            path = self._path(decision.classes[0].code)
            for label in path:
                tally.count(f"l{label.level}", f"{label.code} {label.name}")
            tally.count("tag", path[-1].tag)
            tally.count_probabilities(decision.classes[0].p)
        tally.count("outcome", decision.outcome)
        tally.count("kind", decision.kind)
        tally.count("limit", decision.limit)
        tally.count("district", decision.place.district or _NO_DISTRICT)
        lead = _lead(decision)
        tally.count("unit", lead.unit if lead else "")
        tally.count("model", decision.versions.model)
        tally.count("taxonomy", decision.versions.taxonomy)
        tally.count("rules", decision.versions.rules)
        for part in decision.degraded:
            tally.count("degraded", part)
        if ticket.received_at:
            tally.count("day", ticket.received_at.date().isoformat())

    def _count_hard(
        self,
        decided: dict[int, Decision | Problem],
        tickets: dict[int, Ticket],
        tally: Tally,
    ) -> None:
        found = (
            (outcome.classes[0].p[-1], number, outcome.classes[0].code)
            for number, outcome in decided.items()
            if isinstance(outcome, Decision) and outcome.classes
        )
        for p, number, code in nsmallest(HARD_ROWS, found):
            text = mask(tickets[number].full_text()[:EXCERPT_CHARS])[:_SHOWN_CHARS]
            classes = " › ".join(label.name for label in self._path(code))
            tally.hard.append(HardRow(round(p, _DIGITS), number, text, classes))


def _bad_row(reason: str) -> LabelRow:
    return tuple(reason if j == _REASON else None for j in range(len(LABEL_COLUMNS)))


def masked(problem: Problem) -> Problem:
    """Make the excerpt fit to be read by others than the operator."""
    return replace(problem, excerpt=mask(show_unread(problem.excerpt))[:_SHOWN_CHARS])


def _report(problem: Problem, done: Labelled) -> None:
    done.problems.append(masked(problem))
    done.tally.count_problem(done.problems[-1])


def _lead(decision: Decision) -> Candidate | None:
    return next((c for c in decision.candidates if c.part == "lead"), None)


def _reason(decision: Decision, lead: Candidate | None) -> str | None:
    """Say why this outcome and why this unit."""
    why_unit = [reason.text for reason in lead.reasons] if lead else []
    said = dict.fromkeys([*decision.reasons, *why_unit])
    return "；".join(text for text in said if text) or None
