"""Confirmed history: tickets with the class and the unit that people settled on.

From any table, or from the corrections that the store exports (one file format between the two).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.times import parse_time
from jiesu.training.tables import Record, read_records

ID_COLUMNS = ("工单编号", "id")
ADDRESS_COLUMNS = ("地址", "address")
TIME_COLUMNS = ("受理时间", "received_at", "time")
CLASS_COLUMNS = ("事项代码", "事项", "code", "codes", "class")
UNIT_COLUMNS = ("承办单位", "unit_id", "units", "unit")
_DISPATCHED = ("", "dispatch", "auto", "confirm", "human", "district")


@dataclass(frozen=True, slots=True)
class ConfirmedTicket:
    """A ticket with what was right for it.

    Attributes:
        codes: acceptable classes, best first; empty where the history knows none.
        units: acceptable units by id, name, alias or role; empty where no unit acted.
    """

    ticket: Ticket
    codes: tuple[str, ...]
    units: tuple[str, ...]
    where: str


def read_history(
    path: Path,
    class_columns: Sequence[str] = CLASS_COLUMNS,
    unit_columns: Sequence[str] = UNIT_COLUMNS,
) -> list[ConfirmedTicket]:
    """Read a table of confirmed tickets; classes and units may be missing in a row, text not.

    Raises:
        InputError: the file cannot be read or has no column of units, or a row has no text or a
            time that is none.
    """
    records = read_records(path)
    _need(records[0], unit_columns, "承办单位", path)
    return [_confirmed(r, i, class_columns, unit_columns) for i, r in enumerate(records, start=1)]


def _need(record: Record, columns: Sequence[str], what: str, path: Path) -> None:
    if not any(name in record.fields for name in columns):
        known = "、".join(map(str, record.fields))
        raise InputError(
            f"{path}: 没有{what}列（{'、'.join(columns)} 之一，现有 {known}）；请补上这一列"
        )


def _confirmed(
    record: Record, number: int, class_columns: Sequence[str], unit_columns: Sequence[str]
) -> ConfirmedTicket:
    time = _one(record, TIME_COLUMNS)
    ticket = Ticket(
        id=_one(record, ID_COLUMNS) or str(number),
        text=record.text(),
        title=record.title(),
        address=_one(record, ADDRESS_COLUMNS),
        received_at=_time(record, time) if time else None,
    )
    dispatched = _one(record, ("outcome",)) in _DISPATCHED
    units = _many(record, unit_columns) if dispatched else ()
    return ConfirmedTicket(ticket, _many(record, class_columns), units, record.where)


def _time(record: Record, text: str) -> datetime:
    try:
        return parse_time(text)
    except InputError as error:
        raise InputError(f"{record.where}: {error}") from None


def _one(record: Record, columns: Sequence[str]) -> str:
    return next((_text(record.fields[name]) for name in columns if name in record.fields), "")


def _text(value: Any) -> str:  # Any: a cell
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _many(record: Record, columns: Sequence[str]) -> tuple[str, ...]:
    for name in columns:
        value = record.fields.get(name)
        if isinstance(value, list):
            return tuple(filter(None, map(_text, value)))
        if found := split_cell(_text(value)):
            return found
    return ()


def split_cell(text: str) -> tuple[str, ...]:
    """Return the values that a cell holds, set apart by "|".

    >>> split_cell("城管委 | 市水务局|"), split_cell(" ")
    (('城管委', '市水务局'), ())
    """
    return tuple(part.strip() for part in text.split("|") if part.strip())


def unit_names(city: City) -> Mapping[str, frozenset[str]]:
    """Return unit id → every name that a history may call it by: id, names and roles."""
    return {
        unit.id: frozenset((unit.id, unit.name, *unit.aliases, *unit.roles)) for unit in city.units
    }


def unknown_units(history: Iterable[ConfirmedTicket], city: City) -> list[ConfirmedTicket]:
    """Return the tickets whose units the city does not know by any name."""
    known = frozenset(city.roles).union(*unit_names(city).values())
    return [row for row in history if row.units and known.isdisjoint(row.units)]


def distinct(history: Sequence[ConfirmedTicket]) -> list[ConfirmedTicket]:
    """Leave out tickets whose text came before: copies of one ticket prove nothing more."""
    first = {row.ticket.full_text().strip(): row for row in reversed(history)}
    return [row for row in history if first[row.ticket.full_text().strip()] is row]
