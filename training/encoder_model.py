"""From a trained run to a model folder: export, gate, combination with the fast model, card."""

import hashlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.artefact import Card, checksums, read_card, write_card
from jiesu.classifier.calibrate import expected_error
from jiesu.classifier.cascade import Blend, Blends, KindMix, mix
from jiesu.classifier.combined_file import Mix, write_mix
from jiesu.classifier.encoder import ENCODER_FILES, Encoder, EncoderShape
from jiesu.classifier.kind import KindModel, heard_beside
from jiesu.classifier.level_temperature import fit_level_temperature
from jiesu.classifier.reading import FastAnswers, Heard, passage_logs
from jiesu.classifier.scores import Matrix, level_sums
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_run import trained_net
from jiesu.training.encoder_task import EncoderSettings, rows_hash
from jiesu.training.export import (
    Parity,
    class_vectors,
    compare,
    export_graph,
    fuse,
    quantise,
    require_parity,
    save_encoder,
)
from jiesu.training.fit_kind_mix import fit_kind_mix
from jiesu.training.fit_mix import fit_mix, fit_sure
from jiesu.training.held_out import held_out_scores
from jiesu.training.run_log import RunLog

# As many as texts that are trained on may have, `EpochPlan.max_tokens`.
SERVED_TOKENS = 256
# How often a text of mail counts when kinds are joined: their shares in it are as in real letters,
# where those of letters written to a class are as their writers were told.
_MAIL_COUNTS = 4
# Texts of a length that are enough to fit its few weights.
_FEWEST = 100

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """Texts that neither model has seen, with the fast model's answers to them.

    Attributes:
        rows: their texts as a ticket's reader joins title and text.
        fast: answers of a fast model that was fitted without them.
        wording: a model of the kinds that has not read these texts; None leaves them to the one
            that is served.
    """

    rows: tuple[EncoderRow, ...]
    fast: FastAnswers
    wording: KindModel | None = None

    @property
    def texts(self) -> list[str]:
        """The texts, (N,)."""
        return [row.text for row in self.rows]

    @property
    def codes(self) -> list[str]:
        """The right leaf of each text, (N,)."""
        return [row.code for row in self.rows]

    def leaves(self, tree: LabelTree) -> Ints:
        """Return the leaf number of each text."""
        return np.array([tree.leaf_index[code] for code in self.codes], dtype=np.int64)


def export_encoder(
    checkpoint: Path, settings: EncoderSettings, tree: LabelTree, held: HeldOut, out: Path
) -> Parity:
    """Export a run's network to the model folder `out`, through the gate.

    The fp32 reference and the quantised graph stay beside the checkpoint, in `fp32/` and `int8/`;
    `out` keeps the model that it holds until the new one has passed.

    Raises:
        ArtefactError: the quantised graph finds fewer classes on the held-out texts.
    """
    net, backbone = trained_net(checkpoint, settings, tree)
    work = checkpoint.parent
    shape = EncoderShape(SERVED_TOKENS, backbone.pad, tuple(KINDS), tree.leaves)
    classes, config = class_vectors(net), backbone.model.config
    export_graph(net, work / "fp32.onnx")
    save_encoder(work / "fp32.onnx", classes, backbone.tokenizer, shape, work / "fp32")
    export_graph(net, work / "small.onnx", small_words=True)
    fuse(work / "small.onnx", work / "fused.onnx", config.num_attention_heads, config.hidden_size)
    quantise(work / "fused.onnx", work / "int8.onnx")
    save_encoder(work / "int8.onnx", classes, backbone.tokenizer, shape, work / "int8")
    reference, graph = (Encoder.load(work / name, exact=True) for name in ("fp32", "int8"))
    parity = compare(reference, graph, held.texts, held.leaves(tree).tolist())
    require_parity(parity)
    take_encoder(work / "int8", out)
    return parity


def take_encoder(model: Path, out: Path) -> None:
    """Put the encoder of a model folder into `out` as it is, which may be the same folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ENCODER_FILES:
        data = (model / name).read_bytes()
        (out / name).write_bytes(data)


def combine(out: Path, tree: LabelTree, held: HeldOut, fast: str) -> Mapping[str, Any]:
    """Fit how the encoder in `out` is summed with the fast model; write it and return figures.

    Weights, temperatures and figures come from the same held-out texts; these are few numbers
    against many texts, and the figures of two halves, each by the other's fit, are given besides.
    """
    encoder = Encoder.load(out, exact=True)  # the same on every processor
    encoded = encoder.encode(held.texts)
    passages = passage_logs(encoder, held.texts)
    heard = Heard(encoded.logits, held.fast, passages)
    leaves = held.leaves(tree)
    fitted = _fit(tree, heard, leaves)
    p = fitted.apply(tree, heard)
    sure, share = fit_sure(held.fast.whole, p, leaves)
    crossed = np.empty_like(p)
    for own, other in _halves(len(p)):
        half = _fit(tree, heard.part(other), leaves[other])
        crossed[own] = half.apply(tree, heard.part(own))
    kinds, told = _fit_kinds(encoded.kinds, crossed, held)
    write_mix(out, Mix(fast, fitted, sure, kinds))
    return {
        "texts": len(p),
        "encoder": held_out_scores(tree, encoded.logits, held.codes),
        "fast": held_out_scores(tree, held.fast.whole, held.codes),
        "combined": held_out_scores(tree, crossed, held.codes),
        "calibration_error": level_errors(tree, crossed, leaves),
        "cascade_share": round(share, 4),
        **told,
    }


def _fit_kinds(
    logits: Matrix, p: Matrix, held: HeldOut
) -> tuple[KindMix | None, dict[str, dict[str, float]]]:
    """Fit how the encoder's kinds are joined with the wording's, where that finds more.

    Args:
        logits: the encoder's over the kinds, (N, n_kinds).
        p: leaf probabilities, (N, n_leaves).

    Returns:
        The weights, or None where the wording alone is as good or no kind is known; and figures
        of two halves, each by the other's fit.
    """
    known = [at for at, row in enumerate(held.rows) if row.kind in KINDS]
    if held.wording is None or not known:
        return None, {}
    rows, heard = [held.rows[at] for at in known], logits[known]
    gold, mail = np.array([row.kind for row in rows]), np.array([row.is_mail for row in rows])
    right = np.array([KINDS.index(kind) for kind in gold])
    wording = held.wording.probabilities([row.text for row in rows], p[known])

    def fit(part: Mask) -> KindMix:
        often = np.repeat(np.flatnonzero(part), np.where(mail[part], _MAIL_COUNTS, 1))
        return fit_kind_mix(heard[often], wording[often], gold[often].tolist())

    crossed = np.empty_like(wording)
    for own, other in _halves(len(known)):
        crossed[own] = heard_beside(wording[own], fit(other).heard(heard[own]))
    alone, both = (float((found.argmax(axis=1) == right).mean()) for found in (wording, crossed))
    figures = {"kind": {"texts": len(known), "wording": round(alone, 4), "both": round(both, 4)}}
    joined = fit(np.ones(len(known), dtype=np.bool_)) if both > alone else None
    return joined, figures


def _halves(n: int) -> Iterator[tuple[Mask, Mask]]:
    """Yield each half of n texts, and the other one to fit on."""
    even = np.arange(n) % 2 == 0
    yield even, ~even
    yield ~even, even


def _fit(tree: LabelTree, heard: Heard, leaves: Ints) -> Blends:
    """Fit long and short texts apart, where there are enough of both."""
    is_long = heard.fast.is_long
    if min(is_long.sum(), (~is_long).sum()) < _FEWEST:
        blend = _fit_blend(tree, heard, leaves)
        return Blends(blend, blend)
    long, short = (
        _fit_blend(tree, heard.part(chosen), leaves[chosen]) for chosen in (is_long, ~is_long)
    )
    return Blends(long, short)


def _fit_blend(tree: LabelTree, heard: Heard, leaves: Ints) -> Blend:
    weights = fit_mix(heard, leaves)
    return Blend(weights, fit_level_temperature(tree, mix(heard, weights), leaves))


def level_errors(tree: LabelTree, p: Matrix, leaves: Ints) -> dict[str, float]:
    """Return the expected calibration error of the best class on each level."""
    paths = [[label.code for label in tree.path(tree.leaves[leaf])] for leaf in leaves.tolist()]
    errors = {}
    for level in range(1, tree.depth + 1):
        codes, sums = level_sums(tree, p, level) if level < tree.depth else (tree.leaves, p)
        best = sums.argmax(axis=1).tolist()
        right = np.array([codes[j] == path[level - 1] for j, path in zip(best, paths, strict=True)])
        errors[f"l{level}"] = round(expected_error(sums.max(axis=1).astype(float), right), 4)
    return errors


def finish_taken(out: Path, card: Card, model: Path) -> Card:
    """Write the card of a folder whose encoder was taken from another one: how that learned stays.

    Args:
        card: of the new model.
        model: folder that the encoder is from; may be `out`.
    """
    learned = read_card(model)
    facts = {
        **learned.facts,
        **card.facts,
        "data": {**learned.facts.get("data", {}), **card.facts.get("data", {})},
        "encoder": learned.facts.get("encoder", learned.name),
        "summed_at": _now(),
    }
    return _write_signed(out, replace(card, facts=facts))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def finish_folder(
    out: Path, card: Card, run: Path, settings: EncoderSettings, rows: Sequence[EncoderRow]
) -> Card:
    """Write the card of a model folder, with settings, data and the course of the run."""
    events = RunLog(run / "curve.jsonl").read()
    checks = [event for event in events if event["event"] in {"start", "check"}]
    facts = {
        **card.facts,
        "made_at": _now(),
        "settings": asdict(settings),
        "data": {
            **card.facts.get("data", {}),
            "texts": len(rows),
            "sha256": rows_hash(rows),
        },
        "run": {"machine": platform.platform(), "checks": checks},
    }
    return _write_signed(out, replace(card, facts=facts))


def _write_signed(out: Path, card: Card) -> Card:
    """Write a card whose name ends with a digest of what lies in the folder."""
    digest = hashlib.sha256(repr(sorted(checksums(out).items())).encode()).hexdigest()
    full = replace(card, name=f"{card.name}-{digest[:8]}")
    write_card(out, full)
    return full
