"""Asks the router for one suggestion within a time limit; intake never waits longer, nor fails.

A model that hangs keeps its thread until it answers. While all threads hang, tickets are not
sent to it at all: they go to a person at once, marked as degraded.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import datetime
from typing import Protocol

from jiesu.classifier.certain import CertainClassifier
from jiesu.classifier.omission import evidence_of
from jiesu.classifier.scores import Alike, Classifier
from jiesu.router.certain_place import CertainPlace, place_of_region
from jiesu.router.decision import NO_PLACE, Candidate, Decision, Evidence, Versions
from jiesu.serving.engine import Engine
from jiesu.serving.log import LOGGER
from jiesu.serving.store.records import Act, Actor, StoredDecision
from jiesu.taxonomy.ticket import Ticket

_THREADS = 2
_EVIDENCE_SECONDS = 1.0
"""A page waits no longer for the marks in its text."""
MODEL = "model"
_TOGETHER = 8
"""So many tickets that wait are routed in one call."""

Clock = Callable[[], datetime]
Made = tuple[Decision, datetime]
"""A decision, and the `now` that it was made with."""

log = logging.getLogger(LOGGER)


class Recollection(Protocol):
    """What the suggester needs of `Memory`."""

    def catch_up(self) -> None:
        """Take in what happened since the last look."""
        ...

    def marked(self, ticket: Ticket, decision: Decision, now: datetime) -> Decision:
        """Return the suggestion, with an earlier ticket on the same matter named."""
        ...


@dataclass
class _Run:
    """One call of the router, in a thread of the pool."""

    is_late: bool = False
    is_done: bool = False


@dataclass
class _Asked:
    """A ticket that waits for its decision.

    Attributes:
        answer: the decision, and the `now` that it was made with.
        run: the call that answers it; None before one has begun.
    """

    ticket: Ticket
    now: datetime
    answer: "Future[Made]" = field(default_factory=Future)
    run: _Run | None = None


def scores_alike(classifier: Classifier | None) -> bool:
    """Tell whether a text is scored alike whatever other texts are scored with it.

    The linear model does; the encoder does not to the last digit, and a decision that is made
    again must be the same.
    """
    return isinstance(classifier, Alike) and classifier.scores_alike


class Suggester:
    """Makes suggestions, if need be empty ones."""

    def __init__(
        self,
        engine: Engine,
        top_k: int,
        timeout_seconds: float,
        memory: "Recollection | None" = None,
    ) -> None:
        """Put the suggester together.

        Args:
            engine: what answers.
            top_k: how many classes a suggestion shows.
            timeout_seconds: how long it may take.
            memory: what people did lately; None where nothing is remembered.
        """
        self._memory = memory
        self.engine = engine
        self.top_k = top_k
        self._timeout_seconds = timeout_seconds
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="suggest")
        # A thread of its own: whoever looks at a ticket must not take one from intake.
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="evidence")
        self._is_stuck = threading.Event()
        self._late = 0
        self._guard = threading.Lock()
        self._waiting: deque[_Asked] = deque()

    def suggest(self, ticket: Ticket, now: datetime) -> Decision:
        """Return the router's decision, or one that leaves all to a person and says why."""
        return self._made(ticket, now)[0]

    def _made(self, ticket: Ticket, now: datetime) -> Made:
        if self._memory is None:
            return self._suggest(ticket, now)
        decision: Decision | None = None
        try:
            self._memory.catch_up()
            decision, now = self._suggest(ticket, now)
            return self._memory.marked(ticket, decision, now), now
        except Exception:
            # The border between intake and memory: what breaks there must not stop intake.
            log.exception("degraded: memory")
            return (decision, now) if decision else self._suggest(ticket, now)

    def _suggest(self, ticket: Ticket, now: datetime) -> Made:
        if self._late >= _THREADS:
            return self._without_model(ticket, now, "模型没有响应，已转人工"), now
        asked = _Asked(ticket, now)
        self._waiting.append(asked)
        self._pool.submit(self._answer)
        try:
            return asked.answer.result(self._timeout_seconds)
        except FutureTimeout:
            if not asked.answer.cancel() and asked.run is not None:
                self._count_late(asked.run)
            log.warning("degraded: no suggestion within %s s", self._timeout_seconds)
            why = f"模型在 {self._timeout_seconds:g} 秒内没有答复，已转人工"
            return self._without_model(ticket, now, why), now
        except Exception:
            # The border between intake and routing: whatever breaks there must not stop intake.
            log.exception("degraded: no suggestion")
            return self._empty(ticket, "派单部件出错，已转人工；详见日志"), now

    def _answer(self) -> None:
        """Answer what waits, in a thread of the pool: together where that changes no answer."""
        most = _TOGETHER if scores_alike(self.engine.router.classifier) else 1
        run, batch = _Run(), list[_Asked]()
        while len(batch) < most:
            try:
                asked = self._waiting.popleft()
            except IndexError:
                break
            asked.run = run
            if asked.answer.set_running_or_notify_cancel():
                batch.append(asked)
        if batch:
            try:
                self._answer_all(batch)
            finally:
                self._count_back(run)

    def _answer_all(self, batch: "Sequence[_Asked]") -> None:
        now = max(asked.now for asked in batch)
        try:
            made = self.engine.route([asked.ticket for asked in batch], now, self.top_k)
        except Exception as error:
            # The border between threads: told to who asked; of several, each is asked for alone.
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            for asked in batch:
                self._answer_all([asked])
            return
        for asked, decision in zip(batch, made, strict=True):
            asked.answer.set_result((replace(decision, ticket_id=asked.ticket.id), now))

    def evidence(self, ticket: Ticket, code: str) -> tuple[Evidence, ...]:
        """Return the words of the text that speak for a class; none where the model is too slow.

        It is found when somebody looks, not at intake: it takes several times as long as routing.
        """
        classifier = self.engine.router.classifier
        if classifier is None or code not in classifier.tree.leaf_index or self._is_stuck.is_set():
            return ()
        future = self._reader.submit(evidence_of, classifier, ticket.full_text(), code)
        try:
            spans = future.result(min(self._timeout_seconds, _EVIDENCE_SECONDS))
        except FutureTimeout:
            if not future.cancel():
                self._is_stuck.set()
                future.add_done_callback(lambda _: self._is_stuck.clear())
            return ()
        except Exception:
            # The border to the model, as in `_suggest`: a page without marks is still a page.
            log.exception("degraded: no evidence")
            return ()
        shift = len(ticket.full_text()) - len(ticket.text)
        return tuple(
            Evidence(max(s.start - shift, 0), s.end - shift, min(s.share, 1.0))
            for s in spans
            if s.end > shift
        )

    def units_for(
        self, ticket: Ticket, code: str, now: datetime, place_code: str = ""
    ) -> tuple[Candidate, ...]:
        """Return who acts on a ticket of the class that a person has chosen; no model is asked.

        Args:
            place_code: region that the person has chosen; empty: as the text tells.
        """
        router, city = self.engine.current, self.engine.city
        if not is_dataclass(router) or isinstance(router, type):
            return ()  # a router that cannot be given another classifier
        told = replace(router, classifier=CertainClassifier(city.tree, code))
        if place_code:
            told = replace(told, places=CertainPlace(place_of_region(city, place_code)))
        (decision,) = told.route([ticket], now, self.top_k)
        return tuple(decision.candidates)

    def record(self, ticket: Ticket, number: int, now: datetime) -> StoredDecision:
        """Make the suggestion of this number, ready to be stored."""
        decision, made_at = self._made(ticket, now)
        return StoredDecision(number, made_at, self.top_k, decision)

    def close(self) -> None:
        """Let go of the threads without waiting for what hangs."""
        for pool in (self._pool, self._reader):
            pool.shutdown(wait=False, cancel_futures=True)

    def _count_late(self, run: "_Run") -> None:
        """Note that a thread hangs, once however many wait for it."""
        with self._guard:
            if not (run.is_late or run.is_done):
                run.is_late = True
                self._late += 1

    def _count_back(self, run: "_Run") -> None:
        with self._guard:
            run.is_done = True
            self._late -= run.is_late

    def _without_model(self, ticket: Ticket, now: datetime, why: str) -> Decision:
        try:
            router = self.engine.router.without_model(why)
            (decision,) = router.route([ticket], now, self.top_k)
        except Exception:
            log.exception("degraded: no suggestion")  # the same border as above
            return self._empty(ticket, why)
        return replace(decision, reasons=(why, *decision.reasons))

    def _empty(self, ticket: Ticket, why: str) -> Decision:
        city = self.engine.city
        return Decision(
            ticket_id=ticket.id,
            outcome="human",
            classes=(),
            kind="",
            urgency="一般",
            limit="",
            deadline=None,
            place=NO_PLACE,
            candidates=(),
            versions=Versions("", city.tree.version, city.rules_version),
            reasons=(why,),
            degraded=tuple(dict.fromkeys((*self.engine.problems, MODEL))),
        )


def suggest_act(suggestion: StoredDecision, now: datetime) -> Act:
    """Return the act of suggesting; where no model works, the rules alone have spoken."""
    decision = suggestion.decision
    detail = {"decision": suggestion.number, "degraded": list(decision.degraded)}
    by = Actor("model", decision.versions.model or "无模型")
    return Act(now, by, "suggest", "；".join(decision.reasons), detail)
