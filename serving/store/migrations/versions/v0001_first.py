"""First version: tickets with their history, alerts, keys, and search in Chinese text."""

import sqlalchemy as sa
from alembic import op

from jiesu.serving.store.columns import BigNumber, Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _alerts()
    _idempotency_keys()
    _leases()
    _tickets()
    _acts()
    _alert_acts()
    _alert_members()
    _corrections()
    _decisions()
    _outcomes()
    _ticket_words()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("seq", BigNumber, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("heat", sa.Float(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('new', 'acknowledged', 'in_hand', 'closed', 'reopened', 'merged')",
            name=op.f("ck_alerts_state"),
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_alerts"),
        sa.UniqueConstraint("id", name="uq_alerts_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_last_at_seq", "alerts", ["last_at", "seq"], unique=False)
    op.create_index("ix_alerts_merged_into", "alerts", ["merged_into"], unique=False)
    op.create_index(
        "ix_alerts_state_last_at_seq", "alerts", ["state", "last_at", "seq"], unique=False
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_taken_at", "idempotency_keys", ["taken_at"], unique=False)


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("seq", BigNumber, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("stored_at", Moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("class1", sa.Text(), nullable=False),
        sa.Column("class2", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'consulting', 'dispatched', 'returned', 'closed')",
            name=op.f("ck_tickets_state"),
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_tickets"),
        sa.UniqueConstraint("id", name="uq_tickets_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_tickets_class1_received_at_seq",
        "tickets",
        ["class1", "received_at", "seq"],
        unique=False,
    )
    op.create_index(
        "ix_tickets_class2_received_at_seq",
        "tickets",
        ["class2", "received_at", "seq"],
        unique=False,
    )
    op.create_index(
        "ix_tickets_class_code_received_at_seq",
        "tickets",
        ["class_code", "received_at", "seq"],
        unique=False,
    )
    op.create_index("ix_tickets_due_at_seq", "tickets", ["due_at", "seq"], unique=False)
    op.create_index(
        "ix_tickets_outcome_state_due_at_seq",
        "tickets",
        ["outcome", "state", "due_at", "seq"],
        unique=False,
    )
    op.create_index("ix_tickets_received_at_seq", "tickets", ["received_at", "seq"], unique=False)
    op.create_index(
        "ix_tickets_state_due_at_seq", "tickets", ["state", "due_at", "seq"], unique=False
    )
    op.create_index(
        "ix_tickets_state_received_at_seq", "tickets", ["state", "received_at", "seq"], unique=False
    )
    op.create_index(
        "ix_tickets_unit_id_received_at_seq",
        "tickets",
        ["unit_id", "received_at", "seq"],
        unique=False,
    )
    op.create_index(
        "ix_tickets_unit_id_state_due_at_seq",
        "tickets",
        ["unit_id", "state", "due_at", "seq"],
        unique=False,
    )


def _acts() -> None:
    op.create_table(
        "acts",
        sa.Column("seq", BigNumber, autoincrement=True, nullable=False),
        sa.Column("ticket_seq", BigNumber, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_kind", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("by_kind IN ('model', 'person')", name=op.f("ck_acts_by_kind")),
        sa.ForeignKeyConstraint(
            ["ticket_seq"], ["tickets.seq"], name="fk_acts_ticket_seq", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_acts"),
    )
    op.create_index("ix_acts_ticket_seq_seq", "acts", ["ticket_seq", "seq"], unique=False)


def _alert_acts() -> None:
    op.create_table(
        "alert_acts",
        sa.Column("seq", BigNumber, autoincrement=True, nullable=False),
        sa.Column("alert_seq", BigNumber, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_kind", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("by_kind IN ('model', 'person')", name=op.f("ck_alert_acts_by_kind")),
        sa.ForeignKeyConstraint(
            ["alert_seq"], ["alerts.seq"], name="fk_alert_acts_alert_seq", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_alert_acts"),
    )
    op.create_index("ix_alert_acts_alert_seq_seq", "alert_acts", ["alert_seq", "seq"], unique=False)


def _alert_members() -> None:
    op.create_table(
        "alert_members",
        sa.Column("ticket_seq", BigNumber, nullable=False),
        sa.Column("alert_seq", BigNumber, nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_seq"], ["alerts.seq"], name="fk_alert_members_alert_seq", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_seq"], ["tickets.seq"], name="fk_alert_members_ticket_seq", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_seq", name="pk_alert_members"),
    )
    op.create_index("ix_alert_members_alert_seq", "alert_members", ["alert_seq"], unique=False)


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("seq", BigNumber, autoincrement=True, nullable=False),
        sa.Column("ticket_seq", BigNumber, nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("suggested_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("suggested_unit_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("suggested_outcome", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_seq"], ["tickets.seq"], name="fk_corrections_ticket_seq", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_corrections"),
    )
    op.create_index("ix_corrections_ticket_seq", "corrections", ["ticket_seq"], unique=False)


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("ticket_seq", BigNumber, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("top_k", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("taxonomy", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_seq"], ["tickets.seq"], name="fk_decisions_ticket_seq", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_seq", "number", name="pk_decisions"),
    )


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("seq", BigNumber, autoincrement=True, nullable=False),
        sa.Column("ticket_seq", BigNumber, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("contacted", sa.Boolean(), nullable=False),
        sa.Column("resolved", sa.Boolean(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_seq"], ["tickets.seq"], name="fk_outcomes_ticket_seq", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_ticket_seq_seq", "outcomes", ["ticket_seq", "seq"], unique=False)


def _ticket_words() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE ticket_words USING fts5("
            "words, content='', tokenize='unicode61 remove_diacritics 0')"
        )
        return
    op.execute(
        "CREATE TABLE ticket_words ("
        "seq BIGINT PRIMARY KEY REFERENCES tickets (seq) ON DELETE CASCADE, "
        "words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_ticket_words_words ON ticket_words USING gin (words)")
