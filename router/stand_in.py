"""Who gets a ticket where the unit of a duty cannot be told, or does not act itself.

Only the district known: its government. No place at all: the city's department of the same
line, which answers a question, while for anything else a person asks for the place first. An
answer from the knowledge base: the unit that answers what the base cannot. All of it is policy
of the city, with its source.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jiesu.router.decision import Reason
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import Policy
from jiesu.taxonomy.units import Unit

StandIn = tuple[Unit, Reason]


@dataclass(frozen=True)
class StandIns:
    """Finds the unit that stands in for a role; None where none does."""

    finder: UnitFinder
    policy: Policy

    def unit_for(self, role: str, matter: Matter, helpers: Sequence[str]) -> StandIn | None:
        """Return who stands in for a lead.

        Args:
            helpers: roles that assist in the likeliest class led by the role, in order.
        """
        known = self.finder.city.roles[role]
        if known.outcome == "answer":
            return self._answerer(matter, helpers)
        if known.scope == "outcome" or self.finder.find(role, matter):
            return None
        if known.scope == "subdistrict":
            return self._district(matter) or self._answerer(matter, helpers)
        return self._of_the_city(role, matter)

    def _district(self, matter: Matter) -> StandIn | None:
        role = self.policy.district_role
        unit = self.finder.find(role, matter) if role else None
        reason = Reason("rule", self.policy.district_reason, self.policy.district_source)
        return (unit, reason) if unit else None

    def _of_the_city(self, role: str, matter: Matter) -> StandIn | None:
        city_role = self.policy.city_roles.get(role)
        if not city_role or matter.place.code:
            return None
        unit = self.finder.find(city_role, matter)
        return (unit, self._why_the_city(matter)) if unit else None

    def _why_the_city(self, matter: Matter) -> Reason:
        if matter.kind in self.policy.city_kinds:
            return Reason("rule", self.policy.city_reason, self.policy.city_source)
        return Reason("rule", self.policy.ask_reason, self.policy.ask_source)

    def _answerer(self, matter: Matter, helpers: Sequence[str]) -> StandIn | None:
        if matter.kind not in self.policy.city_kinds:
            return None
        for role in helpers:
            if self.finder.city.roles[role].scope == "outcome":
                continue
            unit = self.finder.find(role, matter)
            if unit:
                return unit, Reason("rule", self.policy.city_reason, self.policy.city_source)
            if found := self._of_the_city(role, matter):
                return found
        return None
