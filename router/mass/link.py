"""Is this one story? The score of a message, or of a small event, against an event.

Three things must agree: the words (mean likeness to the members, not to their centre, so that a
loose crowd attracts nobody), the topic, and the party. Copies of one complaint with another
compound's name in it are near-duplicates by words, and are told apart by the party. Where a
classifier has run, a rare class that both share speaks for them, and can stand for the words.
"""

import math
from collections.abc import Container
from dataclasses import dataclass

from jiesu.router.mass.classes import ClassOdds
from jiesu.router.mass.event import Event, Probe, probe_event
from jiesu.router.mass.rules import LinkRules

APART = -math.inf
_SHARED = 0.3
"""A name counts as the event's when this share of members say it."""
_SAID = 0.15
"""A probe's name is known to the event when this share of members say it."""
_SAID_SHARE = 0.6
"""How much it tells that the event's name is in the text, against the reverse."""
_FEW = 2
_LONGEST_GAP = 5
_DAY = 86400.0
_MONTH = 30 * _DAY


@dataclass(frozen=True, slots=True)
class Likeness:
    """In what a message, or a small event, and an event agree.

    Attributes:
        words: mean likeness of wording, names counted half.
        topic: mean likeness of topic, in [-1, 1].
        party: how surely both speak of the same party, in [0, 1]; None if neither names one.
        matter: how surely both are of the same rare class, in [0, 1].
        is_kin: same party, same rare class and near topic: other words are no objection.
    """

    words: float
    topic: float
    party: float | None
    matter: float
    is_kin: bool


def score(event: Event, probe: Probe, rules: LinkRules, odds: ClassOdds) -> float:
    """Return how far above the bar the two belong together; `APART` when they cannot."""
    alike = compare(event, probe, rules, odds)
    if alike.topic < rules.topic_floor or (alike.words < rules.words_floor and not alike.is_kin):
        return APART
    if alike.party is not None and alike.party < rules.party_floor:
        return APART
    margin = (
        rules.words * min(alike.words, rules.words_cap)
        + rules.topic * alike.topic
        + rules.party * (rules.party_unknown if alike.party is None else alike.party)
        + rules.same_class * alike.matter
        + _place(event, probe, rules)
        - bar(event, probe, rules)
    )
    is_soon = alike.is_kin and _gap(event, probe) <= rules.kin_days
    return max(margin, rules.kin_margin) if is_soon else margin


def compare(event: Event, probe: Probe, rules: LinkRules, odds: ClassOdds) -> Likeness:
    """Measure in what the two agree."""
    topic = float(event.topic @ probe.topic) / len(event)
    party = same_party(event, probe)
    matter, is_known = rules.class_unknown, bool(event.classes and probe.classes)
    if is_known:
        mean = {code: p / len(event) for code, p in event.classes.items()}
        matter = min(odds.shared(mean, probe.classes) / rules.class_full, 1.0)
    is_kin = (
        is_known
        and party is not None
        and party >= rules.kin_party
        and matter >= rules.kin_class
        and topic >= rules.kin_topic
    )
    return Likeness(_shared_words(event, probe, rules), topic, party, matter, is_kin)


def is_one_story(big: Event, small: Event, rules: LinkRules, odds: ClassOdds) -> bool:
    """Tell whether two events should become one.

    A small one is judged as a message would be. Two grown ones have centres worth comparing:
    they are one when words, topic and party of the centres agree.
    """
    probe = probe_event(small)
    margin = rules.merge_margin * (min(len(small), 3) - 1) / 2
    if score(big, probe, rules, odds) >= margin:
        return True
    party = same_party(big, probe)
    if len(small) < 2 or party is None or party < rules.centre_party:
        return False
    words = sum(w * big.words.get(g, 0.0) for g, w in small.words.items())
    topic = float(big.topic @ small.topic)
    return (
        words >= rules.centre_words * math.sqrt(big.squares * small.squares)
        and topic >= rules.centre_topic * big.topic_length * small.topic_length
    )


def _shared_words(event: Event, probe: Probe, rules: LinkRules) -> float:
    shared = sum(
        weight * event.words.get(gram, 0.0) * (rules.name_words if gram in probe.said else 1.0)
        for gram, weight in probe.words.items()
    )
    return shared / len(event)


def bar(event: Event, probe: Probe, rules: LinkRules) -> float:
    """Return what the parts must add up to: more after a long silence."""
    months = max((probe.at - event.last).total_seconds(), 0.0) / _MONTH
    return rules.join + rules.gap_cost * min(months, _LONGEST_GAP)


def _gap(event: Event, probe: Probe) -> float:
    """Return the days between the two; 0 where they overlap."""
    after, before = probe.at - event.last, event.first - probe.at
    return max(after.total_seconds(), before.total_seconds(), 0.0) / _DAY


def same_party(event: Event, probe: Probe) -> float | None:
    """Return how surely both speak of the same party, in [0, 1]; None if neither names one."""
    said = _share_of_event_names(event, probe.grams)
    known = _share_of_probe_names(event, probe)
    if said is None:
        return None if known is None else 0.5 * known
    if known is None:
        return said
    both = math.sqrt(said * known)
    if not probe.is_named:
        return max(said, both)
    return both if len(event) < 3 else max(_SAID_SHARE * said + (1 - _SAID_SHARE) * known, both)


def _share_of_event_names(event: Event, grams: Container[int]) -> float | None:
    size, total, found = len(event), 0.0, 0.0
    for gram, count in event.names.items():
        if size >= 3 and count / size < _SHARED:
            continue
        weight = count / size * event.name_rarity[gram]
        total += weight
        found += weight if gram in grams else 0.0
    return found / total if total > 0 else None


def _share_of_probe_names(event: Event, probe: Probe) -> float | None:
    total, found, least = 0.0, 0.0, _SAID * len(event)
    # One or two messages that name nobody may still say the name without its ending.
    words = event.words if len(event) <= _FEW and not event.is_named else {}
    for gram, weight in probe.name_grams.items():
        total += weight
        found += weight if event.said[gram] >= least or gram in words else 0.0
    return found / total if total > 0 else None


def _place(event: Event, probe: Probe, rules: LinkRules) -> float:
    if probe.subdistrict and event.subdistricts[probe.subdistrict]:
        return rules.same_place
    if probe.district and event.districts and not event.districts[probe.district]:
        return rules.other_district
    return 0.0
