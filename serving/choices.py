"""What a person can decide for a ticket, checked against the city, and what then holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from jiesu.router.decision import Decision
from jiesu.serving.store.records import Correction, Detail, Standing, StoredDecision, TicketState
from jiesu.serving.turns import turn_of
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError, TaxonomyError
from jiesu.taxonomy.tree import LabelTree

Decided = Literal[
    "dispatch",  # to a unit
    "consult",
    "emergency",
    "statutory",
    "repeat",
    "out_of_scope",
    "elsewhere",
    "answer",
]

_STATES: Mapping[str, TicketState] = {"dispatch": "dispatched", "consult": "consulting"}
TO_UNITS = ("auto", "confirm", "human", "district")
"""Suggested outcomes that stay when a person dispatches; any other becomes "human"."""


class ChoiceError(InputError):
    """A class, unit or outcome cannot be chosen; `field` names which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decides.

    Attributes:
        code: leaf of the classes; empty keeps what holds.
        unit_id: needed to dispatch; empty keeps what holds.
        kind: request kind; empty keeps what holds.
        due_at: None keeps what holds.
        place_code: region that the matter is in; empty keeps what holds.
    """

    outcome: Decided
    code: str = ""
    unit_id: str = ""
    kind: str = ""
    due_at: datetime | None = None
    why: str = ""
    place_code: str = ""

    @property
    def confirms_class(self) -> bool:
        """Whether a person stands for the class: it decided the unit, or was chosen."""
        return self.outcome == "dispatch" or (bool(self.code) and self.outcome != "consult")

    @property
    def state(self) -> TicketState:
        """The state that the ticket is in afterwards."""
        return _STATES.get(self.outcome, "closed")


def check_choice(choice: Choice, city: City, day: date, field: str = "unit_id") -> None:
    """Refuse a choice that names what the city does not have.

    Args:
        field: what the caller calls the unit.

    Raises:
        ChoiceError: names the field.
    """
    if choice.code:
        _check_class(choice.code, city.tree)
    if choice.place_code and choice.place_code not in city.regions:
        raise ChoiceError("place", f"没有代码为 {choice.place_code!r} 的区划；请核对")
    unit = city.units_by_id.get(choice.unit_id)
    if choice.unit_id and unit is None:
        raise ChoiceError(field, f"没有编号为 {choice.unit_id!r} 的承办单位；请核对")
    if unit is not None and not unit.is_in_force(day):
        raise ChoiceError(field, f"{unit.name} 在 {day} 已停用；请另选单位")


def _check_class(code: str, tree: LabelTree) -> None:
    try:
        tree.get(code)
    except TaxonomyError as error:
        raise ChoiceError("code", str(error)) from None
    if code not in tree.leaf_index:
        raise ChoiceError("code", f"{code} {tree.get(code).name} 不是末级事项；请选到末级")


def check_due(choice: Choice, received_at: datetime | None) -> None:
    """Refuse a deadline before the ticket came in.

    Raises:
        ChoiceError: names the field.
    """
    if choice.due_at and received_at and choice.due_at <= received_at:
        raise ChoiceError("deadline", f"时限 {choice.due_at:%Y-%m-%d %H:%M} 早于受理时间；请改正")


def chosen_standing(standing: Standing, choice: Choice, city: City) -> Standing:
    """Return what holds after a choice.

    Raises:
        ChoiceError: a ticket is to be dispatched, but no unit is named by anyone.
    """
    unit_id = choice.unit_id or standing.unit_id
    if choice.outcome == "dispatch" and not unit_id:
        raise ChoiceError("unit_id", "派单要有承办单位；请选一个")
    return replace(
        standing,
        outcome=_outcome(standing.outcome, choice.outcome),
        kind=choice.kind or standing.kind,
        classes=class_path(city.tree, choice.code) if choice.code else standing.classes,
        district=_district(city, choice.place_code) if choice.place_code else standing.district,
        unit_id=unit_id,
        due_at=choice.due_at or standing.due_at,
        turn_at=None,
        place_code=choice.place_code or standing.place_code,
    )


def _district(city: City, place_code: str) -> str:
    return city.region_path(place_code)[0].name


def _outcome(suggested: str, chosen: Decided) -> str:
    if chosen != "dispatch":
        return chosen
    return suggested if suggested in TO_UNITS else "human"


def class_path(tree: LabelTree, code: str) -> tuple[str, ...]:
    """Return the codes from level 1 down to a class."""
    return tuple(label.code for label in tree.path(code))


def standing_of(decision: Decision, tree: LabelTree) -> Standing:
    """Return what holds while nobody has decided otherwise."""
    return Standing(
        outcome=decision.outcome,
        kind=decision.kind,
        classes=class_path(tree, decision.classes[0].code) if decision.classes else (),
        district=decision.place.district or "",
        unit_id=_lead(decision),
        due_at=decision.deadline,
        turn_at=turn_of(decision),
        is_degraded=bool(decision.degraded),
    )


def _lead(decision: Decision) -> str:
    return next((c.unit_id for c in decision.candidates if c.part == "lead"), "")


def correction_of(
    suggestion: StoredDecision, standing: Standing, choice: Choice, by: str, at: datetime
) -> Correction:
    """Return what was decided beside what had been suggested."""
    decision = suggestion.decision
    return Correction(
        decision=suggestion.number,
        at=at,
        by=by,
        suggested_code=decision.classes[0].code if decision.classes else "",
        code=standing.class_code,
        suggested_unit_id=_lead(decision),
        unit_id=standing.unit_id,
        suggested_outcome=decision.outcome,
        outcome=choice.outcome,
        kind=standing.kind,
        suggested_kind=decision.kind,
        suggested_place=decision.place.code,
        place=standing.place_code or decision.place.code,
        suggested_due_at=decision.deadline,
        due_at=standing.due_at,
    )


def corrected_detail(before: Standing, after: Standing, place_code: str) -> Detail:
    """Return place, kind and deadline as a person changed them, each with what held before.

    Args:
        place_code: region that held before.
    """
    pairs = {
        "place": (place_code, after.place_code or place_code),
        "kind": (before.kind, after.kind),
        "due_at": (before.due_at, after.due_at),
    }
    changed = {name: list(pair) for name, pair in pairs.items() if pair[0] != pair[1]}
    return {"corrected": changed} if changed else {}


def decided_detail(outcome: Decided, standing: Standing) -> Detail:
    """Return what an act of deciding tells."""
    return {
        "outcome": outcome,
        "code": standing.class_code,
        "unit_id": standing.unit_id,
        "kind": standing.kind,
        "due_at": standing.due_at,
    }
