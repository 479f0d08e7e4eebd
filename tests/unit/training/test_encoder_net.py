import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import BertConfig, BertModel  # noqa: E402 # only where torch is installed

from jiesu.taxonomy.tree import BoundaryNote, Label, LabelTree, tree_of  # noqa: E402
from jiesu.training.encoder_loss import (  # noqa: E402
    LossParts,
    LossWeights,
    kind_loss,
    soft_targets,
    text_loss,
)
from jiesu.training.encoder_net import EncoderNet, start_from_texts, tree_matrices  # noqa: E402


def small_tree() -> LabelTree:
    note = BoundaryNote("公路上", ("0201",), "公路上→公路")
    leaves = [
        Label("0101", "路灯", 2, "01", boundary=(note,)),
        Label("0102", "楼道灯", 2, "01"),
        Label("0201", "公路", 2, "02"),
    ]
    return tree_of("t", [Label("01", "照明", 1), Label("02", "交通", 1), *leaves])


def small_net(tree: LabelTree) -> EncoderNet:
    torch.manual_seed(1)
    config = BertConfig(vocab_size=30, hidden_size=12, num_hidden_layers=1,
                        num_attention_heads=2, intermediate_size=16)  # fmt: skip
    backbone = BertModel(config, add_pooling_layer=False)
    return EncoderNet(backbone, 12, tree_matrices(tree).member, 6).eval()


def test_padding_changes_no_logit() -> None:
    net = small_net(small_tree())
    net.leaf.data.normal_()
    ids, mask = torch.tensor([[4, 5, 6]]), torch.ones(1, 3, dtype=torch.long)
    padded = torch.tensor([[4, 5, 6, 0, 0]])
    longer = torch.tensor([[1, 1, 1, 0, 0]])
    assert torch.allclose(net(ids, mask)[0], net(padded, longer)[0], atol=1e-5)


def test_classes_start_at_the_mean_of_their_texts() -> None:
    net = small_net(small_tree())
    vectors = torch.randn(60, 12) + 3.0
    leaves = [i % 3 for i in range(60)]
    start_from_texts(net, vectors, leaves)
    unit = torch.nn.functional.normalize(vectors - vectors.mean(0), dim=1)
    means = torch.stack([unit[torch.tensor(leaves) == leaf].mean(0) for leaf in range(3)])
    assert torch.allclose(net.class_vectors(), torch.nn.functional.normalize(means), atol=1e-5)


def test_neighbours_share_the_smoothed_part() -> None:
    targets = soft_targets(small_tree(), 0.1)
    assert torch.allclose(targets.sum(1), torch.ones(3))
    assert targets[0].tolist() == pytest.approx([0.9, 0.05, 0.05])
    assert targets[1].tolist() == pytest.approx([0.1, 0.9, 0.0])
    assert targets[2].tolist() == [0.0, 0.0, 1.0]


def test_text_of_an_upper_class_teaches_only_that_level() -> None:
    tree = small_tree()
    parts = LossParts(soft_targets(tree, 0.0), tree_matrices(tree), LossWeights(upper=1.0))
    logits = torch.zeros(1, 3, requires_grad=True)
    loss = text_loss(logits, torch.tensor([-1]), torch.tensor([[0]]), parts, torch.ones(1))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(-torch.log(torch.tensor(2 / 3)).item(), abs=1e-5)
    assert logits.grad[0, 0] == pytest.approx(logits.grad[0, 1].item())
    assert logits.grad[0, 2] > 0


def test_batch_without_kinds_costs_nothing() -> None:
    assert float(kind_loss(torch.randn(2, 6), torch.tensor([-1, -1]))) == 0.0
