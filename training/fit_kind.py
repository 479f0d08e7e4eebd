"""Fit the model of request kinds: `python -m jiesu.training.fit_kind`; a minute on one core.

Quality and temperature come from four folds in which all letters of the classes below one class
stay together, so that no fold has read its own texts or their siblings.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import typer
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from jiesu.classifier.artefact import Card, write_card
from jiesu.classifier.calibrate import Temperature, expected_error, fit_temperature
from jiesu.classifier.grams import Floats, HashedGrams
from jiesu.classifier.kind import KIND_FILE, KindModel, kind_prior, leaf_kinds
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.ticket import KINDS
from jiesu.training.encoder_rows import EncoderRow, corpus_rows, tree_rows
from jiesu.training.gram_fit import Fitted, GramFit, fit_grams
from jiesu.training.small_texts import KindText, kind_texts, model_and_corpora, read_frames
from jiesu.training.stand_in import StandIn

FIT = GramFit(HashedGrams(bits=16), rarest=5, loudness=20.0, strength=0.1)
# A text labelled for this question counts as three letters; the log of the prior is halved, so
# that the penalty leaves the wording a say where class and wording disagree.
_WRITTEN_WEIGHT, _PRIOR_SCALE = 3.0, 0.5
_FOLDS, _SEED = 4, 0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Data:
    """Texts with what the fits need, all in one order."""

    texts: Sequence[KindText]
    framed: Sequence[str]  # each text once more, with an opening and a closing
    log_prior: Floats  # (n_texts, 6)

    @property
    def labels(self) -> Ints:
        return np.array([KINDS.index(text.kind) for text in self.texts])

    @property
    def weights(self) -> Floats:
        written = [text.source != "letter" for text in self.texts]
        return np.where(written, _WRITTEN_WEIGHT, 1).astype(np.float32)

    def fit(self, chosen: Ints) -> Fitted:
        """Fit on the chosen texts."""
        twice = np.tile(chosen, 2)
        texts = [self.texts[i].text for i in chosen] + [self.framed[i] for i in chosen]
        prior = self.log_prior[twice] * _PRIOR_SCALE
        weights = (self.weights[twice] / 2).astype(np.float32)
        return fit_grams(FIT, texts, self.labels[twice], weights, prior.astype(np.float32))

    def logits(self, fitted: Fitted, chosen: Ints) -> Floats:
        """Return the logits of the chosen texts, (n_chosen, 6)."""
        wording = fitted.model.logits([self.texts[i].text for i in chosen])
        prior = self.log_prior[chosen] * _PRIOR_SCALE @ fitted.dense
        return np.asarray(wording + prior, dtype=np.float32)


def fit_kind_model(
    city: City, corpora: Path, rows: Sequence[EncoderRow] = ()
) -> tuple[KindModel, dict[str, Any]]:
    """Return the model and the facts for its card.

    Args:
        rows: those of the tree and the corpora to learn from; all of them where none is given.
    """
    data = _data(city, corpora, list(rows) or [*tree_rows(city.tree), *corpus_rows(corpora)])
    held_out = _held_out_logits(data)
    temperature = fit_temperature(held_out.copy(), data.labels)
    fitted = data.fit(np.arange(len(data.texts)))
    model = KindModel(
        wording=fitted.model,
        prior_weights=fitted.dense * np.float32(_PRIOR_SCALE),
        leaf_kinds=leaf_kinds(city.tree),
        temperature=temperature,
    )
    facts = {
        "settings": {**asdict(FIT), "written_weight": _WRITTEN_WEIGHT, "prior": _PRIOR_SCALE},
        "texts": len(data.texts),
        "data": sha256("\n".join(text.text for text in data.texts).encode()).hexdigest(),
        "held_out": _figures(data, temperature, held_out),
    }
    return model, facts


def _data(city: City, corpora: Path, rows: list[EncoderRow]) -> _Data:
    texts = kind_texts(corpora, city.tree, rows)
    frames, rng = read_frames(corpora, rows), np.random.default_rng(_SEED)
    framed = [frames.put_around(text, rng) for text in texts]
    stand_in = StandIn(city.tree, rows)
    leaf_probs = stand_in.score([text.text for text in texts])
    prior = kind_prior(leaf_kinds(city.tree), leaf_probs, len(texts))
    return _Data(texts, framed, np.log(prior))


def _held_out_logits(data: _Data) -> Floats:
    logits = np.zeros((len(data.texts), len(KINDS)), dtype=np.float32)
    groups = [text.group for text in data.texts]
    for train, test in GroupKFold(_FOLDS).split(data.labels, groups=groups):
        logits[test] = data.logits(data.fit(train), test)
    return logits


def _figures(data: _Data, temperature: Temperature, logits: Floats) -> dict[str, Any]:
    p = temperature.probabilities(logits.copy())
    best = p.argmax(axis=1)
    right = np.array(
        [
            KINDS[j] == text.kind or KINDS[j] in text.also
            for j, text in zip(best, data.texts, strict=True)
        ]
    )
    source = np.array([text.source.partition("/")[0] for text in data.texts])
    parts = {name: source == name for name in sorted(set(source.tolist()))}
    return {name: _shares(right[part], data.labels[part]) for name, part in parts.items()} | {
        "ece": round(expected_error(p.max(axis=1).astype(np.float64), right), 4)
    }


def _shares(right: NDArray[np.bool_], labels: Ints) -> dict[str, float]:
    """Return the share of texts that are right, and the mean of this share over the kinds."""
    by_kind = [right[labels == kind].mean() for kind in np.unique(labels)]
    return {
        "n": len(right),
        "top1": round(float(right.mean()), 4),
        "mean_of_kinds": round(float(np.mean(by_kind)), 4),
    }


def main(out: Path = Path(), corpora: Path = Path(), city: Path = Path()) -> None:
    """Fit on the packaged city and corpora; write to data/models/kind."""
    loaded = load_city(city if city != Path() else None)
    out, corpora = model_and_corpora("kind", out, corpora, loaded)
    model, facts = fit_kind_model(loaded, corpora)
    out.mkdir(parents=True, exist_ok=True)
    model.wording.save(
        out / KIND_FILE,
        prior_weights=model.prior_weights,
        temperature=np.array(model.temperature.factor, dtype=np.float32),
    )
    write_card(out, Card("kind", "kind", loaded.tree.version, facts=facts))
    typer.echo(orjson.dumps(facts["held_out"]).decode())


if __name__ == "__main__":
    typer.run(main)
