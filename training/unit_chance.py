"""How often is the first unit right? The curve of `policy.yaml`, from texts of our own.

    python -m jiesu.training.unit_chance [--bins 10]        some three minutes on one core

The fast model reads each style of texts as one that it has never seen, which is the nearest thing
to real tickets among written texts. The first role by rules and likely classes is then right
where the rules give it the lead for the text's own class. Whether the rules themselves are right
is not told: only settled tickets can (`jiesu certify`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from jiesu.classifier.scores import top_classes
from jiesu.classifier.text import segmenter_of
from jiesu.router.address import AddressReader
from jiesu.router.candidates import ranked_roles
from jiesu.router.jurisdiction import Jurisdiction
from jiesu.router.policy import Policy, load_policy
from jiesu.taxonomy.city import City, load_city
from jiesu.training.corpus import default_corpora, style_splits
from jiesu.training.fit_linear import Trial, affordable_recipes, try_recipe

Floats = NDArray[np.float64]
Curve = list[tuple[float, float]]

_PRIOR = 2.0
"""Made-up texts of the mean share of right ones in each bin, so that a few make no curve."""


@dataclass(frozen=True)
class Asked:
    """First roles of texts: their share of the classes, and whether they lead the right class."""

    share: Floats
    right: Floats


def curve_of(asked: Asked, bins: int) -> Curve:
    """Return rising pairs of mean share and share right, of bins with equally many texts.

    Where a bin is right less often than one below it, both become one (pool adjacent violators).
    """
    order = np.argsort(asked.share, kind="stable")
    mean = float(asked.right.mean())
    parts = [
        (float(asked.share[part].sum()), float(asked.right[part].sum()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    ]
    pooled: list[tuple[float, float, int]] = []
    for part in parts:
        pooled.append(part)
        while len(pooled) > 1 and _rate(pooled[-1], mean) <= _rate(pooled[-2], mean):
            (s1, r1, n1), (s2, r2, n2) = pooled[-2:]
            pooled[-2:] = [(s1 + s2, r1 + r2, n1 + n2)]
    return [(round(part[0] / part[2], 3), round(_rate(part, mean), 3)) for part in pooled]


def _rate(part: tuple[float, float, int], mean: float) -> float:
    return (part[1] + _PRIOR * mean) / (part[2] + _PRIOR)


def asked_of(city: City, policy: Policy, corpora: Path, day: date) -> Asked:
    """Return what the first roles of texts of unseen styles say, and whether they are right."""
    trials = [Trial(*split) for split in style_splits(city, corpora)]
    recipe = affordable_recipes(trials[0].train)[0]
    outcome = try_recipe(recipe, trials, segmenter_of("rjieba", ()))
    p = outcome.temperature.probabilities(outcome.logits).astype(np.float32)
    texts = [text for trial in trials for text in trial.test.texts]
    gold = [city.tree.leaves[label] for label in outcome.labels]
    return first_roles(city, policy, texts, gold, p, day)


def first_roles(
    city: City,
    policy: Policy,
    texts: Sequence[str],
    gold: Sequence[str],
    p: NDArray[np.float32],
    day: date,
) -> Asked:
    """Rank the roles of each text by its likely classes.

    Args:
        gold: class of each text.
        p: leaf probabilities, (n_texts, n_leaves).
    """
    jurisdiction, places = Jurisdiction.of_city(city), AddressReader(city)
    share, right = [], []
    tops = top_classes(city.tree, p, policy.classes_considered)
    for text, code, classes in zip(texts, gold, tops, strict=True):
        place, facts = places.read(text), jurisdiction.facts.read(text)
        likely = [c for n, c in enumerate(classes) if n == 0 or c.p[-1] >= policy.least_p_class]
        found = [
            (c, jurisdiction.competences(city.tree.get(c.code), place, facts, day)) for c in likely
        ]
        best = ranked_roles(found, policy)[0]
        lead = jurisdiction.ruling(city.tree.get(code), place, facts, day).lead
        share.append(best.stated)
        right.append(best.role == lead)
    return Asked(np.array(share), np.array(right, dtype=float))


def main(
    bins: Annotated[int, typer.Option(help="分成几组")] = 10,
    day: Annotated[str, typer.Option(help="按哪一天的规则")] = "2026-11-28",
) -> None:
    """Print the curve for `policy.yaml`."""
    city = load_city()
    asked = asked_of(city, load_policy(city.folder), default_corpora(city), date.fromisoformat(day))
    curve = curve_of(asked, bins)
    typer.echo(f"lead_chances: {[list(pair) for pair in curve]}")
    typer.echo(f"# {len(asked.right)} 篇，首选正确 {asked.right.mean():.3f}")


if __name__ == "__main__":
    typer.run(main)
