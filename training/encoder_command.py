"""`jiesu train --kind encoder|cascade`: the fast model, the encoder, and both put together.

The fast model is written beside the encoder, in a folder that mix.json names; the run itself
(checkpoints, curve, fp32 reference) lies in a folder of its own, so that it can be resumed.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jiesu.classifier.artefact import Card, write_card, write_labels
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import Augmenter
from jiesu.training.corpus import LabelColumns
from jiesu.training.encoder_rows import EncoderRow, is_held_out, is_tenth
from jiesu.training.encoder_task import EncoderSettings
from jiesu.training.fast_beside import city_fast_scores, labelled_fast_scores, labelled_rows
from jiesu.training.linear_run import LinearTask, train_linear
from jiesu.training.make_encoder import EncoderOrder, city_augmenter, city_rows, make_encoder

_ENDING = "-encoder"


def fast_folder(out: Path) -> Path:
    """Return the folder of the fast model that belongs to an encoder's folder.

    >>> fast_folder(Path("models/beijing-encoder")).name, fast_folder(Path("model")).name
    ('beijing-fast', 'model-fast')
    """
    return out.with_name(f"{out.name.removesuffix(_ENDING)}-fast")


def run_folder(out: Path) -> Path:
    """Return the folder of an encoder's run, beside its model folder."""
    return out.with_name(f"{out.name}-run")


def train_encoder(
    task: LinearTask,
    place: tuple[City, Path] | None,
    out: Path,
    kind: str,
    segmenter: str,
    settings: EncoderSettings,
) -> Card:
    """Train the fast model, then the encoder, and put both together.

    Args:
        task: what the fast model is trained from.
        place: city and corpora folder; None where the task is a labelled file.
        out: the encoder's model folder.
        kind: "encoder" or "cascade".

    Raises:
        InputError: a labelled file has too few texts to hold any out.
    """
    rows = city_rows(*place) if place else labelled_rows(task.corpus)
    if not place:
        _require_held_out(task.corpus.tree, rows)
    train_linear(task, fast_folder(out), segmenter)
    cutter = segmenter_of(segmenter)
    tree = task.corpus.tree
    order = EncoderOrder(
        name=task.name.replace("-fast", f"-{kind}"),
        kind=kind,
        fast=fast_folder(out).name,
        fast_scores=city_fast_scores(*place, cutter)
        if place
        else labelled_fast_scores(tree, cutter),
        out=out,
        work=run_folder(out),
        settings=settings if place else _messages_only(settings),
        choose=is_held_out if place else is_tenth,
        prior=task.prior,
    )
    augmenter = city_augmenter(place[0], rows) if place else Augmenter()
    card = make_encoder(tree, rows, augmenter, order)
    return _with_labels(card, task, out) if task.labels else card


def _require_held_out(tree: LabelTree, rows: Sequence[EncoderRow]) -> None:
    if not any(is_tenth(row, tree.leaf_index[row.code]) for row in rows):
        raise InputError(
            f"只有 {len(rows)} 条文本，留不出检验用的十分之一；"
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
    )
