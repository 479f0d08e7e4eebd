from pathlib import Path

from jiesu.training.run_log import RunLog
from jiesu.training.schedule import learning_rate_share


def test_events_survive_in_order(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "curve.jsonl")
    assert log.read() == []
    log.write(event="step", loss=2.5)
    RunLog(log.path).write(event="check", l1=0.5)
    assert [event["event"] for event in log.read()] == ["step", "check"]


def test_rate_rises_then_falls() -> None:
    shares = [learning_rate_share(p / 100, 0.1) for p in range(101)]
    assert shares.index(max(shares)) == 10
    assert shares[10:] == sorted(shares[10:], reverse=True)
    assert shares[-1] == 0.02
