"""What must not be dispatched like an ordinary ticket: `triage.yaml` of a city, read and checked.

Source: 北京市接诉即办工作条例 (2021) art. 11 para. 3; each rule names the item it rests on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from jiesu.router.word_rules import WordRule, word_problems, word_rule
from jiesu.taxonomy.city import read_yaml
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.ticket import KINDS

TRIAGE_FILE = "triage.yaml"
RuleOutcome = Literal["statutory", "out_of_scope"]

_KEYS = ("id", "outcome", "channel", "reason", "source")


@dataclass(frozen=True, slots=True)
class TriageRule:
    """One matter that has another way than dispatch.

    Attributes:
        channel: what the caller is told to use (诉讼, 仲裁 …).
        kinds: kinds of request that it holds for; empty for all.
        without: it does not hold where one of these stands anywhere in the text.
    """

    id: str
    outcome: RuleOutcome
    channel: str
    reason: str
    source: str
    words: WordRule
    kinds: frozenset[str] = frozenset()
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class ElsewhereRule:
    """How a place elsewhere must be named for the matter to be there.

    Attributes:
        not_before: what follows the name of a person's or thing's origin, or is part of a name.
        after: what stands before the scene of a matter, when it does not begin a clause.
        without: words that speak of transport or goods between cities; the matter is here.
        local: words with "{city}" by which the text says that the matter is here after all.
        transfer: places whose hotline takes over by one key.
    """

    reason: str = ""
    source: str = ""
    not_before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    transfer: frozenset[str] = frozenset()
    transfer_reason: str = ""


@dataclass(frozen=True)
class AnswerRule:
    """When a text is a mere question.

    Attributes:
        p: least probability of the kind 咨询.
        ask, demand: one of the former must be there, none of the latter.
    """

    p: float = 1.0
    reason: str = ""
    source: str = ""
    ask: tuple[str, ...] = ()
    demand: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImproperRule:
    """When a text as a whole reads like a demand that is not dispatched, though no rule hit.

    Attributes:
        share: so few ordinary texts read as improper, at most; 0 for never.
    """

    share: float = 0.0
    reason: str = ""
    source: str = ""


@dataclass(frozen=True)
class TriageRules:
    """All of `triage.yaml`."""

    rules: tuple[TriageRule, ...]
    elsewhere: ElsewhereRule
    answer: AnswerRule
    improper: ImproperRule = ImproperRule()


def load_triage_rules(folder: Path) -> TriageRules:
    """Read `triage.yaml` of a city folder.

    Raises:
        CityError: lists every fault with the rule it is in.
    """
    raw = read_yaml(folder, TRIAGE_FILE)
    shared = raw.get("groups", {})
    problems = [problem for entry in raw.get("rules", ()) for problem in _problems(entry, shared)]
    if problems:
        raise CityError(problems)
    return TriageRules(
        rules=tuple(_rule(entry, shared) for entry in raw.get("rules", ())),
        elsewhere=_elsewhere(raw.get("elsewhere", {})),
        answer=_answer(raw.get("answer", {})),
        improper=ImproperRule(**raw.get("improper", {})),
    )


def _problems(entry: Mapping[str, Any], shared: Mapping[str, list[str]]) -> list[str]:
    where = f"{TRIAGE_FILE}: rules: {entry.get('id', entry)}"
    problems = [f"{where}: 缺少 {key}；请补上" for key in _KEYS if key not in entry]
    if entry.get("outcome") not in get_args(RuleOutcome):
        choices = "、".join(get_args(RuleOutcome))
        problems.append(f"{where}: outcome: {entry.get('outcome')!r} 不在 {choices} 之中；请改正")
    for kind in entry.get("kinds", ()):
        if kind not in KINDS:
            problems.append(f"{where}: kinds: {kind!r} 不是诉求类型（{'、'.join(KINDS)}）；请改正")
    return problems + word_problems(entry, shared, where)


def _rule(entry: Mapping[str, Any], shared: Mapping[str, list[str]]) -> TriageRule:  # parsed YAML
    return TriageRule(
        **{key: entry[key] for key in _KEYS},
        words=word_rule(entry, shared),
        kinds=frozenset(entry.get("kinds", ())),
        without=tuple(entry.get("without", ())),
    )


def _elsewhere(entry: Mapping[str, Any]) -> ElsewhereRule:  # parsed YAML
    return ElsewhereRule(
        reason=entry.get("reason", ""),
        source=entry.get("source", ""),
        not_before=tuple(entry.get("not_before", ())),
        after=tuple(entry.get("after", ())),
        without=tuple(entry.get("without", ())),
        local=tuple(entry.get("local", ())),
        transfer=frozenset(entry.get("transfer", ())),
        transfer_reason=entry.get("transfer_reason", ""),
    )


def _answer(entry: Mapping[str, Any]) -> AnswerRule:  # parsed YAML
    return AnswerRule(
        p=float(entry.get("p", 1.0)),
        reason=entry.get("reason", ""),
        source=entry.get("source", ""),
        ask=tuple(entry.get("ask", ())),
        demand=tuple(entry.get("demand", ())),
    )
