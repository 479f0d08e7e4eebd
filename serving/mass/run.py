"""One run of `jiesu mass`: file in, findings out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jiesu.router.mass.alert import Alert, alert_row
from jiesu.router.mass.message import Message
from jiesu.router.mass.parties import PartyLine, parties_of
from jiesu.router.mass.rules import load_rules
from jiesu.router.mass.words import HotWord, hot_words
from jiesu.serving.mass.ahead import Ahead, ReadPlace, look_ahead
from jiesu.serving.mass.classes import classified, quick_classifier
from jiesu.serving.mass.messages import read_messages
from jiesu.serving.mass.watching import Route, find_alerts, new_watch
from jiesu.serving.settings import Settings
from jiesu.taxonomy.city import City

_MONTH = 30


@dataclass(frozen=True)
class Findings:
    """What one file gave.

    Attributes:
        alerts: hottest first.
        parties: complained-about parties, most callers first.
        words: hot and new words of the last thirty days against the thirty before.
        ahead: themes, subdistricts under care, forecasts, sensitive words.
        problems: rows left out.
        notes: parts that did not work, for the operator.
    """

    source: Path
    city: City
    messages: tuple[Message, ...]
    alerts: tuple[Alert, ...]
    parties: tuple[PartyLine, ...]
    words: tuple[HotWord, ...]
    ahead: Ahead
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def rows(self) -> Iterator[dict[str, Any]]:  # Any: JSON objects
        """Return the alerts as JSON lines, ranked."""
        return (alert_row(alert, rank) for rank, alert in enumerate(self.alerts, start=1))

    def class_names(self, alert: Alert) -> list[str]:
        """Return the names of an alert's classes."""
        known = self.city.tree.labels
        return [known[code].name for code in alert.classes if code in known]


def run_mass(
    source: Path,
    settings: Settings,
    *,
    columns: Mapping[str, str] | None = None,
    with_route: bool = True,
    top: int | None = None,
    month: date | None = None,
    districts: bool = False,
) -> Findings:
    """Find the hot issues of a file, and what comes next.

    Args:
        columns: field → name of its column, where it has no usual one.

    Raises:
        InputError: the file or the city cannot be used.
    """
    from jiesu.taxonomy.city import load_city

    city = load_city(settings.city)
    rules = load_rules(city)
    read = read_messages(source, settings.max_text_chars, columns)
    classifier, notes = quick_classifier(city)
    messages = classified(read.messages, classifier, city.tree.leaves)
    route, read_place, broken = _router(settings, city) if with_route else (None, None, ())
    alerts = find_alerts(new_watch(city), messages, route)
    return Findings(
        source=source,
        city=city,
        messages=tuple(messages),
        alerts=tuple(alerts[:top]),
        parties=tuple(parties_of(messages, rules.names)),
        words=tuple(words_of(messages)),
        ahead=look_ahead(
            messages, city, rules, read_place=read_place, month=month, districts=districts
        ),
        problems=read.problems,
        notes=(*notes, *broken),
    )


def words_of(messages: Sequence[Message]) -> list[HotWord]:
    """Return the hot words of the last thirty days of a file."""
    end = messages[-1].at
    ages = [((end - message.at).days, message) for message in messages]
    now = [f"{m.title}。{m.text}" for age, m in ages if age < _MONTH]
    before = [f"{m.title}。{m.text}" for age, m in ages if _MONTH <= age < 2 * _MONTH]
    return hot_words(now, before) if before else []


def _router(
    settings: Settings, city: City
) -> tuple[Route | None, ReadPlace | None, tuple[str, ...]]:
    from jiesu.router.address import AddressReader
    from jiesu.serving.engine import load_engine

    engine = load_engine(settings)
    reader = AddressReader(city, extra=settings.extra_gazetteer)
    return engine.router.route, reader.read, tuple(engine.problems.values())
