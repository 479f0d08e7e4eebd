"""The tables, as SQLAlchemy knows them; migrations/ makes them, a test compares the two.

`ticket_words` (search) is not here: it is an FTS5 table on SQLite and a tsvector on PostgreSQL,
written out in the migration and queried in `words`.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    literal_column,
)

from jiesu.serving.store.columns import BigNumber, Moment
from jiesu.serving.store.metadata import METADATA, one_of

TICKET_STATES = ("waiting", "consulting", "dispatched", "returned", "closed")
ALERT_STATES = ("new", "acknowledged", "in_hand", "closed", "reopened", "merged")
_HELD = literal_column("claimed_until IS NOT NULL", Boolean)


TICKETS = Table(
    "tickets",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    one_of("state", TICKET_STATES),
    Column("text", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("stored_at", Moment, nullable=False),
    # What holds now: suggested by the model, or decided by a person.
    Column("outcome", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("class1", Text, nullable=False),
    Column("class2", Text, nullable=False),
    Column("class_code", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("turn_at", Moment, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claimed_until", Moment),
    # Region that a person corrected the place to; empty: as suggested.
    Column("place_code", Text, nullable=False, server_default=""),
    # A list is read through one of these, by deadline or by time of intake.
    Index(None, "state", "due_at", "seq"),
    Index(None, "state", "received_at", "seq"),
    Index(None, "received_at", "seq"),
    Index(None, "due_at", "seq"),
    Index(None, "unit_id", "state", "due_at", "seq"),
    Index(None, "unit_id", "received_at", "seq"),
    Index(None, "outcome", "state", "due_at", "seq"),
    Index(None, "class1", "received_at", "seq"),
    Index(None, "class2", "received_at", "seq"),
    Index(None, "class_code", "received_at", "seq"),
    Index(None, "caller", "seq"),
    # The queues of the desk are read by turn.
    Index(None, "state", "turn_at", "seq"),
    Index(None, "outcome", "state", "turn_at", "seq"),
    Index(None, "unit_id", "state", "turn_at", "seq"),
    # Few tickets are held at a time; `claimed_until > now` implies the condition.
    Index(None, "claimed_by", "seq", sqlite_where=_HELD, postgresql_where=_HELD),
    sqlite_autoincrement=True,  # a number is never given twice, not even after erasure
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("ticket_seq", ForeignKey(TICKETS.c.seq, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Moment, nullable=False),
    Column("top_k", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("taxonomy", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("body", Text, nullable=False),
)

ACTS = Table(
    "acts",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("ticket_seq", ForeignKey(TICKETS.c.seq, ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_kind", Text, nullable=False),
    one_of("by_kind", ("model", "person")),
    Column("by_name", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "ticket_seq", "seq"),
)

CORRECTIONS = Table(
    "corrections",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("ticket_seq", ForeignKey(TICKETS.c.seq, ondelete="CASCADE"), nullable=False),
    Column("decision", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("suggested_code", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("suggested_unit_id", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("suggested_outcome", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("suggested_kind", Text, nullable=False, server_default=""),
    Column("suggested_place", Text, nullable=False, server_default=""),
    Column("place", Text, nullable=False, server_default=""),
    Column("suggested_due_at", Moment),
    Column("due_at", Moment),
    Index(None, "ticket_seq"),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("ticket_seq", ForeignKey(TICKETS.c.seq, ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("contacted", Boolean, nullable=False),
    Column("resolved", Boolean),
    Column("satisfied", Boolean),
    Column("note", Text, nullable=False),
    Index(None, "ticket_seq", "seq"),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    one_of("state", ALERT_STATES),
    Column("title", Text, nullable=False),
    Column("heat", Float, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("merged_into", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "state", "last_at", "seq"),
    Index(None, "last_at", "seq"),
    Index(None, "merged_into"),
    sqlite_autoincrement=True,
)

ALERT_MEMBERS = Table(
    "alert_members",
    METADATA,
    Column("ticket_seq", ForeignKey(TICKETS.c.seq, ondelete="CASCADE"), primary_key=True),
    Column("alert_seq", ForeignKey(ALERTS.c.seq, ondelete="CASCADE"), nullable=False),
    Column("answered", Boolean, nullable=False),
    Index(None, "alert_seq"),
)

ALERT_ACTS = Table(
    "alert_acts",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("alert_seq", ForeignKey(ALERTS.c.seq, ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by_kind", Text, nullable=False),
    one_of("by_kind", ("model", "person")),
    Column("by_name", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "alert_seq", "seq"),
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("token", Text, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Index(None, "taken_at"),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)
