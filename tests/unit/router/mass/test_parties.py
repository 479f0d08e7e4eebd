from stories import ASPHALT, LIFT, messages

from jiesu.router.mass.parties import parties_of
from jiesu.router.mass.rules import MassRules


def test_parties_are_ranked_by_callers(rules: MassRules) -> None:
    batch = messages(ASPHALT, prefix="甲") + messages(LIFT, prefix="乙")

    lines = parties_of(batch, rules.names)

    assert {"青云里小区", "沥青厂"} <= {line.name for line in lines}
    assert [line.callers for line in lines] == sorted((li.callers for li in lines), reverse=True)


def test_one_caller_makes_no_line(rules: MassRules) -> None:
    batch = messages(ASPHALT[:2], prefix="甲")

    assert parties_of(batch, rules.names) == []


def test_a_party_with_more_callers_of_late_has_a_rising_trend(rules: MassRules) -> None:
    early = messages([ASPHALT[0]], prefix="早", hours=1)
    late = messages([ASPHALT[0]] * 5, prefix="晚", hours=1, start=early[0].at.replace(day=20))

    (line,) = [one for one in parties_of(early + late, rules.names) if one.name == "青云里小区"]

    assert line.trend > 1
