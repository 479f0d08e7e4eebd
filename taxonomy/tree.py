"""The versioned tree of classes (事项分类): look-up by code, name and pinyin.

For Beijing it has 45 / 435 / 2,240 classes on three levels. A label set of another shape
(flat, or nested with one or two levels above the leaves) is the same tree with fewer levels.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from jiesu.taxonomy.errors import TaxonomyError


@dataclass(frozen=True, slots=True)
class BoundaryNote:
    """When a text belongs elsewhere: `when` it is so, the classes `to` look at, in words."""

    when: str
    to: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """One class (事项) on any level.

    The fields from `keywords` on are filled for leaves only.

    Attributes:
        code: two digits a level for Beijing ("01", "0101", "010101"); any unique text elsewhere.
        level: 1 at the top.
        parent: code of the class above; None on level 1.
        kinds: request kinds of this class, commonest first.
        unit_role: role of the default unit (承办单位), as in the city's roles.
        co_roles: roles that assist.
        limit: clock: "2h", "24h", "7d" or "15d"; empty when the city sets none.
        tag: 七有五性 tag.
        examples: example texts.
    """

    code: str
    name: str
    level: int
    parent: str | None = None
    definition: str = ""
    boundary: tuple[BoundaryNote, ...] = ()
    keywords: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    unit_role: str = ""
    co_roles: tuple[str, ...] = ()
    limit: str = ""
    tag: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LabelTree:
    """All classes of one taxonomy version; compared and hashed by identity.

    Attributes:
        version: changes whenever a code is added, removed or changes its meaning.
        labels: code → class, parents before children, leaves in code order.
    """

    version: str
    labels: Mapping[str, Label] = field(repr=False)

    @cached_property
    def depth(self) -> int:
        """Number of levels (3 for Beijing, 1 for a flat label set)."""
        return max((label.level for label in self.labels.values()), default=0)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """Leaf codes in order; column j of every score matrix is leaf j."""
        parents = {label.parent for label in self.labels.values()}
        return tuple(code for code in self.labels if code not in parents)

    @cached_property
    def leaf_index(self) -> Mapping[str, int]:
        """Leaf code → column of the score matrices."""
        return {code: j for j, code in enumerate(self.leaves)}

    def get(self, code: str) -> Label:
        """Return the class with this code.

        Raises:
            TaxonomyError: no class has this code.
        """
        try:
            return self.labels[code]
        except KeyError:
            raise TaxonomyError(
                f"事项代码 {code!r} 不在分类体系 {self.version} 中；请核对代码或分类体系版本"
            ) from None

    def path(self, code: str) -> tuple[Label, ...]:
        """Return the classes from level 1 down to this one."""
        label = self.get(code)
        return (label,) if label.parent is None else (*self.path(label.parent), label)

    def on_level(self, level: int) -> tuple[Label, ...]:
        """Return the classes of one level in order."""
        return tuple(label for label in self.labels.values() if label.level == level)


def tree_of(version: str, labels: Iterable[Label]) -> LabelTree:
    """Build a tree whose leaves are in code order."""
    ordered = sorted(labels, key=lambda label: label.code)
    return LabelTree(version, {label.code: label for label in ordered})
