"""Fast model and encoder together: their log-linear sum, and the cascade that spares the encoder.

The two err on different texts: the one counts words, the other reads sentences. Their weighted
sum is better than either. For bulk work the fast model answers alone where it is sure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.evidence import EvidenceSpan, encoder_evidence
from jiesu.classifier.level_temperature import LevelTemperature
from jiesu.classifier.neighbour_index import SUFFIX, NeighbourIndex
from jiesu.classifier.neighbours import NeighbourPolicy, with_neighbours
from jiesu.classifier.reading import (
    LEAST_P,
    FastAnswers,
    Heard,
    passage_logs,
    sentence_probabilities,
    title_probabilities,
)
from jiesu.classifier.scores import Classifier, HeardKinds, Judged, Matrix
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import LabelTree


@dataclass(frozen=True, slots=True)
class MixWeights:
    """Weights of the log-linear sum, fitted on held-out texts.

    Attributes:
        encoder: factor of the encoder's logits.
        fast: factor of the logarithm of the fast model's probabilities.
        title: factor of the logarithm of the fast model's probabilities of the title by itself.
        passages: factor of the logarithm of the mean probability over the passages of a long text.
        sentence: factor of the logarithm of the fast model's highest probability over the
            sentences of a text.
    """

    encoder: float
    fast: float
    title: float = 0.0
    passages: float = 0.0
    sentence: float = 0.0


def mix(heard: Heard, weights: MixWeights) -> Matrix:
    """Return leaf probabilities of the log-linear sum, (N, n_leaves), rows sum to 1."""
    return log_linear(log_parts(heard), weights)


@dataclass(frozen=True, slots=True)
class Blend:
    """How what is heard of texts becomes one honest distribution; fitted on held-out texts.

    Attributes:
        weights: of the log-linear sum.
        temperature: makes the sum honest on every level.
    """

    weights: MixWeights
    temperature: LevelTemperature

    def apply(self, tree: LabelTree, heard: Heard) -> Matrix:
        """Return leaf probabilities, (N, n_leaves), rows sum to 1."""
        return self.temperature.apply(tree, mix(heard, self.weights))


@dataclass(frozen=True, slots=True)
class Blends:
    """The blends of long texts and of short ones.

    A short text says one thing. Of a long one the fast model is too sure, because it adds up words
    that speak of one matter as if each were news, and only there have the sentences a say.

    Attributes:
        long: of texts with more than one run of sentences, as `FastAnswers.is_long` tells.
        short: of all others.
    """

    long: Blend
    short: Blend

    def weighs(self, part: str) -> bool:
        """Say whether a part of the sum, by its name in `MixWeights`, counts for any text."""
        return any(getattr(blend.weights, part) for blend in (self.long, self.short))

    @property
    def tells_lengths(self) -> bool:
        """Whether long texts are blended otherwise than short ones."""
        return self.long != self.short

    def apply(self, tree: LabelTree, heard: Heard) -> Matrix:
        """Return leaf probabilities, (N, n_leaves), rows sum to 1."""
        is_long = heard.fast.is_long
        p: Matrix = np.empty_like(heard.fast.whole)
        for blend, chosen in ((self.long, is_long), (self.short, ~is_long)):
            if chosen.any():
                p[chosen] = blend.apply(tree, heard.part(chosen))
        return p


def log_parts(heard: Heard) -> dict[str, Matrix]:
    """Return what each weight multiplies, by the weight's name, (N, n_leaves) each."""
    parts = {"encoder": heard.whole, "fast": _log(heard.fast.whole)}
    for name, p in (("title", heard.fast.title), ("sentence", heard.fast.sentence)):
        if p is not None:
            parts[name] = _log(p)
    if heard.passages is not None:
        parts["passages"] = heard.passages
    return parts


def _log(p: Matrix) -> Matrix:
    logs: Matrix = np.log(np.maximum(p, LEAST_P))
    return logs


def log_linear(parts: Mapping[str, Matrix], weights: MixWeights) -> Matrix:
    """Return what `mix` does, from the parts of the sum."""
    total = sum(getattr(weights, name) * part for name, part in parts.items())
    return softmax(np.asarray(total, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class KindMix:
    """How the encoder's kind logits become those of `HeardKinds`; fitted on held-out texts.

    Attributes:
        encoder: factor of the encoder's logits.
        wording: weight of the wording model beside them.
        bias: added to each kind's logit.
    """

    encoder: float
    wording: float
    bias: tuple[float, ...]

    def heard(self, logits: Matrix) -> HeardKinds:
        """Return what the encoder's logits, (N, n_kinds), say beside the wording."""
        joined = self.encoder * logits + np.array(self.bias, dtype=np.float32)
        return HeardKinds(joined.astype(np.float32), self.wording)


@dataclass(frozen=True)
class CombinedClassifier:
    """Fast model and encoder, calibrated, with the confirmed tickets near a text.

    Attributes:
        blends: how both are summed and made honest.
        neighbours: confirmed tickets; None where none are kept.
        policy: how much these count.
        kinds: how the encoder's kinds are joined with the wording model's; None leaves the kinds
            to that model.
        prior: logarithm of each leaf's share among tickets against the mean share, (n_leaves,),
            which the fast model's answers hold already; None takes all for equally common.
    """

    name: str
    tree: LabelTree
    fast: Classifier
    encoder: Encoder
    blends: Blends
    neighbours: NeighbourIndex | None = None
    policy: NeighbourPolicy = field(default_factory=NeighbourPolicy)
    prior: Matrix | None = None
    kinds: KindMix | None = None

    def __post_init__(self) -> None:
        if self.encoder.shape.leaves != self.tree.leaves:
            raise ArtefactError(
                f"编码器的 {len(self.encoder.shape.leaves)} 个事项与分类体系 {self.tree.version} 的"
                f" {len(self.tree.leaves)} 个不一致；请用该分类体系重新训练，或指定另一个模型目录"
            )

    def score(self, texts: Sequence[str]) -> Matrix:
        """Return calibrated leaf probabilities, (n_texts, n_leaves)."""
        return self.judge(texts).p

    def judge(self, texts: Sequence[str], titles: Sequence[str] = ()) -> Judged:
        """Return calibrated leaf probabilities, and the kinds where the model was fitted to.

        Args:
            titles: as in `KindHearer.judge`.
        """
        return self.judge_after(self.fast.score(texts), texts, titles)

    def judge_after(
        self, p_fast: Matrix, texts: Sequence[str], titles: Sequence[str] = ()
    ) -> Judged:
        """Judge texts that the fast model has scored already."""
        if not texts:
            return Judged(p_fast)
        encoded = self.encoder.encode(texts)
        blends = self.blends
        passages = passage_logs(self.encoder, texts) if blends.weighs("passages") else None
        by_sentence = blends.weighs("sentence") or blends.tells_lengths
        fast = FastAnswers(
            p_fast,
            title_probabilities(self.fast, titles) if blends.weighs("title") else None,
            sentence_probabilities(self.fast, texts) if by_sentence else None,
        )
        p = self._combined(Heard(encoded.logits, fast, passages))
        if self.neighbours is not None:
            near = self.neighbours.nearest(encoded.vectors, self.policy.most)
            p = with_neighbours(p, near, self.tree.leaf_index, self.policy)
        return Judged(p, self._heard(encoded.kinds))

    def _heard(self, logits: Matrix) -> HeardKinds | None:
        return self.kinds.heard(logits) if self.kinds else None

    def _combined(self, heard: Heard) -> Matrix:
        """Sum both models as if all classes were equally common, then let the prior speak."""
        if self.prior is None:
            return self.blends.apply(self.tree, heard)
        share = np.exp(self.prior).astype(np.float32)
        p: Matrix = self.blends.apply(self.tree, heard.without_prior(share)) * share
        p /= p.sum(axis=1, keepdims=True)
        return p

    def evidence(self, text: str, code: str, most: int = 5) -> tuple[EvidenceSpan, ...]:
        """Return the spans of a text that speak most for a leaf, strongest first."""
        return encoder_evidence(self.encoder, text, self.tree.leaf_index[code], most)

    def remembering(self, folder: Path) -> Self:
        """Return the classifier with the index of its confirmed tickets, which lies in a folder.

        Each encoder has a file of its own there: vectors of another one mean something else.

        Raises:
            ArtefactError, OSError: the file cannot be used.
        """
        vectors = self.encoder.classes
        path = folder / f"{vectors.space}{SUFFIX}"
        return replace(self, neighbours=NeighbourIndex.open(path, vectors.vectors.shape[1]))

    def confirm(self, texts: Sequence[str], codes: Sequence[str], ids: Sequence[str]) -> None:
        """Let confirmed tickets count from the next text on.

        Raises:
            ArtefactError, OSError: this model keeps no index, or it cannot be written.
        """
        self._index().add(self.encoder.encode(texts).vectors, codes, ids)

    def forget(self, ids: Sequence[str]) -> None:
        """Let tickets that were confirmed no longer count; raises as `confirm`."""
        self._index().forget(ids)

    def _index(self) -> NeighbourIndex:
        if self.neighbours is None:
            raise ArtefactError("当前模型没有近邻索引，无法写入已确认工单；请设 JIESU_NEIGHBOURS")
        return self.neighbours


@dataclass(frozen=True)
class CascadeClassifier:
    """The fast model where it is sure, both models elsewhere.

    Attributes:
        sure: the fast model answers alone where its best leaf reaches this probability.
    """

    name: str
    tree: LabelTree
    full: CombinedClassifier
    sure: float

    def evidence(self, text: str, code: str, most: int = 5) -> tuple[EvidenceSpan, ...]:
        """Return the spans of a text that speak most for a leaf, strongest first."""
        return self.full.evidence(text, code, most)

    @property
    def neighbours(self) -> NeighbourIndex | None:
        """Confirmed tickets, which count where both models are asked."""
        return self.full.neighbours

    def remembering(self, folder: Path) -> Self:
        """Return the cascade with an index, as `CombinedClassifier.remembering`."""
        return replace(self, full=self.full.remembering(folder))

    def confirm(self, texts: Sequence[str], codes: Sequence[str], ids: Sequence[str]) -> None:
        """Let confirmed tickets count, as `CombinedClassifier.confirm`."""
        self.full.confirm(texts, codes, ids)

    def forget(self, ids: Sequence[str]) -> None:
        """Let tickets no longer count, as `CombinedClassifier.forget`."""
        self.full.forget(ids)

    def score(self, texts: Sequence[str]) -> Matrix:
        """Return calibrated leaf probabilities, (n_texts, n_leaves)."""
        return self.judge(texts).p

    def judge(self, texts: Sequence[str], titles: Sequence[str] = ()) -> Judged:
        """Return calibrated leaf probabilities, and the kinds of the texts that were unsure."""
        p = self.full.fast.score(texts)
        unsure = np.flatnonzero(p.max(axis=1) < self.sure)
        if not len(unsure):
            return Judged(p)
        read = self.full.judge_after(
            p[unsure],
            [texts[i] for i in unsure.tolist()],
            [titles[i] for i in unsure.tolist()] if titles else (),
        )
        out = p.copy()
        out[unsure] = read.p
        if read.kinds is None:
            return Judged(out)
        logits = np.full((len(p), read.kinds.logits.shape[1]), np.nan, dtype=np.float32)
        logits[unsure] = read.kinds.logits
        return Judged(out, replace(read.kinds, logits=logits))
