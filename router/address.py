"""Text → Place: the district, subdistrict and community that a matter is in, if the words tell.

`AddressReader.read` is all that the router calls. Mentions found in the text (`mentions`) become
clues (`clues`), the clues a reading (`reading`), and the reading a Place here: each level with
the chance that such clues were right on the cases. No level is given below a
floor: a wrong subdistrict costs more than none.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from jiesu.router.clues import accept
from jiesu.router.cues import load_cues
from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.gazetteer import build_names
from jiesu.router.mentions import MentionFinder
from jiesu.router.reading import Reading, best_reading, merged
from jiesu.taxonomy.city import City

# A level of the place is given when its chance is at least this.
FLOOR = 0.5
# Chance of a kind of clue that the city's table of chances does not list.
UNLISTED = 0.7
ALTERNATIVES = 3


class AddressReader:
    """Reads places from the words of citizens of one city."""

    def __init__(self, city: City, extra: Path | None = None) -> None:
        """Build the automaton.

        Args:
            extra: folder with places.tsv and roads.tsv that are not part of the city folder.

        Raises:
            CityError: the address file or a table of the extra folder is wrong.
        """
        self._city = city
        self._cues = load_cues(city)
        self._finder = MentionFinder(build_names(city, self._cues, extra), self._cues)

    def read(self, text: str, address: str = "") -> Place:
        """Return where the matter is; without a district when the words do not tell.

        Args:
            address: the call-taker's address field; outranks the text.

        Returns:
            A place whose span is relative to `text`: None when only `address` tells.
        """
        reading = self.resolve(text)
        field = self.resolve(address) if address else None
        if field is not None and field.codes:
            reading = merged(field, reading)
        return NO_PLACE if reading is None else self._place(reading)

    def resolve(self, text: str) -> Reading | None:
        """Return what one text says, however unsure; None when it names no place."""
        found = self._finder.find(text)
        return best_reading(accept(found, text, self._cues)) if found.mentions else None

    def _place(self, reading: Reading) -> Place:
        chances = [self._chance(key) for key in reading.keys]
        sure = len(list(takewhile(lambda p: p >= FLOOR, chances)))
        p = chances[sure - 1] if sure else 0.0
        finer = (reading.codes,) if sure < len(reading.codes) else ()
        return replace(
            self._named(reading.codes[:sure], p),
            span=(reading.start, reading.end) if sure and reading.start >= 0 else None,
            alternatives=self._alternatives((*finer, *reading.others), 1 - p),
        )

    def _chance(self, key: str) -> float:
        """Return the chance of a kind of clue: its own, or that of its form."""
        chances = self._cues.chances
        return chances.get(key, chances.get(key.rpartition("/")[0], UNLISTED))

    def _alternatives(self, others: Sequence[tuple[str, ...]], rest: float) -> tuple[Place, ...]:
        """Name the other readings; they and "none of these" share the rest equally."""
        named = tuple(dict.fromkeys(others))[:ALTERNATIVES]
        return tuple(self._named(codes, round(rest / (len(named) + 1), 3)) for codes in named)

    def _named(self, codes: Sequence[str], p: float) -> Place:
        regions = [self._city.regions[code] for code in codes]
        names = {region.level: region.name for region in regions}
        return Place(
            district=names.get("district"),
            subdistrict=names.get("subdistrict"),
            community=names.get("community"),
            code=next((r.code for r in reversed(regions) if r.level != "area"), ""),
            p=p,
        )
