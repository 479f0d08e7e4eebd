"""Flat classification of real messages: fast model, encoder and both, against four peers.

    python -m benchmarks.citizen_messages FOLDER WORK [--minutes 20] [--tokens 256]
        [--backbone registry] [--all-layers] [--start MODEL]

FOLDER holds train.jsonl and dev.jsonl with {"title", "text", "label"}. Prints the macro-F1 on dev
of linear SVM on character TF-IDF and on word TF-IDF, fastText, SetFit on the same backbone (where
the package `setfit` is installed), our fast model, our encoder, and their sum, whose weights are
fitted on a twentieth of train that neither has seen. Peers and fast model learn from all of train.
WORK keeps the encoder's run, so that it can be resumed. With --start the encoder begins as the
one of a served model, whose other classes it forgets, as `jiesu train --from` does.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.peers import Ints, Scores, fasttext_scores, svm_scores
from jiesu.classifier.cascade import mix
from jiesu.classifier.encoder import Encoder, EncoderShape
from jiesu.classifier.linear import LinearClassifier
from jiesu.classifier.reading import FastAnswers, Heard, fast_answers, passage_logs
from jiesu.classifier.scores import Matrix
from jiesu.classifier.text import segmenter_of, words
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.augment import Augmenter
from jiesu.training.batches import EpochPlan
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_run import trained_net
from jiesu.training.encoder_task import EncoderSettings, EncoderTask
from jiesu.training.export import class_vectors, export_graph, save_encoder
from jiesu.training.fast_beside import message_corpus
from jiesu.training.fit_encoder import fit_encoder
from jiesu.training.fit_linear import Trial, affordable_recipes, choose, fit_recipe, try_recipe
from jiesu.training.fit_mix import fit_mix
from jiesu.training.from_served import start_from_served

SERVED_TOKENS = 384


def read_rows(file: Path) -> list[EncoderRow]:
    """Read messages with their label as rows."""
    rows: list[EncoderRow] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        title = raw.get("title") or ""
        text = raw["text"] if raw["text"].startswith(title) else f"{title}。{raw['text']}"
        rows.append(EncoderRow(text, raw["label"], "letter", len(rows), title=title))
    return rows


def flat_tree(rows: list[EncoderRow]) -> LabelTree:
    """Return the labels as a tree of one level."""
    return tree_of("flat", [Label(code, code, 1) for code in {row.code for row in rows}])


def fit_folder(tree: LabelTree, train: list[EncoderRow], held: list[EncoderRow], args: Any) -> Path:
    """Train the encoder and export it; return its folder."""
    plan = EpochPlan(
        max_tokens=args.tokens,
        titles=0,
        phrase_texts=0,
        title_share=0.0,
        other_share=0.0,
        pair_share=0.0,
    )
    settings = EncoderSettings(
        backbone=args.backbone, minutes=args.minutes, plan=plan, layers=args.layers
    )
    start = start_from_served(args.start, tree, args.work / "start.pt") if args.start else None
    task = EncoderTask(tree, train, held, Augmenter(), start=start)
    checkpoint = fit_encoder(task, settings, args.work)
    net, backbone = trained_net(checkpoint, settings, tree)
    export_graph(net, args.work / "fp32.onnx")
    shape = EncoderShape(SERVED_TOKENS, backbone.pad, tuple(KINDS), tree.leaves)
    folder = Path(args.work) / "fp32"
    save_encoder(args.work / "fp32.onnx", class_vectors(net), backbone.tokenizer, shape, folder)
    return folder


def word_svm(texts: Sequence[str], labels: Ints, asked: Sequence[str]) -> Scores:
    """Fit a linear SVM on word TF-IDF and return its margins for the asked texts."""
    features = TfidfVectorizer(analyzer=words, min_df=2, sublinear_tf=True)
    model = make_pipeline(features, LinearSVC(random_state=0)).fit(list(texts), labels)
    return np.asarray(model.decision_function(list(asked)), dtype=np.float32)


def peer_scores(
    tree: LabelTree, rows: Sequence[EncoderRow], asked: Sequence[str], args: Any
) -> Iterator[tuple[str, Scores]]:
    """Train each peer on all rows and yield its scores of the asked texts."""
    texts = [row.text for row in rows]
    labels = np.array([tree.leaf_index[row.code] for row in rows])
    n = len(tree.leaves)
    yield "character TF-IDF + LinearSVC", svm_scores(texts, labels, asked, n)
    yield "word TF-IDF + LinearSVC", word_svm(texts, labels, asked)
    yield "fastText", fasttext_scores(texts, labels, asked, n)
    if args.setfit_minutes:
        from benchmarks.setfit_peer import setfit_scores  # a package that only this needs

        minutes, steps = args.setfit_minutes, args.setfit_steps
        yield "SetFit", setfit_scores(Path(args.backbone), texts, labels, asked, minutes, steps)


def fast_readings(
    tree: LabelTree, train: list[EncoderRow], held: list[EncoderRow], dev: list[EncoderRow]
) -> tuple[FastAnswers, FastAnswers]:
    """Return the fast model's answers to held-out texts, and those to dev of one fitted on all."""
    segmenter = segmenter_of("rjieba")
    trial = Trial(message_corpus(tree, train), message_corpus(tree, held))
    recipes = affordable_recipes(trial.train)
    best = choose([try_recipe(recipe, [trial], segmenter) for recipe in recipes])

    everything = message_corpus(tree, [*train, *held])
    fitted = best.fitted, fit_recipe(best.recipe, everything, segmenter)
    of_held, of_dev = (
        fast_answers(
            LinearClassifier("fast", tree, *one, best.temperature),
            [row.text for row in asked],
            [row.title for row in asked],
        )
        for one, asked in zip(fitted, (held, dev), strict=True)
    )
    return of_held, of_dev


def _heard(encoder: Encoder, rows: list[EncoderRow], fast: FastAnswers) -> Heard:
    texts = [row.text for row in rows]
    return Heard(encoder.encode(texts).logits, fast, passage_logs(encoder, texts))


def figures(args: Any) -> Iterator[tuple[str, float]]:
    """Train all models and yield their macro-F1 on dev."""
    rows, dev = read_rows(args.folder / "train.jsonl"), read_rows(args.folder / "dev.jsonl")
    tree, held = flat_tree(rows), rows[::20]
    train = [row for at, row in enumerate(rows) if at % 20]
    gold = np.array([tree.leaf_index[row.code] for row in dev])

    def f1(scores: Matrix) -> float:
        return round(float(f1_score(gold, scores.argmax(axis=1), average="macro")), 4)

    fast_held, fast_dev = fast_readings(tree, train, held, dev)
    yield "our fast model", f1(fast_dev.whole)
    encoder = Encoder.load(fit_folder(tree, train, held, args))
    in_held, in_dev = (
        _heard(encoder, part, answers) for part, answers in ((held, fast_held), (dev, fast_dev))
    )
    yield "our encoder", f1(in_dev.whole)
    leaves = np.array([tree.leaf_index[row.code] for row in held])
    weights = fit_mix(in_held, leaves)
    yield "both of ours", f1(mix(in_dev, weights))
    for name, scores in peer_scores(tree, rows, [row.text for row in dev], args):
        yield name, f1(scores)


def main() -> None:
    """Print each figure as a line of JSON as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--tokens", type=int, default=256, help="longest text in training")
    parser.add_argument("--backbone", default=EncoderSettings.backbone)
    parser.add_argument("--all-layers", action="store_true", help="keep all of the backbone's")
    parser.add_argument("--start", type=Path)
    parser.add_argument("--setfit-minutes", type=float, default=0.0)
    parser.add_argument("--setfit-steps", type=int, default=300)
    args = parser.parse_args()
    is_registry = args.backbone == EncoderSettings.backbone
    args.layers = EncoderSettings.layers if is_registry and not args.all_layers else ()
    for name, macro_f1 in figures(args):
        print(json.dumps({"model": name, "macro_f1": macro_f1}), flush=True)


if __name__ == "__main__":
    main()
