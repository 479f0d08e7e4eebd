"""Speed of the models and of their peers on texts of about 100 characters, in one run.

    python -m benchmarks.model_speed [MODEL] [--student MODEL] [--torch] [--peers] [--threads 2]

MODEL is an encoder's folder (the packaged one by default), beside its fast model. The texts are
held-out ones of 80 to 120 characters. Each line: documents a second in batches, CPU milliseconds a
document, and the median time of one text from end to end. Timed are our fast model, the encoder
with it, the cascade, the encoder alone (8 bit, on OpenVINO where it is installed and the processor
has AMX or VNNI; and on ONNX Runtime), with --student the student with the fast model,
with --torch the same network in torch and as fp32 graph (read back from the 8-bit one; needs the
train extra), and with --peers LinearSVC on character TF-IDF and fastText (needs the bench extra)
for as many classes. Peers are fitted in one pass: only their speed is asked here.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jiesu.classifier.artefact import load_classifier
from jiesu.classifier.combined_file import load_cascade, load_combined
from jiesu.classifier.encoder import Encoder
from jiesu.taxonomy.city import City, load_city
from jiesu.training.corpus import Corpus, city_split, default_corpora

Run = Callable[[Sequence[str]], object]
SHORTEST, LONGEST = 80, 120
TEXTS, SINGLES, WARM = 512, 60, 32


def main() -> None:
    """Time all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=Path("data/models/beijing-encoder"))
    parser.add_argument("--student", type=Path)
    parser.add_argument("--torch", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    city = load_city()
    _, train, held = city_split(city, default_corpora(city))
    texts = [text for text in held.texts if SHORTEST <= len(text) <= LONGEST][:TEXTS]
    print(f"{len(texts)} texts of {np.mean([len(text) for text in texts]):.0f} characters,"
          f" {given.threads} threads")  # fmt: skip
    print(f"{'':<34}{'docs/s':>9}{'CPU ms':>9}{'one, ms':>9}")
    for name, run in models(city, train, given):
        show(name, run, texts)


def show(name: str, run: Run, texts: Sequence[str]) -> None:
    """Time one model and print its line."""
    run(texts[:WARM])
    start, cpu = time.perf_counter(), time.process_time()
    run(texts)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    singles = []
    for text in texts[:SINGLES]:
        began = time.perf_counter()
        run([text])
        singles.append(1000 * (time.perf_counter() - began))
    one = statistics.median(singles)
    print(f"{name:<34}{len(texts) / wall:>9.0f}{1000 * cpu / len(texts):>9.2f}{one:>9.1f}",
          flush=True)  # fmt: skip


def models(city: City, train: Corpus, given: Any) -> Iterator[tuple[str, Run]]:
    """Yield the models asked for, each loaded only when its turn comes."""
    tree, threads = city.tree, given.threads
    full = load_combined(given.model, "full", tree, load_classifier, threads=threads)
    yield "fast model", full.fast.score
    yield "encoder + fast model", full.score
    cascade = load_cascade(given.model, "cascade", tree, load_classifier, threads=threads)
    yield "cascade", cascade.score
    yield "encoder, 8 bit", full.encoder.encode
    exact = Encoder.load(given.model, threads, exact=True)
    yield "the same on ONNX Runtime", exact.encode
    if given.student:
        small = load_combined(given.student, "student", tree, load_classifier, threads=threads)
        yield "student + fast model", small.score
        yield "student, 8 bit", small.encoder.encode
    if given.torch:
        yield from torch_models(city, given)
    if given.peers:
        yield from peers(train)


def torch_models(city: City, given: Any) -> Iterator[tuple[str, Run]]:
    """Yield the network in torch and as an fp32 graph."""
    import torch

    from jiesu.classifier.encoder import read_shape
    from jiesu.training.batches import encode_texts, pad
    from jiesu.training.encoder_run import trained_net
    from jiesu.training.encoder_task import EncoderSettings
    from jiesu.training.export import class_vectors, export_graph, save_encoder
    from jiesu.training.from_served import start_from_served

    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        start = start_from_served(given.model, city.tree, work / "start.pt")
        net, backbone = trained_net(start, EncoderSettings(), city.tree)
        shape = read_shape(given.model / "encoder.json")

        def encode(texts: Sequence[str]) -> None:
            tokens = sorted(encode_texts(backbone.tokenizer, texts, shape.max_tokens), key=len)
            with torch.no_grad():
                for at in range(0, len(tokens), 32):
                    ids, mask = pad(tokens[at : at + 32], backbone.pad)
                    net(torch.from_numpy(ids), torch.from_numpy(mask))

        yield "the same in torch, fp32", encode
        export_graph(net, work / "fp32.onnx")
        classes = class_vectors(net)
        save_encoder(work / "fp32.onnx", classes, backbone.tokenizer, shape, work / "fp32")
        reference = Encoder.load(work / "fp32", given.threads, exact=True)
        yield "the same as ONNX graph, fp32", reference.encode


def peers(train: Corpus) -> Iterator[tuple[str, Run]]:
    """Yield the peers, fitted in one pass on the examples of each class."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    from benchmarks.peers import FEATURES

    chosen = [i for i, source in enumerate(train.sources) if source == "example"]
    texts, labels = [train.texts[i] for i in chosen], train.labels[chosen]
    vectors = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, max_features=FEATURES
    )
    svm = make_pipeline(vectors, LinearSVC(max_iter=1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        svm.fit(texts, labels)
    yield "character TF-IDF + LinearSVC", svm.decision_function
    yield "fastText", _fasttext(texts, labels.tolist())


def _fasttext(texts: Sequence[str], labels: Sequence[int]) -> Run:
    import fasttext

    from jiesu.classifier.text import segmenter_of

    segmenter = segmenter_of("rjieba")

    def line(text: str) -> str:
        return " ".join(" ".join(segmenter.cut(text)).split())

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        rows = zip(labels, texts, strict=True)
        file.write_text("\n".join(f"__label__{k} {line(t)}" for k, t in rows))
        model = fasttext.train_supervised(str(file), epoch=1, wordNgrams=2, verbose=0, thread=2)
    return lambda asked: model.predict([line(text) for text in asked], k=5)


if __name__ == "__main__":
    main()
