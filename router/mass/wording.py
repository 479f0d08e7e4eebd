"""Words for an event, taken from its own messages: the one-line title, samples, the summary.

Nothing is made up: a title is the title or first sentence of the most typical message, cut of
the words of complaining around it.
"""

import re
from collections.abc import Callable, Sequence
from math import sqrt

from jiesu.router.mass.event import Event, Member
from jiesu.router.mass.heat import Size
from jiesu.router.mass.message import Message

Mask = Callable[[str], str]

_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
_OPENING = re.compile(
    r"^[\s，,：:]*(?:尊敬的[^，,：:！!]{0,12}[，,：:！!]?|您好[，,！!：:]?|你好[，,！!：:]?"
    r"|市民(?:来电)?(?:反映|称|表示)[，,：:]?|来电人(?:反映|称|表示)?[，,：:]?)+"
)
_COMPLAINING = re.compile(
    r"^(?:再次|强烈|坚决)?(?:投诉|举报|反映|反应|咨询|询问|请问|关于|恳请|请求|希望|建议|呼吁)+"
)
_TAIL = re.compile(
    r"(?:的)?(?:相关)?(?:投诉|问题|情况|诉求|建议|反映|有关事项|事宜)?[！!？?。，,、；;]*$"
)
_SHORTEST, _LONGEST = 8, 36


def typical(event: Event, most: int) -> list[Member]:
    """Return the members nearest to the middle of the event, one of each group of copies."""
    length, topic = sqrt(max(event.squares, 1e-9)), event.topic / (event.topic_length + 1e-9)

    def nearness(member: Member) -> float:
        features = member.features
        pairs = zip(features.terms, features.weights, strict=True)
        words = sum(w * event.words.get(g, 0.0) for g, w in pairs) / length
        return words + 0.5 * float(topic @ features.topic)

    ranked = sorted(event.members, key=lambda m: (-nearness(m), m.features.message.id))
    first = {member.echo: member for member in reversed(ranked)}
    return [member for member in ranked if first[member.echo] is member][:most]


def title_of(event: Event, party: str, mask: Mask) -> str:
    """Return one line that says who, where and what."""
    leads = [headline(member.features.message) for member in typical(event, 12)]
    fitting = [lead for lead in leads if _SHORTEST <= len(lead) <= _LONGEST]
    named = [lead for lead in fitting if party and party.casefold() in lead.casefold()]
    best = next(iter(named or fitting or leads), "")[:_LONGEST]
    if party and not named:
        best = f"{party}：{best}"
    return mask(best)


def headline(message: Message) -> str:
    """Return the title or first sentence of a message without the words of complaining.

    >>> from datetime import datetime, UTC
    >>> headline(Message("1", datetime(2026, 1, 1, tzinfo=UTC), "", "投诉某小区停电的问题"))
    '某小区停电'
    """
    lead = message.title or next(iter(sentences(message.text)), message.text)
    lead = _COMPLAINING.sub("", _OPENING.sub("", lead.strip())).strip("，,：: ")
    return _TAIL.sub("", lead) or message.lead


def sentences(text: str) -> list[str]:
    """Split a text into sentences without salutations, the shortest left out."""
    parts = [_OPENING.sub("", part.strip()) for part in _SENTENCE.findall(text)]
    return [part for part in parts if len(part) >= _SHORTEST]


def samples_of(event: Event, mask: Mask, most: int = 3) -> tuple[tuple[str, str], ...]:
    """Return ids and masked texts of the most typical messages."""
    chosen = [member.features.message for member in typical(event, most)]
    return tuple((m.id, mask(m.text.strip()[:300])) for m in chosen)


def summary_of(event: Event, size: Size, places: Sequence[str], mask: Mask) -> str:
    """Return two or three sentences: how many, since when, where, and what they say."""
    first, last = event.first.date(), event.last.date()
    when = f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d}至{last:%Y-%m-%d}"
    parts = [f"{when}，{size.callers}位来电人反映{size.messages}次"]
    if size.independent < size.callers:
        parts.append(f"其中不同说法{size.independent}种，其余为转发同一段文字")
    if places:
        parts.append(f"涉及{'、'.join(places[:3])}")
    if size.likes:
        parts.append(f"另有{size.likes}人点赞")
    said = [sentence for _, sentence in _typical_sentences(event, 2)]
    return "，".join(parts) + "。" + mask("".join(f"“{part}”" for part in said))


def _typical_sentences(event: Event, most: int) -> list[tuple[str, str]]:
    chosen = []
    for member in typical(event, most):
        said = sentences(member.features.message.text)
        best = max(said, key=lambda sentence: _content(event, sentence), default="")
        if best:
            chosen.append((member.features.message.id, best[:80]))
    return chosen


def _content(event: Event, sentence: str) -> float:
    """Return how much of the event a sentence says for its length."""
    return event.weight_of(sentence) / sqrt(max(len(sentence), 20))
