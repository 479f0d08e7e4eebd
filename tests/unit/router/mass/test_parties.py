from stories import ASPHALT, LIFT, messages

from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.parties import parties_of


def test_parties_are_ranked_by_callers(maker: FeatureMaker) -> None:
    features = [maker.make(m) for m in messages(ASPHALT, prefix="甲") + messages(LIFT, prefix="乙")]

    lines = parties_of(features)

    assert {"青云里小区", "沥青厂"} <= {line.name for line in lines}
    assert [line.callers for line in lines] == sorted((li.callers for li in lines), reverse=True)
    assert lines[0].first <= lines[0].last
