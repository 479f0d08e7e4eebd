"""A decision that was stored comes back the same, and deciding again gives the same."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import WordClassifier
from tiny_policy import tiny_policy

from jiesu.router.experience import Experience, Settlement
from jiesu.router.route import Router
from jiesu.serving.store.history import decision_body, read_decision
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.ticket import Ticket

NOW = datetime(2026, 11, 28, 9, 5, tzinfo=timezone(timedelta(hours=8)))
WORDS = [
    "朝阳区望京街道", "亦庄镇", "通州区", "小区里", "马路上", "井盖没了", "电梯", "被困",
    "停水三天", "暖气不热", "路灯不亮", "10号线", "中国移动", "互相推诿", "三百多户", "，", "。",
]  # fmt: skip


@cache
def router() -> Router:
    city = load_city()
    bare = Router.load(city, Path("no-model"))
    return replace(bare, classifier=WordClassifier(city.tree), problems={})


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=6), min_size=1, max_size=8).map("".join),
    st.sampled_from(["", "海淀区中关村街道", "大兴区亦庄镇科创街"]),
    st.none() | st.integers(0, 3000).map(lambda days: NOW - timedelta(days=days)),
)
def test_replay_gives_the_same_decision(
    text: str, address: str, received_at: datetime | None
) -> None:
    ticket = Ticket("1", text, address=address, received_at=received_at)

    (decision,) = router().route([ticket], NOW)
    stored = read_decision(decision_body(decision))
    (again,) = router().route([ticket], NOW)

    assert stored == decision == again
    assert [c.part for c in decision.candidates][:1] in ([], ["lead"])


def trusting() -> Router:
    """The same router with a policy in force and units that were learned from nothing but it."""
    known = router()
    policy = tiny_policy(0.2, made_at=NOW, made_for=known.own_versions)
    return known.with_dispatch(policy)


PAST = Experience().with_new(
    Settlement(f"T{i}", "".join(WORDS[i : i + 4]), code, "110105", unit, NOW, returned)
    for i, (code, unit, returned) in enumerate(
        [("140101", "M001", False), ("030101", "E089", True), ("140101", "M002", True)]
    )
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map("".join))
def test_replay_with_policy_and_experience_gives_the_same_decision(text: str) -> None:
    ticket = Ticket("1", text)

    (decision,) = trusting().route([ticket], NOW, 5, PAST)
    later = PAST.with_new([Settlement("T9", text, "140101", "", "M003", NOW + timedelta(days=1))])
    (again,) = trusting().route([ticket], NOW, 5, later)

    assert read_decision(decision_body(decision)) == decision == again
    assert sum(c.p for c in decision.candidates if c.part == "lead") <= 1 + 1e-6
