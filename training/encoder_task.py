"""What an encoder run learns from and how: its task, its settings, and what tells runs apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import torch

from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import Augmenter
from jiesu.training.backbone import NINE_LAYERS, REGISTRY, source_digest
from jiesu.training.batches import EpochPlan
from jiesu.training.distil import Teacher
from jiesu.training.encoder_loss import LossWeights
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.unlabelled import SOURCE


@dataclass(frozen=True)
class EncoderSettings:
    """Settings of a run; saved with the artefact.

    Attributes:
        minutes: time for training, all resumed parts together.
        processes: processes of one thread each.
        rate: highest learning rate of the encoder's last layer.
        layer_decay: factor from one layer to the one below it.
        head_rate: highest learning rate of the class and kind layers.
        average: weight of the past in the moving average of the weights, a step.
        check_minutes: time between two checkpoints.
    """

    backbone: str = REGISTRY
    layers: tuple[int, ...] = NINE_LAYERS
    minutes: float = 75.0
    processes: int = 2
    rate: float = 1.2e-4
    layer_decay: float = 0.92
    head_rate: float = 4e-4
    weight_decay: float = 0.01
    warmup: float = 0.04
    average: float = 0.998
    check_minutes: float = 6.0
    seed: int = 7
    plan: EpochPlan = field(default_factory=EpochPlan)
    loss: LossWeights = field(default_factory=LossWeights)


@dataclass(frozen=True)
class EncoderTask:
    """What a run learns from.

    Attributes:
        rows: training rows.
        held: texts held out, to watch the run; none of them is trained on.
        teacher: a trained encoder to learn from besides; None learns from the texts alone.
        start: checkpoint of an earlier run to begin with; None begins with the pretrained encoder.
        rates: how often the messages of a class are read in one epoch; 1 where it is not named.
        unlabelled: digest of the table whose texts a model has labelled; empty where none is read.
    """

    tree: LabelTree
    rows: Sequence[EncoderRow]
    held: Sequence[EncoderRow]
    augmenter: Augmenter
    teacher: Teacher | None = None
    start: Path | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    unlabelled: str = ""


def run_origin(task: EncoderTask, settings: EncoderSettings) -> dict[str, str]:
    """Return a digest of each thing that must stay the same while a run is resumed.

    Contents count, not where they lie. Texts that a model has labelled are told by their table
    and that model, since another machine may find a few of its answers sure that were not. Rates,
    minutes and the plan of an epoch are left out: a resumed run may be given others.
    """
    paths = (task.tree.path(leaf) for leaf in task.tree.leaves)
    teacher = task.teacher
    return {
        "rows": rows_hash(row for row in task.rows if row.source != SOURCE),
        "unlabelled": task.unlabelled,
        "leaves": _hash("/".join(label.code for label in path) for path in paths),
        "layers": " ".join(map(str, settings.layers)),
        "backbone": source_digest(settings.backbone),
        "start": _weights_digest(task.start) if task.start else "",
        "teacher": f"{_weights_digest(teacher.checkpoint)} {teacher.layers}" if teacher else "",
    }


def rows_hash(rows: Iterable[EncoderRow]) -> str:
    """Return the SHA-256 of training texts with all that they teach, whatever their order."""
    return _hash(
        sorted(
            "\t".join(
                (row.code, row.source, row.kind, row.title, row.text, *row.also, *row.accepted)
            )
            for row in rows
        )
    )


def _weights_digest(checkpoint: Path) -> str:
    """Return the SHA-256 of weights: two files that hold the same ones differ in their bytes."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = {**state["net"], **state["averaged"]}
    whole = sha256()
    for name in sorted(weights):
        whole.update(name.encode())
        whole.update(weights[name].numpy().tobytes())
    return whole.hexdigest()


def _hash(lines: Iterable[str]) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()
