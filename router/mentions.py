"""Text → mentions of places: one pass of a multi-pattern automaton, then a walk over its hits.

The automaton holds names, cue words, phrases that hide names, places of other cities and the
marks that end a clause; leftmost-longest matching makes each character count once. The walk
notes the role of each mention (home, work, origin, matter) and drops what only looks like one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ahocorasick_rs import AhoCorasick, MatchKind

from jiesu.router.cues import ROLES, AddressCues
from jiesu.router.names import Grade, Name
from jiesu.router.nametable import NameTable

COMMAS = "，,；;、\n（）()"
STOPS = "。！？!?"
# A mention continues the one before when at most this many characters lie between them.
REACH = 6


# A longer text (a whole file, say) is judged by its first mentions.
MOST = 100
# What may stand between another city and the name of a place in it.
BETWEEN = ("", "市", "省", "县", "的", "那边", "自治区")
FULL = "村镇乡"  # 挂甲峪村大桃 is grown there; 平谷大桃 is sold everywhere
SHORTENED = (Grade.DISTRICT_SHORT, Grade.SHORT)
# Forms without a suffix of their own; the characters behind them may be the true one.
BARE = (Grade.DISTRICT_SHORT, Grade.SHORT, Grade.CORE, Grade.STEM)


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that gives a role to the place behind it, or to the one before it."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is no name: it hides one, ends a clause, or is a place elsewhere."""

    kind: str  # "hide", "comma", "stop", "elsewhere", "here"


@dataclass(frozen=True, slots=True)
class Mention:
    """One name in the text.

    Attributes:
        start, end: where it stands.
        senses: what it may mean, strongest first.
        role: "home", "work", "origin", "matter", or "" when nothing tells.
        gap: characters since the mention before it in the same clause; -1 for the first.
        is_road: the name is part of the name of a road.
        is_compound: words behind it say that it is a compound or a village.
    """

    start: int
    end: int
    senses: Name
    role: str = ""
    gap: int = -1
    is_road: bool = False
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """All mentions of a text, in order.

    Attributes:
        is_elsewhere: the text speaks of another city, and not of this one.
        is_here: it names this city.
    """

    mentions: tuple[Mention, ...]
    is_elsewhere: bool = False
    is_here: bool = False


NOTHING_FOUND = Found(())
Token = str | Cue | Mark  # a string is a name of the table


class MentionFinder:
    """Finds the places that a text mentions."""

    def __init__(self, names: NameTable, cues: AddressCues) -> None:
        tokens = _tokens(names, cues)
        self._tokens = list(tokens.values())
        self._automaton = AhoCorasick(
            list(tokens), matchkind=MatchKind.LeftmostLongest, store_patterns=False
        )
        self._names = names
        self._cues = cues

    def find(self, text: str) -> Found:
        """Return the mentions of one text; positions are characters of `text`."""
        walk = _Walk(text, self._names, self._cues)
        tokens = self._tokens
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            walk.step(tokens[index], start, end)
            if len(walk.mentions) == MOST:
                break
        return walk.found()


class _Walk:
    """The state of one walk over the hits of one text."""

    def __init__(self, text: str, names: NameTable, cues: AddressCues) -> None:
        self._text = text
        self._names = names
        self._cues = cues
        self.mentions: list[Mention] = []
        self._role = ""
        self._start = 0  # index of the first mention of this clause
        self._elsewhere = False
        self._here = False
        self._elsewhere_end = -9

    def found(self) -> Found:
        if not self.mentions:
            return NOTHING_FOUND
        return Found(tuple(self.mentions), self._elsewhere and not self._here, self._here)

    def step(self, token: Token, start: int, end: int) -> None:
        if isinstance(token, str):
            self._name(self._names.senses(token), start, end)
        elif isinstance(token, Cue):
            self._cue(token, start)
        elif token.kind == "elsewhere":
            self._elsewhere_end = end
            self._elsewhere |= self._role not in ("home", "work", "origin")
        elif token.kind == "here":
            self._here = True
        elif token.kind != "hide":
            self._start = len(self.mentions)
            if token.kind == "stop" or self._role != "matter":
                self._role = ""

    def _cue(self, cue: Cue, start: int) -> None:
        clause = self.mentions[self._start :]
        if cue.after and clause and start - clause[-1].end <= REACH and not clause[-1].role:
            self.mentions[self._start :] = [
                replace(mention, role=mention.role or cue.after) for mention in clause
            ]
        elif cue.before:
            self._role = cue.before

    def _name(self, senses: Name, start: int, end: int) -> None:
        if self._is_elsewhere(start):
            self._elsewhere_end = end
            return
        grade, tails, text = senses[0].grade, self._cues.tails, self._text
        is_road = is_compound = False
        if grade >= Grade.DISTRICT_SHORT:
            if grade in BARE and self._is_part_of_another(start, end):
                return
            is_full = grade not in SHORTENED and text[end - 1] in FULL
            if not is_full and tails.product.match(text, end):
                self._drop_before(start)
                return
            is_road = grade != Grade.ROAD and tails.road.match(text, end) is not None
            is_compound = text.startswith(self._cues.suffixes.community, end)
        self._here |= text.startswith(self._cues.here, start)
        clause = self.mentions[self._start :]
        gap = start - clause[-1].end if clause else -1
        self.mentions.append(Mention(start, end, senses, self._role, gap, is_road, is_compound))

    def _is_part_of_another(self, start: int, end: int) -> bool:
        """Say whether a bare name is the start of another word, or a person's name."""
        tails, text = self._cues.tails, self._text
        if tails.other.match(text, end):
            return True
        is_compound = text.startswith(self._cues.suffixes.community, end)
        return not is_compound and tails.person.search(text[max(0, start - 4) : start]) is not None

    def _is_elsewhere(self, start: int) -> bool:
        """Say whether the name belongs to a city named right before it (长春市朝阳区)."""
        return self._elsewhere_end >= 0 and self._text[self._elsewhere_end : start] in BETWEEN

    def _drop_before(self, start: int) -> None:
        """Forget the mention that a dropped name continues (海淀 + 黄庄牌酱油)."""
        if len(self.mentions) > self._start and self.mentions[-1].end == start:
            self.mentions.pop()


def _tokens(names: NameTable, cues: AddressCues) -> dict[str, Token]:
    """Return pattern → what it is; cues yield to names, names to what is no place here."""
    tokens: dict[str, Token] = {}
    for role in ROLES:
        for word in cues.before.get(role, ()):
            tokens[word] = replace(_cue_of(tokens, word), before=role)
        for word in cues.after.get(role, ()):
            tokens[word] = replace(_cue_of(tokens, word), after=role)
    tokens |= {name: name for name in names}
    _mark(tokens, cues.elsewhere, "elsewhere")
    _mark(tokens, cues.here, "here")
    _mark(tokens, cues.stop, "hide")
    _mark(tokens, COMMAS, "comma")
    _mark(tokens, STOPS, "stop")
    return tokens


def _cue_of(tokens: Mapping[str, Token], word: str) -> Cue:
    known = tokens.get(word)
    return known if isinstance(known, Cue) else Cue()


def _mark(tokens: dict[str, Token], words: Iterable[str], kind: str) -> None:
    tokens |= dict.fromkeys(words, Mark(kind))
