"""Find a region by what a dispatcher types: Chinese, code, pinyin or its initials."""

from dataclasses import dataclass
from functools import cached_property

from jiesu.taxonomy.city import City
from jiesu.taxonomy.regions import Region, RegionLevel
from jiesu.taxonomy.search import LATIN, Sound, sound_of

_LEVELS: tuple[RegionLevel, ...] = ("district", "subdistrict", "community")
"""A statistical area is no place that anybody names."""


@dataclass(frozen=True)
class PlaceSearch:
    """Search over the regions of one city; pinyin is worked out when first needed."""

    city: City

    def find(self, query: str, limit: int) -> list[Region]:
        """Return regions that answer the query, best first; larger ones where all else is equal."""
        query = "".join(query.split()).lower()
        if not query:
            return []
        rank = self._rank_latin if LATIN.fullmatch(query) else _rank_text
        ranked = [
            (score, _LEVELS.index(region.level), len(region.name), region.code)
            for region in self._regions
            if (score := rank(query, region)) is not None
        ]
        return [self.city.regions[code] for *_, code in sorted(ranked)[:limit]]

    def _rank_latin(self, query: str, region: Region) -> int | None:
        sound = self._sounds[region.code]
        tests = (
            sound.initials == query,
            sound.initials.startswith(query),
            sound.pinyin.startswith(query),
        )
        return next((number for number, holds in enumerate(tests) if holds), None)

    @cached_property
    def _regions(self) -> tuple[Region, ...]:
        return tuple(region for level in _LEVELS for region in self.city.regions_on(level))

    @cached_property
    def _sounds(self) -> dict[str, Sound]:
        return {region.code: sound_of(region.name) for region in self._regions}


def _rank_text(query: str, region: Region) -> int | None:
    tests = (
        region.code == query,
        region.name == query or query in region.aliases,
        region.name.startswith(query),
        query in region.name,
        any(query in alias for alias in (*region.aliases, *region.old_names)),
    )
    return next((number for number, holds in enumerate(tests) if holds), None)
