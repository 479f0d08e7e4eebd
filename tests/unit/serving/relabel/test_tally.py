import orjson

from jiesu.serving.relabel.rows import Problem
from jiesu.serving.relabel.tally import HARD_ROWS, SHOWN_PROBLEMS, HardRow, Tally


def filled(start: int) -> Tally:
    tally = Tally(rows=10)
    tally.count("kind", "投诉")
    tally.count("kind", "")
    tally.count_probabilities([1.0, 0.995, 0.0])
    tally.hard = [HardRow(0.01 * (start + j), start + j, "灯", "市政") for j in range(15)]
    for j in range(30):
        tally.count_problem(Problem(start + j, "内容", "正文为空", labelled=j == 0))
    return tally


def test_merged_counts_are_those_of_all_rows() -> None:
    tally = filled(0)
    tally.merge(filled(10))
    assert (tally.rows, tally.bad, tally.notes) == (20, 58, 2)
    assert tally.counts["kind"] == {"投诉": 2}
    assert [level[-1] for level in tally.histograms] == [2, 2, 0]


def test_hardest_rows_of_both_parts_are_kept() -> None:
    tally = filled(0)
    tally.merge(filled(10))
    assert len(tally.hard) == HARD_ROWS
    assert [row.p for row in tally.hard] == sorted(row.p for row in tally.hard)
    assert tally.hard[-1].row == 14


def test_only_the_first_problems_are_shown() -> None:
    tally = filled(0)
    tally.merge(filled(1000))
    assert len(tally.problems) == SHOWN_PROBLEMS
    assert tally.problems[-1][0] == 1009


def test_counts_survive_the_journal() -> None:
    tally = filled(0)
    read = Tally.from_json(orjson.loads(orjson.dumps(tally.to_json())))
    assert read == tally
