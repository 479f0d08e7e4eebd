"""From ranked candidates to an outcome: one keystroke to confirm, or a person's choice.

`auto` is out of reach here: nothing is dispatched by itself before a policy is certified.
"""

from collections.abc import Sequence

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Gate, Outcome
from jiesu.router.policy import Policy


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
