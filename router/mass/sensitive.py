"""Sensitive words (敏感词), which are data of the city: how many messages use each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jiesu.router.mass.message import Message


@dataclass(frozen=True, slots=True)
class SensitiveWord:
    """One word that some message uses.

    Attributes:
        kind: group of the word in `mass.yaml` ("danger").
        ids: the latest messages that use it, newest first.
    """

    kind: str
    word: str
    messages: int
    ids: tuple[str, ...]


def sensitive_of(
    messages: Iterable[Message], words: Mapping[str, tuple[str, ...]], most: int = 20
) -> list[SensitiveWord]:
    """Return the sensitive words that messages use, commonest first within each kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for message in messages:
        text = f"{message.title}\n{message.text}"
        for kind, listed in words.items():
            for word in listed:
                if word in text:
                    found.setdefault((kind, word), []).append(message.id)
    order = Counter({key: len(ids) for key, ids in found.items()})
    return [
        SensitiveWord(kind, word, count, tuple(reversed(found[kind, word][-most:])))
        for name in words
        for (kind, word), count in order.most_common()
        if kind == name
    ]
