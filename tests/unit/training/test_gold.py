"""Reading gold rows: what counts as judged, and what is refused."""

from pathlib import Path

import orjson
import pytest

from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.corpus import LabelColumns
from jiesu.training.gold import read_gold


@pytest.fixture
def tree() -> LabelTree:
    leaves = [Label("0101", "路灯", 2, "01"), Label("0102", "井盖", 2, "01")]
    return tree_of("t", [Label("01", "市政", 1), *leaves])


def written(tmp_path: Path, *rows: dict[str, object]) -> Path:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return file


def test_what_nobody_judged_stays_unknown(tmp_path: Path, tree: LabelTree) -> None:
    (row,) = read_gold(written(tmp_path, {"text": "路灯不亮", "codes": ["0101"]}), tree, None)
    assert row.codes == ("0101",)
    assert (row.units, row.kinds, row.danger, row.place) == (None, None, None, None)


def test_all_judged_parts_are_read(tmp_path: Path, tree: LabelTree) -> None:
    gold = {
        "id": 7,
        "title": "路灯",
        "text": "夜里一片漆黑",
        "codes": ["0101", "0102"],
        "units": ["区城管委"],
        "kind": "投诉",
        "danger": False,
        "district": "朝阳区",
        "community": "",
    }
    (row,) = read_gold(written(tmp_path, gold), tree, None)
    assert (row.ticket.id, row.ticket.title) == ("7", "路灯")
    assert row.codes == ("0101", "0102")
    assert (row.units, row.kinds, row.danger) == (("区城管委",), ("投诉",), False)
    # Judged to name no community is not the same as not judged: the subdistrict is absent.
    assert row.place == {"district": "朝阳区", "community": None}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("codes", [], "缺少事项代码"),
        ("codes", ["01"], "不是最低一级的事项"),
        ("codes", ["9999"], "不在分类体系"),
        ("codes", " ", "缺少事项代码"),
        ("codes", "0101|9999", "代码 '9999' 不在分类体系"),
        ("codes", 101, "应是文字的列表"),
        ("units", [3], "应是文字的列表"),
        ("kind", "抱怨", "没有诉求类型 抱怨"),
        ("kind", 3, "kind: 应是文字的列表"),
        ("danger", "也许", "应是 true 或 false"),
        ("danger", 2, "应是 true 或 false"),
        ("district", 3, "应是地名"),
    ],
)
def test_broken_row_is_refused_with_its_line(
    tmp_path: Path, tree: LabelTree, field: str, value: object, told: str
) -> None:
    good: dict[str, object] = {"text": "路灯不亮", "codes": ["0101"]}
    with pytest.raises(InputError, match=told) as caught:
        read_gold(written(tmp_path, good, {**good, field: value}), tree, None)
    assert str(caught.value).startswith(f"{tmp_path / 'gold.jsonl'}: 第 2 行: ")


def test_a_table_is_gold_for_a_city(tmp_path: Path, tree: LabelTree) -> None:
    file = tmp_path / "gold.csv"
    lines = ("路灯不亮,0101|0102,区城管委| 区水务局,投诉,否", "井盖丢了,0102,,,")
    file.write_text("\n".join(["text,codes,units,kind,danger", *lines]), encoding="utf-8")
    full, bare = read_gold(file, tree, None)
    assert full.codes == ("0101", "0102")
    assert (full.units, full.kinds, full.danger) == (("区城管委", "区水务局"), ("投诉",), False)
    assert (bare.units, bare.kinds, bare.danger) == (None, None, None)


@pytest.mark.parametrize(
    ("cell", "danger"),
    [("true", True), ("FALSE", False), ("是", True), ("否", False), ("1", True), (" 0 ", False)],
)
def test_danger_may_be_written_in_words(
    tmp_path: Path, tree: LabelTree, cell: str, danger: bool
) -> None:
    file = written(tmp_path, {"text": "路灯不亮", "codes": ["0101"], "danger": cell})
    assert read_gold(file, tree, None)[0].danger is danger


def test_of_a_label_set_of_one_s_own_only_the_label_is_judged(
    tmp_path: Path, tree: LabelTree
) -> None:
    others = {"units": 3, "danger": "高", "district": 7}
    file = written(tmp_path, {"text": "路灯不亮", "kind": "0101", **others})
    (row,) = read_gold(file, tree, LabelColumns(("kind",)))
    assert row.codes == ("0101",)
    assert (row.units, row.kinds, row.danger, row.place) == (None, None, None, None)


def test_label_that_training_never_saw_is_refused(tmp_path: Path, tree: LabelTree) -> None:
    file = written(tmp_path, {"text": "路灯不亮", "label": "园林"})
    with pytest.raises(InputError, match="标签 '园林' 在训练数据里没有出现过"):
        read_gold(file, tree, LabelColumns(("label",)))
