"""Rules made of words: one word, or words of several groups close together.

Danger, triage and urgency are read by such rules; what a hit means is theirs to say. In YAML:

    words: [着火了, 起火了]            any of them
    groups: [[电梯], [困, 卡在]]       one of each group, all within so many characters:
    within: 20
    unless: [跳楼价]                  longer phrases that take a word out of its meaning

"@name" among the words stands for the words listed under that name in `groups` of the file.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from jiesu.router.phrases import Mention, PhraseFinder

_UNLESS = -1  # group number of the phrases that take a word out of its meaning

Owner = tuple[int, int]  # rule number, group number
Shared = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that together say one thing.

    Attributes:
        groups: a word of every group must stand within `within` characters; single words are
            one group.
        unless: longer phrases that take a word of the rule out of its meaning.
    """

    groups: tuple[tuple[str, ...], ...]
    within: int = 0
    unless: tuple[str, ...] = ()


NO_WORDS = WordRule(())


@dataclass(frozen=True, slots=True)
class RuleHit:
    """Rule number `rule` hit at [start, end)."""

    rule: int
    start: int
    end: int


@dataclass(frozen=True)
class WordRules:
    """Rules that are looked for together, in one pass over a text."""

    rules: tuple[WordRule, ...]
    _finder: PhraseFinder[Owner] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_finder", PhraseFinder.of(_entries(self.rules)))

    def hits(self, text: str) -> list[RuleHit]:
        """Return the hits, rules in their order; of a rule with groups only the closest one.

        >>> rules = WordRules((WordRule((("电梯",), ("困", "卡在")), within=8),))
        >>> rules.hits("有人在电梯里困着")
        [RuleHit(rule=0, start=3, end=7)]
        """
        found: defaultdict[int, defaultdict[int, list[Mention[Owner]]]]
        found = defaultdict(lambda: defaultdict(list))
        for mention in self._finder.find(text):
            rule, group = mention.owner
            found[rule][group].append(mention)
        return [
            RuleHit(number, start, end)
            for number in sorted(found)
            for start, end in _spans(self.rules[number], found[number])
        ]


def _entries(rules: Sequence[WordRule]) -> Iterable[tuple[str, Owner]]:
    for number, rule in enumerate(rules):
        for group, words in enumerate(rule.groups):
            yield from ((word, (number, group)) for word in words)
        yield from ((word, (number, _UNLESS)) for word in rule.unless)


def _spans(rule: WordRule, found: Mapping[int, list[Mention[Owner]]]) -> list[tuple[int, int]]:
    taken = found.get(_UNLESS, [])
    groups = [
        [m for m in found.get(group, []) if not any(m.overlaps(other) for other in taken)]
        for group in range(len(rule.groups))
    ]
    if len(groups) == 1:
        return [(m.start, m.end) for m in groups[0]]
    spans = ((min(m.start for m in ms), max(m.end for m in ms)) for ms in product(*groups))
    near = [(end - start, start, end) for start, end in spans if end - start <= rule.within]
    return [(start, end) for _, start, end in sorted(near)[:1]]


def word_rule(entry: Mapping[str, Any], shared: Shared) -> WordRule:  # parsed YAML
    """Make the words of a rule out of its entry, which `word_problems` found to be sound."""
    groups = entry["groups"] if "groups" in entry else [entry["words"]]
    return WordRule(
        groups=tuple(tuple(_expand(group, shared)) for group in groups),
        within=entry.get("within", 0),
        unless=tuple(entry.get("unless", ())),
    )


def _expand(group: Sequence[str], shared: Shared) -> list[str]:
    words: list[str] = []
    for word in group:
        words += shared[word[1:]] if word.startswith("@") else [word]
    return words


def word_problems(entry: Mapping[str, Any], shared: Shared, where: str) -> list[str]:
    """Return what is wrong with the words of a rule, each with file and rule."""
    if ("words" in entry) == ("groups" in entry):
        return [f"{where}: words 与 groups 应恰好有一个；请删去或补上"]
    if "groups" in entry and "within" not in entry:
        return [f"{where}: 有 groups 时要写 within；请写明各组的词要在几个字之内"]
    words = [word for group in entry.get("groups", [entry.get("words")]) for word in group]
    bad = [word for word in (*words, *entry.get("unless", ())) if not isinstance(word, str)]
    unknown = [word for word in words if str(word).startswith("@") and word[1:] not in shared]
    return [f"{where}: {word!r} 不是词；数字请加引号" for word in bad] + [
        f"{where}: groups 中没有 {word[1:]!r}；请补上" for word in unknown
    ]
