from collections import Counter
from pathlib import Path

import orjson

from jiesu.taxonomy.tree import BoundaryNote, Label, LabelTree, tree_of
from jiesu.training.encoder_rows import (
    EncoderRow,
    corpus_rows,
    held_out_texts,
    is_held_out,
    is_tenth,
    kind_rows,
    split_rows,
    tree_rows,
)


def small_tree() -> LabelTree:
    note = BoundaryNote("公路上的", ("0102", "09"), "公路上的→公路照明")
    leaf = Label("0101", "路灯", 2, "01", "灯不亮", (note,), ("灯", "黑"), examples=("a", "b"))
    others = [Label(f"01{n:02}", f"类{n}", 2, "01") for n in range(2, 8)]
    return tree_of("t", [Label("01", "照明", 1, None, "公共照明"), leaf, *others])


def test_boundary_note_teaches_the_class_it_points_to() -> None:
    rows = [row for row in tree_rows(small_tree()) if row.source == "boundary"]
    assert rows == [EncoderRow("路灯，公路上的", "0102", "boundary", 0)]


def test_tree_gives_definitions_keywords_and_examples() -> None:
    counts = Counter(row.source for row in tree_rows(small_tree()))
    assert counts == {"definition": 2, "keyword": 1, "example": 2, "boundary": 1}


def test_corpora_are_read_with_the_kind_of_letters(tmp_path: Path) -> None:
    files = {
        "texts": {"code": "0101", "texts": ["短", "长"]},
        "letters": {"code": "0101", "letters": [{"text": "信", "kind": "投诉"}]},
        "narratives": {"code": "0101", "letters": [{"text": "长信", "kind": "求助"}]},
        "stories": {"code": "0101", "letters": [{"text": "更长的信", "kind": "举报"}]},
        "lexicon": {"code": "0101", "titles": ["题"], "phrases": ["词"]},
    }
    for name, record in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "01.jsonl").write_bytes(orjson.dumps(record))
    rows = list(corpus_rows(tmp_path))
    sources = ["text", "text", "letter", "narrative", "story", "title", "phrase"]
    assert [row.source for row in rows] == sources
    # Those of narratives were noted in passing and teach nothing.
    assert [row.kind for row in rows[2:5]] == ["投诉", "", "举报"]


def test_a_letter_to_the_board_stands_behind_its_title(tmp_path: Path) -> None:
    letter = {"title": "题", "text": "信", "kind": "投诉", "also": ["求助"]}
    (tmp_path / "board").mkdir()
    line = orjson.dumps({"code": "0101", "letters": [letter]})
    (tmp_path / "board" / "01.jsonl").write_bytes(line)
    (row,) = corpus_rows(tmp_path)
    assert (row.text, row.title, row.head, row.also) == ("题。信", "题", "题。", ("求助",))


def test_texts_of_a_kind_alone_have_no_class(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    line = orjson.dumps({"text": "谢谢他们", "kind": "表扬", "also": []})
    (tmp_path / "kinds" / "praise.jsonl").write_bytes(line)
    assert list(kind_rows(tmp_path)) == [EncoderRow("谢谢他们", "", "kind", 0, "表扬")]


def test_no_class_loses_more_than_one_text() -> None:
    tree = small_tree()
    slots = [("letter", 2), ("text", 6), ("example", 5), ("title", 10), ("narrative", 2)]
    rows = [EncoderRow(f"{code}{source}{n}", code, source, n)
            for code in tree.leaves for source, count in slots for n in range(count)]  # fmt: skip
    train, held = split_rows(rows, tree)
    lost = Counter(row.code for row in held if row.source != "title")
    assert set(lost.values()) == {1}
    assert len(lost) == len(tree.leaves)
    assert sorted(train + held, key=str) == sorted(rows, key=str)


def test_each_fourth_class_gives_its_story_besides() -> None:
    row = EncoderRow("长", "0101", "story", 0)
    assert [is_held_out(row, leaf) for leaf in range(5)] == [False, True, False, False, False]


def test_each_third_class_gives_one_of_its_letters_to_the_board() -> None:
    rows = [EncoderRow("信", "0101", "board", slot) for slot in range(3)]
    held = [[is_held_out(row, leaf) for row in rows] for leaf in range(3)]
    assert held == [[False, True, False], [False] * 3, [False] * 3]


def test_each_fourth_letter_of_mail_is_held_out() -> None:
    rows = [EncoderRow("信", "0101", "mail", slot) for slot in range(5)]
    held = [[is_held_out(row, leaf) for row in rows] for leaf in (0, 3)]
    assert held == [[False, False, False, True, False], [True, False, False, False, True]]


def test_mail_tells_which_other_classes_are_right_too(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    letter = {"text": "路灯不亮", "kind": "求助", "accepted": ["0102"]}
    line = orjson.dumps({"code": "0101", "letters": [letter]})
    (tmp_path / "mail" / "01.jsonl").write_bytes(line)
    (row,) = corpus_rows(tmp_path)
    assert (row.source, row.accepted) == ("mail", ("0102",))


def test_held_letter_is_read_with_its_title() -> None:
    held = [EncoderRow("信", "0101", "letter", 1), EncoderRow("题", "0101", "title", 9)]
    assert [(row.text, row.title) for row in held_out_texts(held)] == [("题。信", "题")]


def test_history_holds_out_every_tenth_message() -> None:
    rows = [EncoderRow(f"{n}", "0101", "letter", n) for n in range(40)]
    train, held = split_rows(rows, small_tree(), is_tenth)
    assert len(held) == 4
    assert len(train) == 36
