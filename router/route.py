"""The flow, in ten lines: ticket → scores → place → competences → candidates → decision.

Read `Router.route` and `Router._decide` first. Everything they call is pure; what it knows comes
from one city folder and one model folder, loaded by `Router.load`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from jiesu.classifier.artefact import load_classifier
from jiesu.classifier.scores import Classifier, Matrix, RankedClass, top_classes
from jiesu.router import gate
from jiesu.router.address import AddressReader
from jiesu.router.candidates import CandidateRanker, Matter, UnitFinder
from jiesu.router.decision import Decision, Versions
from jiesu.router.jurisdiction import Jurisdiction
from jiesu.router.policy import Policy, load_policy
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.ticket import Ticket


@dataclass(frozen=True)
class Router:
    """Everything that a decision is made from, for one city.

    Attributes:
        classifier: None when the model is missing or broken; every ticket then goes to a person.
        problems: part that does not work → why, in words for an operator.
    """

    city: City
    classifier: Classifier | None
    places: AddressReader
    jurisdiction: Jurisdiction
    ranker: CandidateRanker
    policy: Policy
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, city: City, model_folder: Path, extra_gazetteer: Path | None = None) -> "Router":
        """Build a router; a broken model degrades it instead of stopping intake.

        Raises:
            CityError: a file of the city folder or the extra gazetteer is wrong.
        """
        policy = load_policy(city.folder)
        classifier, problems = _model_or_reason(model_folder, city)
        return cls(
            city=city,
            classifier=classifier,
            places=AddressReader(city, extra=extra_gazetteer),
            jurisdiction=Jurisdiction.of_city(city),
            ranker=CandidateRanker(UnitFinder(city), policy),
            policy=policy,
            problems=problems,
        )

    @property
    def versions(self) -> Versions:
        """Versions of everything that decisions are made from."""
        return Versions(
            model=self.classifier.name if self.classifier else "",
            taxonomy=self.city.tree.version,
            rules=self.city.rules_version,
            policy=self.policy.version,
        )

    def route(self, tickets: Sequence[Ticket], now: datetime, top_k: int = 5) -> list[Decision]:
        """Decide each ticket; texts are scored together, which is what makes batches fast."""
        texts = [ticket.full_text() for ticket in tickets]
        scores = self.classifier.score(texts) if self.classifier and texts else None
        classes = self._top(scores, len(texts), max(top_k, self.policy.classes_considered))
        return [
            self._decide(ticket, text, ranked, now, top_k)
            for ticket, text, ranked in zip(tickets, texts, classes, strict=True)
        ]

    def without_model(self, reason: str) -> "Router":
        """Return a router that sends every ticket to a person, for when the model fails at work."""
        return replace(self, classifier=None, problems={**self.problems, "model": reason})

    def _top(self, scores: Matrix | None, n: int, k: int) -> list[tuple[RankedClass, ...]]:
        return [()] * n if scores is None else top_classes(self.city.tree, scores, k)

    def _decide(
        self,
        ticket: Ticket,
        text: str,
        classes: tuple[RankedClass, ...],
        now: datetime,
        top_k: int,
    ) -> Decision:
        day = (ticket.received_at or now).date()
        place = self.places.read(text, ticket.address)
        facts = self.jurisdiction.facts.read(text)
        candidates = self.ranker.rank(
            classes[: self.policy.classes_considered],
            Matter(place, text, day, self.jurisdiction.acting_region(place, facts, day)),
            lambda label: self.jurisdiction.competences(label, place, facts, day),
        )
        first = self.city.tree.get(classes[0].code) if classes else None
        outcome, passed, reasons = gate.settle(
            gate.decide(classes, candidates, self.policy),
            classes,
            candidates,
            self.jurisdiction.ruling(first, place, facts, day) if first else None,
            self.city,
            self.policy,
        )
        return Decision(
            ticket_id=ticket.id,
            outcome=outcome,
            classes=classes[:top_k],
            kind=first.kinds[0] if first and first.kinds else "",
            urgency="一般",
            limit=first.limit if first else "",
            deadline=None,
            place=place,
            candidates=candidates,
            versions=self.versions,
            reasons=reasons,
            gate=passed,
            degraded=tuple(self.problems),
        )


def _model_or_reason(folder: Path, city: City) -> tuple[Classifier | None, dict[str, str]]:
    try:
        return load_classifier(folder, city.tree), {}
    except ArtefactError as error:
        return None, {"model": str(error)}
