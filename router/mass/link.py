"""Is this one story? The score of a message, or of a small event, against an event.

Three things must agree: the words (mean likeness to the members, not to their centre, so that a
loose crowd attracts nobody), the topic, and the party. Copies of one complaint with another
compound's name in it are near-duplicates by words, and are told apart by the party.
"""

import math
from collections.abc import Container

from jiesu.router.mass.event import Event, Probe, probe_event
from jiesu.router.mass.rules import LinkRules

APART = -math.inf
_SHARED = 0.3
"""A name counts as the event's when this share of members say it."""
_SAID = 0.15
"""A probe's name is known to the event when this share of members say it."""
_SAID_SHARE = 0.6
"""How much it tells that the event's name is in the text, against the reverse."""
_LONGEST_GAP = 5
_MONTH = 30 * 86400.0


def score(event: Event, probe: Probe, rules: LinkRules) -> float:
    """Return how far above the bar the two belong together; `APART` when they cannot."""
    size = len(event)
    words = _shared_words(event, probe, rules)
    topic = float(event.topic @ probe.topic) / size
    party = same_party(event, probe)
    if words < rules.words_floor or topic < rules.topic_floor:
        return APART
    if party is not None and party < rules.party_floor:
        return APART
    return (
        rules.words * min(words, rules.words_cap)
        + rules.topic * topic
        + rules.party * (rules.party_unknown if party is None else party)
        + _place(event, probe, rules)
        - bar(event, probe, rules)
    )


def is_one_story(big: Event, small: Event, rules: LinkRules) -> bool:
    """Tell whether two events should become one.

    A small one is judged as a message would be. Two grown ones have centres worth comparing:
    they are one when words, topic and party of the centres agree.
    """
    probe = probe_event(small)
    margin = rules.merge_margin * (min(len(small), 3) - 1) / 2
    if score(big, probe, rules) >= margin:
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
    gap = max((probe.at - event.last).total_seconds(), 0.0) / _MONTH
    return rules.join + rules.gap_cost * min(gap, _LONGEST_GAP)


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
    for gram, weight in probe.name_grams.items():
        total += weight
        found += weight if event.said[gram] >= least else 0.0
    return found / total if total > 0 else None


def _place(event: Event, probe: Probe, rules: LinkRules) -> float:
    if probe.subdistrict and event.subdistricts[probe.subdistrict]:
        return rules.same_place
    if probe.district and event.districts and not event.districts[probe.district]:
        return rules.other_district
    return 0.0
