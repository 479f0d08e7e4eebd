"""What people do with an alert: new → acknowledged → in hand → closed, and reopened.

    new ──► acknowledged ──► in_hand ──► closed
     │            │                        │  ▲
     └────────────┴────────► closed        ▼  │
                                        reopened ──► acknowledged, in_hand

Pure functions over frozen values: who, when and why are arguments, every step is kept in the
history, and an act that does not fit the state is an error that names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from jiesu.router.mass.alert import Alert
from jiesu.taxonomy.errors import InputError

State = Literal["new", "acknowledged", "in_hand", "closed", "reopened"]
STATE_NAMES: Mapping[State, str] = {
    "new": "新发现",
    "acknowledged": "已确认",
    "in_hand": "办理中",
    "closed": "已办结",
    "reopened": "重新打开",
}
ACTS: Mapping[State, tuple[State, ...]] = {
    "new": ("acknowledged", "in_hand", "closed"),
    "acknowledged": ("in_hand", "closed"),
    "in_hand": ("closed",),
    "closed": ("reopened",),
    "reopened": ("acknowledged", "in_hand", "closed"),
}
"""State → the states that a person may set next."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of an alert's history.

    Attributes:
        what: a state, or "merged", "grew", "replied".
        who: person or "系统".
    """

    what: str
    who: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An alert with what people made of it.

    Attributes:
        into: id of the alert that this one was merged into; empty while it stands alone.
        reply: the one answer that goes to every member.
        answered: ids of the members that have it.
    """

    alert: Alert
    state: State = "new"
    history: tuple[Step, ...] = ()
    into: str = ""
    reply: str = ""
    answered: frozenset[str] = frozenset()


def open_case(alert: Alert) -> Case:
    """Return the case of a new alert."""
    return Case(alert, history=(Step("new", "系统", alert.last),))


def set_state(case: Case, state: State, *, who: str, at: datetime, why: str = "") -> Case:
    """Move a case on.

    Raises:
        InputError: the case was merged away, or this state cannot follow.
    """
    _refuse_merged(case)
    if state not in ACTS[case.state]:
        allowed = "、".join(STATE_NAMES[s] for s in ACTS[case.state])
        now, wanted = STATE_NAMES[case.state], STATE_NAMES[state]
        raise InputError(
            f"预警 {case.alert.id} 现为“{now}”，不能改为“{wanted}”；可以改为：{allowed}"
        )
    return replace(case, state=state, history=(*case.history, Step(state, who, at, why)))


def update(case: Case, alert: Alert) -> Case:
    """Take in the newest form of the alert; new callers reopen a closed case."""
    grew = set(alert.members) - set(case.alert.members)
    changed = replace(case, alert=alert)
    if not grew:
        return changed
    if case.state != "closed":
        return changed
    step = Step("reopened", "系统", alert.last, f"办结后又有 {len(grew)} 条新诉求")
    return replace(changed, state="reopened", history=(*case.history, step))


def merge(main: Case, other: Case, *, who: str, at: datetime) -> tuple[Case, Case]:
    """Put one case into another; the members of both are the first one's from now on.

    Raises:
        InputError: both are the same, or one was merged before.
    """
    _refuse_merged(main)
    _refuse_merged(other)
    if main.alert.id == other.alert.id:
        raise InputError(f"预警 {main.alert.id} 不能并入自己；请选另一件")
    members = tuple(dict.fromkeys(main.alert.members + other.alert.members))
    alert = replace(
        main.alert,
        members=members,
        messages=len(members),
        first=min(main.alert.first, other.alert.first),
        last=max(main.alert.last, other.alert.last),
        merged=(*main.alert.merged, other.alert.id, *other.alert.merged),
    )
    kept = Step("merged", who, at, f"并入 {other.alert.id}")
    gone = Step("merged", who, at, f"并入 {main.alert.id}")
    return (
        replace(main, alert=alert, history=(*main.history, kept)),
        replace(other, into=main.alert.id, history=(*other.history, gone)),
    )


def reply_to_all(case: Case, text: str, *, who: str, at: datetime) -> Case:
    """Give one answer to every member that has none yet.

    Raises:
        InputError: the text is empty, or the case was merged away.
    """
    _refuse_merged(case)
    if not text.strip():
        raise InputError("答复内容是空的；请写明办理结果")
    waiting = set(case.alert.members) - case.answered
    step = Step("replied", who, at, f"统一答复 {len(waiting)} 条诉求")
    return replace(
        case, reply=text, answered=frozenset(case.alert.members), history=(*case.history, step)
    )


def unanswered(case: Case) -> Sequence[str]:
    """Return the members that came in after the last reply, in order."""
    return [member for member in case.alert.members if member not in case.answered]


def states() -> tuple[State, ...]:
    """Return all states in the order of the usual course."""
    return get_args(State)


def case_row(case: Case) -> dict[str, Any]:  # Any: a JSON object
    """Return what people made of an alert as a JSON object."""
    return {
        "state": case.state,
        "into": case.into or None,
        "reply": case.reply,
        "unanswered": list(unanswered(case)),
        "history": [
            {"what": s.what, "who": s.who, "at": s.at.isoformat(), "why": s.why}
            for s in case.history
        ],
    }


def _refuse_merged(case: Case) -> None:
    if case.into:
        raise InputError(f"预警 {case.alert.id} 已并入 {case.into}；请在 {case.into} 上操作")
