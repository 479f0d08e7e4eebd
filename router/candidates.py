"""Ranked units for a ticket: likely classes × competences × place.

Roles are ranked by the sum of the probabilities of the classes that name them, assisting roles
with a small share. How often the first one is right is another matter: the policy tells it from
the classes that the role leads. A role then becomes one unit at the place. Where the place is not
known well enough the candidate stays a role without a unit, so the operator sees what is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Competence, Part, Reason
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import Policy
from jiesu.router.stand_in import StandIns
from jiesu.taxonomy.tree import Label
from jiesu.taxonomy.units import Unit

_MOST_REASONS = 3

CompetencesOf = Callable[[Label], Sequence[Competence]]
Weigh = Callable[[tuple[Candidate, ...]], tuple[Candidate, ...]]


class RoleShare(NamedTuple):
    """What the likely classes say of a role; a tuple, since five a ticket must cost little.

    Attributes:
        rank: sum of the classes' probabilities, lead and assisting roles by their shares.
        leading: sum over the classes that it leads.
    """

    role: str
    rank: float = 0.0
    leading: float = 0.0
    reasons: tuple[Reason, ...] = ()

    @property
    def stated(self) -> float:
        """What its chance is read from; who only assists has no more than its rank."""
        return max(self.rank, self.leading)


@dataclass(frozen=True)
class CandidateRanker:
    """Turns likely classes and a place into ranked candidates with reasons."""

    finder: UnitFinder
    policy: Policy

    def rank(
        self,
        classes: Sequence[RankedClass],
        matter: Matter,
        competences_of: CompetencesOf,
        weigh: Weigh = lambda leads: leads,
    ) -> tuple[Candidate, ...]:
        """Return leads by probability, then who assists, then who gets a copy.

        Args:
            classes: likely classes, best first.
            matter: what units are looked up by.
            competences_of: who is competent for a class, by the rules.
            weigh: what else than rules has a say in the leads.
        """
        tree = self.finder.city.tree
        found = [(ranked, competences_of(tree.get(ranked.code))) for ranked in classes]
        best = ranked_roles(found, self.policy)
        leads = weigh(
            tuple(
                self._lead(share.role, p, share.reasons, matter, found)
                for share, p in zip(best, chances(best, self.policy), strict=True)
            )
        )[: self.policy.max_leads]
        if not leads:
            return ()
        others = self._others(found[0][1] if found else (), leads[0], matter)
        return (*leads, *others, *self._copies(leads[0]))

    @cached_property
    def _stand_ins(self) -> StandIns:
        return StandIns(self.finder, self.policy)

    def _lead(
        self,
        role: str,
        p: float,
        reasons: tuple[Reason, ...],
        matter: Matter,
        found: Sequence[tuple[RankedClass, Sequence[Competence]]],
    ) -> Candidate:
        own = self.finder.find(role, matter)
        acts = own is not None and self.finder.city.roles[role].scope != "outcome"
        helpers = () if acts else _helpers(role, found)
        stand_in = None if acts else self._stand_ins.unit_for(role, matter, helpers)
        if stand_in is None:
            return _candidate(own, role, "lead", _at_place(p, own, matter), reasons)
        unit, why = stand_in
        return _candidate(unit, role, "lead", _at_place(p, unit, matter), (*reasons, why))

    def _others(
        self, competences: Iterable[Competence], lead: Candidate, matter: Matter
    ) -> tuple[Candidate, ...]:
        """Return who assists or gets a copy by the competences of the likeliest class."""
        helpers = [c for c in competences if c.part != "lead" and c.role != lead.unit_role]
        units = [self.finder.find(c.role, matter) for c in helpers]
        return tuple(
            _candidate(
                unit, c.role, c.part, _at_place(lead.p, unit, matter), self._reasons(c, lead)
            )
            for c, unit in zip(helpers, units, strict=True)
        )

    def _reasons(self, competence: Competence, lead: Candidate) -> tuple[Reason, ...]:
        """Add, for who assists, that the lead may call on them, and by which law."""
        roles, policy = self.finder.city.roles, self.policy
        lead_scope = roles[lead.unit_role].scope if lead.unit_role else "city"
        if competence.part != "assist" or "outcome" in (roles[competence.role].scope, lead_scope):
            return (competence.reason,)
        by_subdistrict = lead_scope == "subdistrict"
        text, source = (
            (policy.call_in_reason, policy.call_in_source)
            if by_subdistrict
            else (policy.first_reason, policy.first_source)
        )
        return (competence.reason, Reason("rule", text, source)) if text else (competence.reason,)

    def _copies(self, lead: Candidate) -> tuple[Candidate, ...]:
        """Copy the unit above on what goes straight to a subdistrict; policy names the law."""
        city = self.finder.city
        unit = city.units_by_id.get(lead.unit_id)
        if unit is None or unit.level != "subdistrict":
            return ()
        above = city.units_by_id.get(unit.parent)
        if above is None:
            return ()
        reason = Reason("rule", self.policy.copy_reason, self.policy.copy_source)
        return (Candidate(above.id, above.name, above.role, "copy", lead.p, (reason,)),)


def _at_place(p: float, unit: Unit | None, matter: Matter) -> float:
    """Lower a probability by that of the place, where the unit hangs on it."""
    return p * matter.place.p if unit and unit.region else p


def _candidate(
    unit: Unit | None, role: str, part: Part, p: float, reasons: tuple[Reason, ...]
) -> Candidate:
    unit_id, name = (unit.id, unit.name) if unit else ("", "")
    return Candidate(unit_id, name, role, part, p, reasons)


def _helpers(
    role: str, found: Sequence[tuple[RankedClass, Sequence[Competence]]]
) -> tuple[str, ...]:
    """Return who assists in the likeliest class that this role leads."""
    for _, competences in found:
        if any(c.role == role and c.part == "lead" for c in competences):
            return tuple(c.role for c in competences if c.part == "assist")
    return ()


def ranked_roles(
    found: Sequence[tuple[RankedClass, Sequence[Competence]]], policy: Policy
) -> list[RoleShare]:
    """Sum up each role over the classes that name it; return as many as an operator sees.

    Args:
        found: likely classes with who is competent, best first; so are a role's reasons.
    """
    # Plain sums first: ten classes a ticket name some thirty roles.
    sums: dict[str, tuple[float, float, tuple[Reason, ...]]] = {}
    for ranked, competences in found:
        p, assisting = ranked.p[-1], sum(c.part == "assist" for c in competences)
        for competence in competences:
            if competence.part == "copy":
                continue
            leads = competence.part == "lead"
            part = policy.lead_share if leads else (1 - policy.lead_share) / assisting
            rank, leading, reasons = sums.get(competence.role, (0.0, 0.0, ()))
            if len(reasons) < _MOST_REASONS and competence.reason not in reasons:
                reasons = (*reasons, competence.reason)
            rank += p * part if assisting else p
            sums[competence.role] = (rank, leading + p if leads else leading, reasons)
    order = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))
    return [RoleShare(role, *known) for role, known in order[: policy.max_leads]]


def chances(best: Sequence[RoleShare], policy: Policy) -> list[float]:
    """Return how likely each ranked role is to be the right one.

    The policy's curve tells it of the first; what that leaves is split among the others as they
    rank, and none is called likelier than the first.

    >>> shares = [RoleShare("甲", rank=0.7, leading=0.8), RoleShare("乙", rank=0.2)]
    >>> policy = Policy("1", 0.6, 0.5, 0.8, 5, 10, "", "", lead_chances=((0.0, 0.4), (1.0, 0.9)))
    >>> [round(p, 2) for p in chances(shares, policy)]
    [0.8, 0.13]
    """
    if not best:
        return []
    top = best[0].rank
    first = policy.chance(best[0].stated)
    if not policy.lead_chances or top >= 1:
        return [first, *(share.rank for share in best[1:])]
    left = (1 - first) / (1 - top)
    return [first, *(min(first, share.rank * left) for share in best[1:])]
