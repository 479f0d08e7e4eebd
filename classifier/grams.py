"""Single characters and pairs of a text, punctuation included, hashed into columns.

What a caller wants shows in small words (请问, 能不能, 建议, 给个说法) and in punctuation, so
nothing is cut into words and nothing is dropped here. All texts of a batch become one array of
code points, and the hash of an n-gram is its column: no vocabulary is stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from jiesu.classifier.features import Csr

Points = NDArray[np.uint64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_LENGTHS = (1, 2)
# A text beyond this repeats itself; what its sender wants stands at its ends.
_LONGEST = 4000
_TEXTS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class HashedGrams:
    """Counts n-grams in 2^bits columns."""

    bits: int = 16

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return 1 << self.bits

    def counts(self, texts: Sequence[str]) -> Csr:
        """Count the n-grams of texts, shape (n_texts, n_columns)."""
        batches = [
            sum(self._parts(texts[start : start + _TEXTS_AT_ONCE]))
            for start in range(0, len(texts), _TEXTS_AT_ONCE)
        ]
        return sp.vstack(batches or [sp.csr_matrix((0, self.n_columns))], format="csr")

    def sums(self, texts: Sequence[str], table: Floats) -> Floats:
        """Return what `counts(texts) @ table` is, without building the counts.

        Args:
            table: shape (n_columns, n_heads).

        Returns:
            Shape (n_texts, n_heads).
        """
        out = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            for part in self._parts(texts[start : start + _TEXTS_AT_ONCE]):
                out[start : start + part.shape[0]] += part @ table
        return out

    def _parts(self, texts: Sequence[str]) -> Iterator[Csr]:
        """Yield one matrix for each n-gram length, an entry an occurrence; their sum is it."""
        texts = [_trimmed(text) for text in texts]
        points = _fold("".join(texts))
        length = np.array([len(text) for text in texts], dtype=np.int64)
        row = np.repeat(np.arange(len(texts)), length)
        left = np.repeat(np.cumsum(length), length) - np.arange(len(points))
        for size in _LENGTHS:
            column = _columns(points, size, self.bits)
            whole = np.flatnonzero(left[: len(column)] >= size)  # ends before its text does
            starts = np.searchsorted(row[whole], np.arange(len(texts) + 1))
            ones = np.ones(len(whole), dtype=np.float32)
            yield sp.csr_matrix((ones, column[whole], starts), shape=(len(texts), self.n_columns))


def _trimmed(text: str) -> str:
    """Return a text as it is counted: runs of space made one, none at the ends, bounded."""
    half = _LONGEST // 2
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:half] + text[-half:]


def _fold(text: str) -> Points:
    """Return code points: full-width forms, capitals, digits and spaces each made one."""
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    wide = (points >= 0xFF01) & (points <= 0xFF5E)
    points[wide] -= np.uint64(0xFEE0)
    points[(points >= ord("A")) & (points <= ord("Z"))] += np.uint64(32)
    points[(points >= ord("0")) & (points <= ord("9"))] = ord("0")
    points[points <= ord(" ")] = ord(" ")
    return points


def _columns(points: Points, size: int, bits: int) -> Ints:
    n = max(len(points) - size + 1, 0)
    hashed = np.full(n, size, dtype=np.uint64)
    for shift in range(size):
        hashed = (hashed * _BASE) ^ points[shift : shift + n]
    hashed *= _MIX
    hashed ^= hashed >> np.uint64(29)
    return (hashed & np.uint64((1 << bits) - 1)).astype(np.int64)
