"""Train the encoder on one machine, a GPU or its processors, within a given time, resumably.

Several processes of one thread each share the work (data parallel): a process that waits for a
busy core costs one exchange of gradients a step, where threads would wait in every operation.
The learning rate follows the clock, so that a run ends when its time is used up, on whatever
machine; a run that was killed goes on from its last checkpoint.
"""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import torch
import torch.distributed as dist
import torch.multiprocessing as processes

from jiesu.taxonomy.errors import InputError
from jiesu.training.backbone import load_backbone
from jiesu.training.device import processes_for
from jiesu.training.encoder_run import CHECKPOINT, EncoderRun
from jiesu.training.encoder_task import EncoderSettings, EncoderTask, run_origin

ORIGIN_FILE = "origin.json"
_PARENT_SECONDS = 5
# Parts of a run's origin, as messages name them.
_PARTS = {
    "rows": "训练文本",
    "unlabelled": "无标签工单",
    "leaves": "事项",
    "layers": "所用的层",
    "backbone": "预训练骨干",
    "start": "--from 的模型",
    "teacher": "教师模型",
}


def fit_encoder(task: EncoderTask, settings: EncoderSettings, folder: Path) -> Path:
    """Train, or go on with the run in `folder`, and return its final checkpoint.

    Raises:
        InputError: the run in `folder` is another one.
    """
    origin = run_origin(task, settings)
    require_own_run(folder, origin)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ORIGIN_FILE).write_bytes(orjson.dumps(origin, option=orjson.OPT_INDENT_2) + b"\n")
    load_backbone(settings.backbone, settings.layers, folder)  # converted once, before the fork
    settings = replace(settings, processes=processes_for(settings.processes))
    arguments = (task, settings, folder)
    if settings.processes == 1:
        _work(0, *arguments)
    else:
        processes.spawn(_work, arguments, nprocs=settings.processes)
    return folder / CHECKPOINT


def require_own_run(folder: Path, origin: Mapping[str, str]) -> None:
    """Refuse to go on with a run that began with something else.

    Args:
        folder: of the run; it may not be there yet.
        origin: what `run_origin` says of the run that is to go on.

    Raises:
        InputError: the folder holds a checkpoint of another run, or of an unknown one.
    """
    if not (folder / CHECKPOINT).is_file():
        return
    advice = "不能接着训练；请删除这个文件夹重新训练，或换一个 --out"
    if not (folder / ORIGIN_FILE).is_file():
        raise InputError(f"{folder} 缺少 {ORIGIN_FILE}，看不出是用什么训练的，{advice}")
    began = orjson.loads((folder / ORIGIN_FILE).read_bytes())
    changed = [told for part, told in _PARTS.items() if began.get(part) != origin[part]]
    if changed:
        raise InputError(f"{folder} 里是另一次训练，{'、'.join(changed)}与这次不同，{advice}")


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: a killed command leaves no training behind."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os._exit(1)


def _work(rank: int, task: EncoderTask, settings: EncoderSettings, folder: Path) -> None:
    torch.set_num_threads(1)
    if settings.processes > 1:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        meeting = f"file://{folder.resolve()}/meeting-{os.getppid()}"
        dist.init_process_group(
            "gloo", init_method=meeting, rank=rank, world_size=settings.processes
        )
    seeded_run(rank, task, settings, folder).train()
    if settings.processes > 1:
        dist.destroy_process_group()


def seeded_run(rank: int, task: EncoderTask, settings: EncoderSettings, folder: Path) -> EncoderRun:
    """Build one process's share: the same weights in all, since only gradients are exchanged."""
    torch.manual_seed(settings.seed)
    run = EncoderRun(rank, task, settings, folder)
    torch.manual_seed(settings.seed + rank)  # each drops out other values
    return run
