"""A certified policy comes back from its file, and is refused for whatever it was not made for."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from tiny_policy import EXPIRES, MADE, VERSIONS, tiny_policy

from jiesu.router.decision import Versions
from jiesu.router.dispatch_policy import (
    PolicyError,
    licence_of,
    policy_json,
    read_policy,
    write_policy,
)

NOW = MADE + timedelta(days=1)


def test_a_policy_comes_back_from_its_file(tmp_path: Path) -> None:
    policy = tiny_policy().withdraw(NOW, "漂移")

    write_policy(policy, tmp_path / "p.json")

    assert read_policy(tmp_path / "p.json") == policy


def test_stage_and_withdrawal_change_by_hand_and_nothing_else(tmp_path: Path) -> None:
    raw = orjson.loads(orjson.dumps(policy_json(tiny_policy())))
    file = tmp_path / "p.json"

    file.write_bytes(orjson.dumps({**raw, "stage": "shadow"}))
    assert read_policy(file).stage == "shadow"

    file.write_bytes(orjson.dumps({**raw, "confidence": 0.99}))
    with pytest.raises(PolicyError, match="被改动过"):
        read_policy(file)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "不是合法的 JSON"),
        (b"[]", "策略不完整或有误"),
        (b'{"format": 7}', "format 7 不认识"),
        (b'{"format": 1}', "策略不完整或有误"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "p.json").write_bytes(body)

    with pytest.raises(PolicyError, match=said):
        read_policy(tmp_path / "p.json")


def test_a_stage_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    raw = policy_json(tiny_policy())
    (tmp_path / "p.json").write_bytes(orjson.dumps({**raw, "stage": "full"}))

    with pytest.raises(PolicyError, match="stage: 'full' 应为 shadow、confirm、auto"):
        read_policy(tmp_path / "p.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"p\.json 读不出"):
        read_policy(tmp_path / "p.json")


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        (replace(VERSIONS, model="words-2"), "是为模型 words-1 认证的，现用 words-2"),
        (replace(VERSIONS, taxonomy="tiny-2"), "分类体系"),
        (replace(VERSIONS, rules="2"), "规则"),
        (replace(VERSIONS, policy="tiny-2"), "城市门槛"),
        (VERSIONS, ""),
    ],
)
def test_another_version_is_refused(versions: Versions, reason: str) -> None:
    refusal = licence_of(tiny_policy(), versions, NOW).refusal

    assert reason in refusal
    assert bool(reason) == bool(refusal)


def test_time_ends_a_policy() -> None:
    policy = tiny_policy()

    assert "已于 2027-03-01 到期" in policy.refusal(VERSIONS, EXPIRES)
    assert "才生效" in policy.refusal(VERSIONS, MADE - timedelta(seconds=1))
    assert policy.refusal(VERSIONS, EXPIRES - timedelta(seconds=1)) == ""


def test_a_withdrawal_counts_from_its_moment_on_and_stays() -> None:
    gone = tiny_policy().withdraw(NOW, "漂移").withdraw(EXPIRES, "别的")

    assert gone.refusal(VERSIONS, NOW - timedelta(seconds=1)) == ""
    assert "撤回：漂移" in gone.refusal(VERSIONS, NOW)


def test_stage_does_not_change_the_version() -> None:
    assert tiny_policy(stage="shadow").version == tiny_policy().version
    assert tiny_policy(stage="shadow").name.endswith("-shadow")
