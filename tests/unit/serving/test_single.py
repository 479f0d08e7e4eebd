"""One ticket on the command line, decided by the small city's router."""

import orjson
import pytest
from tiny import tiny_engine

from jiesu.serving.engine import Engine
from jiesu.serving.settings import load_settings
from jiesu.serving.single import route_one
from jiesu.taxonomy.errors import InputError


def route(text: str, *, engine: Engine, as_json: bool = False, time: str | None = None) -> None:
    route_one(
        text,
        load_settings(top_k=2),
        title="",
        ticket_id="T-1",
        address="",
        time=time,
        as_json=as_json,
        engine=engine,
    )


def test_json_is_the_decision(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    route("河沿街道路灯不亮", engine=tiny_engine(), as_json=True, time="2026-11-27 09:05")

    decision = orjson.loads(capfdbinary.readouterr().out)
    assert (decision["ticket_id"], decision["outcome"]) == ("T-1", "confirm")
    assert decision["deadline"] == "2026-12-04T09:05:00+08:00"
    assert len(decision["classes"]) == 2


def test_person_reads_what_where_who_and_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    route("河沿街道路灯不亮", engine=tiny_engine(), time="2026-11-27 09:05")

    text = capsys.readouterr().out
    for words in (
        "市政 › 照明 › 路灯不亮  010101",
        "一级 100%  二级 100%  三级 75%",
        "投诉，一般",
        "东区 › 河沿街道（把握 90%）",
        "主办 东区城市管理委员会",
        "请确认",
        "2026-12-04 09:05 前（7 日）",
        "words-1 · tiny-1 · 1",
    ):
        assert words in text


def test_person_is_told_what_does_not_work(capsys: pytest.CaptureFixture[str]) -> None:
    route("灯坏了", engine=tiny_engine(with_model=False))

    text = capsys.readouterr().out
    assert "未判断（没有可用的模型）" in text
    assert "文中没有说明" in text
    assert "没有找到对应的单位" in text
    assert "请人工判断" in text
    assert "模型文件夹 models/none 不存在" in text


def test_wrong_time_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(InputError, match="时间 '明天' 看不懂"):
        route("灯坏了", engine=tiny_engine(), time="明天")
