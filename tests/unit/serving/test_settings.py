import hashlib
from pathlib import Path

import pytest

from jiesu.serving.settings import SettingsError, is_loopback, load_settings

KEY_HASH = hashlib.sha256(b"open sesame").hexdigest()

WRONG = [
    ({"port": "abc"}, "JIESU_PORT：值 'abc' 不对：应为整数"),
    ({"port": 70000}, "JIESU_PORT：值 70000 不对：应不大于 65535"),
    ({"workers": 0}, "JIESU_WORKERS：值 0 不对：应不小于 1"),
    ({"log_level": "loud"}, "JIESU_LOG_LEVEL：值 'loud' 不对：应为 'debug'"),
    ({"host": "0.0.0.0", "auth": "open"}, "0.0.0.0 不是本机回环地址，不能免登录"),
    ({"auth": "required", "no_auth": True}, "互相矛盾"),
    ({"host": "192.168.1.2", "no_auth": True, "api_keys": KEY_HASH}, "不能免登录"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_wrong_setting_is_named(given: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(**given)


def test_key_in_clear_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="不是密钥本身") as caught:
        load_settings(api_keys="open sesame")
    assert "sesame" not in str(caught.value)


def test_environment_is_read_and_flags_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_PORT", "9001")
    monkeypatch.setenv("JIESU_EXTRA_GAZETTEER", "/data/places")
    settings = load_settings(port=9002, city=None)
    assert settings.port == 9002
    assert settings.extra_gazetteer == Path("/data/places")


def test_keys_are_read_from_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_API_KEYS", f" {KEY_HASH.upper()} , {KEY_HASH}")
    assert load_settings(host="0.0.0.0").api_keys == (KEY_HASH, KEY_HASH)


@pytest.mark.parametrize(
    ("given", "may_be_open", "lets_everybody_in"),
    [
        ({}, True, False),
        ({"host": "0.0.0.0"}, False, False),
        ({"auth": "required"}, False, False),
        ({"api_keys": KEY_HASH}, False, False),
        ({"auth": "open"}, False, True),
        ({"api_keys": KEY_HASH, "no_auth": True}, True, True),
    ],
)
def test_only_loopback_is_ever_open(
    given: dict[str, object], may_be_open: bool, lets_everybody_in: bool
) -> None:
    settings = load_settings(**given)
    assert settings.lets_everybody_in is lets_everybody_in
    assert settings.may_be_open is may_be_open or lets_everybody_in


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("::", False)],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
