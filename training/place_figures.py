"""How often an address reader is right: cases with the true place → figures.

A case is what a citizen said and where the matter is, as far as the words tell; an officer can
write it (tests/cases/address.yaml). Where even the district cannot be told, any guess is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from jiesu.router.decision import Place
from jiesu.taxonomy.errors import InputError

KEYS = frozenset({"text", "address", "district", "subdistrict", "community"})


class PlaceReader(Protocol):
    """Anything that reads a place from a text and an address field."""

    def read(self, text: str, address: str = "") -> Place:
        """Return where the matter is."""
        ...


@dataclass(frozen=True, slots=True)
class PlaceCase:
    """One text with its true place; None where the words cannot tell.

    Attributes:
        group: heading under which it stands in the file.
    """

    text: str
    address: str = ""
    district: str | None = None
    subdistrict: str | None = None
    community: str | None = None
    group: str = ""

    @property
    def names(self) -> tuple[str | None, ...]:
        """The true names, coarsest first."""
        return (self.district, self.subdistrict, self.community)


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Shares of cases; None where no case tells.

    Attributes:
        district, subdistrict, community: share read right (with all levels above it) of the
            cases where that level is known.
        false_place: share with a guess of the cases that name no place.
        beyond: share with a subdistrict of the cases where only the district is known.
        cases: number of cases behind each share.
    """

    district: float | None
    subdistrict: float | None
    community: float | None
    false_place: float | None
    beyond: float | None
    cases: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:  # for JSON
        """Return the figures as plain values."""
        return asdict(self)


def read_place_cases(path: Path) -> list[PlaceCase]:
    """Read a YAML file of cases under headings.

    Raises:
        InputError: the file is not of this form; names the heading and the number of the case.
    """
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(groups, dict):
        raise InputError(f"{path.name}: 最外层应是“标题: 用例列表”；请改正")
    return [
        _case(entry, group, f"{path.name}: {group}: 第 {number} 条")
        for group, entries in groups.items()
        for number, entry in enumerate(entries or (), start=1)
    ]


def _case(entry: Any, group: str, where: str) -> PlaceCase:  # parsed YAML
    if not isinstance(entry, dict) or "text" not in entry:
        raise InputError(f"{where}: {entry!r} 缺少 text；请补上")
    if unknown := entry.keys() - KEYS:
        raise InputError(f"{where}: 不认识的键 {'、'.join(map(str, sorted(unknown)))}；请改正")
    return PlaceCase(group=group, **entry)


def score_cases(cases: Sequence[PlaceCase], reader: PlaceReader) -> PlaceFigures:
    """Return how often the reader is right on the cases."""
    read = [(case, reader.read(case.text, case.address)) for case in cases]
    at = {
        name: [got_names(got)[: level + 1] == case.names[: level + 1] for case, got in read
               if case.names[level] is not None]
        for level, name in enumerate(("district", "subdistrict", "community"))
    }  # fmt: skip
    at["false_place"] = [got.district is not None for case, got in read if not case.district]
    at["beyond"] = [
        got.subdistrict is not None for c, got in read if c.district and not c.subdistrict
    ]
    shares = {name: round(sum(hits) / len(hits), 4) if hits else None for name, hits in at.items()}
    return PlaceFigures(**shares, cases={name: len(hits) for name, hits in at.items()})


def got_names(place: Place) -> tuple[str | None, ...]:
    """Return the names that were read, coarsest first."""
    return (place.district, place.subdistrict, place.community)


def wrong_cases(cases: Sequence[PlaceCase], reader: PlaceReader) -> list[tuple[PlaceCase, Place]]:
    """Return the cases of which a known level was read wrong, or a place was made up."""
    read = ((case, reader.read(case.text, case.address)) for case in cases)
    return [(case, got) for case, got in read if not _is_right(case, got)]


def _is_right(case: PlaceCase, got: Place) -> bool:
    if case.district is None:
        return got.district is None
    known = [name for name in case.names if name is not None]
    return list(got_names(got)[: len(known)]) == known
