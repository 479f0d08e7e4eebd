from jiesu.router.mass.words import hot_words


def test_a_word_of_this_month_is_hot_and_new() -> None:
    now = ["暖气停了，家里很冷"] * 8 + ["路灯不亮"] * 10
    before = ["路灯不亮"] * 20

    hot = hot_words(now, before)

    assert {"暖气"} <= {word.word for word in hot}
    assert "路灯" not in {word.word for word in hot}
    assert all(word.is_new for word in hot)


def test_a_rare_word_is_not_listed() -> None:
    assert hot_words(["暖气停了"] * 3, ["路灯不亮"] * 20) == []
