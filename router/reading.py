"""Clues → reading: which of several places the matter is in, and on what that rests.

Each clue weighs by its level, its form and the role that the words around it give it; others
that agree add to it. The heaviest decides, those that agree make it finer, those that
contradict are kept as other readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jiesu.router.clues import ASIDE, Clue
from jiesu.router.names import RegionPath, meet, path_codes, shared

LEVELS = ("district", "subdistrict", "community")
# How much a clue says about where the matter is, by level and by role.
# Source: chosen on tests/cases/address.yaml; `python benchmarks/address.py` shows the result.
LEVEL_WEIGHTS = (0.5, 1.0, 2.0, 2.2)
ROLE_WEIGHTS = {"matter": 1.0, "": 0.0, "home": -1.5, "work": -2.5, "origin": -2.5}
FORM_WEIGHT = -0.03  # per step of grade
LATER_WEIGHT = 0.3  # from the first to the last in the text
SUPPORT = 0.6  # of the weight of others that agree


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, before it becomes a Place.

    Attributes:
        codes: codes from the district down; empty when even the district is open.
        keys: for each of `codes`, the kind of clue that it rests on.
        start, end: the words that decided; -1 when they are not in the text.
        others: codes of readings that contradict, best first.
    """

    codes: tuple[str, ...]
    keys: tuple[str, ...]
    start: int
    end: int
    others: tuple[tuple[str, ...], ...] = ()


def best_reading(clues: Sequence[Clue]) -> Reading | None:
    """Return the best reading; None without clues.

    Where no clue tells even the district (八里庄, a road through several), the reading has no
    codes, and what the best clue may mean is in `others`.
    """
    rest, readings = list(clues), []
    while rest:
        order = _ordered(rest)
        readings.append(_read(order))
        if readings[-1].codes:
            return readings[-1]
        rest.remove(order[0])
    return readings[0] if readings else None


def merged(field: Reading, text: Reading | None) -> Reading:
    """Let the address field decide; the text may make it finer or contradict it."""
    if text is None or not text.codes:
        return replace(field, start=-1, end=-1)
    shorter, longer = sorted((field, text), key=lambda reading: len(reading.codes))
    if longer.codes[: len(shorter.codes)] != shorter.codes:
        keys = tuple(_with_state(key, "contested") for key in field.keys)
        others = (text.codes, *field.others)
        return replace(field, keys=keys, start=-1, end=-1, others=others)
    keys = tuple(_with_state(key, "backed") for key in longer.keys)
    return replace(longer, keys=keys, start=text.start, end=text.end)


def _ordered(clues: Sequence[Clue]) -> list[Clue]:
    """Return the clues, heaviest first."""
    weights = [_weight(item, n / len(clues)) for n, item in enumerate(clues)]
    totals = []
    for item, weight in zip(clues, weights, strict=True):
        others = zip(clues, weights, strict=True)
        support = (w for o, w in others if o is not item and w > 0 and meet(item.paths, o.paths))
        totals.append(weight + SUPPORT * sum(support))
    order = sorted(range(len(clues)), key=lambda n: -totals[n])
    return [clues[n] for n in order]


def _weight(item: Clue, position: float) -> float:
    level = len(path_codes(shared(item.paths)))
    form = FORM_WEIGHT * item.grade + LATER_WEIGHT * position
    return LEVEL_WEIGHTS[level] + ROLE_WEIGHTS[item.role] + form


def _read(order: Sequence[Clue]) -> Reading:
    lead = order[0]
    paths, agreeing, others = lead.paths, [lead], []
    for item in order[1:]:
        if both := meet(paths, item.paths):
            paths = both
            agreeing.append(item)
        else:
            others.append(item)
    codes = path_codes(shared(paths))
    keys = tuple(_key(codes[: n + 1], agreeing, others) for n in range(len(codes)))
    open_paths = () if codes else lead.paths
    rest = dict.fromkeys(map(path_codes, (*open_paths, *(shared(o.paths) for o in others))))
    start, end = _span(lead, agreeing)
    return Reading(codes, keys, start, end, tuple(other for other in rest if other))


def _span(lead: Clue, agreeing: Sequence[Clue]) -> tuple[int, int]:
    """Stretch the words that decided over those that agree right before and behind them."""
    start, end = lead.start, lead.end
    for clue in sorted(agreeing, key=lambda clue: -clue.start):
        if clue.end in (start, start - 1):
            start = clue.start
    for clue in sorted(agreeing, key=lambda clue: clue.start):
        if clue.start in (end, end + 1):
            end = clue.end
    return start, end


def _key(codes: Sequence[str], agreeing: Sequence[Clue], others: Sequence[Clue]) -> str:
    """Name the kind of clue for one level: "level/form/alone", or backed, or contested."""
    path = "".join(f"{code}/" for code in codes)
    backers = [item for item in agreeing if _reaches(item, path)] or agreeing[:1]
    form = min(item.grade for item in backers).name.lower()
    if any(item.role not in ASIDE and not _reaches(item, path) for item in others):
        state = "contested"
    else:
        state = "backed" if len({(e.grade, e.paths) for e in agreeing}) > 1 else "alone"
    return f"{LEVELS[len(codes) - 1]}/{form}/{state}"


def _reaches(item: Clue, path: RegionPath) -> bool:
    return any(own.startswith(path) for own in item.paths)


def _with_state(key: str, state: str) -> str:
    return f"{key.rpartition('/')[0]}/{state}"
