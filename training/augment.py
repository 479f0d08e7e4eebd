"""Variants of training texts that real calls suggest, drawn anew in every epoch.

Each function takes the random generator as an argument and changes one thing: place, opening,
end, length, a second matter, the title, typing. The label stays that of the matter asked about.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from numpy.random import Generator

from jiesu.classifier.text import sentences

_OPENINGS = (
    "您好，", "你好！", "你好，请问", "尊敬的领导：您好！", "领导好，", "尊敬的市领导，",
    "市民反映，", "市民来电反映：", "来电人称，", "来电人表示，", "网友反映：", "喂，你好，",
    "那个，", "我想反映一下，", "我是一名普通市民，", "您好，我要反映一件事情。", "麻烦问一下，",
    "尊敬的书记：", "群众来信：", "我再次反映，", "多次反映无果，",
    "各位领导，",
)  # fmt: skip
_ENDINGS = (
    "望有关部门尽快处理，谢谢！", "请领导重视。", "请相关部门核实并回复。", "希望尽快给个说法。",
    "谢谢！", "恳请解决。", "诉求：请有关部门核查处理。", "盼复。", "请给予答复，谢谢。",
    "请问这合理吗？", "有没有人管？", "望领导百忙之中予以关注，不胜感激！",
    "来电要求尽快处理并回电。", "此致敬礼", "希望领导能帮帮我们老百姓。", "请尽快落实。",
    "我们就等一个答复。",
)  # fmt: skip
_TURNS = (
    "这个先不说，主要想反映的是：", "上次那个事已经解决了，这次是", "另外一个事才是我要说的，",
    "这是之前的事。现在的问题是，", "这个不用你们管，我要问的是，",
    "以上情况仅作说明，诉求如下：",
)  # fmt: skip
_FILLERS = ("嗯，", "那个，", "就是说，", "然后呢，", "你看，", "反正", "其实")
_OPENED = re.compile(
    r"^(?:您好|你好|喂|尊敬的[^，。：！]{1,8}|领导好?|市民(?:来电)?反映"
    r"|来电人(?:称|表示|反映)?|市民)[，,。：:！!]+"
)
_ENDS = ("。", "！", "？", "!", "?", "；", ";")
_LETTERS = "ABCDEFG"
# Shorter messages are calls and notes: nobody tells of himself in them.
_LETTER_LENGTH, _MOST_ASIDES = 60, 6
_PEACEFUL = frozenset({"咨询", "建议", "表扬"})


def one_of(choices: Sequence[str], chance: float, rng: Generator) -> str:
    """Return one of the choices by chance, or an empty text."""
    if not choices or rng.random() >= chance:
        return ""
    return choices[int(rng.integers(len(choices)))]


@dataclass(frozen=True)
class Asides:
    """Sentences that stand in letters and say nothing of their matter.

    Attributes:
        calm: of the writer, the place, bystanders: they stand in letters of any kind.
        grieved: whom one asked in vain, what one suffers: who asks, suggests or praises
            writes none of them.
    """

    calm: Sequence[str] = ()
    grieved: Sequence[str] = ()

    def put_into(self, text: str, rng: Generator, kind: str = "") -> str:
        """Put up to six of them between the sentences of a letter, at any place.

        A message of fewer than 60 characters stays as it is.
        """
        count = int(rng.integers(_MOST_ASIDES + 1))
        if len(text) < _LETTER_LENGTH:
            return text
        return put_asides(text, self.of(kind), count, rng)

    def of(self, kind: str) -> Sequence[str]:
        """Return those that stand in letters of a kind; all where it is not known."""
        return self.calm if kind in _PEACEFUL else (*self.calm, *self.grieved)


@dataclass(frozen=True)
class Augmenter:
    """The tables that variants are drawn from.

    Attributes:
        places: name → names of the same kind that may take its place.
        homophones: character → characters that are typed for it by mistake.
        asides: sentences that are put into letters.
    """

    places: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    homophones: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    asides: Asides = field(default=Asides(), repr=False)

    def variant(self, text: str, rng: Generator, kind: str = "") -> str:
        """Draw one variant of a message; some of the messages stay as they are.

        Args:
            kind: request kind of the message where it is known.
        """
        steps: tuple[tuple[float, Callable[[str, Generator], str]], ...] = (
            (0.35, self.swap_places),
            (0.25, cut_sentences),
            (0.15, drop_opening),
            (0.20, add_opening),
            (0.20, add_ending),
            (0.06, add_filler),
            (0.45, partial(self.asides.put_into, kind=kind)),
            (0.12, self.mistype),
            (0.06, drop_punctuation),
        )
        if rng.random() < 0.2:
            return text
        for chance, step in steps:
            if rng.random() < chance:
                text = step(text, rng)
        return text

    def swap_places(self, text: str, rng: Generator) -> str:
        """Put another place of the same kind, or an anonymous one, where a place is named."""
        if not self.places:
            return text
        anonymous = rng.random() < 0.25

        def other(found: re.Match[str]) -> str:
            names = self.places[found[0]]
            if anonymous:
                return f"{rng.choice(list(_LETTERS))}{_suffix(found[0])}"
            return str(names[int(rng.integers(len(names)))])

        return self._pattern.sub(other, text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        ordered = sorted(self.places, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, ordered)))

    def mistype(self, text: str, rng: Generator) -> str:
        """Make one to three typing errors: a homophone, a lost, doubled or exchanged character."""
        for _ in range(int(rng.integers(1, 4))):
            text = self._one_error(text, rng)
        return text

    def _one_error(self, text: str, rng: Generator) -> str:
        if len(text) < 8:
            return text
        at = int(rng.integers(1, len(text) - 1))
        wrong = self.homophones.get(text[at], ())
        if wrong and rng.random() < 0.6:
            return text[:at] + wrong[int(rng.integers(len(wrong)))] + text[at + 1 :]
        forms = ("", text[at] * 2, text[at + 1] + text[at])
        form = forms[int(rng.integers(len(forms)))]
        width = 2 if form == forms[2] else 1
        return text[:at] + form + text[at + width :]


def _suffix(name: str) -> str:
    for suffix in ("街道", "镇", "乡", "区", "县"):
        if name.endswith(suffix):
            return suffix
    return "区"


def place_table(names_by_kind: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Map each place name to the names of its kind.

    >>> place_table({"区": ["东城区", "西城区"]})["东城区"]
    ['东城区', '西城区']
    """
    return {name: names for names in names_by_kind.values() for name in names if len(name) > 1}


def cut_sentences(text: str, rng: Generator) -> str:
    """Keep a run of sentences that holds at least half of a text of three or more."""
    parts = sentences(text)
    if len(parts) < 3:
        return text
    first = int(rng.integers(0, max(1, len(parts) // 3) + 1))
    last = len(parts) - int(rng.integers(0, max(1, len(parts) // 3) + 1))
    kept = "".join(parts[first:last])
    return kept if 2 * len(kept) >= len(text) else text


def put_asides(text: str, asides: Sequence[str], count: int, rng: Generator) -> str:
    """Put sentences that say nothing of the matter between those of a text, at any place."""
    parts = sentences(text) if asides else []
    if not parts:
        return text
    for _ in range(count):
        at = int(rng.integers(len(parts) + 1))
        if 0 < at == len(parts) and not parts[-1].rstrip().endswith(_ENDS):
            parts[-1] += "。"
        parts.insert(at, asides[int(rng.integers(len(asides)))])
    return "".join(parts)


def drop_opening(text: str, rng: Generator) -> str:
    """Take away a polite or a call-taker's opening."""
    return _OPENED.sub("", text) or text


def add_opening(text: str, rng: Generator) -> str:
    """Put an opening in front of a text that has none."""
    if _OPENED.match(text):
        return text
    return _OPENINGS[int(rng.integers(len(_OPENINGS)))] + text


def add_ending(text: str, rng: Generator) -> str:
    """Add the formula with which such messages end."""
    end = "" if text.endswith(("。", "！", "？", "!", "?")) else "。"
    return text + end + _ENDINGS[int(rng.integers(len(_ENDINGS)))]


def add_filler(text: str, rng: Generator) -> str:
    """Put a spoken filler behind a random comma."""
    commas = [at for at, char in enumerate(text) if char == "，"]
    if not commas:
        return text
    at = commas[int(rng.integers(len(commas)))] + 1
    return text[:at] + _FILLERS[int(rng.integers(len(_FILLERS)))] + text[at:]


def drop_punctuation(text: str, rng: Generator) -> str:
    """Write a text without marks, or with spaces in their place."""
    return re.sub(r"[，。！？；、：]", " " if rng.random() < 0.5 else "", text).strip() or text


def after_other_matter(text: str, other: str, rng: Generator) -> str:
    """Begin with another matter and turn to the one that is asked about."""
    return f"{other.rstrip('。')}。{_TURNS[int(rng.integers(len(_TURNS)))]}{text}"


def with_title(text: str, title: str) -> str:
    """Join a title to a text as a ticket's reader joins them."""
    return f"{title}。{text}"
