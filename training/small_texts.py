"""The texts that the small models learn from: kinds of request, and danger or no danger.

Every text was written for this project; see the cards beside the files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from jiesu.router.danger import DangerReader
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.encoder_rows import EncoderRow

_WHOLE = ("example", "text")


@dataclass(frozen=True, slots=True)
class KindText:
    """One text with its kind.

    Attributes:
        also: other kinds that are right too.
        group: texts of one group stay together when the data is split.
        source: "letter", or the name of the file in kinds/.
    """

    text: str
    kind: str
    also: tuple[str, ...]
    group: str
    source: str
    code: str = ""


def kind_texts(corpora: Path, rows: list[EncoderRow]) -> list[KindText]:
    """Return all texts whose kind is known: the letters, and those labelled one by one."""
    letters = [
        KindText(row.text, row.kind, (), row.code[:4], "letter", row.code)
        for row in rows
        if row.kind in KINDS
    ]
    return [*letters, *_labelled(corpora / "kinds")]


def _labelled(folder: Path) -> Iterator[KindText]:
    for file in sorted(folder.glob("*.jsonl")):
        for entry in _lines(file):
            text = entry["text"]
            yield KindText(text, entry["kind"], tuple(entry["also"]), text, file.stem)


@dataclass(frozen=True, slots=True)
class DangerText:
    """One text, and whether it tells of danger now.

    Attributes:
        is_written: written for this question, so it counts more than the text of a class.
    """

    text: str
    is_danger: bool
    is_written: bool = False


def danger_texts(
    corpora: Path, tree: LabelTree, rows: list[EncoderRow], reader: DangerReader
) -> list[DangerText]:
    """Return texts of danger now and harmless ones.

    Texts of the classes that are danger by definition count as danger; those of other classes
    with the shortest clock only where the rules say so; harmless are classes with longer clocks.
    """
    urgent = {code for code in tree.leaves if tree.labels[code].limit == "2h"}
    texts = [*_written(corpora / "danger")]
    texts += [DangerText(text.text, False) for text in _labelled(corpora / "kinds")]
    for row in rows:
        if row.code not in tree.leaf_index:
            continue
        if row.code in reader.rules.classes or row.code in urgent:
            if row.source in _WHOLE and (row.code in reader.rules.classes or _is_now(reader, row)):
                texts.append(DangerText(row.text, True))
        elif row.source == "letter":
            texts.append(DangerText(row.text, False))
        elif row.source in _WHOLE and not _is_now(reader, row):
            texts.append(DangerText(row.text, False))
    return texts


def _is_now(reader: DangerReader, row: EncoderRow) -> bool:
    danger = reader.read(row.text)
    return danger is not None and danger.is_now


def _written(folder: Path) -> Iterator[DangerText]:
    for name, is_danger in (("now", True), ("not", False)):
        for entry in _lines(folder / f"{name}.jsonl"):
            yield DangerText(entry["text"], is_danger, is_written=True)


def _lines(file: Path) -> Iterator[dict]:  # type: ignore[type-arg] # rows of the corpora
    for line in file.read_bytes().splitlines():
        yield orjson.loads(line)
