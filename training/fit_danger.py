"""Fit the danger model: `python -m jiesu.training.fit_danger`; some ten seconds on one core.

What it says of a text is measured against harmless texts that it has not read, in four folds.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import typer
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from jiesu.classifier.artefact import Card, write_card
from jiesu.classifier.danger import DANGER_FILE, DangerModel, harmless_levels
from jiesu.classifier.gram_model import GramModel
from jiesu.classifier.grams import Floats, HashedGrams
from jiesu.router.danger import DangerReader
from jiesu.router.danger_rules import load_danger_rules
from jiesu.taxonomy.city import City, load_city
from jiesu.training.encoder_rows import corpus_rows, tree_rows
from jiesu.training.gram_fit import GramFit, fit_grams
from jiesu.training.small_texts import DangerText, danger_texts, model_and_corpora

FIT = GramFit(HashedGrams(bits=16), rarest=2, loudness=1.0, strength=20.0)
_RARE_WEIGHT = 20.0
_FOLDS = 4
_SHOWN = (0.04, 0.015, 0.005, 0.001)  # shares of harmless texts
_PARTS = (
    ("danger_of_classes", True, False),
    ("danger_written", True, True),
    ("harmless", False, False),
    ("near_misses", False, True),
)


def fit_danger_model(texts: Sequence[DangerText]) -> tuple[DangerModel, dict[str, Any]]:
    """Return the model and what its card says of held-out texts."""
    held_out = _held_out(texts)
    harmless = np.array([not text.is_danger for text in texts])
    levels, shares = harmless_levels(held_out[harmless])
    model = DangerModel(_fit(texts), levels, shares)
    return model, _figures(texts, held_out, model)


def write_model(
    out: Path, card: Card, model: DangerModel, texts: Sequence[DangerText], held_out: dict[str, Any]
) -> None:
    """Write a model folder and print what is known of held-out texts.

    Args:
        card: without the facts on the texts, which are added.
    """
    out.mkdir(parents=True, exist_ok=True)
    model.wording.save(out / DANGER_FILE, levels=model.levels, shares=model.shares)
    facts = {
        **card.facts,
        "texts": len(texts),
        "data": sha256("\n".join(text.text for text in texts).encode()).hexdigest(),
        "held_out": held_out,
    }
    write_card(out, replace(card, facts=facts))
    typer.echo(orjson.dumps(held_out, option=orjson.OPT_INDENT_2).decode())


def _fit(texts: Sequence[DangerText]) -> GramModel:
    weights = [_RARE_WEIGHT if text.is_danger or text.is_written else 1 for text in texts]
    labels = np.array([int(text.is_danger) for text in texts])
    plain = [text.text for text in texts]
    return fit_grams(FIT, plain, labels, np.array(weights, dtype=np.float32)).model


def _held_out(texts: Sequence[DangerText]) -> Floats:
    logits = np.zeros(len(texts), dtype=np.float32)
    for train, test in KFold(_FOLDS, shuffle=True, random_state=0).split(texts):
        model = _fit([texts[i] for i in train])
        logits[test] = model.logits([texts[i].text for i in test])[:, 0]
    return logits


def _figures(texts: Sequence[DangerText], logits: Floats, model: DangerModel) -> dict[str, Any]:
    """Return which part of each group sounds more dangerous than all but so many harmless texts.

    Of a group without texts nothing but its number is told.
    """
    levels = {share: float(model.level(share)) for share in _SHOWN}
    figures = {}
    for name, danger, written in _PARTS:
        part = [t.is_danger == danger and t.is_written == written for t in texts]
        shown = levels.items() if any(part) else ()
        found = {f"{share}": _rounded(logits[part] >= level) for share, level in shown}
        figures[name] = {"n": sum(part), **found}
    return figures


def _rounded(found: NDArray[np.bool_]) -> float:
    return round(float(found.mean()), 4)


def main(out: Path = Path(), corpora: Path = Path(), city: Path = Path()) -> None:
    """Fit on the packaged city and corpora; write to data/models/danger."""
    loaded: City = load_city(city if city != Path() else None)
    out, corpora = model_and_corpora("danger", out, corpora, loaded)
    rows = [*tree_rows(loaded.tree), *corpus_rows(corpora)]
    reader = DangerReader(load_danger_rules(loaded.folder))
    texts = danger_texts(corpora, loaded.tree, rows, reader)
    model, held_out = fit_danger_model(texts)
    settings = {"settings": {**asdict(FIT), "rare_weight": _RARE_WEIGHT}}
    write_model(out, Card("danger", "danger", loaded.tree.version, facts=settings), model, texts,
                held_out)  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
