import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("tokenizers")

import torch  # only with the extra
from tokenizers import Tokenizer, models, pre_tokenizers  # only with the extra

from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.augment import Augmenter
from jiesu.training.batches import (
    Batch,
    EpochMaker,
    EpochPlan,
    length_groups,
    log_frequency,
    pad,
)
from jiesu.training.encoder_loss import IGNORE
from jiesu.training.encoder_net import tree_matrices
from jiesu.training.encoder_rows import EncoderRow

CHARACTERS = "<pad> <unk> <mask> 路 灯 不 亮 井 盖 丢 了 标 题".split()


def maker(plan: EpochPlan) -> EpochMaker:
    tree = small_tree()
    tokenizer = Tokenizer(models.WordLevel({c: i for i, c in enumerate(CHARACTERS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    rows = [EncoderRow("路灯不亮" * (n + 1), "0101", "text", n) for n in range(9)]
    rows += [EncoderRow("井盖丢了", "0102", "letter", 0, "投诉")]
    rows += [EncoderRow("标题", "0102", "title", n) for n in range(4)]
    rows += [EncoderRow("照明", "01", "definition", 0)]
    return EpochMaker(rows, tree, tree_matrices(tree), tokenizer, Augmenter(), plan, 0)


def small_tree() -> LabelTree:
    leaves = [Label("0101", "路灯", 2, "01"), Label("0102", "井盖", 2, "01")]
    return tree_of("t", [Label("01", "市政", 1), *leaves])


def test_epoch_holds_every_message_once_and_some_titles() -> None:
    texts = list(maker(EpochPlan(titles=3)).texts(np.random.default_rng(1)))
    assert sum(row.source == "text" for row in texts) == 9
    assert sum(row.source == "title" for row in texts) == 3


def test_scarce_sources_are_read_as_often_as_the_plan_says() -> None:
    rows = [EncoderRow("路灯不亮", "0101", "story", 0), EncoderRow("井盖丢了", "0102", "text", 0)]
    plan = EpochPlan(times={"story": 3}, pair_share=0, other_share=0)
    found = list(replace(maker(plan), rows=rows).texts(np.random.default_rng(1)))
    assert [row.source for row in found] == ["story", "story", "story", "text"]


def test_messages_of_common_classes_are_read_more_often_without_making_them_likelier() -> None:
    rows = [EncoderRow("路灯不亮", "0101", "text", 0), EncoderRow("井盖丢了", "0102", "text", 0)]
    plan = EpochPlan(times={}, pair_share=0, other_share=0, title_share=0)
    made = replace(maker(plan), rows=rows, rates={"0101": 3.0, "0102": 0.5})
    found = Counter(
        row.code for seed in range(200) for row in made.texts(np.random.default_rng(seed))
    )
    assert found["0101"] == 600
    assert 70 < found["0102"] < 130
    leaf = torch.tensor([0] * 5 + [1, IGNORE])
    batch = Batch(leaf, leaf, leaf, leaf, leaf, torch.ones(7))
    # Five against one, and one added to each: the difference of the logarithms is log 3.
    more, less = log_frequency([batch], 2).tolist()
    assert more - less == pytest.approx(math.log(3))


def test_a_message_keeps_its_own_title_most_of_the_time_and_gets_no_other() -> None:
    rows = [EncoderRow("标题。路灯不亮", "0102", "board", 0, title="标题")] * 400
    rows += [EncoderRow("别的", "0102", "title", 0)]
    plan = EpochPlan(times={}, pair_share=0, other_share=0, titles=0)
    found = [row.text for row in replace(maker(plan), rows=rows).texts(np.random.default_rng(1))]
    assert 280 < sum(text.startswith("标题。") for text in found) < 360
    assert not any("别的" in text for text in found)


def test_an_arguable_kind_is_the_other_one_at_times() -> None:
    rows = [EncoderRow("路灯不亮", "0101", "letter", 0, "投诉", also=("求助",))] * 400
    plan = EpochPlan(times={}, pair_share=0, other_share=0, title_share=0)
    found = Counter(
        row.kind for row in replace(maker(plan), rows=rows).texts(np.random.default_rng(1))
    )
    assert 90 < found["求助"] < 180
    assert found["投诉"] > 180


def test_an_arguable_class_is_another_one_at_times() -> None:
    rows = [EncoderRow("路灯不亮", "0101", "mail", 0, accepted=("0102",))] * 400
    plan = EpochPlan(times={}, pair_share=0, other_share=0, title_share=0)
    found = Counter(
        row.code for row in replace(maker(plan), rows=rows).texts(np.random.default_rng(1))
    )
    assert 80 < found["0102"] < 160
    assert found["0101"] > 200


def test_what_is_joined_to_a_message_is_of_the_class_that_it_is_read_under() -> None:
    rows = [EncoderRow("路灯不亮", "0101", "mail", 0, accepted=("0102",))] * 400
    rows += [EncoderRow("井盖丢了", "0102", "text", 0)]
    rows += [EncoderRow("灯", "0101", "title", 0), EncoderRow("盖", "0102", "title", 0)]
    plan = EpochPlan(times={}, pair_share=0.3, other_share=0, title_share=0.5, titles=0)
    found = list(replace(maker(plan), rows=rows).texts(np.random.default_rng(1)))
    mail = [row for row in found if row.source == "mail"]
    starts = Counter((row.text[:2], row.code) for row in mail)
    assert starts["灯。", "0101"] > 100
    assert starts["盖。", "0102"] > 20
    assert not starts["灯。", "0102"] + starts["盖。", "0101"]
    paired = Counter(row.code for row in mail if "井盖丢了" in row.text)
    assert set(paired) == {"0102"}


def test_a_text_without_a_class_teaches_its_kind_only() -> None:
    rows = [EncoderRow("谢谢他们", "", "kind", 0, "表扬")]
    (batch,) = replace(maker(EpochPlan(times={})), rows=rows).batches(seed=1, ranks=1)
    assert batch.leaf.tolist() == [-1]
    assert batch.upper.tolist() == [[-1]]
    assert [KINDS[k] for k in batch.kind.tolist()] == ["表扬"]


def test_a_message_that_lost_its_end_no_longer_tells_its_kind() -> None:
    text = "路灯坏了三天。打过电话没人来。今晚又有人摔倒。请你们把灯修好谢谢你们"
    rows = [EncoderRow(text, "0101", "letter", 0, "求助")] * 200
    plan = EpochPlan(title_share=0, other_share=0, pair_share=0)
    found = list(replace(maker(plan), rows=rows).texts(np.random.default_rng(3)))
    cut = [row for row in found if "谢谢你们" not in row.text]
    assert cut
    assert {row.kind for row in cut} == {""}
    assert sum(row.kind == "求助" for row in found) > 100


def test_batches_come_in_equal_numbers_for_all_processes() -> None:
    batches = maker(EpochPlan(batch_tokens=48)).batches(seed=3, ranks=2)
    assert len(batches) % 2 == 0
    assert all(batch.ids.shape[0] * batch.ids.shape[1] <= 48 for batch in batches)
    assert all(batch.ids.shape == batch.mask.shape for batch in batches)


def test_same_seed_gives_the_same_epoch() -> None:
    first, second = (maker(EpochPlan()).batches(seed=5, ranks=1) for _ in range(2))
    assert [b.ids.tolist() for b in first] == [b.ids.tolist() for b in second]


def test_upper_class_has_no_leaf() -> None:
    (batch,) = maker(EpochPlan(batch_tokens=4096)).batches(seed=1, ranks=1)
    above = batch.leaf == -1
    assert int(above.sum()) == 1
    assert batch.upper[above].tolist() == [[0]]


def test_groups_have_few_widths() -> None:
    lengths = sorted(np.random.default_rng(2).integers(3, 60, 500).tolist(), reverse=True)
    groups = list(length_groups(lengths, EpochPlan(batch_tokens=256, batch_texts=16)))
    assert [i for group in groups for i in group] == list(range(500))
    assert len({len(group) for group in groups}) <= 60 // 8 + 2


def test_padding_fills_rows_to_a_multiple_of_eight() -> None:
    ids, mask = pad([[1, 2, 3], [4]], 7)
    assert ids.tolist() == [[1, 2, 3, 7, 7, 7, 7, 7], [4] + [7] * 7]
    assert mask.sum(1).tolist() == [3, 1]
