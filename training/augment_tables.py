"""Tables that variants of texts are drawn from: places of a city, characters that sound alike."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pypinyin import lazy_pinyin

from jiesu.taxonomy.regions import Region
from jiesu.training.augment import place_table

# A character that is rarer than this in the texts is nobody's typing error.
COMMON = 40
_LEVELS = ("district", "subdistrict")


def region_places(regions: Iterable[Region]) -> dict[str, Sequence[str]]:
    """Map the names of districts and subdistricts to those that may take their place.

    Official names change with official names of the same kind, short ones with short ones.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for region in regions:
        if region.level in _LEVELS:
            names[region.kind].append(region.name)
            names[f"{region.kind} short"] += [alias for alias in region.aliases if len(alias) > 1]
    return place_table(names)


def homophones(texts: Iterable[str], common: int = COMMON) -> Mapping[str, Sequence[str]]:
    """Map each common character of the texts to the others that sound like it, tones aside.

    >>> homophones(["灯登灯登"], common=2)
    {'灯': ['登'], '登': ['灯']}
    """
    counts = Counter(char for text in texts for char in text if "\u4e00" <= char <= "\u9fff")
    groups: dict[str, list[str]] = defaultdict(list)
    for char, count in sorted(counts.items()):
        if count >= common:
            groups[lazy_pinyin(char)[0]].append(char)
    found = {
        char: [other for other in group if other != char]
        for group in groups.values()
        for char in group
        if len(group) > 1
    }
    return dict(sorted(found.items()))
