"""Tickets as they come over HTTP, checked against the limits that the operator set."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jiesu.serving.api.problem import FieldProblem, invalid_fields
from jiesu.serving.intake import check_text
from jiesu.serving.settings import Settings
from jiesu.serving.times import parse_time
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

_SHORT = 1000
"""Characters that a title, address or name may have; longer is a text in the wrong field."""

ShortText = Annotated[str, StringConstraints(max_length=_SHORT)]


class TextItem(BaseModel):
    """One text to classify."""

    model_config = ConfigDict(extra="forbid")

    id: ShortText = Field("", description="编号，原样返回")
    text: str = Field(description="诉求内容，不能为空", examples=["小区路灯不亮三天了"])
    title: ShortText = Field("", description="标题")

    def ticket(self) -> Ticket:
        """Return it as a ticket without place or time."""
        return Ticket(self.id, self.text, self.title)


class TicketItem(TextItem):
    """One ticket (诉求工单)."""

    address: ShortText = Field("", description="地址栏", examples=["朝阳区望京街道"])
    received_at: str | None = Field(
        None,
        description="受理时间，如 2026-11-28T09:05:00+08:00；无时区按北京时间，不填按现在",
        examples=["2026-11-28T09:05:00+08:00"],
    )
    caller: ShortText = Field("", description="来电人；不记入日志")
    channel: ShortText = Field("", description="渠道，如 电话、网站")

    def ticket(self) -> Ticket:
        """Return it as a ticket.

        Raises:
            InputError: the time cannot be read.
        """
        return Ticket(
            self.id,
            self.text,
            self.title,
            self.address,
            parse_time(self.received_at) if self.received_at is not None else None,
            self.caller,
            self.channel,
        )


def tickets_of(items: Sequence[TextItem], settings: Settings) -> list[Ticket]:
    """Turn items into tickets.

    Raises:
        ProblemError: there are none or too many, or an item is empty, too long or untimely;
            every fault is listed.
    """
    if not 1 <= len(items) <= settings.max_items:
        message = f"应有 1 到 {settings.max_items} 项，现有 {len(items)} 项"
        raise invalid_fields([FieldProblem(field="items", message=message)])
    problems: list[FieldProblem] = []
    tickets: list[Ticket] = []
    for i, item in enumerate(items):
        name = "text"
        try:
            check_text(item.text, settings.max_text_chars)
            name = "received_at"
            tickets.append(item.ticket())
        except InputError as error:
            problems.append(FieldProblem(field=f"items[{i}].{name}", message=str(error)))
    if problems:
        raise invalid_fields(problems)
    return tickets
