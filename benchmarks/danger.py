"""How much danger is found, how often wrongly, and how fast: rules alone and with the model.

    python benchmarks/danger.py [--texts FILE …] [--wrong]

Prints JSON: recall and false alarms on the cases (those that the rules were made with, and the
sealed ones), the share of alarms in files of real texts (JSON lines with text, title?, danger?;
default: complaints_dev.jsonl and citizen_messages/train.jsonl beside the repository, where
nearly nothing is an emergency), and microseconds of processor time a text. --wrong lists the
misjudged cases of danger.yaml; the sealed file is never listed.
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from jiesu.router.triage import Triage
from jiesu.taxonomy.city import load_city

ROOT = Path(__file__).parents[1]
CASES = ("danger.yaml", "danger_heldout.yaml", "danger_fresh.yaml")
EVAL = Path(os.environ.get("JIESU_EVAL_DIR", ROOT.parent / "shared" / "eval"))
TEXTS = (EVAL / "complaints_dev.jsonl", EVAL / "citizen_messages" / "train.jsonl")


def main() -> None:
    """Measure both readers and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", nargs="*", type=Path, default=TEXTS)
    parser.add_argument("--wrong", action="store_true")
    args = parser.parse_args()
    triage = Triage.from_city(load_city())
    readers = {"rules and model": triage, "rules alone": replace(triage, model=None)}
    figures = {name: measure(reader, args.texts) for name, reader in readers.items()}
    print(json.dumps(figures, ensure_ascii=False, indent=2))
    if args.wrong:
        show_wrong(triage)


def measure(triage: Triage, files: Sequence[Path]) -> dict[str, Any]:
    """Return the figures of one reader."""
    figures: dict[str, Any] = {name: of_cases(triage, name) for name in CASES}
    for file in files:
        if file.exists():
            figures[file.parent.name + "/" + file.name] = of_texts(triage, file)
    return figures


def of_cases(triage: Triage, name: str) -> dict[str, Any]:
    """Return recall, right line and false alarms on a file of cases."""
    cases = read_cases(name)
    found = triage.dangers([case["text"] for case in cases["danger"]])
    alarmed = [danger is not None and danger.is_now for danger in found]
    right = [
        bool(danger and danger.is_now and danger.lines[0] in case["lines"])
        for danger, case in zip(found, cases["danger"], strict=True)
    ]
    false = alarms(triage, [case["text"] for case in cases["harmless"]])
    return {
        "danger": len(alarmed),
        "recall": round(sum(alarmed) / len(alarmed), 4),
        "right_line_first": round(sum(right) / len(right), 4),
        "near_misses": len(false),
        "false_alarm": round(sum(false) / len(false), 4),
    }


def of_texts(triage: Triage, file: Path) -> dict[str, Any]:
    """Return the share of alarms among texts without danger, and the time a text takes."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    texts = ["。".join(filter(None, (row.get("title"), row["text"]))) for row in rows]
    started = time.process_time()
    alarmed = alarms(triage, texts)
    taken = time.process_time() - started
    calm = [alarm for alarm, row in zip(alarmed, rows, strict=True) if not row.get("danger")]
    return {
        "harmless": len(calm),
        "false_alarm": round(sum(calm) / len(calm), 4),
        "microseconds": round(1e6 * taken / len(texts), 1),
        "characters": round(sum(map(len, texts)) / len(texts)),
    }


def alarms(triage: Triage, texts: Sequence[str]) -> list[bool]:
    """Say for each text whether it is read as danger now."""
    return [danger is not None and danger.is_now for danger in triage.dangers(texts)]


def read_cases(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return the cases of one file by group."""
    cases: dict[str, list[dict[str, Any]]] = yaml.safe_load(
        (ROOT / "tests" / "cases" / name).read_text(encoding="utf-8")
    )
    return cases


def show_wrong(triage: Triage) -> None:
    """Print the misjudged cases of the open file, with what they were read from."""
    cases = read_cases(CASES[0])
    for group, is_danger in (("danger", True), ("harmless", False)):
        texts = [case["text"] for case in cases[group]]
        for text, danger in zip(texts, triage.dangers(texts), strict=True):
            if (danger is not None and danger.is_now) != is_danger:
                hits = [(h.rule.id, text[h.start : h.end]) for h in danger.hits] if danger else []
                print(group, text, danger and (danger.points, danger.contexts), hits, sep="\n  ")


if __name__ == "__main__":
    main()
