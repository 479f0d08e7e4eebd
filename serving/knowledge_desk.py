"""The knowledge base: entries come from a file or a form, and are found by words and by class."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from jiesu.classifier.scores import RankedClass
from jiesu.serving.relabel.columns import map_columns
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import open_reader
from jiesu.serving.relabel.rows import cell_text
from jiesu.serving.store import knowledge
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import EntryExists
from jiesu.serving.store.knowledge import Entry
from jiesu.serving.store.words import is_searchable
from jiesu.serving.suggestions import Clock
from jiesu.serving.times import CHINA_TIME, parse_time
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import LabelTree

_COLUMNS = {
    "id": ("编号", "id"),
    "title": ("标题", "问题", "title"),
    "text": ("内容", "答复", "答案", "text"),
    "source": ("依据", "来源", "source"),
    "class_code": ("事项代码", "事项", "code"),
    "valid_from": ("生效日期", "生效", "valid_from"),
    "valid_until": ("失效日期", "失效", "valid_until"),
}
_HEAD = re.compile(r"^##\s+(?P<title>.+?)\s*(?:\{#(?P<id>[\w\-]+)\})?\s*$")
_FIELD = re.compile(r"^(依据|事项|生效|失效)[：:]\s*(.+)$")
_SAMPLE = "样例"
_CHUNK = 500
_MOST_COMPARED, _MOST_ALIKE = 5000, 10
_LEAST_SHARE = 0.12
# What one level further away counts, and what is no longer near.
_BESIDE, _LEAST_NEAR = 0.5, 0.25
_SPLIT = re.compile(r"[^\w]+")

_Path = tuple[str, ...]


class KnowledgeDesk:
    """The use cases of the knowledge base."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def entry(self, entry_id: str) -> Entry:
        """Return one entry.

        Raises:
            UnknownEntry: there is none.
        """
        with self._database.read() as connection:
            return knowledge.get_entry(connection, entry_id)

    def find(self, words: str = "", class_code: str = "", limit: int = 50) -> list[Entry]:
        """Return valid entries in which all the words stand, or of a class."""
        wanted = words.strip() if is_searchable(words.strip()) else ""
        with self._database.read() as connection:
            return knowledge.entries(
                connection,
                words=wanted,
                class_code=class_code,
                valid_at=self._clock(),
                limit=limit,
            )

    def alike(
        self, words: str, likely: Sequence[RankedClass], tree: LabelTree, found: Sequence[Entry]
    ) -> list[Entry]:
        """Return entries that say in other words what was searched for, beyond those found.

        They are of a likely class of these words or of one beside it, or their titles share
        many of its pairs of characters; nearest first, at most ten.
        """
        with self._database.read() as connection:
            entries = knowledge.entries(connection, valid_at=self._clock(), limit=_MOST_COMPARED)
        pairs, known = _pairs(words), {entry.id for entry in found}
        paths = [(_path(ranked.code, tree), ranked.p) for ranked in likely]
        scored = [
            (_nearness(entry.class_code, paths, tree) + _shared(pairs, entry) / 2, entry)
            for entry in entries
            if entry.id not in known
        ]
        near = [pair for pair in scored if pair[0] >= _LEAST_NEAR]
        return [entry for _, entry in sorted(near, key=lambda pair: -pair[0])[:_MOST_ALIKE]]

    def answers(self, text: str, class_codes: Sequence[str], limit: int = 4) -> list[Entry]:
        """Return what may answer a text: entries of its likely classes, nearest words first.

        An entry of the likeliest class may have no word in common with the text.
        """
        with self._database.read() as connection:
            found = {
                entry.id: entry
                for code in class_codes
                for entry in knowledge.entries(
                    connection, class_code=code, valid_at=self._clock(), limit=20
                )
            }
            # Those without a class are few: notices that concern many matters.
            loose = knowledge.entries(connection, valid_at=self._clock(), limit=200)
        found |= {entry.id: entry for entry in loose if not entry.class_code}
        pairs = _pairs(text)
        shares = {
            name: _shared(pairs, entry) + _LEAST_SHARE * (entry.class_code in class_codes[:1])
            for name, entry in found.items()
        }
        ranked = sorted(found.values(), key=lambda entry: -shares[entry.id])
        return [entry for entry in ranked if shares[entry.id] >= _LEAST_SHARE][:limit]

    def keep(self, entry: Entry, by: str, version: int = 0) -> Entry:
        """Store a new entry, or with a version change one.

        Raises:
            InputError: title or text is empty.
            EntryExists, UnknownEntry, VersionConflict: nothing was changed.
        """
        if not entry.title.strip() or not entry.text.strip():
            raise InputError("知识条目要有标题和内容")
        with self._database.write() as connection:
            if version:
                return knowledge.change_entry(connection, entry, version, by, self._clock())
            return knowledge.add_entry(connection, entry, by, self._clock())

    def take_in(self, entries: Sequence[Entry], by: str) -> tuple[int, int]:
        """Store entries of a file; one that is there already is changed.

        Returns:
            How many are new, and how many were changed.
        """
        new = changed = 0
        for entry in entries:
            try:
                self.keep(entry, by)
                new += 1
            except EntryExists:
                self.keep(entry, by, self.entry(entry.id).version)
                changed += 1
        return new, changed


def read_entries(path: Path) -> list[Entry]:
    """Read entries from Markdown (one `## title {#id}` each) or from a table.

    Raises:
        InputError: names file and row of what cannot be used.
    """
    if not path.is_file():
        raise InputError(f"{path}：文件不存在；请核对路径")
    found = list(_from_markdown(path) if path.suffix == ".md" else _from_table(path))
    if not found:
        raise InputError(
            f"{path.name}：没有一条知识；Markdown 用“## 标题”分条，表格要有标题和内容两列"
        )
    return found


def _from_markdown(path: Path) -> Iterator[Entry]:
    entry, lines = None, list[str]()
    is_sample = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        head = _HEAD.match(line)
        if head:
            if entry is not None:
                yield _closed(entry, lines, path)
            name = head["id"] or f"{path.stem}-{number}"
            entry, lines = Entry(name, head["title"], "", is_sample=is_sample), []
        elif line.startswith("# "):
            is_sample = _SAMPLE in line
        elif entry is not None:
            field = _FIELD.match(line)
            if field:
                entry = _with_field(
                    entry, field[1], field[2].strip(), f"{path.name} 第 {number} 行"
                )
            else:
                lines.append(line)
    if entry is not None:
        yield _closed(entry, lines, path)


def _closed(entry: Entry, lines: list[str], path: Path) -> Entry:
    text = "\n".join(lines).strip()
    if not text:
        raise InputError(f"{path.name}：条目“{entry.title}”没有内容；请补上")
    return replace(entry, text=text)


def _with_field(entry: Entry, field: str, value: str, where: str) -> Entry:
    match field:
        case "依据":
            return replace(entry, source=value)
        case "事项":
            return replace(entry, class_code=value)
        case "生效":
            return replace(entry, valid_from=_day(value, where))
        case _:
            return replace(entry, valid_until=_day(value, where))


def _from_table(path: Path) -> Iterator[Entry]:
    reader = open_reader(RelabelOptions(input=path, output=path))
    header = [name.strip().casefold() for name in reader.header]
    at = {
        field: next((header.index(name) for name in names if name in header), -1)
        for field, names in _COLUMNS.items()
    }
    for field in ("title", "text"):
        if at[field] < 0:
            raise InputError(f"{path.name}：没有{_COLUMNS[field][0]}列；请改列名")
    columns = map_columns(
        reader.header, {"text": reader.header[at["text"]]}, 100_000, place=path.name
    )
    for chunk in reader.chunks(_CHUNK, columns):
        for number, cells in zip(chunk.numbers, chunk.body.values(), strict=True):
            texts = {f: cell_text(cells[i]).strip() if i >= 0 else "" for f, i in at.items()}
            where = f"{path.name} 第 {number} 行"
            if not texts["title"] or not texts["text"]:
                raise InputError(f"{where}：标题或内容为空；请补上")
            yield Entry(
                texts["id"] or f"{path.stem}-{number}",
                texts["title"],
                texts["text"],
                texts["source"],
                texts["class_code"],
                valid_from=_day(texts["valid_from"], where),
                valid_until=_day(texts["valid_until"], where),
            )


def _day(value: str, where: str) -> datetime | None:
    if not value:
        return None
    try:
        return parse_time(value).astimezone(CHINA_TIME)
    except InputError as error:
        raise InputError(f"{where}：{error}") from None


def _nearness(code: str, likely: Sequence[tuple[_Path, Sequence[float]]], tree: LabelTree) -> float:
    """Return the chance that the words are of this class; a part of it for one beside it.

    Args:
        likely: the path of each likely class from level 1 down, and the probability on each level.
    """
    if code not in tree.leaf_index:
        return 0.0
    path, best = _path(code, tree), 0.0
    for other, p in likely:
        shared = sum(mine == theirs for mine, theirs in zip(path, other, strict=True))
        if shared:
            best = max(best, p[shared - 1] * _BESIDE ** (len(path) - shared))
    return best


def _path(code: str, tree: LabelTree) -> _Path:
    return tuple(label.code for label in tree.path(code))


def _pairs(text: str) -> frozenset[str]:
    letters = "".join(_SPLIT.split(text))
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _shared(pairs: frozenset[str], entry: Entry) -> float:
    """Return how much of the shorter one's pairs the text and the entry's title share."""
    own = _pairs(entry.title)
    least = min(len(own), len(pairs))
    return len(own & pairs) / least if least else 0.0
