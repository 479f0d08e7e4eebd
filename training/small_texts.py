"""The texts that the small models learn from: kinds of request, and danger or no danger.

Every text was written for this project; see the cards beside the files.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import yaml
from numpy.random import Generator

from jiesu.classifier.gram_model import packaged_model
from jiesu.router.danger import DangerReader
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import one_of
from jiesu.training.corpus import default_corpora
from jiesu.training.encoder_rows import EncoderRow

_WHOLE = ("example", "text")
_LETTERS = ("letter", "board", "mail", "narrative")


def model_and_corpora(name: str, out: Path, corpora: Path, city: City) -> tuple[Path, Path]:
    """Return the model's folder and the corpora folder.

    A model's folder that is not given is the packaged one; corpora that are not given lie in the
    city's usual place.
    """
    return (
        out if out != Path() else packaged_model(name),
        corpora if corpora != Path() else default_corpora(city),
    )


@dataclass(frozen=True, slots=True)
class KindText:
    """One text with its kind.

    Attributes:
        also: other kinds that are right too.
        group: texts of one group stay together when the data is split.
        source: "letter", "board", "mail", "narrative", or the file in kinds/.
        is_titled: begins with a title of its own.
    """

    text: str
    kind: str
    also: tuple[str, ...]
    group: str
    source: str
    code: str = ""
    is_titled: bool = False


def kind_texts(corpora: Path, tree: LabelTree, rows: list[EncoderRow]) -> list[KindText]:
    """Return all texts whose kind is known: the letters, and those labelled one by one.

    Letters of a class and of its siblings, those with the same class above, are one group.
    Letters to the message board, mail and long narratives were labelled by readers who did not
    write them.
    Those of short narratives were noted in passing: a model that learns from them is right in
    0.75 of them, where it is right in 0.83 of the letters. They are left out.
    """
    letters = [_letter(tree, row) for row in rows if row.source in _LETTERS and row.kind in KINDS]
    return [*letters, *_labelled(corpora / "kinds")]


def _letter(tree: LabelTree, row: EncoderRow) -> KindText:
    siblings = tree.get(row.code).parent or row.code
    return KindText(
        row.text, row.kind, row.also, siblings, row.source, row.code, is_titled=bool(row.title)
    )


def _labelled(folder: Path) -> Iterator[KindText]:
    for file in sorted(folder.glob("*.jsonl")):
        for entry in _lines(file):
            text = entry["text"]
            yield KindText(text, entry["kind"], tuple(entry["also"]), text, f"kinds/{file.stem}")


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


@dataclass(frozen=True)
class Frames:
    """What may stand around a text and says nothing of its kind, or may stand in it all the same.

    Attributes:
        questions: kind → questions that such texts ask without being inquiries.
        titles: code → message titles of the class.
    """

    openings: tuple[str, ...]
    closings: tuple[str, ...]
    questions: Mapping[str, Sequence[str]]
    titles: Mapping[str, Sequence[str]]

    def put_around(self, text: KindText, rng: Generator) -> str:
        """Return the text with a title of its class, an opening … some left out by chance."""
        titles = () if text.is_titled else self.titles.get(text.code, ())
        title = one_of(titles, 0.5, rng)
        opening = one_of(self.openings, 0.7, rng)
        question = one_of(self.questions.get(text.kind, ()), 0.5, rng)
        closing = one_of(self.closings, 0.7, rng)
        return f"{title}{'。' if title else ''}{opening}{text.text}{question}{closing}"


def read_frames(corpora: Path, rows: list[EncoderRow]) -> Frames:
    """Read kinds/frames.yaml, and take the titles from the rows."""
    raw = yaml.safe_load((corpora / "kinds" / "frames.yaml").read_text(encoding="utf-8"))
    titles: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.source == "title":
            titles[row.code].append(row.text)
    return Frames(tuple(raw["openings"]), tuple(raw["closings"]), raw["questions"], titles)


def _lines(file: Path) -> Iterator[dict]:  # type: ignore[type-arg] # rows of the corpora
    for line in file.read_bytes().splitlines():
        yield orjson.loads(line)
