from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.run_log import RunLog
from jiesu.training.unlabelled import choose_texts, read_texts, require_no_drift

TREE = tree_of("t", [Label("01", "市政", 1), *(Label(f"010{i}", f"类{i}", 2, "01") for i in "123")])


@dataclass(frozen=True)
class Heard:
    """Gives the class that a text's first character names the probability that its length says."""

    tree: LabelTree = TREE
    name: str = "heard"

    def score(self, texts: Sequence[str]) -> Matrix:
        p = np.empty((len(texts), 3), dtype=np.float32)
        for row, text in enumerate(texts):
            sure = min(len(text) / 10, 0.99)
            p[row] = (1 - sure) / 2
            p[row, int(text[0]) - 1] = sure
        return p


def test_unsure_texts_are_left_out_and_the_rest_keep_the_models_class() -> None:
    found = choose_texts(["1" + "路" * 7, "2" + "井", "3" + "水" * 8], Heard(), least_p=0.6)
    assert [(row.code, row.source) for row in found.rows] == [
        ("0103", "unlabelled"),
        ("0101", "unlabelled"),
    ]
    assert (found.read, found.sure) == (3, 2)


def test_a_frequent_class_takes_no_more_than_twice_the_mean_and_its_surest_texts_first() -> None:
    many = ["1" + "路" * (6 + i % 3) + str(i) for i in range(100)]
    few = ["2" + "井" * 8, "3" + "水" * 8]
    found = choose_texts([*many, *few], Heard())
    taken = Counter(row.code for row in found.rows)
    assert taken == {"0101": 68, "0102": 1, "0103": 1}  # mean 34
    kept = [row.text for row in found.rows if row.code == "0101"]
    dropped = set(many) - set(kept)
    assert max(map(len, dropped)) <= min(map(len, kept)) + 1
    assert found.largest_taken < found.largest_found
    assert found.facts()["taken"] == 70


def test_nothing_sure_gives_no_rows() -> None:
    found = choose_texts(["1路"], Heard())
    assert found.rows == ()
    assert found.facts()["largest_class_after"] == 0.0


def test_texts_of_a_gb18030_table_are_read_once_each_without_empty_rows(
    tmp_path: Path,
) -> None:
    file = tmp_path / "history.csv"
    file.write_bytes("标题,内容\n路灯,不亮\n路灯,不亮\n空,\n,井盖响\n".encode("gb18030"))
    assert read_texts(file) == ["路灯。不亮", "井盖响"]


def test_a_table_without_texts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("内容,x\n ,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="缺少正文"):
        read_texts(file)


@pytest.mark.parametrize(("after", "refused"), [(0.695, False), (0.68, True)])
def test_a_run_that_loses_a_point_on_labelled_texts_is_refused(
    tmp_path: Path, after: float, refused: bool
) -> None:
    log = RunLog(tmp_path / "curve.jsonl")
    log.write(event="start", l1=0.8, l2=0.75, l3=0.70, top5=0.9)
    log.write(event="step", loss=1.0)
    log.write(event="check", l1=0.8, l2=0.75, l3=after, top5=0.9)
    if not refused:
        require_no_drift(tmp_path)
        return
    with pytest.raises(ArtefactError, match=r"从 0\.700 降到 0\.680"):
        require_no_drift(tmp_path)
