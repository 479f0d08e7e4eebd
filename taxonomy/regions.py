"""Regions (区划): districts, subdistricts and communities, as codes with a hierarchy."""

from dataclasses import dataclass
from typing import Literal

RegionLevel = Literal["district", "subdistrict", "community"]


@dataclass(frozen=True, slots=True)
class Region:
    """One administrative region.

    Attributes:
        code: statistical code: 6 digits a district, 9 a subdistrict, 12 a community.
        name: official name ("八里庄街道", "多福巷社区").
        parent: code of the region above; empty for a district.
        aliases: short and former names ("八里庄", "长辛店镇").
    """

    code: str
    name: str
    level: RegionLevel
    parent: str = ""
    aliases: tuple[str, ...] = ()
