"""Model folders: a card, the model's files and their checksums; saved whole, loaded with care.

    card.json       what it is, from which data, for which taxonomy, how good
    checksums.json  SHA-256 of every other file but the card
    labels.json     the classes, for a label set that no city holds
    linear.npz …    the model

A folder is refused when a file is missing or changed, or when it was made for another taxonomy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

import jiesu.data
from jiesu.classifier.scores import Classifier
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of

CARD_FILE, CHECKSUM_FILE, LABELS_FILE = "card.json", "checksums.json", "labels.json"


@dataclass(frozen=True)
class Card:
    """What a model folder holds, as people and programs need to know it.

    Attributes:
        kind: "linear" …: how it is loaded.
        taxonomy: version of the classes that it answers with.
        label_columns: columns of the training file that named the classes; empty for a city.
        facts: everything else: data hashes, settings, metrics with sample sizes, the run.
    """

    name: str
    kind: str
    taxonomy: str
    label_columns: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON


def default_model_folder(city_id: str) -> Path:
    """Return the folder of the fast model that comes with the package for this city."""
    roots = [Path(root) / "models" / f"{city_id}-fast" for root in jiesu.data.__path__]
    return next((folder for folder in roots if folder.is_dir()), roots[0])


def load_classifier(folder: Path, tree: LabelTree) -> Classifier:
    """Load the model of a folder for this tree.

    Raises:
        ArtefactError: the folder is missing, broken, or made for another taxonomy version.
    """
    card = read_card(folder)
    if card.taxonomy != tree.version:
        raise ArtefactError(
            f"模型 {folder} 是为分类体系 {card.taxonomy} 训练的，现用的是 {tree.version}；"
            "请用现用的分类体系重新训练，或用 --model 指定另一个模型"
        )
    loader = _LOADERS.get(card.kind)
    if loader is None:
        raise ArtefactError(
            f"{folder / CARD_FILE}: kind: 不认识模型类型 {card.kind!r}；"
            f"可用的有 {'、'.join(_LOADERS)}，或升级 jiesu"
        )
    verify(folder)
    return loader(folder, card, tree)


def _load_linear(folder: Path, card: Card, tree: LabelTree) -> Classifier:
    from jiesu.classifier.linear_file import LINEAR_FILE, load_linear  # scipy: only when needed

    return load_linear(folder / LINEAR_FILE, card.name, tree)


def _load_encoder(folder: Path, card: Card, tree: LabelTree) -> Classifier:
    from jiesu.classifier.combined_file import load_combined  # needs optional packages

    return load_combined(folder, card.name, tree, load_classifier)


def _load_cascade(folder: Path, card: Card, tree: LabelTree) -> Classifier:
    from jiesu.classifier.combined_file import load_cascade  # needs optional packages

    return load_cascade(folder, card.name, tree, load_classifier)


_LOADERS: dict[str, Callable[[Path, Card, LabelTree], Classifier]] = {
    "linear": _load_linear,
    "encoder": _load_encoder,
    "cascade": _load_cascade,
}


def read_card(folder: Path) -> Card:
    """Read the card of a model folder.

    Raises:
        ArtefactError: there is none, or it is not a card.
    """
    raw = _read_json(folder, CARD_FILE)
    try:
        columns = tuple(raw.pop("label_columns", ()))
        return Card(raw.pop("name"), raw.pop("kind"), raw.pop("taxonomy"), columns, raw)
    except KeyError as error:
        raise ArtefactError(
            f"{folder / CARD_FILE}: 缺少 {error.args[0]}；请重新训练或重新复制模型"
        ) from None


def write_card(folder: Path, card: Card) -> None:
    """Write the card and the checksums of all other files that lie in the folder."""
    head = {"name": card.name, "kind": card.kind, "taxonomy": card.taxonomy}
    columns = {"label_columns": card.label_columns} if card.label_columns else {}
    _write_json(folder / CARD_FILE, {**head, **columns, **card.facts})
    _write_json(folder / CHECKSUM_FILE, checksums(folder))


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a model folder but the card and the list itself."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {
        name: sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if name not in (CARD_FILE, CHECKSUM_FILE)
    }


def verify(folder: Path) -> None:
    """Compare the files of a model folder with its checksums.

    Raises:
        ArtefactError: a file is missing or changed.
    """
    for name, expected in _read_json(folder, CHECKSUM_FILE).items():
        file = folder / name
        if not file.is_file():
            raise ArtefactError(f"模型 {folder} 缺少文件 {name}；请重新训练或重新复制模型")
        if sha256(file.read_bytes()).hexdigest() != expected:
            raise ArtefactError(
                f"模型 {folder} 的文件 {name} 与 {CHECKSUM_FILE} 不符，可能损坏或被改动；"
                "请重新训练或重新复制模型"
            )


def write_labels(folder: Path, tree: LabelTree) -> None:
    """Write the classes of a label set that no city holds."""
    labels = [[label.code, label.name, label.level, label.parent] for label in tree.labels.values()]
    _write_json(folder / LABELS_FILE, {"version": tree.version, "labels": labels})


def read_labels(folder: Path) -> LabelTree | None:
    """Return the classes that the model folder itself holds; None when it relies on a city.

    Raises:
        ArtefactError: the file of classes is broken.
    """
    if not (folder / LABELS_FILE).is_file():
        return None
    raw = _read_json(folder, LABELS_FILE)
    try:
        return tree_of(raw["version"], [Label(*row) for row in raw["labels"]])
    except (KeyError, TypeError) as error:
        raise ArtefactError(
            f"{folder / LABELS_FILE}: 类别列表不完整（{error}）；请重新训练或重新复制模型"
        ) from None


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    if not folder.is_dir():
        raise ArtefactError(f"模型文件夹 {folder} 不存在；请用 jiesu train 训练，或用 --model 指定")
    try:
        raw = orjson.loads((folder / name).read_bytes())
    except FileNotFoundError:
        raise ArtefactError(f"模型 {folder} 缺少 {name}；请重新训练或重新复制模型") from None
    except orjson.JSONDecodeError as error:
        raise ArtefactError(f"{folder / name}: 不是合法的 JSON（{error}）；请重新训练") from None
    if not isinstance(raw, dict):
        raise ArtefactError(f"{folder / name}: 最外层应是“键: 值”；请重新训练或重新复制模型")
    return raw


def _write_json(file: Path, value: Mapping[str, Any]) -> None:
    file.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
