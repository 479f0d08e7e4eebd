"""Corrections as Parquet: the file in which the store and training meet.

One row a ticket that a person has decided: its text without what tells a person, what had been
suggested, and what was decided last. The columns are the contract; training reads nothing else.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, RecordBatch, RecordBatchReader, Schema
from arro3.core import Field as Column
from arro3.io import write_parquet
from sqlalchemy import Row

from jiesu.serving.masking import mask
from jiesu.serving.store import history
from jiesu.serving.store.database import Database

COLUMNS = (
    "id",
    "text",
    "title",
    "address",
    "received_at",
    "decided_at",
    "suggested_code",
    "code",
    "suggested_unit_id",
    "unit_id",
    "suggested_outcome",
    "outcome",
    "kind",
    "model",
    "taxonomy",
    "rules",
    "policy",
    "suggested_kind",
    "suggested_place",
    "place",
    "suggested_deadline",
    "deadline",
)
"""All hold text; times are ISO 8601 with offset; what is not known is empty. Places are codes."""

_MADE = (
    "text",
    "title",
    "address",
    "received_at",
    "decided_at",
    "suggested_deadline",
    "deadline",
)
"""Columns that are not written as they are stored."""
_BATCH = 5000
_SCHEMA = Schema([Column(name, DataType.string(), nullable=False) for name in COLUMNS])


def export_corrections(database: Database, path: Path) -> int:
    """Write all corrections to a file; return how many.

    The file appears only when it is complete.
    """
    written = 0

    def batches() -> Iterator[RecordBatch]:
        nonlocal written
        with database.read() as connection:
            for rows in history.correction_rows(connection, _BATCH):
                written += len(rows)
                yield _batch(rows)

    part = path.with_name(f"{path.name}.part")
    write_parquet(RecordBatchReader.from_batches(_SCHEMA, batches()), part)
    os.replace(part, path)
    return written


def _batch(rows: list[Row[Any]]) -> RecordBatch:  # Any: the columns of `correction_rows`
    values = [_values(row) for row in rows]
    columns = [[row[name] for row in values] for name in COLUMNS]
    return RecordBatch.from_arrays(
        [Array(column, type=DataType.string()) for column in columns], schema=_SCHEMA
    )


def _values(row: Row[Any]) -> dict[str, str]:
    fields: dict[str, str] = {name: getattr(row, name) for name in COLUMNS if name not in _MADE}
    masked = {name: mask(getattr(row, name)) for name in ("text", "title", "address")}
    times = {
        "received_at": row.received_at.isoformat(),
        "decided_at": row.at.isoformat(),
        "suggested_deadline": _iso(row.suggested_due_at),
        "deadline": _iso(row.due_at),
    }
    return {**fields, **masked, **times}


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""
