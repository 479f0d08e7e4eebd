"""What comes next, from the stored tickets: themes, subdistricts, forecasts, words, parties.

Reads only. Every list can be asked for a month or a number of days; without, it is the latest
that the tickets cover.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from jiesu.router.mass.care import Subdistrict, care_note, care_of, read_people
from jiesu.router.mass.message import Message
from jiesu.router.mass.outlook import ForecastRow, ThemeRow, forecast_rows, level_for, theme_rows
from jiesu.router.mass.parties import PartyLine, parties_of
from jiesu.router.mass.rules import load_rules
from jiesu.router.mass.sensitive import SensitiveWord, sensitive_of
from jiesu.router.mass.tally import Tally
from jiesu.router.mass.words import HotWord, hot_words
from jiesu.serving.store.database import Database
from jiesu.serving.store.statistics import last_day, latest_texts, tallies
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.city import City
from jiesu.taxonomy.tree import LabelTree

_HISTORY = timedelta(days=3 * 366)
"""How far back a forecast looks: two full years and the one before, for the season."""
_MOST_TEXTS = 50_000
"""Of a longer period, only the latest texts are read for words and parties."""
_LEAST_A_DAY = 1.0


class OutlookDesk:
    """The lists of what comes next; holds nothing but its sources."""

    def __init__(self, database: Database, city: City, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._city = city
        self._clock = clock

    def themes(self, month: date | None = None, most: int = 20) -> list[ThemeRow]:
        """Rank the classes of a month (每月一题)."""
        month = month or self._latest()
        rows = self._tallies(month.replace(year=month.year - 1, day=1), _after(month))
        return theme_rows(rows, month, load_rules(self._city).themes, self._city, most)

    def subdistricts(self, month: date | None = None) -> list[Subdistrict]:
        """Return the subdistricts under care (治理类街乡镇) and those that left the list."""
        month = month or self._latest()
        before = (month.replace(day=1) - timedelta(days=1)).replace(day=1)
        rows = self._tallies(before, _after(month), by_subdistrict=True)
        rules = load_rules(self._city).care
        return care_of(rows, month, read_people(self._city.folder), rules)

    def care_note(self) -> str:
        """Say what the list of subdistricts lacks; empty where it lacks nothing."""
        return care_note(read_people(self._city.folder), load_rules(self._city).care)

    def forecasts(
        self, code: str = "", district: str = "", *, days: int = 90, most: int = 20
    ) -> list[ForecastRow]:
        """Forecast the most frequent classes of the city, or of one district.

        Args:
            code: a class of any level; empty for all, on the finest level with enough requests.
            district: its name; empty for the whole city.
            days: days ahead.
        """
        end = self._latest()
        rows = [
            row
            for row in self._tallies(end - _HISTORY, end + timedelta(days=1))
            if (not district or row.district == district)
            and (not code or is_under(self._city.tree, row.code, code))
        ]
        level = self._city.tree.labels[code].level if code in self._city.tree.labels else 0
        level = level or level_for(rows, self._city.tree, _LEAST_A_DAY)
        return forecast_rows(
            rows,
            self._city,
            level=level,
            districts=bool(district),
            most=most,
            days=days,
            last=end,
        )

    def words(self, days: int = 30, most: int = 50) -> list[HotWord]:
        """Return the hot and new words of the last days against as many days before."""
        end = self._latest() + timedelta(days=1)
        middle = end - timedelta(days=days)
        now = [_text(m) for m in self._messages(middle, end)]
        before = [_text(m) for m in self._messages(middle - timedelta(days=days), middle)]
        return hot_words(now, before, most=most) if before else []

    def parties(self, days: int = 90, most: int = 50) -> list[PartyLine]:
        """Return the complained-about parties of the last days, most callers first."""
        end = self._latest() + timedelta(days=1)
        messages = self._messages(end - timedelta(days=days), end)
        return parties_of(messages, load_rules(self._city).names)[:most]

    def sensitive(self, days: int = 30, most: int = 20) -> list[SensitiveWord]:
        """Return the sensitive words that tickets of the last days use, commonest first.

        Args:
            most: latest tickets named for each word.
        """
        end = self._latest() + timedelta(days=1)
        messages = self._messages(end - timedelta(days=days), end)
        return sensitive_of(messages, load_rules(self._city).sensitive, most)

    def _latest(self) -> date:
        """Return the day of the latest ticket, today where there is none."""
        with self._database.read() as connection:
            latest = last_day(connection)
        return min(latest or self._clock(), self._clock()).astimezone(CHINA_TIME).date()

    def _tallies(self, since: date, until: date, *, by_subdistrict: bool = False) -> list[Tally]:
        with self._database.read() as connection:
            return tallies(
                connection, _midnight(since), _midnight(until), by_subdistrict=by_subdistrict
            )

    def _messages(self, since: date, until: date) -> list[Message]:
        with self._database.read() as connection:
            rows = latest_texts(connection, _midnight(since), _midnight(until), _MOST_TEXTS)
        return [
            Message(ticket_id, at, text, title, caller, classes={code: 1.0} if code else {})
            for ticket_id, at, caller, title, text, code in rows
        ]


def is_under(tree: LabelTree, leaf: str, code: str) -> bool:
    """Tell whether a class is another one or lies below it."""
    label = tree.labels.get(leaf)
    while label is not None and label.code != code:
        label = tree.labels.get(label.parent or "")
    return label is not None


def _text(message: Message) -> str:
    return f"{message.title}。{message.text}"


def _after(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA_TIME)
