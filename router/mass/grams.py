"""Text → hashed n-grams of characters, and how rare each is.

Hashing keeps memory bounded over years of tickets: no vocabulary grows. Chinese needs no word
boundaries for this: two and three characters are about one word.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from jiesu.router.mass.usage import Usage

BUCKETS = 1 << 20
Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

_LINK = re.compile(r"https?://[^\s\u4e00-\u9fff]+")
_INSIDE = re.compile(r"[·.・\s]")
_BREAK = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_MULTIPLIER = np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def clean(text: str, codes: re.Pattern[str] | None = None) -> str:
    r"""Fold width and case, drop links and marks inside names, turn the rest into breaks.

    Args:
        codes: stand-ins for the names of districts; each becomes a break.

    >>> clean("Ａ小区·东门，很吵 https://x.cn/1")
    'a小区东门\x00很吵\x00'
    """
    text = _LINK.sub("。", unicodedata.normalize("NFKC", text))
    if codes is not None:
        text = codes.sub("。", text)
    return _BREAK.sub("\0", _INSIDE.sub("", text).casefold())


def hash_grams(cleaned: str, sizes: Sequence[int] = (2, 3)) -> Ids:
    """Hash every n-gram of a cleaned text; grams do not cross breaks.

    Returns:
        Bucket numbers in [0, BUCKETS), in order of size and position, repeats kept.
    """
    chars = np.frombuffer(cleaned.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    parts = [_grams_of_size(chars, size) for size in sizes if len(chars) >= size]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _grams_of_size(chars: NDArray[np.uint64], size: int) -> Ids:
    count = len(chars) - size + 1
    mixed = np.full(count, size, np.uint64)
    whole = np.ones(count, bool)
    for offset in range(size):
        piece = chars[offset : offset + count]
        mixed = (mixed * _MULTIPLIER) ^ (piece * _SPREAD)
        whole &= piece != 0
    mixed ^= mixed >> np.uint64(29)
    return (mixed[whole] % np.uint64(BUCKETS)).astype(np.int64)


class Rarity:
    """How rare each gram is: inverse document frequency over a background and the stream.

    The background is ordinary language of complaints; a gram that it does not know is likely
    part of a name.
    """

    def __init__(self, background: Iterable[tuple[str, str]] = ()) -> None:
        """Count a background.

        Args:
            background: texts, each with its group of classes; empty where that is not known.
        """
        self.known = np.zeros(BUCKETS, np.float32)
        self.usage = Usage()
        self.texts = 0
        for text, group in background:
            ids = np.unique(hash_grams(clean(text)))
            self.known[ids] += 1
            self.usage.see(ids, {group: 1.0} if group else {})
            self.texts += 1
        self.counts = self.known.copy()

    def fork(self) -> "Rarity":
        """Return one that goes on from here by itself."""
        other = Rarity()
        other.known, other.counts, other.texts = self.known, self.counts.copy(), self.texts
        other.usage = self.usage.fork()
        return other

    def see(self, ids: Ids, groups: Mapping[str, float]) -> None:
        """Count one more text that holds these grams, each listed once.

        Args:
            groups: group of classes → how surely the text is of it.
        """
        self.counts[ids] += 1
        self.usage.see(ids, groups)
        self.texts += 1

    def of(self, ids: Ids) -> Floats:
        """Return log((N + 1) / (n + 1)) of each gram."""
        return np.log((self.texts + 1) / (self.counts[ids].astype(np.float64) + 1))

    def is_odd(self, ids: Ids) -> NDArray[np.bool_]:
        """Tell which grams the background does not know."""
        odd: NDArray[np.bool_] = self.known[ids] == 0
        return odd
