"""What one call of the router carries along: what all tickets share, what each text says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jiesu.classifier.scores import Matrix, RankedClass
from jiesu.router.decision import Place, Versions
from jiesu.router.dispatch_policy import Licence
from jiesu.router.experience import Experience
from jiesu.router.triage import TriageHit
from jiesu.taxonomy.city import City


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one text before its place: classes, kind and what triage found.

    Attributes:
        units: P(unit | words) by learned history, (n_units,); None where there is none.
        doubt: why a person must look at it though triage found nothing; mostly empty.
    """

    text: str
    classes: tuple[RankedClass, ...]
    kind: str
    hit: TriageHit | None
    units: Matrix | None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What all tickets of one call share."""

    now: datetime
    top_k: int
    versions: Versions
    licence: Licence
    experience: Experience


def why(hit: TriageHit) -> tuple[str, ...]:
    """Return the reasons of what triage found, as sentences."""
    source = f"（{hit.source}）" if hit.source else ""
    channel = f"请告知：{hit.channel}" if hit.channel else ""
    return tuple(filter(None, (hit.reason + source, channel)))


def in_ticket(place: Place, shift: int) -> Place:
    """Count the span from the start of the ticket's text; words of the title have none there."""
    if place.span is None or not shift:
        return place
    start, end = place.span[0] - shift, place.span[1] - shift
    return replace(place, span=(start, end) if start >= 0 else None)


def usual_kind(city: City, classes: Sequence[RankedClass]) -> str:
    """Return the kind usual for the first class; empty where there is none."""
    kinds = city.tree.get(classes[0].code).kinds if classes else ()
    return kinds[0] if kinds else ""
