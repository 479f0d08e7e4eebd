"""One ticket's circumstances, and the one unit that a role means under them."""

from dataclasses import dataclass, field
from datetime import date

from jiesu.router.decision import Place
from jiesu.taxonomy.city import City
from jiesu.taxonomy.units import Unit


@dataclass(frozen=True, slots=True)
class Matter:
    """What a unit is looked up by: the place, the words and the day of one ticket.

    Attributes:
        acting: code of the region whose units act there in place of the map's; empty if none.
        kind: request kind (咨询, 投诉 …); empty when unknown.
    """

    place: Place
    text: str
    day: date
    acting: str = ""
    kind: str = ""


@dataclass(frozen=True)
class UnitFinder:
    """From a role and a matter to the one unit; remembers what it found for role and region."""

    city: City
    _found: dict[tuple[str, str, date], Unit | None] = field(
        init=False, repr=False, default_factory=dict
    )

    def find(self, role: str, matter: Matter) -> Unit | None:
        """Return the unit in force, or None where the place does not decide it."""
        if self.city.roles[role].scope == "choice":
            return self.city.unit_for(role, matter.place.code, matter.text, matter.day)
        unit = self._at(role, matter.acting, matter.day) if matter.acting else None
        return unit or self._at(role, matter.place.code, matter.day)

    def _at(self, role: str, region: str, day: date) -> Unit | None:
        key = (role, region, day)
        if key not in self._found:
            self._found[key] = self.city.unit_for(role, region, day=day)
        return self._found[key]
