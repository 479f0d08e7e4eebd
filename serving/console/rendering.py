"""Makes the pages of the console: templates, and how times, shares and names are written there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from jiesu.router.deadline import LIGHT_NAMES, Light
from jiesu.router.decision import Decision, Place
from jiesu.router.explain import OUTCOME_NAMES, PART_NAMES, reason_text
from jiesu.serving.desk import STATE_NAMES
from jiesu.serving.doors.access import page_context
from jiesu.serving.doors.rights import ROLE_NAMES
from jiesu.serving.masking import mask
from jiesu.serving.store.knowledge import Entry
from jiesu.serving.store.records import StoredTicket
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import KINDS

FOLDER = Path(__file__).parent
EXCERPT = 90
_CITATION = 1900
"""Characters of a citation: a reply has 2,000."""

YELLOW, RED = 5 / 7, 6 / 7
"""Share of the time allowed after which the lights change: day 5 and day 6 of 7."""

ACT_NAMES = {
    "receive": "受理", "suggest": "给出建议", "claim": "领取", "release": "放回", "decide": "处理",
    "return": "退单", "reopen": "重开", "outcome": "回访", "answer": "答复", "close": "办结",
    "ask_time": "申请延期", "grant_time": "准予延期", "refuse_time": "不准延期",
    "review": "审核退单", "call_units": "召集会商", "watch": "发现或更新", "acknowledge": "确认",
    "take": "转入办理", "reply": "统一答复", "merge": "合并",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, and what it is evidence of: "class", "place", or nothing."""

    text: str
    kind: str = ""


def shown_span(text: str, shown: str, span: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return where a span of a text stands in its masked copy; None where it was masked.

    >>> shown_span("13800138000，望京街道", "〔电话〕，望京街道", (12, 16))
    (5, 9)
    """
    if span is None or text == shown:
        return span
    words = text[span[0] : span[1]]
    start = shown.find(words) if words else -1
    return (start, start + len(words)) if start >= 0 else None


def pieces(text: str, decision: Decision) -> list[Piece]:
    """Cut a text at its evidence."""
    kinds = [""] * len(text)
    spans = [(e.start, e.end, "class") for e in decision.evidence if e.weight > 0]
    if decision.place.span:
        spans.append((*decision.place.span, "place"))
    for start, end, kind in spans:
        for at in range(max(start, 0), min(end, len(text))):
            kinds[at] = kind
    cut: list[Piece] = []
    for letter, kind in zip(text, kinds, strict=True):
        if cut and cut[-1].kind == kind:
            cut[-1] = Piece(cut[-1].text + letter, kind)
        else:
            cut.append(Piece(letter, kind))
    return cut


def light_of(stored: StoredTicket, now: datetime) -> Light:
    """Return the light of a ticket: how much of its time has passed."""
    due, since = stored.standing.due_at, stored.ticket.received_at
    if due is None or since is None:
        return "green"
    if now > due:
        return "overdue"
    passed = (now - since) / max(due - since, timedelta(seconds=1))
    return "red" if passed >= RED else "yellow" if passed >= YELLOW else "green"


def when(at: datetime | None, now: datetime | None = None) -> str:
    """Write a time the way a desk says it: the year only where it is another one."""
    if at is None:
        return "—"
    local = at.astimezone(CHINA_TIME)
    same_year = now is None or now.astimezone(CHINA_TIME).year == local.year
    return local.strftime("%m-%d %H:%M" if same_year else "%Y-%m-%d %H:%M")


def left(due: datetime | None, now: datetime) -> str:
    """Write how long there is still, or by how much it is late.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    >>> left(noon + timedelta(hours=3, minutes=5), noon), left(noon - timedelta(days=2), noon)
    ('剩 3 小时', '逾期 2 天')
    """
    if due is None:
        return "无时限"
    gap = abs(due - now)
    if gap >= timedelta(days=1):
        length = f"{gap.days} 天"
    elif gap >= timedelta(hours=1):
        length = f"{gap.seconds // 3600} 小时"
    else:
        length = f"{gap.seconds // 60} 分钟"
    return f"{'剩' if due >= now else '逾期'} {length}"


def percent(p: float) -> str:
    """Write a share in whole per cent.

    >>> percent(0.004), percent(0.87), percent(0.999)
    ('<1%', '87%', '>99%')
    """
    if 0 < p < 0.01:
        return "<1%"
    return ">99%" if 0.99 < p < 1 else f"{p:.0%}"


def bar(p: float) -> Markup:
    """Draw a share as a bar; widths come from style sheets, since the page allows no styles."""
    step = min(max(round(p * 20), 0), 20)
    return Markup('<span class="bar" aria-hidden="true"><i class="w{}"></i></span>').format(step)


def place_text(place: Place) -> str:
    """Write a place as one line."""
    names = [n for n in (place.district, place.subdistrict, place.community) if n]
    return " › ".join(names) if names else "未读出地点"


def region_text(city: City, code: str) -> str:
    """Write a region as one line; its code where the city no longer knows it."""
    return " › ".join(r.name for r in city.region_path(code) if r.level != "area") or code


def minute(at: datetime | None) -> str:
    """Write a time as a field for date and time takes it."""
    return at.astimezone(CHINA_TIME).strftime("%Y-%m-%dT%H:%M") if at else ""


def corrected(city: City, detail: Mapping[str, Any]) -> list[str]:  # Any: JSON values
    """Write what a person corrected beside class and unit, one line each.

    Args:
        detail: of an act, as `corrected_detail` made it.
    """
    changed: Mapping[str, Sequence[Any]] = detail.get("corrected", {})  # Any: as above
    writers: Mapping[str, tuple[str, Callable[[Any], str]]] = {  # Any: as above
        "place": ("地点", lambda code: region_text(city, code) or "未读出"),
        "kind": ("性质", lambda kind: kind or "未定"),
        "due_at": ("时限", lambda at: _dated(at) if at else "无"),
    }
    return [
        f"{name}：{write(changed[key][0])} → {write(changed[key][1])}"
        for key, (name, write) in writers.items()
        if key in changed
    ]


def _dated(at: str | datetime) -> str:
    known = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return known.astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M")


def citation(entry: Entry) -> str:
    """Write a knowledge entry as it is cited in a reply: its words, law and number."""
    tail = (
        f"（依据：{entry.source}；知识库 {entry.id}）" if entry.source else f"（知识库 {entry.id}）"
    )
    words = " ".join(entry.text.split())
    return f"《{entry.title}》{words[: _CITATION - len(entry.title) - len(tail)]}{tail}"


def excerpt(text: str) -> str:
    """Return the masked beginning of a text, as lists show it."""
    short = mask(text[: 3 * EXCERPT])
    return short[:EXCERPT] + ("…" if len(short) > EXCERPT else "")


def class_path(city: City, codes: Sequence[str]) -> str:
    """Write the names of classes from level 1 down."""
    return " › ".join(city.tree.get(code).name for code in codes if code in city.tree.labels)


def leaf_path(city: City, code: str) -> str:
    """Write the whole path of one class."""
    return " › ".join(label.name for label in city.tree.path(code))


def leaf_name(city: City, code: str) -> str:
    """Return the name of one class."""
    return city.tree.get(code).name


def upper_path(city: City, code: str) -> str:
    """Write the names of the classes above one."""
    return " › ".join(label.name for label in city.tree.path(code)[:-1])


def unit_name(city: City, unit_id: str) -> str:
    """Return the name of a unit; its id where the city no longer knows it."""
    unit = city.units_by_id.get(unit_id)
    return unit.name if unit else unit_id


def lines(text: str) -> Markup:
    """Keep the line breaks of a text."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def names_of(codes: Iterable[str], names: Mapping[str, str]) -> str:
    """Join names, leaving unknown ones as they are."""
    return "、".join(names.get(code, code) for code in codes)


_templates = Jinja2Templates(FOLDER / "templates", context_processors=[page_context])
_templates.env.filters |= {
    "when": when, "left": left, "percent": percent, "bar": bar, "place": place_text,
    "excerpt": excerpt, "lines": lines, "reason": reason_text, "mask": mask, "minute": minute,
    "citation": citation,
}  # fmt: skip
_templates.env.globals |= {
    "light_of": light_of, "LIGHT_NAMES": LIGHT_NAMES, "OUTCOME_NAMES": OUTCOME_NAMES,
    "PART_NAMES": PART_NAMES, "STATE_NAMES": STATE_NAMES, "ACT_NAMES": ACT_NAMES,
    "ROLE_NAMES": ROLE_NAMES, "class_path": class_path, "leaf_path": leaf_path,
    "leaf_name": leaf_name, "upper_path": upper_path, "unit_name": unit_name, "pieces": pieces,
    "region_text": region_text, "corrected": corrected, "KINDS": KINDS,
}  # fmt: skip


def page(request: Request, name: str, values: Mapping[str, object], status: int = 200) -> Response:
    """Return a page of the console."""
    return _templates.TemplateResponse(request, name, dict(values), status)
