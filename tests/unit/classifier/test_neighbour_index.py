from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.neighbour_index import SUFFIX, NeighbourIndex, erase_from
from jiesu.taxonomy.errors import ArtefactError

AXES = np.eye(4, dtype=np.float32)


def test_confirmed_ticket_is_found_at_once_by_another_reader(tmp_path: Path) -> None:
    writer = NeighbourIndex.open(tmp_path / "index.bin", 4)
    reader = NeighbourIndex.open(tmp_path / "index.bin", 4)
    writer.add(AXES[:2], ["010101", "010102"], ["T-1", "T-2"])
    ((near, far),) = reader.nearest(AXES[1:2], 2)
    assert (near.ticket_id, near.code, near.cosine) == ("T-2", "010102", 1.0)
    assert far.cosine == 0.0


def test_later_decision_on_a_ticket_replaces_the_earlier(tmp_path: Path) -> None:
    index = NeighbourIndex.open(tmp_path / "index.bin", 4)
    index.add(AXES[:1], ["010101"], ["T-1"])
    index.add(AXES[:1], ["020202"], ["T-1"])
    assert len(index) == 1
    assert index.nearest(AXES[:1], 3)[0][0].code == "020202"


def test_half_a_record_of_a_killed_writer_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "index.bin"
    NeighbourIndex.open(file, 4).add(AXES[:1], ["010101"], ["T-1"])
    with file.open("ab") as out:
        out.write(b"half")
    NeighbourIndex.open(file, 4).add(AXES[1:2], ["010102"], ["T-2"])
    assert len(NeighbourIndex.open(file, 4)) == 2


def test_broken_record_is_reported_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "index.bin"
    NeighbourIndex.open(file, 4).add(AXES[:1], ["010101"], ["T-1"])
    raw = bytearray(file.read_bytes())
    raw[20] ^= 1
    file.write_bytes(bytes(raw))
    with pytest.raises(ArtefactError, match="第 12 字节处的记录校验失败"):
        NeighbourIndex.open(file, 4)


def test_index_of_another_model_is_refused(tmp_path: Path) -> None:
    NeighbourIndex.open(tmp_path / "index.bin", 4)
    with pytest.raises(ArtefactError, match="向量长度为 8"):
        NeighbourIndex.open(tmp_path / "index.bin", 8)


def test_empty_index_finds_nothing(tmp_path: Path) -> None:
    assert NeighbourIndex.open(tmp_path / "index.bin", 4).nearest(AXES, 5) == [()] * 4


def test_only_the_latest_records_count_whether_read_at_once_or_one_by_one(tmp_path: Path) -> None:
    index = NeighbourIndex.open(tmp_path / "index.bin", 4, kept=3)
    for at, ticket_id in enumerate(["T-0", "T-1", "T-2", "T-1", "T-3"]):
        index.add(AXES[at % 4 :][:1], [str(at)], [ticket_id])
    for read in (index, NeighbourIndex.open(tmp_path / "index.bin", 4, kept=3)):
        found = {near.ticket_id: near.code for near in read.nearest(AXES[:1], 9)[0]}
        assert found == {"T-2": "2", "T-1": "3", "T-3": "4"}
        assert read.nearest(AXES[3:], 1)[0][0].code == "3"


def test_ticket_that_is_open_again_no_longer_counts(tmp_path: Path) -> None:
    index = NeighbourIndex.open(tmp_path / "index.bin", 4)
    other = NeighbourIndex.open(tmp_path / "index.bin", 4)
    index.add(AXES[:2], ["a", "b"], ["T-1", "T-2"])
    other.forget(["T-1"])
    assert [near.ticket_id for near in index.nearest(AXES[:1], 9)[0]] == ["T-2"]


def test_long_ids_are_told_apart(tmp_path: Path) -> None:
    index, long = NeighbourIndex.open(tmp_path / "index.bin", 4), "北京市" * 20
    index.add(AXES[:3], ["a", "b", "c"], [f"{long}1", f"{long}2", f"{long}1"])
    assert [near.code for near in index.nearest(AXES[2:3], 9)[0]] == ["c", "b"]


def test_a_file_that_was_deleted_is_empty_and_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "index.bin"
    index = NeighbourIndex.open(file, 4)
    index.add(AXES[:1], ["a"], ["T-1"])
    file.unlink()
    assert index.nearest(AXES[:1], 1) == [()]
    index.add(AXES[1:2], ["b"], ["T-2"])
    assert [near.code for near in index.nearest(AXES[:1], 9)[0]] == ["b"]


def test_a_record_that_breaks_later_is_told_and_stops_no_search(tmp_path: Path) -> None:
    file = tmp_path / "index.bin"
    index = NeighbourIndex.open(file, 4)
    index.add(AXES[:1], ["a"], ["T-1"])
    with file.open("ab") as out:
        out.write(b"x" * 76)
    assert index.nearest(AXES[:1], 1)[0][0].code == "a"
    assert "记录校验失败" in index.problem


def test_erased_tickets_are_written_over_in_every_index(tmp_path: Path) -> None:
    files = [tmp_path / f"{width}{SUFFIX}" for width in (4, 8)]
    for file in files:
        width = int(file.stem)
        index = NeighbourIndex.open(file, width)
        vectors = np.random.default_rng(1).normal(size=(3, width)).astype("<f2")
        index.add(vectors.astype(np.float32), ["a", "b", "c"], ["T-1", "T-2", "T-1"])

        assert erase_from(tmp_path, ["T-1", "T-9"]) == 2

        for read in (index, NeighbourIndex.open(file, width)):
            assert [near.code for near in read.nearest(np.ones((1, width), "f4"), 9)[0]] == ["b"]
        left = file.read_bytes()
        assert [vector.tobytes() in left for vector in vectors] == [False, True, False]
        file.rename(file.with_suffix(".done"))


def test_something_else_in_the_folder_of_indexes_is_named(tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").write_bytes(b"something else")
    with pytest.raises(ArtefactError, match="不是近邻索引；请核对 JIESU_NEIGHBOURS"):
        erase_from(tmp_path, ["T-1"])


def test_an_index_that_cannot_be_erased_from_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / f"x{SUFFIX}").mkdir()
    with pytest.raises(ArtefactError, match=r"写不了.*请修正权限后再删一次"):
        erase_from(tmp_path, ["T-1"])
