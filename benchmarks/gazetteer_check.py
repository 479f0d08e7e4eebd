"""Look every place of a city's gazetteer up in other tables of places and count who agrees.

The tables are a folder with places.tsv, roads.tsv, villages.tsv and street_centroids.tsv. They
serve for checking only: nothing of them is copied. A place is found there by its name or an
alias, without the suffix of its kind; a compound also by its parts (望京西园 by 望京西园三区).
The district counts from any table. The subdistrict counts only where the table knows it from a
list that names it (`street_how`), not where it was inferred from neighbours.

    python -m benchmarks.gazetteer_check FOLDER [--city FOLDER] [--list] [--mark]

`--list` names the rows that are contradicted, `--mark` writes the column `checked` anew.
"""

import argparse
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jiesu.taxonomy.city import City, default_city_folder, load_city
from jiesu.taxonomy.entries import PLACE_COLUMNS, PLACES, read_place_rows
from jiesu.taxonomy.files import Row, read_table, render_table, split_list

# Ways of knowing a subdistrict that name it; the rest (knn_…) infer it from neighbours.
NAMED = ("risk", "nbs_community", "name", "address_text")
PART = re.compile(
    r"第?[一二三四五六七八九十0-9甲乙丙丁ABCD东西南北中]{1,3}(区|里|期|号院|院|园|社区)?"
)
SUFFIX = {
    "地铁站": ("地铁站", "站"),
    "小区": ("小区", "社区"),
    "火车站": ("火车站", "站"),
}
NOTES = re.compile(r"[(（].*?[)）]")
KM_PER_DEGREE = (111.2, 85.4)  # of latitude, and of longitude at 40° north
# Farther from the middle of its subdistrict than this, a place deserves a look.
FAR_KM = 4.0


@dataclass(frozen=True, slots=True)
class Witness:
    """What one row of the other tables says of a name.

    Attributes:
        subdistrict: code, empty when the row does not name one itself.
        point: latitude and longitude, None when unknown.
    """

    district: str
    subdistrict: str = ""
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the tables agree with one row.

    Attributes:
        checked: "subdistrict", "district" or "unchecked".
        against: what contradicts it, for people; empty when nothing does.
    """

    checked: str
    against: str = ""


class Tables:
    """The other tables, looked up by name."""

    def __init__(self, folder: Path) -> None:
        self._named: dict[str, list[Witness]] = defaultdict(list)
        self._parts: dict[str, list[Witness]] = defaultdict(list)
        self._middle: dict[str, tuple[float, float]] = {}
        for row in read_table(folder, "places.tsv", ("name", "street_how", "lat_wgs84")):
            known = row["street_how"].startswith(NAMED)
            witness = Witness(row["district"], row["street_code"] if known else "", _point(row))
            self._add((row["name"], *split_list(row["aliases"])), witness)
        for row in read_table(folder, "roads.tsv", ("road", "streets(code:name:n)")):
            codes = [part.split(":")[0] for part in split_list(row["streets(code:name:n)"])]
            for code in codes or [""]:
                self._add((row["road"],), Witness(row["district"], code))
        for row in read_table(folder, "villages.tsv", ("name_clean", "name_core")):
            names = (row["name_clean"], row["name_core"])
            self._add(names, Witness(row["district"], row["street_code"]))
        for row in read_table(folder, "street_centroids.tsv", ("code", "lat_wgs84")):
            if point := _point(row):
                self._middle[row["code"]] = point

    def _add(self, names: Iterable[str], witness: Witness) -> None:
        forms = (form for name in names for form in (name, NOTES.sub("", name)))
        for name in dict.fromkeys(filter(None, forms)):
            self._named[name].append(witness)
            for cut in range(3, len(name)):
                if PART.fullmatch(name, cut):
                    self._parts[name[:cut]].append(witness)

    def find(self, row: Row) -> list[Witness]:
        """Return what is said of a place under any of its names."""
        found: list[Witness] = []
        for name in (row["name"], *split_list(row["aliases"])):
            for form in dict.fromkeys(_forms(name, row["kind"])):
                found += self._named.get(form, ())
                if row["kind"] == "小区":
                    found += self._parts.get(form, ())
        return found

    def kilometres(self, witness: Witness, subdistrict: str) -> float:
        """Return how far a witness stands from the middle of a subdistrict; 0 if unknown."""
        middle = self._middle.get(subdistrict)
        if middle is None or witness.point is None:
            return 0.0
        deltas = (a - b for a, b in zip(witness.point, middle, strict=True))
        return math.hypot(*(d * scale for d, scale in zip(deltas, KM_PER_DEGREE, strict=True)))


def _forms(name: str, kind: str) -> Iterator[str]:
    yield name
    for suffix in SUFFIX.get(kind, ()):
        yield name.removesuffix(suffix)
        yield name.removesuffix(suffix) + suffix


def _point(row: Row) -> tuple[float, float] | None:
    if not row["lat_wgs84"]:
        return None
    return float(row["lat_wgs84"]), float(row["lon_wgs84"])


def judge(row: Row, tables: Tables, city: City) -> Verdict:
    """Compare one place with all that the tables say of its names."""
    found = tables.find(row)
    codes = [code for code in (row["region"], *split_list(row["passes"])) if code]
    fine = {code for code in codes if len(code) > len(_district(city, code))}
    districts = {city.regions[name].name for code in codes for name in _districts(city, code)}
    said = [witness for witness in found if witness.district or witness.subdistrict]
    if not said:
        return Verdict("unchecked")
    here = [w for w in said if w.district in districts or w.subdistrict in fine]
    if not here:
        return Verdict("unchecked", "、".join(sorted({w.district for w in said})))
    named = {witness.subdistrict for witness in here if witness.subdistrict}
    if fine & named:
        return Verdict("subdistrict")
    if fine and named:
        return Verdict("district", "、".join(_name(city, code) for code in sorted(named)))
    far = min((tables.kilometres(w, c) for w in here if w.point for c in fine), default=0.0)
    return Verdict("district", f"{far:.1f} km" if far > FAR_KM else "")


def _district(city: City, code: str) -> str:
    return city.region_path(code)[0].code


def _districts(city: City, code: str) -> Iterator[str]:
    """Yield the district of a region and, where another one acts there, those around it."""
    yield _district(city, code)
    yield from (r.parent for r in city.regions.values() if r.parent and code == r.managed_by)


def _name(city: City, code: str) -> str:
    return city.regions[code].name if code in city.regions else code


def report(rows: list[Row], verdicts: list[Verdict], show: bool) -> None:
    """Print the figures by kind, and the contradicted rows."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row, verdict in zip(rows, verdicts, strict=True):
        for kind in (row["kind"], "all"):
            counts[kind][verdict.checked] += 1
            counts[kind]["rows"] += 1
            counts[kind]["against"] += bool(verdict.against)
    columns = ("rows", "subdistrict", "district", "unchecked", "against")
    print("\t".join(("kind", *columns)))
    for kind, count in sorted(counts.items(), key=lambda item: item[1]["rows"]):
        print("\t".join((kind, *(str(count[column]) for column in columns))))
    for row, verdict in zip(rows, verdicts, strict=True):
        if show and verdict.against:
            place = row["district"] + row["subdistrict"] + row["passes"]
            print(f"{row['kind']} {row['name']}: {place} / {verdict.against}")


def main() -> None:
    """Check the gazetteer of a city against a folder of tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--city", type=Path, default=None)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--mark", action="store_true")
    args = parser.parse_args()
    city = load_city(args.city or default_city_folder())
    tables = Tables(args.folder)
    rows = read_place_rows(city.folder)
    verdicts = [judge(row, tables, city) for row in rows]
    report(rows, verdicts, show=args.list)
    if args.mark:
        marked = [
            [{**row, "checked": verdict.checked}[column] for column in PLACE_COLUMNS]
            for row, verdict in zip(rows, verdicts, strict=True)
        ]
        text = render_table(PLACE_COLUMNS, marked)
        (city.folder / PLACES).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
