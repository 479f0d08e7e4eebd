"""The transformer at work: texts → vectors, logits over leaves and kinds, token states.

The graph gives a unit vector a text; its products with the class vectors are the logits. Nothing
here needs torch. A text longer than the limit keeps its first two thirds and its last
third, because the point of a long message often comes at its end. Texts are sorted by length
into batches of equal padded size; the answers come back in the order asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson

from jiesu.classifier.graph_session import Floats, GraphSession, Ints, open_graph
from jiesu.taxonomy.errors import ArtefactError

# A longer text is cut before it is tokenised; far more than the tokens that are kept.
KEPT_CHARACTERS = (2000, 1000)
_HALVES = re.compile("[\ud800-\udfff]")
Item = TypeVar("Item")

MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
SETTINGS_FILE = "encoder.json"
CLASSES_FILE = "classes.npy"
ENCODER_FILES = (MODEL_FILE, CLASSES_FILE, TOKENIZER_FILE, SETTINGS_FILE)
# Padded tokens of a batch: beyond about this many, two cores gain nothing from larger batches.
BATCH_TOKENS = 3072


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """What the exported graph expects and gives.

    Attributes:
        max_tokens: longest input.
        pad: id that fills short rows.
        kinds: request kinds in the order of the kind logits.
        leaves: leaf codes in the order of the class vectors.
    """

    max_tokens: int
    pad: int
    kinds: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class Encoded:
    """Answers for N texts.

    Attributes:
        logits: over the leaves, (N, n_leaves).
        kinds: over the request kinds, (N, n_kinds).
        vectors: unit vectors for the neighbour search, (N, H).
    """

    logits: Floats
    kinds: Floats
    vectors: Floats


@dataclass(frozen=True)
class TokenView:
    """One text as the encoder saw it.

    Attributes:
        spans: character range of each token, (T, 2).
        states: projected token vectors; their mean, brought to length 1, is the text's vector,
            (T, H).
    """

    spans: Ints
    states: Floats


@dataclass(frozen=True)
class ClassVectors:
    """The class layer: logits of a unit vector are its products with `vectors`, plus `bias`."""

    vectors: Floats  # (n_leaves, H)
    bias: Floats  # (n_leaves,)

    def logits(self, vectors: Floats) -> Floats:
        """Return leaf logits of unit vectors (N, H), shape (N, n_leaves)."""
        found: Floats = vectors @ self.vectors.T + self.bias
        return found

    @property
    def space(self) -> str:
        """Name of the space that the vectors lie in: those of texts belong to these alone."""
        return sha256(self.vectors.tobytes()).hexdigest()[:12]

    def save(self, file: Path) -> None:
        """Write both as one half-precision table, the bias as its last column."""
        table = np.concatenate([self.vectors, self.bias[:, None]], axis=1)
        np.save(file, table.astype(np.float16))

    @classmethod
    def load(cls, file: Path) -> "ClassVectors":
        """Read what `save` wrote."""
        table = np.load(file).astype(np.float32)
        return cls(np.ascontiguousarray(table[:, :-1]), table[:, -1])


class Encoder:
    """An exported encoder, ready to run."""

    def __init__(
        self, session: GraphSession, tokenizer: Any, classes: ClassVectors, shape: EncoderShape
    ) -> None:
        # tokenizer: tokenizers.Tokenizer, of an optional package without type hints
        self._session, self._tokenizer = session, tokenizer
        self.classes, self.shape = classes, shape

    @classmethod
    def load(cls, folder: Path, threads: int | None = None, *, exact: bool = False) -> "Encoder":
        """Open the encoder of a model folder.

        Args:
            folder: holds encoder.onnx, classes.npy, tokenizer.json and encoder.json.
            threads: threads of one call; None takes one a core, and a single one in a worker
                process, whose siblings use the other cores.
            exact: as in `open_graph`.

        Raises:
            ArtefactError: a file or a package is missing.
        """
        for name in ENCODER_FILES:
            if not (folder / name).is_file():
                raise ArtefactError(f"模型目录 {folder} 缺少 {name}；请重新导出编码器")
        session = open_graph(folder / MODEL_FILE, threads, exact=exact)
        tokenizer = _tokenizers().Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        classes = ClassVectors.load(folder / CLASSES_FILE)
        return cls(session, tokenizer, classes, read_shape(folder / SETTINGS_FILE))

    def encode(self, texts: Sequence[str]) -> Encoded:
        """Run the encoder on texts; an empty text is answered like any other."""
        tokens = self.tokenise(texts)
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        vectors = np.zeros((len(tokens), self.classes.vectors.shape[1]), dtype=np.float32)
        kinds = np.zeros((len(tokens), len(self.shape.kinds)), dtype=np.float32)
        for group in batches_by_length(order, [len(ids) for ids in tokens]):
            vectors[group], kinds[group] = self._run(
                ("vectors", "kinds"), [tokens[i] for i in group]
            )
        return Encoded(self.classes.logits(vectors), kinds, vectors)

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of texts, long ones cut in the middle."""
        found = self._tokenizer.encode_batch([readable(text) for text in texts])
        return [cut_middle(encoding.ids, self.shape.max_tokens) for encoding in found]

    def view(self, text: str) -> TokenView:
        """Return the tokens of one text with their share in its vector."""
        encoding = self._tokenizer.encode(readable(text))
        removed = len(text) - min(len(text), sum(KEPT_CHARACTERS))
        offsets = [
            (start + removed, end + removed) if start >= KEPT_CHARACTERS[0] else (start, end)
            for start, end in encoding.offsets
        ]
        spans = cut_middle(offsets, self.shape.max_tokens)
        ids = cut_middle(encoding.ids, self.shape.max_tokens)
        (states,) = self._run(("states",), [ids])
        return TokenView(np.array(spans, dtype=np.int64), states[0])

    def _run(self, names: Sequence[str], rows: Sequence[Sequence[int]]) -> list[Floats]:
        ids, mask = pad_rows(rows, self.shape.pad)
        outputs: list[Floats] = self._session.run(list(names), {"ids": ids, "mask": mask})
        return outputs


def readable(text: str) -> str:
    """Return what the tokenizer reads of a text: bounded length, no half characters.

    >>> readable("路灯" + chr(0xD800) + "不亮")
    '路灯 不亮'
    """
    if len(text) > sum(KEPT_CHARACTERS):
        text = text[: KEPT_CHARACTERS[0]] + text[-KEPT_CHARACTERS[1] :]
    return _HALVES.sub(" ", text)


def read_shape(file: Path) -> EncoderShape:
    """Read encoder.json."""
    raw = orjson.loads(file.read_bytes())
    return EncoderShape(
        int(raw["max_tokens"]), int(raw["pad"]), tuple(raw["kinds"]), tuple(raw["leaves"])
    )


def write_shape(shape: EncoderShape, file: Path) -> None:
    """Write encoder.json."""
    file.write_bytes(orjson.dumps(shape, option=orjson.OPT_INDENT_2))


def batches_by_length(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield runs of `order` (shortest first) whose padded size stays within the limit.

    >>> list(batches_by_length([0, 1, 2], [10, 2000, 2000]))
    [[0], [1], [2]]
    """
    group: list[int] = []
    for index in order:
        if group and lengths[index] * (len(group) + 1) > BATCH_TOKENS:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def cut_middle(items: Sequence[Item], limit: int) -> list[Item]:
    """Keep the first two thirds and the last third of `limit` items.

    >>> cut_middle([0, 1, 2, 3, 4, 5, 6, 7], 6)
    [0, 1, 2, 3, 6, 7]
    """
    if len(items) <= limit:
        return list(items)
    head = limit * 2 // 3
    return [*items[:head], *items[len(items) - (limit - head) :]]


def pad_rows(rows: Sequence[Sequence[int]], pad: int) -> tuple[Ints, Ints]:
    """Return ids and mask of rows filled up to the longest, both (B, T)."""
    width = max(map(len, rows))
    ids = np.full((len(rows), width), pad, dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask


def _tokenizers() -> Any:
    """Import the optional package."""
    try:
        import tokenizers
    except ImportError as error:
        raise ArtefactError(
            "编码器需要 tokenizers，当前环境没有安装；请运行 pip install 'jiesu[encoder]'"
        ) from error
    return tokenizers
