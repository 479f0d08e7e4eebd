"""Third version: the watch on the certified policy, and a caller's tickets found by an index."""

import sqlalchemy as sa
from alembic import op

from jiesu.serving.store.columns import BigNumber, Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "policy_watch",
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("seen", BigNumber, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("policy", name="pk_policy_watch"),
    )
    op.create_index("ix_tickets_caller_seq", "tickets", ["caller", "seq"], unique=False)
