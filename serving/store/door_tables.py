"""The tables of the doors: users, sessions, keys, audit; and of policies and knowledge.

As `tables` says of its own: migrations/ makes them, a test compares the two. `knowledge_words`
is written out in the migration, as `ticket_words` is.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from jiesu.serving.store.columns import BigNumber, Moment
from jiesu.serving.store.metadata import METADATA, one_of

USER_ROLES = ("operator", "unit", "supervisor", "taxonomist", "admin")

USERS = Table(
    "users",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("login", Text, nullable=False, unique=True),
    # Stands in the history and names who holds a claim: no two people share one.
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    one_of("role", USER_ROLES),
    Column("unit_id", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", Text, primary_key=True),
    Column("user_seq", ForeignKey(USERS.c.seq, ondelete="CASCADE"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index(None, "user_seq"),
    Index(None, "created_at"),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "by_name", "seq"),
    Index(None, "subject", "seq"),
    sqlite_autoincrement=True,
)

LOGIN_TRIES = Table(
    "login_tries",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
)

POLICIES = Table(
    "policies",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("body", Text, nullable=False),
)

KNOWLEDGE = Table(
    "knowledge",
    METADATA,
    Column("seq", BigNumber, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("class_code", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    Column("sample", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("by_name", Text, nullable=False),
    Index(None, "class_code", "seq"),
    sqlite_autoincrement=True,
)
