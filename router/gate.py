"""From ranked candidates to an outcome: dispatched, one keystroke to confirm, or a person's choice.

`decide` weighs class and unit. `settle` then heeds what the rule of the first class says beyond
units: a meeting, a line, the district in place of an unknown subdistrict. `release` lets what is
left go by itself where a certified policy in force proves that it may; without one nothing does.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Gate, Outcome
from jiesu.router.dispatch_policy import NO_LICENCE, STAGE_NAMES, DispatchPolicy, Licence
from jiesu.router.jurisdiction import Ruling
from jiesu.router.policy import Policy
from jiesu.taxonomy.city import City
from jiesu.taxonomy.units import Unit

Decided = tuple[Outcome, Gate, tuple[str, ...]]
"""The outcome, what the gate compared, and the reasons as sentences."""


def decide(
    classes: Sequence[RankedClass],
    candidates: Sequence[Candidate],
    policy: Policy,
    licence: Licence = NO_LICENCE,
    group: str = "",
) -> Decided:
    """Return the outcome, what the gate compared, and the reasons as sentences.

    Args:
        licence: a certified policy beyond its shadow stage brings its own threshold.
        group: level-1 class of the first class.
    """
    threshold = _confirm_threshold(policy, licence, group)
    name = licence.confirming.name if licence.confirming else policy.version
    gate = Gate(threshold=threshold, guarantee="", policy=name)
    doubts = tuple(_doubts(classes, candidates, policy, threshold))
    if doubts:
        return "human", gate, doubts
    return "confirm", gate, ("首选事项与承办单位把握较大，确认即可派发",)


def _confirm_threshold(policy: Policy, licence: Licence, group: str) -> float | None:
    """Return the least probability of the first unit; None where none was proved."""
    if licence.confirming is None:
        return policy.confirm_p_unit
    found = licence.confirming.confirm.of(group)
    return found.threshold if found else None


def _doubts(
    classes: Sequence[RankedClass],
    candidates: Sequence[Candidate],
    policy: Policy,
    threshold: float | None,
) -> list[str]:
    if not classes:
        return ["没有可用的分类结果"]
    if not candidates:
        return ["首选事项没有对应的承办单位"]
    doubts = []
    p_class, lead = classes[0].p[-1], candidates[0]
    if p_class < policy.confirm_p_class:
        doubts.append(f"首选事项的概率 {p_class:.0%} 低于 {policy.confirm_p_class:.0%}")
    if not lead.unit_id:
        doubts.append(f"“{lead.unit_role}”需要地点或对象才能确定到具体单位")
    elif threshold is None:
        doubts.append("历史工单不足以证明这类事项的建议够准，请人工判断")
    elif lead.p < threshold:
        doubts.append(f"首选单位的概率 {lead.p:.0%} 低于 {threshold:.0%}")
    return doubts


def release(
    decided: Decided,
    classes: Sequence[RankedClass],
    candidates: Sequence[Candidate],
    *,
    licence: Licence,
    group: str,
    policy: Policy,
    broken: Sequence[str] = (),
) -> Decided:
    """Dispatch what a certified policy proves; say so where it would, or why it does not count.

    Args:
        group: level-1 class of the first class.
        broken: parts that do not work; the proof was made with all of them.
    """
    outcome, gate, reasons = decided
    if outcome != "confirm" or licence.policy is None:
        return decided
    if licence.refusal:
        why = f"自动派单策略 {licence.policy.name} 不生效：{licence.refusal}"
        return outcome, gate, (*reasons, why)
    if is_never_auto(classes[0].code, policy):
        return outcome, gate, (*reasons, "这类事项一律由人确认")
    if broken:
        return outcome, gate, (*reasons, f"有部件不能用（{'、'.join(broken)}），由人确认")
    certificate = licence.policy.auto.of(group)
    if certificate is None or certificate.threshold is None:
        return decided
    if candidates[0].p < certificate.threshold:
        return decided
    return _released(decided, candidates[0], licence.policy, certificate.threshold)


def doubted(decided: Decided, doubt: str) -> Decided:
    """Leave to a person what reads like a demand that is not dispatched; say so in any case."""
    if not doubt:
        return decided
    outcome, passed, reasons = decided
    return "human" if outcome == "confirm" else outcome, passed, (doubt, *reasons)


def is_never_auto(code: str, policy: Policy) -> bool:
    """Say whether a class is one that the city never lets go by itself."""
    return any(code.startswith(above) for above in policy.never_auto)


def _released(
    decided: Decided, lead: Candidate, policy: DispatchPolicy, threshold: float
) -> Decided:
    outcome, gate, reasons = decided
    passed = f"首选单位的概率 {lead.p:.1%} 达到自动派单门槛 {threshold:.1%}"
    if policy.stage == "auto":
        released = Gate(threshold, policy.guarantee, policy.name, would_be="auto")
        return "auto", released, (f"{passed}；{policy.guarantee}",)
    would = f"{passed}，现为“{STAGE_NAMES[policy.stage]}”阶段，只作记录，由人确认"
    return outcome, replace(gate, would_be="auto"), (*reasons, would)


def settle(
    decided: Decided,
    classes: Sequence[RankedClass],
    candidates: Sequence[Candidate],
    *,
    ruling: Ruling | None,
    kind: str,
    city: City,
    policy: Policy,
) -> Decided:
    """Replace the outcome where the sure first class calls for another than dispatch."""
    outcome, gate, reasons = decided
    if ruling is None or not classes or classes[0].p[-1] < policy.confirm_p_class:
        return decided
    role = city.roles[ruling.lead] if ruling.lead else None
    called_for = (ruling.rule.outcome if ruling.rule else "") or (role.outcome if role else "")
    if called_for == "consult":
        return "consult", gate, (_who_meets(ruling, city), *_because(ruling), *reasons)
    if called_for and role:
        line = f"，转 {role.line}" if role.line else ""
        said = f"首选事项按“{role.name}”办理{line}"
        return _outcome(called_for), gate, (said, *_because(ruling))
    if outcome == "confirm" and (stand_in := _stand_in(candidates, city)):
        if policy.district_role in stand_in.roles:
            return "district", gate, (f"{policy.district_reason}（{policy.district_source}）",)
        if kind not in policy.city_kinds:
            return "human", gate, (policy.ask_reason,)
    return decided


def _because(ruling: Ruling) -> tuple[str, ...]:
    """Return why the deciding rule says so, with its source."""
    if ruling.rule is None:
        return ()
    return (f"{ruling.rule.note or ruling.rule.id}（{ruling.rule.source}）",)


def _outcome(name: str) -> Outcome:
    return next(known for known in get_args(Outcome) if known == name)


def _who_meets(ruling: Ruling, city: City) -> str:
    called = [
        c.role for c in ruling.competences if c.part != "copy" and not city.roles[c.role].outcome
    ]
    return f"职责有交叉，派单前会商；请召集：{'、'.join(called)}"


def _stand_in(candidates: Sequence[Candidate], city: City) -> Unit | None:
    """Return the first unit where it does not itself fill the role that it is named for."""
    if not candidates or not candidates[0].unit_role:  # a unit by history fills no role
        return None
    unit = city.units_by_id.get(candidates[0].unit_id)
    return None if unit is None or candidates[0].unit_role in unit.roles else unit
