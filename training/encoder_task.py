"""What an encoder run learns from and how: its task and its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import Augmenter
from jiesu.training.backbone import NINE_LAYERS, REGISTRY
from jiesu.training.batches import EpochPlan
from jiesu.training.distil import Teacher
from jiesu.training.encoder_loss import LossWeights
from jiesu.training.encoder_rows import EncoderRow


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
        train_words: whether the word vectors learn too; they are most of a large vocabulary.
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
    train_words: bool = True
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
    """

    tree: LabelTree
    rows: Sequence[EncoderRow]
    held: Sequence[EncoderRow]
    augmenter: Augmenter
    teacher: Teacher | None = None
    start: Path | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
