"""What to call the party of an event: the longest name that most of its messages agree on."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from jiesu.router.mass.event import Event
from jiesu.router.mass.names import NameRules

_AGREED = 0.4
"""A name is the event's when this share of its messages say it."""
_EXTEND = 0.7
"""A name grows by a character when this share of its occurrences have it there."""
_LONGEST = 16
_ENOUGH = 3
"""From so few texts, chance words would grow onto the name."""
_WHERE_WORTH = 0.4
"""A street or subdistrict tells where, not who: it needs that much more agreement."""


def party_of(event: Event, rules: NameRules) -> str:
    """Return the name of the complained-about party; empty where the messages agree on none."""
    texts = [rules.clean(f"{m.features.message.title}。{m.features.message.text}") for m in event]
    leads = _agreed((m.features.names for m in event), len(texts), rules)
    base = leads or _agreed((m.features.text_names for m in event), len(texts), rules)
    base = base or _agreed_pair(event, rules)
    name = _extend(base, texts, rules) if base else ""
    return "" if name in rules.generic else _as_written(name, event) if name else ""


def _agreed(names: Iterable[Sequence[str]], size: int, rules: NameRules) -> str:
    said = Counter(name for spoken in names for name in dict.fromkeys(spoken))
    worth = {
        name: count * len(name) * (_WHERE_WORTH if name.endswith(rules.where) else 1)
        for name, count in said.items()
        if count >= _AGREED * size
    }
    return max(worth, key=lambda name: (worth[name], name), default="")


def _agreed_pair(event: Event, rules: NameRules) -> str:
    """Return the rarest pair of characters that most leads share, where no name was read."""
    pairs: Counter[str] = Counter()
    for member in event:
        lead = rules.clean(member.features.message.lead)
        pairs.update({lead[i : i + 2] for i in range(len(lead) - 1) if "\0" not in lead[i : i + 2]})
    rare = {
        pair: count
        for pair, count in pairs.items()
        if count >= 2 * _AGREED * len(event) and event.is_name_pair(pair)
    }
    return max(rare, key=lambda pair: (rare[pair], pair), default="")


def _extend(base: str, texts: Sequence[str], rules: NameRules) -> str:
    """Grow a name in both directions as long as most of its occurrences agree."""
    if len(texts) < _ENOUGH:
        return base
    while len(base) < _LONGEST:
        before = Counter(c for text in texts for c in re.findall(f"(.){re.escape(base)}", text))
        after = Counter(c for text in texts for c in re.findall(f"{re.escape(base)}(.)", text))
        total = sum(text.count(base) for text in texts)
        best = max(
            [(n, c + base) for c, n in before.most_common(1) if _is_inner(c + base, c, rules)]
            + [(n, base + c) for c, n in after.most_common(1) if _is_inner(base + c, c, rules)],
            default=(0, ""),
        )
        if best[0] < _EXTEND * total:
            return base
        base = best[1]
    return base


def _is_inner(name: str, char: str, rules: NameRules) -> bool:
    return char != "\0" and not rules.border.search(name)


def _as_written(name: str, event: Event) -> str:
    """Return the name with the case that most messages write it in."""
    pattern = re.compile(r"[·.・\s]?".join(map(re.escape, name)), re.IGNORECASE)
    texts = (f"{m.features.message.title}。{m.features.message.text}" for m in event)
    written = Counter(match for text in texts for match in pattern.findall(text))
    return written.most_common(1)[0][0] if written else name
