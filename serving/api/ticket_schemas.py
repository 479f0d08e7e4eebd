"""Stored tickets as JSON: what a list shows, what one ticket shows, what people send."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jiesu.router.decision import Decision, Outcome
from jiesu.serving.api.items import ShortText, TicketItem
from jiesu.serving.api.route import DecisionOut
from jiesu.serving.api.store_fields import ID_PATTERN, Line, Note, Operator, Reason, Version
from jiesu.serving.choices import Decided
from jiesu.serving.decisions import decision_json
from jiesu.serving.masking import mask
from jiesu.serving.store.records import Act, CallBack, StoredTicket, TicketState, TicketView
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import Kind, Ticket
from jiesu.taxonomy.tree import LabelTree

Json = dict[str, Any]  # Any: JSON values
_EXCERPT = 300
"""Characters of a text that a list shows."""


class NewTicket(TicketItem):
    """A ticket to store."""

    id: Annotated[str, StringConstraints(max_length=100, pattern=rf"{ID_PATTERN}|^$")] = Field(
        "", description="工单编号，不能重复；不填由系统编号"
    )

    def ticket(self) -> Ticket:
        """Return it as a ticket whose texts every database can keep.

        Raises:
            InputError: the time cannot be read.
        """
        ticket = super().ticket()
        texts = ("text", "title", "address", "caller", "channel")
        return replace(ticket, **{name: getattr(ticket, name).replace("\0", " ") for name in texts})


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    operator: Operator
    version: Version


class ClaimRequest(_Act):
    """Take a ticket to work on it."""


class DecideRequest(_Act):
    """Decide a ticket."""

    outcome: Decided = Field(
        "dispatch",
        description="dispatch 派单、consult 会商；其余为不派单的去向，工单随即办结",
    )
    code: Line = Field("", description="末级事项代码；不填沿用现有的")
    unit_id: Line = Field("", description="承办单位编号；不填沿用现有的")
    kind: Kind | Literal[""] = Field("", description="诉求性质；不填沿用现有的")
    deadline: ShortText | None = Field(None, description="时限；不填沿用现有的")
    place: Line = Field("", description="事发地的区划代码；不填沿用现有的")
    reason: Note = ""


class ReturnRequest(_Act):
    """Return a ticket to the desk (退单)."""

    reason: Reason
    right_unit_id: Line = Field("", description="应由哪个单位承办（编号），知道就填")


class ReopenRequest(_Act):
    """Open a ticket again."""

    reason: Reason


class OutcomeRequest(_Act):
    """What the caller said when called back (回访)."""

    contacted: bool = Field(description="是否联系上")
    resolved: bool | None = Field(None, description="是否解决；为 true 时工单办结")
    satisfied: bool | None = Field(None, description="是否满意")
    note: Note = ""


class ClassOut(BaseModel):
    """The class that holds."""

    code: str
    path: list[str] = Field(description="从一级到末级的名称；已不在现行体系中的为空")


class UnitOut(BaseModel):
    """The unit that holds."""

    id: str
    name: str = Field(description="名称；已不在现行名单中的为空")


class ClaimOut(BaseModel):
    """Who works on it, until when."""

    by: str
    until: datetime


class TicketSummary(BaseModel):
    """A ticket as a list shows it."""

    id: str
    version: int = Field(description="每次操作加一；操作时带上")
    state: TicketState = Field(
        description="waiting 待处理、consulting 会商中、dispatched 已派单、returned 已退回、"
        "closed 已办结"
    )
    outcome: Outcome
    title: str
    text: str = Field(description="诉求内容；列表中为脱敏后的前 300 字")
    address: str
    channel: str
    received_at: datetime
    stored_at: datetime
    kind: str
    label: ClassOut | None = Field(description="现行的事项；未知为 null", alias="class")
    district: str
    place_code: str = Field(description="人更正的事发地（区划代码）；空为沿用建议的地点")
    unit: UnitOut | None = Field(description="现行的承办单位；未知为 null")
    deadline: datetime | None
    claim: ClaimOut | None = Field(description="正由谁处理；没有人则为 null")
    degraded: bool = Field(description="最近一次建议作出时有部分不能用")


class ActOut(BaseModel):
    """One act: who, what, when, why."""

    at: datetime
    by_kind: Literal["model", "person"] = Field(description="model 模型或规则、person 人或接入程序")
    by: str
    what: str
    why: str
    detail: dict[str, Any] = Field(description="改动的内容")  # Any: JSON values


class CallBackOut(BaseModel):
    """One call-back."""

    at: datetime
    by: str
    contacted: bool
    resolved: bool | None
    satisfied: bool | None
    note: str


class TicketOut(TicketSummary):
    """A ticket with all that is known of it."""

    caller: str
    mass_alert: str | None = Field(description="所属群体诉求预警的编号")
    decision: DecisionOut = Field(description="最近一次派单建议")
    outcomes: list[CallBackOut] = Field(description="回访，早的在前")
    history: list[ActOut] = Field(description="历史，早的在前，只增不改")


class TicketPage(BaseModel):
    """One page of tickets."""

    items: list[TicketSummary]
    next: str | None = Field(description="下一页的翻页标记；没有下一页时为 null")


def ticket_json(view: TicketView, city: City) -> Json:
    """Return one ticket with all that is known of it, ready for orjson."""
    stored = view.stored
    decision = replace(_known(view.suggestion.decision, city.tree), mass_alert=view.alert_id)
    return {
        **_fields(stored, city, view.holder),
        "title": stored.ticket.title,
        "text": stored.ticket.text,
        "address": stored.ticket.address,
        "caller": stored.ticket.caller,
        "mass_alert": view.alert_id,
        "decision": decision_json(decision, city.tree),
        "outcomes": [_call_json(call) for call in view.call_backs],
        "history": acts_json(view.acts),
    }


def summary_json(stored: StoredTicket, city: City, now: datetime) -> Json:
    """Return a ticket as lists show it: without what tells a person."""
    fields = _fields(stored, city, stored.holder(now))
    shown = {name: _excerpt(fields[name]) for name in ("title", "text", "address")}
    return {**fields, **shown}


def _excerpt(text: str) -> str:
    """Return the masked beginning; what is masked reaches further, so that no number is cut."""
    return mask(text[: 2 * _EXCERPT])[:_EXCERPT]


def acts_json(acts: Iterable[Act]) -> list[Json]:
    """Return a history, ready for orjson."""
    return [
        {
            "at": act.at,
            "by_kind": act.by.kind,
            "by": act.by.name,
            "what": act.what,
            "why": act.why,
            "detail": dict(act.detail),
        }
        for act in acts
    ]


def _fields(stored: StoredTicket, city: City, holder: str) -> Json:
    ticket, standing = stored.ticket, stored.standing
    return {
        "id": ticket.id,
        "version": stored.version,
        "state": stored.state,
        "outcome": standing.outcome,
        "title": ticket.title,
        "text": ticket.text,
        "address": ticket.address,
        "channel": ticket.channel,
        "received_at": ticket.received_at,
        "stored_at": stored.stored_at,
        "kind": standing.kind,
        "class": _class_json(standing.class_code, city.tree),
        "district": standing.district,
        "place_code": standing.place_code,
        "unit": _unit_json(standing.unit_id, city),
        "deadline": standing.due_at,
        "claim": {"by": holder, "until": stored.claimed_until} if holder else None,
        "degraded": standing.is_degraded,
    }


def _class_json(code: str, tree: LabelTree) -> Json | None:
    if not code:
        return None
    path = [label.name for label in tree.path(code)] if code in tree.labels else []
    return {"code": code, "path": path}


def _unit_json(unit_id: str, city: City) -> Json | None:
    if not unit_id:
        return None
    unit = city.units_by_id.get(unit_id)
    return {"id": unit_id, "name": unit.name if unit else ""}


def _known(decision: Decision, tree: LabelTree) -> Decision:
    """Leave out classes that the taxonomy has lost since the suggestion was made."""
    return replace(decision, classes=tuple(c for c in decision.classes if c.code in tree.labels))


def _call_json(call: CallBack) -> Json:
    return {
        "at": call.at,
        "by": call.by,
        "contacted": call.contacted,
        "resolved": call.resolved,
        "satisfied": call.satisfied,
        "note": call.note,
    }
