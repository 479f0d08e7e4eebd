"""Queries on knowledge entries (知识库): what to answer to questions, with source and validity.

Each function works inside the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from jiesu.serving.store.door_tables import KNOWLEDGE
from jiesu.serving.store.errors import EntryExists, UnknownEntry, VersionConflict
from jiesu.serving.store.words import pairs, phrases, vector

_K = KNOWLEDGE.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is known.

    Attributes:
        source: law, notice or page that it is from.
        class_code, unit_id: what it is about; empty where it fits several.
        valid_from, valid_until: None where it does not begin or end.
        is_sample: it was made up, to show how the knowledge base works.
        version: grows by one with every change; 0 before it is stored.
    """

    id: str
    title: str
    text: str
    source: str = ""
    class_code: str = ""
    unit_id: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    is_sample: bool = False
    version: int = 0
    changed_at: datetime | None = None
    by: str = ""

    def holds_at(self, now: datetime) -> bool:
        """Tell whether the entry is valid at a moment."""
        begun = self.valid_from is None or self.valid_from <= now
        return begun and (self.valid_until is None or now < self.valid_until)


def add_entry(connection: Connection, entry: Entry, by: str, now: datetime) -> Entry:
    """Store an entry.

    Raises:
        EntryExists: its id is taken.
    """
    values = {"id": entry.id, "version": 1, **_values(entry, by, now)}
    try:
        seq = connection.execute(insert(KNOWLEDGE).values(values).returning(_K.seq)).scalar_one()
    except IntegrityError:
        raise EntryExists(entry.id) from None
    _store_words(connection, seq, entry)
    return get_entry(connection, entry.id)


def change_entry(
    connection: Connection, entry: Entry, version: int, by: str, now: datetime
) -> Entry:
    """Change an entry that is still at the version which the caller saw.

    Raises:
        UnknownEntry: there is none.
        VersionConflict: it has changed since.
    """
    row = connection.execute(select(_K.seq, _K.version).where(_K.id == entry.id)).one_or_none()
    if row is None:
        raise UnknownEntry(entry.id)
    change = update(KNOWLEDGE).where(_K.seq == row.seq, _K.version == version)
    values = {"version": version + 1, **_values(entry, by, now)}
    if connection.execute(change.values(values)).rowcount != 1:
        raise VersionConflict(f"知识条目 {entry.id}", version, row.version)
    connection.execute(text(f"DELETE FROM knowledge_words WHERE {_key(connection)} = {row.seq:d}"))
    _store_words(connection, row.seq, entry)
    return get_entry(connection, entry.id)


def get_entry(connection: Connection, entry_id: str) -> Entry:
    """Return an entry.

    Raises:
        UnknownEntry: there is none.
    """
    row = connection.execute(select(KNOWLEDGE).where(_K.id == entry_id)).one_or_none()
    if row is None:
        raise UnknownEntry(entry_id)
    return _entry(row)


def entries(
    connection: Connection,
    *,
    words: str = "",
    valid_at: datetime | None = None,
    class_code: str = "",
    limit: int = 50,
) -> list[Entry]:
    """Return entries, the latest first; what is empty does not narrow.

    Args:
        words: phrases that must all occur in title or text.
    """
    query = select(KNOWLEDGE).order_by(_K.seq.desc()).limit(limit)
    if valid_at is not None:
        query = query.where(*_holding(valid_at))
    if class_code:
        query = query.where(_K.class_code == class_code)
    if words:
        query = query.where(_K.seq.in_(_found(connection, words)))
    return [_entry(row) for row in connection.execute(query)]


def _holding(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        or_(_K.valid_from.is_(None), _K.valid_from <= at),
        or_(_K.valid_until.is_(None), _K.valid_until > at),
    )


def _found(connection: Connection, words: str) -> Sequence[int]:
    """Return the numbers of entries in which all phrases occur."""
    wanted = phrases(words)
    if not wanted:
        return []
    if connection.dialect.name == "sqlite":
        query = " AND ".join(f'"{" ".join(p)}"{" *" * begins}' for p, begins in wanted)
        statement = "SELECT rowid FROM knowledge_words WHERE knowledge_words MATCH :query"
    else:
        query = " & ".join(_phrase(p, begins) for p, begins in wanted)
        statement = "SELECT seq FROM knowledge_words WHERE words @@ CAST(:query AS tsquery)"
    return connection.execute(text(statement), {"query": query}).scalars().all()


def _phrase(phrase: list[str], begins: bool) -> str:
    quoted = [f"'{pair}'" for pair in phrase]
    quoted[-1] += ":*" * begins
    return f"({' <-> '.join(quoted)})"


def _store_words(connection: Connection, seq: int, entry: Entry) -> None:
    found = pairs(f"{entry.title} {entry.text}")
    sqlite = connection.dialect.name == "sqlite"
    value = ":words" if sqlite else "CAST(:words AS tsvector)"
    connection.execute(
        text(f"INSERT INTO knowledge_words ({_key(connection)}, words) VALUES (:seq, {value})"),
        {"seq": seq, "words": " ".join(found) if sqlite else vector(found)},
    )


def _key(connection: Connection) -> str:
    return "rowid" if connection.dialect.name == "sqlite" else "seq"


def _values(entry: Entry, by: str, now: datetime) -> dict[str, Any]:  # Any: column values
    return {
        "title": entry.title,
        "text": entry.text,
        "source": entry.source,
        "class_code": entry.class_code,
        "unit_id": entry.unit_id,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        "sample": entry.is_sample,
        "changed_at": now,
        "by_name": by,
    }


def _entry(row: Row[Any]) -> Entry:  # Any: the columns of KNOWLEDGE
    return Entry(
        row.id,
        row.title,
        row.text,
        row.source,
        row.class_code,
        row.unit_id,
        row.valid_from,
        row.valid_until,
        row.sample,
        row.version,
        row.changed_at,
        row.by_name,
    )
