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
    ({"host": "0.0.0.0"}, "0.0.0.0 不是本机回环地址，必须设置 API 密钥"),
    ({"host": "192.168.1.2", "no_auth": True, "api_keys": KEY_HASH}, "不能关闭密钥检查"),
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


def test_keys_open_other_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_API_KEYS", f" {KEY_HASH.upper()} , {KEY_HASH}")
    settings = load_settings(host="0.0.0.0")
    assert settings.api_keys == (KEY_HASH, KEY_HASH)
    assert settings.keys_checked


def test_no_auth_ignores_keys_on_loopback() -> None:
    assert not load_settings(api_keys=KEY_HASH, no_auth=True).keys_checked


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("::", False)],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
