"""Erases callers' data: of one caller, of named tickets, or of all that is old enough.

Every transaction begins and ends here; each run leaves one entry in the audit, which names no
caller.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from jiesu.serving.store import audit, erasure
from jiesu.serving.store.audit import AuditEntry
from jiesu.serving.store.database import Database
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

_BATCH = 200
_NAMED = 100
"""Ids that the audit names; of more it keeps the number."""
_GAPS = re.compile(r"[\s\-－—]")
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{9,11}|[2-8]\d{6,7})(?!\d)")
_FEWEST_DIGITS = 7

Matches = Callable[[Ticket], bool]


class Retention:
    """What is erased of one database."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], neighbours: Path | None = None
    ) -> None:
        """Take the database, and the folder of the indexes of confirmed tickets, if any."""
        self._database = database
        self._clock = clock
        self._neighbours = neighbours

    def of_caller(self, matches: Matches) -> list[str]:
        """Return the ids of a caller's tickets that are not yet erased."""
        with self._database.read() as connection:
            return list(erasure.tickets_that(connection, matches))

    def older_than(self, days: int) -> list[str]:
        """Return the ids of closed tickets that came in so long ago and are not yet erased."""
        with self._database.read() as connection:
            return erasure.closed_before(connection, self._clock() - timedelta(days=days))

    def known(self, ids: Sequence[str]) -> list[str]:
        """Return these ids.

        Raises:
            InputError: a ticket of them does not exist.
        """
        with self._database.read() as connection:
            found = set(erasure.known_among(connection, ids))
        unknown = [one for one in ids if one not in found]
        if unknown:
            raise InputError(f"没有这些工单：{'、'.join(unknown[:10])}；请核对编号")
        return list(ids)

    def erase(self, by: str, how: str, ids: Collection[str]) -> None:
        """Erase tickets for good, and their vectors from the indexes of confirmed tickets.

        Args:
            how: caller, ticket or age; kept in the audit.

        Raises:
            ArtefactError: an index cannot be written; the database is erased by then.
        """
        wanted = sorted(ids)
        for start in range(0, len(wanted), _BATCH):
            with self._database.write() as connection:
                erasure.erase(connection, wanted[start : start + _BATCH])
        with self._database.write() as connection:
            erasure.erase_answers(connection, set(wanted))
            detail = {"how": how, "tickets": len(wanted), "ids": wanted[:_NAMED]}
            audit.add_entry(connection, AuditEntry(self._clock(), by, "erase", "", detail))
        if self._neighbours is not None:
            from jiesu.classifier.neighbour_index import erase_from  # numpy takes a moment

            erase_from(self._neighbours, wanted)
        self._tidy()

    def _tidy(self) -> None:
        """Write over what SQLite keeps of deleted words and of old pages."""
        if self._database.dialect != "sqlite":
            return
        with self._database.write() as connection:
            connection.execute(text("PRAGMA secure_delete = ON"))
            connection.execute(text("INSERT INTO ticket_words (ticket_words) VALUES ('optimize')"))
        raw = self._database.engine.raw_connection()
        try:
            raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # open
        finally:
            raw.close()


def caller_is(wanted: str) -> Matches:
    """Return what finds a caller by name, or by phone wherever it stands in a ticket.

    Raises:
        InputError: it is too short to tell one caller from others.
    """
    plain = _plain(wanted)
    if plain.isdigit():
        if len(plain) < _FEWEST_DIGITS:
            raise InputError(
                f"电话 {wanted!r} 太短：至少 {_FEWEST_DIGITS} 位，否则会误删他人的工单"
            )
        number = re.compile(rf"(?<!\d){plain}(?!\d)")
        return lambda ticket: any(number.search(_plain(field)) for field in _fields(ticket))
    if len(plain) < 2:
        raise InputError("来电人至少写两个字；按电话则写电话号码")
    return lambda ticket: _plain(ticket.caller) == plain


def caller_hashes_to(digest: str) -> Matches:
    """Return what finds a caller whose name or phone has this SHA-256.

    Raises:
        InputError: it is no SHA-256.
    """
    wanted = digest.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        raise InputError("应为 SHA-256（64 位十六进制）；可用 printf %s 电话 | sha256sum 得到")

    def matches(ticket: Ticket) -> bool:
        phones = (phone for field in _fields(ticket) for phone in _PHONE.findall(_plain(field)))
        return any(_hash(word) == wanted for word in (_plain(ticket.caller), *phones))

    return matches


def _fields(ticket: Ticket) -> tuple[str, ...]:
    return (ticket.caller, ticket.text, ticket.title, ticket.address)


def _plain(words: str) -> str:
    return _GAPS.sub("", unicodedata.normalize("NFKC", words))


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
