"""Decision → the sentences that an operator reads at one glance, in Chinese, with their source.

The wording of a decision lives here; terminal, console and reports only lay it out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Decision, Outcome, Part, Place, Reason
from jiesu.taxonomy.tree import LabelTree

OUTCOME_NAMES: dict[Outcome, str] = {
    "auto": "自动派单",
    "confirm": "请确认",
    "human": "请人工判断",
    "district": "派到区",
    "consult": "会商后派单",
    "emergency": "转紧急专线",
    "statutory": "告知法定渠道",
    "repeat": "重复诉求",
    "out_of_scope": "不属于受理范围",
    "elsewhere": "转外地",
    "answer": "查知识库答复",
}
PART_NAMES: dict[Part, str] = {"lead": "主办", "assist": "协办", "copy": "抄送"}
LIMIT_NAMES = {"2h": "2 小时", "24h": "24 小时", "7d": "7 日", "15d": "15 日"}
UNKNOWN_PLACE = "文中没有说明"
_OTHER_LEADS = 2
"""Further leads that are worth a glance."""
_REASONS = 2
"""Reasons of one unit that are; the first is of the likeliest class."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to read.

    Attributes:
        heading: what it is about: 事项, 地点, 主办, 协办, 抄送, 备选, 结果, 时限.
        text: the sentence itself.
        sources: law and article, or what else it rests on; empty where it needs none.
    """

    heading: str
    text: str
    sources: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write it on one line.

        >>> str(Sentence("主办", "甲街道：垃圾由街道管", ("乙条例第四条",)))
        '主办：甲街道：垃圾由街道管（乙条例第四条）'
        """
        return f"{self.heading}：{self.text}" + (
            f"（{'；'.join(self.sources)}）" if self.sources else ""
        )


def sentences(decision: Decision, tree: LabelTree, zone: tzinfo) -> tuple[Sentence, ...]:
    """Return what to read, most important first: outcome, who and why, what, where, until when."""
    return (
        Sentence("结果", _outcome(decision)),
        *_units(decision.candidates),
        Sentence("事项", _class(decision.classes, tree)),
        Sentence("地点", place_text(decision.place)),
        Sentence("时限", deadline_text(decision, zone)),
    )


def place_text(place: Place) -> str:
    """Name a place with how sure it is.

    >>> place_text(Place("朝阳区", "望京街道", p=0.93))
    '朝阳区 › 望京街道（把握 93%）'
    """
    names = [name for name in (place.district, place.subdistrict, place.community) if name]
    return f"{' › '.join(names)}（把握 {place.p:.0%}）" if names else UNKNOWN_PLACE


def deadline_text(decision: Decision, zone: tzinfo) -> str:
    """Say until when the unit must have answered, in local time, and by which clock."""
    name = LIMIT_NAMES.get(decision.limit, decision.limit)
    if decision.deadline is None:
        return name or "没有规定"
    moment = f"{decision.deadline.astimezone(zone):%Y-%m-%d %H:%M} 前"
    return moment + (f"（{name}）" if name else "")


def reason_text(reason: Reason) -> str:
    """Write a reason with its source.

    >>> reason_text(Reason("rule", "养犬由公安管", "《养犬规定》第四条"))
    '养犬由公安管（《养犬规定》第四条）'
    """
    return reason.text + (f"（{reason.source}）" if reason.source else "")


def _outcome(decision: Decision) -> str:
    return "；".join((OUTCOME_NAMES[decision.outcome], *decision.reasons))


def _class(classes: tuple[RankedClass, ...], tree: LabelTree) -> str:
    if not classes:
        return "未判断（没有可用的模型）"
    first = classes[0]
    names = " › ".join(label.name for label in tree.path(first.code))
    return f"{names}（{first.code}，把握 {first.p[-1]:.0%}）"


def _units(candidates: tuple[Candidate, ...]) -> Iterator[Sentence]:
    leads = [candidate for candidate in candidates if candidate.part == "lead"]
    if not leads:
        yield Sentence("主办", "没有找到对应的单位，请人工判断")
        return
    yield _unit(PART_NAMES["lead"], leads[0])
    others = "、".join(f"{_name(lead)} {lead.p:.0%}" for lead in leads[1 : 1 + _OTHER_LEADS])
    if others:
        yield Sentence("备选", others)
    for candidate in candidates:
        if candidate.part != "lead":
            yield _unit(PART_NAMES[candidate.part], candidate)


def _unit(heading: str, candidate: Candidate) -> Sentence:
    reasons = candidate.reasons[:_REASONS]
    why = "；".join(dict.fromkeys(reason.text for reason in reasons))
    sources = dict.fromkeys(reason.source for reason in reasons if reason.source)
    text = _name(candidate) + (f"：{why}" if why else "")
    return Sentence(heading, text, tuple(sources))


def _name(candidate: Candidate) -> str:
    return candidate.unit or f"{candidate.unit_role}（需要地点才能确定单位）"
