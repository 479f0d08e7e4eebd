"""The file of confirmed tickets: their vectors in the encoder's space, classes and ids.

The index is one file that only grows. A record has a fixed length and ends with a checksum, and
is appended under a lock, so that several processes may add to it while others read: before each
search a reader looks whether the file has grown and takes in what is new. A file that was deleted
is an empty index. No text is kept: only vector, class and id.
"""

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.errors import ArtefactError

Floats = NDArray[np.float32]

_MAGIC = b"JSNB"
_HEADER = struct.Struct("<4sII")  # magic, version, width of a vector
_VERSION = 1
_TEXT_BYTES = 32
_CHECK_BYTES = 4
KEPT = 20_000
"""So many records of the end of the file count: older ones are what training is for. They take
31 MB at 384 numbers a vector, and a search of them some ten milliseconds."""
_AT_ONCE = 32
"""So many texts are compared with them in one product."""
SUFFIX = ".neighbours"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A confirmed ticket near a text: its id, its class, and the cosine of both vectors."""

    ticket_id: str
    code: str
    cosine: float


class NeighbourIndex:
    """An opened index file, as far as it was read; safe to use from several threads.

    Attributes:
        problem: why the file could not be read lately; what was read before then goes on counting.
    """

    def __init__(self, path: Path, width: int, kept: int = KEPT) -> None:
        self.problem = ""
        self._kept = kept
        self._path = path
        self._header = _HEADER.pack(_MAGIC, _VERSION, width)
        self._size = _record_size(width)
        self._vectors = np.zeros((kept, width), dtype=np.float32)  # a ring; untouched pages: free
        self._turn = threading.Lock()
        self._forget_all()

    def _forget_all(self) -> None:
        self._entries: list[tuple[str, str]] = []  # id and class of each row of the ring
        self._rows: dict[str, int] = {}  # id → the row that counts
        self._next = 0
        self._file, self._read_to = 0, _HEADER.size

    @classmethod
    def open(cls, path: Path, width: int, kept: int = KEPT) -> "NeighbourIndex":
        """Open an index, or make an empty one.

        Args:
            path: the file.
            width: length of a vector.
            kept: how many of the latest records count.

        Raises:
            ArtefactError: the file is something else, or its vectors have another length.
            OSError: it cannot be written.
        """
        index = cls(path, width, kept)
        path.parent.mkdir(parents=True, exist_ok=True)
        with index._writing():
            pass
        index.refresh()
        return index

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, vectors: Floats, codes: Sequence[str], ticket_ids: Sequence[str]) -> None:
        """Append confirmed tickets; they count from now on, here and in other processes.

        Args:
            vectors: unit vectors, (N, width).
            codes: their confirmed classes; empty for a ticket that no longer counts.
            ticket_ids: their ids; a later record of an id replaces an earlier one.

        Raises:
            ArtefactError: a class is too long, or the file is no such index.
            OSError: the file cannot be written.
        """
        records = [
            _pack(vector, code, _key(ticket_id))
            for vector, code, ticket_id in zip(vectors, codes, ticket_ids, strict=True)
        ]
        with self._writing() as out:
            # What a killed writer left of a record is cut off first.
            end = out.seek(0, os.SEEK_END)
            end -= (end - _HEADER.size) % self._size
            out.truncate(end)
            out.seek(end)
            out.write(b"".join(records))
            out.flush()
            os.fsync(out.fileno())
        self.refresh()

    def forget(self, ticket_ids: Sequence[str]) -> None:
        """Let tickets no longer count, here and in other processes; their records stay."""
        nothing = np.zeros((len(ticket_ids), self._vectors.shape[1]), dtype=np.float32)
        self.add(nothing, [""] * len(ticket_ids), ticket_ids)

    def refresh(self) -> None:
        """Read the records that were added since the last look; at most the latest that count.

        Raises:
            ArtefactError: a record is broken.
        """
        with self._turn:
            file, size = _mark_of(self._path)
            if file != self._file or size < self._read_to:  # deleted, perhaps begun anew
                self._forget_all()
                self._file = file
            if size - self._read_to < self._size:
                return
            with _locked(self._path, "rb", fcntl.LOCK_SH) as source:
                raw, start = self._unread(source)
            for at in range(0, len(raw), self._size):
                self._take(*_unpack(raw[at : at + self._size], f"{self._path}", start + at))
            self._read_to = start + len(raw)

    def _unread(self, source: BinaryIO) -> tuple[bytes, int]:
        """Return the whole records that were not read yet and count, and where they begin."""
        whole = (source.seek(0, os.SEEK_END) - self._read_to) // self._size
        start = self._read_to + max(0, whole - self._kept) * self._size
        source.seek(start)
        return source.read(min(whole, self._kept) * self._size), start

    def _take(self, ticket_id: str, code: str, vector: Floats) -> None:
        """Put a record into the ring, in the place of the oldest where that is full."""
        row = self._next % self._kept
        if self._next >= self._kept and self._rows.get(self._entries[row][0]) == row:
            del self._rows[self._entries[row][0]]
        self._entries[row : row + 1] = [(ticket_id, code)]
        self._vectors[row] = vector
        self._next += 1
        self._rows.pop(ticket_id, None)
        if code:
            self._rows[ticket_id] = row

    @contextmanager
    def _writing(self) -> "Iterator[BinaryIO]":
        """Open the file for one writer at a time, with its header, whoever deleted it meanwhile."""
        self._path.touch()
        with _locked(self._path, "r+b", fcntl.LOCK_EX) as out:
            if not (found := out.read(_HEADER.size)):
                out.write(self._header)
                out.flush()
            elif found != self._header:
                raise ArtefactError(
                    f"{self._path}: 不是向量长度为 {self._vectors.shape[1]} 的近邻索引；"
                    "请移走该文件，已确认工单会写入新的"
                )
            yield out

    def nearest(self, vectors: Floats, most: int) -> list[tuple[Neighbour, ...]]:
        """Return the nearest confirmed tickets of each vector (N, width), nearest first.

        What other processes added counts. A file that cannot be read now stops no search.
        """
        try:
            self.refresh()
            self.problem = ""
        except (OSError, ArtefactError) as error:
            self.problem = str(error)
        starts = range(0, len(vectors), _AT_ONCE)
        with self._turn:
            rows = np.fromiter(self._rows.values(), dtype=np.int64)  # those that count
            groups = (self._near(vectors[at : at + _AT_ONCE], rows, most) for at in starts)
            return [found for group in groups for found in group]

    def _near(
        self, vectors: Floats, rows: NDArray[np.int64], most: int
    ) -> Iterator[tuple[Neighbour, ...]]:
        cosines = (vectors @ self._vectors[: len(self._entries)].T)[:, rows]  # (N, n_tickets)
        for row in cosines:
            best = np.argsort(-row, kind="stable")[:most].tolist()
            found = ((*self._entries[rows[at]], float(row[at])) for at in best)
            yield tuple(Neighbour(ticket_id, code, cosine) for ticket_id, code, cosine in found)


def erase_from(folder: Path, ticket_ids: Collection[str]) -> int:
    """Write over what the indexes of a folder hold of these tickets; return how many records.

    Processes that run let them no longer count, but keep their vectors in memory.

    Raises:
        ArtefactError: a file is no index, has a broken record, or cannot be written.
    """
    gone = {_key(ticket_id) for ticket_id in ticket_ids}
    try:
        return sum(_erase_records(path, gone) for path in sorted(folder.glob(f"*{SUFFIX}")))
    except OSError as error:
        raise ArtefactError(
            f"{error.filename}: 已确认工单的索引写不了（{error.strerror}）；"
            "请修正权限后再删一次，或移走该文件"
        ) from None


def _erase_records(path: Path, gone: Collection[str]) -> int:
    erased: set[str] = set()
    count = 0
    with _locked(path, "r+b", fcntl.LOCK_EX) as file:
        width = _width_of(file.read(_HEADER.size), path)
        size, at = _record_size(width), _HEADER.size
        nothing = np.zeros(width, dtype=np.float32)
        while len(raw := file.read(size)) == size:
            ticket_id, _, _ = _unpack(raw, str(path), at)
            if ticket_id in gone:
                file.seek(at)
                file.write(_pack(nothing, "", ticket_id))
                erased.add(ticket_id)
                count += 1
            at += size
        file.truncate(at)
        file.seek(at)
        # Who has read the records before sees only what is new.
        file.write(b"".join(_pack(nothing, "", ticket_id) for ticket_id in sorted(erased)))
        file.flush()
        os.fsync(file.fileno())
    return count


def _width_of(header: bytes, path: Path) -> int:
    if len(header) == _HEADER.size:
        magic, version, width = _HEADER.unpack(header)
        if (magic, version) == (_MAGIC, _VERSION):
            return int(width)
    raise ArtefactError(f"{path}: 不是近邻索引；请核对 JIESU_NEIGHBOURS")


def _record_size(width: int) -> int:
    return 2 * _TEXT_BYTES + 2 * width + _CHECK_BYTES


def _pack(vector: Floats, code: str, key: str) -> bytes:
    body = _fixed(key) + _fixed(code) + np.asarray(vector, dtype="<f2").tobytes()
    return body + zlib.crc32(body).to_bytes(_CHECK_BYTES, "little")


def _unpack(record: bytes, where: str, at: int) -> tuple[str, str, Floats]:
    body, check = record[:-_CHECK_BYTES], record[-_CHECK_BYTES:]
    if zlib.crc32(body) != int.from_bytes(check, "little"):
        raise ArtefactError(
            f"{where}: 第 {at} 字节处的记录校验失败；请移走该文件，已确认工单会写入新的"
        )
    vector = np.frombuffer(body[2 * _TEXT_BYTES :], dtype="<f2").astype(np.float32)
    return _text(body[:_TEXT_BYTES]), _text(body[_TEXT_BYTES : 2 * _TEXT_BYTES]), vector


def _key(ticket_id: str) -> str:
    """Return the id where it fits into a record, else what stands for it."""
    raw = ticket_id.encode("utf-8")
    return ticket_id if len(raw) <= _TEXT_BYTES else sha256(raw).hexdigest()[:_TEXT_BYTES]


def _fixed(text: str) -> bytes:
    raw = text.encode("utf-8")
    if len(raw) > _TEXT_BYTES:
        raise ArtefactError(f"近邻索引的事项代码最长 {_TEXT_BYTES} 字节，{text!r} 超长；请缩短代码")
    return raw.ljust(_TEXT_BYTES, b"\0")


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode("utf-8")


def _mark_of(path: Path) -> tuple[int, int]:
    """Return which file lies there and its size; zeros where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_size


@contextmanager
def _locked(path: Path, mode: Literal["rb", "r+b"], lock: int) -> Iterator[BinaryIO]:
    with path.open(mode) as file:
        fcntl.flock(file, lock)
        yield file
