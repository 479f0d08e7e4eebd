"""Flat classification of real messages: the encoder against linear models, in one run.

    python benchmarks/citizen_messages.py FOLDER WORK [--minutes 12] [--backbone registry]

FOLDER holds train.jsonl and dev.jsonl with {"title", "text", "label"}. Prints the macro-F1 on
dev of: linear SVM on character 1-4-gram TF-IDF, linear SVM on word TF-IDF, the encoder, and the
sum of encoder and character SVM with weights fitted on a twentieth of train that neither has seen.
WORK keeps the run, so that it can be resumed.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from jiesu.classifier.encoder import Encoder, EncoderShape
from jiesu.classifier.text import words
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.augment import Augmenter
from jiesu.training.batches import EpochPlan
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_run import trained_net
from jiesu.training.encoder_task import EncoderSettings, EncoderTask
from jiesu.training.export import class_vectors, export_graph, save_encoder
from jiesu.training.fit_encoder import fit_encoder
from jiesu.training.fit_mix import fit_mix

Scores = NDArray[np.float32]
SERVED_TOKENS = 384


def read_rows(file: Path) -> list[EncoderRow]:
    """Read messages with their label as rows."""
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        title = raw.get("title") or ""
        text = raw["text"] if raw["text"].startswith(title) else f"{title}。{raw['text']}"
        rows.append(EncoderRow(text, raw["label"], "letter", len(rows)))
    return rows


def flat_tree(rows: list[EncoderRow]) -> LabelTree:
    """Return the labels as a tree of one level."""
    return tree_of("flat", [Label(code, code, 1) for code in {row.code for row in rows}])


def svm(kind: str) -> Pipeline:
    """Return a linear SVM on TF-IDF of characters or words."""
    features = (
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
        if kind == "char"
        else TfidfVectorizer(analyzer=words, min_df=2, sublinear_tf=True)
    )
    return make_pipeline(features, LinearSVC(C=0.5))


def fit_folder(tree: LabelTree, train: list[EncoderRow], held: list[EncoderRow], args: Any) -> Path:
    """Train the encoder and export it; return its folder."""
    plan = EpochPlan(
        max_tokens=256, titles=0, phrase_texts=0, title_share=0.0, other_share=0.0, pair_share=0.0
    )
    settings = EncoderSettings(
        backbone=args.backbone, minutes=args.minutes, plan=plan, layers=args.layers
    )
    checkpoint = fit_encoder(EncoderTask(tree, train, held, Augmenter()), settings, args.work)
    net, backbone = trained_net(checkpoint, settings, tree)
    export_graph(net, args.work / "fp32.onnx")
    shape = EncoderShape(SERVED_TOKENS, backbone.pad, tuple(KINDS), tree.leaves)
    folder = args.work / "fp32"
    save_encoder(args.work / "fp32.onnx", class_vectors(net), backbone.tokenizer, shape, folder)
    return folder


def figures(args: Any) -> dict[str, float]:
    """Train all models and return their macro-F1 on dev."""
    rows, dev = read_rows(args.folder / "train.jsonl"), read_rows(args.folder / "dev.jsonl")
    tree, held = flat_tree(rows), rows[::20]
    train = [row for at, row in enumerate(rows) if at % 20]
    gold = np.array([tree.leaf_index[row.code] for row in dev])

    def f1(scores: Scores) -> float:
        return round(float(f1_score(gold, scores.argmax(axis=1), average="macro")), 4)

    found, margins = {}, {}
    for kind in ("char", "word"):
        model = svm(kind).fit(
            [row.text for row in train], [tree.leaf_index[row.code] for row in train]
        )
        margins[kind] = [model.decision_function([r.text for r in part]) for part in (held, dev)]
        found[f"{kind} TF-IDF + LinearSVC"] = f1(margins[kind][1])
    encoder = Encoder.load(fit_folder(tree, train, held, args))
    logits = [encoder.encode([row.text for row in part]).logits for part in (held, dev)]
    found["encoder"] = f1(logits[1])
    p_fast = [softmax(4 * margin, axis=1).astype(np.float32) for margin in margins["char"]]
    leaves = np.array([tree.leaf_index[row.code] for row in held])
    weights = fit_mix(logits[0], p_fast[0], leaves)
    found["encoder + char SVM"] = f1(
        weights.encoder * logits[1] + weights.fast * np.log(np.maximum(p_fast[1], 1e-6))
    )
    return found


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--backbone", default=EncoderSettings.backbone)
    args = parser.parse_args()
    is_registry = args.backbone == EncoderSettings.backbone
    args.layers = EncoderSettings.layers if is_registry else ()
    print(json.dumps(figures(args), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
