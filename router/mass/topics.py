"""What a text is about, as a vector: names drop out, the matter stays.

The space is a small table of numbers learnt from the city's own corpora (latent semantic
analysis over characters and pairs of characters). It needs numpy only, so every message can be
placed in it. An encoder can stand in for it: anything that turns texts into rows of unit length.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jiesu.router.mass.grams import BUCKETS, clean, hash_grams
from jiesu.taxonomy.errors import ArtefactError

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts → vectors of unit length, shape (n_texts, n_dimensions)."""

SIZES = (1, 2)
ARRAYS = "space.npz"
CARD = "card.json"


@dataclass(frozen=True, eq=False)
class TopicSpace:
    """A linear map from rare characters and pairs to topics.

    Attributes:
        buckets: hashed gram of each row, shape (n_grams,).
        rarity: inverse document frequency of each row, shape (n_grams,).
        rows: what each gram adds, int8, shape (n_grams, n_dimensions).
        scale: what one step of `rows` is worth, shape (n_dimensions,).
        mean: the mean of ordinary texts, taken off, shape (n_dimensions,).
    """

    buckets: NDArray[np.int64]
    rarity: Vectors
    rows: NDArray[np.int8]
    scale: Vectors
    mean: Vectors

    def __post_init__(self) -> None:
        row_of = np.full(BUCKETS, -1, np.int32)
        row_of[self.buckets] = np.arange(len(self.buckets), dtype=np.int32)
        object.__setattr__(self, "_row_of", row_of)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Return the texts' topics as unit vectors, shape (n_texts, n_dimensions)."""
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Vectors:
        row_of: NDArray[np.int32] = self._row_of  # type: ignore[attr-defined]  # set above
        found = row_of[hash_grams(clean(text), SIZES)]
        rows, counts = np.unique(found[found >= 0], return_counts=True)
        weights = (1 + np.log(np.maximum(counts, 1))) * self.rarity[rows]
        weights /= np.linalg.norm(weights) + 1e-9
        vector = weights.astype(np.float32) @ self.rows[rows].astype(np.float32) * self.scale
        vector -= self.mean
        return (vector / (np.linalg.norm(vector) + 1e-9)).astype(np.float32)


def hashed_space(dimensions: int = 256) -> Embed:
    """Return a space that needs no learning: every pair of characters is its own direction.

    Two texts are close only when they share words. For a city without corpora, and for tests.
    """

    def embed(texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), dimensions), np.float32)
        for row, text in zip(out, texts, strict=True):
            np.add.at(row, hash_grams(clean(text), (2,)) % dimensions, 1.0)
        unit: Vectors = out / (np.linalg.norm(out, axis=1, keepdims=True) + np.float32(1e-9))
        return unit

    return embed


def save_space(space: TopicSpace, folder: Path, card: dict[str, object]) -> None:
    """Write a space and its card into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / ARRAYS,
        buckets=space.buckets,
        rarity=space.rarity,
        rows=space.rows,
        scale=space.scale,
        mean=space.mean,
    )
    (folder / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n")


def load_space(folder: Path) -> TopicSpace:
    """Read a space.

    Raises:
        ArtefactError: the folder has none, or it is broken.
    """
    try:
        with np.load(folder / ARRAYS) as arrays:
            return TopicSpace(**{name: arrays[name] for name in arrays.files})
    except FileNotFoundError:
        raise ArtefactError(f"{folder} 中没有事由空间 {ARRAYS}；请重新安装或重新训练") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ArtefactError(f"{folder / ARRAYS} 已损坏（{error}）；请重新安装或重新训练") from None
