"""The knobs of the watch, read from a city's `mass.yaml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from jiesu.router.mass.care import CareRules
from jiesu.router.mass.names import NameRules
from jiesu.router.mass.themes import ThemeRules
from jiesu.taxonomy.city import City, read_yaml
from jiesu.taxonomy.errors import CityError

FILE = "mass.yaml"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LinkRules:
    """When a message belongs to an event; each field is explained in `mass.yaml`."""

    vector_terms: int
    index_terms: int
    name_terms: int
    candidates: int
    title_weight: float
    text_chars: int
    common: float
    name_common: float
    words: float
    name_words: float
    words_cap: float
    words_floor: float
    topic: float
    topic_floor: float
    party: float
    party_floor: float
    party_unknown: float
    same_class: float
    class_full: float
    class_unknown: float
    class_rare: float
    kin_class: float
    kin_party: float
    kin_topic: float
    kin_days: float
    kin_margin: float
    join: float
    gap_cost: float
    merge_margin: float
    centre_words: float
    centre_topic: float
    centre_party: float
    split_below: float
    same_place: float
    other_district: float


@dataclass(frozen=True, slots=True)
class CallRules:
    """When spoken calls are one story; each field is explained in `mass.yaml`."""

    chars: int
    days: float
    evidence: float
    against: float
    town_matter: float
    margin: float


@dataclass(frozen=True, slots=True)
class EchoRules:
    """What counts as a pasted text, and how much one pasted voice weighs."""

    shingle: int
    jaccard: float
    weight: float


@dataclass(frozen=True, slots=True)
class WindowRules:
    """How long and how many events stay open, and how long daily counts are kept."""

    idle_days: float
    cell_days: int
    max_open: int


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """When an event is shown as an alert."""

    messages: int
    callers: int
    focus: float
    urgent_share: float
    pressing_callers: int


@dataclass(frozen=True, slots=True)
class HeatRules:
    """Weights of an alert's heat."""

    caller: float
    day: float
    growth: float
    like: float
    urgent: float
    cohesion: float
    topic_cohesion: float
    party: float
    tie: float


@dataclass(frozen=True, slots=True)
class Measure:
    """What to do with an alert, and the conditions under which it is suggested.

    Attributes:
        limit: clock: "2h", "24h", "7d" or "15d".
        callers, units: at least so many.
        urgent: only for alerts that risk life or a crowd.
    """

    name: str
    limit: str
    callers: int = 0
    units: int = 0
    urgent: bool = False


@dataclass(frozen=True)
class MassRules:
    """All of `mass.yaml`.

    Attributes:
        sensitive: kind → words that are pointed out in an alert.
        groups: leaf code → code of the classes near it; from the city, not from the file.
    """

    version: str
    names: NameRules
    link: LinkRules
    call: CallRules
    echo: EchoRules
    window: WindowRules
    alarm: AlarmRules
    heat: HeatRules
    sensitive: Mapping[str, tuple[str, ...]]
    measures: tuple[Measure, ...]
    themes: ThemeRules
    care: CareRules
    groups: Mapping[str, str] = field(default_factory=dict)


def load_rules(city: City) -> MassRules:
    """Read the rules of a city; its regions' names serve as borders of other names.

    Raises:
        CityError: `mass.yaml` is missing, or a key is missing, unknown or of a wrong type.
    """
    regions = [region for region in city.regions.values() if region.level != "community"]
    rules = read_rules(city.folder, [name for r in regions for name in (r.name, *r.aliases)])
    towns = [r.name.removesuffix(end) for r in regions if r.level == "subdistrict"
             for end in rules.names.where if r.name.endswith(end)]  # fmt: skip
    return replace(
        rules,
        names=replace(rules.names, towns=tuple(name for name in towns if len(name) > 1)),
        groups={leaf: city.tree.labels[leaf].parent or "" for leaf in city.tree.leaves},
    )


def read_rules(folder: Path, region_names: Iterable[str] = ()) -> MassRules:
    """Read the rules from a folder.

    Raises:
        CityError: as `load_rules`.
    """
    data = read_yaml(folder, FILE)
    try:
        return MassRules(
            version=str(data["version"]),
            names=_names(data["names"], region_names),
            link=_section(LinkRules, data, "link"),
            call=_section(CallRules, data, "call"),
            echo=_section(EchoRules, data, "echo"),
            window=_section(WindowRules, data, "window"),
            alarm=_section(AlarmRules, data, "alarm"),
            heat=_section(HeatRules, data, "heat"),
            sensitive={kind: tuple(words) for kind, words in data["sensitive"].items()},
            measures=tuple(_entry(Measure, entry, "measures") for entry in data["measures"]),
            themes=_section(ThemeRules, data, "themes"),
            care=_section(CareRules, data, "care"),
        )
    except KeyError as error:
        raise CityError([f"{FILE}: 缺少 {error.args[0]}；请补上"]) from None


def _names(data: Mapping[str, Any], region_names: Iterable[str]) -> NameRules:
    return NameRules(
        suffixes=tuple(data["suffixes"].split()),
        words=(*data["words"].split(), *(name for name in region_names if len(name) > 1)),
        chars=data["chars"],
        where=tuple(data["where"].split()),
        generic=frozenset(data["generic"].split()),
        codes=data["codes"],
        longest=data["longest"],
    )


def _section(kind: type[_T], data: Mapping[str, Any], key: str) -> _T:
    return _entry(kind, data[key], key)


def _entry(kind: type[_T], values: Mapping[str, Any], key: str) -> _T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # always a dataclass
    unknown = sorted(set(values) - known)
    if unknown:
        raise CityError([f"{FILE}: {key}: 不认识的键 {'、'.join(unknown)}；请删去或改正"])
    try:
        return kind(**values)
    except TypeError as error:
        raise CityError([f"{FILE}: {key}: {error}；请补齐"]) from None
