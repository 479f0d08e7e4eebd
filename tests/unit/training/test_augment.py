import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.training.augment import (
    Asides,
    Augmenter,
    add_opening,
    after_other_matter,
    cut_sentences,
    drop_opening,
    place_table,
    put_asides,
    sentences,
)

TEXT = "市民反映，东城区某小区路灯不亮。已经坏了半个月。老人晚上摔过一跤。希望尽快修好。"


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.text(alphabet="路灯不亮。！？，abc\n", max_size=60))
def test_sentences_lose_no_character(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_place_is_swapped_for_one_of_its_kind_or_an_anonymous_one() -> None:
    augmenter = Augmenter(place_table({"区": ["东城区", "西城区"], "街道": ["上地街道"]}))
    found = {augmenter.swap_places("东城区路灯", rng(seed))[:-2] for seed in range(60)}
    assert {"东城区", "西城区"} <= found
    assert found - {"东城区", "西城区"} <= {f"{letter}区" for letter in "ABCDEFG"}


@pytest.mark.parametrize("seed", range(8))
def test_cut_text_keeps_half_of_its_words(seed: int) -> None:
    cut = cut_sentences(TEXT, rng(seed))
    assert cut in TEXT
    assert 2 * len(cut) >= len(TEXT)


def test_opening_is_added_once_and_taken_away() -> None:
    opened = add_opening("路灯不亮。", rng())
    assert opened.endswith("路灯不亮。")
    assert add_opening(TEXT, rng()) == TEXT
    assert drop_opening(TEXT, rng()).startswith("东城区")


def test_text_that_is_only_an_opening_stays() -> None:
    assert drop_opening("你好！", rng()) == "你好！"


def test_asked_matter_comes_last() -> None:
    joined = after_other_matter("路灯不亮。", "网购退款。", rng())
    assert joined.startswith("网购退款。")
    assert joined.endswith("路灯不亮。")


def test_typing_errors_change_few_characters() -> None:
    augmenter = Augmenter(homophones={char: ["登"] for char in TEXT})
    wrong = [augmenter.mistype(TEXT, rng(seed)) for seed in range(50)]
    assert any("登" in text for text in wrong)
    assert all(abs(len(text) - len(TEXT)) <= 3 for text in wrong)


def test_variants_are_the_same_for_the_same_seed() -> None:
    augmenter = Augmenter(place_table({"区": ["东城区", "西城区"]}))
    assert augmenter.variant(TEXT, rng(3)) == augmenter.variant(TEXT, rng(3))
    assert len({augmenter.variant(TEXT, rng(seed)) for seed in range(30)}) > 10


def test_asides_stand_between_the_sentences_of_a_letter() -> None:
    text = put_asides("路灯不亮。出门看不见", ["我家住六楼。", "谢谢！"], 3, rng())

    said = [part for part in sentences(text) if part in {"我家住六楼。", "谢谢！"}]
    assert len(said) == 3
    assert text.startswith(("路灯不亮。", "我家住六楼。", "谢谢！"))
    assert "路灯不亮。" in text
    assert "出门看不见" in text


def test_a_text_without_asides_stays_as_it_is() -> None:
    assert put_asides("路灯不亮", [], 3, rng()) == "路灯不亮"
    assert put_asides("", ["谢谢！"], 3, rng()) == ""


def test_only_letters_get_asides() -> None:
    asides = Asides(calm=["我家住六楼。"])

    assert asides.put_into(TEXT, rng()) == TEXT
    long = {asides.put_into(TEXT * 3, rng(seed)).count("我家住六楼。") for seed in range(30)}
    assert long == set(range(7))


@pytest.mark.parametrize(("kind", "said"), [("咨询", False), ("投诉", True), ("", True)])
def test_who_only_asks_has_no_grievance(kind: str, said: bool) -> None:
    asides = Asides(calm=["我家住六楼。"], grieved=["没人管。"])
    assert ("没人管。" in asides.of(kind)) is said
    assert "我家住六楼。" in asides.of(kind)
