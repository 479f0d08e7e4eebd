"""The flow, in ten lines: ticket → scores → place → competences → candidates → decision.

Read `Router.route` and `Router._decide` first. Everything they call is pure; what it knows comes
from one city folder and one model folder, loaded by `Router.load`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from jiesu.classifier.kind import KindModel
from jiesu.classifier.scores import (
    Classifier,
    Judged,
    Matrix,
    RankedClass,
    judge,
    top_classes,
)
from jiesu.router import gate
from jiesu.router.address import AddressReader
from jiesu.router.candidates import CandidateRanker
from jiesu.router.deadline import Deadlines
from jiesu.router.decision import Candidate, Decision, Gate, Place, Versions
from jiesu.router.dispatch_policy import DispatchPolicy, Licence, licence_of
from jiesu.router.experience import NO_EXPERIENCE, Experience, Recalled, similar_ids
from jiesu.router.facts import Facts
from jiesu.router.jurisdiction import Jurisdiction, Ruling
from jiesu.router.loading import load_models
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import Policy, load_policy
from jiesu.router.run import Reading, Run, in_ticket, usual_kind, why
from jiesu.router.triage import Triage
from jiesu.router.unit_history import UnitHistory
from jiesu.router.urgency import UrgencyReader, load_urgency
from jiesu.router.weighing import Leads, with_experience, with_history
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import Label


@dataclass(frozen=True)
class Router:
    """Everything that a decision is made from, for one city.

    Attributes:
        classifier: None when the model is missing or broken; every ticket then goes to a person.
        kinds: None when its model is broken; a ticket then takes the kind usual for its class.
        problems: part that does not work → why, in words for an operator.
        dispatch: the certified policy; None where there is none, and nothing is then `auto`.
        history: what was learned from settled tickets; None where nothing was.
    """

    city: City
    classifier: Classifier | None
    kinds: KindModel | None
    triage: Triage
    urgency: UrgencyReader
    deadlines: Deadlines
    places: AddressReader
    jurisdiction: Jurisdiction
    ranker: CandidateRanker
    policy: Policy
    problems: Mapping[str, str] = field(default_factory=dict)
    dispatch: DispatchPolicy | None = None
    history: UnitHistory | None = None

    @classmethod
    def load(
        cls,
        city: City,
        model_folder: Path,
        extra_gazetteer: Path | None = None,
        history: Path | None = None,
    ) -> "Router":
        """Build a router; a broken model degrades it instead of stopping intake.

        Args:
            city: what it routes for.
            model_folder: the class model; units learned beside it lie in its folder `units`.
            extra_gazetteer: further places.
            history: units learned elsewhere; None takes those of the model folder, if any.

        Raises:
            CityError: a file of the city folder or the extra gazetteer is wrong.
        """
        policy = load_policy(city.folder)
        classifier, kinds, learned, problems = load_models(city, model_folder, history)
        triage = Triage.from_city(city)
        if triage.problem:
            problems["danger"] = triage.problem
        return cls(
            city=city,
            classifier=classifier,
            kinds=kinds,
            triage=triage,
            urgency=load_urgency(city.folder),
            deadlines=Deadlines.from_city(city),
            places=AddressReader(city, extra=extra_gazetteer),
            jurisdiction=Jurisdiction.of_city(city),
            ranker=CandidateRanker(UnitFinder(city), policy),
            policy=policy,
            problems=problems,
            history=learned,
        )

    @property
    def own_versions(self) -> Versions:
        """Versions of all but the certified policy: what that policy is made for."""
        learned = (self.classifier, self.history)
        return Versions(
            model="+".join(part.name for part in learned if part),
            taxonomy=self.city.tree.version,
            rules=self.city.rules_version,
            policy=self.policy.version,
        )

    @property
    def versions(self) -> Versions:
        """Versions of everything that decisions are made from."""
        own = self.own_versions
        both = f"{own.policy}+{self.dispatch.name}" if self.dispatch else own.policy
        return replace(own, policy=both)

    def licence(self, now: datetime) -> Licence:
        """Return what the certified policy allows now, or why it does not count."""
        return licence_of(self.dispatch, self.own_versions, now)

    def with_dispatch(self, dispatch: DispatchPolicy | None) -> "Router":
        """Return a router that heeds this certified policy, withdrawn or not."""
        return replace(self, dispatch=dispatch)

    def route(
        self,
        tickets: Sequence[Ticket],
        now: datetime,
        top_k: int = 5,
        experience: Experience = NO_EXPERIENCE,
        judged: Judged | None = None,
    ) -> list[Decision]:
        """Decide each ticket; texts are scored together, which is what makes batches fast.

        Args:
            tickets: what came in.
            now: the moment; a ticket without a time came in now.
            top_k: how many classes a decision shows.
            experience: tickets that units settled or sent back lately.
            judged: what this router's model says of these tickets; None asks it.
        """
        texts = [ticket.full_text() for ticket in tickets]
        if judged is None and self.classifier and texts:
            judged = judge(self.classifier, texts, [ticket.title for ticket in tickets])
        scores = judged.p if judged else None
        classes = self._top(scores, len(texts), max(top_k, self.policy.classes_considered))
        kinds = self._kinds(texts, judged, classes)
        hits = self.triage.check_all(texts, kinds) if texts else []
        units = self.history.read(texts) if self.history and texts else [None] * len(texts)
        said = self.triage.doubts(texts, hits)
        seen = zip(texts, classes, (kind for kind, _ in kinds), hits, units, said, strict=True)
        run = Run(now, top_k, self.versions, self.licence(now), experience)
        return [
            self._decide(ticket, Reading(*read), run)
            for ticket, read in zip(tickets, seen, strict=True)
        ]

    def _kinds(
        self,
        texts: Sequence[str],
        judged: Judged | None,
        classes: Sequence[tuple[RankedClass, ...]],
    ) -> list[tuple[str, float]]:
        if self.kinds is not None and texts:
            known = (judged.p, judged.kinds) if judged else (None, None)
            return list(self.kinds.predict(texts, *known))
        return [(usual_kind(self.city, ranked), 0.0) for ranked in classes]

    def without_model(self, reason: str) -> "Router":
        """Return a router that sends every ticket to a person, for when the model fails at work."""
        return replace(self, classifier=None, problems={**self.problems, "model": reason})

    def _top(self, scores: Matrix | None, n: int, k: int) -> list[tuple[RankedClass, ...]]:
        return [()] * n if scores is None else top_classes(self.city.tree, scores, k)

    def _decide(self, ticket: Ticket, read: Reading, run: Run) -> Decision:
        received_at = ticket.received_at or run.now
        place = self.places.read(read.text, ticket.address)
        facts = self.jurisdiction.facts.read(read.text)
        day = received_at.astimezone(self.deadlines.zone).date()
        recalled = self._recalled(read, place, run)
        candidates = self._candidates(read, place, facts, day, recalled)
        ruling = self._ruling(read, place, facts, day)
        outcome, passed, reasons = self._outcome(read, candidates, ruling, run.licence)
        urgency, limit = self._clock(read)
        return Decision(
            ticket_id=ticket.id,
            outcome=outcome,
            classes=read.classes[: run.top_k],
            kind=read.kind,
            urgency=urgency,
            limit=limit,
            deadline=self.deadlines.deadline(received_at, limit),
            place=in_ticket(place, len(read.text) - len(ticket.text)),
            candidates=candidates,
            versions=run.versions,
            reasons=reasons,
            similar=similar_ids(recalled),
            gate=passed,
            degraded=tuple(self.problems),
        )

    def _candidates(
        self,
        read: Reading,
        place: Place,
        facts: Facts,
        day: date,
        recalled: Sequence[Recalled],
    ) -> tuple[Candidate, ...]:
        acting = self.jurisdiction.acting_region(place, facts, day)
        return self.ranker.rank(
            self._likely(read.classes),
            Matter(place, read.text, day, acting=acting, kind=read.kind),
            lambda label: self.jurisdiction.competences(label, place, facts, day),
            lambda leads: self._weighed(leads, read, place, day, recalled),
        )

    def _recalled(self, read: Reading, place: Place, run: Run) -> list[Recalled]:
        """Return the recent tickets that bear on this one."""
        if not run.experience or not read.classes:
            return []
        codes = [ranked.code for ranked in self._likely(read.classes)]
        return run.experience.recall(read.text, codes, place.code, run.now)

    def _weighed(
        self,
        leads: Leads,
        read: Reading,
        place: Place,
        day: date,
        recalled: Sequence[Recalled],
    ) -> Leads:
        """Let learned history and recent tickets count beside the rules."""
        if self.history is not None and read.units is not None:
            chances = self.history.chances(read.units, self._likely(read.classes), place)
            leads = with_history(leads, chances, self.city, day)
        return with_experience(leads, recalled, self.city, day)

    def _likely(self, classes: tuple[RankedClass, ...]) -> list[RankedClass]:
        """Return the classes that candidates are drawn from: the first, and others of weight."""
        others = classes[1 : self.policy.classes_considered]
        return [*classes[:1], *(c for c in others if c.p[-1] >= self.policy.least_p_class)]

    def _ruling(self, read: Reading, place: Place, facts: Facts, day: date) -> Ruling | None:
        first = self._first(read)
        return self.jurisdiction.ruling(first, place, facts, day) if first else None

    def _outcome(
        self,
        read: Reading,
        candidates: tuple[Candidate, ...],
        ruling: Ruling | None,
        licence: Licence,
    ) -> gate.Decided:
        """Let triage decide first: what it finds is not dispatched as an ordinary ticket."""
        if read.hit is not None:
            return read.hit.outcome, Gate(policy=self.policy.version), why(read.hit)
        classes, first = read.classes, self._first(read)
        group = self.city.tree.path(first.code)[0].code if first else ""
        settled = gate.settle(
            gate.decide(classes, candidates, self.policy, licence, group),
            classes,
            candidates,
            ruling=ruling,
            kind=read.kind,
            city=self.city,
            policy=self.policy,
        )
        return gate.release(
            gate.doubted(settled, read.doubt),
            classes,
            candidates,
            licence=licence,
            group=group,
            policy=self.policy,
            broken=tuple(self.problems),
        )

    def _clock(self, read: Reading) -> tuple[str, str]:
        """Return urgency and limit; an unsure class makes nothing urgent by its own limit."""
        first = self._first(read)
        limit = first.limit if first else ""
        sure = bool(read.classes) and read.classes[0].p[-1] >= self.policy.confirm_p_class
        urgency = self.urgency.read(
            read.text, kind=read.kind, limit=limit if sure else "", hit=read.hit
        ).level
        return urgency, self.deadlines.limit_of(limit, urgency)

    def _first(self, read: Reading) -> Label | None:
        return self.city.tree.get(read.classes[0].code) if read.classes else None
