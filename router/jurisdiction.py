"""Who is competent for a matter (职责): class, place, facts and day → roles with their parts.

Stands between the classifier and the candidates. The most specific rule in force wins; the
fallback, always there, is the unit that the taxonomy names for the class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from jiesu.router.areas import Area, acting_region, load_areas
from jiesu.router.decision import Competence, Place, Reason
from jiesu.router.facts import FactReader, Facts, load_facts
from jiesu.router.rules import Rule, holds, load_rules
from jiesu.taxonomy.city import City
from jiesu.taxonomy.tree import Label, LabelTree


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that covers the class, and why it did not hold; empty when it did."""

    rule: Rule
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds for one class at one place on one day.

    Attributes:
        rule: the rule that decided; None where the taxonomy's own units stand.
    """

    competences: tuple[Competence, ...]
    rule: Rule | None = None

    @property
    def lead(self) -> str:
        """Role that leads; empty where nobody does."""
        return next((c.role for c in self.competences if c.part == "lead"), "")


@dataclass(frozen=True)
class Jurisdiction:
    """The rules of one city, indexed by class."""

    tree: LabelTree
    facts: FactReader
    rules: tuple[Rule, ...]
    areas: tuple[Area, ...] = ()
    _by_class: Mapping[str, tuple[Rule, ...]] = field(init=False, repr=False)
    # Remembered, since ten classes a ticket come back in every ticket.
    _rules_of: dict[str, tuple[Rule, ...]] = field(init=False, repr=False, default_factory=dict)
    _rulings: dict[tuple[str, str], Ruling] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_class: dict[str, list[Rule]] = {}
        for rule in self.rules:
            for code in rule.classes:
                by_class.setdefault(code, []).append(rule)
        ranked = {
            code: tuple(sorted(rules, key=lambda rule: (-rule.conditions, rule.id)))
            for code, rules in by_class.items()
        }
        object.__setattr__(self, "_by_class", ranked)

    @classmethod
    def of_city(cls, city: City) -> "Jurisdiction":
        """Load the rules and facts of a city.

        Raises:
            CityError: a rule is unreadable, contradicts another or names what does not exist.
        """
        return cls(city.tree, load_facts(city.folder), load_rules(city.folder), load_areas(city))

    def acting_region(self, place: Place, facts: Facts, day: date) -> str:
        """Return the region whose units act here in place of the map's; empty if none."""
        return acting_region(self.areas, place, facts, day)

    def competences(
        self, label: Label, place: Place, facts: Facts, day: date
    ) -> tuple[Competence, ...]:
        """Return who leads, then who assists and gets a copy."""
        return self.ruling(label, place, facts, day).competences

    def ruling(self, label: Label, place: Place, facts: Facts, day: date) -> Ruling:
        """Return who is competent and the rule that says so."""
        rule = self.deciding_rule(label, place, facts, day)
        key = (label.code, rule.id if rule else "")
        if key not in self._rulings:
            said = default_competences(label) if rule is None else _competences_of(rule, label)
            self._rulings[key] = Ruling(said, rule)
        return self._rulings[key]

    def deciding_rule(self, label: Label, place: Place, facts: Facts, day: date) -> Rule | None:
        """Return the most specific rule that holds, None where only the default does."""
        rules = self._covering(label)
        acting = self.acting_region(place, facts, day) if rules else ""
        for rule in rules:
            if not _why_not(rule, (place.code, acting), facts, day):
                return rule
        return None

    def chain(self, label: Label, place: Place, facts: Facts, day: date) -> list[Tried]:
        """Return every rule that covers the class, most specific first, with why it fell out."""
        codes = (place.code, self.acting_region(place, facts, day))
        return [Tried(rule, _why_not(rule, codes, facts, day)) for rule in self._covering(label)]

    def _covering(self, label: Label) -> Sequence[Rule]:
        if label.code not in self._rules_of:
            self._rules_of[label.code] = tuple(
                rule
                for above in reversed(self.tree.path(label.code))
                for rule in self._by_class.get(above.code, ())
            )
        return self._rules_of[label.code]


def _why_not(rule: Rule, codes: Sequence[str], facts: Facts, day: date) -> str:
    if not rule.is_in_force(day):
        return f"{day} 不在有效期内"
    if rule.where and not any(code.startswith(rule.where) for code in codes):
        return "地点不符"
    for name, wanted in (rule.facts or {}).items():
        said = facts[name].value if name in facts else ""
        if not holds(wanted, said):
            return f"事实“{name}”为“{said or '未提及'}”，应为“{'、'.join(wanted) or '未提及'}”"
    return ""


def _competences_of(rule: Rule, label: Label) -> tuple[Competence, ...]:
    because = rule.note or f"事项“{label.name}”按规则 {rule.id}"
    reason = Reason("rule", because, f"{rule.source}（规则 {rule.id}）")
    lead = rule.lead or label.unit_role
    default = default_competences(label)
    return (
        Competence(lead, "lead", reason),
        *(
            (Competence(role, "assist", reason) for role in rule.assist if role != lead)
            if rule.assist is not None
            else (replace(c, part="assist") for c in default if c.role != lead)
        ),
        *(Competence(role, "copy", reason) for role in rule.copy),
    )


def default_competences(label: Label) -> tuple[Competence, ...]:
    """Return the unit roles that the taxonomy itself names for a class, the lead first.

    >>> bins = Label("1", "垃圾桶满冒", 3, unit_role="街乡镇", co_roles=("区城管委",))
    >>> [(c.role, c.part) for c in default_competences(bins)]
    [('街乡镇', 'lead'), ('区城管委', 'assist')]
    """
    if not label.unit_role:
        return ()
    lead = Reason("rule", f"事项“{label.name}”由{label.unit_role}主办", "分类体系默认承办单位")
    assist = Reason("rule", f"事项“{label.name}”常需协办", "分类体系协办单位")
    return (
        Competence(label.unit_role, "lead", lead),
        *(Competence(role, "assist", assist) for role in label.co_roles),
    )
