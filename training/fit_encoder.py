"""Train the encoder on one machine, a GPU or its processors, within a given time, resumably.

Several processes of one thread each share the work (data parallel): a process that waits for a
busy core costs one exchange of gradients a step, where threads would wait in every operation.
The learning rate follows the clock, so that a run ends when its time is used up, on whatever
machine; a run that was killed goes on from its last checkpoint.
"""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as processes

from jiesu.training.backbone import load_backbone
from jiesu.training.device import processes_for
from jiesu.training.encoder_run import CHECKPOINT, EncoderRun
from jiesu.training.encoder_task import EncoderSettings, EncoderTask

_PARENT_SECONDS = 5


def fit_encoder(task: EncoderTask, settings: EncoderSettings, folder: Path) -> Path:
    """Train, or go on with the run in `folder`, and return its final checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    load_backbone(settings.backbone, settings.layers, folder)  # converted once, before the fork
    settings = replace(settings, processes=processes_for(settings.processes))
    arguments = (task, settings, folder)
    if settings.processes == 1:
        _work(0, *arguments)
    else:
        processes.spawn(_work, arguments, nprocs=settings.processes)
    return folder / CHECKPOINT


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: a killed command leaves no training behind."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os._exit(1)


def _work(rank: int, task: EncoderTask, settings: EncoderSettings, folder: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed + rank)
    if settings.processes > 1:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        meeting = f"file://{folder.resolve()}/meeting-{os.getppid()}"
        dist.init_process_group(
            "gloo", init_method=meeting, rank=rank, world_size=settings.processes
        )
    EncoderRun(rank, task, settings, folder).train()
    if settings.processes > 1:
        dist.destroy_process_group()
