"""Regions (区划) as codes with a hierarchy, and the gazetteer (地名) of names inside them."""

from dataclasses import dataclass
from typing import Literal

RegionLevel = Literal["district", "subdistrict", "area", "community"]


@dataclass(frozen=True, slots=True)
class Region:
    """One administrative region.

    Attributes:
        code: statistical code: 6 digits a district, 9 a subdistrict, 12 a community.
        name: official name ("八里庄街道", "多福巷社区").
        level: "area" is a statistical area in the place of a subdistrict; it has no unit.
        parent: code of the region above; empty for a district.
        aliases: short and former names ("八里庄", "长辛店镇").
        kind: what it is officially (街道, 镇, 乡, 社区, 村 …).
        managed_by: code of the district-level region that handles its tickets in place of the
            district it lies in; empty when they are the same.
        old_names: names before a reform; one of them may be another region's name today.
        note: remark for people, never parsed.
    """

    code: str
    name: str
    level: RegionLevel
    parent: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = ""
    managed_by: str = ""
    old_names: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class GazetteerEntry:
    """One place name that a citizen may write.

    Attributes:
        name: the name with its suffix ("多福巷社区", "皮村").
        kind: what it is (社区, 村, 小区, 路 …).
        region: code of the finest region that the place is in as a whole, or is; empty for a
            place in several districts.
        aliases: other names of the same place.
        source: where the entry comes from.
        core: the name without suffix ("多福巷"; one character for "皮村"); may be ambiguous.
        official: full official name ("多福巷社区居委会").
        passes: codes of the regions that a place in several of them lies in or passes, as far
            as they are known: a road, a station under a crossing, a large area.
    """

    name: str
    kind: str
    region: str
    aliases: tuple[str, ...] = ()
    source: str = ""
    core: str = ""
    official: str = ""
    passes: tuple[str, ...] = ()
