"""Single characters and pairs of a text, told apart by where they stand: anywhere, head or tail.

What a caller wants shows in small words (请问, 能不能, 建议, 给个说法), in punctuation, and at
the two ends of a text; so nothing is cut into words and nothing is dropped here. All texts of a
batch become one array of code points, and an n-gram's hash is its column: no vocabulary is
stored.
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
class Zones:
    """Which characters count as head and tail, and how many columns there are.

    Attributes:
        bits: each zone has 2^bits columns.
        head, tail: width of the zones in characters; both 0 leaves only "anywhere".
    """

    bits: int = 16
    head: int = 20
    tail: int = 60

    @property
    def n_columns(self) -> int:
        """Number of columns of all zones."""
        return (3 if self.head or self.tail else 1) << self.bits

    def counts(self, texts: Sequence[str]) -> Csr:
        """Count the hashed n-grams of texts, shape (n_texts, n_columns)."""
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
        """Yield one matrix for each n-gram length and zone; their sum is the counts."""
        texts = [_shorten(text) for text in texts]
        points = _fold("".join(texts))
        length = np.array([len(text) for text in texts], dtype=np.int64)
        row = np.repeat(np.arange(len(texts)), length)
        position = np.arange(len(points)) - np.repeat(np.cumsum(length) - length, length)
        left = length[row] - position
        for size in _LENGTHS:
            n = max(len(points) - size + 1, 0)
            column = _columns(points, size, self.bits)
            whole = left[:n] >= size
            inside = (whole, whole & (position[:n] < self.head), whole & (left[:n] <= self.tail))
            for zone in range(3 if self.head or self.tail else 1):
                at = np.flatnonzero(inside[zone])
                starts = np.searchsorted(row[at], np.arange(len(texts) + 1))
                yield sp.csr_matrix(
                    (np.ones(len(at), np.float32), column[at] + (zone << self.bits), starts),
                    shape=(len(texts), self.n_columns),
                )


def _shorten(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else text[:half] + text[-half:]


def _fold(text: str) -> Points:
    """Return code points: full-width forms, capitals, digits and spaces each made one."""
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    wide = (points >= 0xFF01) & (points <= 0xFF5E)
    points[wide] -= np.uint64(0xFEE0)
    points[(points >= ord("A")) & (points <= ord("Z"))] += np.uint64(32)
    points[(points >= ord("0")) & (points <= ord("9"))] = ord("0")
    points[(points <= ord(" ")) | (points == 0x3000)] = ord(" ")
    return points


def _columns(points: Points, size: int, bits: int) -> Ints:
    n = max(len(points) - size + 1, 0)
    hashed = np.full(n, size, dtype=np.uint64)
    for shift in range(size):
        hashed = (hashed * _BASE) ^ points[shift : shift + n]
    hashed *= _MIX
    hashed ^= hashed >> np.uint64(29)
    return (hashed & np.uint64((1 << bits) - 1)).astype(np.int64)
