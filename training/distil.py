"""A smaller student of a trained encoder, for bulk work.

The student keeps some of the teacher's layers and its class layers, and learns to give the
teacher's probabilities besides the right classes: they say which other classes a text is near to.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from jiesu.taxonomy.errors import InputError
from jiesu.training.device import in_half
from jiesu.training.encoder_net import EncoderNet

Tensor = Any


@dataclass(frozen=True)
class Teacher:
    """A trained encoder to learn from.

    Attributes:
        checkpoint: of the teacher's run.
        layers: the backbone's layers that the teacher keeps.
        share: weight of the teacher's probabilities in the student's loss.
        temperature: softens both sides' probabilities; above 1 the lesser classes count more.
    """

    checkpoint: Path
    layers: tuple[int, ...]
    share: float = 0.7
    temperature: float = 2.0


def start_from_teacher(student: EncoderNet, teacher: EncoderNet, places: tuple[int, ...]) -> None:
    """Copy the class layers and the layers at `places` of the teacher into the student."""
    state = teacher.state_dict()
    kept = {}
    for name, value in state.items():
        if ".layer." not in name:
            kept[name] = value
            continue
        before, after = name.split(".layer.", 1)
        layer, rest = after.split(".", 1)
        if int(layer) in places:
            kept[f"{before}.layer.{places.index(int(layer))}.{rest}"] = value
    student.load_state_dict(kept, strict=True)


def layer_places(student: tuple[int, ...], teacher: tuple[int, ...]) -> tuple[int, ...]:
    """Return where the student's layers stand in the teacher.

    Raises:
        InputError: the teacher lacks one of them.

    >>> layer_places((0, 4, 11), (0, 1, 4, 11))
    (0, 2, 3)
    """
    missing = sorted(set(student) - set(teacher))
    if missing:
        raise InputError(
            f"学生模型要保留的第 {missing} 层不在教师模型的层 {list(teacher)} 中；请改 layers"
        )
    return tuple(teacher.index(layer) for layer in student)


def distil_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Return the divergence of the student's softened probabilities from the teacher's."""
    log_p = functional.log_softmax(student / temperature, dim=1)
    target = functional.softmax(teacher / temperature, dim=1)
    divergence: Tensor = functional.kl_div(log_p, target, reduction="batchmean")
    return divergence * temperature**2


def teacher_logits(teacher: EncoderNet, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the teacher's leaf logits of a batch, without a gradient."""
    with torch.no_grad(), in_half():
        pooled = teacher.pooled(ids, mask)
    with torch.no_grad():
        return teacher.head(pooled.float())[0]
