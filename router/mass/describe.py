"""Event → alert: size, heat, words, classes, units, measure and deadline."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from jiesu.router.mass.alert import Alert, Unusual
from jiesu.router.mass.event import Event
from jiesu.router.mass.heat import Size, focus_of, heat_of, size_of
from jiesu.router.mass.message import Message
from jiesu.router.mass.names import NameRules
from jiesu.router.mass.party import party_of
from jiesu.router.mass.rules import MassRules, Measure
from jiesu.router.mass.wording import Mask, samples_of, summary_of, title_of

Deadline = Callable[[datetime, str], datetime]
"""(moment, limit "24h" …) → when it must be done."""

_SHARED_UNIT = 0.2


@dataclass(frozen=True)
class Describer:
    """Turns events into alerts.

    Attributes:
        mask: takes personal data out of what is quoted.
        deadline: reads the clock of a measure; the city's calendar where there is one.
    """

    rules: MassRules
    mask: Mask
    deadline: Deadline

    def is_alarm(self, event: Event, now: datetime) -> bool:
        """Tell whether an event is to be shown: enough people on one story, or lives at risk."""
        alarm = self.rules.alarm
        return self.is_urgent(event) or (
            len(event) >= alarm.messages
            and len(event.callers) >= alarm.callers
            and focus_of(event, self.rules.heat) >= alarm.focus
        )

    def is_urgent(self, event: Event) -> bool:
        """Tell whether life or a crowd is at risk.

        Beside what triage found, what presses (two hours by class, or words of unrest) counts
        where several callers say so, and half of them.
        Source: ordinance on handling complaints (接诉即办工作条例), article 29.
        """
        messages = (member.features.message for member in event)
        pressing = {message.who for message in messages if message.is_pressing}
        enough = max(self.rules.alarm.pressing_callers, len(event.callers) / 2)
        return self.is_emergency(event) or len(pressing) >= enough

    def is_emergency(self, event: Event) -> bool:
        """Tell whether triage found life at risk in enough of the messages.

        One message is enough while it stands alone; in a large event one may be a slip.
        """
        urgent = sum(member.features.message.is_urgent for member in event)
        return urgent > 0 and urgent >= self.rules.alarm.urgent_share * len(event)

    def describe(self, event: Event, now: datetime, unusual: Unusual) -> Alert:
        """Return the event as an alert."""
        size = size_of(event, now, self.rules.echo)
        focus, is_urgent = focus_of(event, self.rules.heat), self.is_urgent(event)
        party = party_of(event, self.rules.names)
        places = places_of(event) or stand_ins_of(event, self.rules.names)
        units = units_of(event)
        measure = self.measure(size, units, is_urgent)
        messages = [member.features.message for member in event]
        return Alert(
            id=event.id,
            title=title_of(event, party, self.mask),
            summary=summary_of(event, size, places, self.mask),
            heat=heat_of(size, focus, self.is_emergency(event), self.rules.heat),
            focus=focus,
            is_urgent=is_urgent,
            messages=size.messages,
            callers=size.callers,
            voices=size.independent,
            growth=size.growth,
            likes=size.likes,
            first=event.first,
            last=event.last,
            places=places,
            party=party,
            classes=classes_of(event),
            unusual=unusual,
            units=units,
            measure=measure.name,
            deadline=self.deadline(event.last, measure.limit),
            samples=samples_of(event, self.mask),
            sensitive=sensitive_words(event, self.rules.sensitive),
            timeline=tuple(sorted(Counter(m.at.date() for m in messages).items())),
            members=tuple(m.id for m in messages),
            merged=event.merged,
        )

    def measure(self, size: Size, units: tuple[str, ...], is_urgent: bool) -> Measure:
        """Return the first measure whose conditions the alert meets."""
        return next(
            measure
            for measure in self.rules.measures
            if (is_urgent or not measure.urgent)
            and size.callers >= measure.callers
            and len(units) >= measure.units
        )


def places_of(event: Event) -> tuple[str, ...]:
    """Return the districts and subdistricts that members name, commonest first."""
    finest = Counter(
        "".join(part for part in (p.district, p.subdistrict) if part)
        for p in (member.features.message.place for member in event)
        if p.district or p.subdistrict
    )
    return tuple(name for name, _ in finest.most_common(5))


def stand_ins_of(event: Event, names: NameRules) -> tuple[str, ...]:
    """Return the stand-ins for districts ("A3区") that a third of the members use."""
    used = Counter(code for member in event for code in stand_ins(member.features.message, names))
    return tuple(code for code, n in used.most_common(3) if 3 * n >= len(event))


def stand_ins(message: Message, names: NameRules) -> list[str]:
    """Return the stand-ins for districts that a message uses, each once.

    One without a number ("A市") stands for the city itself.
    """
    text = f"{message.title}。{message.text}"
    found = dict.fromkeys(match[0] for match in names.code.finditer(text))
    return [code for code in found if any(letter.isdigit() for letter in code)]


def classes_of(event: Event, most: int = 3) -> tuple[str, ...]:
    """Return the classes with most probability over all members, likeliest first."""
    total: Counter[str] = Counter()
    for member in event:
        for code, p in member.features.message.classes.items():
            total[code] += p  # type: ignore[assignment]  # a Counter of floats
    return tuple(code for code, _ in total.most_common(most))


def units_of(event: Event) -> tuple[str, ...]:
    """Return who should act: the lead of most members first, then whom a fifth of them name."""
    leads = Counter(m.features.message.units[0] for m in event if m.features.message.units)
    named = Counter(unit for m in event for unit in dict.fromkeys(m.features.message.units))
    others = [u for u, n in named.most_common(6) if n >= _SHARED_UNIT * len(event)]
    return tuple(dict.fromkeys([*(u for u, _ in leads.most_common(1)), *others]))


def sensitive_words(
    event: Event, words: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return kind → sensitive words that any member uses."""
    texts = [f"{m.features.message.title}\n{m.features.message.text}" for m in event]
    found = {
        kind: tuple(word for word in listed if any(word in text for text in texts))
        for kind, listed in words.items()
    }
    return {kind: hits for kind, hits in found.items() if hits}


def by_the_clock(moment: datetime, limit: str) -> datetime:
    """Read a limit without a calendar: hours and days as they pass.

    >>> from datetime import UTC
    >>> by_the_clock(datetime(2026, 11, 27, 9, tzinfo=UTC), "24h").isoformat()
    '2026-11-28T09:00:00+00:00'
    """
    number, unit = int(limit[:-1]), limit[-1]
    return moment + (timedelta(hours=number) if unit == "h" else timedelta(days=number))
