"""Fourth version: when it is a ticket's turn, and indices for the queues of the desk."""

import sqlalchemy as sa
from alembic import op

from jiesu.serving.store.columns import NEVER, Moment

revision = "0004"
down_revision = "0003"

_QUEUES = (
    ["state", "turn_at", "seq"],
    ["outcome", "state", "turn_at", "seq"],
    ["unit_id", "state", "turn_at", "seq"],
)


def upgrade() -> None:
    """Add the column, which is the deadline for all tickets so far, and the indices."""
    never = NEVER.strftime("%Y-%m-%d 00:00:00")
    zone = "" if op.get_bind().dialect.name == "sqlite" else "+00"
    op.add_column(
        "tickets",
        sa.Column("turn_at", Moment(), nullable=False, server_default=f"{never}{zone}"),
    )
    op.execute("UPDATE tickets SET turn_at = due_at")
    for columns in _QUEUES:
        op.create_index(_name(columns), "tickets", columns)
    held = sa.text("claimed_until IS NOT NULL")
    claims = ["claimed_by", "seq"]
    op.create_index(_name(claims), "tickets", claims, sqlite_where=held, postgresql_where=held)


def _name(columns: list[str]) -> str:
    return f"ix_tickets_{'_'.join(columns)}"
