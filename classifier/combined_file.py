"""Model folders of encoder and fast model together: what is read and written beside the encoder.

    encoder.onnx, classes.npy, tokenizer.json, encoder.json   the encoder
    mix.json    weights of both models and temperatures of the levels, under "short" those of
                short texts where they differ; the cascade's threshold
    prior.npy   logarithm of each leaf's share against the mean share, where it is known

The fast model lies in a folder of its own that mix.json names: beside this one, or inside it where
both were put in service together.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from jiesu.classifier.cascade import (
    Blend,
    Blends,
    CascadeClassifier,
    CombinedClassifier,
    KindMix,
    MixWeights,
)
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.level_temperature import LevelTemperature
from jiesu.classifier.scores import Classifier
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import LabelTree

MIX_FILE, PRIOR_FILE = "mix.json", "prior.npy"


@dataclass(frozen=True, slots=True)
class Mix:
    """How both models are put together.

    Attributes:
        fast: name of the fast model's folder, inside the encoder's or beside it.
        blends: how both are summed and made honest.
        sure: probability from which on the fast model answers alone in the cascade.
        kinds: how the kinds of request are joined; None where they were not fitted.
    """

    fast: str
    blends: Blends
    sure: float
    kinds: KindMix | None = None


def write_mix(folder: Path, mix: Mix) -> None:
    """Write mix.json."""
    raw: dict[str, Any] = {"fast": mix.fast, **_raw(mix.blends.long), "sure": mix.sure}
    if mix.blends.tells_lengths:
        raw["short"] = _raw(mix.blends.short)
    if mix.kinds:
        raw["kinds"] = asdict(mix.kinds)
    (folder / MIX_FILE).write_bytes(orjson.dumps(raw, option=orjson.OPT_INDENT_2) + b"\n")


def read_mix(folder: Path) -> Mix:
    """Read mix.json.

    Raises:
        ArtefactError: it is missing or incomplete.
    """
    try:
        raw = orjson.loads((folder / MIX_FILE).read_bytes())
        blends = Blends(_blend(raw), _blend(raw.get("short", raw)))
        return Mix(str(raw["fast"]), blends, float(raw["sure"]), _kinds(raw))
    except FileNotFoundError:
        raise ArtefactError(f"模型 {folder} 缺少 {MIX_FILE}；请重新训练或重新复制模型") from None
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(
            f"{folder / MIX_FILE}: 内容不完整（{error}）；请重新训练或重新复制模型"
        ) from None


def _raw(blend: Blend) -> dict[str, Any]:
    return {"weights": asdict(blend.weights), "level_factors": blend.temperature.factors}


def _blend(raw: dict[str, Any]) -> Blend:
    weights = MixWeights(**{name: float(value) for name, value in raw["weights"].items()})
    return Blend(weights, LevelTemperature(tuple(map(float, raw["level_factors"]))))


def _kinds(raw: dict[str, Any]) -> KindMix | None:
    if "kinds" not in raw:
        return None
    kinds = raw["kinds"]
    bias = tuple(map(float, kinds["bias"]))
    return KindMix(float(kinds["encoder"]), float(kinds["wording"]), bias)


def find_fast(folder: Path, name: str) -> Path:
    """Return the folder of the fast model `name` that belongs to an encoder's folder.

    Raises:
        ArtefactError: it would be the encoder's folder itself.
    """
    inside = folder / name
    if inside.is_dir():
        return inside
    beside = folder.parent / name
    if beside.resolve() == folder.resolve():
        raise ArtefactError(
            f"编码器 {folder} 占了它要用的快速模型 {name} 的位置；"
            "请把编码器放到另一个文件夹，或用 jiesu promote 连同快速模型一起换上"
        )
    return beside


def load_combined(
    folder: Path,
    name: str,
    tree: LabelTree,
    load_fast: Callable[[Path, LabelTree], Classifier],
    *,
    threads: int | None = None,
) -> CombinedClassifier:
    """Load encoder and fast model as one classifier.

    Args:
        folder: the encoder's model folder.
        name: what answers are signed with.
        tree: the classes.
        load_fast: loads the fast model from its folder.
        threads: threads of one call; None takes one a core.
    """
    mix = read_mix(folder)
    encoder = Encoder.load(folder, threads)
    fast = load_fast(find_fast(folder, mix.fast), tree)
    prior = np.load(folder / PRIOR_FILE) if (folder / PRIOR_FILE).is_file() else None
    parts = (fast, encoder, mix.blends)
    return CombinedClassifier(name, tree, *parts, prior=prior, kinds=mix.kinds)


def load_cascade(
    folder: Path,
    name: str,
    tree: LabelTree,
    load_fast: Callable[[Path, LabelTree], Classifier],
    *,
    threads: int | None = None,
) -> CascadeClassifier:
    """Load encoder and fast model as a cascade, for bulk work."""
    full = load_combined(folder, name, tree, load_fast, threads=threads)
    return CascadeClassifier(name, tree, full, read_mix(folder).sure)
