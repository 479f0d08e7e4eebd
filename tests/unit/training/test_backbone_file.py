import struct
from pathlib import Path

import numpy as np
import pytest

from jiesu.taxonomy.errors import ArtefactError
from jiesu.training.backbone_file import open_packed, unpack_q4


def packed_bytes(*, version: int = 1) -> bytes:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "路", "<mask>"]
    blob = "".join(pieces).encode()
    offsets = np.cumsum([0, *(len(p.encode()) for p in pieces)]).astype("<u4").tobytes()
    head = b"E5S1" + struct.pack("<I7ifi", version, 32, 1, 1, 64, 7, 8, 1, 1e-12, 32)
    tokens = struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(blob)) + offsets
    tokens += np.arange(7, dtype="<f4").tobytes() + blob
    norm = struct.pack("<iIIBI", 1, 9, ord("Ａ"), 1, ord("A"))
    q4 = np.float16(0.5).tobytes() + bytes([0x08 + 1 + 0x90] * 16)
    bias = np.float32([1.5, -2]).tobytes()
    names = [(b"w", 1, 32, len(q4)), (b"b", 0, 2, len(bias))]
    start = len(head + tokens + norm) + 4 + sum(2 + len(n) + 21 for n, *_ in names)
    directory = struct.pack("<i", len(names))
    for name, dtype, elements, size in names:
        directory += struct.pack("<H", len(name)) + name
        directory += struct.pack("<BIQQ", dtype, elements, start, size)
        start += size
    return head + tokens + norm + directory + q4 + bias


def test_low_nibbles_come_before_high_ones() -> None:
    nibbles = bytes((low | (15 - low) << 4) for low in range(16))
    weights = unpack_q4(np.float16(2).tobytes() + nibbles)
    assert weights.tolist() == [2.0 * (q - 8) for q in [*range(16), *range(15, -1, -1)]]


def test_packed_file_gives_tokenizer_and_tensors(tmp_path: Path) -> None:
    file = tmp_path / "tiny.bin"
    file.write_bytes(packed_bytes())
    packed = open_packed(file)
    assert packed.config.hidden == 32
    assert packed.tokenizer.pieces[5] == "路"
    assert packed.tokenizer.normalise == {ord("Ａ"): "A"}
    assert packed.tensor("b").tolist() == [1.5, -2.0]
    assert packed.tensor("w").tolist() == [0.5] * 32


def test_unknown_tensor_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tiny.bin"
    file.write_bytes(packed_bytes())
    with pytest.raises(ArtefactError, match=r"没有张量 'l9\.q\.w'"):
        open_packed(file).tensor("l9.q.w")


def test_other_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tiny.bin"
    file.write_bytes(packed_bytes(version=2))
    with pytest.raises(ArtefactError, match="E5S1"):
        open_packed(file)
