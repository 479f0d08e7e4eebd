"""Mentions → clues: which mentions count, and which of their senses.

A name that is ambiguous or an ordinary word is judged by its neighbours: the mention before it
in the same clause (朝阳 + 八里庄), the one behind it (朝阳 + 望京), or else the regions that the
text names anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jiesu.router.cues import AddressCues
from jiesu.router.mentions import COMMAS, REACH, STOPS, Found, Mention
from jiesu.router.names import Grade, RegionPath, Sense, heads, inside, path_codes

CLAUSE_ENDS = COMMAS + STOPS + "：: 　“”"
ASIDE = ("home", "work", "origin")  # roles of places that the matter is probably not in
# Forms that may be a coincidence: they yield to a region named in full somewhere else.
FAINT = Grade.COMMUNITY


@dataclass(frozen=True, slots=True)
class Clue:
    """One mention that counts.

    Attributes:
        paths: the regions that it may be; one when it is clear.
        start, end: where it stands; -1 when it is not in the text.
        is_weak: the name is an ordinary word too.
    """

    paths: tuple[RegionPath, ...]
    grade: Grade
    role: str
    start: int
    end: int
    is_weak: bool = False


def accept(found: Found, text: str, cues: AddressCues) -> list[Clue]:
    """Return the mentions that count, in order; none when all may mean another city."""
    accepted = _Hearing(found.mentions, text, cues).accepted
    if not accepted or found.is_here or _is_backed(accepted):
        return accepted
    if cues.elsewhere_signs.search(text) or (found.is_elsewhere and not _is_firm(accepted)):
        return []
    return accepted


@dataclass
class _Hearing:
    """One walk over the mentions of a text; each is heard with what was accepted before it."""

    mentions: Sequence[Mention]
    text: str
    cues: AddressCues
    accepted: list[Clue] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Mentions that fix a region by themselves → the role of the last of them.
        self._anchors = {
            mention.senses[0].paths: mention.role
            for n, mention in enumerate(self.mentions)
            if self._is_anchor(n)
        }
        for n, mention in enumerate(self.mentions):
            before = self._before(mention)
            clue = self._judge(n, before)
            if clue is not None:
                if before is not None and _is_loose(before, clue):
                    self.accepted[-1] = _widened(before)
                self.accepted.append(clue)

    def _before(self, mention: Mention) -> Clue | None:
        """Return the clue that this mention continues, if any."""
        if not self.accepted or mention.gap < 0:
            return None
        last = self.accepted[-1]
        return last if mention.start - last.end <= REACH else None

    def _is_anchor(self, n: int) -> bool:
        mention = self.mentions[n]
        sense = mention.senses[0]
        if mention.is_road or sense.grade >= FAINT:
            return False
        return not sense.is_weak or (sense.grade == Grade.DISTRICT_SHORT and self._is_district(n))

    def _is_district(self, n: int) -> bool:
        """Say whether a district name that is an ordinary word is meant as a place here."""
        mention, text = self.mentions[n], self.text
        left = text[mention.start - 1 : mention.start] or CLAUSE_ENDS[0]
        if left in CLAUSE_ENDS or text.endswith(self.cues.district_before, 0, mention.start):
            return True
        if text.startswith(self.cues.district_after, mention.end):
            return True
        follower = self.mentions[n + 1] if n + 1 < len(self.mentions) else None
        if follower is None or not 0 <= follower.gap <= 1:
            return False
        return any(inside(sense.paths, mention.senses[0].paths) for sense in follower.senses)

    def _judge(self, n: int, before: Clue | None) -> Clue | None:
        mention = self.mentions[n]
        top = mention.senses[0]
        if mention.is_road:
            return _road(mention, before)
        if before is not None:
            for sense in mention.senses:
                paths = inside(sense.paths, before.paths)
                if paths and not _is_stretch(mention, sense, before, paths):
                    return _clue(mention, sense, paths)
            if _is_misread(mention, before):
                return None
        if top.is_weak:
            return self._weak(n)
        if top.grade >= FAINT:
            return self._faint(mention, before)
        return _clue(mention, top, self._narrowed(top.paths) or top.paths)

    def _weak(self, n: int) -> Clue | None:
        """An ordinary word without its region beside it: only a suffix can save it."""
        mention = self.mentions[n]
        sense = mention.senses[0]
        if sense.grade == Grade.DISTRICT_SHORT and self._is_district(n):
            return _clue(mention, sense, sense.paths)
        if not mention.is_compound and sense.grade != Grade.COMMUNITY:
            return None
        for other in mention.senses:
            paths = self._narrowed(other.paths)
            if len(paths) == 1:
                return _clue(mention, other, paths)
        return None

    def _faint(self, mention: Mention, before: Clue | None) -> Clue | None:
        """A community or compound without its region beside it: the text must not contradict."""
        sense = mention.senses[0]
        if before is not None and before.grade == Grade.SHORT:
            if paths := _same_district(sense.paths, before.paths):
                return _clue(mention, sense, paths)
        if not self._anchors:
            return _clue(mention, sense, sense.paths)
        if paths := self._narrowed(sense.paths):
            return _clue(mention, sense, paths)
        if mention.role == "matter" and all(role in ASIDE for role in self._anchors.values()):
            return _clue(mention, sense, sense.paths)
        return None

    def _narrowed(self, paths: Sequence[RegionPath]) -> tuple[RegionPath, ...]:
        """Return the paths inside the anchor that leaves fewest; none when no anchor fits."""
        options = [left for anchor in self._anchors if (left := inside(paths, anchor))]
        return min(options, key=len) if options else ()


def _road(mention: Mention, before: Clue | None) -> Clue | None:
    """A road named after a subdistrict mostly runs there; one named after a place, near it.

    Source: 0.69 of the roads named after a subdistrict lie in it (docs/log.md, 2026-11-28).
    """
    for sense in mention.senses:
        paths = heads(sense.paths) if sense.grade in (Grade.PLACE, Grade.COMPOUND) else sense.paths
        paths = tuple("/".join((*path_codes(path)[:2], "")) for path in paths)
        paths = paths if before is None else inside(paths, before.paths)
        if paths and sense.grade > Grade.DISTRICT_SHORT and (before or not sense.is_weak):
            return Clue(paths, Grade.ROAD, mention.role, mention.start, mention.end)
    return None


def _is_stretch(mention: Mention, sense: Sense, before: Clue, paths: Sequence[RegionPath]) -> bool:
    """Say whether an ordinary word stands too far from its region to be a place in it."""
    if not sense.is_weak:
        return False
    near = mention.start - before.end <= (REACH if mention.is_compound else 0)
    return not near or (sense.grade >= FAINT and len(paths) > 1)


def _is_misread(mention: Mention, before: Clue) -> bool:
    """Say whether the name continues one that it disagrees with (颐和园 + 北宫门)."""
    sense = mention.senses[0]
    return (
        mention.start == before.end
        and sense.grade > Grade.DISTRICT_SHORT
        and not _same_district(sense.paths, before.paths)
    )


def _is_loose(before: Clue, clue: Clue) -> bool:
    """Say whether a short name was used for more than its subdistrict (回龙观龙腾苑)."""
    if before.grade != Grade.SHORT or clue.grade < FAINT:
        return False
    if inside(clue.paths, before.paths) or inside(before.paths, clue.paths):
        return False
    return bool(_same_district(clue.paths, before.paths))


def _widened(clue: Clue) -> Clue:
    return Clue(heads(clue.paths), clue.grade, clue.role, clue.start, clue.end)


def _is_backed(accepted: Sequence[Clue]) -> bool:
    """Say whether one name lies in the region that another one tells."""
    return any(
        e.grade == Grade.DISTRICT
        or any(o.paths != e.paths and inside(e.paths, o.paths) for o in accepted)
        for e in accepted
    )


def _is_firm(accepted: Sequence[Clue]) -> bool:
    """Say whether a name stands although the text names another city too."""
    return any(e.grade <= Grade.DISTRICT_SHORT and not e.is_weak for e in accepted)


def _same_district(
    paths: Sequence[RegionPath], others: Sequence[RegionPath]
) -> tuple[RegionPath, ...]:
    return inside(paths, heads(others))


def _clue(mention: Mention, sense: Sense, paths: tuple[RegionPath, ...]) -> Clue:
    start, end = mention.start, mention.end
    return Clue(paths, sense.grade, mention.role, start, end, sense.is_weak)
