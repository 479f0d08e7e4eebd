"""Collects the senses of place names while the tables of one city are read.

Each kind of row knows the forms in which people say it: a subdistrict with and without its
suffix, a community by its core and by what it shares with its neighbours, a metro station by
the area that is called after it. Names of which a city has many are marked weak.
"""

from collections.abc import Iterable, Iterator

from jiesu.router.cues import AddressCues
from jiesu.router.names import Grade, Name, RegionPath, Sense, heads, inside, path_above, path_codes
from jiesu.taxonomy.city import City
from jiesu.taxonomy.regions import Region

Grades = dict[Grade, tuple[bool, dict[RegionPath, None]]]

METRO, COMPOUND = "地铁站", "小区"
METRO_MARKS = ("站", "地铁", "地铁站")
# Kinds of places of the city's own list that may have the same name in another city.
VAGUE_KINDS = (METRO, COMPOUND, "村")
_TOLD = 4
"""A longer name is no accident, whatever plain words it is made of: 安河桥北站, 龙锦苑东一区."""
SPREAD_KINDS = ("片区", "新城", COMPOUND)  # areas, of which a part may be meant


class NameTable:
    """Name → grade → (is it weak, regions it may be in)."""

    def __init__(self, city: City, cues: AddressCues) -> None:
        self._city = city
        self._cues = cues
        self._senses: dict[str, Grades] = {}
        self._made: dict[str, Name] = {}
        self._paths: dict[str, tuple[RegionPath, ...]] = {}
        for region in city.regions.values():  # parents come before their children
            self._paths[region.code] = _paths_of(region, self._paths.get(region.parent, ("",)))
        self._official = {region.name for region in city.regions_on("subdistrict")}
        self._district_names = tuple(
            alias for region in city.regions_on("district") for alias in region.aliases
        )

    def finish(self) -> None:
        """Settle what depends on all names: call once, when all rows are added."""
        self._add_collisions()
        for name, codes in self._cues.names.items():  # they have the last word
            self._senses.pop(name, None)
            if codes:
                level = self._city.regions[codes[0]].level
                grade = Grade.DISTRICT if level == "district" else Grade.SHORT
                self.add(name, grade, (path for code in codes for path in self._paths[code]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._senses)

    def senses(self, name: str) -> Name:
        """Return what a name may mean, strongest form first; made when first asked for."""
        if (known := self._made.get(name)) is None:
            known = self._made[name] = _senses(self._senses[name])
        return known

    def paths_of(self, code: str) -> tuple[RegionPath, ...]:
        """Return the paths of a region: by law, then by who acts there; none if unknown."""
        return self._paths.get(code, ())

    def add(
        self, name: str, grade: Grade, paths: Iterable[RegionPath], is_weak: bool = False
    ) -> None:
        """Add one reading of a name; one character is never a name."""
        if len(name) > 1:
            grades = self._senses.setdefault(name, {})
            was_weak, known = grades.get(grade, (True, {}))
            known.update(dict.fromkeys(paths))
            grades[grade] = (was_weak and (is_weak or name in self._cues.weak), known)

    def _add_collisions(self) -> None:
        """Add a district with a subdistrict where a place would swallow half of it.

        The longest name wins, so 密云新城 would leave 子镇 of 密云|新城子镇.
        """
        for region in self._city.regions_on("subdistrict"):
            district = self._city.regions[region.parent]
            short = _without(region.name, self._cues.suffixes.subdistrict)
            for alias in (alias for alias in district.aliases if len(alias) > 1):
                if any(alias + short[:end] in self._senses for end in range(1, len(short))):
                    self.add(alias + region.name, Grade.OFFICIAL, self._paths[region.code])
                    self.add(alias + short, Grade.SHORT, self._paths[region.code])

    def add_region(self, region: Region) -> None:
        """Add the names of a district, a subdistrict or a statistical area."""
        paths = self._paths[region.code]
        if region.level == "district":
            self.add(region.name, Grade.DISTRICT, paths)
            for alias in region.aliases:
                self.add(alias, Grade.DISTRICT_SHORT, paths)
        elif region.level == "subdistrict":
            self._add_subdistrict(region, paths)
        elif region.level == "area":
            self.add(region.name, Grade.PLACE, paths)

    def _add_subdistrict(self, region: Region, paths: tuple[RegionPath, ...]) -> None:
        suffixes = self._cues.suffixes
        short = _without(region.name, suffixes.subdistrict)
        self.add(region.name, Grade.OFFICIAL, paths)
        self.add(short, Grade.SHORT, paths)
        for alias in (*region.aliases, *region.old_names):
            if alias not in self._official:
                self.add(alias, Grade.SHORT if alias == short else Grade.OFFICIAL, paths)
        for suffix in suffixes.spoken:
            if short + suffix not in self._official:
                self.add(short + suffix, Grade.SPOKEN, paths, short in self._cues.weak)
        if len(stem := self._stem(short)) > 2:
            self.add(stem, Grade.SHORT, paths)

    def add_community(self, code: str, name: str, core: str, former: Iterable[str]) -> None:
        """Add a community by its full names, its core and what it shares with its neighbours."""
        paths = self._paths[code]
        core = _without(core, self._cues.suffixes.strip)
        for full in (name, *former):
            self.add(full, Grade.COMMUNITY, paths, self.is_generic(core))
        self._add_core(core, Grade.CORE, paths)
        stem = self._stem(core)
        if stem != core and len(stem) > 2:
            self._add_core(stem, Grade.STEM, paths)

    def _add_core(self, core: str, grade: Grade, paths: tuple[RegionPath, ...]) -> None:
        if len(core) < 3:
            # Two characters are met everywhere, often across two words (对石|景山).
            for suffix in self._cues.suffixes.compound:
                self.add(core + suffix, grade, map(path_above, paths), is_weak=True)
            return
        is_weak = self.is_generic(core) and not self._is_local(core)
        if core.endswith(self._cues.suffixes.road):
            grade = Grade.ROAD  # the community lies beside the road, but the road goes on
        if grade != Grade.CORE:
            paths = tuple(map(path_above, paths))
        self.add(core, grade, paths, is_weak)

    def add_place(
        self, name: str, kind: str, aliases: Iterable[str], paths: tuple[RegionPath, ...]
    ) -> None:
        """Add a place of the city's own list; several paths mean "somewhere in these"."""
        grade = Grade.ROAD if is_road(kind) else Grade.PLACE
        is_vague = kind in VAGUE_KINDS or grade == Grade.ROAD
        for form in self._forms(name, kind, aliases):
            is_weak = kind == COMPOUND and len(form) < 3
            is_weak |= is_vague and self.is_generic(form) and not self._is_local(form)
            if len(heads(paths)) > 1 and grade == Grade.PLACE and kind not in SPREAD_KINDS:
                # On the border of districts, or with branches: the first listed is the usual.
                usual = self._refined(form, heads(paths[:1]), kind)
                self.add(form, Grade.COMPOUND, paths, is_weak)
            else:
                usual = self._refined(form, paths, kind)
            # Other forms of the name (地铁苹果园) may not begin as it does itself.
            usual = usual if usual != paths else self._refined(name, paths, kind)
            self.add(form, grade, usual, is_weak)

    def add_extra(
        self, name: str, kind: str, aliases: Iterable[str], paths: tuple[RegionPath, ...]
    ) -> None:
        """Add a place of the extra gazetteer, of which less is known."""
        grade = Grade.PLACE if kind == METRO else Grade.COMPOUND
        grade = Grade.ROAD if is_road(kind) else grade
        for form in self._forms(name, kind, aliases):
            is_weak = self.is_generic(form) or (len(form) < 3 and grade > Grade.PLACE)
            self.add(form, grade, paths, is_weak)

    def _forms(self, name: str, kind: str, aliases: Iterable[str]) -> list[str]:
        """Return what people call a place; a metro station gives its name to the area."""
        forms = [name, *aliases]
        base = name.removesuffix("地铁站").removesuffix("站")
        # Not the station of the city's own name, nor one by a single character (…西站).
        own = any(base.startswith(here) and len(base) < len(here) + 2 for here in self._cues.here)
        if kind == METRO and not own:
            forms += [base, METRO_MARKS[1] + base, *(base + mark for mark in METRO_MARKS)]
        return list(dict.fromkeys(forms))

    def is_generic(self, core: str) -> bool:
        """Say whether every city has a place of this name."""
        if len(core) < 2:
            return True
        return len(core) <= _TOLD and self._cues.generic.fullmatch(core) is not None

    def is_news(self, name: str, paths: tuple[RegionPath, ...]) -> bool:
        """Say whether a place tells more than the names that its name begins with.

        Args:
            paths: where it is; none when it tells nothing without its district.
        """
        if name in self._cues.here:
            return False
        if any(path.count("/") > 1 for path in paths):
            return True
        grades = self._begins(name, len(name) + 1)
        known = (path for senses in grades for _, found in senses.values() for path in found)
        return not any(path.startswith(paths or ("",)) for path in known)

    def _begins(self, name: str, limit: int) -> Iterator[Grades]:
        """Yield what is known of the names that this one begins with, shorter than the limit."""
        for end in range(2, limit):
            if (grades := self._senses.get(name[:end])) is not None:
                yield grades

    def _is_local(self, form: str) -> bool:
        """Say whether the name begins with that of a region, one that is no ordinary word."""
        return any(
            grade <= Grade.SHORT and not is_weak
            for grades in self._begins(form, len(form))
            for grade, (is_weak, _) in grades.items()
        )

    def _refined(
        self, name: str, paths: tuple[RegionPath, ...], kind: str
    ) -> tuple[RegionPath, ...]:
        """Take a place known by its district down to the region that its name tells.

        Either one community has the same name, or the name begins with that of a subdistrict.
        Source: of 58 metro stations named so, 46 lie there (docs/log.md, 2026-11-28).
        """
        is_fine = any(path.count("/") > 1 for path in paths)
        if is_fine and kind not in SPREAD_KINDS:
            return paths
        same = [path for _, found in self._senses.get(name, {}).values() for path in found]
        if kind in SPREAD_KINDS and len(own := inside(same, paths)) == 1:
            return own
        if is_fine or len(heads(paths)) > 1:
            return paths
        finer = inside((*same, *self._subdistricts_in(name)), paths)
        cut = ("/".join((*path_codes(path)[:2], "")) for path in finer if path.count("/") > 1)
        return tuple(dict.fromkeys(cut)) or paths

    def _subdistricts_in(self, name: str) -> Iterator[RegionPath]:
        """Yield the subdistricts whose short name the name begins with, district or not."""
        rest = name.removeprefix(
            next((short for short in self._district_names if name.startswith(short)), "")
        )
        for text, limit in ((name, len(name)), (rest, len(rest) + (rest != name))):
            for grades in self._begins(text, limit):
                yield from grades.get(Grade.SHORT, (False, {}))[1]

    def _stem(self, name: str) -> str:
        """Cut the number or direction of a part off the end: 天通苑北 → 天通苑."""
        for start in range(1, len(name)):
            if self._cues.suffixes.ordinal.fullmatch(name, start):
                return name[:start]
        return name


def _paths_of(region: Region, above: tuple[RegionPath, ...]) -> tuple[RegionPath, ...]:
    """Return the paths of a region: by law, then under the district that acts there."""
    paths = [f"{path}{region.code}/" for path in above]
    if region.managed_by:
        paths.append(f"{region.managed_by}/{paths[0].partition('/')[2]}")
    return tuple(dict.fromkeys(paths))


def is_road(kind: str) -> bool:
    """Say whether a kind of place is a road, which may lead far."""
    return "路" in kind or kind in ("胡同", "街")


def _senses(grades: Grades) -> Name:
    return tuple(
        Sense(grade, is_weak, _finest(tuple(paths)))
        for grade, (is_weak, paths) in sorted(grades.items())
    )


def _finest(paths: tuple[RegionPath, ...]) -> tuple[RegionPath, ...]:
    """Drop a region of which a part is listed too: two sources tell of one place."""
    if len(paths) == 1:
        return paths
    return tuple(path for path in paths if not any(o != path and o.startswith(path) for o in paths))


def _without(name: str, suffixes: Iterable[str]) -> str:
    for suffix in suffixes:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name
