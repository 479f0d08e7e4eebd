"""Confirmed tickets in the encoder's space: yesterday's corrections count in the next suggestion.

The index is one file that only grows. A record has a fixed length and ends with a checksum, and
is appended under a lock, so that several processes may add to it while others read: a reader
takes the whole records that are there and looks again when the file has grown.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.errors import ArtefactError

Floats = NDArray[np.float32]

_MAGIC = b"JSNB"
_HEADER = struct.Struct("<4sII")  # magic, version, width of a vector
_VERSION = 1
_TEXT_BYTES = 32
_CHECK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A confirmed ticket near a text: its id, its class, and the cosine of both vectors."""

    ticket_id: str
    code: str
    cosine: float


@dataclass(frozen=True, slots=True)
class NeighbourPolicy:
    """How much confirmed tickets count.

    Attributes:
        most: neighbours looked at.
        floor: cosine under which a neighbour counts nothing.
        share: share of the probability that a neighbour with cosine 1 takes over.
    """

    most: int = 8
    floor: float = 0.75
    share: float = 0.8


@dataclass(frozen=True, slots=True)
class _Records:
    """What was read so far: one row a ticket, and how far the file was read."""

    ids: tuple[str, ...]
    codes: tuple[str, ...]
    vectors: Floats
    read_to: int


class NeighbourIndex:
    """An opened index file; readers on other threads see either the old records or the new."""

    def __init__(self, path: Path, width: int) -> None:
        self._path = path
        self._size = 2 * _TEXT_BYTES + 2 * width + _CHECK_BYTES
        empty = np.zeros((0, width), dtype=np.float32)
        self._records = _Records((), (), empty, _HEADER.size)

    @classmethod
    def open(cls, path: Path, width: int) -> "NeighbourIndex":
        """Open an index, or make an empty one.

        Args:
            path: the file.
            width: length of a vector.

        Raises:
            ArtefactError: the file is something else, or its vectors have another length.
        """
        header = _HEADER.pack(_MAGIC, _VERSION, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), path.open("xb") as out:
            out.write(header)
        with path.open("rb") as source:
            found = source.read(_HEADER.size)
        if found != header:
            raise ArtefactError(
                f"{path}: 不是向量长度为 {width} 的近邻索引；"
                "模型更换后请删除该文件并重新写入已确认工单"
            )
        index = cls(path, width)
        index.refresh()
        return index

    def __len__(self) -> int:
        return len(self._records.ids)

    def add(self, vectors: Floats, codes: Sequence[str], ticket_ids: Sequence[str]) -> None:
        """Append confirmed tickets; they count from now on, here and in other processes.

        Args:
            vectors: unit vectors, (N, width).
            codes: their confirmed classes.
            ticket_ids: their ids; a later record of an id replaces an earlier one.
        """
        records = [
            _pack(vector, code, ticket_id)
            for vector, code, ticket_id in zip(vectors, codes, ticket_ids, strict=True)
        ]
        _append(self._path, b"".join(records), self._size)
        self.refresh()

    def refresh(self) -> None:
        """Read the records that were added since the last look.

        Raises:
            ArtefactError: a record is broken.
        """
        old = self._records
        with self._path.open("rb") as source:
            source.seek(old.read_to)
            raw = source.read()
        whole = len(raw) // self._size * self._size
        if not whole:
            return
        new = [self._unpack(raw, at, old.read_to) for at in range(0, whole, self._size)]
        ids = (*old.ids, *(ticket_id for ticket_id, _, _ in new))
        codes = (*old.codes, *(code for _, code, _ in new))
        vectors = np.concatenate([old.vectors, np.array([vector for _, _, vector in new])])
        kept = sorted({ticket_id: at for at, ticket_id in enumerate(ids)}.values())
        self._records = _Records(
            tuple(ids[at] for at in kept),
            tuple(codes[at] for at in kept),
            vectors[kept],
            old.read_to + whole,
        )

    def _unpack(self, raw: bytes, at: int, read_to: int) -> tuple[str, str, Floats]:
        body, check = raw[at : at + self._size - _CHECK_BYTES], raw[at : at + self._size]
        if zlib.crc32(body) != int.from_bytes(check[-_CHECK_BYTES:], "little"):
            raise ArtefactError(
                f"{self._path}: 第 {read_to + at} 字节处的记录校验失败；请删除该文件并重建近邻索引"
            )
        vector = np.frombuffer(body[2 * _TEXT_BYTES :], dtype="<f2").astype(np.float32)
        return _text(body[:_TEXT_BYTES]), _text(body[_TEXT_BYTES : 2 * _TEXT_BYTES]), vector

    def nearest(self, vectors: Floats, most: int) -> list[tuple[Neighbour, ...]]:
        """Return the nearest confirmed tickets of each vector (N, width), nearest first."""
        records = self._records
        if not records.ids:
            return [() for _ in vectors]
        cosines = vectors @ records.vectors.T  # (N, n_records)
        most = min(most, cosines.shape[1])
        best = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        found = []
        for row, columns in zip(cosines, best, strict=True):
            ordered = columns[np.argsort(-row[columns], kind="stable")].tolist()
            near = [Neighbour(records.ids[j], records.codes[j], float(row[j])) for j in ordered]
            found.append(tuple(near))
        return found


def with_neighbours(
    p: Floats,
    neighbours: Sequence[Sequence[Neighbour]],
    columns: Mapping[str, int],
    policy: NeighbourPolicy,
) -> Floats:
    """Let near confirmed tickets take over a share of the probability.

    The share grows with the square of the nearest one's cosine above the floor; it is divided
    among the neighbours' classes in the same way.

    Args:
        p: leaf probabilities, (N, n_leaves).
        neighbours: nearest confirmed tickets of each text.
        columns: leaf code → column; neighbours of other codes are ignored.
        policy: how much they count.
    """
    out = p.copy()
    for row, near in enumerate(neighbours):
        weights = np.zeros(p.shape[1], dtype=np.float32)
        strongest = 0.0
        for neighbour in near:
            over = (neighbour.cosine - policy.floor) / (1.0 - policy.floor)
            if over > 0 and neighbour.code in columns:
                weights[columns[neighbour.code]] += over * over
                strongest = max(strongest, over * over)
        if strongest > 0:
            share = policy.share * min(strongest, 1.0)
            out[row] = (1.0 - share) * p[row] + share * weights / weights.sum()
    return out


def _pack(vector: Floats, code: str, ticket_id: str) -> bytes:
    body = _fixed(ticket_id) + _fixed(code) + np.asarray(vector, dtype="<f2").tobytes()
    return body + zlib.crc32(body).to_bytes(_CHECK_BYTES, "little")


def _fixed(text: str) -> bytes:
    raw = text.encode("utf-8")
    if len(raw) > _TEXT_BYTES:
        raise ArtefactError(
            f"近邻索引的编号和事项代码最长 {_TEXT_BYTES} 字节，{text!r} 超长；请缩短编号"
        )
    return raw.ljust(_TEXT_BYTES, b"\0")


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8")


def _append(path: Path, data: bytes, size: int) -> None:
    """Append whole records under a lock; what a killed writer left of a record is cut off first."""
    with path.open("r+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        end = out.seek(0, os.SEEK_END)
        end -= (end - _HEADER.size) % size
        out.truncate(end)
        out.seek(end)
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
