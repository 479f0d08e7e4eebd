"""Tables of places → the names that the address reader looks for.

Built once per city from its regions, its gazetteer and, by flag, a folder of further places and
roads. One name has several senses (八里庄 is a subdistrict in two districts and a village
elsewhere), ordered by how much the form of the name says.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from jiesu.router.cues import AddressCues
from jiesu.router.names import Grade, RegionPath
from jiesu.router.nametable import NameTable
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.files import Row, read_table, split_list
from jiesu.taxonomy.regions import GazetteerEntry

EXTRA_PLACES, EXTRA_ROADS = "places.tsv", "roads.tsv"
EXTRA_PLACE_COLUMNS = ("name", "kind", "aliases", "district", "street_code", "street_how")
EXTRA_ROAD_COLUMNS = ("road", "district", "n_evidence", "streets(code:name:n)")
# An extra road counts without its district when this many sources agree on the only one.
CLEAR_EVIDENCE = 3
# How the subdistrict of an extra place is known; other ways are inferred from neighbours.
TRUSTED = ("risk", "nbs_community", "name", "knn_high")


def build_names(city: City, cues: AddressCues, extra: Path | None = None) -> NameTable:
    """Return the table of all names of a city.

    Args:
        extra: folder with places.tsv and roads.tsv that are not part of the city folder.

    Raises:
        CityError: a table of the extra folder, or a column of it, is missing or wrong.
    """
    table = NameTable(city, cues)
    for region in city.regions.values():
        table.add_region(region)
    for entry in city.gazetteer:
        _add_entry(table, city, entry)
    if extra is not None:
        _add_extra_places(table, city, extra)
        _add_extra_roads(table, extra)
    table.finish()
    return table


def _add_entry(table: NameTable, city: City, entry: GazetteerEntry) -> None:
    region = city.regions.get(entry.region)
    if region is not None and region.level == "community":
        table.add_community(entry.region, entry.name, entry.core, entry.aliases)
    else:
        codes = entry.passes or (entry.region,)
        paths = tuple(path for code in codes for path in table.paths_of(code))
        table.add_place(entry.name, entry.kind, entry.aliases, paths)


def _add_extra_places(table: NameTable, city: City, folder: Path) -> None:
    districts = {region.name: region.code for region in city.regions_on("district")}
    rows = read_table(folder, EXTRA_PLACES, EXTRA_PLACE_COLUMNS)
    # Judged against the city's own names before any extra one is added.
    for row, paths in list(_news(table, rows, districts)):
        table.add_extra(row["name"], row["kind"], split_list(row["aliases"]), paths)


def _news(
    table: NameTable, rows: list[Row], districts: dict[str, str]
) -> Iterator[tuple[Row, tuple[RegionPath, ...]]]:
    """Yield the extra places that tell something new, and where they are."""
    for row in rows:
        is_known = row["street_how"].startswith(TRUSTED)
        paths = table.paths_of(row["street_code"]) if is_known else ()
        paths = paths or table.paths_of(districts.get(row["district"], ""))
        if paths and table.is_news(row["name"], paths):
            yield row, paths


def _add_extra_roads(table: NameTable, folder: Path) -> None:
    rows = read_table(folder, EXTRA_ROADS, EXTRA_ROAD_COLUMNS)
    districts = Counter(row["road"] for row in rows)
    for row in rows:
        road, streets = row["road"], split_list(row["streets(code:name:n)"])
        paths = tuple(path for part in streets for path in table.paths_of(part.split(":")[0]))
        sources = row["n_evidence"]
        if not sources.isdecimal():
            raise CityError([f"{EXTRA_ROADS}: {road}: n_evidence: {sources!r} 不是整数；请改正"])
        is_clear = districts[road] == 1 and int(sources) >= CLEAR_EVIDENCE
        is_weak = not is_clear or table.is_generic(road)
        if paths and table.is_news(road, () if is_weak else paths):
            table.add(road, Grade.ROAD, paths, is_weak)
