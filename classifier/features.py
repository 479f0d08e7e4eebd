"""Words and character n-grams of a batch of texts as one sparse matrix, without a loop over texts.

All texts of a batch become one array of code points. Each n-gram and each word is a span of that
array; a span's key is a 64-bit polynomial hash that prefix sums give in one subtraction. So the
cost is some numpy passes over the batch; only the cutting into words runs text by text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from jiesu.classifier.text import Segmenter, normalise

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Csr: TypeAlias = Any  # scipy.sparse.csr_matrix, which has no type hints

_BASE = 0x9E3779B97F4A7C15  # odd, so it has an inverse modulo 2^64
_INVERSE = pow(_BASE, -1, 2**64)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_BUCKET_BITS = 18


@dataclass(frozen=True, slots=True)
class FeatureKinds:
    """Which spans of a text are features.

    Attributes:
        grams: lengths of the character n-grams.
        words: whether words are features too.
    """

    grams: tuple[int, ...] = (1, 2)
    words: bool = True


@dataclass(frozen=True)
class Occurrences:
    """Features of a batch before they are looked up: text number and key of each occurrence."""

    row: Ints
    key: Keys


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows, by key.

    Attributes:
        keys: ascending; feature j has keys[j].
    """

    keys: Keys

    @cached_property
    def _bucket_starts(self) -> NDArray[np.int32]:
        """Position of the first key of each bucket of the top bits, and the end."""
        bounds = np.arange(2**_BUCKET_BITS + 1, dtype=np.uint64) << np.uint64(64 - _BUCKET_BITS)
        starts = np.searchsorted(self.keys, bounds[:-1])
        return np.append(starts, len(self.keys)).astype(np.int32)

    def find(self, keys: Keys) -> NDArray[np.int32]:
        """Return the feature number of each key, -1 for unknown ones."""
        bucket = (keys >> np.uint64(64 - _BUCKET_BITS)).astype(np.int32)
        at, end = self._bucket_starts[bucket], self._bucket_starts[bucket + 1]
        found = np.full(len(keys), -1, dtype=np.int32)
        open_ = np.flatnonzero(at < end)
        while len(open_):
            here = at[open_]
            hit = self.keys[here] == keys[open_]
            found[open_[hit]] = here[hit]
            at[open_] += 1
            open_ = open_[~hit & (at[open_] < end[open_])]
        return found

    def counts(self, occurrences: Occurrences, n_texts: int) -> Csr:
        """Count known features, shape (n_texts, n_features), float32, columns ascending."""
        feature = self.find(occurrences.key)
        known = feature >= 0
        width = max(len(self.keys), 1)
        cell = np.sort(occurrences.row[known] * width + feature[known])
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        count = np.diff(first, append=len(cell)).astype(np.float32)
        row, column = np.divmod(cell[first], width)
        starts = np.searchsorted(row, np.arange(n_texts + 1)).astype(np.int32)
        return sp.csr_matrix((count, column.astype(np.int32), starts), shape=(n_texts, width))


def occurrences_of(texts: Sequence[str], kinds: FeatureKinds, segmenter: Segmenter) -> Occurrences:
    """Return every feature occurrence of a batch.

    Features hold letters, digits and Chinese characters only, never a space or a full stop;
    all digits are one, capitals are small letters.
    """
    texts = [normalise(text) for text in texts]
    folded = _fold(texts)
    n = len(folded)
    prefix = np.concatenate(([np.uint64(0)], np.cumsum(folded * _powers(_BASE, n))))
    row = np.repeat(np.arange(len(texts)), np.array([len(t) + 1 for t in texts], dtype=np.int64))
    spans = [(*_grams(folded, length), length) for length in kinds.grams]
    if kinds.words:
        spans.append((*_words(texts, folded, segmenter), 0))
    unshift = _powers(_INVERSE, n)
    keys = [_keys((prefix[end] - prefix[start]) * unshift[start], tag) for start, end, tag in spans]
    return Occurrences(np.concatenate([row[start] for start, _, _ in spans]), np.concatenate(keys))


def _fold(texts: Sequence[str]) -> Keys:
    """Return the folded code points of all texts, a 0 after each and for what no feature holds."""
    joined = "".join(f"{text}\0" for text in texts)
    points = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    return _fold_table()[np.where(points < 0x10000, points, 0)]


def _fold_table() -> Keys:
    table = np.zeros(0x10000, dtype=np.uint64)
    for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (ord("a"), ord("z"))):
        table[first : last + 1] = np.arange(first, last + 1)
    table[ord("A") : ord("Z") + 1] = np.arange(ord("a"), ord("z") + 1)
    table[ord("0") : ord("9") + 1] = ord("0")
    return table


def _powers(base: int, n: int) -> Keys:
    """Return base^0 … base^(n-1) modulo 2^64."""
    factors = np.full(n, base, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)


def _grams(folded: Keys, length: int) -> tuple[Ints, Ints]:
    """Return start and end of each n-gram without a gap."""
    is_in = folded != 0
    size = max(len(folded) - length + 1, 0)
    whole = is_in[:size].copy()
    for shift in range(1, length):
        whole &= is_in[shift : shift + size]
    start = np.flatnonzero(whole)
    return start, start + length


def _words(texts: Sequence[str], folded: Keys, segmenter: Segmenter) -> tuple[Ints, Ints]:
    """Return start and end of each word."""
    found: list[int] = []
    for text in texts:
        found.extend(map(len, segmenter.cut(text)))
        found.append(1)  # the 0 after the text
    lengths = np.array(found, dtype=np.int64)
    end = np.cumsum(lengths)
    start = end - lengths
    is_word = folded[start] != 0
    return start[is_word], end[is_word]


def _keys(spans: Keys, tag: int) -> Keys:
    """Spread span hashes over all 64 bits, apart for each kind of feature."""
    spans = (spans + np.uint64(tag)) * _MIX
    spans ^= spans >> np.uint64(32)
    return spans * _MIX
