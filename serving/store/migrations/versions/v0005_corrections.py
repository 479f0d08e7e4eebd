"""Fifth version: corrected places, and kind, place and deadline beside what was suggested."""

import sqlalchemy as sa
from alembic import op

from jiesu.serving.store.columns import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; of earlier corrections nobody knows what was suggested there."""
    _text("tickets", "place_code")
    for name in ("suggested_kind", "suggested_place", "place"):
        _text("corrections", name)
    for name in ("suggested_due_at", "due_at"):
        op.add_column("corrections", sa.Column(name, Moment()))


def _text(table: str, name: str) -> None:
    op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=""))
