"""Put a candidate model in the place of the current one, unless it is worse.

Both are measured on the same texts: cards of different runs need not speak of the same data.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from scipy.stats import binomtest

from jiesu.classifier.combined_file import MIX_FILE, find_fast, read_mix
from jiesu.classifier.scores import Classifier, judge
from jiesu.taxonomy.errors import ArtefactError, InputError


@dataclass(frozen=True, slots=True)
class GoldText:
    """A text with its title in front, and the codes that are right; any of them counts."""

    text: str
    codes: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same texts.

    Attributes:
        texts: number of texts.
        current: texts whose first class the current model has right.
        candidate: the same for the candidate.
        p_value: chance of so uneven a split of the texts that only one has right, if both
            were equally good (exact sign test).
    """

    texts: int
    current: int
    candidate: int
    p_value: float

    @property
    def is_worse(self) -> bool:
        """Whether the candidate has fewer texts right."""
        return self.candidate < self.current


def compare_models(
    current: Classifier, candidate: Classifier, gold: Sequence[GoldText]
) -> Comparison:
    """Measure two models on gold texts.

    Raises:
        InputError: there are no texts to measure on.
    """
    if not gold:
        raise InputError("没有可用来比较模型的标注文本；请提供至少一条带事项代码的文本")
    first, second = (_right(model, gold) for model in (current, candidate))
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))
    split = only_first + only_second
    p_value = float(binomtest(only_second, split).pvalue) if split else 1.0
    return Comparison(len(gold), sum(first), sum(second), p_value)


def _right(model: Classifier, gold: Sequence[GoldText]) -> list[bool]:
    judged = judge(model, [row.text for row in gold], [row.title for row in gold])
    best = judged.p.argmax(axis=1).tolist()
    return [model.tree.leaves[j] in row.codes for j, row in zip(best, gold, strict=True)]


def promote(candidate: Path, target: Path, comparison: Comparison) -> None:
    """Put the candidate's folder in the target's place; a reader sees the old or the new whole.

    The fast model that an encoder needs goes along, into its folder: both change at one moment.

    Args:
        candidate: folder of the new model; stays where it is.
        target: folder that is served from; may not exist yet.
        comparison: of the target's model with the candidate.

    Raises:
        ArtefactError: the candidate is worse, or its folder does not exist.
    """
    if comparison.is_worse:
        raise ArtefactError(
            f"候选模型在 {comparison.texts} 条文本上答对 {comparison.candidate} 条，少于现用模型的"
            f" {comparison.current} 条（p = {comparison.p_value:.3f}），未替换 {target}"
        )
    if not candidate.is_dir():
        raise ArtefactError(f"候选模型文件夹 {candidate} 不存在；请核对路径")
    mark = uuid4().hex[:8]
    fresh, old = (target.with_name(f".{target.name}.{end}-{mark}") for end in ("new", "old"))
    shutil.copytree(candidate, fresh)
    if (candidate / MIX_FILE).is_file():
        name = read_mix(candidate).fast
        shutil.copytree(find_fast(candidate, name), fresh / name, dirs_exist_ok=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
