"""How good whole decisions are: units, kinds, places and danger against gold rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from jiesu.router.decision import Candidate, Decision, Place
from jiesu.taxonomy.city import City
from jiesu.training.gold import PLACE_PARTS, GoldRow

Json = dict[str, Any]  # Any: JSON
Pairs = Sequence[tuple[GoldRow, Decision]]

PARTS = ("unit", "kind", "place", "danger")


def decision_metrics(
    city: City, rows: Sequence[GoldRow], decisions: Sequence[Decision]
) -> dict[str, Json | None]:
    """Return the four parts of the evaluation that concern whole decisions; None without gold."""
    pairs = list(zip(rows, decisions, strict=True))
    return {
        "unit": _units(city, pairs),
        "kind": _kinds(pairs),
        "place": _places(pairs),
        "danger": _danger(pairs),
    }


def _units(city: City, pairs: Pairs) -> Json | None:
    judged = [(row.units, decision.candidates) for row, decision in pairs if row.units]
    if not judged:
        return None
    return {
        f"top{k}": share(
            any(not _names(city, candidate).isdisjoint(units) for candidate in candidates[:k])
            for units, candidates in judged
        )
        for k in (1, 3)
    }


def _names(city: City, candidate: Candidate) -> set[str]:
    """Return every name by which gold may call a candidate: its role, its names, its aliases."""
    unit = city.units_by_id.get(candidate.unit_id)
    aliases = (unit.name, *unit.aliases) if unit else ()
    return {candidate.unit_role, candidate.unit, *aliases} - {""}


def _kinds(pairs: Pairs) -> Json | None:
    right = [decision.kind in row.kinds for row, decision in pairs if row.kinds]
    return {"top1": share(right)} if right else None


def _places(pairs: Pairs) -> Json | None:
    """Return the share right of each part that gold names, and how often a place is made up."""
    judged = [(row.place, decision.place) for row, decision in pairs if row.place]
    if not judged:
        return None
    found: Json = {part: _share_or_none(_named(judged, part)) for part in PLACE_PARTS}
    nowhere = [place for gold, place in judged if not any(gold.values())]
    return {**found, "false_place": _share_or_none([_is_somewhere(place) for place in nowhere])}


def _named(judged: Iterable[Any], part: str) -> list[bool]:  # Any: pairs of gold and place
    return [getattr(place, part) == gold[part] for gold, place in judged if gold.get(part)]


def _is_somewhere(place: Place) -> bool:
    return any(getattr(place, part) for part in PLACE_PARTS)


def _danger(pairs: Pairs) -> Json | None:
    """Return how often danger is seen where it is, and called where it is not."""
    judged = [
        (row.danger, _is_alarm(decision)) for row, decision in pairs if row.danger is not None
    ]
    if not judged:
        return None
    return {
        "recall": _share_or_none([alarm for danger, alarm in judged if danger]),
        "false_alarm": _share_or_none([alarm for danger, alarm in judged if not danger]),
    }


def _is_alarm(decision: Decision) -> bool:
    return decision.outcome == "emergency"


def _share_or_none(right: Sequence[bool]) -> float | None:
    return share(right) if right else None


def share(right: Iterable[bool]) -> float:
    """Return the share of truths, to four digits.

    >>> share([True, False, True, True])
    0.75
    """
    found = list(right)
    return round(sum(found) / len(found), 4)
