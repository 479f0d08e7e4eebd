"""`jiesu train --kind encoder|cascade|student`: the fast model, the encoder, and both put together.

The fast model is written beside the encoder, in a folder that mix.json names; the run itself
(checkpoints, curve, fp32 reference) lies in a folder of its own, so that it can be resumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from jiesu.classifier.artefact import Card, load_classifier, write_card, write_labels
from jiesu.classifier.combined_file import MIX_FILE, PRIOR_FILE
from jiesu.classifier.encoder import ENCODER_FILES
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import Asides, Augmenter
from jiesu.training.corpus import LabelColumns
from jiesu.training.distil import Teacher
from jiesu.training.encoder_rows import EncoderRow, is_held_out, is_tenth, read_asides
from jiesu.training.encoder_task import EncoderSettings
from jiesu.training.fast_beside import FastFit, chosen_fast_fit, labelled_fast_fit, labelled_rows
from jiesu.training.from_served import has_classes, start_from_served
from jiesu.training.linear_run import LinearTask, check_folder, fitted, write_linear
from jiesu.training.make_encoder import (
    EncoderOrder,
    city_augmenter,
    city_kinds,
    city_rows,
    make_encoder,
)
from jiesu.training.start_model import STUDENT, Origin, require_model, sources, taken_model
from jiesu.training.unlabelled import SOURCE, WEIGHT, Unlabelled, choose_texts, read_texts

Place = tuple[City, Path]

_ENDINGS = ("-encoder", "-cascade", "-student")
# Five of the nine layers: twice as fast. Source: docs/log.md, "Student".
STUDENT_LAYERS = (0, 2, 5, 8, 11)
_PRETRAINED = Origin()
# A trained model that goes on with its own classes would first forget at the full rates.
# Source: docs/log.md, 2026-11-28, "Encoder, sixth round".
_LATER_RATE, _LATER_HEAD_RATE = 4e-5, 1.5e-4


def fast_folder(out: Path) -> Path:
    """Return the folder of the fast model that belongs to an encoder's folder.

    >>> fast_folder(Path("models/beijing-encoder")).name, fast_folder(Path("model")).name
    ('beijing-fast', 'model-fast')
    """
    name = out.name
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return out.with_name(f"{name}-fast")


def run_folder(out: Path) -> Path:
    """Return the folder of an encoder's run, beside its model folder."""
    return out.with_name(f"{out.name}-run")


def train_encoder(
    task: LinearTask,
    place: Place | None,
    out: Path,
    kind: str,
    segmenter: str,
    settings: EncoderSettings,
    origin: Origin = _PRETRAINED,
) -> Card:
    """Train the fast model, then the encoder, and put both together.

    Args:
        task: what the fast model is trained from.
        place: city and corpora folder; None where the task is a labelled file.
        out: the encoder's model folder.
        kind: "encoder", "cascade" or "student".
        origin: what to begin with; a student needs a model, and so do texts without labels.

    Raises:
        InputError: a folder to write holds something else, a labelled file has too few texts to
            hold any out, a model to begin with is needed and not named, or it does not fit.
    """
    tree = task.corpus.tree
    require_model(kind, origin, settings, tree)
    taken = taken_model(kind, origin, settings, tree)
    _check_folders(out)
    rows = _rows(task, place)
    settings = settings if place else _messages_only(settings)
    begun = _Begun(settings) if taken else _begun(task, run_folder(out), settings, kind, origin)
    begun = replace(begun, taken=taken, data=sources(task.data, origin))
    fast = fitted(task, segmenter)
    beside = chosen_fast_fit(fast) if place else labelled_fast_fit(tree, segmenter_of(segmenter))
    order = _order(task, place, begun, out=out, kind=kind, fit_fast=beside)
    augmenter = city_augmenter(*place, rows) if place else Augmenter()
    card = make_encoder(tree, rows, augmenter, order)
    if task.labels:
        card = _with_labels(card, task, out)
    write_linear(task, fast, fast_folder(out))  # last: a refused run leaves both as they were
    return card


def _order(
    task: LinearTask,
    place: Place | None,
    begun: "_Begun",
    *,
    out: Path,
    kind: str,
    fit_fast: FastFit,
) -> EncoderOrder:
    return EncoderOrder(
        name=task.name.replace("-fast", f"-{kind}"),
        kind="encoder" if kind == STUDENT else kind,
        fast=fast_folder(out).name,
        fit_fast=fit_fast,
        out=out,
        work=run_folder(out),
        settings=begun.settings,
        choose=is_held_out if place else is_tenth,
        prior=task.prior,
        start=begun.start,
        taken=begun.taken,
        teacher=begun.teacher,
        unlabelled=begun.unlabelled,
        kind_model=partial(city_kinds, *place) if place else None,
        asides=read_asides(place[1])[1] if place else Asides(),
        data=begun.data,
    )


def _check_folders(out: Path) -> None:
    """Refuse to write over anything but a model, before an hour is spent on a new one."""
    check_folder(fast_folder(out))
    check_folder(out, (*ENCODER_FILES, MIX_FILE, PRIOR_FILE), "编码器")


def _rows(task: LinearTask, place: Place | None) -> list[EncoderRow]:
    if place:
        return city_rows(*place)
    rows = labelled_rows(task.corpus)
    _require_held_out(task.corpus.tree, rows)
    return rows


@dataclass(frozen=True)
class _Begun:
    settings: EncoderSettings
    taken: Path | None = None
    data: dict[str, Any] = field(default_factory=dict)  # Any: digests, and a list of them
    start: Path | None = None
    teacher: Teacher | None = None
    unlabelled: Unlabelled | None = None


def _begun(
    task: LinearTask, run: Path, settings: EncoderSettings, kind: str, origin: Origin
) -> _Begun:
    """Read back the model to begin with; label the texts that have no labels."""
    tree = task.corpus.tree
    if origin.model is None:
        return _Begun(settings)
    start = start_from_served(origin.model, tree, run / "start.pt")
    if kind == STUDENT:
        teacher = Teacher(start, settings.layers)
        return _Begun(replace(settings, layers=STUDENT_LAYERS), teacher=teacher)
    settings = later_settings(settings, origin.model, tree)
    if origin.unlabelled is None:
        return _Begun(settings, start)
    texts = read_texts(origin.unlabelled)
    taken = choose_texts(texts, load_classifier(origin.model, tree))
    return _Begun(_with_weight(settings), start, unlabelled=taken)


def later_settings(settings: EncoderSettings, model: Path, tree: LabelTree) -> EncoderSettings:
    """Return settings to go on from a served model: lower rates where its classes stay."""
    if not has_classes(model, tree):
        return settings
    return replace(settings, rate=_LATER_RATE, head_rate=_LATER_HEAD_RATE)


def _with_weight(settings: EncoderSettings) -> EncoderSettings:
    """Let the texts that a model labelled count less than those of people."""
    weights = {**(settings.plan.weights or {}), SOURCE: WEIGHT}
    return replace(settings, plan=replace(settings.plan, weights=weights))


def _require_held_out(tree: LabelTree, rows: Sequence[EncoderRow]) -> None:
    if not any(is_tenth(row, tree.leaf_index[row.code]) for row in rows):
        raise InputError(
            f"只有 {len({row.text for row in rows})} 条不重复的文本，留不出检验用的十分之一；"
            "请至少每类准备 10 条，或用 --kind linear"
        )


def _messages_only(settings: EncoderSettings) -> EncoderSettings:
    plan = replace(settings.plan, title_share=0.0, titles=0, phrase_texts=0)
    return replace(settings, plan=plan)


def _with_labels(card: Card, task: LinearTask, out: Path) -> Card:
    """Write the classes into the folder, and the card again with where they stood."""
    write_labels(out, task.corpus.tree)
    labels = task.labels or LabelColumns(())
    marks = {"separator": labels.separator} if labels.separator else {}
    full = replace(card, label_columns=labels.columns, facts={**card.facts, **marks})
    write_card(out, full)
    return full


def told(card: Card, out: Path) -> str:
    """Say in words what was made."""
    held = card.facts["held_out"]
    shares = "，".join(
        f"{name} {held[part][f'l{len(held[part]) - 1}']:.3f}"
        for part, name in (("fast", "快速模型"), ("encoder", "编码器"), ("combined", "合用"))
    )
    return (
        f"模型 {card.name} 已写到 {out}，配套的快速模型在 {fast_folder(out)}\n"
        f"留出的 {held['texts']} 篇上末级首选正确率：{shares}"
        + ("" if "kind" in held else "\n标明诉求类型的文本不够，类型仍只由随附的模型判断")
    )
