"""How much of one short text another holds, by the pairs of characters that they share.

Chinese needs no words for this: two characters are about one word, and a matter told twice by
the same caller repeats most of them.
"""

from jiesu.router.mass.grams import clean

Pairs = frozenset[str]


def pairs_of(text: str) -> Pairs:
    """Return the pairs of neighbouring characters, marks and breaks left out.

    >>> sorted(pairs_of("路灯，不亮"))
    ['不亮', '路灯']
    """
    return frozenset(
        part[i : i + 2] for part in clean(text).split("\0") for i in range(len(part) - 1)
    )


def covered(part: Pairs, whole: Pairs) -> float:
    """Return the share of a text's pairs that another holds too, in [0, 1]; 1 for no pairs.

    >>> covered(pairs_of("路灯不亮"), pairs_of("门口的路灯不亮三天了"))
    1.0
    """
    return len(part & whole) / len(part) if part else 1.0
