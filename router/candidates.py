"""Ranked units for a ticket: likely classes × competences × place.

The probability of a role is the sum over the classes that name it; a role then becomes one
unit at the place. Where the place is not known well enough the candidate stays a role without
a unit, so the operator sees what is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Competence, Part, Reason
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import Policy
from jiesu.router.stand_in import StandIns
from jiesu.taxonomy.tree import Label
from jiesu.taxonomy.units import Unit

CompetencesOf = Callable[[Label], Sequence[Competence]]
Weigh = Callable[[tuple[Candidate, ...]], tuple[Candidate, ...]]


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
        shares = _role_shares(found, self.policy.lead_share)
        best = sorted(shares.items(), key=lambda item: (-item[1][0], item[0]))
        leads = weigh(
            tuple(
                self._lead(role, p, reasons, matter, found)
                for role, (p, reasons) in best[: self.policy.max_leads]
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


def _role_shares(
    found: Sequence[tuple[RankedClass, Sequence[Competence]]], lead_share: float
) -> dict[str, tuple[float, tuple[Reason, ...]]]:
    """Sum each role's probability over the classes that name it; reasons of likelier ones first."""
    shares: dict[str, tuple[float, tuple[Reason, ...]]] = {}
    for ranked, competences in found:
        assisting = sum(c.part == "assist" for c in competences)
        for competence in competences:
            if competence.part == "copy":
                continue
            lead = competence.part == "lead"
            share = (lead_share if assisting else 1.0) if lead else (1 - lead_share) / assisting
            p, reasons = shares.get(competence.role, (0.0, ()))
            if len(reasons) < 3 and competence.reason not in reasons:
                reasons = (*reasons, competence.reason)
            shares[competence.role] = (p + ranked.p[-1] * share, reasons)
    return shares
