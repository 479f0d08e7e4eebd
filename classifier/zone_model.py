"""A small linear model over `Zones`: one weight a column and head, kept in one plain file.

It is small and quick enough (some ten microseconds a text) to run on every ticket beside the
classifier, and needs nothing but numpy and scipy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import jiesu.data
from jiesu.classifier.zones import Floats, Zones
from jiesu.taxonomy.errors import ArtefactError


@dataclass(frozen=True)
class ZoneModel:
    """Weights of hashed n-grams.

    Attributes:
        table: shape (n_columns, n_heads).
        bias: shape (n_heads,).
        gain: factor of each column before a text is brought to length 1, (n_columns,); None
            divides by the root of the text's length instead.
    """

    zones: Zones
    table: Floats
    bias: Floats
    gain: Floats | None = None

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return shape (n_texts, n_heads)."""
        if self.gain is None:
            sums = self.zones.sums(texts, self.table)
            scale = length_scale(texts)
        else:
            sums = self.zones.sums(texts, np.column_stack([self.table, self.gain**2]))
            scale = unit_scale(sums[:, -1])
            sums = sums[:, :-1]
        return sums * scale[:, None] + self.bias

    def save(self, path: Path, **extra: Floats) -> None:
        """Write the model; columns without weight are left out."""
        used = np.flatnonzero(np.any(self.table, axis=1))
        arrays: dict[str, Any] = {  # Any: numpy reads one name of the keywords as a flag
            "zones": np.array([self.zones.bits, self.zones.head, self.zones.tail]),
            "used": used.astype(np.int32),
            "table": self.table[used].astype(np.float16),
            "bias": self.bias,
            **extra,
        }
        if self.gain is not None:
            arrays["gain"] = self.gain[used].astype(np.float16)
        np.savez(path, **arrays)


def length_scale(texts: Sequence[str]) -> Floats:
    """Return the factor that keeps a letter from outweighing a note."""
    lengths = np.fromiter(map(len, texts), dtype=np.float64, count=len(texts))
    return np.asarray(10 / np.sqrt(np.minimum(lengths, 4000) + 20), dtype=np.float32)


def unit_scale(squares: Floats) -> Floats:
    """Return the factor that brings a text to length 1, from the sum of its squared gains."""
    return np.asarray(1 / np.sqrt(np.maximum(squares, 1e-6)), dtype=np.float32)


def packaged_model(name: str) -> Path:
    """Return the folder of a small model that comes with the package, whether it is there or not.

    Args:
        name: "kind" or "danger"; these serve any city.
    """
    folders = [Path(root) / "models" / name for root in jiesu.data.__path__]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def load_zone_model(path: Path) -> tuple[ZoneModel, dict[str, Floats]]:
    """Read a model and what else was saved with it.

    Raises:
        ArtefactError: the file is missing or broken.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {key: file[key] for key in file.files}
        bits, head, tail = data.pop("zones").tolist()
        zones = Zones(bits, head, tail)
        used, rows = data.pop("used"), data.pop("table").astype(np.float32)
        table = np.zeros((zones.n_columns, rows.shape[1]), dtype=np.float32)
        table[used] = rows
        gain = None
        if "gain" in data:
            gain = np.zeros(zones.n_columns, dtype=np.float32)
            gain[used] = data.pop("gain")
        return ZoneModel(zones, table, data.pop("bias").astype(np.float32), gain), data
    except FileNotFoundError:
        raise ArtefactError(f"{path}: 文件不存在；请重新训练，或重新安装 jiesu") from None
    except (KeyError, ValueError, OSError, IndexError) as error:
        raise ArtefactError(
            f"{path}: 模型文件损坏（{error}）；请重新训练，或重新安装 jiesu"
        ) from None
