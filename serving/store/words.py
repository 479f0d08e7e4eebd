"""Search in Chinese text: pairs of characters, the same on both databases.

A text is stored as its overlapping pairs (路灯不亮 → 路灯 灯不 不亮 亮); a phrase is searched as
the same pairs in a row. Trigrams, which both databases offer, would miss every word of two
characters, and those are most Chinese words. Latin words and numbers are kept whole.
SQLite keeps the pairs in an FTS5 table without the text, PostgreSQL in a tsvector with GIN index.
"""

import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnClause, Connection, TableClause, TextClause, column, table, text

_INDEXED_CHARS = 10_000
"""More is not searched: a tsvector counts positions up to 16,383."""

_LONGEST = 100
"""Characters of a Latin word or number that are kept; PostgreSQL refuses endless ones."""

_RUNS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


def pairs(words: str) -> list[str]:
    """Return the pairs to store, in order.

    >>> pairs("3号楼电梯")
    ['3', '号楼', '楼电', '电梯', '梯']
    """
    return [pair for run in _runs(words[:_INDEXED_CHARS]) for pair in _split(run)]


def phrases(query: str) -> list[tuple[list[str], bool]]:
    """Return the phrases that all must occur, and whether the last pair of each is a beginning.

    >>> phrases("路灯 3号")
    [(['路灯'], False), (['3', '号'], True)]
    """
    return [phrase for part in query.split() if (phrase := _phrase(part))]


def _phrase(part: str) -> tuple[list[str], bool] | None:
    runs = list(_runs(part))
    if not runs:
        return None
    last = runs[-1]
    end = _split(last) if len(last) == 1 or last.isascii() else _split(last)[:-1]
    return [pair for run in runs[:-1] for pair in _split(run)] + end, len(last) == 1


def _runs(words: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", words).casefold()
    return (match[0] for match in _RUNS.finditer(plain))


def _split(run: str) -> list[str]:
    return [run[:_LONGEST]] if run.isascii() else [run[i : i + 2] for i in range(len(run))]


def stands_in(query: str, words: str) -> bool:
    """Tell whether a search for the query finds a text, as the database would say.

    >>> stands_in("路灯 13800138000", "路灯坏了，电话13800138000")
    True
    >>> stands_in("灯路", "路灯坏了")
    False
    """
    stored = pairs(words)
    return all(_follows(phrase, begins, stored) for phrase, begins in phrases(query))


def _follows(phrase: list[str], begins: bool, stored: list[str]) -> bool:
    head, last = phrase[:-1], phrase[-1]
    for start in range(len(stored) - len(phrase) + 1):
        end = stored[start + len(head)]
        if stored[start : start + len(head)] == head and (
            end.startswith(last) if begins else end == last
        ):
            return True
    return False


def is_searchable(query: str) -> bool:
    """Tell whether there is anything in the query to search for."""
    return bool(phrases(query))


def store_words(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Make texts searchable; rows are (number of the ticket, text)."""
    if connection.dialect.name == "sqlite":
        values = [{"seq": seq, "words": " ".join(pairs(words))} for seq, words in rows]
        connection.execute(_SQLITE_INSERT, values)
    else:
        values = [{"seq": seq, "words": vector(pairs(words))} for seq, words in rows]
        connection.execute(_POSTGRES_INSERT, values)


def forget_words(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Let texts no longer be found; rows are as they were given to `store_words`."""
    if connection.dialect.name == "sqlite":
        # The table holds no texts: to take one out, it must be told what had been put in.
        values = [{"seq": seq, "words": " ".join(pairs(words))} for seq, words in rows]
        if values:
            connection.execute(_SQLITE_DELETE, values)
        return
    seqs = [seq for seq, _ in rows]
    connection.execute(_POSTGRES_DELETE, {"seqs": seqs})


_SQLITE_DELETE = text(
    "INSERT INTO ticket_words (ticket_words, rowid, words) VALUES ('delete', :seq, :words)"
)
_POSTGRES_DELETE = text("DELETE FROM ticket_words WHERE seq = ANY(:seqs)")
_SQLITE_INSERT = text("INSERT INTO ticket_words (rowid, words) VALUES (:seq, :words)")
_POSTGRES_INSERT = text(
    "INSERT INTO ticket_words (seq, words) VALUES (:seq, CAST(:words AS tsvector))"
)


def vector(found: list[str]) -> str:
    """Return pairs as PostgreSQL keeps them, each with its place."""
    return " ".join(f"'{pair}':{position}" for position, pair in enumerate(found, start=1))


def words_table(dialect: str) -> TableClause:
    """Return the search table; its column `seq` is the number of the ticket."""
    number: ColumnClause[int] = column("rowid" if dialect == "sqlite" else "seq")
    number.key = "seq"
    return table("ticket_words", number, column("words"))


def match(dialect: str, query: str) -> TextClause:
    """Return the condition that all phrases of a query occur."""
    if dialect == "sqlite":
        wanted = " AND ".join(f'"{" ".join(p)}"{" *" * begins}' for p, begins in phrases(query))
        return text("ticket_words MATCH :words").bindparams(words=wanted)
    wanted = " & ".join(f"({_tsquery(p, begins)})" for p, begins in phrases(query))
    return text("ticket_words.words @@ CAST(:words AS tsquery)").bindparams(words=wanted)


def _tsquery(phrase: list[str], begins: bool) -> str:
    quoted = [f"'{pair}'" for pair in phrase]
    quoted[-1] += ":*" * begins
    return " <-> ".join(quoted)
