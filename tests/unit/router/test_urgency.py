"""How soon a ticket must be answered."""

from pathlib import Path

import pytest

from jiesu.router.triage import TriageHit
from jiesu.router.urgency import URGENCY_FILE, UrgencyReader, load_urgency
from jiesu.taxonomy.city import default_city_folder
from jiesu.taxonomy.errors import CityError

TINY = Path(__file__).parents[2] / "cities" / "tiny"
FIRE = TriageHit("emergency", ("119",), (), "正在起火", "第十一条")


@pytest.fixture(scope="module")
def reader() -> UrgencyReader:
    return load_urgency(TINY)


@pytest.mark.parametrize(
    ("text", "kind", "limit", "level"),
    [
        ("停水两天了", "投诉", "7d", "紧急"),
        ("交了停水费", "投诉", "7d", "一般"),
        ("路灯不亮", "投诉", "7d", "一般"),
        ("路灯不亮", "投诉", "2h", "特急"),
        ("路灯不亮", "投诉", "24h", "紧急"),
        ("停水，井盖也没了", "投诉", "24h", "特急"),
        ("以前井盖没了", "投诉", "7d", "一般"),
        ("请问停水怎么办", "咨询", "24h", "一般"),
    ],
)
def test_most_urgent_of_class_and_words(
    reader: UrgencyReader, text: str, kind: str, limit: str, level: str
) -> None:
    assert reader.read(text, kind=kind, limit=limit).level == level


def test_words_are_given(reader: UrgencyReader) -> None:
    reading = reader.read("家里停水两天了")
    assert (reading.reason, [word.text for word in reading.words]) == ("停水", ["停水"])


def test_emergency_is_urgent_whatever_the_kind(reader: UrgencyReader) -> None:
    assert reader.read("请问着火怎么办", kind="咨询", hit=FIRE).level == "特急"


def test_packaged_rules_read_everyday_needs() -> None:
    reader = load_urgency(default_city_folder())
    assert reader.read("小区停电六个小时了，请尽快恢复", kind="求助").level == "紧急"
    assert reader.read("路口的井盖没了，用树枝插着", kind="投诉").level == "特急"
    assert reader.read("物业费涨价没有公示", kind="投诉").level == "一般"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [{id: a, level: 火急, reason: x, words: [x]}]", "rules: a: level: '火急'"),
        ("rules: [{id: a, level: 特急, words: [x]}]", "rules: a: 缺少 reason"),
        ("limits: {2h: 火急}", "limits: 2h: '火急'"),
    ],
)
def test_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / URGENCY_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(CityError, match=message):
        load_urgency(tmp_path)
