"""What must not be dispatched as an ordinary ticket, and why (ordinance art. 11 para. 3).

Checked in the order of the harm that a mistake does: danger now, a statutory channel, another
city, what is nobody's duty, a mere question. Each answer names the words that it rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from jiesu.classifier.danger import DangerModel, load_danger_model
from jiesu.classifier.gram_model import packaged_model
from jiesu.router.danger import Danger, DangerReader
from jiesu.router.danger_rules import load_danger_rules
from jiesu.router.elsewhere import ElsewhereReader
from jiesu.router.triage_rules import TriageRule, TriageRules, load_triage_rules
from jiesu.router.word_rules import RuleHit, WordRules
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import ArtefactError

TriageOutcome = Literal["emergency", "statutory", "elsewhere", "out_of_scope", "answer"]
_EMERGENCY_SOURCE = "条例第十一条第三款第（一）项"
_QUESTION = "咨询"


@dataclass(frozen=True, slots=True)
class Word:
    """Words of the text that something rests on, at [start, end)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TriageHit:
    """Why a ticket goes another way than dispatch.

    Attributes:
        lines: emergency lines, the most pressing first; empty for other outcomes.
        words: what it was read from, the weightiest first.
        reason: a sentence for the operator; `source`: law and article.
        channel: what the caller is told to use; empty for an emergency.
    """

    outcome: TriageOutcome
    lines: tuple[str, ...]
    words: tuple[Word, ...]
    reason: str
    source: str
    channel: str = ""


@dataclass(frozen=True)
class Triage:
    """Applies danger.yaml and triage.yaml of one city.

    Attributes:
        model: None when it is missing or broken; rules alone then find danger.
        problem: why a model is missing; empty when none is.
        improper: hears demands that are not dispatched; None where the city asks for none.
    """

    danger: DangerReader
    rules: TriageRules
    places: ElsewhereReader
    model: DangerModel | None = None
    problem: str = ""
    improper: DangerModel | None = None

    @classmethod
    def from_city(cls, city: City, model_folder: Path | None = None) -> "Triage":
        """Load the rules of a city and the danger model.

        Args:
            model_folder: None for the model that comes with the package.

        Raises:
            CityError: a rule file is wrong.
        """
        rules = load_triage_rules(city.folder)
        danger = DangerReader(load_danger_rules(city.folder))
        places = ElsewhereReader.from_city(city, rules.elsewhere)
        plain = cls(danger, rules, places)
        try:
            plain = replace(plain, model=load_danger_model(model_folder))
            if rules.improper.share:
                plain = replace(plain, improper=load_danger_model(packaged_model("improper")))
        except ArtefactError as error:
            return replace(plain, problem=str(error))
        return plain

    def check(self, text: str, kind: str = "", p_kind: float = 0.0) -> TriageHit | None:
        """Say whether one text goes another way than dispatch; see `check_all`."""
        return self.check_all([text], [(kind, p_kind)])[0]

    def check_all(
        self, texts: Sequence[str], kinds: Sequence[tuple[str, float]] | None = None
    ) -> list[TriageHit | None]:
        """Say for each text whether it goes another way than dispatch.

        Args:
            kinds: kind of request and its probability; None, or an empty kind: unknown.
        """
        dangers = self.dangers(texts)
        kinds = kinds or [("", 0.0)] * len(texts)
        return [
            self._emergency(text, danger) or self._other(text, kind, p)
            for text, danger, (kind, p) in zip(texts, dangers, kinds, strict=True)
        ]

    def doubts(self, texts: Sequence[str], hits: Sequence[TriageHit | None]) -> list[str]:
        """Say why a person must look at a text that no rule keeps from dispatch; empty: need not.

        The model is no ground for turning anybody away: it hears wordings that no rule lists.
        """
        if self.improper is None or not texts:
            return [""] * len(texts)
        rule, shares = self.rules.improper, self.improper.score(texts).tolist()
        return [
            self._doubt(text) if hit is None and share <= rule.share else ""
            for text, hit, share in zip(texts, hits, shares, strict=True)
        ]

    def _doubt(self, text: str) -> str:
        assert self.improper is not None
        start, end = self.improper.span(text)
        rule = self.rules.improper
        return f"“{text[start:end]}”：{rule.reason}（{rule.source}）"

    def dangers(self, texts: Sequence[str]) -> list[Danger | None]:
        """Return what speaks for danger in each text."""
        if self.model is None:
            return [self.danger.read(text) for text in texts]
        shares = self.model.score(texts).tolist()
        return [self.danger.read(text, share) for text, share in zip(texts, shares, strict=True)]

    def _emergency(self, text: str, danger: Danger | None) -> TriageHit | None:
        if danger is None or not danger.is_now:
            return None
        spans = [(hit.start, hit.end) for hit in danger.hits if hit.end > hit.start]
        if not spans and self.model is not None:
            spans = [self.model.span(text)]
        lines = self.danger.rules.lines
        name = lines.get(danger.lines[0], "") if danger.lines else ""
        reasons = "；".join(dict.fromkeys(hit.rule.reason for hit in danger.hits[:2]))
        return TriageHit(
            outcome="emergency",
            lines=danger.lines,
            words=_words(text, spans),
            reason=f"{reasons}，应立即转 {danger.lines[0]}（{name}）",
            source=_EMERGENCY_SOURCE,
        )

    def _other(self, text: str, kind: str, p_kind: float) -> TriageHit | None:
        return (
            self._by_rule(text, kind, "statutory")
            or self._elsewhere(text)
            or self._by_rule(text, kind, "out_of_scope")
            or self._question(text, kind, p_kind)
        )

    def _by_rule(self, text: str, kind: str, outcome: TriageOutcome) -> TriageHit | None:
        for hit in self._hits(text):
            rule = self.rules.rules[hit.rule]
            if rule.outcome == outcome and _holds(rule, text, kind):
                words = _words(text, [(hit.start, hit.end)])
                return TriageHit(outcome, (), words, rule.reason, rule.source, rule.channel)
        return None

    def _hits(self, text: str) -> list[RuleHit]:
        return self._word_rules.hits(text)

    @cached_property
    def _word_rules(self) -> WordRules:
        return WordRules(tuple(rule.words for rule in self.rules.rules))

    def _elsewhere(self, text: str) -> TriageHit | None:
        mention = self.places.read(text)
        if mention is None:
            return None
        rule, words = self.rules.elsewhere, _words(text, [(mention.start, mention.end)])
        reason = f"“{words[0].text}”：{rule.reason}"
        if any(name in text for name in rule.transfer):
            reason += f"；{rule.transfer_reason}"
        return TriageHit("elsewhere", (), words, reason, rule.source, "当地 12345")

    def _question(self, text: str, kind: str, p_kind: float) -> TriageHit | None:
        rule = self.rules.answer
        if kind != _QUESTION or p_kind < rule.p or any(word in text for word in rule.demand):
            return None
        at = next(((text.find(word), word) for word in rule.ask if word in text), None)
        if at is None:
            return None
        words = _words(text, [(at[0], at[0] + len(at[1]))])
        return TriageHit("answer", (), words, rule.reason, rule.source, "知识库")


def _holds(rule: TriageRule, text: str, kind: str) -> bool:
    fits = not rule.kinds or not kind or kind in rule.kinds
    return fits and not any(word in text for word in rule.without)


def _words(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Word, ...]:
    return tuple(Word(text[start:end], start, end) for start, end in dict.fromkeys(spans))
