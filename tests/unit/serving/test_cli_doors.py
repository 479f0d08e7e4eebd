from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from jiesu.serving import cli
from jiesu.serving.server import who_may_come_in
from jiesu.serving.settings import load_settings


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path}/house.db"
    monkeypatch.setenv("JIESU_DATABASE_URL", address)
    return address


def jiesu(*args: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli.app, list(args), input=stdin)


@pytest.mark.usefixtures("database")
def test_user_is_made_listed_and_ended() -> None:
    made = jiesu(
        "user", "add", "wang", "--role", "operator", "--name", "王一", stdin="a b c d e f g"
    )
    assert (made.exit_code, made.stdout) == (0, "已建立用户 wang（坐席）\n")
    assert jiesu("user", "passwd", "wang", stdin="g f e d c b a h").exit_code == 0
    assert jiesu("user", "disable", "wang").exit_code == 0
    assert jiesu("user", "list").stdout == "wang\t王一\t坐席\t已停用\n"
    (user,) = orjson.loads(jiesu("user", "list", "--json").stdout)
    assert (user["login"], user["role"], user["is_disabled"]) == ("wang", "operator", True)


@pytest.mark.usefixtures("database")
def test_unit_user_needs_a_unit_that_there_is() -> None:
    wrong = jiesu("user", "add", "u", "--role", "unit", "--unit", "U-0", stdin="a b c d e f g")
    assert wrong.exit_code == 2
    assert "没有编号为 'U-0' 的单位" in wrong.stderr


@pytest.mark.usefixtures("database")
def test_key_is_shown_once_and_revoked() -> None:
    made = jiesu("key", "add", "网关", "--scope", "take_in", "--scope", "classify", "--days", "9")
    assert made.stdout.startswith("jiesu_")
    listed = jiesu("key", "list")
    assert "classify take_in" in listed.stdout
    assert made.stdout.strip() not in listed.stdout + jiesu("key", "list", "--json").stdout
    assert jiesu("key", "revoke", "网关").exit_code == 0
    assert "吊销于" in jiesu("key", "list").stdout


@pytest.mark.usefixtures("database")
def test_no_password_is_bad_input() -> None:
    result = jiesu("user", "add", "wang", "--role", "operator")
    assert result.exit_code == 2
    assert "没有读到密码" in result.stderr


def test_server_says_who_may_come_in(database: str) -> None:
    first = "jiesu user add admin --role admin"
    assert f"不必登录。建立第一个管理员：{first}" in who_may_come_in(load_settings())
    assert f"谁也进不来。请先建立管理员：{first}" in who_may_come_in(load_settings(host="0.0.0.0"))
    assert who_may_come_in(load_settings(auth="open")).startswith("警告：免登录")
    jiesu("key", "add", "网关")
    assert "人要登录，程序要带密钥" in who_may_come_in(load_settings())
