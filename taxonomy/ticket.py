"""The ticket (诉求工单): what a citizen reported, as it enters the flow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Kind = Literal["咨询", "求助", "投诉", "举报", "建议", "表扬"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Urgency = Literal["特急", "紧急", "一般"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One report of one caller.

    Attributes:
        id: unique within its source; empty when the source has none.
        text: what was said or written (内容), never empty.
        title: short title (标题), may be empty.
        address: address field filled in by a call-taker (地址), may be empty.
        received_at: when it came in (受理时间); aware, None when unknown.
        caller: who reported (来电人), opaque to us; never logged unmasked.
        channel: phone, web, app … (渠道).
    """

    id: str
    text: str
    title: str = ""
    address: str = ""
    received_at: datetime | None = None
    caller: str = ""
    channel: str = ""

    def full_text(self) -> str:
        """Join title and text the way the classifier was trained.

        >>> Ticket("1", "路灯不亮三天了", title="路灯").full_text()
        '路灯。路灯不亮三天了'
        """
        return f"{self.title}。{self.text}" if self.title else self.text
