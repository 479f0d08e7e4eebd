"""Mass alerts as JSON: what a list shows, what one alert shows, what people send."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from jiesu.serving.alert_desk import AlertView
from jiesu.serving.api.store_fields import Name, Note, Operator, Reason, Version
from jiesu.serving.api.ticket_schemas import ActOut, acts_json
from jiesu.serving.store.records import AlertState, StoredAlert

Json = dict[str, Any]  # Any: JSON values


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    operator: Operator
    version: Version


class AcknowledgeRequest(_Act):
    """Somebody has seen the alert and deals with it."""

    reason: Note = ""


class TakeRequest(_Act):
    """The units are at work on it."""

    reason: Note = ""


class ReplyRequest(_Act):
    """One reply to all callers."""

    text: Reason = Field(description="答复内容；记入每件成员工单的历史")


class CloseRequest(_Act):
    """The matter is dealt with."""

    reason: Reason


class ReopenAlertRequest(_Act):
    """The matter is not dealt with after all."""

    reason: Reason


class MergeRequest(_Act):
    """The alert tells the story of another."""

    into: Name = Field(description="并入哪条预警（编号）")
    reason: Reason


class UnusualOut(BaseModel):
    """How unusual the burst is."""

    p_value: float | None = Field(description="时空扫描的 p 值；还没有扫描为 null")
    surprise: float = Field(description="最忙一周的意外程度，-log10 概率；3 为千分之一")


class SampleOut(BaseModel):
    """A text that tells the story, masked."""

    id: str
    text: str


class AlertSummary(BaseModel):
    """An alert as a list shows it."""

    id: str
    version: int = Field(description="人的操作和状态变化时加一；操作时带上")
    state: AlertState = Field(
        description="new 新、acknowledged 已确认、in_hand 办理中、closed 已关闭、"
        "reopened 重新打开、merged 已并入其他"
    )
    title: str
    summary: str
    heat: float
    urgent: bool
    messages: int
    callers: int
    voices: int = Field(description="不同的说法数；少于来电人数说明有人转发同一段文字")
    growth: int
    likes: int
    first: datetime
    last: datetime
    changed_at: datetime
    places: list[str]
    party: str = Field(description="被诉求主体")
    classes: list[str]
    unusual: UnusualOut
    focus: float
    units: list[str] = Field(description="应办单位，牵头的在前")
    measure: str = Field(description="建议措施")
    deadline: datetime
    samples: list[SampleOut]
    sensitive: dict[str, list[str]]
    timeline: list[tuple[str, int]] = Field(description="每天几件")
    merged: list[str] = Field(description="并入其中的事件")
    merged_into: str | None = Field(description="已并入哪条预警")


class AlertOut(AlertSummary):
    """An alert with its members and its history."""

    members: list[str] = Field(description="成员工单的编号，含并入的预警的成员")
    unanswered: list[str] = Field(description="还没有答复的成员")
    history: list[ActOut] = Field(description="历史，早的在前，只增不改")


class AlertPageOut(BaseModel):
    """One page of alerts."""

    items: list[AlertSummary]
    next: str | None = Field(description="下一页的翻页标记；没有下一页时为 null")


def alert_json(view: AlertView) -> Json:
    """Return one alert with its members and history, ready for orjson."""
    return {
        **alert_summary_json(view.stored),
        "members": list(view.stored.members),
        "unanswered": list(view.stored.unanswered),
        "history": acts_json(view.acts),
    }


def alert_summary_json(stored: StoredAlert) -> Json:
    """Return an alert as lists show it, ready for orjson."""
    return {
        **stored.body,
        "id": stored.id,
        "version": stored.version,
        "state": stored.state,
        "changed_at": stored.changed_at,
        "merged_into": stored.merged_into or None,
    }
