"""The values that flow through the router: Place, Competence, Candidate, Decision.

Each is frozen, so a step can be read, tested and replayed alone. A Decision holds everything
it was made from and the versions of it: replaying gives the same answer.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from jiesu.classifier.scores import RankedClass

Outcome = Literal[
    "auto",  # dispatched
    "confirm",  # one likely answer; a person presses Enter
    "human",  # ranked suggestions for a dispatcher
    "district",  # only the district is certain (ordinance art. 12)
    "consult",  # meet before dispatch (会商)
    "emergency",  # 110/119/120/122
    "statutory",  # court, arbitration, discipline, 信访, 复议, 信息公开
    "repeat",  # same matter in hand, no new facts
    "out_of_scope",
    "elsewhere",  # another city
    "answer",  # a question for the knowledge base
]
Part = Literal["lead", "assist", "copy"]
ReasonType = Literal["rule", "history", "neighbour", "model"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the matter is, as far as the text tells.

    Attributes:
        district, subdistrict, community: official names; None where the text does not tell.
        code: code of the finest region known; empty when none is.
        p: probability in [0, 1] that the finest region given is right; 0 when none is given.
        span: (start, end) of the words in the text that it was read from; None if none.
        alternatives: other readings, likelier first, without alternatives of their own.
    """

    district: str | None = None
    subdistrict: str | None = None
    community: str | None = None
    code: str = ""
    p: float = 0.0
    span: tuple[int, int] | None = None
    alternatives: tuple["Place", ...] = ()


NO_PLACE = Place()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the kind of evidence, a sentence for the operator, and its source."""

    type: ReasonType
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Competence:
    """A role's duty in a matter (职责): who, in which part, and by which rule."""

    role: str
    part: Part
    reason: Reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may act, with its probability of being the right lead and the reasons.

    Attributes:
        p: calibrated probability in [0, 1] that this unit is the right one for its part.
    """

    unit_id: str
    unit: str
    unit_role: str
    part: Part
    p: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of the text that speak for the first class: [start, end) and a weight in [-1, 1]."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Gate:
    """What let the decision through or held it back.

    Attributes:
        threshold: least probability of the first unit for the outcome.
        guarantee: what was promised for this threshold, and on how much history; empty: nothing.
        policy: name of the policy that the threshold is from.
        would_be: "auto" where the certified policy would dispatch, whatever its stage lets it do.
    """

    threshold: float | None = None
    guarantee: str = ""
    policy: str = ""
    would_be: Literal["", "auto"] = ""


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of everything that a decision was made from."""

    model: str
    taxonomy: str
    rules: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What jiesu suggests for one ticket, with all that an operator needs to judge it.

    Attributes:
        classes: likeliest leaves, best first.
        kind: request kind (咨询 求助 投诉 举报 建议 表扬).
        deadline: when the unit must have answered; aware, None when the ticket has no time.
        limit: the clock: "2h", "24h", "7d", "15d".
        candidates: units, leads first by probability, then assisting and copied units.
        reasons: why this outcome, as sentences.
        degraded: parts that did not work ("model", "gazetteer" …); empty when all is well.
    """

    ticket_id: str
    outcome: Outcome
    classes: tuple[RankedClass, ...]
    kind: str
    urgency: str
    limit: str
    deadline: datetime | None
    place: Place
    candidates: tuple[Candidate, ...]
    versions: Versions
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    similar: tuple[str, ...] = ()
    mass_alert: str | None = None
    gate: Gate = field(default_factory=Gate)
    degraded: tuple[str, ...] = ()
