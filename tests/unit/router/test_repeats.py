"""A repeat is joined to its ticket; news, danger and other places keep their own way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jiesu.router.decision import NO_PLACE, Decision, Outcome, Versions
from jiesu.router.repeats import Earlier, RepeatReader, load_repeat_rules, marked
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import CityError

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TEXT = "小区门口的路灯有两盏不亮，晚上走路看不清"
AGAIN = "小区门口路灯两盏不亮，还没人来修，请催一下"
EARLIER = Earlier("T1", TEXT, "140101", "110105001", True, NOW - timedelta(days=3))
DECISION = Decision(
    "T2", "confirm", (), "投诉", "一般", "7d", None, NO_PLACE, (), Versions("m", "t", "r"),
    reasons=("把握较大",), similar=("S9",),
)  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> RepeatReader:
    found = RepeatReader.from_city(load_city())
    assert found is not None
    return found


def test_a_repeat_without_news_takes_the_outcome(reader: RepeatReader) -> None:
    repeat = reader.find(AGAIN, "140101", "110105001", [EARLIER], NOW)

    decision = marked(DECISION, repeat, reader.rules)

    assert (decision.outcome, decision.similar) == ("repeat", ("T1", "S9"))
    assert "没有新情况" in decision.reasons[0]
    assert "T1" in decision.reasons[0]


@pytest.mark.parametrize("news", ["昨晚有老人摔断了腿", "物业把变压器箱门也拆了扔在草坪里"])
def test_a_reminder_with_news_stays_a_ticket_and_names_the_earlier_one(
    reader: RepeatReader, news: str
) -> None:
    repeat = reader.find(f"{AGAIN}，{news}", "140101", "110105001", [EARLIER], NOW)

    decision = marked(DECISION, repeat, reader.rules)

    assert (decision.outcome, decision.similar[0]) == ("confirm", "T1")
    assert news in decision.reasons[-1]


def test_time_that_passed_is_no_news_but_more_people_are(reader: RepeatReader) -> None:
    before = replace(EARLIER, text="三户人家停水两天了没有人管")
    later = reader.find("三户人家停水五天了没有人管", "140101", "", [before], NOW)
    wider = reader.find("三十户人家停水五天了没有人管", "140101", "", [before], NOW)

    assert later is not None
    assert wider is not None
    assert (later.news, len(wider.news)) == ((), 1)


@pytest.mark.parametrize(
    "earlier",
    [
        replace(EARLIER, region="110108001"),
        replace(EARLIER, text="楼道里堆满了纸箱子和旧家具"),
        replace(EARLIER, last_at=NOW - timedelta(days=121)),
        replace(EARLIER, is_open=False, last_at=NOW - timedelta(days=16)),
        replace(EARLIER, last_at=NOW + timedelta(seconds=1)),
    ],
    ids=["elsewhere", "another matter", "long ago", "closed long ago", "not yet"],
)
def test_what_is_no_repeat(reader: RepeatReader, earlier: Earlier) -> None:
    assert reader.find(AGAIN, "140101", "110105001", [earlier], NOW) is None


def test_a_matter_closed_lately_is_called_back(reader: RepeatReader) -> None:
    closed = replace(EARLIER, is_open=False)

    repeat = reader.find(AGAIN, "140101", "", [closed], NOW)

    assert "刚办结" in marked(DECISION, repeat, reader.rules).reasons[0]


@pytest.mark.parametrize("outcome", ["emergency", "statutory", "elsewhere"])
def test_danger_and_other_channels_come_first(reader: RepeatReader, outcome: Outcome) -> None:
    repeat = reader.find(AGAIN, "140101", "", [EARLIER], NOW)

    decision = marked(replace(DECISION, outcome=outcome), repeat, reader.rules)

    assert (decision.outcome, decision.similar[0]) == (outcome, "T1")


def test_the_latest_of_several_is_named(reader: RepeatReader) -> None:
    older = replace(EARLIER, ticket_id="T0", last_at=NOW - timedelta(days=9))

    found = reader.find(AGAIN, "140101", "", [older, EARLIER], NOW)

    assert found is not None
    assert found.earlier.ticket_id == "T1"


def test_a_wrong_file_is_refused_with_its_keys(tmp_path: Path) -> None:
    (tmp_path / "repeat.yaml").write_text('alike: 0.5\ntime: "["\nodd: 1\n', encoding="utf-8")

    with pytest.raises(CityError, match="odd: 未知的键") as error:
        load_repeat_rules(tmp_path)

    assert "time: 不是合法的正则表达式" in str(error.value)
