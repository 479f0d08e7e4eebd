"""A policy is put in force, looked at and withdrawn by a person; the audit tells of it."""

from pathlib import Path

import pytest
from handclock import Clock
from tiny_policy import tiny_policy

from jiesu.router.dispatch_policy import PolicyError, write_policy
from jiesu.serving.policy_register import PolicyRegister
from jiesu.serving.store.audit import entries
from jiesu.serving.store.database import Database
from jiesu.taxonomy.errors import InputError


@pytest.fixture
def register(database: Database, clock: Clock) -> PolicyRegister:
    return PolicyRegister(database, clock)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_policy(tiny_policy(stage="shadow"), tmp_path / "p.json")
    return tmp_path / "p.json"


def test_a_policy_in_use_is_shown_at_its_stage(
    register: PolicyRegister, file: Path, clock: Clock
) -> None:
    register.use(file, "甲", None)
    clock.forward(seconds=1)
    register.use(file, "乙", "confirm", "试行一个月")

    standing = register.standing()

    assert standing is not None
    assert (standing.by, standing.policy.stage) == ("乙", "confirm")
    with register.database.read() as connection:
        found = entries(connection)
    assert [(entry.by, entry.what) for entry in found] == [
        ("乙", "policy-use"),
        ("甲", "policy-use"),
    ]


def test_without_a_policy_there_is_nothing_to_show_or_withdraw(register: PolicyRegister) -> None:
    assert register.standing() is None
    with pytest.raises(InputError, match="没有启用的策略"):
        register.withdraw("甲", "误派")


def test_a_withdrawn_policy_stays_withdrawn(register: PolicyRegister, file: Path) -> None:
    register.use(file, "甲", "auto")
    register.withdraw("班长", "误派")

    standing = register.standing()

    assert standing is not None
    assert standing.watched is not None
    assert standing.watched.why == "班长：误派"
    with pytest.raises(InputError, match="已于 2026-11-28 09:00 撤回"):
        register.withdraw("班长", "再来")


def test_a_broken_or_missing_file_is_refused(register: PolicyRegister, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("{}")

    with pytest.raises(PolicyError, match="策略不完整"):
        register.use(tmp_path / "b.json", "甲", None)
    with pytest.raises(InputError, match=r"none\.json 读不出"):
        register.use(tmp_path / "none.json", "甲", None)
