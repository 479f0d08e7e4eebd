import pytest

from jiesu.serving.doors.passwords import (
    PasswordError,
    check_password,
    hash_password,
    is_outdated,
    is_right,
)

WEAK = [
    ("short", "密码应有 10 到 200 个字符，现有 5 个"),
    ("x" * 201, "现有 201 个"),
    ("i-am-WANG-here", "密码不能含有登录名"),
    ("aaaaabbbbbccccc", "至少要有 5 个不同的字符"),
]


@pytest.mark.parametrize(("password", "message"), WEAK)
def test_weak_password_is_refused(password: str, message: str) -> None:
    with pytest.raises(PasswordError, match=message):
        check_password(password, "wang")


def test_only_the_password_fits_its_hash() -> None:
    kept = hash_password("灯火阑珊处的人儿在那里")
    assert kept.startswith("$argon2id$")
    assert is_right("灯火阑珊处的人儿在那里", kept)
    assert not is_right("灯火阑珊处的人儿在这里", kept)
    assert not is_right("灯火阑珊处的人儿在那里", "no hash")
    assert kept != hash_password("灯火阑珊处的人儿在那里")


def test_nobody_has_no_password() -> None:
    assert not is_right("nobody knows this", None)


def test_hash_of_weaker_parameters_is_outdated() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$UmVhbGx5Tm90QUhhc2g"
    assert is_outdated(weak)
    assert not is_outdated(hash_password("correct horse battery"))
