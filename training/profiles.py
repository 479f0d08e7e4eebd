"""Class profiles: how much more often a feature stands in a class's texts than elsewhere.

The weight of a feature for a class is log(1 + a · p(feature | class) / p(feature)): 0 where it
never occurs, so the table stays sparse, and bounded where it occurs once, which a plain log
likelihood is not. On top, each feature has one gate, a factor that says how far to trust it. Gates
are fitted to predict every text from the profiles *without that text* (leave one out, exact),
so words that mark one text but not its class, such as names of places, learn to count little.

Source: docs/log.md, 2026-11-28, "Fast model".
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.features import Csr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TEXTS_AT_ONCE = 128
_RIVALS = 32


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """How profiles are made.

    Attributes:
        evidence: `a` above: small values trust only what a class has far more of than others.
        rareness: added to each feature's frequency, as a share of the mean one.
        length_power: 1 gives each text the same say, 0 each occurrence.
        gate_rounds: steps of the fit of the gates; 0 leaves all gates at 1.
        gate_pull: how strongly gates are drawn to 1, as the precision of the prior of their logs.
        upper_evidence, upper_say, upper_least: evidence of the profiles one level up, their say
            beside those of the classes, and the weight below which they are left out.
    """

    evidence: float = 0.3
    rareness: float = 0.5
    length_power: float = 0.75
    gate_rounds: int = 40
    gate_pull: float = 5.0
    upper_evidence: float = 3.0
    upper_say: float = 0.3
    upper_least: float = 1.0


@dataclass(frozen=True)
class Profiles:
    """Counts behind the weights, kept so that a text can be taken out again.

    Attributes:
        shares: what each text adds to its class, (n_texts, n_features).
        totals: sums of the shares by class, (n_classes, n_features).
        background: share of each feature in all texts, (n_features,).
    """

    shares: Csr
    totals: Csr
    background: Floats
    labels: Ints
    settings: ProfileSettings

    def weights(self) -> Csr:
        """Return the weights, (n_features, n_classes), float64."""
        sums = _row_sums(self.totals)
        rows = np.repeat(sums, np.diff(self.totals.indptr))
        values = self._weight(self.totals.data, rows, self.totals.indices)
        table = sp.csr_matrix((values, self.totals.indices, self.totals.indptr), self.totals.shape)
        return table.T.tocsr()

    def left_out(self, texts: Ints) -> Csr:
        """Return by how much each text's own weights fall when it is taken out of its class.

        Returns:
            (len(texts), n_features), with the pattern of `shares`, all values ≤ 0.
        """
        own, label = self.shares[texts], self.labels[texts]
        row = np.repeat(np.arange(len(texts)), np.diff(own.indptr))
        if not own.nnz:  # scipy cannot pick no cells
            return own
        total = np.asarray(self.totals[label[row], own.indices]).ravel()
        sums = _row_sums(self.totals)[label]
        before = self._weight(total, sums[row], own.indices)
        rest = np.maximum(total - own.data, 0)
        after = self._weight(rest, np.maximum(sums - _row_sums(own), 1e-9)[row], own.indices)
        return sp.csr_matrix((after - before, own.indices, own.indptr), own.shape)

    def _weight(self, total: Floats, class_total: Floats, feature: Ints) -> Floats:
        ratio = total / class_total / self.background[feature]
        weight: Floats = np.log1p(self.settings.evidence * ratio)
        return weight


def make_profiles(
    counts: Csr, labels: Ints, say: Floats, n_classes: int, settings: ProfileSettings
) -> Profiles:
    """Sum up the texts of each class.

    Args:
        counts: occurrences of the features, (n_texts, n_features).
        labels: class of each text.
        say: weight of each text.
    """
    shares = counts.astype(np.float64)
    shares.data = 1 + np.log(shares.data)
    length = np.maximum(_row_sums(shares), 1) ** settings.length_power
    shares.data *= np.repeat(say / length, np.diff(shares.indptr))
    member = sp.csr_matrix(
        (np.ones(len(labels)), (labels, np.arange(len(labels)))), (n_classes, len(labels))
    )
    totals = (member @ shares).tocsr()
    totals.sort_indices()
    in_all = np.asarray(totals.sum(axis=0)).ravel()
    background = (in_all + settings.rareness * in_all.mean()) / max(in_all.sum(), 1e-9)
    return Profiles(shares, totals, np.maximum(background, 1e-12), labels, settings)


def fit_gates(profiles: Profiles, vectors: Csr, texts: Ints) -> Floats:
    """Fit one factor a feature on leave-one-out predictions of some texts.

    Each text is predicted among its likeliest classes and its own. Log gates have a normal prior
    around 0; the fit is a few steps of L-BFGS.

    Args:
        vectors: feature values of all texts, as scoring will see them, (n_texts, n_features).
        texts: numbers of the texts to predict.

    Returns:
        Gates, (n_features,), positive.
    """
    settings, n_features = profiles.settings, vectors.shape[1]
    if not settings.gate_rounds or not len(texts):
        return np.ones(n_features)
    weights = profiles.weights()
    parts = [
        _rival_terms(profiles, weights, vectors[part], part)
        for part in np.array_split(texts, -(-len(texts) // _TEXTS_AT_ONCE))
    ]
    terms = sp.vstack(parts, format="csr")
    start = np.append(np.zeros(n_features), np.log(4.0))  # last: logarithm of the factor
    found = minimize(
        _gate_loss,
        start,
        (terms, len(texts), settings.gate_pull),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": settings.gate_rounds},
    )
    gates: Floats = np.exp(found.x[:-1])
    return gates


def _rival_terms(profiles: Profiles, weights: Csr, vectors: Csr, texts: Ints) -> Csr:
    """Return what each feature adds to the logit of each of a text's rivals.

    Returns:
        (len(texts) * rivals, n_features); row r belongs to text r // rivals, and the first
        rival of a text is its own class.
    """
    label, rows = profiles.labels[texts], np.arange(len(texts))
    left_out = profiles.left_out(texts).data * vectors.data  # both have the pattern of the counts
    logits = (vectors @ weights).toarray()
    logits[rows, label] = np.inf
    n_rivals = min(_RIVALS, logits.shape[1])
    rivals = np.argsort(-logits, axis=1, kind="stable")[:, :n_rivals]
    used, place = np.unique(vectors.indices, return_inverse=True)
    text = np.repeat(rows, np.diff(vectors.indptr))
    value = weights[used].toarray()[place[:, None], rivals[text]] * vectors.data[:, None]
    value[:, 0] += left_out
    cell, rival = np.nonzero(value)
    return sp.csr_matrix(
        (
            value[cell, rival].astype(np.float32),
            (text[cell] * n_rivals + rival, vectors.indices[cell]),
        ),
        shape=(len(texts) * n_rivals, vectors.shape[1]),
    )


def _gate_loss(point: Floats, terms: Csr, n_texts: int, pull: float) -> tuple[float, Floats]:
    """Return loss and slope at log gates and, as last number, log factor."""
    gates, factor = np.exp(point[:-1]), np.exp(point[-1])
    logits = (terms @ gates).reshape(n_texts, -1)
    error = softmax(logits * factor)
    loss = -np.log(np.maximum(error[:, 0], 1e-300)).sum()
    error[:, 0] -= 1
    by_gate = gates * (terms.T @ error.ravel()) * factor + pull * point[:-1]
    by_factor = (error * logits).sum() * factor
    prior = 0.5 * pull * (point[:-1] @ point[:-1])
    return float(loss + prior), np.append(by_gate, by_factor)


def _row_sums(table: Csr) -> Floats:
    return np.asarray(table.sum(axis=1), dtype=np.float64).ravel()
