"""Queries on the audit: who looked at or did what; the database refuses to change an entry.

Each function works inside the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from jiesu.serving.store.door_tables import AUDIT

_A = AUDIT.c


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was looked at or done.

    Attributes:
        by: a user's name, a key's name, or 命令行 for the command line.
        what: look, login, login-failed, logout, password, user-…, key-…, export, erase, …
        subject: the ticket, user or key; empty where there is no single one.
        seq: number in the order of happening; 0 before it is stored.
    """

    at: datetime
    by: str
    what: str
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON values
    seq: int = 0


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Add one entry."""
    values = {
        "at": entry.at,
        "by_name": entry.by,
        "what": entry.what,
        "subject": entry.subject,
        "detail": orjson.dumps(dict(entry.detail)).decode(),
    }
    connection.execute(insert(AUDIT).values(values))


def entries(
    connection: Connection,
    *,
    by: str = "",
    subject: str = "",
    what: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """Return entries, the latest first; what is empty does not narrow.

    Args:
        before: number of the last entry of the page before.
    """
    query = select(AUDIT).order_by(_A.seq.desc()).limit(limit)
    for column, value in ((_A.by_name, by), (_A.subject, subject), (_A.what, what)):
        if value:
            query = query.where(column == value)
    if before is not None:
        query = query.where(_A.seq < before)
    return [
        AuditEntry(r.at, r.by_name, r.what, r.subject, orjson.loads(r.detail), r.seq)
        for r in connection.execute(query)
    ]
