"""Queries on policies: every version that was ever in force; the last one made holds.

Each function works inside the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from jiesu.serving.store.door_tables import POLICIES
from jiesu.serving.store.errors import PolicyExists


@dataclass(frozen=True, slots=True)
class Policy:
    """What lets a decision through (as `jiesu certify` writes it), and who put it in force."""

    name: str
    made_at: datetime
    by: str
    note: str
    body: str


def add_policy(connection: Connection, policy: Policy) -> None:
    """Put a policy in force.

    Raises:
        PolicyExists: its name is taken; a policy is never changed under its name.
    """
    values = {
        "name": policy.name,
        "made_at": policy.made_at,
        "by_name": policy.by,
        "note": policy.note,
        "body": policy.body,
    }
    try:
        connection.execute(insert(POLICIES).values(values))
    except IntegrityError:
        raise PolicyExists(policy.name) from None


def all_policies(connection: Connection) -> list[Policy]:
    """Return every policy, the one in force first."""
    rows = connection.execute(select(POLICIES).order_by(POLICIES.c.seq.desc()))
    return [Policy(r.name, r.made_at, r.by_name, r.note, r.body) for r in rows]
