"""A Decision as JSON, the same for the command line and HTTP (docs: CONTRACTS, section 3)."""

from typing import Any

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Decision, Place
from jiesu.taxonomy.tree import LabelTree

Json = dict[str, Any]  # Any: JSON values of every kind


def decision_json(decision: Decision, tree: LabelTree) -> Json:
    """Return the decision in the shape that the contract names, ready for orjson."""
    return {
        "ticket_id": decision.ticket_id,
        "outcome": decision.outcome,
        "classes": [class_json(ranked, tree) for ranked in decision.classes],
        "kind": decision.kind,
        "urgency": decision.urgency,
        "deadline": decision.deadline.isoformat() if decision.deadline else None,
        "place": _place_json(decision.place),
        "candidates": [_candidate_json(candidate) for candidate in decision.candidates],
        "evidence": [
            {"start": part.start, "end": part.end, "weight": _rounded(part.weight)}
            for part in decision.evidence
        ],
        "similar": list(decision.similar),
        "mass_alert": decision.mass_alert,
        "gate": {
            "threshold": decision.gate.threshold,
            "guarantee": decision.gate.guarantee,
            "policy": decision.gate.policy,
        },
        "versions": {
            "model": decision.versions.model,
            "taxonomy": decision.versions.taxonomy,
            "rules": decision.versions.rules,
            "policy": decision.versions.policy,
        },
        "degraded": list(decision.degraded),
        # Beyond the contract, so behind its keys: whoever reads those finds them unchanged.
        "reasons": list(decision.reasons),
        "limit": decision.limit,
    }


def class_json(ranked: RankedClass, tree: LabelTree) -> Json:
    """Return one class with the names and probabilities of its whole path."""
    return {
        "code": ranked.code,
        "path": [label.name for label in tree.path(ranked.code)],
        "p": [_rounded(p) for p in ranked.p],
    }


def _place_json(place: Place) -> Json:
    return {
        "district": place.district,
        "subdistrict": place.subdistrict,
        "community": place.community,
        "p": _rounded(place.p),
        "span": list(place.span) if place.span else None,
    }


def _candidate_json(candidate: Candidate) -> Json:
    return {
        "unit_id": candidate.unit_id,
        "unit": candidate.unit,
        "unit_role": candidate.unit_role,
        "part": candidate.part,
        "p": _rounded(candidate.p),
        "reasons": [
            {"type": reason.type, "text": reason.text, "source": reason.source}
            for reason in candidate.reasons
        ],
    }


def _rounded(p: float) -> float:
    return round(float(p), 6)  # float32 carries no more
