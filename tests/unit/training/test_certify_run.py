"""From a table of confirmed tickets to a policy file, in the small city."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from tiny import TINY_FOLDER, WordClassifier

from jiesu.classifier.artefact import Card
from jiesu.router.dispatch_policy import read_policy, write_policy
from jiesu.router.route import Router
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.taxonomy.ticket import Ticket
from jiesu.training.certify import Promise
from jiesu.training.certify_run import (
    Trial,
    Wish,
    bands_of,
    certify_file,
    promised,
    ready_router,
    trained_on,
)

NOW = datetime(2026, 11, 28, tzinfo=UTC)
WISH = Wish(Promise(0.9, 0.9), 0.7, "auto", NOW, 90)


@pytest.fixture(scope="module")
def router() -> Router:
    """The small city with a classifier that counts keywords; nothing of it is broken."""
    city = load_city(TINY_FOLDER)
    bare = Router.load(city, Path("no-model"))
    return replace(bare, classifier=WordClassifier(city.tree), kinds=None, problems={})


def history(folder: Path, n: int, unit: str = "东区城管委") -> Path:
    """Street lamps of one street, settled by the office of its district."""
    lines = [f"河沿街道第{i}号门口的路灯不亮了,{unit},2026-10-{i % 28 + 1:02d}" for i in range(n)]
    path = folder / "history.csv"
    path.write_text("内容,承办单位,受理时间\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_history_proves_is_dispatched(tmp_path: Path, router: Router) -> None:
    proof = certify_file(history(tmp_path, 60), WISH, router)
    write_policy(proof.policy, tmp_path / "p.json")

    trusted = router.with_dispatch(read_policy(tmp_path / "p.json"))
    (decision,) = trusted.route([Ticket("1", "河沿街道门口的路灯不亮了")], NOW)

    assert proof.policy.auto.coverage == 1.0
    assert (decision.outcome, decision.candidates[0].unit_id) == ("auto", "D1")
    assert "60 件历史工单" in decision.gate.guarantee


def test_a_wrong_history_proves_nothing(tmp_path: Path, router: Router) -> None:
    proof = certify_file(history(tmp_path, 60, "S1"), WISH, router)

    trusted = router.with_dispatch(proof.policy)
    (decision,) = trusted.route([Ticket("1", "河沿街道门口的路灯不亮了")], NOW)

    assert proof.policy.auto.coverage == 0.0
    assert decision.outcome == "human"


def test_the_same_history_gives_the_same_policy(tmp_path: Path, router: Router) -> None:
    path = history(tmp_path, 60)

    assert certify_file(path, WISH, router).policy == certify_file(path, WISH, router).policy


def test_copies_of_a_ticket_prove_nothing_more(tmp_path: Path, router: Router) -> None:
    path = history(tmp_path, 60)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *lines, *lines[:5]]) + "\n", encoding="utf-8")

    proof = certify_file(path, WISH, router)

    assert (proof.rows, proof.copies) == (60, 5)


def test_a_unit_that_the_city_lacks_counts_as_wrong_and_is_told(
    tmp_path: Path, router: Router
) -> None:
    path = history(tmp_path, 60)
    path.write_text(path.read_text("utf-8").replace("东区城管委", "西区城管委", 1), "utf-8")

    proof = certify_file(path, WISH, router)

    assert [row.units for row in proof.unknown] == [("西区城管委",)]
    assert proof.policy.confirm.groups["01"].right == 59


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("内容,承办单位\n路灯不亮,D1\n", "只有 1 件不重复的工单.*至少要 22 件"),
        ("内容,单位\n路灯不亮,D1\n", "没有承办单位列"),
        ("内容,承办单位\n,D1\n", "第 2 行: 缺少正文"),
        ("内容,承办单位,受理时间\n灯,D1,昨天\n", "第 2 行: 时间 '昨天' 看不懂"),
        (
            "内容,承办单位\n" + "".join(f"第{i}盏灯,X\n" for i in range(30)),
            "承办单位 X 在城市里找不到",
        ),
    ],
)
def test_a_history_that_cannot_be_used_is_refused(
    tmp_path: Path, router: Router, text: str, said: str
) -> None:
    (tmp_path / "h.csv").write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=said):
        certify_file(tmp_path / "h.csv", WISH, router)


def test_what_the_model_was_trained_on_proves_nothing(tmp_path: Path, router: Router) -> None:
    path = history(tmp_path, 60)
    known = frozenset({sha256(path.read_bytes()).hexdigest()})

    with pytest.raises(InputError, match="就是用这份文件训练的"):
        certify_file(path, WISH, router, known)


def test_what_the_models_before_it_were_trained_on_is_known_too() -> None:
    data = {"texts": 9, "2025.csv": "ab", "unlabelled": "cd", "before": ["ef"]}

    assert trained_on(Card("own", "encoder", "t", facts={"data": data})) == {"ab", "cd", "ef"}
    assert trained_on(Card("own", "encoder", "t")) == frozenset()


def test_a_router_without_a_model_is_not_certified() -> None:
    with pytest.raises(ArtefactError, match="不能认证：model"):
        ready_router(Path("no-model"), None, TINY_FOLDER)


def test_promises_are_broken_no_more_often_than_allowed() -> None:
    """Three classes of which two are sure of themselves too much or too little."""
    power, broken = np.array([1.0, 1.6, 0.7]), 0
    grid = np.random.default_rng(0).beta(4, 0.35, 100_000)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        p, group = rng.beta(4, 0.35, 3_000), rng.integers(3, size=3_000)
        right, every = rng.random(3_000) < p ** power[group], np.ones(3_000, dtype=bool)
        trial = Trial(p, right, np.array(["01", "02", "03"])[group], every, every)
        found = promised(trial, every, Promise(0.95, 0.95)).groups
        broken += any(
            line.threshold is not None
            and (grid[grid >= line.threshold] ** power[int(name) - 1]).mean() < 0.95
            for name, line in found.items()
        )

    assert broken <= 6  # 3 allowed, and chance


def test_bands_know_less_error_where_the_probability_is_higher() -> None:
    p = np.linspace(0.9, 1.0, 900)
    right = np.random.default_rng(1).random(900) < p

    bands = bands_of(p, right)

    assert len(bands) == 6
    assert [band.error for band in bands] == sorted((b.error for b in bands), reverse=True)
    assert bands[0].floor == 0.9
