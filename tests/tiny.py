"""A small city and a small router that really decide: fakes shared by tests of the surfaces."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from jiesu.classifier.scores import Classifier, Matrix, top_classes
from jiesu.router.certain_place import CertainPlace
from jiesu.router.decision import (
    NO_PLACE,
    Candidate,
    Decision,
    Evidence,
    Gate,
    Place,
    Reason,
    Versions,
)
from jiesu.router.dispatch_policy import NO_LICENCE, DispatchPolicy, Licence
from jiesu.router.experience import NO_EXPERIENCE, Experience
from jiesu.serving.engine import Engine
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import LabelTree

TINY_FOLDER = Path(__file__).parent / "cities" / "tiny"


@dataclass(frozen=True)
class WordClassifier:
    """Counts the keywords of each class that stand in a text."""

    tree: LabelTree
    name: str = "words-1"
    batches: list[int] = field(default_factory=list)

    def score(self, texts: Sequence[str]) -> Matrix:
        self.batches.append(len(texts))
        leaves = [self.tree.get(code) for code in self.tree.leaves]
        counts = [[1 + sum(w in text for w in leaf.keywords) for leaf in leaves] for text in texts]
        weights = np.array(counts, dtype=np.float32)
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True)
class WordRouter:
    """Reads a place by the names of regions and sends each ticket to the unit of its class."""

    city: City
    classifier: Classifier | None
    places: CertainPlace | None = None

    def route(
        self,
        tickets: Sequence[Ticket],
        now: datetime,
        top_k: int = 5,
        experience: Experience = NO_EXPERIENCE,
    ) -> list[Decision]:
        scores = self.classifier and self.classifier.score([t.full_text() for t in tickets])
        return [
            self._decide(ticket, now, top_k, None if scores is None else scores[i])
            for i, ticket in enumerate(tickets)
        ]

    def without_model(self, reason: str) -> "WordRouter":
        return replace(self, classifier=None)

    def with_dispatch(self, dispatch: DispatchPolicy | None) -> "WordRouter":
        return self

    def licence(self, now: datetime) -> Licence:
        return NO_LICENCE

    def _decide(self, ticket: Ticket, now: datetime, top_k: int, p: Matrix | None) -> Decision:
        classes = () if p is None else top_classes(self.city.tree, p[None], top_k)[0]
        text = ticket.full_text()
        told = self.places and self.places.read(text)
        place = told or self._place(text, ticket.address)
        unit = classes and self.city.unit_for(
            self.city.tree.get(classes[0].code).unit_role, place.code
        )
        return Decision(
            ticket_id=ticket.id,
            outcome="confirm" if unit else "human",
            classes=classes,
            kind="投诉",
            urgency="一般",
            limit="7d",
            deadline=(ticket.received_at or now) + timedelta(days=7),
            place=place,
            candidates=(
                Candidate(unit.id, unit.name, unit.role, "lead", 0.75, (Reason("rule", "按事项"),)),
            )
            if unit
            else (),
            versions=Versions(
                self.classifier.name if self.classifier else "", self.city.tree.version, "1"
            ),
            reasons=("概率较大",) if unit else ("没有可用的分类结果",),
            evidence=(Evidence(0, 2, 0.5),),
            gate=Gate(0.5, "", "test"),
            degraded=() if self.classifier else ("model",),
        )

    def _place(self, text: str, address: str) -> Place:
        for region in self.city.regions_on("subdistrict"):
            start = text.find(region.name)
            if start >= 0 or region.name in address:
                district = self.city.regions[region.parent].name
                span = (start, start + len(region.name)) if start >= 0 else None
                return Place(district, region.name, None, region.code, 0.9, span)
        return NO_PLACE


def tiny_engine(with_model: bool = True) -> Engine:
    """An engine for the small city; without a model it is degraded."""
    city = load_city(TINY_FOLDER)
    classifier = WordClassifier(city.tree) if with_model else None
    problems = {} if with_model else {"model": "模型文件夹 models/none 不存在"}
    return Engine(city, WordRouter(city, classifier), problems)
