"""The model that `jiesu train --from` names: what must hold for it before anything is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jiesu.classifier.artefact import CARD_FILE, read_card
from jiesu.classifier.encoder import ENCODER_FILES
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.certify_run import trained_on
from jiesu.training.encoder_task import EncoderSettings
from jiesu.training.from_served import has_classes, layers_of
from jiesu.training.linear_run import digest
from jiesu.training.make_encoder import TABLE

STUDENT = "student"


@dataclass(frozen=True)
class Origin:
    """What a run begins with besides labelled texts.

    Attributes:
        model: folder of a served encoder to go on from, or, for a student, to learn from.
        unlabelled: table of tickets without labels to learn from besides.
    """

    model: Path | None = None
    unlabelled: Path | None = None


def require_model(kind: str, origin: Origin, settings: EncoderSettings, tree: LabelTree) -> None:
    """Refuse a model to begin with that is missing or does not fit.

    Raises:
        InputError: it is not named where one is needed, or it is of another depth or, for a
            student, of other classes.
    """
    if origin.model is None:
        if kind == STUDENT or origin.unlabelled:
            wanted = "--kind student" if kind == STUDENT else "--unlabelled"
            raise InputError(f"{wanted} 要配一个训练好的编码器，请用 --from 指定它的文件夹")
        return
    _require_encoder(origin.model)
    if settings.minutes > 0:
        _require_layers(origin.model, settings.layers)
        if kind == STUDENT:
            _require_classes(origin.model, tree)


def taken_model(
    kind: str, origin: Origin, settings: EncoderSettings, tree: LabelTree
) -> Path | None:
    """Return the folder of the encoder that no time is given to train; None where there is time.

    Raises:
        InputError: it cannot be taken as it is.
    """
    if settings.minutes > 0:
        return None
    if origin.model is None or origin.unlabelled or kind == STUDENT:
        raise InputError(
            f"--minutes {settings.minutes:g} 表示编码器照旧、只换快速模型并重新相加，"
            "要用 --from 指定编码器文件夹，不配 --unlabelled 和 --kind student；"
            "要训练编码器，请把 --minutes 写成大于 0 的分钟数"
        )
    if not has_classes(origin.model, tree):
        raise InputError(
            f"{origin.model} 的事项与 {tree.version} 的不同，编码器不能照旧；"
            "请把 --minutes 写成大于 0 的分钟数，让它学新的事项"
        )
    _require_card(origin.model)
    return origin.model


def sources(data: Mapping[str, str], origin: Origin) -> dict[str, Any]:
    """Return digests of all that the model will have read: nothing of it can prove how good it is.

    The model to begin with has read files too.
    """
    table = {TABLE: digest(origin.unlabelled)} if origin.unlabelled else {}
    before: frozenset[str] = frozenset()
    if origin.model and (origin.model / CARD_FILE).is_file():
        before = trained_on(read_card(origin.model))
    return {**data, **table, **({"before": sorted(before)} if before else {})}


def _require_encoder(model: Path) -> None:
    """Refuse a folder that holds no encoder."""
    missing = [name for name in ENCODER_FILES if not (model / name).is_file()]
    if missing:
        raise InputError(
            f"--from {model}: 缺少 {'、'.join(missing)}，不是编码器的文件夹；"
            "请指定随附的或自己训练的编码器"
        )


def _require_card(model: Path) -> None:
    """Refuse an encoder that does not say how it learned, where a new card has to repeat it."""
    if not (model / CARD_FILE).is_file():
        raise InputError(f"--from {model}: 缺少 {CARD_FILE}；请重新复制这个模型")


def _require_layers(model: Path, layers: tuple[int, ...]) -> None:
    """Refuse an encoder of another depth: some layers would not be filled, or be left out.

    Args:
        layers: those of the pretrained encoder that are kept; empty keeps all.
    """
    found = layers_of(model)
    # A graph of another layout has none: `start_from_served` says so.
    if found and layers and found != len(layers):
        raise InputError(
            f"--from {model}: 编码器有 {found} 层，这里要 {len(layers)} 层的；"
            "小模型（--kind student 的结果）不能接着学，也不能再教小模型，请指定教它的编码器"
        )


def _require_classes(model: Path, tree: LabelTree) -> None:
    """Refuse a teacher of other classes: a student takes over its class layer."""
    if not has_classes(model, tree):
        raise InputError(
            f"--from {model}: 教师模型的事项与 {tree.version} 的不同，教不了小模型；"
            "请先用 --kind encoder --from 训练出这些事项的编码器，再用它教"
        )
