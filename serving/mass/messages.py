"""A file of tickets → messages for the watch, in order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.mass.message import Message
from jiesu.serving.relabel.columns import ALIASES, map_columns
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import Reader, open_reader
from jiesu.serving.relabel.rows import Value, cell_text
from jiesu.serving.times import parse_time
from jiesu.taxonomy.errors import InputError

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **ALIASES,
    "time": (*ALIASES["time"], "时间", "留言时间", "time"),
    "caller": (*ALIASES["caller"], "用户", "留言用户", "user"),
    "title": (*ALIASES["title"], "主题", "留言主题"),
    "text": (*ALIASES["text"], "诉求内容", "留言详情"),
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


def read_messages(path: Path, max_text_chars: int) -> MessageFile:
    """Read a file of tickets.

    Raises:
        InputError: the file cannot be read, has no text or time column, or no usable row.
    """
    reader = open_reader(RelabelOptions(input=path, output=path))
    positions = _positions(reader, path)
    messages: list[Message] = []
    problems: list[str] = []
    columns = map_columns(
        reader.header,
        {"text": reader.header[positions["text"]]},
        max_text_chars,
        place=path.name,
    )
    for chunk in reader.chunks(_CHUNK, columns):
        for number, cells in zip(chunk.numbers, chunk.body.values(), strict=True):
            try:
                messages.append(_message(number, cells, positions, max_text_chars))
            except InputError as error:
                problems.append(f"第 {number} 行：{error}")
    if not messages:
        raise InputError(f"{path.name}：没有一行可用；第一处问题：{problems[0]}")
    return MessageFile(tuple(_in_order(messages)), tuple(problems))


def _positions(reader: Reader, path: Path) -> dict[str, int]:
    header = [name.strip().casefold() for name in reader.header]
    found = {
        field: next((header.index(n) for n in names if n.casefold() in header), -1)
        for field, names in _COLUMNS.items()
    }
    for field, what in (("text", "正文"), ("time", "时间")):
        if found[field] < 0:
            known = "|".join(_COLUMNS[field])
            here = "、".join(reader.header[:40])
            raise InputError(f"{path.name}：没有{what}列（{known}）；现有列：{here}；请改列名")
    return found


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
        at=parse_time(cell("time")),
        text=text,
        title=cell("title"),
        caller=cell("caller"),
        likes=_whole(cell("likes")),
        classes={code: 1.0} if code else {},
        place=Place(district or None, subdistrict or None, p=1.0) if district else NO_PLACE,
        is_solved=_yes_or_no(cell("solved")),
    )


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
