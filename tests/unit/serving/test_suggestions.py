import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from handclock import Clock
from tiny import WordClassifier, WordRouter, tiny_engine

from jiesu.serving.suggestions import Suggester
from jiesu.taxonomy.ticket import Ticket

LAMP = Ticket("T-1", "河沿街道的路灯不亮")


def test_evidence_is_told_in_places_of_the_text_without_its_title() -> None:
    suggester = Suggester(tiny_engine(), 5, 5)
    titled = replace(LAMP, title="请看")
    (found,) = suggester.evidence(titled, "010101")
    assert LAMP.text[found.start : found.end] == "路灯不亮"
    assert suggester.evidence(LAMP, "999999") == ()
    suggester.close()


class SlowClassifier:
    """Answers when it is let."""

    name = "slow"

    def __init__(self, released: threading.Event) -> None:
        self.released = released
        self.tree = tiny_engine().city.tree

    def score(self, texts: object) -> object:
        self.released.wait()
        raise RuntimeError("too late")


@pytest.fixture
def released() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def slow(released: threading.Event) -> Iterator[Suggester]:
    engine = tiny_engine()
    router = WordRouter(engine.city, SlowClassifier(released))  # type: ignore[arg-type]
    suggester = Suggester(replace(engine, router=router), 5, 0.05)
    yield suggester
    suggester.close()


def test_slow_model_leaves_the_ticket_to_a_person(slow: Suggester) -> None:
    decision = slow.suggest(LAMP, Clock().now)

    assert (decision.ticket_id, decision.outcome) == ("T-1", "human")
    assert decision.degraded == ("model",)
    assert decision.place.subdistrict == "河沿街道"
    assert "0.05 秒内没有答复" in decision.reasons[0]


def test_hanging_model_is_not_asked_again(slow: Suggester) -> None:
    for _ in range(2):
        slow.suggest(LAMP, Clock().now)

    began = time.perf_counter()
    decisions = [slow.suggest(LAMP, Clock().now) for _ in range(20)]

    assert time.perf_counter() - began < 20 * 0.05
    assert all("没有响应" in decision.reasons[0] for decision in decisions)


def test_model_is_asked_again_once_it_answers(slow: Suggester, released: threading.Event) -> None:
    for _ in range(2):
        slow.suggest(LAMP, Clock().now)
    released.set()
    slow.close()  # both threads end
    end = time.monotonic() + 10
    while slow._late and time.monotonic() < end:
        time.sleep(0.01)
    assert slow._late == 0


def test_what_a_person_sees_does_not_depend_on_the_id() -> None:
    suggester = Suggester(tiny_engine(), 5, 5.0)
    first = suggester.suggest(LAMP, Clock().now)
    second = suggester.suggest(replace(LAMP, id="T-2"), Clock().now)
    suggester.close()
    assert replace(second, ticket_id="T-1") == first


def test_hanging_model_holds_no_page_twice(slow: Suggester) -> None:
    began = time.monotonic()
    assert slow.evidence(LAMP, "010101") == ()
    waited = time.monotonic() - began
    began = time.monotonic()
    assert slow.evidence(LAMP, "010101") == ()
    assert time.monotonic() - began < waited / 2  # it is known to hang


class AlikeClassifier(WordClassifier):
    """Says that it scores a text alike in any company."""

    scores_alike = True


def counted(classifier: WordClassifier, callers: int) -> list[str]:
    """Ask for many suggestions at once; return the ids that were answered."""
    engine = tiny_engine()
    router = WordRouter(engine.city, classifier)
    suggester = Suggester(replace(engine, router=router), 5, 30.0)
    with ThreadPoolExecutor(callers) as pool:
        runs = [
            pool.submit(suggester.record, replace(LAMP, id=f"T-{n}"), 1, Clock().now)
            for n in range(40)
        ]
        found = [run.result().decision.ticket_id for run in runs]
    suggester.close()
    return found


def test_tickets_that_wait_are_routed_together_where_that_changes_nothing() -> None:
    tree = tiny_engine().city.tree
    alike, other = AlikeClassifier(tree), WordClassifier(tree)

    assert counted(alike, 20) == counted(other, 20) == [f"T-{n}" for n in range(40)]

    assert sum(alike.batches) == 40
    assert max(alike.batches) <= 8
    assert other.batches == [1] * 40


def test_ticket_that_breaks_the_router_leaves_the_others() -> None:
    engine = tiny_engine()

    class Router(WordRouter):
        def route(self, tickets: object, *rest: object, **named: object) -> object:  # type: ignore[override]  # counts only
            if any(ticket.text == "坏" for ticket in tickets):  # type: ignore[attr-defined]  # tickets
                raise RuntimeError("坏")
            return super().route(tickets, *rest, **named)  # type: ignore[arg-type]  # as given

    router = Router(engine.city, AlikeClassifier(engine.city.tree))
    suggester = Suggester(replace(engine, router=router), 5, 30.0)
    with ThreadPoolExecutor(12) as pool:
        texts = ["坏" if n % 4 == 0 else LAMP.text for n in range(24)]
        runs = [pool.submit(suggester.suggest, Ticket("", text), Clock().now) for text in texts]
        outcomes = [run.result().outcome for run in runs]
    suggester.close()
    assert outcomes == ["human" if text == "坏" else "confirm" for text in texts]
