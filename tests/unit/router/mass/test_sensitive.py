from stories import LIFT, messages

from jiesu.router.mass.sensitive import sensitive_of

WORDS = {"danger": ("起火", "困人"), "crowd": ("堵路",)}


def test_words_are_counted_by_message_and_the_latest_are_named() -> None:
    batch = messages([*LIFT, ("电梯困人", "电梯困人，困人两次。")], prefix="梯")

    (found,) = sensitive_of(batch, WORDS)

    assert (found.kind, found.word, found.messages) == ("danger", "困人", 2)
    assert found.ids == ("梯5", "梯1")


def test_kinds_come_in_the_order_of_the_data() -> None:
    batch = messages([("堵路", "有人堵路"), ("堵路", "又有人堵路"), ("起火", "起火了")], prefix="x")

    assert [row.word for row in sensitive_of(batch, WORDS)] == ["起火", "堵路"]
