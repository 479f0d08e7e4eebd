"""Subdistricts under special care (治理类街乡镇): most requests of the month, or very many people.

Source: the city's practice of 治理类街乡镇; both numbers are in `mass.yaml`. Inhabitants come
from the city's `population.tsv`, where it has one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jiesu.router.mass.tally import Tally, by_month, counts_by, month_before
from jiesu.taxonomy.errors import CityError

FILE = "population.tsv"


@dataclass(frozen=True, slots=True)
class CareRules:
    """When a subdistrict comes under special care: the first so many, or so many people."""

    first: int
    people: int


@dataclass(frozen=True, slots=True)
class Subdistrict:
    """One subdistrict of the list of the month.

    Attributes:
        region: district and name ("甲区乙街道").
        rank: by requests, from 1.
        before: its requests of the month before.
        why: "诉求量第 3" or "人口 23.1 万"; for one that left, why it did.
        change: "new", "stays" or "left".
    """

    region: str
    rank: int
    count: int
    before: int
    people: int | None
    why: str
    change: str


def care_of(
    tallies: Iterable[Tally], month: date, people: Mapping[str, int], rules: CareRules
) -> list[Subdistrict]:
    """Return the list of a month, compared with that of the month before."""
    months, now = by_month(tallies), (month.year, month.month)
    counts = counts_by(months.get(now, []), region_of)
    earlier = counts_by(months.get(month_before(now), []), region_of)
    listed = [s.region for s in under_care(earlier, people, {}, rules) if s.change != "left"]
    return under_care(counts, people, {name: earlier[name] for name in listed}, rules)


def region_of(tally: Tally) -> str:
    """Return district and subdistrict as one name; empty where the subdistrict is unknown."""
    return f"{tally.district}{tally.subdistrict}" if tally.subdistrict else ""


def under_care(
    counts: Mapping[str, int],
    people: Mapping[str, int],
    before: Mapping[str, int],
    rules: CareRules,
) -> list[Subdistrict]:
    """Return the subdistricts under care, then those that left the list and why.

    Args:
        counts: subdistrict → requests of the month.
        people: subdistrict → inhabitants, where known.
        before: subdistricts on last month's list → their requests then.
    """
    known = dict.fromkeys((*counts, *before), 0) | dict(counts)
    ranked, listed = sorted(known, key=lambda region: (-known[region], region)), []
    for rank, region in enumerate(ranked, start=1):
        why = _why(rank if known[region] else rules.first + 1, people.get(region), rules)
        if not why and region not in before:
            continue
        change = ("stays" if region in before else "new") if why else "left"
        why = why or _left(rank, known[region], before[region], people.get(region), rules)
        listed.append(
            Subdistrict(region, rank, known[region], before.get(region, 0), people.get(region),
                        why, change)
        )  # fmt: skip
    return sorted(listed, key=lambda s: (s.change == "left", s.rank))


def _why(rank: int, people: int | None, rules: CareRules) -> str:
    reasons = [f"诉求量第 {rank}"] if rank <= rules.first else []
    if people is not None and people > rules.people:
        reasons.append(f"人口 {people / 1e4:.1f} 万")
    return "，".join(reasons)


def _left(rank: int, count: int, before: int, people: int | None, rules: CareRules) -> str:
    fewer = f"诉求量由 {before} 件到 {count} 件，降到第 {rank}"
    return fewer if people is None else f"{fewer}；人口未超过 {rules.people / 1e4:g} 万"


def care_note(people: Mapping[str, int], rules: CareRules) -> str:
    """Say what the list lacks where nobody knows how many people live where; empty otherwise.

    >>> care_note({}, CareRules(10, 200_000))
    '没有人口数据（population.tsv），只按诉求量列出前 10 名；人口超过 20 万的无从判断'
    """
    if people:
        return ""
    return (
        f"没有人口数据（{FILE}），只按诉求量列出前 {rules.first} 名；"
        f"人口超过 {rules.people / 1e4:g} 万的无从判断"
    )


def read_people(folder: Path) -> Mapping[str, int]:
    """Read how many people live in each subdistrict; nothing where the city has no such file.

    Raises:
        CityError: a line is not "district, subdistrict, people".
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    people = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines()[1:], start=2):
        cells = line.split("\t")
        if len(cells) < 3 or not cells[2].isdigit():
            raise CityError([f"{FILE}: 第 {number} 行：应为 区、街乡镇、人口（整数）三列"])
        people[f"{cells[0]}{cells[1]}"] = int(cells[2])
    return people
