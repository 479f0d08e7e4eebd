"""Reads from a text whether somebody is in danger now, and which emergency line it is for.

Danger told of the past, feared for the future or meant as a figure of speech is told apart by
the words around it. All words and points are data (danger.yaml); each answer names the words
it was read from. Recall comes first: what is uncertain is still handed to the emergency line.
Source: 北京市接诉即办工作条例 (2021) art. 11 para. 3 item 1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jiesu.router.danger_rules import MODEL, Context, DangerRule, DangerRules
from jiesu.router.word_rules import WordRules

_ENDS = {
    "clause": re.compile(r"[，,、。！？!?；;：:\n]"),
    "sentence": re.compile(r"[。！？!?；;\n]"),
}
_MORE_LIMIT = 2


@dataclass(frozen=True, slots=True)
class DangerHit:
    """One rule that hit at [start, end); an empty span means the text as a whole."""

    rule: DangerRule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Danger:
    """What speaks for danger in a text.

    Attributes:
        points: of the strongest hit, its context and the other hits.
        is_now: the points reach the threshold: hand over to `lines` at once.
        lines: emergency lines, the most pressing first.
        hits: all rules that hit, the strongest first.
        contexts: ids of the contexts that counted for the strongest hit.
    """

    points: int
    is_now: bool
    lines: tuple[str, ...]
    hits: tuple[DangerHit, ...]
    contexts: tuple[str, ...]


@dataclass(frozen=True)
class DangerReader:
    """Applies the rules of one city."""

    rules: DangerRules
    _words: WordRules = field(init=False, repr=False)

    def __post_init__(self) -> None:
        words = WordRules(tuple(rule.words for rule in self.rules.rules))
        object.__setattr__(self, "_words", words)

    def read(self, text: str, share: float | None = None) -> Danger | None:
        """Return what speaks for danger; None when nothing does.

        Args:
            share: what the danger model says of the text; None when there is none.
        """
        hits = self._hits(text)
        of_model = 0 if share is None else self.rules.model.points(share)
        if of_model > 0:
            hits.append(DangerHit(self.rules.model.as_rule(of_model), 0, 0))
        return self._judge(text, hits, min(0, of_model)) if hits else None

    def _judge(self, text: str, hits: Sequence[DangerHit], start: int) -> Danger:
        around = _Surroundings(text, self.rules.contexts)
        scored = [(*around.judge(hit), hit) for hit in hits]
        scored.sort(key=lambda item: (-item[0], item[2].start))
        points, contexts, best = scored[0]
        points += start + self.rules.more * min(_MORE_LIMIT, _others(best, hits))
        ranked = tuple(hit for _, _, hit in scored)
        by_words_first = sorted(ranked, key=lambda hit: hit.rule.id == MODEL)
        lines = tuple(dict.fromkeys(line for hit in by_words_first for line in hit.rule.lines))
        return Danger(points, points >= self.rules.threshold, lines, ranked, contexts)

    def _hits(self, text: str) -> list[DangerHit]:
        rules = self.rules.rules
        return [DangerHit(rules[hit.rule], hit.start, hit.end) for hit in self._words.hits(text)]


def _others(best: DangerHit, hits: Sequence[DangerHit]) -> int:
    apart = (hit for hit in hits if hit.end <= best.start or best.end <= hit.start)
    return len({hit.rule.id for hit in apart} - {best.rule.id})


@dataclass(frozen=True)
class _Surroundings:
    """Which contexts hold where in one text."""

    text: str
    contexts: Sequence[Context]

    def judge(self, hit: DangerHit) -> tuple[int, tuple[str, ...]]:
        """Return the points of a hit with its contexts, and which contexts counted."""
        holding = [
            context
            for context in self.contexts
            if context.id not in hit.rule.ignores and self._holds(context, hit)
        ]
        return (
            hit.rule.points + sum(context.points for context in holding),
            tuple(context.id for context in holding),
        )

    def _holds(self, context: Context, hit: DangerHit) -> bool:
        if context.pattern is None:
            return len(self.text) > context.longer
        if context.scope == "text":
            return context.id in self._in_text
        if hit.start == hit.end:
            return False
        ends = self._ends[context.scope]
        start = max((end for end in ends if end <= hit.start), default=0)
        stop = min((end for end in ends if end > hit.end - 1), default=len(self.text))
        return context.pattern.search(self.text, start, stop) is not None

    @cached_property
    def _in_text(self) -> frozenset[str]:
        return frozenset(
            context.id
            for context in self.contexts
            if context.scope == "text" and context.pattern and context.pattern.search(self.text)
        )

    @cached_property
    def _ends(self) -> dict[str, list[int]]:
        return {
            scope: [match.end() for match in pattern.finditer(self.text)]
            for scope, pattern in _ENDS.items()
        }
