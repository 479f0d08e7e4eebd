"""Spoken calls: a line or two without a title, too short for the words to tell one story.

Two people who tell of one thing in twenty words each share little but a name: of a studio, a
compound, a bus line, a town. So calls are tied by chance instead of by likeness: how many calls
since the last one of an event would have said the same name, on the same matter, if nothing
linked them? That is the number of messages in between × how commonly the name is said × how much
rarer the matter makes it; all three are counted in the stream itself, so what is a coincidence
at seventy thousand calls a day may be a story at fifty.

Source: the experiment "Short calls" in docs/log.md.
"""

from collections.abc import Callable, Iterable
from math import log10
from zlib import crc32

from jiesu.router.mass.classes import ClassOdds, groups_of
from jiesu.router.mass.event import Event, Probe
from jiesu.router.mass.features import Features
from jiesu.router.mass.grams import BUCKETS, Rarity
from jiesu.router.mass.rules import CallRules, MassRules

_FEW = 2
_SHARED = 0.3
"""A name counts as the event's when this share of its members say it."""
_AGREED = 0.6
"""What an event is about is called by this share of its members."""
_LIKELY = 0.15
"""Calls are looked up under every group of classes that is so likely."""
_HALF_A_CALL = 0.5
"""A name that nobody else ever said is taken to be said this often."""
_WORD, _DOUBT = 0.05, 1.0
"""How surely a gram that was never met goes with one matter only, and for how many calls that
counts."""
_DAY = 86400.0


class Calls:
    """Tells how surely a call, or a few, belong to an event of calls."""

    def __init__(self, rules: MassRules, rarity: Rarity, odds: ClassOdds) -> None:
        """Start.

        Args:
            rarity: how many messages of the stream hold each gram; counted elsewhere.
            odds: how often each class comes; counted elsewhere.
        """
        self._rules: CallRules = rules.call
        self._parents = rules.groups
        self._rarity = rarity
        self._odds = odds

    def tie(self, event: Event, probe: Probe) -> float:
        """Return the evidence that they are one story; 0 where it does not suffice.

        It is -log10 of the number of such calls that chance would have brought in between.
        """
        rules = self._rules
        if not probe.is_call or 2 * event.calls < len(event):
            return 0.0
        if not (event.classes and probe.classes):
            # A name alone would join all that is ever said of a large compound.
            return 0.0
        if event.gap_to(probe).total_seconds() > rules.days * _DAY:
            return 0.0
        names, towns = _shared_names(event, probe), _shared_towns(event, probe)
        if len(names) < 2 and not towns:
            return 0.0
        matter = self._odds.agreement(event.mean_classes, probe.classes)
        if matter < rules.against:
            return 0.0
        chance = self._chance(event, probe, matter)
        # One pair of characters may be shared by accident: the second rarest counts.
        found = sorted(map(chance, names))[1:2]
        if towns and matter >= rules.town_matter and not self._is_elsewhere(event, probe, towns):
            found += map(chance, towns)
        evidence = matter - log10(min(found) * event.messages_to(probe)) if found else 0.0
        return evidence if evidence >= rules.evidence else 0.0

    def keys(self, features: Features) -> list[int]:
        """Return what a call is found by when nothing but town and matter tell: both as one."""
        if not (features.is_call and features.towns):
            return []
        groups = groups_of(features.message.classes, self._parents)
        likely = [crc32(group.encode()) for group, p in groups.items() if p >= _LIKELY]
        return [-1 - (group * BUCKETS + town) for town in features.towns for group in likely]

    def _chance(self, event: Event, probe: Probe, matter: float) -> Callable[[int], float]:
        """Return gram → how often chance brings it, as far as the matter does not bring it too."""
        most = max(10**matter, 1.0)
        group, ours, theirs = self._matter(event, probe)

        def chance(gram: int) -> float:
            others = self._others(event, probe, gram)
            share = (others + _HALF_A_CALL) / self._rarity.texts
            if most == 1.0 or not group:
                return share
            usual = self._odds.share_of_group(group)
            own = event.heard[gram] * ours + probe.size * theirs
            used = max(self._rarity.usage.of(gram, group) - own, 0.0)
            of_matter = (used + _DOUBT * (_WORD + usual)) / (others + _DOUBT)
            return share * min(max(of_matter / usual, 1.0), most)

        return chance

    def _matter(self, event: Event, probe: Probe) -> tuple[str, float, float]:
        """Return the group of classes that both are likeliest of, and how surely either is."""
        ours = groups_of(event.mean_classes, self._parents)
        theirs = groups_of(probe.classes, self._parents)
        both = {g: p * theirs[g] for g, p in ours.items() if g in theirs}
        group = max(both, key=lambda g: (both[g], g), default="")
        return group, ours.get(group, 0.0), theirs.get(group, 0.0)

    def _others(self, event: Event, probe: Probe, gram: int) -> float:
        """Return how many other messages, background included, hold a gram."""
        return max(float(self._rarity.counts[gram]) - event.heard[gram] - probe.size, 0.0)

    def _is_elsewhere(self, event: Event, probe: Probe, towns: Iterable[int]) -> bool:
        """Tell whether most of the event name something narrower that the probe does not."""
        if len(event) <= _FEW:
            return False
        commonness = min(self._others(event, probe, town) for town in towns)
        return any(
            gram not in probe.grams
            and event.heard[gram] >= _AGREED * len(event)
            and self._others(event, probe, gram) < commonness
            for gram in event.name_terms
        )


def _shared_names(event: Event, probe: Probe) -> list[int]:
    """Return the grams of names of either that both say."""
    size = len(event)
    least = _SHARED * size if size > _FEW else 0
    said = {gram for gram, n in event.name_terms.items() if n >= least}
    return [
        gram
        for gram in said.union(probe.name_terms, () if probe.is_named else probe.name_grams)
        if gram in probe.grams and gram in event.words and event.heard[gram] >= least
    ]


def _shared_towns(event: Event, probe: Probe) -> list[int]:
    return [town for town in probe.towns if event.towns[town] >= _SHARED * len(event)]
