import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from jiesu.serving.relabel.encodings import UTF8
from jiesu.serving.relabel.textrows import Lines, parsed_rows, render, text_lines

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@settings(max_examples=200)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_rendered_rows_read_back_the_same(rows: list[list[str]]) -> None:
    text = "".join(f"{line}\r\n" for line in render(rows, ","))
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows


def test_lines_that_are_given_back_come_again_first() -> None:
    lines = Lines(iter(["a", "b", "c"]))
    assert (next(lines), next(lines)) == ("a", "b")
    lines.give_back(lines.take())
    assert list(lines) == ["a", "b", "c"]


def test_each_row_comes_with_its_own_text() -> None:
    lines = Lines(iter(['1,"a\n', 'b"\n', "2,c"]))
    assert list(parsed_rows(lines, ",")) == [('1,"a\nb"\n', ["1", "a\nb"]), ("2,c", ["2", "c"])]


def test_every_kind_of_line_ending_is_kept() -> None:
    stream = io.BytesIO(b"a\r\nb\nc\rd")
    assert list(text_lines(stream, UTF8, "in.csv")) == ["a\r\n", "b\n", "c\r", "d"]
