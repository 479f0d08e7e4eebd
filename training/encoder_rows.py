"""Training rows of the encoder: every text that the label tree and its corpora hold.

A row's `code` may be a class of any level: a boundary note that names a whole group teaches the
group, not one of its leaves. A fixed share of the texts is held out to choose settings, to fit
the combination of models and to calibrate; a class loses at most three texts to it, and of its
mail, which few classes have much of, each fourth letter.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from jiesu.taxonomy.tree import Label, LabelTree
from jiesu.training.augment import Asides, with_title

# Sources whose texts are whole messages; the others are fragments, given as they are.
MESSAGES = frozenset({"example", "text", "letter", "narrative", "story", "board", "mail"})
# Folders whose files hold letters, each with its kind of request.
_LETTERS = (
    ("letter", "letters"),
    ("narrative", "narratives"),
    ("story", "stories"),
    ("board", "board"),
    ("mail", "mail"),
)
# Texts of no class, labelled with the kind of request only.
KIND_ONLY = "kind"
# What the asides are about that stand in letters of any kind; others are of the aggrieved.
_CALM = frozenset({"writer", "scene", "bystanders", "frame"})
_HELD_TITLE = 9
# Classes take turns in giving the text of one slot; a letter goes with its last title.
_TURNS = (
    {("letter", 1), ("title", _HELD_TITLE)},
    {("text", 1)},
    {("example", 3)},
    {("narrative", 1)},
    {("narrative", 0)},
)


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """One text of one class.

    Attributes:
        code: class of any level; empty for a text that is labelled with its kind alone.
        source: example, text, letter, narrative, story, board, mail, title, phrase, definition,
            keyword, boundary or kind.
        slot: position among the texts of this class and source.
        kind: request kind where it is known, else empty.
        title: what stands in front of the text as its title: in a labelled file, in letters to
            the message board, in mail, and in letters that are held out.
        also: other kinds that are right too.
        accepted: other classes that are right too.
    """

    text: str
    code: str
    source: str
    slot: int
    kind: str = ""
    title: str = ""
    also: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def is_mail(self) -> bool:
        """Whether it was written before its class was known."""
        return self.source == "mail"

    @property
    def head(self) -> str:
        """The title as it stands in front of the text; empty where none does."""
        head = with_title("", self.title) if self.title else ""
        return head if self.text.startswith(head) else ""


def tree_rows(tree: LabelTree) -> Iterator[EncoderRow]:
    """Yield the rows that the label tree itself holds."""
    for label in tree.labels.values():
        yield from _described(label)
        for slot, note in enumerate(label.boundary):
            for code in note.to:
                if code in tree.labels:
                    yield EncoderRow(f"{label.name}，{note.when}", code, "boundary", slot)


def _described(label: Label) -> Iterator[EncoderRow]:
    if label.definition:
        yield EncoderRow(f"{label.name}。{label.definition}", label.code, "definition", 0)
    if label.keywords:
        yield EncoderRow("，".join(label.keywords), label.code, "keyword", 0)
    for slot, text in enumerate(label.examples):
        yield EncoderRow(text, label.code, "example", slot)


def corpus_rows(folder: Path) -> Iterator[EncoderRow]:
    """Yield the rows of a corpora folder: texts, letters of all kinds, lexicon."""
    for record in _records(folder / "texts"):
        for slot, text in enumerate(record["texts"]):
            yield EncoderRow(text, record["code"], "text", slot)
    for source, name in _LETTERS:
        for record in _records(folder / name):
            for slot, letter in enumerate(record["letters"]):
                yield _letter(letter, record["code"], source, slot)
    for record in _records(folder / "lexicon"):
        for source, key in (("title", "titles"), ("phrase", "phrases")):
            for slot, text in enumerate(record[key]):
                yield EncoderRow(text, record["code"], source, slot)


def _letter(letter: dict[str, Any], code: str, source: str, slot: int) -> EncoderRow:
    title = letter.get("title", "")
    text = with_title(letter["text"], title) if title else letter["text"]
    # Kinds of short narratives were noted in passing: right in three of four.
    kind = "" if (source, slot) == ("narrative", 0) else letter["kind"]
    also, accepted = tuple(letter.get("also", ())), tuple(letter.get("accepted", ()))
    return EncoderRow(text, code, source, slot, kind, title, also, accepted)


def kind_rows(folder: Path) -> Iterator[EncoderRow]:
    """Yield the texts of a corpora folder that are labelled with their kind alone."""
    for slot, record in enumerate(_records(folder / "kinds")):
        yield EncoderRow(record["text"], "", KIND_ONLY, slot, record["kind"])


def read_asides(folder: Path) -> tuple[Asides, Asides]:
    """Read a corpora folder's sentences of letters that say nothing of their matter.

    Returns:
        Those that models learn to pass over, and each fifth, which held-out texts stand among.
    """
    found = list(_records(folder / "asides"))
    return (
        _asides(record for at, record in enumerate(found) if at % 5),
        _asides(found[::5]),
    )


def _asides(records: Iterable[dict]) -> Asides:  # type: ignore[type-arg] # rows of the corpora
    calm: list[str] = []
    grieved: list[str] = []
    for record in records:
        (calm if record["about"] in _CALM else grieved).append(record["text"])
    return Asides(tuple(calm), tuple(grieved))


def _records(folder: Path) -> Iterator[dict]:  # type: ignore[type-arg] # rows of the corpora
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            yield orjson.loads(line)


def is_held_out(row: EncoderRow, leaf: int) -> bool:
    """Say whether a row of leaf number `leaf` belongs to the held-out split.

    Classes take turns: one gives its second letter (with its last title), the next a note, a
    text without keywords, a long narrative, a short one without keywords. Few classes have a
    story or letters to the message board; each fourth of them gives its story besides, each third
    one of its letters to the board. Of mail, which was written before its classes were known, each
    fourth letter is held out.
    """
    if (row.source, row.slot) == ("story", 0):
        return leaf % 4 == 1
    if row.source == "board":
        return leaf % 3 == 0 and row.slot == 1
    if row.is_mail:
        return (leaf + row.slot) % 4 == 3
    return (row.source, row.slot) in _TURNS[leaf % len(_TURNS)]


def is_tenth(row: EncoderRow, leaf: int) -> bool:
    """Say whether a row of a history is held out: of the messages of a class every tenth.

    Classes begin at different messages, so that small ones lose one in turns. Rows whose number
    and leaf have the same sum go together, see `labelled_rows`.
    """
    return row.source in MESSAGES and (row.slot + leaf) % 10 == 9


def split_rows(
    rows: Iterable[EncoderRow],
    tree: LabelTree,
    choose: Callable[[EncoderRow, int], bool] = is_held_out,
) -> tuple[list[EncoderRow], list[EncoderRow]]:
    """Split rows into those to train on and those held out.

    Args:
        rows: all rows.
        tree: the classes.
        choose: says of a row and its leaf number whether it is held out.
    """
    train: list[EncoderRow] = []
    held: list[EncoderRow] = []
    for row in rows:
        leaf = tree.leaf_index.get(row.code)
        is_held = leaf is not None and choose(row, leaf)
        (held if is_held else train).append(row)
    return train, held


def held_out_texts(held: Sequence[EncoderRow]) -> list[EncoderRow]:
    """Join each held-out letter to its held-out title, as a ticket joins them; drop the titles."""
    titles = {row.code: row.text for row in held if row.source == "title"}
    joined = []
    for row in held:
        if row.source == "title":
            continue
        title = titles.get(row.code, "") if row.source == "letter" else ""
        text = with_title(row.text, title) if title else row.text
        joined.append(replace(row, text=text, title=title or row.title))
    return joined
