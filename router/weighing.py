"""Rules, learned history and recent experience → one ranked list of leads, each with its reasons.

History takes over a share of the probability that grows with what it knows of the class; where
no rule names a unit it has all of it. Then what people did lately counts: nearly the same texts
speak for the unit that settled them, returned tickets against the unit that sent them back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from jiesu.router.decision import Candidate, Reason
from jiesu.router.experience import Recalled
from jiesu.router.unit_history import Chances
from jiesu.taxonomy.city import City

Leads = tuple[Candidate, ...]

_PATIENCE = 3.0
"""Settled tickets of the same text that weigh as much as everything else."""
_LEAST = 0.005


def with_history(leads: Leads, chances: Chances, city: City, day: date) -> Leads:
    """Let history take over its share of the leads' probability."""
    if not chances.units:
        return leads
    weight = chances.weight if any(lead.unit_id for lead in leads) else 1.0
    found = _by_unit(leads, 1 - weight)
    for chance in chances.units:
        known = found.get(chance.unit_id) or _new(chance.unit_id, city, day)
        if known is not None:
            p = known.p + weight * chance.p
            found[chance.unit_id] = _because(replace(known, p=p), chance.reason)
    return ranked(found.values())


def with_experience(leads: Leads, recalled: Sequence[Recalled], city: City, day: date) -> Leads:
    """Let recent tickets count: settled ones for their unit, returned ones against it."""
    settled = [entry for entry in recalled if not entry.settlement.was_returned]
    returned = [entry for entry in recalled if entry.settlement.was_returned]
    for entry in settled:
        if entry.same_text:
            leads = _spoken_for(leads, entry, city, day)
    for unit_id in dict.fromkeys(entry.settlement.unit_id for entry in returned):
        bad = [entry for entry in returned if entry.settlement.unit_id == unit_id]
        good = sum(e.alike for e in settled if e.settlement.unit_id == unit_id)
        leads = _spoken_against(leads, unit_id, bad, good, city, day)
    return leads


def _spoken_for(leads: Leads, entry: Recalled, city: City, day: date) -> Leads:
    """Add one settled ticket as if it were one more observation beside `_PATIENCE` others."""
    unit_id, total = entry.settlement.unit_id, _PATIENCE + entry.alike
    found = _by_unit(leads, _PATIENCE / total)
    known = found.get(unit_id) or _new(unit_id, city, day)
    if known is None:
        return leads
    reason = Reason(
        "neighbour", f"内容相近的工单 {entry.settlement.ticket_id} 由其办理", "已办工单"
    )
    found[unit_id] = _because(replace(known, p=known.p + entry.alike / total), reason)
    return ranked(found.values())


def _spoken_against(
    leads: Leads, unit_id: str, bad: Sequence[Recalled], good: float, city: City, day: date
) -> Leads:
    """Lower a unit's probability; what it loses goes to the unit that was named instead.

    Args:
        bad: its returned tickets.
        good: how much its settled tickets of the same matter count against them.
    """
    found = _by_unit(leads, 1.0)
    if unit_id not in found:
        return leads
    weight = sum(entry.alike for entry in bad)
    lost = found[unit_id].p * weight / (1 + good + weight)
    ids = "、".join(entry.settlement.ticket_id for entry in bad[:2])
    reason = Reason("history", f"近期 {len(bad)} 件同类工单被其退回（{ids}）", "退单记录")
    found[unit_id] = _because(replace(found[unit_id], p=found[unit_id].p - lost), reason)
    for entry in bad:
        right = entry.settlement.right_unit_id
        known = found.get(right) or (_new(right, city, day) if right else None)
        if known is not None:
            why = Reason("history", f"退单 {entry.settlement.ticket_id} 指明应由其办理", "退单记录")
            found[right] = _because(replace(known, p=known.p + lost * entry.alike / weight), why)
    return ranked(found.values())


def _by_unit(leads: Leads, factor: float) -> dict[str, Candidate]:
    """Return unit, or role without a unit → lead; a unit of two roles becomes one lead."""
    found: dict[str, Candidate] = {}
    for lead in leads:
        key = lead.unit_id or f"role {lead.unit_role}"
        known = found.get(key, replace(lead, p=0.0))
        found[key] = replace(known, p=known.p + lead.p * factor)
    return found


def _new(unit_id: str, city: City, day: date) -> Candidate | None:
    """Return a candidate that no rule names; None where the unit is not in force."""
    unit = city.units_by_id.get(unit_id)
    if unit is None or not unit.is_in_force(day):
        return None
    return Candidate(unit.id, unit.name, unit.role, "lead", 0.0)


def _because(lead: Candidate, reason: Reason) -> Candidate:
    """Add a reason in the second place, where it is read at a glance."""
    if reason in lead.reasons:
        return lead
    return replace(lead, reasons=(*lead.reasons[:1], reason, *lead.reasons[1:]))


def ranked(leads: Iterable[Candidate]) -> Leads:
    """Return the leads by probability; those that nothing speaks for are left out."""
    kept = [lead for lead in leads if lead.p >= _LEAST]
    return tuple(sorted(kept, key=lambda lead: (-lead.p, lead.unit_role, lead.unit_id)))
