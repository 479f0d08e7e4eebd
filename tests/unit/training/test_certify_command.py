"""What `jiesu certify` refuses and tells."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_policy import tiny_policy

from jiesu.router.dispatch_policy import Promised
from jiesu.taxonomy.errors import InputError
from jiesu.training.certify_command import _told, certify
from jiesu.training.certify_run import Proof


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"precision": 98.0}, "--precision 的值 98.0 应大于 0 小于 1"),
        ({"confidence": 1.0}, "--confidence 的值 1.0"),
        ({"confirm_precision": 0.0}, "--confirm-precision 的值 0.0"),
        ({"time": "明天"}, "时间 '明天' 看不懂"),
    ],
)
def test_wrong_numbers_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        certify(Path("h.csv"), **options)  # type: ignore[arg-type]  # wrong on purpose


def test_a_proof_tells_thresholds_bounds_and_what_did_not_count() -> None:
    policy = tiny_policy(0.9, stage="shadow")

    told = _told(Proof(policy, rows=500, copies=3, unknown=()), Path("p.json"))

    assert "另有 3 件内容重复不计" in told
    assert "自动派单：正确率不低于 98.0%（置信度 95%），覆盖 40.0% 的工单" in told
    assert "事项 01：门槛 0.900，200 件中 199 件正确，下界 98.1%" in told
    assert "其余事项" not in told  # nothing was proved for them
    assert "jiesu serve --policy p.json" in told


def test_a_history_that_proves_nothing_says_so() -> None:
    policy = replace(tiny_policy(), auto=Promised(0.99, {}, 0.0))

    told = _told(Proof(policy, rows=500, copies=0, unknown=()), Path("p.json"))

    assert "自动派单：历史工单不足以证明正确率 99.0%，没有门槛" in told
