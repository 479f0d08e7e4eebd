"""All settings of the serving side in one class; read once, at the border.

Each can be given as an environment variable (prefix JIESU_) or, for `jiesu serve`, as a flag.
docs/settings.md is made from this class (`python -m jiesu.serving.reference docs`).
"""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from jiesu.serving.validation import describe
from jiesu.taxonomy.errors import InputError

ENV_PREFIX = "JIESU_"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class SettingsError(InputError):
    """A setting is wrong, or two settings do not go together."""


class Settings(BaseSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="ignore")

    city: Path | None = Field(None, description="城市数据文件夹；不设则用随软件发布的唯一一座城市")
    model: Path | None = Field(None, description="模型文件夹；不设则用这座城市的默认模型")
    extra_gazetteer: Path | None = Field(
        None, description="附加地名文件夹，内有 places.tsv、roads.tsv；不设则只用城市自带地名"
    )
    history: Path | None = Field(
        None,
        description="从已办结工单学得的承办单位模型（jiesu train --unit）；"
        "不设则用模型文件夹里的 units（如果有）",
    )
    policy: Path | None = Field(
        None,
        description="自动派单策略文件（jiesu certify）；不设则不自动派单，数据库里启用的策略优先",
    )
    neighbours: Path | None = Field(
        None,
        description="已确认工单的索引所在的文件夹：人确认或改正的事项从下一件起就影响建议，不必重新训练；"
        "每个编码器各用一个文件。只对编码器模型有效（默认的快速模型不用它）；不设则不用",
    )
    database_url: str = Field(
        "sqlite:///jiesu.db",
        description="数据库：sqlite:///文件（默认在当前文件夹）或 postgresql://用户:密码@主机/库名",
    )
    host: str = Field(
        "127.0.0.1", description="监听地址；不是本机回环地址时，人要登录、程序要带密钥"
    )
    port: int = Field(8000, ge=0, le=65535, description="监听端口；0 表示由系统挑选")
    workers: int = Field(1, ge=1, le=64, description="工作进程数；每个进程各装载一份模型")
    api_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="API 密钥的 SHA-256（64 位十六进制），多个用逗号分开；"
        "另可用 jiesu key add 建立有范围、可吊销的密钥",
    )
    auth: Literal["auto", "open", "required"] = Field(
        "auto",
        description="是否要登录或带密钥：required 一律要；open 一律不要（只允许在本机回环地址上）；"
        "auto 在本机回环地址上、尚无任何用户和密钥时不要，否则都要",
    )
    no_auth: bool = Field(False, description="同 JIESU_AUTH=open；只允许在本机回环地址上使用")
    session_idle_minutes: int = Field(60, ge=1, description="登录后多少分钟不操作即退出")
    session_hours: int = Field(12, ge=1, description="登录后最多多少小时须重新登录")
    rate_limit: int = Field(
        6000,
        ge=0,
        description="每个登录用户或密钥每分钟最多多少个请求（每个工作进程分别计），"
        "超过则返回 429；0 为不限；本机免登录时不限",
    )
    stranger_rate_limit: int = Field(
        120,
        ge=0,
        description="每个地址每分钟最多多少个没有通过验证的请求，超过则返回 429；0 为不限",
    )
    trusted_proxies: str = Field(
        "",
        description="前面的反向代理的地址，多个用逗号分开；设了才采信它们报告的来访地址和 https",
    )
    max_body_bytes: int = Field(
        10 * 1024 * 1024, ge=1024, description="请求体上限（字节），超过则返回 413"
    )
    max_items: int = Field(1000, ge=1, description="一个请求最多几条诉求，超过则返回 422")
    max_text_chars: int = Field(
        100_000, ge=1, description="一条诉求最多多少字，超过则拒绝（HTTP 422，命令行退出码 2）"
    )
    top_k: int = Field(5, ge=1, le=50, description="默认给出几个候选事项")
    suggest_seconds: float = Field(
        5.0, gt=0, description="收单时最多等模型几秒；超时照常入库，转人工，标明降级"
    )
    model_look_seconds: float = Field(
        5.0, gt=0, description="每隔多少秒看一次模型文件夹；有变化即在后台换上，期间照常受理"
    )
    claim_seconds: float = Field(600.0, gt=0, description="领取的工单保留多少秒，到期自动放开")
    mass_days: int = Field(
        60, ge=1, description="重启后用最近多少天的工单重建群体诉求预警；更早的预警仍在库中"
    )
    mass_process: bool = Field(
        True,
        description="群体诉求预警放在单独的进程里，不占收单的时间；"
        "false 则放在服务进程内，省一份城市数据的内存",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="日志级别：debug、info、warning、error"
    )

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())

    @field_validator("api_keys")
    @classmethod
    def _keys_are_hashes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_SHA256.fullmatch(key) for key in value):
            # The value is not repeated: it may be a key that was pasted in clear.
            raise ValueError(
                "应为密钥的 SHA-256（64 位十六进制），不是密钥本身；"
                "可用 printf %s 密钥 | sha256sum 得到"
            )
        return value

    @model_validator(mode="after")
    def _strangers_stay_outside(self) -> Self:
        if self.lets_everybody_in and not is_loopback(self.host):
            raise ValueError(
                f"监听地址 {self.host} 不是本机回环地址，不能免登录（no_auth 或 auth=open）；"
                "请去掉这项设置，或改用 127.0.0.1"
            )
        if self.no_auth and self.auth == "required":
            raise ValueError("no_auth 与 auth=required 互相矛盾；请去掉一个")
        return self

    @property
    def lets_everybody_in(self) -> bool:
        """Whether nobody is asked who they are."""
        return self.no_auth or self.auth == "open"

    @property
    def may_be_open(self) -> bool:
        """Whether nobody is asked as long as there is no user and no key."""
        return self.auth == "auto" and not self.api_keys and is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach the address.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("localhost")
    (True, False, True)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables from which another process reads the same settings."""
    return {
        f"{ENV_PREFIX}{name.upper()}": ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in settings
        if value not in (None, ())
    }


def load_settings(**given: Any) -> Settings:  # Any: values come from flags, pydantic checks them
    """Read the environment; flags that are not None win.

    Raises:
        SettingsError: a value is wrong; the message names each setting.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(error))) from None


def _problems(error: ValidationError) -> list[str]:
    return [
        f"设置 {ENV_PREFIX}{str(detail['loc'][0]).upper()}：{describe(detail)}"
        if detail["loc"]
        else f"设置：{describe(detail)}"
        for detail in error.errors()
    ]
