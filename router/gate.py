"""From ranked candidates to an outcome: one keystroke to confirm, or a person's choice.

`settle` then heeds what the rule of the first class says beyond units: a meeting, a line, the
district in place of an unknown subdistrict.

`auto` is out of reach here: nothing is dispatched by itself before a policy is certified.
"""

from collections.abc import Sequence
from typing import get_args

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Gate, Outcome
from jiesu.router.jurisdiction import Ruling
from jiesu.router.policy import Policy
from jiesu.taxonomy.city import City
from jiesu.taxonomy.units import Unit


def decide(
    classes: Sequence[RankedClass],
    candidates: Sequence[Candidate],
    policy: Policy,
) -> tuple[Outcome, Gate, tuple[str, ...]]:
    """Return the outcome, what the gate compared, and the reasons as sentences."""
    gate = Gate(threshold=policy.confirm_p_unit, guarantee="", policy=policy.version)
    doubts = tuple(_doubts(classes, candidates, policy))
    if doubts:
        return "human", gate, doubts
    return "confirm", gate, ("首选事项与承办单位把握较大，确认即可派发",)


def _doubts(
    classes: Sequence[RankedClass], candidates: Sequence[Candidate], policy: Policy
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
    elif lead.p < policy.confirm_p_unit:
        doubts.append(f"首选单位的概率 {lead.p:.0%} 低于 {policy.confirm_p_unit:.0%}")
    return doubts


def settle(
    decided: tuple[Outcome, Gate, tuple[str, ...]],
    classes: Sequence[RankedClass],
    candidates: Sequence[Candidate],
    *,
    ruling: Ruling | None,
    kind: str,
    city: City,
    policy: Policy,
) -> tuple[Outcome, Gate, tuple[str, ...]]:
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
    unit = city.units_by_id.get(candidates[0].unit_id) if candidates else None
    return None if unit is None or candidates[0].unit_role in unit.roles else unit
