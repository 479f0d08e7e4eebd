"""What comes next, from the messages of one file: the same lists as from the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.mass.care import Subdistrict, care_note, care_of, read_people
from jiesu.router.mass.describe import stand_ins
from jiesu.router.mass.message import Message
from jiesu.router.mass.names import NameRules
from jiesu.router.mass.outlook import ForecastRow, ThemeRow, forecast_rows, level_for, theme_rows
from jiesu.router.mass.rules import MassRules
from jiesu.router.mass.sensitive import SensitiveWord, sensitive_of
from jiesu.router.mass.tally import latest_month, tally_of
from jiesu.taxonomy.city import City

ReadPlace = Callable[[str], Place]
_SURE = 0.5
_KNOWN = 0.1
"""A ranking of subdistricts needs the subdistrict of this share of the messages."""
_TOO_FEW = f"读得出街乡镇的不到 {_KNOWN:.0%}，没有排治理类街乡镇；可在文件中加“区”“街乡镇”两列"
_LEAST_A_DAY = 0.3
"""Classes of fewer requests a day are forecast together with their neighbours."""


@dataclass(frozen=True)
class Ahead:
    """The lists of what comes next.

    Attributes:
        month: of the themes and the subdistricts.
        care_note: what the list of subdistricts lacks; empty if nothing.
        forecasts: of the whole city.
    """

    month: date
    themes: tuple[ThemeRow, ...]
    subdistricts: tuple[Subdistrict, ...]
    forecasts: tuple[ForecastRow, ...]
    sensitive: tuple[SensitiveWord, ...]
    care_note: str = ""


def look_ahead(
    messages: Sequence[Message],
    city: City,
    rules: MassRules,
    *,
    read_place: ReadPlace | None = None,
    month: date | None = None,
    districts: bool = False,
) -> Ahead:
    """Make the lists.

    Args:
        messages: in order of time, with their classes.
        read_place: tells places that the file does not name.
        month: any day of it; None takes the latest that is full.
        districts: forecast by class and district.
    """
    tallies = [tally_of(placed(message, rules.names, read_place)) for message in messages]
    month = month or latest_month(tallies)
    people = read_people(city.folder)
    known = sum(bool(tally.subdistrict) for tally in tallies) / len(tallies)
    level = level_for(tallies, city.tree, _LEAST_A_DAY)
    return Ahead(
        month,
        tuple(theme_rows(tallies, month, rules.themes, city)),
        tuple(care_of(tallies, month, people, rules.care) if known >= _KNOWN else ()),
        tuple(forecast_rows(tallies, city, level=level, districts=districts)),
        tuple(sensitive_of(messages, rules.sensitive)),
        care_note(people, rules.care) if known >= _KNOWN else _TOO_FEW,
    )


def placed(message: Message, names: NameRules, read_place: ReadPlace | None) -> Message:
    """Return a message with its district: given, read from the text, or a stand-in for one."""
    if message.place.district:
        return message
    found = read_place(f"{message.title}\n{message.text}") if read_place else NO_PLACE
    if found.district and found.p >= _SURE:
        return replace(message, place=found)
    codes = stand_ins(message, names)
    return replace(message, place=Place(codes[0], p=1.0)) if codes else message
