"""A small linear model over `HashedGrams`, kept in one plain file.

It is small and quick enough (some five microseconds for a hundred characters) to run on every
ticket beside the classifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import jiesu.data
from jiesu.classifier.grams import Floats, HashedGrams
from jiesu.taxonomy.errors import ArtefactError


@dataclass(frozen=True)
class GramModel:
    """Weights of n-grams; a text is brought to length 1 after its n-grams are weighed by rarity.

    Attributes:
        table: weight times gain, shape (n_columns, n_heads).
        gain: what an occurrence of the column counts, (n_columns,); 0 for unknown columns.
        bias: shape (n_heads,).
    """

    grams: HashedGrams
    table: Floats
    gain: Floats
    bias: Floats

    def logits(self, texts: Sequence[str]) -> Floats:
        """Return shape (n_texts, n_heads)."""
        sums = self.grams.sums(texts, np.column_stack([self.table, self.gain**2]))
        return sums[:, :-1] * unit_scale(sums[:, -1])[:, None] + self.bias

    def save(self, path: Path, **extra: Floats) -> None:
        """Write the model, without the columns that it does not know."""
        used = np.flatnonzero(self.gain)
        arrays: dict[str, Any] = {  # Any: numpy reads one name among the keywords as a flag
            "bits": np.array(self.grams.bits),
            "used": used.astype(np.int32),
            "table": self.table[used].astype(np.float16),
            "gain": self.gain[used].astype(np.float16),
            "bias": self.bias,
        }
        np.savez(path, **(arrays | extra))


def unit_scale(squares: Floats) -> Floats:
    """Return the factor that brings a text to length 1, from the sum of its squared gains."""
    return np.asarray(1 / np.sqrt(np.maximum(squares, 1)), dtype=np.float32)


def packaged_model(name: str) -> Path:
    """Return the folder of a small model that comes with the package, whether it is there or not.

    Args:
        name: "kind" or "danger"; these serve any city.
    """
    folders = [Path(root) / "models" / name for root in jiesu.data.__path__]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def load_gram_model(path: Path) -> tuple[GramModel, dict[str, Floats]]:
    """Read a model and what else was saved with it.

    Raises:
        ArtefactError: the file is missing or broken.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {key: file[key] for key in file.files}
        grams = HashedGrams(int(data.pop("bits")))
        used, rows = data.pop("used"), data.pop("table")
        table = np.zeros((grams.n_columns, rows.shape[1]), dtype=np.float32)
        gain = np.zeros(grams.n_columns, dtype=np.float32)
        table[used], gain[used] = rows, data.pop("gain")
        return GramModel(grams, table, gain, data.pop("bias").astype(np.float32)), data
    except FileNotFoundError:
        raise ArtefactError(f"{path}: 文件不存在；请重新训练，或重新安装 jiesu") from None
    except (KeyError, ValueError, OSError, IndexError) as error:
        raise ArtefactError(
            f"{path}: 模型文件损坏（{error}）；请重新训练，或重新安装 jiesu"
        ) from None
