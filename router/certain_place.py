"""A place that a person has told, to ask what follows from it; like `classifier.certain`."""

from dataclasses import dataclass

from jiesu.router.decision import Place
from jiesu.taxonomy.city import City


@dataclass(frozen=True)
class CertainPlace:
    """Reads the same place from whatever text it is given."""

    place: Place

    def read(self, text: str, address: str = "") -> Place:
        """Return the place, for sure."""
        del text, address
        return self.place


def place_of_region(city: City, code: str) -> Place:
    """Return a region of a city as a place that is certain.

    Args:
        code: of a region that the city has.
    """
    path = city.region_path(code)
    names = {region.level: region.name for region in path}
    return Place(
        district=names.get("district"),
        subdistrict=names.get("subdistrict"),
        community=names.get("community"),
        code=code,
        p=1.0,
    )
