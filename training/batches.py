"""Epochs of the encoder: variants of the rows, tokenised, cut, and batched by length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from tokenizers import Tokenizer

from jiesu.classifier.encoder import cut_middle, pad_rows
from jiesu.classifier.graph_session import Ints
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.augment import Augmenter, after_other_matter, one_of, with_title
from jiesu.training.encoder_loss import IGNORE
from jiesu.training.encoder_net import TreeMatrices
from jiesu.training.encoder_rows import KIND_ONLY, MESSAGES, EncoderRow

# What is asked for stands at the end of a message: one that lost its last characters, or that
# another one follows, no longer tells its kind.
_LAST, _NEAR_END = 10, 40


def _default_times() -> Mapping[str, int]:
    return {"narrative": 2, "story": 2, "board": 2, "mail": 3, KIND_ONLY: 3}


@dataclass(frozen=True)
class EpochPlan:
    """What one epoch is made of.

    Attributes:
        max_tokens: longest text; longer ones keep their first two thirds and last third.
        batch_tokens: padded tokens of a batch.
        batch_texts: most texts of a batch.
        titles: titles a class that are read alone.
        phrase_texts: texts a class that are made of some of its phrases.
        title_share: chance that a message without a title gets one of its class in front.
        title_kept: chance that a message keeps its own title.
        also_share: chance that of a message whose kind is arguable the other kind is taken.
        accepted_share: chance that of a message whose class is arguable another class is taken.
        other_share: chance that a short message begins with another class's matter.
        pair_share: chance that a message is followed by another one of its class.
        mask_share: share of tokens that are hidden.
        times: how often a row of a source is read in one epoch; once where it is not named. What
            is nearest to real letters, and what is labelled with its kind alone, is scarce.
        weights: weight of each source in the loss; 1 where it is not named.
    """

    max_tokens: int = 256
    batch_tokens: int = 2048
    batch_texts: int = 96
    titles: int = 3
    phrase_texts: int = 2
    title_share: float = 0.4
    title_kept: float = 0.8
    also_share: float = 0.35
    accepted_share: float = 0.3
    other_share: float = 0.06
    pair_share: float = 0.15
    mask_share: float = 0.05
    times: Mapping[str, int] = field(default_factory=_default_times)
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Batch:
    """Token ids and mask (B, T); numbers of leaf, upper classes and kind, and weight of each."""

    ids: Any
    mask: Any
    leaf: Any
    upper: Any
    kind: Any
    weight: Any

    def to(self, device: Any) -> "Batch":
        """Return the batch on a device."""
        return Batch(*(getattr(self, part.name).to(device) for part in fields(self)))


@dataclass(frozen=True)
class EpochMaker:
    """Draws the texts of an epoch from the rows.

    Attributes:
        rates: how often the messages of a class are read, besides `plan.times`; 1 where it is not
            named.
    """

    rows: Sequence[EncoderRow]
    tree: LabelTree
    matrices: TreeMatrices
    tokenizer: Tokenizer
    augmenter: Augmenter
    plan: EpochPlan
    pad_id: int = 1
    rates: Mapping[str, float] = field(default_factory=dict)

    def batches(self, seed: int, ranks: int) -> list[Batch]:
        """Return the batches of one epoch; each run of `ranks` batches has about one length."""
        rng = np.random.default_rng(seed)
        rows = list(self.texts(rng))
        tokens = encode_texts(self.tokenizer, [row.text for row in rows], self.plan.max_tokens)
        lengths = np.array([len(ids) for ids in tokens]) + rng.uniform(0, 0.9, len(tokens))
        order = np.argsort(-lengths)
        widths = [len(tokens[i]) for i in order]
        groups = [order[group].tolist() for group in length_groups(widths, self.plan)]
        while len(groups) % ranks:
            groups.append(groups[-1])
        runs = [groups[at : at + ranks] for at in range(0, len(groups), ranks)]
        rng.shuffle(runs)
        mask_id = mask_token(self.tokenizer)
        return [self._batch(rows, tokens, group, rng, mask_id) for run in runs for group in run]

    def texts(self, rng: Generator) -> Iterator[EncoderRow]:
        """Yield the texts of one epoch."""
        yield from self._whole(rng)
        titles, phrases = self._by_class("title"), self._by_class("phrase")
        for code, texts in titles.items():
            for slot in rng.permutation(len(texts))[: self.plan.titles]:
                yield EncoderRow(self._short(texts[slot], rng), code, "title", int(slot))
        for code, texts in phrases.items():
            for slot in range(self.plan.phrase_texts):
                some = rng.permutation(len(texts))[: int(rng.integers(2, 6))]
                yield EncoderRow("，".join(texts[i] for i in some), code, "phrase", slot)

    def _whole(self, rng: Generator) -> Iterator[EncoderRow]:
        """Yield every row that is read by itself: messages as variants, the others as they are."""
        titles = self._by_class("title")
        messages: dict[str, list[str]] = {}
        for row in self.rows:
            if row.source in MESSAGES:
                messages.setdefault(row.code, []).append(row.text)
        for row in [each for each in self.rows for _ in range(self._times(each, rng))]:
            if row.source in MESSAGES:
                # Drawn first: what is put in front or behind is of the class that is taught.
                code = one_of(row.accepted, self.plan.accepted_share, rng) or row.code
                read = replace(row, code=code)
                text = self._message(read, titles.get(code, ()), messages, rng)
                kind = ""
                if row.text[-_LAST:] in text[-_NEAR_END:]:
                    kind = one_of(row.also, self.plan.also_share, rng) or row.kind
                yield EncoderRow(text, code, row.source, row.slot, kind)
            elif row.source == KIND_ONLY:
                yield replace(row, text=self.augmenter.variant(row.text, rng, row.kind))
            elif row.source not in {"title", "phrase"}:
                yield row

    def _times(self, row: EncoderRow, rng: Generator) -> int:
        times, rate = self.plan.times.get(row.source, 1), self.rates.get(row.code)
        if rate is None or row.source not in MESSAGES:
            return times
        return int(times * rate + rng.random())

    def _by_class(self, source: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.source == source:
                found.setdefault(row.code, []).append(row.text)
        return found

    def _short(self, text: str, rng: Generator) -> str:
        return self.augmenter.swap_places(text, rng) if rng.random() < 0.3 else text

    def _message(
        self,
        row: EncoderRow,
        titles: Sequence[str],
        messages: Mapping[str, Sequence[str]],
        rng: Generator,
    ) -> str:
        text = self.augmenter.variant(row.text.removeprefix(row.head), rng, row.kind)
        same = one_of(messages.get(row.code, ()), self.plan.pair_share, rng)
        if same:
            text = f"{text}{same}"
        if len(text) < 90 and rng.random() < self.plan.other_share:
            codes = tuple(messages)
            other = messages[codes[int(rng.integers(len(codes)))]]
            text = after_other_matter(text, min(other, key=len), rng)
        return self._headed(row, text, titles, rng)

    def _headed(self, row: EncoderRow, text: str, titles: Sequence[str], rng: Generator) -> str:
        """Put the message's own title in front of it, or one of its class, or none."""
        if row.head:
            return f"{row.head}{text}" if rng.random() < self.plan.title_kept else text
        title = one_of(titles, self.plan.title_share, rng)
        return with_title(text, title) if title else text

    def _batch(
        self,
        rows: Sequence[EncoderRow],
        tokens: Sequence[Sequence[int]],
        group: Sequence[int],
        rng: Generator,
        mask_id: int,
    ) -> Batch:
        ids, mask = pad([tokens[i] for i in group], self.pad_id)
        hidden = (rng.random(ids.shape) < self.plan.mask_share) & (ids > 3)
        ids = np.where(hidden, mask_id, ids)
        places = [self._places(rows[i].code) for i in group]
        kinds = [KINDS.index(rows[i].kind) if rows[i].kind in KINDS else IGNORE for i in group]
        weights = self.plan.weights or {}
        return Batch(
            torch.from_numpy(ids),
            torch.from_numpy(mask),
            torch.tensor([leaf for leaf, _ in places]),
            torch.tensor([upper for _, upper in places]),
            torch.tensor(kinds),
            torch.tensor([weights.get(rows[i].source, 1.0) for i in group]),
        )

    def _places(self, code: str) -> tuple[int, list[int]]:
        if not code:
            return IGNORE, [IGNORE] * (self.tree.depth - 1)
        leaf = self.tree.leaf_index.get(code, IGNORE)
        path = [label.code for label in self.tree.path(code)]
        known = path[:-1] if leaf != IGNORE else path
        columns = [self.matrices.codes.index(upper) for upper in known]
        return leaf, columns + [IGNORE] * (self.tree.depth - 1 - len(columns))


def log_frequency(batches: Sequence[Batch], n_leaves: int) -> Any:
    """Return the logarithm of each leaf's share of an epoch against the mean share, (n_leaves,).

    Added to the logits in the loss, it keeps the trained logits those of equally common classes,
    however often each is read. Source: Menon et al. 2021, "Long-tail Learning via
    Logit Adjustment".
    """
    counts = torch.ones(n_leaves)
    for batch in batches:
        known = batch.leaf != IGNORE
        counts.index_add_(0, batch.leaf[known], batch.weight[known])
    return torch.log(counts / counts.mean())


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str], limit: int) -> list[list[int]]:
    """Tokenise texts; of a long one the first two thirds and the last third of the limit stay."""
    return [
        cut_middle(encoding.ids, limit)
        for start in range(0, len(texts), 4096)
        for encoding in tokenizer.encode_batch(list(texts[start : start + 4096]))
    ]


def mask_token(tokenizer: Tokenizer) -> int:
    """Return the id that hides a token, whatever the tokenizer's family calls it."""
    for name in ("<mask>", "[MASK]", "<unk>", "[UNK]"):
        found = tokenizer.token_to_id(name)
        if found is not None:
            return int(found)
    return 0


def pad(rows: Sequence[Sequence[int]], pad_id: int) -> tuple[Ints, Ints]:
    """Return ids and mask of rows filled up to a multiple of 8, both (B, T)."""
    ids, mask = pad_rows(rows, pad_id)
    more = ((0, 0), (0, padded_width(ids.shape[1]) - ids.shape[1]))
    return np.pad(ids, more, constant_values=pad_id), np.pad(mask, more)


def length_groups(lengths: Sequence[int], plan: EpochPlan) -> Iterator[list[int]]:
    """Yield groups of positions, longest texts first, with few different padded shapes.

    Widths are multiples of 8 and a width fixes the number of texts: the matrix library keeps
    memory for every shape that it has seen.
    """
    at = 0
    while at < len(lengths):
        width = padded_width(lengths[at])
        count = max(1, min(plan.batch_texts, plan.batch_tokens // width))
        yield list(range(at, min(at + count, len(lengths))))
        at += count


def padded_width(length: int) -> int:
    """Round a length up to a multiple of 8.

    >>> padded_width(17)
    24
    """
    return -(-length // 8) * 8
