"""P(unit | text, class, place), learned from confirmed history, for the candidates.

Two views of a ticket are mixed: what units settled texts of such words (a linear model over
units) and what units settled such classes at such places (counts). `jiesu train --unit` writes
the folder; no city needs one, and a city without rules needs nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from jiesu.classifier.artefact import read_card, read_labels, verify
from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.scores import Classifier, Matrix, RankedClass
from jiesu.router.decision import Place, Reason
from jiesu.router.unit_counts import Settled, UnitCounts
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import ArtefactError

Floats = NDArray[np.float64]

FOLDER, COUNTS_FILE, KIND = "units", "counts.json", "units"
_LEAST = 0.005
"""A unit less likely than this is no candidate."""
_MOST = 5


@dataclass(frozen=True, slots=True)
class HistoryMix:
    """How the views are put together; chosen on tickets held out from training.

    Attributes:
        words: weight of the text model against the counts, in [0, 1].
        pull: see `UnitCounts`.
        temperature: makes the mixture calibrated.
        share: weight of history against the rules where history knows the class well, in [0, 1].
        patience: tickets of the class after which history has half of its share.
    """

    words: float = 0.5
    pull: float = 2.0
    temperature: float = 1.0
    share: float = 0.5
    patience: float = 5.0

    def weight(self, seen: float) -> float:
        """Return the weight of history against the rules.

        Args:
            seen: settled tickets of the first class, as `UnitCounts.seen` counts them.

        >>> HistoryMix(share=0.8, patience=5).weight(5)
        0.4
        """
        return self.share * seen / (seen + self.patience) if self.patience else self.share


@dataclass(frozen=True, slots=True)
class UnitChance:
    """A unit by history.

    Attributes:
        p: calibrated probability that it is the right lead, by history alone.
        here: tickets of the first class that it settled at the place; 0 where none is known.
        of_class: tickets of the first class that it settled anywhere.
        by_words: probability by the words alone.
    """

    unit_id: str
    p: float
    here: int
    of_class: int
    by_words: float

    @property
    def reason(self) -> Reason:
        """Why history names the unit."""
        if self.here:
            return Reason("history", f"历史 {self.here} 件同类同地由其办结", "已办结工单")
        if self.of_class:
            return Reason("history", f"历史 {self.of_class} 件同类由其办结", "已办结工单")
        return Reason("model", f"按文字近似的历史工单推断（{self.by_words:.0%}）", "已办结工单")


@dataclass(frozen=True, slots=True)
class Chances:
    """What history says of one ticket.

    Attributes:
        units: likeliest first.
        weight: weight of history against the rules for this ticket, in [0, 1].
    """

    units: tuple[UnitChance, ...] = ()
    weight: float = 0.0


NO_CHANCES = Chances()


@dataclass(frozen=True)
class UnitHistory:
    """The learned model of one city.

    Attributes:
        name: of the model, as decisions store it.
        words: texts → units; its leaves are unit ids.
    """

    name: str
    city: City
    words: Classifier
    counts: UnitCounts
    mix: HistoryMix

    @property
    def units(self) -> tuple[str, ...]:
        """Unit ids in the order of all arrays."""
        return self.words.tree.leaves

    def read(self, texts: Sequence[str]) -> Matrix:
        """Return P(unit | words), (n_texts, n_units)."""
        return self.words.score(texts)

    def chances(self, words: Matrix, classes: Sequence[RankedClass], place: Place) -> Chances:
        """Return what history says of one ticket.

        Args:
            words: its row of `read`, (n_units,).
            classes: likely classes, best first.
            place: where it is.
        """
        counted = counted_shares(self.counts, self.city, classes, place)
        p = mixed(words, counted, self.mix)
        leaf = classes[0].code if classes else ""
        regions = [region.code for region in self.city.region_path(place.code)]
        path = [label.code for label in self.city.tree.path(leaf)] if leaf else []
        seen = self.counts.seen(path)
        best = [int(j) for j in np.argsort(-p, kind="stable")[:_MOST] if p[j] >= _LEAST]
        here = regions[-1] if regions else ""
        return Chances(
            tuple(self._chance(j, p, words, leaf, here) for j in best), self.mix.weight(seen)
        )

    def _chance(self, j: int, p: Floats, words: Matrix, leaf: str, here: str) -> UnitChance:
        return UnitChance(
            unit_id=self.units[j],
            p=float(p[j]),
            here=self.counts.settled(leaf, here, j) if here else 0,
            of_class=self.counts.settled(leaf, "", j),
            by_words=float(words[j]),
        )


def counted_shares(
    counts: UnitCounts, city: City, classes: Sequence[RankedClass], place: Place
) -> Floats:
    """Average the shares over likely classes and over a place that may be wrong, (n_units,)."""
    if not classes:
        return counts.shares((), ())
    regions = [region.code for region in city.region_path(place.code)]
    total = np.zeros(counts.n_units)
    for ranked in classes:
        path, weight = [label.code for label in city.tree.path(ranked.code)], ranked.p[-1]
        if regions:
            total += weight * place.p * counts.shares(path, regions)
        total += weight * (1 - place.p if regions else 1.0) * counts.shares(path, ())
    shares: Floats = total / total.sum()
    return shares


def mixed(words: NDArray[Any], counted: Floats, mix: HistoryMix) -> Floats:
    """Mix both views, each (..., n_units), and calibrate the mixture."""
    p = mix.words * words + (1 - mix.words) * counted
    sharp = Temperature(mix.temperature).sharpen(np.atleast_2d(p).astype(np.float32))
    return sharp.astype(np.float64).reshape(p.shape)


def load_history(folder: Path, city: City) -> UnitHistory:
    """Load the folder that `jiesu train --unit` wrote.

    Raises:
        ArtefactError: it is missing, broken, or made for another taxonomy version.
    """
    from jiesu.classifier.linear_file import LINEAR_FILE, load_linear  # scipy: only when needed

    card = read_card(folder)
    if card.kind != KIND or card.taxonomy != city.tree.version:
        raise ArtefactError(
            f"{folder} 不是分类体系 {city.tree.version} 的承办单位模型"
            f"（{card.kind}，{card.taxonomy}）；请用 jiesu train --unit 重新训练"
        )
    verify(folder)
    units = read_labels(folder)
    if units is None:
        raise ArtefactError(f"{folder}: 缺少承办单位列表 labels.json；请重新训练")
    words = load_linear(folder / LINEAR_FILE, card.name, units)
    mix = HistoryMix(**card.facts["mix"])
    settled = [_settled(row) for row in orjson.loads((folder / COUNTS_FILE).read_bytes())]
    return UnitHistory(
        card.name, city, words, counts_of(settled, len(units.leaves), city, mix), mix
    )


def _settled(row: Sequence[Any]) -> Settled:
    code, region, unit, n = row
    return str(code), str(region), int(unit), int(n)


def counts_of(settled: Sequence[Settled], n_units: int, city: City, mix: HistoryMix) -> UnitCounts:
    """Add up a history of this city."""
    codes, regions = {row[0] for row in settled}, {row[1] for row in settled}
    return UnitCounts.of(
        settled,
        n_units,
        classes_above={
            code: [label.code for label in city.tree.path(code)]
            for code in codes
            if code in city.tree.labels
        },
        regions_above=_paths(city, regions),
        pull=mix.pull,
    )


def _paths(city: City, regions: set[str]) -> Mapping[str, Sequence[str]]:
    return {code: [part.code for part in city.region_path(code)] for code in regions}
