"""Policies in the store: put in force, looked at, withdrawn by a person; each act is audited."""

from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from jiesu.router.dispatch_policy import DispatchPolicy, Stage, parse_policy, policy_json
from jiesu.serving.store import watch
from jiesu.serving.store.audit import AuditEntry, add_entry
from jiesu.serving.store.database import Database
from jiesu.serving.store.policies import Policy, add_policy
from jiesu.serving.suggestions import Clock
from jiesu.taxonomy.errors import InputError


@dataclass(frozen=True, slots=True)
class Standing:
    """The policy of the store with the state of its watch; None where it was never watched."""

    name: str
    by: str
    policy: DispatchPolicy
    watched: watch.WatchState | None


@dataclass(frozen=True)
class PolicyRegister:
    """The use cases of policies."""

    database: Database
    clock: Clock

    def use(self, path: Path, by: str, stage: Stage | None, note: str = "") -> DispatchPolicy:
        """Put the policy of a file in force, at its own stage or at another.

        Raises:
            PolicyError: the file cannot be read.
            PolicyExists: it was put in force in this very second.
        """
        policy = parse_policy(_bytes(path), str(path))
        policy = replace(policy, stage=stage or policy.stage)
        now = self.clock()
        name = f"{policy.name}@{now:%Y%m%d%H%M%S}"
        with self.database.write() as connection:
            body = orjson.dumps(policy_json(policy)).decode()
            add_policy(connection, Policy(name, now, by, note, body))
            detail = {"stage": policy.stage, "note": note}
            add_entry(connection, AuditEntry(now, by, "policy-use", name, detail))
        return policy

    def standing(self) -> Standing | None:
        """Return the policy in force; None where none was ever put in force."""
        with self.database.read() as connection:
            stored = watch.policy_in_force(connection)
            if stored is None:
                return None
            policy = parse_policy(stored.body, f"策略 {stored.name}")
            state = watch.watch_state(connection, policy.version)
        return Standing(stored.name, stored.by, policy, state)

    def withdraw(self, by: str, why: str) -> DispatchPolicy:
        """Withdraw the policy in force; only another certification brings one back.

        Raises:
            InputError: there is none, or it is withdrawn already.
        """
        standing = self.standing()
        if standing is None:
            raise InputError("数据库里没有启用的策略；用 --policy 给的策略请从设置里去掉")
        version, now = standing.policy.version, self.clock()
        with self.database.write() as connection:
            state = watch.watch_state(connection, version) or watch.begin_watch(connection, version)
            if state.withdrawn_at:
                raise InputError(f"策略 {version} 已于 {state.withdrawn_at:%Y-%m-%d %H:%M} 撤回")
            gone = replace(state, withdrawn_at=now, why=f"{by}：{why}")
            watch.keep_watch(connection, version, gone)
            add_entry(connection, AuditEntry(now, by, "policy-withdraw", version, {"why": why}))
        return standing.policy


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"策略文件 {path} 读不出（{error.strerror}）；请核对路径，或用 jiesu certify 生成"
        ) from None
