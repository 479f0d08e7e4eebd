"""How citizens of one city use place names: `address.yaml` of its folder, read and checked.

The names themselves are in the region and gazetteer tables; this file says which of them are
also ordinary words, which words around a name tell home from the place of the matter, and
which phrases only look like a place. A city without the file gets no such knowledge and the
reader still works, with full names as its best clues.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jiesu.taxonomy.city import City, read_yaml
from jiesu.taxonomy.errors import CityError

FILE = "address.yaml"
ROLES = ("home", "work", "origin", "matter")
NOTHING = re.compile(r"(?!)")  # matches nowhere


@dataclass(frozen=True)
class Suffixes:
    """Words at the end of names, longest first.

    Attributes:
        district, subdistrict: what an official name loses to become the short name.
        spoken: what citizens put behind the short name of a subdistrict, right or wrong.
        community: behind a name, they say that it is a compound or a village.
        compound: what a compound is called by a core of two characters and this.
        road: at the end of a core, they say that it is a road.
        ordinal: number or direction of a part of a compound, at the end of a core.
        strip: bureaucratic endings that nobody says.
    """

    district: tuple[str, ...] = ()
    subdistrict: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    community: tuple[str, ...] = ()
    compound: tuple[str, ...] = ()
    road: tuple[str, ...] = ()
    ordinal: re.Pattern[str] = NOTHING
    strip: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tails:
    """What right beside a name makes it part of something else.

    Attributes:
        road: a road named after the place, which may lead far from it.
        other: another region or a brand.
        product: goods or a company that carry the name.
        person: what stands before a name that is a person's; it is matched up to the name.
    """

    road: re.Pattern[str] = NOTHING
    other: re.Pattern[str] = NOTHING
    product: re.Pattern[str] = NOTHING
    person: re.Pattern[str] = NOTHING


@dataclass(frozen=True)
class AddressCues:
    """What `address.yaml` says.

    Attributes:
        names: further name → region codes; several codes mean "somewhere in these".
        weak: names that are ordinary words too; they count only beside their region.
        generic: matches names that exist in every city; None when the city lists no parts.
        district_before, district_after: neighbours that make a weak district name a place.
        before, after: role → words before or behind a place that give it this role.
        stop: phrases that hide names inside them.
        here: names of the city itself.
        elsewhere: places outside the city.
        elsewhere_signs: matches words by which only people elsewhere name where they are.
        chances: kind of clue → measured chance of being right, for `Place.p`.
    """

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weak: frozenset[str] = frozenset()
    generic: re.Pattern[str] = NOTHING
    suffixes: Suffixes = field(default_factory=Suffixes)
    tails: Tails = field(default_factory=Tails)
    district_before: tuple[str, ...] = ()
    district_after: tuple[str, ...] = ()
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stop: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    elsewhere_signs: re.Pattern[str] = NOTHING
    chances: Mapping[str, float] = field(default_factory=dict)


def load_cues(city: City) -> AddressCues:
    """Read the address file of a city; nothing at all where it has none.

    Raises:
        CityError: a key is unknown, a region code is unknown, a pattern is no pattern.
    """
    if not (city.folder / FILE).exists():
        return AddressCues(here=(city.name,))
    raw = read_yaml(city.folder, FILE)
    known = {
        "names", "weak", "generic", "suffixes", "tails", "district_before", "district_after",
        "cues", "stop", "elsewhere", "elsewhere_signs", "chances",
    }  # fmt: skip
    if unknown := raw.keys() - known:
        raise CityError([f"{FILE}: 不认识的键 {'、'.join(sorted(unknown))}；请改正或删去"])
    cues = raw.get("cues", {})
    return AddressCues(
        names=_names(raw.get("names", {}), city),
        weak=frozenset(raw.get("weak", ())),
        generic=_generic(raw.get("generic", ())),
        suffixes=_suffixes(raw.get("suffixes", {})),
        tails=_tails(raw.get("tails", {})),
        district_before=tuple(raw.get("district_before", ())),
        district_after=tuple(raw.get("district_after", ())),
        before={role: tuple(cues.get(role, {}).get("before", ())) for role in ROLES},
        after={role: tuple(cues.get(role, {}).get("after", ())) for role in ROLES},
        stop=tuple(raw.get("stop", ())),
        here=(city.name, *city.settings.get("aliases", ())),
        elsewhere=tuple(raw.get("elsewhere", ())),
        elsewhere_signs=_pattern(raw.get("elsewhere_signs"), "elsewhere_signs"),
        chances={str(key): float(p) for key, p in raw.get("chances", {}).items()},
    )


def _names(entry: Mapping[str, Any], city: City) -> dict[str, tuple[str, ...]]:  # parsed YAML
    problems = [
        f"{FILE}: names: {name}: regions.tsv 中没有代码 {code!r}；请改正"
        for name, codes in entry.items()
        for code in codes
        if code not in city.regions
    ]
    if problems:
        raise CityError(problems)
    return {name: tuple(codes) for name, codes in entry.items()}


def _generic(parts: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted(map(re.escape, parts), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(ordered)})+") if parts else NOTHING


def _suffixes(entry: Mapping[str, Any]) -> Suffixes:  # parsed YAML
    return Suffixes(
        **{key: _longest_first(entry.get(key, ())) for key in ("district", "subdistrict")},
        spoken=_longest_first(entry.get("spoken", ())),
        community=_longest_first(entry.get("community", ())),
        compound=_longest_first(entry.get("compound", ())),
        road=_longest_first(entry.get("road", ())),
        ordinal=_pattern(entry.get("ordinal"), "suffixes: ordinal"),
        strip=_longest_first(entry.get("strip", ())),
    )


def _tails(entry: Mapping[str, Any]) -> Tails:  # parsed YAML
    return Tails(
        **{
            key: _pattern(entry.get(key), f"tails: {key}")
            for key in ("road", "other", "product", "person")
        }
    )


def _longest_first(words: Any) -> tuple[str, ...]:  # parsed YAML
    return tuple(sorted(words, key=len, reverse=True))


def _pattern(text: str | None, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text) if text else NOTHING
    except re.error as error:
        raise CityError([f"{FILE}: {where}: {text!r} 不是合法的正则（{error}）；请改正"]) from None
