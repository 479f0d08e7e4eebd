"""Normal form and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.classifier.text import LONGEST, normalise, segmenter_of, words
from jiesu.taxonomy.errors import ArtefactError


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet="路灯 不亮，Ａ１\r\n\t\u3000\u200b\ufeff\x00", max_size=60))
def test_normal_form_has_single_spaces_and_no_control_characters(text: str) -> None:
    form = normalise(text)
    assert "  " not in form
    assert form == form.strip()
    assert all(character == " " or character.isprintable() for character in form)


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("ＡＢＣ１２３（东）", "ABC123(东)"),
        ("路灯\u3000不亮\r\n三天", "路灯 不亮 三天"),
        ("井\u200b盖\ufeff坏\x07了", "井盖坏了"),
        ("  \n ", ""),
    ],
)
def test_width_spaces_and_control_characters_are_made_one(raw: str, form: str) -> None:
    assert normalise(raw) == form


def test_a_text_of_a_megabyte_keeps_its_beginning_and_end() -> None:
    form = normalise("头" * 10 + "中" * 1_000_000 + "尾" * 10)
    assert len(form) == LONGEST
    assert form.startswith("头头")
    assert form.endswith("尾尾")


@given(st.text())
def test_words_are_parts_of_the_text_in_order(text: str) -> None:
    form, at = normalise(text), 0
    for word in words(text):
        at = form.index(word, at) + len(word)


def test_words_leave_out_spaces_and_punctuation() -> None:
    assert words("小区，停水！ 没人管") == ["小区", "停水", "没人管"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_plain_jieba_keeps_words_of_its_own_dictionary_whole() -> None:
    text = "反映共享单车淤积点位"
    assert "淤积点位" not in words(text, segmenter_of("jieba"))
    assert "淤积点位" in words(text, segmenter_of("jieba", ["淤积点位"]))


def test_unknown_segmenter_is_refused() -> None:
    with pytest.raises(ArtefactError, match="没有分词器 'pkuseg'；可用的有 rjieba、jieba"):
        segmenter_of("pkuseg")
