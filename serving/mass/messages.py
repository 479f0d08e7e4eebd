"""A file of tickets → messages for the watch, in order of time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.mass.message import Message
from jiesu.serving.relabel.columns import ALIASES, map_columns
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import Reader, open_reader
from jiesu.serving.relabel.rows import Problem, Value, cell_text
from jiesu.serving.times import CHINA_TIME, parse_time
from jiesu.taxonomy.errors import InputError

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **ALIASES,
    "id": (*ALIASES["id"], "编号", "工单号", "留言编号", "诉求编号", "受理编号"),
    "time": (
        *(*ALIASES["time"], "时间", "留言时间", "来电时间", "诉求时间", "登记时间", "创建时间"),
        *("提交时间", "反映时间", "受理日期", "来电日期", "登记日期", "日期", "time", "date"),
    ),
    "caller": (
        *(*ALIASES["caller"], "用户", "留言用户", "诉求人", "反映人", "来电号码", "联系电话"),
        *("电话", "手机号", "user", "phone"),
    ),
    "title": (*ALIASES["title"], "主题", "留言主题", "诉求标题", "工单标题"),
    "text": (
        *(*ALIASES["text"], "诉求内容", "留言详情", "主要内容", "工单内容", "反映内容", "来电内容"),
        *("留言内容", "诉求描述", "问题描述", "诉求", "正文", "content"),
    ),
    "likes": ("点赞数", "likes"),
    "code": ("事项编码", "code"),
    "district": ("区", "区县", "所属区", "district"),
    "subdistrict": ("街乡镇", "街道", "subdistrict"),
    "solved": ("是否解决", "resolved"),
}
_YES, _NO = (
    frozenset({"是", "已解决", "true", "1", "yes"}),
    frozenset({"否", "未解决", "false", "0", "no"}),
)
_NEEDED = {"text": "正文", "time": "时间"}
_USUAL = {"text": ("内容", "诉求内容", "主要内容"), "time": ("受理时间", "来电时间", "日期")}
"""Names that an analyst is reminded of; many more are known."""
_LONGEST_NAME = 20
_SERIAL = re.compile(r"[3-6]\d{4}(?:\.\d+)?")
_SERIAL_START = datetime(1899, 12, 30, tzinfo=CHINA_TIME)
_MINUTES = 24 * 60
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class MessageFile:
    """What a file held.

    Attributes:
        messages: in order of time.
        problems: rows that could not be used: "第 3 行：正文为空".
    """

    messages: tuple[Message, ...]
    problems: tuple[str, ...]


def read_messages(
    path: Path, max_text_chars: int, named: Mapping[str, str] | None = None
) -> MessageFile:
    """Read a file of tickets.

    Args:
        named: field ("text", "time") → name of its column; the others are known by their names.

    Raises:
        InputError: the file cannot be read, has no text or time column, or no usable row.
    """
    reader = open_reader(RelabelOptions(input=path, output=path))
    positions = _positions(reader, path, named or {})
    messages: list[Message] = []
    problems: list[str] = []
    columns = map_columns(
        reader.header,
        {"text": reader.header[positions["text"]]},
        max_text_chars,
        place=path.name,
    )
    for chunk in reader.chunks(_CHUNK, columns):
        rows = zip(chunk.numbers, chunk.entries, chunk.body.values(), strict=True)
        for number, entry, cells in rows:
            try:
                messages.append(_message(number, cells, positions, max_text_chars))
            except InputError as error:
                # A row that was not cut into its columns lacks them all: the cut is what is wrong.
                wrong = entry.text if isinstance(entry, Problem) and not entry.column else error
                problems.append(f"第 {number} 行：{wrong}")
    if not messages:
        first = f"第一处问题：{problems[0]}" if problems else "列名下面没有数据"
        raise InputError(f"{path.name}：没有一行可用；{first}")
    return MessageFile(tuple(_in_order(messages)), tuple(problems))


def _positions(reader: Reader, path: Path, named: Mapping[str, str]) -> dict[str, int]:
    header = [name.strip().casefold() for name in reader.header]
    found = {}
    for field, known in _COLUMNS.items():
        names = [name.strip().casefold() for name in ([named[field]] if field in named else known)]
        found[field] = next((header.index(name) for name in names if name in header), -1)
        is_needed = field in _NEEDED or field in named
        if found[field] < 0 and is_needed:
            raise InputError(f"{path.name}：{_missing(field, named.get(field), reader.header)}")
    return found


def _missing(field: str, wanted: str | None, header: Sequence[str]) -> str:
    """Say which column is not there, and what the first line of the file looks like."""
    here = "、".join(_short(name) for name in header[:40])
    what = f"列 {wanted!r}" if wanted else f"{_NEEDED[field]}列（如 {'、'.join(_USUAL[field])}）"
    flag = f"--{field}-column"
    if not wanted and sum(map(bool, header)) == 1 and len(header) > 1:
        return f"没有{what}；第一行像是表的标题：{here}；请删去列名上面的各行"
    if any(name and _is_time(name) for name in header) or max(map(len, header)) > _LONGEST_NAME:
        return f"没有{what}；第一行像是数据：{here}；请在最上面加一行列名"
    return f"没有{what}；现有列：{here}；请用 {flag} 指定"


def _short(name: str) -> str:
    return f"{name[:_LONGEST_NAME]}…" if len(name) > _LONGEST_NAME else name or "（空）"


def _is_time(text: str) -> bool:
    try:
        read_moment(text)
    except InputError:
        return False
    return True


def _message(
    number: int, cells: Sequence[Value], positions: Mapping[str, int], max_text_chars: int
) -> Message:
    def cell(field: str) -> str:
        place = positions[field]
        return cell_text(cells[place]).replace("\0", " ").strip() if place >= 0 else ""

    text = cell("text")
    if not text:
        raise InputError("正文为空")
    if len(text) > max_text_chars:
        raise InputError(f"正文 {len(text)} 字，超过上限 {max_text_chars} 字")
    code, district, subdistrict = cell("code"), cell("district"), cell("subdistrict")
    return Message(
        id=cell("id") or str(number),
        at=read_moment(cell("time")),
        text=text,
        title=cell("title"),
        caller=cell("caller"),
        likes=_whole(cell("likes")),
        classes={code: 1.0} if code else {},
        place=Place(district or None, subdistrict or None, p=1.0) if district else NO_PLACE,
        is_solved=_yes_or_no(cell("solved")),
    )


def read_moment(text: str) -> datetime:
    """Read a time; a spreadsheet saved as CSV may hold its number of days since 1899-12-30.

    Raises:
        InputError: it is none.

    >>> read_moment("46353.375").isoformat()
    '2026-11-27T09:00:00+08:00'
    """
    if not text:
        raise InputError("时间为空")
    if _SERIAL.fullmatch(text):
        return _SERIAL_START + timedelta(minutes=round(float(text) * _MINUTES))
    return parse_time(text)


def _yes_or_no(text: str) -> bool | None:
    """Read an answer; None where there is none, or none that can be read."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def _whole(text: str) -> int:
    return int(float(text)) if text.replace(".", "", 1).isdigit() else 0


def _in_order(messages: Sequence[Message]) -> list[Message]:
    """Sort by time and make ids unique: a second row of one id gets its number added."""
    seen: dict[str, int] = {}
    out = []
    for message in sorted(messages, key=lambda m: m.at):
        count = seen[message.id] = seen.get(message.id, 0) + 1
        out.append(message if count == 1 else _renamed(message, count))
    return out


def _renamed(message: Message, count: int) -> Message:
    return replace(message, id=f"{message.id}#{count}")
