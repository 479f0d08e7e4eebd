"""The table of the policy watch: how far it has read, how the drift test stands.

As `tables` says of its own: migrations/ makes it, a test compares the two.
"""

from sqlalchemy import Column, Table, Text

from jiesu.serving.store.columns import BigNumber, Moment
from jiesu.serving.store.metadata import METADATA

POLICY_WATCH = Table(
    "policy_watch",
    METADATA,
    Column("policy", Text, primary_key=True),
    Column("seen", BigNumber, nullable=False),
    Column("state", Text, nullable=False),
    Column("withdrawn_at", Moment),
    Column("why", Text, nullable=False),
)
