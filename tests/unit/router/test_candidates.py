"""Candidates: likely classes and a place become ranked units with reasons."""

from datetime import date

import pytest

from jiesu.classifier.scores import RankedClass
from jiesu.router.candidates import CandidateRanker, RoleShare, chances
from jiesu.router.decision import NO_PLACE, Candidate, Competence, Place, Reason
from jiesu.router.jurisdiction import default_competences
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import Policy, load_policy
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.tree import Label

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city()


@pytest.fixture(scope="module")
def ranker(city: City) -> CandidateRanker:
    return CandidateRanker(UnitFinder(city), load_policy(city.folder))


def leaf_with_role(city: City, role: str) -> Label:
    """The first class whose default unit has this role."""
    return next(
        label for code in city.tree.leaves if (label := city.tree.get(code)).unit_role == role
    )


def place_of(city: City, district: str, subdistrict: str) -> Place:
    """A certain place, by names."""
    named = {(r.parent, r.name): r for r in city.regions.values()}
    region = named[named["", district].code, subdistrict]
    return Place(district, subdistrict, code=region.code, p=0.9)


def rank(ranker: CandidateRanker, label: Label, place: Place) -> tuple[Candidate, ...]:
    classes = [RankedClass(label.code, (0.9, 0.9, 0.8))]
    return ranker.rank(classes, Matter(place, "", DAY), default_competences)


def test_a_subdistrict_leads_and_its_district_gets_a_copy(
    city: City, ranker: CandidateRanker
) -> None:
    label = leaf_with_role(city, "街乡镇")

    lead, *_, copy = rank(ranker, label, place_of(city, "朝阳区", "望京街道"))

    assert lead.unit == "朝阳区望京街道办事处"
    assert (copy.part, copy.unit) == ("copy", "朝阳区人民政府")


def test_the_same_role_is_another_unit_elsewhere(city: City, ranker: CandidateRanker) -> None:
    label = leaf_with_role(city, "区教委")

    here = rank(ranker, label, place_of(city, "海淀区", "八里庄街道"))[0]
    there = rank(ranker, label, place_of(city, "朝阳区", "八里庄街道"))[0]

    assert here.unit.startswith("海淀区")
    assert there.unit.startswith("朝阳区")


def test_without_a_place_the_role_stays_without_a_unit(city: City, ranker: CandidateRanker) -> None:
    lead = rank(ranker, leaf_with_role(city, "街乡镇"), NO_PLACE)[0]

    assert (lead.unit_role, lead.unit, lead.unit_id) == ("街乡镇", "", "")


def test_a_doubtful_place_lowers_the_probability(city: City, ranker: CandidateRanker) -> None:
    label = leaf_with_role(city, "街乡镇")
    sure = place_of(city, "朝阳区", "望京街道")
    doubtful = Place(sure.district, sure.subdistrict, code=sure.code, p=0.3)

    assert rank(ranker, label, doubtful)[0].p == pytest.approx(
        rank(ranker, label, sure)[0].p * 0.3 / 0.9
    )


def test_classes_that_name_the_same_role_add_up(city: City, ranker: CandidateRanker) -> None:
    first, second = [
        code for code in city.tree.leaves if city.tree.get(code).unit_role == "公交集团"
    ][:2]
    classes = [RankedClass(first, (0.5, 0.5, 0.5)), RankedClass(second, (0.4, 0.4, 0.4))]

    both = ranker.rank(classes, Matter(NO_PLACE, "", DAY), default_competences)[0]
    one = ranker.rank(classes[:1], Matter(NO_PLACE, "", DAY), default_competences)[0]

    assert both.unit_role == one.unit_role == "公交集团"
    assert both.p > one.p


def test_a_reason_that_several_classes_share_is_given_once(
    city: City, ranker: CandidateRanker
) -> None:
    labels = [city.tree.get(code) for code in city.tree.leaves]
    ones = [label for label in labels if label.unit_role == "街乡镇"][:2]
    reason = Reason("rule", "垃圾由街道管", "乙条例第四条")
    classes = [RankedClass(label.code, (0.5, 0.5, 0.4)) for label in ones]
    place = place_of(city, "朝阳区", "望京街道")

    lead, *_ = ranker.rank(
        classes, Matter(place, "", DAY), lambda label: [Competence("街乡镇", "lead", reason)]
    )

    assert lead.reasons == (reason,)


def test_no_classes_give_no_candidates(ranker: CandidateRanker) -> None:
    assert ranker.rank([], Matter(NO_PLACE, "", DAY), default_competences) == ()


@pytest.mark.parametrize(("role", "article"), [("街乡镇", "第十六条"), ("区城管委", "第十四条")])
def test_who_assists_is_told_by_which_article_to_come(
    city: City, ranker: CandidateRanker, role: str, article: str
) -> None:
    label = next(
        label
        for code in city.tree.leaves
        if (label := city.tree.get(code)).unit_role == role and "区住建委" in label.co_roles
    )

    found = rank(ranker, label, place_of(city, "朝阳区", "望京街道"))

    assisting = next(c for c in found if c.part == "assist" and c.unit_role == "区住建委")
    assert article in assisting.reasons[-1].source


def test_a_zone_acts_in_its_part_of_a_township(city: City, ranker: CandidateRanker) -> None:
    label = leaf_with_role(city, "区市场监管局")
    place = place_of(city, "大兴区", "亦庄镇")

    outside = rank(ranker, label, place)[0]
    zone = ranker.rank(
        [RankedClass(label.code, (0.9, 0.9, 0.8))],
        Matter(place, "", DAY, acting="1101BD"),
        default_competences,
    )[0]

    assert outside.unit == "大兴区市场监督管理局"
    assert zone.unit == "北京经济技术开发区市场监督管理局"


def policy_with(curve: tuple[tuple[float, float], ...]) -> Policy:
    return Policy("1", 0.6, 0.5, 0.8, 5, 10, "", "", lead_chances=curve)


def test_assisting_units_do_not_make_the_lead_less_likely() -> None:
    best = [RoleShare("街乡镇", rank=0.72, leading=0.9), RoleShare("区城管委", rank=0.18)]

    first, second = chances(best, policy_with(((0.0, 0.4), (0.9, 0.9), (1.0, 0.98))))

    assert first == pytest.approx(0.9)
    assert second == pytest.approx(0.18 * 0.1 / 0.28)


def test_no_unit_is_called_likelier_than_the_first() -> None:
    best = [RoleShare("甲", rank=0.5, leading=0.5), RoleShare("乙", rank=0.49, leading=0.49)]

    first, second = chances(best, policy_with(((0.0, 0.1), (1.0, 0.3))))

    assert first >= second
    assert first + second <= 1


def test_without_a_curve_the_rank_is_the_chance() -> None:
    best = [RoleShare("甲", rank=0.6, leading=0.6), RoleShare("乙", rank=0.3)]

    assert chances(best, policy_with(())) == [0.6, 0.3]
