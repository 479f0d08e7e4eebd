"""Users, sessions, keys and the audit: the same on both databases."""

from datetime import timedelta

import pytest
from handclock import Clock
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from jiesu.serving.doors.guard import Doors, LoginRefused, LoginThrottled, SessionRules
from jiesu.serving.doors.register import Register, RegisterError, plain_user
from jiesu.serving.store import policies
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import (
    KeyNameExists,
    PolicyExists,
    UnknownKey,
    UnknownUser,
    UserExists,
)
from jiesu.serving.store.policies import Policy

PASSWORD = "correct horse battery"
WRONG = "incorrect horse"


@pytest.fixture
def doors(database: Database, clock: Clock) -> Doors:
    return Doors(database, clock, SessionRules(timedelta(minutes=30), timedelta(hours=8)))


@pytest.fixture
def register(database: Database, clock: Clock) -> Register:
    register = Register(database, clock)
    register.add_user("测试", plain_user("wang", "王一", "operator"), PASSWORD, ())
    return register


def test_signed_in_person_is_known_until_signing_out(doors: Doors, register: Register) -> None:
    token = doors.sign_in("wang", PASSWORD, "10.0.0.1")
    caller = doors.find_person(token)
    assert caller is not None
    assert (caller.name, caller.role, caller.may("work_tickets")) == ("王一", "operator", True)

    doors.sign_out(token)
    assert doors.find_person(token) is None
    assert [entry.what for entry in register.audit()] == ["logout", "login", "user-add"]


def test_neither_token_nor_password_nor_key_is_stored(
    doors: Doors, register: Register, database: Database
) -> None:
    token = doors.sign_in("wang", PASSWORD, "")
    key = register.add_key("测试", "网关", ["take_in"])
    with database.read() as connection:
        rows = [
            str(row)
            for table in ("users", "sessions", "api_keys", "audit")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert not any(secret in row for secret in (token, PASSWORD, key) for row in rows)


def test_unused_session_ends(doors: Doors, register: Register, clock: Clock) -> None:
    token = doors.sign_in("wang", PASSWORD, "")
    clock.now += timedelta(minutes=29)
    assert doors.find_person(token)  # counts as use
    clock.now += timedelta(minutes=29)
    assert doors.find_person(token)
    clock.now += timedelta(minutes=31)
    assert doors.find_person(token) is None


def test_session_in_use_ends_too(doors: Doors, register: Register, clock: Clock) -> None:
    token = doors.sign_in("wang", PASSWORD, "")
    for _ in range(23):
        clock.now += timedelta(minutes=20)
        assert doors.find_person(token)
    clock.now += timedelta(minutes=21)
    assert doors.find_person(token) is None


def test_wrong_password_and_unknown_user_are_refused_alike(
    doors: Doors, register: Register
) -> None:
    for login, password in (("wang", WRONG), ("nobody", PASSWORD)):
        with pytest.raises(LoginRefused, match=r"^登录名或密码不对$"):
            doors.sign_in(login, password, "10.0.0.1")
    assert [(e.what, e.by) for e in register.audit()[:2]] == [
        ("login-failed", ""),
        ("login-failed", "wang"),
    ]


def test_failed_logins_make_wait_and_waiting_helps(
    doors: Doors, register: Register, clock: Clock
) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefused):
            doors.sign_in("wang", WRONG, "")
    with pytest.raises(LoginThrottled, match="请 16 秒后再试"):
        doors.sign_in("Wang", PASSWORD, "")
    clock.now += timedelta(seconds=16)
    assert doors.sign_in("wang", PASSWORD, "")
    with pytest.raises(LoginRefused):  # success has cleared the count
        doors.sign_in("wang", WRONG, "")


def test_replica_shares_the_count(doors: Doors, register: Register, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefused):
            doors.sign_in("wang", WRONG, "")
    other = Doors(doors._database, clock)
    with pytest.raises(LoginThrottled):
        other.sign_in("wang", PASSWORD, "")


def test_one_address_cannot_try_all_users(doors: Doors, register: Register) -> None:
    for number in range(30):
        with pytest.raises(LoginRefused):
            doors.sign_in(f"user{number}", WRONG, "10.0.0.9")
    with pytest.raises(LoginThrottled):
        doors.sign_in("wang", PASSWORD, "10.0.0.9")
    assert doors.sign_in("wang", PASSWORD, "10.0.0.8")


def test_new_password_ends_the_other_sessions(doors: Doors, register: Register) -> None:
    here, there = (doors.sign_in("wang", PASSWORD, "") for _ in range(2))
    caller = doors.find_person(here)
    assert caller is not None
    with pytest.raises(LoginRefused, match="原密码不对"):
        doors.change_password(caller, WRONG, "another good password", here)

    doors.change_password(caller, PASSWORD, "another good password", here)

    assert doors.find_person(here)
    assert doors.find_person(there) is None
    assert doors.sign_in("wang", "another good password", "")


def test_disabled_user_is_out_at_once(doors: Doors, register: Register) -> None:
    token = doors.sign_in("wang", PASSWORD, "")
    register.disable("测试", "wang")
    assert doors.find_person(token) is None
    with pytest.raises(LoginRefused):
        doors.sign_in("wang", PASSWORD, "")
    register.enable("测试", "wang")
    assert doors.sign_in("wang", PASSWORD, "")


def test_last_administrator_stays(register: Register) -> None:
    register.add_user("测试", plain_user("root", "", "admin"), PASSWORD, ())
    with pytest.raises(RegisterError, match="root 是最后一个系统管理员"):
        register.disable("测试", "root")
    register.add_user("测试", plain_user("root2", "", "admin"), PASSWORD, ())
    register.disable("测试", "root")


@pytest.mark.parametrize(
    ("login", "name", "role", "unit", "field"),
    [
        ("no spaces", "", "admin", "", "login"),
        ("x", "两\n行", "admin", "", "name"),
        ("x", "", "boss", "", "role"),
        ("x", "", "unit", "U-9", "unit_id"),
        ("x", "", "admin", "U-1", "unit_id"),
    ],
)
def test_user_who_cannot_be_is_refused(
    register: Register, login: str, name: str, role: str, unit: str, field: str
) -> None:
    with pytest.raises(RegisterError, match=r".") as caught:
        register.add_user("测试", plain_user(login, name, role, unit), PASSWORD, {"U-1"})
    assert caught.value.field == field


def test_login_and_name_are_given_once(register: Register) -> None:
    for login, name in (("wang", "王二"), ("wang2", "王一")):
        with pytest.raises(UserExists, match="已有人用"):
            register.add_user("测试", plain_user(login, name, "operator"), PASSWORD, ())
    with pytest.raises(UnknownUser, match="没有登录名为 'li' 的用户"):
        register.set_password("测试", "li", PASSWORD)


def test_key_opens_what_its_scopes_say_until_it_ends(
    doors: Doors, register: Register, clock: Clock
) -> None:
    key = register.add_key("测试", "网关", ["take_in", "classify"], days=2)
    found = doors.find_program(key)
    assert found is not None
    assert (found.name, found.rights) == ("网关", {"take_in", "classify"})
    assert doors.find_program(key + "x") is None
    clock.now += timedelta(days=2)
    assert doors.find_program(key) is None


def test_revoked_key_opens_nothing(doors: Doors, register: Register) -> None:
    key = register.add_key("测试", "网关", ["take_in"])
    register.revoke_key("测试", "网关")
    assert doors.find_program(key) is None
    with pytest.raises(KeyNameExists, match="含已吊销的"):
        register.add_key("测试", "网关", ["take_in"])
    with pytest.raises(UnknownKey, match="没有名为 '别的'"):
        register.revoke_key("测试", "别的")


@pytest.mark.parametrize("scopes", [[], ["manage_users"], ["take_in", "fly"]])
def test_key_of_other_scopes_is_refused(register: Register, scopes: list[str]) -> None:
    with pytest.raises(RegisterError, match=r"范围 \[.*\] 不对；可用的有 read_catalogue"):
        register.add_key("测试", "网关", scopes)


def test_first_user_or_key_is_noticed(database: Database, clock: Clock) -> None:
    assert not Doors(database, clock).has_anybody()
    Register(database, clock).add_key("测试", "网关", ["take_in"])
    assert Doors(database, clock).has_anybody()


@pytest.mark.parametrize("act", ["UPDATE audit SET by_name = 'x'", "DELETE FROM audit"])
def test_database_refuses_to_change_the_audit(
    register: Register, database: Database, act: str
) -> None:
    with (
        pytest.raises(DBAPIError, match="audit is only added to"),
        database.write() as connection,
    ):
        connection.execute(text(act))
    assert len(register.audit()) == 1


def test_audit_is_read_page_by_page(register: Register) -> None:
    for number in range(5):
        register.add_key("测试", f"K{number}", ["take_in"])
    first = register.audit(limit=4)
    rest = register.audit(before=first[-1].seq)
    assert [entry.subject for entry in first + rest] == ["K4", "K3", "K2", "K1", "K0", "wang"]
    assert [e.subject for e in register.audit(what="user-add", by="测试")] == ["wang"]


def test_old_sessions_and_failures_are_forgotten(
    doors: Doors, register: Register, clock: Clock, database: Database
) -> None:
    doors.sign_in("wang", PASSWORD, "")
    with pytest.raises(LoginRefused):
        doors.sign_in("wang", WRONG, "")
    clock.now += timedelta(hours=9)
    doors.forget_old()
    with database.read() as connection:
        for table in ("sessions", "login_tries"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_last_policy_holds_and_none_is_changed(database: Database, clock: Clock) -> None:
    old, new = (Policy(name, clock(), "王一", "", "{}") for name in ("p-1", "p-2"))
    with database.write() as connection:
        policies.add_policy(connection, old)
        policies.add_policy(connection, new)
    with database.read() as connection:
        assert policies.all_policies(connection) == [new, old]
    with pytest.raises(PolicyExists, match="策略不能改"), database.write() as connection:
        policies.add_policy(connection, new)
