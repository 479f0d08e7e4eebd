"""Units that act on tickets (承办单位) and the roles (承办角色) that classes name.

A class names a role; a role becomes one unit at one place. How, is data: `Role`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

RoleScope = Literal["subdistrict", "district", "city", "choice", "outcome"]
RoleOutcome = Literal["answer", "emergency", "statutory", "elsewhere", "out_of_scope", "consult"]
UnitLevel = Literal["city", "district", "subdistrict", "enterprise", "outcome"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One body that can be assigned a ticket.

    Attributes:
        id: stable, unique in the city.
        name: official name.
        role: the role it fills (区城管委, 街乡镇, 公交集团 …); several units share a role;
            empty for a body that no class names.
        region: code of the region it acts in; empty for the whole city.
        parent: id of the unit above; empty at the top.
        aliases: other names, as citizens and old tickets write them.
        topics: duties, in words.
        since, until: first and last day in force; None means unbounded.
        source: where the entry comes from, or "practice, unverified".
        more_roles: further roles that it fills in its region.
        category: kind of body (政府组成部门, 企业 …).
        note: remark for people, never parsed.
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
    more_roles: tuple[str, ...] = ()
    category: str = ""
    note: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles that the unit fills, the main one first."""
        return (self.role, *self.more_roles) if self.role else self.more_roles

    def is_in_force(self, day: date) -> bool:
        """Say whether tickets of this day may go to the unit."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class RoleOption:
    """One unit of a role that is chosen by its object, and the words that name the object."""

    unit: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """How a role that classes name becomes one unit.

    Attributes:
        scope: "subdistrict" and "district": the unit with this role in the region of the
            problem; "city": the only unit with this role; "choice": the option whose words the
            text holds, else `default`; "outcome": no unit acts, the ticket ends in `outcome`.
        default: id of the unit where no option's words are in the text.
        outcome: a `RoleOutcome`, the outcome of the Decision, for scope "outcome"; else empty.
        line: emergency line to transfer to ("110").
        note: remark for people, never parsed.
    """

    name: str
    scope: RoleScope
    default: str = ""
    options: tuple[RoleOption, ...] = ()
    outcome: str = ""
    line: str = ""
    note: str = ""

    def choose(self, text: str) -> str:
        """Return the id of the unit whose words stand first in the text, else the default.

        Of words that begin together the longest counts, so "11号线" is not "1号线".

        >>> lines = (RoleOption("A", ("1号线",)), RoleOption("B", ("11号线",)))
        >>> metro = Role("地铁", "choice", "A", lines)
        >>> metro.choose("11号线空调不开"), metro.choose("地铁太挤")
        ('B', 'A')
        """
        found = [
            (start, -len(word), option.unit)
            for option in self.options
            for word in option.words
            if (start := text.find(word)) >= 0
        ]
        return min(found)[2] if found else self.default
