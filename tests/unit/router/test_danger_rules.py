"""danger.yaml is checked when it is read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from jiesu.router.danger_rules import DANGER_FILE, load_danger_rules
from jiesu.taxonomy.city import default_city_folder
from jiesu.taxonomy.errors import CityError

TINY = Path(__file__).parents[2] / "cities" / "tiny" / DANGER_FILE


def write(folder: Path, **changes: Any) -> Path:  # Any: YAML to be
    raw = yaml.safe_load(TINY.read_text(encoding="utf-8")) | changes
    (folder / DANGER_FILE).write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return folder


def test_packaged_rules_are_sound() -> None:
    rules = load_danger_rules(default_city_folder())
    assert len(rules.rules) >= 60
    assert set(rules.lines) == {"110", "119", "120", "122"}


def rule(**entry: Any) -> dict[str, Any]:  # Any: YAML to be
    return {"id": "r", "lines": ["119"], "reason": "x", "points": 1, "words": ["火"]} | entry


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([rule(lines=["911"])], "rules: r: lines 中没有 '911'"),
        ([rule(ignores=["将来"])], "rules: r: contexts 中没有 '将来'"),
        ([rule(), rule()], "rules: r: id 重复"),
        ([{"id": "r", "words": ["火"]}], "rules: r: 缺少 lines"),
    ],
)
def test_wrong_rule_is_named(tmp_path: Path, rules: list[Any], message: str) -> None:
    with pytest.raises(CityError, match=message):
        load_danger_rules(write(tmp_path, rules=rules))


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"id": "c", "points": 1, "scope": "page", "words": ["x"]}, "scope 应是"),
        ({"id": "c", "points": 1, "scope": "text"}, "恰好有一个"),
        ({"id": "c", "points": 1, "scope": "text", "regex": "("}, "regex 不合法"),
        ({"id": "c", "scope": "text", "words": ["x"]}, "缺少 points"),
    ],
)
def test_wrong_context_is_named(tmp_path: Path, context: dict[str, Any], message: str) -> None:
    with pytest.raises(CityError, match=message):
        load_danger_rules(write(tmp_path, contexts=[context], rules=[rule()]))


def test_missing_part_is_named(tmp_path: Path) -> None:
    (tmp_path / DANGER_FILE).write_text("threshold: 3\n", encoding="utf-8")
    with pytest.raises(CityError, match="缺少 contexts"):
        load_danger_rules(tmp_path)
