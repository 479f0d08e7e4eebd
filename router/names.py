"""What a place name may mean: senses with a grade, and regions as paths of codes.

A region is written as the path of codes down to it, each closed by a slash ("110105/110105015/"),
so that "lies in" is a test of prefixes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

RegionPath = str


class Grade(IntEnum):
    """Form in which a region is named; the lower, the more it says by itself."""

    DISTRICT = 0  # 朝阳区
    OFFICIAL = 1  # 八里庄街道
    DISTRICT_SHORT = 2  # 朝阳
    SHORT = 3  # 八里庄
    PLACE = 4  # a well-known place
    COMMUNITY = 5  # 多福巷社区
    SPOKEN = 6  # a subdistrict with a suffix that is not its own
    CORE = 7  # 多福巷
    COMPOUND = 8  # a compound of the extra gazetteer
    STEM = 9  # what several communities have in common
    ROAD = 10  # a road, wherever it leads


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of a name.

    Attributes:
        is_weak: the name is an ordinary word too, or one that every city has.
        paths: regions that it may be, or be in; the first is the usual one where they differ
            only in the district that acts there.
    """

    grade: Grade
    is_weak: bool
    paths: tuple[RegionPath, ...]


Name = tuple[Sense, ...]
"""All senses of a name, strongest form first."""


def path_codes(path: RegionPath) -> tuple[str, ...]:
    """Return the codes of a path, district first.

    >>> path_codes("110105/110105015/")
    ('110105', '110105015')
    """
    return tuple(path.split("/")[:-1])


def path_above(path: RegionPath) -> RegionPath:
    """Return the path of the region above; empty above a district.

    >>> path_above("110105/110105015/")
    '110105/'
    """
    return path[: path.rfind("/", 0, -1) + 1]


def heads(paths: Iterable[RegionPath]) -> tuple[RegionPath, ...]:
    """Return the districts of the paths, each once.

    >>> heads(["110105/110105015/", "110105/110105016/"])
    ('110105/',)
    """
    return tuple(dict.fromkeys(path[: path.index("/") + 1] for path in paths))


def inside(paths: Iterable[RegionPath], regions: Sequence[RegionPath]) -> tuple[RegionPath, ...]:
    """Return the paths that lie in one of the regions.

    >>> inside(["110105/110105015/", "110108/110108005/"], ["110108/"])
    ('110108/110108005/',)
    """
    return tuple(path for path in paths if path.startswith(tuple(regions)))


def meet(first: Sequence[RegionPath], second: Sequence[RegionPath]) -> tuple[RegionPath, ...]:
    """Return the finer of each two paths of which one lies in the other.

    >>> meet(["110105/"], ["110105/110105015/", "110108/110108005/"])
    ('110105/110105015/',)
    """
    finer = (
        a if a.startswith(b) else b
        for a in first
        for b in second
        if a.startswith(b) or b.startswith(a)
    )
    return tuple(dict.fromkeys(finer))


def shared(paths: Sequence[RegionPath]) -> RegionPath:
    """Return the finest region that all paths share; the first path where they end alike.

    >>> shared(["110105/110105015/", "110105/110105016/"])
    '110105/'
    >>> shared(["110115/110115012/", "1101BD/110115012/"])
    '110115/110115012/'
    """
    first, *others = (path_codes(path) for path in paths)
    if all(first[-1] == other[-1] for other in others):
        return paths[0]
    depth = 0
    while depth < len(first) and all(o[depth : depth + 1] == first[depth:][:1] for o in others):
        depth += 1
    return "".join(f"{code}/" for code in first[:depth])
