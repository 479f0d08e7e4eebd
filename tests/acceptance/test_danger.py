"""Danger is found in texts written before the rules, and seldom seen where there is none.

python benchmarks/danger.py --wrong      the same figures, and the open cases read wrong
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from evaldata import eval_file

from jiesu.router.triage import Triage
from jiesu.taxonomy.city import load_city

CASES = Path(__file__).parents[1] / "cases"
FILES = ("danger.yaml", "danger_heldout.yaml", "danger_fresh.yaml")


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage.from_city(load_city())


def cases_of(name: str, group: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))[group]
    return cases


def share_of_alarms(triage: Triage, texts: list[str]) -> float:
    return sum(bool(d and d.is_now) for d in triage.dangers(texts)) / len(texts)


def test_cases_are_many_and_each_text_stands_once() -> None:
    texts = {g: [c["text"] for f in FILES for c in cases_of(f, g)] for g in ("danger", "harmless")}
    assert len(texts["danger"]) >= 220
    assert len(texts["harmless"]) >= 120
    assert len(cases_of("danger_heldout.yaml", "danger")) >= 110
    everything = texts["danger"] + texts["harmless"]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("name", FILES)
def test_danger_is_not_missed(triage: Triage, name: str) -> None:
    texts = [case["text"] for case in cases_of(name, "danger")]
    assert share_of_alarms(triage, texts) >= 0.99


@pytest.mark.parametrize("name", FILES)
def test_first_line_is_one_that_fits(triage: Triage, name: str) -> None:
    cases = cases_of(name, "danger")
    found = triage.dangers([case["text"] for case in cases])
    fits = [bool(d and d.lines[0] in c["lines"]) for d, c in zip(found, cases, strict=True)]
    assert sum(fits) / len(fits) >= 0.9


@pytest.mark.parametrize("name", FILES)
def test_near_misses_seldom_alarm(triage: Triage, name: str) -> None:
    assert share_of_alarms(triage, [case["text"] for case in cases_of(name, "harmless")]) <= 0.1


def test_without_the_model_rules_still_find_most(triage: Triage) -> None:
    texts = [case["text"] for case in cases_of("danger_heldout.yaml", "danger")]
    alone = [danger.is_now for text in texts if (danger := triage.danger.read(text))]
    assert sum(alone) / len(texts) >= 0.95


@pytest.mark.eval
@pytest.mark.parametrize("name", ["complaints_dev.jsonl", "citizen_messages/train.jsonl"])
def test_real_letters_seldom_alarm(triage: Triage, name: str) -> None:
    rows = [json.loads(line) for line in eval_file(name).read_text(encoding="utf-8").splitlines()]
    texts = [
        f"{row.get('title') or ''}。{row['text']}" for row in rows if not row.get("danger", False)
    ]
    assert share_of_alarms(triage, texts) <= 0.02
