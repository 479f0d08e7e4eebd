"""What must hold for any ticket on any day: one lead, whatever the order of the rules."""

from datetime import date
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.facts import Fact, FactReader, Facts
from jiesu.router.jurisdiction import Jurisdiction
from jiesu.router.rules import Rule, conflicts
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.tree import Label, tree_of

CITY_EXAMPLES = settings(max_examples=60, deadline=None)
DAYS = st.dates(date(2018, 1, 1), date(2030, 12, 31))


@cache
def city() -> City:
    return load_city()


@cache
def jurisdiction() -> Jurisdiction:
    return Jurisdiction.of_city(city())


@st.composite
def matters(draw: st.DrawFn) -> tuple[Label, Place, Facts, date]:
    """Any leaf that a rule names, anywhere, with any facts, on any day."""
    known = jurisdiction()
    above = draw(st.sampled_from([code for rule in known.rules for code in rule.classes]))
    leaf = draw(st.sampled_from([c for c in known.tree.leaves if c.startswith(above)]))
    region = draw(st.sampled_from(["", *city().regions]))
    said = {
        name: Fact(name, draw(_number() if values == ("#",) else st.sampled_from(values)), (0, 1))
        for name, values in known.facts.values.items()
        if draw(st.booleans())
    }
    return known.tree.get(leaf), Place(code=region), said, draw(DAYS)


def _number() -> st.SearchStrategy[str]:
    return st.integers(0, 500).map(str)


@CITY_EXAMPLES
@given(matters())
def test_every_ticket_has_one_lead_on_its_day(matter: tuple[Label, Place, Facts, date]) -> None:
    parts = jurisdiction().competences(*matter)

    leads = [c.role for c in parts if c.part == "lead"]
    assert len(leads) == 1
    assert leads[0] in city().roles
    assert leads[0] not in [c.role for c in parts if c.part == "assist"]


@CITY_EXAMPLES
@given(matters())
def test_no_two_rules_of_a_city_win_together(matter: tuple[Label, Place, Facts, date]) -> None:
    label, known = matter[0], jurisdiction()
    holding = [tried.rule for tried in known.chain(*matter) if not tried.failed]
    path = [part.code for part in known.tree.path(label.code)]

    def rank(rule: Rule) -> tuple[int, int]:
        return max(path.index(c) for c in rule.classes if c in path), rule.conditions

    best = [rule for rule in holding if rank(rule) == max(map(rank, holding))]
    assert len({rule.says for rule in best}) <= 1


@CITY_EXAMPLES
@given(matters(), st.randoms(use_true_random=False))
def test_order_of_the_citys_rules_never_matters(
    matter: tuple[Label, Place, Facts, date], random: Random
) -> None:
    known = jurisdiction()
    rules = list(known.rules)
    random.shuffle(rules)

    shuffled = Jurisdiction(known.tree, known.facts, tuple(rules), known.areas)

    assert shuffled.ruling(*matter) == known.ruling(*matter)


TREE = tree_of(
    "t", [Label("01", "甲", 1), Label("0101", "乙", 2, "01"), Label("010101", "丙", 3, "0101")]
)
RULES = st.builds(
    Rule,
    id=st.integers(0, 10_000).map(str),
    file=st.just("x.yaml"),
    classes=st.sampled_from([("01",), ("0101",), ("010101",)]),
    lead=st.sampled_from(["一局", "二局", "三局"]),
    source=st.just("法"),
    facts=st.dictionaries(
        st.sampled_from(["水", "人"]),
        st.lists(st.sampled_from(["a", "b", "", ">=3", "<3"]), min_size=1, max_size=2).map(tuple),
        max_size=2,
    ),
    since=st.none() | DAYS,
    until=st.none() | DAYS,
)
SAID = st.dictionaries(st.sampled_from(["水", "人"]), st.sampled_from(["a", "b", "2", "3", "9"]))


@given(st.lists(RULES, max_size=6, unique_by=lambda rule: rule.id), SAID, DAYS)
def test_rules_without_conflicts_have_one_answer(
    rules: list[Rule], said: dict[str, str], day: date
) -> None:
    kept: list[Rule] = []
    for rule in rules:
        if not conflicts([*kept, rule]):
            kept.append(rule)
    facts = {name: Fact(name, value, (0, 1)) for name, value in said.items()}
    leaf = TREE.get("010101")

    one = Jurisdiction(TREE, FactReader({}, {}), tuple(kept))
    other = Jurisdiction(TREE, FactReader({}, {}), tuple(reversed(kept)))

    assert (
        one.ruling(leaf, NO_PLACE, facts, day).lead == other.ruling(leaf, NO_PLACE, facts, day).lead
    )
