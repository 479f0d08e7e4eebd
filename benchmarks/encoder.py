"""Speed and size of an exported encoder, and its accuracy on gold rows where they are given.

    python benchmarks/encoder.py MODEL [--reference FP32_MODEL] [--gold FILE] [--threads 2]

MODEL is a folder with encoder.onnx. Prints JSON: documents a second on texts of 100 characters in
batches, the median time of one text and of its evidence, the size of the folder, and, with --gold
(rows of {"text", "title", "codes"}), the share of rows whose first class is accepted. With
--reference the same of the fp32 model, and how often both find the same first class.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jiesu.classifier.encoder import Encoder
from jiesu.classifier.evidence import encoder_evidence

TEXT = (
    "市民来电反映，小区三号楼二单元门口的路灯已经坏了半个多月，晚上老人出门看不见台阶，前天还有人摔倒。"
    "找过物业两次，物业说已经报修，但一直没有人来。要求相关部门尽快核实，督促物业把灯修好，并且给业主一个答复，谢谢。"
)[:100]
TEXTS = 256
SINGLES = 40


def median_ms(call: Callable[[], object], times: int) -> float:
    """Return the median wall time of a call in milliseconds, after one call that is not counted."""
    call()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(spent), 1)


def speed(encoder: Encoder) -> dict[str, float]:
    """Measure batches, single texts and evidence."""
    texts = [TEXT[i % 7 :] + TEXT[: i % 7] for i in range(TEXTS)]
    encoder.encode(texts[:32])
    start, cpu = time.perf_counter(), time.process_time()
    encoder.encode(texts)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "docs_per_second": round(TEXTS / wall, 1),
        "cpu_ms_per_doc": round(1000 * cpu / TEXTS, 2),
        "one_text_ms": median_ms(lambda: encoder.encode([TEXT]), SINGLES),
        "evidence_ms": median_ms(lambda: encoder_evidence(encoder, TEXT, 0), SINGLES),
    }


def accuracy(
    encoder: Encoder, rows: Sequence[dict[str, object]]
) -> tuple[dict[str, float], object]:
    """Return the share of rows whose class is accepted, by rank and level, and the first ones."""
    texts = [
        f"{row['title']}。{row['text']}" if row.get("title") else str(row["text"]) for row in rows
    ]
    order = np.argsort(-encoder.encode(texts).logits, axis=1)[:, :5]
    leaves = encoder.shape.leaves
    found = [[leaves[j] for j in row] for row in order.tolist()]
    gold = [{str(code) for code in row["codes"]} for row in rows]  # type: ignore[attr-defined]

    def share(hits: Sequence[bool]) -> float:
        return round(float(np.mean(hits)), 4)

    pairs = list(zip(found, gold, strict=True))
    scores = {f"top{k}": share([bool(set(f[:k]) & g) for f, g in pairs]) for k in (1, 3, 5)}
    for level, digits in (("l1", 2), ("l2", 4)):
        scores[level] = share([f[0][:digits] in {c[:digits] for c in g} for f, g in pairs])
    return scores, order[:, 0]


def folder_mb(folder: Path) -> float:
    """Return the size of a folder's files in megabytes."""
    return round(sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) / 1e6, 1)


def measure(
    folder: Path, rows: Sequence[dict[str, object]], threads: int
) -> tuple[dict[str, object], object]:
    """Measure one model folder."""
    encoder = Encoder.load(folder, threads=threads)
    figures: dict[str, object] = {"mb": folder_mb(folder), **speed(encoder)}
    first = None
    if rows:
        figures["accept"], first = accuracy(encoder, rows)
    return figures, first


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    lines = args.gold.read_text(encoding="utf-8").splitlines() if args.gold else []
    rows = [json.loads(line) for line in lines]
    figures, first = measure(args.model, rows, args.threads)
    report: dict[str, object] = {"threads": args.threads, "model": figures}
    if args.reference:
        report["reference"], other = measure(args.reference, rows, args.threads)
        if rows:
            report["same_first"] = round(float(np.mean(first == other)), 4)
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
