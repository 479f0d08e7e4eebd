"""One message → what it is compared by: rare words, names, topic, and a sketch for copies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from jiesu.router.mass.classes import groups_of
from jiesu.router.mass.grams import Floats, Ids, Rarity, hash_grams
from jiesu.router.mass.message import Message
from jiesu.router.mass.names import NameRules, read_names
from jiesu.router.mass.rules import MassRules
from jiesu.router.mass.topics import Embed, Vectors

SKETCH = 64
_LIKELY = 0.1
"""A group of classes that is less likely is not counted."""
_OPENING = re.compile(r"^.{0,24}?(?:反映|称|表示)\0")
_SEED = 12345


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A message as the watch compares it.

    Attributes:
        terms, weights: the most telling grams, best first, unit length together.
        grams: every gram of the text, to look up an event's name in it; only for a new message.
        names: names read from the lead and, apart, from the text.
        name_grams: grams of the party named in the lead → how rare; empty if none is named.
        said_grams: grams of every name in lead and text, and those across its edges.
        name_terms, name_weights: rarest pairs inside these names and how rare, to find events by.
        topic: what it is about, shape (n_dimensions,), unit length.
        sketch: MinHash of the text, None for a text too short for one.
        number: how many texts the stream and its background held when it came.
        is_call: a line or two without a title, as calls are noted down.
        towns: grams of the subdistricts that it names, one each.
    """

    message: Message
    terms: tuple[int, ...]
    weights: tuple[float, ...]
    grams: frozenset[int]
    names: tuple[str, ...]
    text_names: tuple[str, ...]
    name_grams: Mapping[int, float]
    said_grams: NDArray[np.int32]
    name_terms: tuple[int, ...]
    name_weights: tuple[float, ...]
    topic: Vectors
    sketch: RMinHash | None
    number: int
    is_call: bool
    towns: tuple[int, ...]


class FeatureMaker:
    """Turns messages into features, learning on the way how common each gram is."""

    def __init__(self, rules: MassRules, embed: Embed, rarity: Rarity) -> None:
        self.rules = rules
        self.embed = embed
        self.rarity = rarity

    def make(self, message: Message) -> Features:
        """Return the features of the next message of the stream."""
        link, names = self.rules.link, self.rules.names
        lead, text = names.clean(message.lead), names.clean(message.text[: link.text_chars])
        lead_ids, text_ids = hash_grams(lead), hash_grams(text)
        lead_names = tuple(read_names(lead, names))
        # Without a title the lead is only where the text begins.
        ids, counts = _count(lead_ids, text_ids, link.title_weight if message.title else 1.0)
        self.rarity.see(ids, _likely(groups_of(message.classes, self.rules.groups)))
        rare = self.rarity.of(ids)
        terms, weights = _most_telling(ids, counts, rare, link.common, link.vector_terms)
        text_names = tuple(dict.fromkeys(read_names(text, names)))
        names_said = lead_names + text_names
        name_terms, name_weights = self._rarest(names_said)
        return Features(
            message=message,
            terms=terms,
            weights=weights,
            grams=frozenset(ids.tolist()),
            names=lead_names,
            text_names=text_names,
            name_grams=self._name_grams(lead, lead_names),
            said_grams=_said_grams(f"{lead}\0{text}", names_said, ids),
            name_terms=name_terms,
            name_weights=name_weights,
            topic=self.embed([_matter(message, text, names_said)])[0],
            sketch=_sketch(text, self.rules.echo.shingle),
            number=self.rarity.texts,
            is_call=not message.title and len(message.text) <= self.rules.call.chars,
            towns=_towns(text, names),
        )

    def _rarest(self, names: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Return the rarest pairs inside the names, and how rare."""
        pairs = np.unique(hash_grams("\0".join(names), (2,)))
        rare = self.rarity.of(pairs)
        order = np.argsort(-rare, kind="stable")[: self.rules.link.name_terms]
        return tuple(pairs[order].tolist()), tuple(rare[order].tolist())

    def _name_grams(self, lead: str, names: tuple[str, ...]) -> dict[int, float]:
        """Grams of the names, or of what the background does not know where there is no name."""
        if names:
            ids = np.unique(hash_grams("\0".join(names), (2,)))
        else:
            ids = np.unique(hash_grams(lead, (2,)))
            ids = ids[self.rarity.is_odd(ids)]
        rare = np.maximum(self.rarity.of(ids) - self.rules.link.name_common, 0)
        return dict(zip(ids.tolist(), rare.tolist(), strict=True))


def _likely(groups: Mapping[str, float]) -> dict[str, float]:
    return {group: p for group, p in groups.items() if p >= _LIKELY}


def _towns(cleaned: str, names: NameRules) -> tuple[int, ...]:
    """Return one gram for each subdistrict that a text names."""
    named = dict.fromkeys(match[0] for match in names.town.finditer(cleaned))
    return tuple(int(hash_grams(name[:3], (min(len(name), 3),))[0]) for name in named)


def _said_grams(cleaned: str, names: tuple[str, ...], ids: Ids) -> NDArray[np.int32]:
    """Return the grams that stand nowhere but in a name or across its edge."""
    rest = hash_grams(_without(cleaned, names))
    return np.setdiff1d(ids, rest).astype(np.int32)


def _matter(message: Message, cleaned: str, names: tuple[str, ...]) -> str:
    """Return what tells the topic best.

    A title does. A call-taker's note has none, and begins with a place and "居民反映", which in a
    short note would outweigh the matter.
    """
    if message.title:
        return f"{message.title}。{message.title}。{message.text[:600]}"
    return _without(_OPENING.sub("", cleaned), names).replace("\0", "。")


def _without(cleaned: str, names: tuple[str, ...]) -> str:
    for name in sorted(set(names), key=len, reverse=True):
        cleaned = cleaned.replace(name, "\0")
    return cleaned


def _count(lead: Ids, text: Ids, lead_weight: float) -> tuple[Ids, Floats]:
    ids, where = np.unique(np.concatenate([lead, text]), return_inverse=True)
    weights = np.concatenate([np.full(len(lead), lead_weight), np.ones(len(text))])
    sums = np.bincount(where, weights, minlength=len(ids)).astype(np.float64)
    return ids.astype(np.int64), sums


def _most_telling(
    ids: Ids, counts: Floats, rare: Floats, common: float, most: int
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    weights: NDArray[np.float64] = np.log1p(counts) * np.maximum(rare - common, 0)
    best = np.argsort(-weights, kind="stable")[:most]
    best = best[weights[best] > 0]
    kept = weights[best] / (np.linalg.norm(weights[best]) + 1e-9)
    return tuple(ids[best].tolist()), tuple(kept.tolist())


def _sketch(cleaned: str, shingle: int) -> RMinHash | None:
    letters = cleaned.replace("\0", "")
    pieces = [letters[i : i + shingle] for i in range(len(letters) - shingle + 1)]
    if not pieces:
        return None
    sketch = RMinHash(num_perm=SKETCH, seed=_SEED)
    sketch.update(pieces)
    return sketch
