"""The whole way from texts to a served encoder: split, train, export, combine, card.

One call makes the default model anew. Everything between lies in a work folder, so that a run
that was killed goes on where it stopped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from jiesu.classifier.artefact import LABELS_FILE, Card
from jiesu.classifier.combined_file import PRIOR_FILE
from jiesu.classifier.kind import KindModel
from jiesu.classifier.linear_file import LINEAR_FILE
from jiesu.classifier.reading import fast_answers
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.city import City
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import Asides, Augmenter
from jiesu.training.augment_tables import homophones, region_places
from jiesu.training.distil import Teacher
from jiesu.training.encoder_model import (
    HeldOut,
    combine,
    export_encoder,
    finish_folder,
    finish_taken,
    take_encoder,
)
from jiesu.training.encoder_rows import (
    EncoderRow,
    corpus_rows,
    held_out_texts,
    is_held_out,
    kind_rows,
    read_asides,
    split_rows,
    tree_rows,
)
from jiesu.training.encoder_task import EncoderSettings, EncoderTask, run_origin
from jiesu.training.fast_beside import FastFit
from jiesu.training.fit_encoder import fit_encoder, require_own_run
from jiesu.training.fit_kind import fit_kind_model
from jiesu.training.small_texts import kind_texts
from jiesu.training.unlabelled import Unlabelled, require_no_drift

# Held-out texts that watch the run: a third of them, because each look costs training time.
WATCHED = 3
# Key of the table without labels among the digests of the data.
TABLE = "unlabelled"
# A model of the kinds is fitted in as many folds, none without texts.
_FEWEST_KIND_GROUPS = 4


@dataclass(frozen=True)
class EncoderOrder:
    """What to make.

    Attributes:
        name: name of the model.
        kind: "encoder" answers with both models, "cascade" spares the encoder where it can.
        fast: name of the fast model's folder, beside `out`.
        fit_fast: fits a fast model on the training rows, to hear what it says of held-out ones.
        out: model folder to write.
        work: folder of the run, its checkpoints and the fp32 reference.
        choose: says of a row and its leaf number whether it is held out.
        prior: as in `LinearTask`.
        start: weights to begin with; None begins with the pretrained encoder.
        taken: folder of a served encoder that is taken as it is, not trained; None trains one. It
            must not have learned from the texts that are held out.
        teacher: a trained encoder that a student learns from; None for any other.
        unlabelled: texts that a model has labelled, to train on besides.
        kind_model: fits a model of the kinds of request on rows, to see whether the encoder's kinds
            add to it; None, or where it gives none, leaves the kinds to the model that is served.
        asides: sentences that the held-out letters stand among, as real ones do.
        data: name → digest of each source of data, the table without labels under `TABLE`; under
            "before" the digests of what the models before this one were trained on.
    """

    name: str
    kind: str
    fast: str
    fit_fast: FastFit
    out: Path
    work: Path
    settings: EncoderSettings = field(default_factory=EncoderSettings)
    choose: Callable[[EncoderRow, int], bool] = is_held_out
    prior: Matrix | None = None
    start: Path | None = None
    taken: Path | None = None
    teacher: Teacher | None = None
    unlabelled: Unlabelled | None = None
    kind_model: Callable[[Sequence[EncoderRow]], KindModel | None] | None = None
    asides: Asides = field(default=Asides())
    data: Mapping[str, Any] = field(default_factory=dict)  # Any: digests, and a list of them


def city_rows(city: City, corpora: Path) -> list[EncoderRow]:
    """Return all rows of a city's label tree and corpora folder."""
    return [*tree_rows(city.tree), *corpus_rows(corpora), *kind_rows(corpora)]


def make_encoder(
    tree: LabelTree, rows: Sequence[EncoderRow], augmenter: Augmenter, order: EncoderOrder
) -> Card:
    """Train, export and combine; write the model folder and return its card.

    Raises:
        ArtefactError: the exported model is worse than the trained one, or texts without labels
            made it worse.
        InputError: the work folder holds another run.
    """
    train, held_rows = split_rows(rows, tree, order.choose)
    if order.unlabelled:
        order = replace(order, unlabelled=without_held_out(order.unlabelled, held_rows))
    held_rows = as_letters_are(held_out_texts(held_rows), order.asides)
    task = _task(tree, train, held_rows, augmenter, order)
    if not order.taken:
        require_own_run(order.work, run_origin(task, order.settings))
    held = _heard(train, held_rows, order)  # before training: what it lacks is told at once
    checkpoint = None if order.taken else _trained(task, order)
    facts = _put(tree, held, order, checkpoint)
    facts["held_out"] = combine(order.out, tree, held, order.fast)
    card = Card(order.name, order.kind, tree.version, facts=facts)
    if order.taken:
        return finish_taken(order.out, card, order.taken)
    return finish_folder(order.out, card, order.work, order.settings, train)


def without_held_out(found: Unlabelled, held: Sequence[EncoderRow]) -> Unlabelled:
    """Leave out texts that are held out from the labelled ones: no model may have read these.

    Args:
        found: what was taken from a history without labels.
        held: held-out rows; a text is known with and without its title.
    """
    whole = [*held, *held_out_texts(held)]
    known = {part.strip() for row in whole for part in (row.text, row.text.removeprefix(row.head))}
    return replace(found, rows=tuple(row for row in found.rows if row.text.strip() not in known))


def _task(
    tree: LabelTree,
    train: Sequence[EncoderRow],
    held: Sequence[EncoderRow],
    augmenter: Augmenter,
    order: EncoderOrder,
) -> EncoderTask:
    more = order.unlabelled.rows if order.unlabelled else ()
    return EncoderTask(
        tree,
        [*train, *more],
        held[::WATCHED],
        augmenter,
        order.teacher,
        order.start,
        reading_rates(tree, order.prior),
        order.data.get(TABLE, ""),
    )


def _heard(train: Sequence[EncoderRow], held: Sequence[EncoderRow], order: EncoderOrder) -> HeldOut:
    """Fit the fast model and that of the kinds without the held-out texts, and hear both."""
    fast = order.fit_fast(train, held)
    answers = fast_answers(fast, [row.text for row in held], [row.title for row in held])
    return HeldOut(tuple(held), answers, order.kind_model(train) if order.kind_model else None)


def _trained(task: EncoderTask, order: EncoderOrder) -> Path:
    """Train, or go on with a run that was stopped; return its checkpoint."""
    checkpoint = fit_encoder(task, order.settings, order.work)
    if order.unlabelled:
        require_no_drift(order.work)
    return checkpoint


def _put(
    tree: LabelTree, held: HeldOut, order: EncoderOrder, checkpoint: Path | None
) -> dict[str, Any]:
    """Put the encoder into the model folder; return facts for the card."""
    facts: dict[str, Any] = {"fast_model": order.fast, "data": dict(order.data)}
    if order.taken:
        take_encoder(order.taken, order.out)
    elif checkpoint:
        parity = export_encoder(checkpoint, order.settings, tree, held, order.out)
        facts["backbone"] = order.settings.backbone
        facts["export"] = {"same_first": parity.same_first, "accuracy": parity.accuracy}
    if order.unlabelled:
        facts["unlabelled"] = order.unlabelled.facts()
    _sweep(order)
    return facts


def _sweep(order: EncoderOrder) -> None:
    """Write the prior, and remove what another model left in the folder: it would be read too."""
    for name in (PRIOR_FILE, LABELS_FILE, LINEAR_FILE):
        (order.out / name).unlink(missing_ok=True)
    if order.prior is not None:
        np.save(order.out / PRIOR_FILE, order.prior)


def reading_rates(tree: LabelTree, prior: Matrix | None) -> dict[str, float]:
    """Return how often the messages of each class are read in one epoch, 1 on the mean.

    In proportion to the prior, which is about the square root of its share: what is asked about
    often is read more often, and what is rare is not forgotten.

    Args:
        prior: as in `LinearTask`; None reads all equally often.
    """
    if prior is None:
        return {}
    rates = np.exp(prior)
    return dict(zip(tree.leaves, (rates / rates.mean()).tolist(), strict=True))


def as_letters_are(rows: Sequence[EncoderRow], asides: Asides) -> list[EncoderRow]:
    """Return held-out rows, the letters among sentences that say nothing of their matter.

    What a model answers to the bare texts is surer than it may be with real letters. Mail is as
    real letters are already.
    """
    rng = np.random.default_rng(0)
    return [_among(row, asides, rng) for row in rows]


def _among(row: EncoderRow, asides: Asides, rng: Generator) -> EncoderRow:
    if row.is_mail:
        return row
    body = row.text.removeprefix(row.head)
    return replace(row, text=row.head + asides.put_into(body, rng, row.kind))


def city_augmenter(city: City, corpora: Path, rows: Sequence[EncoderRow]) -> Augmenter:
    """Return the augmenter with a city's places and asides, and the homophones of the rows."""
    same_sound = homophones(row.text for row in rows)
    return Augmenter(region_places(city.regions.values()), same_sound, read_asides(corpora)[0])


def city_kinds(city: City, corpora: Path, train: Sequence[EncoderRow]) -> KindModel | None:
    """Fit a model of the kinds; None where the corpora say too little of them."""
    if not (corpora / "kinds" / "frames.yaml").is_file():
        return None
    groups = {text.group for text in kind_texts(corpora, city.tree, list(train))}
    return fit_kind_model(city, corpora, train)[0] if len(groups) >= _FEWEST_KIND_GROUPS else None
