"""Training texts from a city and from labelled files."""

import shutil
from pathlib import Path

import orjson
import pytest

from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import InputError
from jiesu.training.corpus import (
    LabelColumns,
    city_split,
    default_corpora,
    labelled_corpus,
    style_splits,
)

TINY = Path(__file__).parents[2] / "cities" / "tiny"


def labelled(folder: Path, *lines: str) -> Path:
    path = folder / "rows.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def corpora(folder: Path, code: str) -> Path:
    (folder / "texts").mkdir()
    line = f'{{"code": "{code}", "texts": ["灯灭了", "整条街黑着"]}}\n'
    (folder / "texts" / "01.jsonl").write_text(line, encoding="utf-8")
    return folder


def test_flat_labels_become_a_tree_of_one_level(tmp_path: Path) -> None:
    path = labelled(tmp_path, "text,label", "路灯不亮,照明", "停水,供水", "灯坏,照明")
    corpus = labelled_corpus(path, LabelColumns(("label",)))
    assert corpus.tree.depth == 1
    assert [corpus.tree.leaves[j] for j in corpus.labels] == ["照明", "供水", "照明"]


def test_several_columns_become_nested_labels(tmp_path: Path) -> None:
    path = labelled(tmp_path, "内容,大类,小类", "路灯不亮,市政,照明", "停水,市政,供水")
    corpus = labelled_corpus(path, LabelColumns(("大类", "小类")))
    assert corpus.tree.leaves == ("市政/供水", "市政/照明")
    assert [label.name for label in corpus.tree.path("市政/照明")] == ["市政", "照明"]


def test_a_separator_nests_one_column(tmp_path: Path) -> None:
    path = labelled(tmp_path, "text,label", "路灯不亮,市政-照明", "吵,环保-噪声")
    corpus = labelled_corpus(path, LabelColumns(("label",), "-"))
    assert corpus.tree.depth == 2


def test_a_label_of_one_level_may_hold_the_mark_between_levels(tmp_path: Path) -> None:
    path = labelled(tmp_path, "text,label", "路灯不亮,照明/路灯", "停水,供水", "吵,照明")
    assert labelled_corpus(path, FLAT).tree.leaves == ("供水", "照明", "照明/路灯")


FLAT, SPLIT = LabelColumns(("label",)), LabelColumns(("label",), "/")
NESTED, DASHED = LabelColumns(("大", "小")), LabelColumns(("label",), "-")


@pytest.mark.parametrize(
    ("lines", "columns", "said"),
    [
        (("text,类", "灯,甲"), FLAT, "第 2 行: 没有标签列 'label'（有 text、类）"),
        (("text,label", "灯,"), FLAT, "第 2 行: label: 标签 '' 不是文字"),
        (("text,label", "灯,a/b", "水,a"), SPLIT, "第 3 行: .*有 1 级，第一行有 2 级"),
        (("text,label", "灯,a", "水,a"), FLAT, "rows.csv: .*只有一个类别 'a'（共 2 行）"),
        (("text,label", "灯,a/b", "水,a/b"), SPLIT, "只有一个类别 'a/b'"),
        (("text,大,小", "灯,交通,a", "水,交通/a,b"), NESTED, "第 3 行: .*'交通/a' 含有 /"),
        (("text,label", "灯,甲-a/b", "水,甲-c"), DASHED, "第 2 行: .*'a/b' 含有 /"),
        (("text,label", ",a", "水,b"), FLAT, "第 2 行: 缺少正文"),
    ],
)
def test_bad_labels_are_refused(
    tmp_path: Path, lines: tuple[str, ...], columns: LabelColumns, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        labelled_corpus(labelled(tmp_path, *lines), columns)


def test_a_city_gives_descriptions_and_messages(tmp_path: Path) -> None:
    city = load_city(TINY)
    everything, _, _ = city_split(city, corpora(tmp_path, city.tree.leaves[0]))
    named = [t for t, s in zip(everything.texts, everything.sources, strict=True) if s == "name"]
    assert named == [city.tree.labels[code].name for code in city.tree.leaves]
    assert "整条街黑着" in everything.texts


def test_what_is_held_out_is_not_trained_on(tmp_path: Path) -> None:
    city = load_city(TINY)
    _, train, held = city_split(city, corpora(tmp_path, city.tree.leaves[1]))
    assert set(held.texts).isdisjoint(train.texts)


def test_a_style_to_test_on_is_not_trained_on(tmp_path: Path) -> None:
    city = load_city(TINY)
    (tmp_path / "texts").mkdir()
    texts = [f"第{n}篇" for n in range(6)]
    lines = [
        orjson.dumps({"code": code, "texts": [code + t for t in texts]})
        for code in city.tree.leaves
    ]
    (tmp_path / "texts" / "01.jsonl").write_bytes(b"\n".join(lines))
    ((train, test),) = style_splits(city, tmp_path)  # no letters; two classes take two turns
    assert test.texts == (f"{city.tree.leaves[1]}第4篇",)
    assert not any(text.endswith("第4篇") for text in train.texts)


def test_no_letter_to_the_board_is_trained_on_where_long_letters_are_tested(tmp_path: Path) -> None:
    city = load_city(TINY)
    for name, count in (("letters", 2), ("board", 3)):
        (tmp_path / name).mkdir()
        lines = [
            orjson.dumps(
                {
                    "code": code,
                    "letters": [{"text": f"{name}{code}{n}", "kind": ""} for n in range(count)],
                }
            )
            for code in city.tree.leaves
        ]
        (tmp_path / name / "01.jsonl").write_bytes(b"\n".join(lines))
    train, test = style_splits(city, tmp_path)[0]
    assert test.texts == (f"letters{city.tree.leaves[0]}1",)
    assert not any("board" in text or "letters" in text for text in train.texts)


def test_mail_is_what_the_first_style_is_tested_on(tmp_path: Path) -> None:
    city = load_city(TINY)
    for name in ("letters", "mail"):
        (tmp_path / name).mkdir()
        lines = [
            orjson.dumps({"code": code, "letters": [{"text": f"{name}{code}", "kind": ""}]})
            for code in city.tree.leaves
        ]
        (tmp_path / name / "01.jsonl").write_bytes(b"\n".join(lines))
    train, test = style_splits(city, tmp_path)[0]
    assert test.texts == (f"mail{city.tree.leaves[0]}",)
    assert not any("mail" in text or "letters" in text for text in train.texts)


def test_a_style_that_no_text_has_is_left_out(tmp_path: Path) -> None:
    city = load_city(TINY)
    assert style_splits(city, corpora(tmp_path, city.tree.leaves[0])) == []


def test_an_unknown_code_in_the_corpora_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="代码 999999 不在分类体系"):
        city_split(load_city(TINY), corpora(tmp_path, "999999"))


def test_a_missing_corpora_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone 不存在"):
        city_split(load_city(TINY), tmp_path / "gone")


def test_corpora_of_a_city_are_found_from_a_relative_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cities = tmp_path / "data" / "cities"
    shutil.copytree(TINY, cities / "tiny")
    monkeypatch.chdir(cities)
    found = default_corpora(load_city(Path("tiny")))
    assert found == tmp_path.resolve() / "data" / "corpora" / load_city(TINY).id
