"""Corpora → topic space for mass complaints: `python -m jiesu.training.topic_space OUT`.

Latent semantic analysis (Deerwester et al. 1990) over hashed characters and pairs of characters,
dimensions damped by the square root of their singular value, so that the few broad topics do not
drown the rest. Quantised to one byte a number: two megabytes for 16,000 grams.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD

from jiesu.router.mass.grams import clean, hash_grams
from jiesu.router.mass.topics import SIZES, TopicSpace, save_space
from jiesu.taxonomy.city import City, load_city
from jiesu.training.corpus import default_corpora


@dataclass(frozen=True, slots=True)
class SpaceSettings:
    """How the space is made.

    Attributes:
        grams: how many grams are kept, commonest first.
        rarest: a gram must occur in at least so many texts.
        commonest: and in at most this share of them.
    """

    dimensions: int = 128
    grams: int = 16_000
    rarest: int = 5
    commonest: float = 0.3
    seed: int = 0


def corpus_of(city: City, corpora: Path) -> list[str]:
    """Return every text that describes a matter: of the classes and of the city's corpora."""
    leaves = [city.tree.labels[code] for code in city.tree.leaves]
    texts = [f"{leaf.name}。{leaf.definition}{' '.join(leaf.keywords)}" for leaf in leaves]
    texts += [example for leaf in leaves for example in leaf.examples]
    for path in sorted(corpora.glob("*/*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            texts += _texts_of(json.loads(line))
    return texts


def _texts_of(row: dict[str, list[str] | list[dict[str, str]] | str]) -> list[str]:
    texts = [text for text in row.get("texts", []) if isinstance(text, str)]
    texts += [letter["text"] for letter in row.get("letters", []) if isinstance(letter, dict)]
    texts += [title for title in row.get("titles", []) if isinstance(title, str)]
    phrases = [phrase for phrase in row.get("phrases", []) if isinstance(phrase, str)]
    return [*texts, "。".join(phrases)] if phrases else texts


def fit_space(texts: Sequence[str], settings: SpaceSettings) -> TopicSpace:
    """Learn a topic space from texts."""
    counted = [np.unique(hash_grams(clean(t), SIZES), return_counts=True) for t in texts]
    spread = np.bincount(np.concatenate([ids for ids, _ in counted]))
    fit_for = (spread >= settings.rarest) & (spread <= settings.commonest * len(texts))
    ranked = np.argsort(-np.where(fit_for, spread, -1), kind="stable")
    buckets = np.sort(ranked[: min(settings.grams, int(fit_for.sum()))])
    rarity = np.log((1 + len(texts)) / (1 + spread[buckets])) + 1
    table = _weights(counted, buckets, rarity)
    svd = TruncatedSVD(settings.dimensions, random_state=settings.seed).fit(table)
    rows = svd.components_.T / np.sqrt(svd.singular_values_)
    scale = np.abs(rows).max(axis=0) / 127
    return TopicSpace(
        buckets=buckets.astype(np.int64),
        rarity=rarity.astype(np.float32),
        rows=np.round(rows / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        mean=np.asarray(table.mean(axis=0) @ rows).ravel().astype(np.float32),
    )


def _weights(
    counted: Sequence[tuple[np.ndarray, np.ndarray]], buckets: np.ndarray, rarity: np.ndarray
) -> sparse.csr_matrix:
    rows = []
    for ids, counts in counted:
        place = np.searchsorted(buckets, ids)
        known = (place < len(buckets)) & (buckets[np.minimum(place, len(buckets) - 1)] == ids)
        weights = (1 + np.log(counts[known])) * rarity[place[known]]
        rows.append((place[known], weights / (np.linalg.norm(weights) + 1e-9)))
    ends = np.cumsum([0] + [len(place) for place, _ in rows])
    columns = np.concatenate([place for place, _ in rows])
    return sparse.csr_matrix(
        (np.concatenate([weights for _, weights in rows]), columns, ends),
        shape=(len(counted), len(buckets)),
    )


def main(out: Path) -> None:
    """Make the space of the packaged city and write it with its card."""
    city, settings = load_city(), SpaceSettings()
    texts = corpus_of(city, default_corpora(city))
    card = {
        "what": "事由空间：群体诉求预警用来判断两条诉求是否说同一类事",
        "texts": len(texts),
        "taxonomy": city.tree.version,
        "settings": asdict(settings),
    }
    save_space(fit_space(texts, settings), out, card)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
