"""A packed backbone becomes a fast tokenizer and a torch model that fit together."""

import struct
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")

import torch  # only with the extra
from tokenizers import Tokenizer, normalizers  # only with the extra

from jiesu.taxonomy.errors import ArtefactError
from jiesu.training.backbone import Backbone, load_backbone
from jiesu.training.backbone_file import PackedTokenizer
from jiesu.training.tokenizer_build import build_tokenizer, compiled_charsmap

HIDDEN, LAYERS, FFN, POSITIONS = 8, 3, 12, 16
# Piece → its score; ж is dropped, so that later pieces get other ids.
PIECES = {
    "<s>": 0, "<pad>": 0, "</s>": 0, "<unk>": 0, "▁": -3, "ж": -1, "路": -4, "灯": -4, "路灯": -2,
    "不": -4, "亮": -4, "A": -4, "1": -4, "<mask>": 0,
}  # fmt: skip
NAMES = [name for name in PIECES if name != "ж"]
NORMALISE = {ord("Ａ"): "A", ord("①"): "1", 0x3000: " ", 0x200B: ""}


def packed_tokenizer() -> PackedTokenizer:
    scores = np.array(list(PIECES.values()), dtype=np.float32)
    return PackedTokenizer(tuple(PIECES), scores, 0, 2, 1, 3, NORMALISE)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    kept = [at for at, piece in enumerate(PIECES) if piece != "ж"]
    return build_tokenizer(packed_tokenizer(), kept)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("路灯不亮", "▁ 路灯 不 亮"),  # the likeliest cut
        ("路ж", "▁ 路 <unk>"),  # a piece that was dropped
        ("Ａ①", "▁ A 1"),  # by the packed map
        ("路\u200b灯", "▁ 路灯"),  # mapped to nothing
        ("  路灯\u3000  亮 ", "▁ 路灯 ▁ 亮"),  # one space of many, none at the ends
    ],
)
def test_texts_are_cut_by_the_kept_pieces(tokenizer: Tokenizer, text: str, found: str) -> None:
    ids = tokenizer.encode(text).ids
    assert [NAMES[i] for i in ids] == ["<s>", *found.split(), "</s>"]


def test_tokens_know_their_place_in_the_text(tokenizer: Tokenizer) -> None:
    encoding = tokenizer.encode("Ａ路灯")
    assert encoding.offsets[encoding.tokens.index("路灯")] == (1, 3)


def test_tokens_become_the_text_again(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("路灯 不亮").ids) == "路灯 不亮"
    assert tokenizer.token_to_id("<mask>") == len(NAMES) - 1


def test_compiled_map_changes_what_it_names_and_nothing_else() -> None:
    compiled = normalizers.Precompiled(compiled_charsmap({ord("Ａ"): "a", ord("㎡"): "平米"}))
    assert compiled.normalize_str("Ａ座30㎡，Ｂ座") == "a座30平米，Ｂ座"


def tensor_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), HIDDEN), "emb.pos": (POSITIONS, HIDDEN), "emb.type": (1, HIDDEN),
        "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,),
    }  # fmt: skip
    for layer in range(LAYERS):
        for name, out, into in (
            ("q", HIDDEN, HIDDEN), ("k", HIDDEN, HIDDEN), ("v", HIDDEN, HIDDEN),
            ("ao", HIDDEN, HIDDEN), ("fi", FFN, HIDDEN), ("fo", HIDDEN, FFN),
            ("aln", HIDDEN, 0), ("oln", HIDDEN, 0),
        ):  # fmt: skip
            shapes[f"l{layer}.{name}.w"] = (out, into) if into else (out,)
            shapes[f"l{layer}.{name}.b"] = (out,)
    return shapes


def packed_bytes(tensors: dict[str, np.ndarray]) -> bytes:
    head = b"E5S1" + struct.pack(
        "<I7ifi", 1, HIDDEN, LAYERS, 2, FFN, len(PIECES), POSITIONS, 1, 1e-12, 32
    )
    coded = [piece.encode() for piece in PIECES]
    tokens = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, coded)))
    tokens += np.cumsum([0, *map(len, coded)]).astype("<u4").tobytes()
    tokens += np.array(list(PIECES.values()), dtype="<f4").tobytes() + b"".join(coded)
    norm = struct.pack("<iI", len(NORMALISE), 0) + b"".join(
        struct.pack(f"<IB{len(to)}I", point, len(to), *map(ord, to))
        for point, to in NORMALISE.items()
    )
    at = len(head + tokens + norm) + 4 + sum(23 + len(name) for name in tensors)
    directory = struct.pack("<i", len(tensors))
    for name, tensor in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, tensor.size, at, tensor.nbytes)
        at += tensor.nbytes
    data = b"".join(tensor.tobytes() for tensor in tensors.values())
    return head + tokens + norm + directory + data


@pytest.fixture(scope="module")
def tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape).astype("<f4") for name, shape in tensor_shapes().items()}


@pytest.fixture(scope="module")
def file(tensors: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("packed") / "tiny.bin"
    file.write_bytes(packed_bytes(tensors))
    return file


def states(backbone: Backbone, text: str) -> torch.Tensor:
    ids = torch.tensor([backbone.tokenizer.encode(text).ids])
    with torch.no_grad():
        found: torch.Tensor = backbone.model(ids, torch.ones_like(ids)).last_hidden_state
    return found


def test_model_has_the_kept_rows_and_layers(file: Path, tensors: dict[str, np.ndarray]) -> None:
    backbone = load_backbone(str(file), layers=(0, 2))
    state = backbone.model.state_dict()
    words = state["embeddings.word_embeddings.weight"].numpy()
    kept = [at for at, piece in enumerate(PIECES) if piece != "ж"]
    np.testing.assert_array_equal(words, tensors["emb.word"][kept])
    for ours, theirs in (("intermediate.dense", "fi"), ("attention.self.value", "v")):
        found = state[f"encoder.layer.1.{ours}.weight"].numpy()
        np.testing.assert_array_equal(found, tensors[f"l2.{theirs}.w"])
    assert (backbone.pad, backbone.hidden, len(backbone.model.encoder.layer)) == (1, HIDDEN, 2)


def test_all_layers_are_kept_where_none_is_named(file: Path) -> None:
    assert len(load_backbone(str(file), layers=()).model.encoder.layer) == LAYERS


def test_converted_model_is_kept_and_answers_alike(file: Path, tmp_path: Path) -> None:
    first = load_backbone(str(file), layers=(0, 2), cache=tmp_path)
    again = load_backbone(str(file), layers=(0, 2), cache=tmp_path)
    assert Path(again.source).parent == tmp_path
    torch.testing.assert_close(states(again, "路灯不亮"), states(first, "路灯不亮"))


def test_layer_that_the_file_lacks_is_refused(file: Path) -> None:
    with pytest.raises(ArtefactError, match=r"没有张量 'l9\."):
        load_backbone(str(file), layers=(0, 9))
