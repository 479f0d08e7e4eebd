"""Training texts of the fast model: from a city and its corpora, or from any labelled file.

A city gives short texts that describe a class (name, definition, keywords, phrases, titles) and
whole messages; a labelled file gives messages only. Either way the result is the same value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.encoder_rows import (
    MESSAGES,
    EncoderRow,
    corpus_rows,
    held_out_texts,
    split_rows,
    tree_rows,
)
from jiesu.training.tables import Record, read_records

Ints = NDArray[np.int64]

PATH_MARK = "/"
# Phrases and titles are many and short; each counts a quarter of a message.
# Source: docs/log.md, 2026-11-28, "Fast model": between 0.1 and 0.5 nothing changes.
_SAY = {"phrase": 0.25, "title": 0.25}
_SHORT_TITLE = 2
# Long letters, texts without keywords, texts that start with another matter: (source, slot) of each
# text of the style; letters to the board and mail have slot 0 here. The last one is tested on, or,
# in a corpus without it, one of the two before.
_STYLES = (
    (
        ("example", 4),
        ("text", 2),
        ("story", 0),
        ("board", 0),
        ("letter", 0),
        ("letter", 1),
        ("narrative", 1),
        ("mail", 0),
    ),
    (("example", 3), ("text", 4), ("narrative", 0)),
    (("text", 5),),
)


@dataclass(frozen=True)
class LabelColumns:
    """Where the class of a row stands in a labelled file.

    Attributes:
        columns: one for flat labels, several for nested ones, top first.
        separator: splits a single column into levels; empty leaves it whole.
    """

    columns: tuple[str, ...]
    separator: str = ""


@dataclass(frozen=True)
class Corpus:
    """Texts with their classes.

    Attributes:
        labels: leaf number of each text, (n_texts,).
        say: weight of each text, (n_texts,).
        is_message: whether a text is a whole message, as tickets are, (n_texts,).
        sources: where each text is from; empty texts for a labelled file.
        titles: the title that stands in front of each text, empty where it has none; none at all
            where no text has one.
    """

    tree: LabelTree
    texts: tuple[str, ...]
    labels: Ints
    say: NDArray[np.float64]
    is_message: NDArray[np.bool_]
    sources: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def part(self, chosen: Sequence[int] | Ints) -> "Corpus":
        """Return some of the texts."""
        return Corpus(
            self.tree,
            tuple(self.texts[i] for i in chosen),
            self.labels[chosen],
            self.say[chosen],
            self.is_message[chosen],
            tuple(self.sources[i] for i in chosen),
            tuple(self.titles[i] for i in chosen) if self.titles else (),
        )


def default_corpora(city: City) -> Path:
    """Return the corpora folder of a city that lies in the usual place."""
    return city.folder.resolve().parents[1] / "corpora" / city.id


def city_split(city: City, corpora: Path) -> tuple[Corpus, Corpus, Corpus]:
    """Return all texts of a city, those to choose settings with, and those held out for it.

    Raises:
        InputError: the corpora folder is missing or names an unknown class.
    """
    rows = _leaf_rows(city, corpora)
    train, held = split_rows(rows, city.tree)
    held = held_out_texts(held)
    return corpus_of(city.tree, rows), corpus_of(city.tree, train), corpus_of(city.tree, held)


def _leaf_rows(city: City, corpora: Path) -> list[EncoderRow]:
    """Return every text of a class on the lowest level."""
    if not corpora.is_dir():
        raise InputError(
            f"语料文件夹 {corpora} 不存在；"
            "请指定含 texts、lexicon、letters、narratives、stories、board、mail 的文件夹"
        )
    rows = [*_named(city.tree), *tree_rows(city.tree), *corpus_rows(corpora)]
    unknown = sorted({row.code for row in rows} - set(city.tree.labels))
    if unknown:
        raise InputError(
            f"{corpora}: 语料里的代码 {'、'.join(unknown[:5])} 不在分类体系"
            f" {city.tree.version} 中；请改正语料或补上事项"
        )
    return [row for row in rows if row.code in city.tree.leaf_index and row.source != "boundary"]


def style_splits(city: City, corpora: Path) -> list[tuple[Corpus, Corpus]]:
    """Return, for each of three styles, texts to fit on without it and texts of it to test on.

    A style that a model has never seen is the nearest thing to real tickets among written texts:
    what it answers to those tells how sure it may be. Each style is tested on a third of the
    classes, and on one text of each; but where letters to the board or mail are tested on, on all
    that these classes have. A style that none of them has is left out.
    """
    rows = _leaf_rows(city, corpora)
    have = {_place(row) for row in rows}
    splits = []
    for turn, style in enumerate(_STYLES):
        last = next((place for place in style[:-4:-1] if place in have), None)
        train = [row for row in rows if _place(row) not in style]
        test = [
            row
            for row in rows
            if _place(row) == last and city.tree.leaf_index[row.code] % 3 == turn
        ]
        if test:
            splits.append((corpus_of(city.tree, train), corpus_of(city.tree, test)))
    return splits


def _place(row: EncoderRow) -> tuple[str, int]:
    """Return source and slot of a row; board and mail, whose numbers differ, have one slot."""
    return row.source, 0 if row.source in {"board", "mail"} else row.slot


def _named(tree: LabelTree) -> list[EncoderRow]:
    return [EncoderRow(tree.labels[code].name, code, "name", 0) for code in tree.leaves]


def corpus_of(tree: LabelTree, rows: Sequence[EncoderRow]) -> Corpus:
    """Return rows of leaves as a corpus, in the same order."""
    return Corpus(
        tree,
        tuple(row.text for row in rows),
        np.array([tree.leaf_index[row.code] for row in rows], dtype=np.int64),
        np.array([_SAY.get(row.source, 1.0) for row in rows]),
        np.array([_is_message(row) for row in rows]),
        tuple(row.source for row in rows),
    )


def _is_message(row: EncoderRow) -> bool:
    """Say whether a row is a whole message; the third example of a class is a mere title."""
    return row.source in MESSAGES and (row.source, row.slot) != ("example", _SHORT_TITLE)


def labelled_corpus(path: Path, labels: LabelColumns) -> Corpus:
    """Read a labelled file; its labels become a tree of as many levels as they have parts.

    Raises:
        InputError: a text or label is missing, labels have different numbers of levels or hold the
            mark that joins levels, or all texts are of one class.
    """
    records = read_records(path)
    paths = [label_path(record, labels) for record in records]
    _check_depth(records, paths)
    _check_marks(records, paths)
    _check_classes(path, paths)
    tree = _tree_of_paths(paths)
    return Corpus(
        tree,
        tuple(record.full_text() for record in records),
        np.array([tree.leaf_index[PATH_MARK.join(path)] for path in paths], dtype=np.int64),
        np.ones(len(records)),
        np.ones(len(records), dtype=np.bool_),
        tuple("" for _ in records),
        tuple(record.title() for record in records),
    )


def label_path(record: Record, labels: LabelColumns) -> tuple[str, ...]:
    """Return the label of a row from the top level down.

    Raises:
        InputError: a column is missing or empty.
    """
    parts = [_label(record, column) for column in labels.columns]
    if labels.separator and len(parts) == 1:
        parts = [part.strip() for part in parts[0].split(labels.separator)]
    return tuple(parts)


def _label(record: Record, column: str) -> str:
    value = record.fields.get(column)
    if value is None and column not in record.fields:
        known = "、".join(record.fields)
        raise InputError(f"{record.where}: 没有标签列 {column!r}（有 {known}）；请用 --labels 指明")
    if not isinstance(value, str | int) or not str(value).strip():
        raise InputError(f"{record.where}: {column}: 标签 {value!r} 不是文字；请补上或删去这一行")
    return str(value).strip()


def _check_depth(records: Sequence[Record], paths: Sequence[tuple[str, ...]]) -> None:
    for record, path in zip(records, paths, strict=True):
        if len(path) != len(paths[0]) or not all(path):
            raise InputError(
                f"{record.where}: 标签 {path} 有 {len(path)} 级，第一行有 {len(paths[0])} 级；"
                "请让每一行级数相同且没有空级"
            )


def _check_marks(records: Sequence[Record], paths: Sequence[tuple[str, ...]]) -> None:
    """Refuse nested labels that would run into others once their levels are joined."""
    for record, path in zip(records, paths, strict=True):
        marked = [part for part in path if PATH_MARK in part]
        if marked and len(path) > 1:
            raise InputError(
                f"{record.where}: 标签 {path} 的 {marked[0]!r} 含有 {PATH_MARK}，"
                "这个符号用来连接各级标签，会与别的标签混淆；请换成别的符号"
            )


def _check_classes(path: Path, paths: Sequence[tuple[str, ...]]) -> None:
    if len(set(paths)) < 2:
        raise InputError(
            f"{path}: 训练文件里只有一个类别 {PATH_MARK.join(paths[0])!r}（共 {len(paths)} 行）；"
            "至少要两个才能训练，请补上其他类别的文本"
        )


def _tree_of_paths(paths: Sequence[tuple[str, ...]]) -> LabelTree:
    labels = {}
    for path in set(paths):
        for level in range(1, len(path) + 1):
            code = PATH_MARK.join(path[:level])
            parent = PATH_MARK.join(path[: level - 1]) or None
            labels[code] = Label(code, path[level - 1], level, parent)
    digest = sha256("\n".join(sorted(labels)).encode()).hexdigest()[:12]
    return tree_of(f"labels-{digest}", labels.values())
