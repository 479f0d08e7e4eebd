"""The certified policy file: what history has proved, and so what may be dispatched by itself.

`jiesu certify` writes it; the gate reads it. It names the model, classes and rules that it was
proved for and the day until which it holds, and it is refused, with the reason, for any other.
Stages are data: "shadow" only records what would have been dispatched, "confirm" lets the proved
thresholds decide what one keystroke confirms, "auto" dispatches.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from jiesu.router.decision import Versions
from jiesu.router.drift import Band, DriftTest
from jiesu.taxonomy.errors import JiesuError

Stage = Literal["shadow", "confirm", "auto"]
STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_NAMES: Mapping[Stage, str] = {"shadow": "影子运行", "confirm": "人工确认", "auto": "自动派单"}
Json = dict[str, Any]  # Any: JSON

_FORMAT = 1


class PolicyError(JiesuError):
    """A policy file cannot be read; the message names the key."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A threshold with what the history showed.

    Attributes:
        threshold: tickets with at least this probability pass; None when no threshold holds.
        n: tickets of the history that pass.
        right: how many of them were right.
        coverage: share of the history that passes, in [0, 1].
        bound: exact lower bound of the precision at the confidence asked for.
    """

    threshold: float | None
    n: int
    right: int
    coverage: float
    bound: float


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When and why a policy was withdrawn."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise and the thresholds that keep it.

    Attributes:
        precision: least share of right leads among the tickets that pass.
        groups: level-1 class → its certificate; "" holds for all other classes.
        coverage: share of the whole history that passes.
    """

    precision: float
    groups: Mapping[str, Certificate]
    coverage: float

    def of(self, group: str) -> Certificate | None:
        """Return the certificate of a level-1 class; None where the history held none."""
        return self.groups.get(group, self.groups.get(""))


@dataclass(frozen=True, slots=True)
class DispatchPolicy:
    """What may be confirmed or dispatched, for which versions and how long.

    Attributes:
        version: digest of all that was proved; neither stage nor withdrawal change it.
        made_for: versions that it was proved for; their `policy` is the city's own.
        drift: the test that withdraws it, as it stands at the start.
        data: file, digest, rows and days of the history.
    """

    version: str
    stage: Stage
    confidence: float
    made_for: Versions
    made_at: datetime
    expires_at: datetime
    auto: Promised
    confirm: Promised
    drift: DriftTest
    data: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON
    withdrawn: Withdrawal | None = None

    @property
    def name(self) -> str:
        """Version and stage, as decisions store them."""
        return f"{self.version}-{self.stage}"

    @property
    def guarantee(self) -> str:
        """What `auto` promises, in words."""
        return (
            f"自动派单的首选单位正确率不低于 {self.auto.precision:.1%}"
            f"（置信度 {self.confidence:.0%}，{self.data.get('rows', 0)} 件历史工单）"
        )

    def refusal(self, versions: Versions, now: datetime) -> str:
        """Return why the policy does not count; empty when it does.

        Args:
            versions: what runs now; `policy` is the city's own.
        """
        if self.withdrawn and self.withdrawn.at <= now:
            day = f"{self.withdrawn.at:%Y-%m-%d %H:%M}"
            return f"已于 {day} 撤回：{self.withdrawn.why}；请重新认证（jiesu certify）"
        if now >= self.expires_at:
            return f"已于 {self.expires_at:%Y-%m-%d} 到期；请用新的历史工单重新认证"
        if now < self.made_at:
            return f"到 {self.made_at:%Y-%m-%d %H:%M} 才生效；请核对时间"
        return _other_version(self.made_for, versions)

    def withdraw(self, at: datetime, why: str) -> "DispatchPolicy":
        """Return the policy withdrawn; an earlier withdrawal stays."""
        return self if self.withdrawn else replace(self, withdrawn=Withdrawal(at, why))


def _other_version(made_for: Versions, now: Versions) -> str:
    names = {"model": "模型", "taxonomy": "分类体系", "rules": "规则", "policy": "城市门槛"}
    for part, name in names.items():
        proved, runs = getattr(made_for, part), getattr(now, part)
        if proved != runs:
            return f"是为{name} {proved or '（无）'} 认证的，现用 {runs or '（无）'}；请重新认证"
    return ""


def policy_json(policy: DispatchPolicy) -> Json:
    """Return the policy as it stands in its file."""
    return {
        "format": _FORMAT,
        "version": policy.version,
        "stage": policy.stage,
        "withdrawn": asdict(policy.withdrawn) if policy.withdrawn else None,
        **_proved(policy),
    }


def _proved(policy: DispatchPolicy) -> Json:
    drift = policy.drift
    return {
        "made_at": policy.made_at,
        "expires_at": policy.expires_at,
        "made_for": asdict(policy.made_for),
        "data": dict(policy.data),
        "confidence": policy.confidence,
        "auto": _promised_json(policy.auto),
        "confirm": _promised_json(policy.confirm),
        "drift": {
            "swapped": drift.swapped,
            "alarm": drift.alarm,
            "bands": [asdict(band) for band in drift.bands],
        },
    }


def _promised_json(promised: Promised) -> Json:
    return {
        "precision": promised.precision,
        "coverage": promised.coverage,
        "groups": {name: asdict(found) for name, found in promised.groups.items()},
    }


def with_version(policy: DispatchPolicy) -> DispatchPolicy:
    """Return the policy with the version that its content gives."""
    body = orjson.dumps(_proved(policy), option=orjson.OPT_SORT_KEYS)
    return replace(policy, version=f"certified-{sha256(body).hexdigest()[:12]}")


def write_policy(policy: DispatchPolicy, path: Path) -> None:
    """Write the file."""
    path.write_bytes(orjson.dumps(policy_json(policy), option=orjson.OPT_INDENT_2) + b"\n")


def read_policy(path: Path) -> DispatchPolicy:
    """Read a policy file.

    Raises:
        PolicyError: it is missing, no JSON, of another format, changed by hand or incomplete.
    """
    try:
        return parse_policy(path.read_bytes(), str(path))
    except OSError as error:
        raise PolicyError(
            f"策略文件 {path} 读不出（{error.strerror}）；请核对路径，或用 jiesu certify 生成"
        ) from None


def parse_policy(body: bytes | str, where: str) -> DispatchPolicy:
    """Read a policy from its JSON; `where` names it in messages.

    Raises:
        PolicyError: as `read_policy`.
    """
    try:
        policy = _policy(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise PolicyError(f"{where}: 不是合法的 JSON（{error}）；请重新生成") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PolicyError(
            f"{where}: 策略不完整或有误（{error}）；请用 jiesu certify 重新生成"
        ) from None
    if policy.stage not in STAGES:
        raise PolicyError(f"{where}: stage: {policy.stage!r} 应为 {'、'.join(STAGES)} 之一")
    if with_version(policy).version != policy.version:
        raise PolicyError(
            f"{where}: 内容与 version {policy.version} 不符，被改动过；"
            "只有 stage 和 withdrawn 可以改，其余请重新认证"
        )
    return policy


def _policy(raw: Json) -> DispatchPolicy:
    if raw["format"] != _FORMAT:
        raise ValueError(f"format {raw['format']!r} 不认识，应为 {_FORMAT}")
    drift, gone = raw["drift"], raw["withdrawn"]
    return DispatchPolicy(
        version=raw["version"],
        stage=raw["stage"],
        confidence=raw["confidence"],
        made_for=Versions(**raw["made_for"]),
        made_at=datetime.fromisoformat(raw["made_at"]),
        expires_at=datetime.fromisoformat(raw["expires_at"]),
        auto=_promised(raw["auto"]),
        confirm=_promised(raw["confirm"]),
        drift=DriftTest(
            tuple(Band(**band) for band in drift["bands"]), drift["alarm"], drift["swapped"]
        ),
        data=raw["data"],
        withdrawn=Withdrawal(datetime.fromisoformat(gone["at"]), gone["why"]) if gone else None,
    )


def _promised(raw: Json) -> Promised:
    groups = {name: Certificate(**found) for name, found in raw["groups"].items()}
    return Promised(raw["precision"], groups, raw["coverage"])


@dataclass(frozen=True, slots=True)
class Licence:
    """The certified policy at one moment: what it allows, or why it does not count.

    Attributes:
        policy: None where there is none.
        refusal: why it does not count; empty when it does, or when there is none.
    """

    policy: DispatchPolicy | None = None
    refusal: str = ""

    @property
    def in_force(self) -> DispatchPolicy | None:
        """The policy where it counts, whatever its stage."""
        return None if self.refusal else self.policy

    @property
    def confirming(self) -> DispatchPolicy | None:
        """The policy where its thresholds decide what one keystroke confirms."""
        policy = self.in_force
        return policy if policy and policy.stage != "shadow" else None


NO_LICENCE = Licence()


def licence_of(policy: DispatchPolicy | None, versions: Versions, now: datetime) -> Licence:
    """Return what a policy allows now; `versions` as for `DispatchPolicy.refusal`."""
    if policy is None:
        return NO_LICENCE
    return Licence(policy, policy.refusal(versions, now))
