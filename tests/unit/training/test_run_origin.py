"""What tells one run from another, and what a run that goes on may change."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from tiny_encoder import tiny_rows, tiny_settings, tiny_tree, write_backbone

from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.augment import Augmenter
from jiesu.training.backbone import cache_name, source_digest
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_task import EncoderSettings, EncoderTask, run_origin
from jiesu.training.fit_encoder import ORIGIN_FILE, fit_encoder, require_own_run, seeded_run
from jiesu.training.run_log import RunLog

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

Changed = Callable[[EncoderTask, EncoderSettings], tuple[EncoderTask, EncoderSettings]]
OTHER_TREE = tree_of("tiny-2", [Label(code, code, 1) for code in ("0101", "0102", "0201")])
OTHERS: list[tuple[str, Changed]] = [
    ("训练文本", lambda task, how: (replace(task, rows=task.rows[1:]), how)),
    ("训练文本", lambda task, how: (replace(task, rows=_all_asked(task)), how)),
    ("事项", lambda task, how: (replace(task, tree=OTHER_TREE), how)),
    ("无标签工单", lambda task, how: (replace(task, unlabelled="ab12"), how)),
    ("所用的层", lambda task, how: (task, replace(how, layers=(1,)))),
    ("预训练骨干", lambda task, how: (task, replace(how, backbone="org/other"))),
]


def _all_asked(task: EncoderTask) -> list[EncoderRow]:
    return [replace(row, kind="咨询") for row in task.rows]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[EncoderTask, EncoderSettings, Path]:
    """A short run of the small tree in the folder `run`."""
    folder = tmp_path_factory.mktemp("begun")
    write_backbone(folder / "backbone")
    task = EncoderTask(tiny_tree(), tiny_rows(), tiny_rows(), Augmenter())
    settings = tiny_settings(folder / "backbone", 0.001)
    fit_encoder(task, settings, folder / "run")
    return task, settings, folder / "run"


@pytest.mark.parametrize(("part", "changed"), OTHERS)
def test_another_run_is_not_gone_on_with(
    begun: tuple[EncoderTask, EncoderSettings, Path], part: str, changed: Changed
) -> None:
    task, settings, run = begun
    checkpoint = (run / "checkpoint.pt").read_bytes()
    with pytest.raises(InputError, match=f"{run} 里是另一次训练，{part}与这次不同.*请删除"):
        fit_encoder(*changed(task, settings), run)
    assert (run / "checkpoint.pt").read_bytes() == checkpoint


def test_rates_minutes_and_order_may_change(
    begun: tuple[EncoderTask, EncoderSettings, Path],
) -> None:
    task, settings, run = begun
    later = replace(settings, rate=1e-5, minutes=9.0, seed=1)
    require_own_run(run, run_origin(replace(task, rows=list(task.rows)[::-1]), later))


def test_a_run_that_does_not_say_what_it_began_with_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    with pytest.raises(InputError, match=f"缺少 {ORIGIN_FILE}"):
        require_own_run(tmp_path, {})


def test_a_start_is_told_by_its_weights(
    begun: tuple[EncoderTask, EncoderSettings, Path], tmp_path: Path
) -> None:
    task, settings, run = begun
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    torch.save({"net": state["net"], "averaged": state["averaged"]}, tmp_path / "copy.pt")
    state["averaged"]["log_scale"] += 1
    torch.save({"net": state["net"], "averaged": state["averaged"]}, tmp_path / "other.pt")
    same, copy, other = (
        run_origin(replace(task, start=file), settings)["start"]
        for file in (run / "checkpoint.pt", tmp_path / "copy.pt", tmp_path / "other.pt")
    )
    assert same == copy != other


def test_a_run_begun_anew_forgets_the_figures_of_the_one_before(
    begun: tuple[EncoderTask, EncoderSettings, Path], tmp_path: Path
) -> None:
    task, settings, _ = begun
    RunLog(tmp_path / "curve.jsonl").write(event="start", rows=999, l2=1.0)
    fit_encoder(task, settings, tmp_path)
    starts = [one for one in RunLog(tmp_path / "curve.jsonl").read() if one["event"] == "start"]
    assert [one["rows"] for one in starts] == [len(task.rows)]


def test_all_processes_begin_with_the_same_weights_and_drop_out_others(
    begun: tuple[EncoderTask, EncoderSettings, Path], tmp_path: Path
) -> None:
    task, settings, _ = begun
    kinds, seeds = [], []
    for rank in (0, 1):
        kinds.append(seeded_run(rank, task, settings, tmp_path).net.kind.weight.detach().cpu())
        seeds.append(torch.initial_seed())
    assert torch.equal(*kinds)
    assert seeds[0] != seeds[1]


def test_a_converted_backbone_is_not_taken_for_that_of_another_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one.bin", tmp_path / "other.bin"
    one.write_bytes(b"E5S1 one")
    other.write_bytes(b"E5S1 other")
    assert cache_name(one, (0, 1)) != cache_name(other, (0, 1))
    assert source_digest(str(one)) != source_digest(str(other))
    assert source_digest("org/name") == "org/name"
