"""How much a text sounds like danger now, beside the router's rules.

Rules know words; people in danger often use none of them (里头有人拿着刀 is a rule's word,
人趴在车轱辘上喊妈 is not). This small model was fitted on such texts. Its answer is the share of
harmless texts that sound at least as dangerous, so the points that the router gives for it
(danger.yaml: model) keep their meaning when the model is fitted anew.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jiesu.classifier.artefact import verify
from jiesu.classifier.gram_model import GramModel, load_gram_model, packaged_model
from jiesu.classifier.grams import Floats
from jiesu.taxonomy.errors import ArtefactError

DANGER_FILE = "danger.npz"
_LEVELS = 200
_CLAUSE = re.compile(r"[^，,。！？!?；;\n]+")


@dataclass(frozen=True)
class DangerModel:
    """One head: danger to life or great damage, now.

    Attributes:
        levels: logits, ascending, and `shares`: share of held-out harmless texts above each.
    """

    wording: GramModel
    levels: Floats
    shares: Floats

    def score(self, texts: Sequence[str]) -> Floats:
        """Return the share of harmless texts that sound at least as dangerous as each text.

        Returns:
            Shape (n_texts,), in (0, 1]; the smaller, the more dangerous.
        """
        logits = self.wording.logits(texts)[:, 0]
        share = np.exp(np.interp(logits, self.levels, np.log(self.shares)))
        return np.asarray(share, dtype=np.float32)

    def level(self, share: float) -> float:
        """Return the logit above which only this share of harmless texts lies."""
        return float(np.interp(np.log(share), np.log(self.shares[::-1]), self.levels[::-1]))

    def span(self, text: str) -> tuple[int, int]:
        """Return [start, end) of the clause that sounds most like danger."""
        clauses = [(match.start(), match.end()) for match in _CLAUSE.finditer(text)]
        if not clauses:
            return (0, len(text))
        scores = self.score([text[start:end] for start, end in clauses])
        return clauses[int(scores.argmin())]


def load_danger_model(folder: Path | None = None) -> DangerModel:
    """Read a danger model; None for the one that comes with the package.

    Raises:
        ArtefactError: a file is missing or broken.
    """
    folder = folder or packaged_model("danger")
    verify(folder)
    wording, extra = load_gram_model(folder / DANGER_FILE)
    if "levels" not in extra or "shares" not in extra:
        raise ArtefactError(f"{folder / DANGER_FILE}: 不是险情模型；请重新训练")
    return DangerModel(wording, extra["levels"], extra["shares"])


def harmless_levels(logits: Floats) -> tuple[Floats, Floats]:
    """Return levels and shares of a model from the logits of harmless texts it has not read."""
    shares = np.geomspace(1, 1 / len(logits), _LEVELS)
    return (
        np.quantile(logits, 1 - shares).astype(np.float32),
        shares.astype(np.float32),
    )
