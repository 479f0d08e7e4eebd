from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.classifier.encoder import (
    BATCH_TOKENS,
    ClassVectors,
    Encoder,
    batches_by_length,
    cut_middle,
)
from jiesu.classifier.evidence import encoder_evidence, token_shares
from jiesu.taxonomy.errors import ArtefactError

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

FOLDER = Path(__file__).parents[2] / "models" / "tiny-encoder"
TEXTS = ["路灯不亮", "马路上井盖响", "网购退款不给"]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load(FOLDER, threads=1)


def test_texts_find_their_classes(encoder: Encoder) -> None:
    found = encoder.encode(TEXTS)
    assert [encoder.shape.leaves[j] for j in found.logits.argmax(axis=1)] == [
        "0101", "0102", "0201",
    ]  # fmt: skip
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1.0, rtol=1e-4)


def test_answers_do_not_depend_on_the_batch(encoder: Encoder) -> None:
    texts = [text * n for n in (1, 5, 2) for text in TEXTS]
    together = encoder.encode(texts).logits
    alone = np.concatenate([encoder.encode([text]).logits for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_no_texts_give_no_answers(encoder: Encoder) -> None:
    assert encoder.encode([]).logits.shape == (0, 3)


def test_empty_text_is_answered(encoder: Encoder) -> None:
    assert np.isfinite(encoder.encode([""]).logits).all()


def test_long_text_keeps_head_and_tail(encoder: Encoder) -> None:
    (ids,) = encoder.tokenise(["路灯" * 40 + "井盖"])
    assert len(ids) == encoder.shape.max_tokens
    assert ids[-3:] == encoder.tokenise(["井盖"])[0][1:]


def test_very_long_text_is_cut_before_it_is_tokenised(encoder: Encoder) -> None:
    text = "路灯" * 500_000 + "井盖"
    view = encoder.view(text)
    assert encoder.tokenise([text])[0][-3:] == encoder.tokenise(["井盖"])[0][1:]
    assert text[slice(*view.spans[-2])] == "盖"


def test_half_a_character_is_read_as_a_space(encoder: Encoder) -> None:
    assert np.isfinite(encoder.encode(["路灯\ud83d不亮"]).logits).all()


@given(st.lists(st.integers(1, 900), max_size=40))
def test_batches_hold_every_text_once(lengths: list[int]) -> None:
    lengths.sort()
    groups = list(batches_by_length(range(len(lengths)), lengths))
    assert [i for group in groups for i in group] == list(range(len(lengths)))
    assert all(len(g) == 1 or len(g) * lengths[g[-1]] <= BATCH_TOKENS for g in groups)


@given(st.lists(st.integers(), max_size=30), st.integers(2, 12))
def test_cut_keeps_both_ends(items: list[int], limit: int) -> None:
    cut = cut_middle(items, limit)
    assert len(cut) == min(limit, len(items))
    assert items == cut or (cut[0], cut[-1]) == (items[0], items[-1])


def test_token_shares_sum_to_the_logit(encoder: Encoder) -> None:
    view, classes = encoder.view(TEXTS[0]), encoder.classes
    logits = encoder.encode([TEXTS[0]]).logits[0] - classes.bias
    shares = token_shares(view, classes.vectors, 0)
    assert shares.sum() == pytest.approx(logits[0] - logits.mean(), abs=0.02)


def test_evidence_lies_in_the_text(encoder: Encoder) -> None:
    spans = encoder_evidence(encoder, "马路上路灯不亮", 0)
    assert spans
    assert all(0 <= span.start < span.end <= 7 and span.share > 0 for span in spans)
    assert spans[0].share == max(span.share for span in spans)


def test_class_vectors_survive_saving(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    classes = ClassVectors(
        rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    )
    classes.save(tmp_path / "classes.npy")
    again = ClassVectors.load(tmp_path / "classes.npy")
    np.testing.assert_allclose(again.vectors, classes.vectors, rtol=1e-3)
    np.testing.assert_allclose(again.bias, classes.bias, rtol=1e-3)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"缺少 encoder\.onnx"):
        Encoder.load(tmp_path)
