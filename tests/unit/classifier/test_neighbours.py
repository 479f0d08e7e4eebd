from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.neighbours import (
    Neighbour,
    NeighbourIndex,
    NeighbourPolicy,
    with_neighbours,
)
from jiesu.taxonomy.errors import ArtefactError

AXES = np.eye(4, dtype=np.float32)


def test_confirmed_ticket_is_found_at_once_by_another_reader(tmp_path: Path) -> None:
    writer = NeighbourIndex.open(tmp_path / "index.bin", 4)
    reader = NeighbourIndex.open(tmp_path / "index.bin", 4)
    writer.add(AXES[:2], ["010101", "010102"], ["T-1", "T-2"])
    reader.refresh()
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


def test_near_neighbour_takes_over_and_far_one_does_not() -> None:
    p = np.array([[0.7, 0.3], [0.7, 0.3]], dtype=np.float32)
    near = [(Neighbour("T-1", "b", 0.99),), (Neighbour("T-1", "b", 0.5),)]
    found = with_neighbours(p, near, {"a": 0, "b": 1}, NeighbourPolicy())
    assert found[0].argmax() == 1
    assert found[1].tolist() == p[1].tolist()
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


def test_neighbour_of_a_class_that_is_gone_counts_nothing() -> None:
    p = np.array([[0.7, 0.3]], dtype=np.float32)
    found = with_neighbours(p, [(Neighbour("T-1", "zz", 1.0),)], {"a": 0}, NeighbourPolicy())
    assert found.tolist() == p.tolist()
