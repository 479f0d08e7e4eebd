"""Is the matter in another city? Where the caller comes from does not count.

A place elsewhere counts where it begins a clause or follows words that set the scene, where what
follows does not make it a person's origin or another thing's name, and when the text names no
region of this city.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jiesu.router.cues import load_cues
from jiesu.router.phrases import Mention, PhraseFinder
from jiesu.router.triage_rules import ElsewhereRule
from jiesu.taxonomy.city import City

_SHORTEST_LOCAL = 2
_ENDS = frozenset('，,。.！!？?；;：:、\n “"（(')


@dataclass(frozen=True)
class ElsewhereReader:
    """Finds the name of another city that the matter is in.

    Attributes:
        outside: names of places elsewhere.
        inside: words that say that the matter is in this city.
    """

    rule: ElsewhereRule
    outside: tuple[str, ...]
    inside: tuple[str, ...]
    _finder: PhraseFinder[bool] = field(init=False, repr=False)  # True for a place elsewhere

    def __post_init__(self) -> None:
        names = [*((name, True) for name in self.outside), *((name, False) for name in self.inside)]
        object.__setattr__(self, "_finder", PhraseFinder.of(names))

    @classmethod
    def from_city(cls, city: City, rule: ElsewhereRule) -> "ElsewhereReader":
        """Take the names elsewhere from the address file, those inside from the regions."""
        outside = load_cues(city).elsewhere
        inside = dict.fromkeys([*_local(city, rule), *_region_names(city)])
        return cls(rule, outside, tuple(name for name in inside if name not in outside))

    def read(self, text: str) -> Mention[bool] | None:
        """Return where the other city is named; None when the matter may well be here."""
        found = self._finder.find(text)
        abroad = [mention for mention in found if mention.owner]
        if not abroad or len(abroad) < len(found) or any(w in text for w in self.rule.without):
            return None
        return next((mention for mention in abroad if self._is_scene(text, mention)), None)

    def _is_scene(self, text: str, mention: Mention[bool]) -> bool:
        before = text[: mention.start]
        begins = not before or before[-1] in _ENDS or before.endswith(self.rule.after)
        behind = text[mention.end :].removeprefix("省").removeprefix("市")
        return begins and not behind.startswith(self.rule.not_before)


def _local(city: City, rule: ElsewhereRule) -> Iterable[str]:
    for name in (city.name, *city.settings.get("aliases", ())):
        yield from (word.format(city=name) for word in rule.local)


def _region_names(city: City) -> Iterable[str]:
    for region in (*city.regions_on("district"), *city.regions_on("subdistrict")):
        for name in (region.name, *region.aliases, *region.old_names):
            if len(name) >= _SHORTEST_LOCAL:
                yield name
