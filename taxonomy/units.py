"""Units that act on tickets (承办单位) and the roles that classes name."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

UnitLevel = Literal["city", "district", "subdistrict", "enterprise", "outcome"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One body that can be assigned a ticket.

    Attributes:
        id: stable, unique in the city.
        name: official name.
        role: the role it fills (区城管委, 街乡镇, 公交集团 …); several units share a role.
        region: code of the region it acts in; empty for the whole city.
        parent: id of the unit above; empty at the top.
        aliases: other names, as citizens and old tickets write them.
        since, until: first and last day in force; None means unbounded.
        source: where the entry comes from, or "practice, unverified".
    """

    id: str
    name: str
    role: str
    level: UnitLevel
    region: str = ""
    parent: str = ""
    aliases: tuple[str, ...] = ()
    topics: str = ""
    hotline: str = ""
    since: date | None = None
    until: date | None = None
    source: str = ""

    def is_in_force(self, day: date) -> bool:
        """Say whether tickets of this day may go to the unit."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )
