"""Train the fast model: try recipes on texts held out for it, then fit the best one on all.

A recipe is chosen by what the data say, never by what they are about: profiles suit many classes
with few texts, margins few classes with many texts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.calibrate import Temperature, fit_temperature, log_loss
from jiesu.classifier.features import Csr, FeatureKinds, Occurrences, Vocabulary, occurrences_of
from jiesu.classifier.linear import Groups, LinearModel, TextSpace, WeightTable
from jiesu.classifier.linear_file import quantised
from jiesu.classifier.text import Segmenter
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.corpus import Corpus
from jiesu.training.margins import MarginSettings, fit_margins, inverse_frequency
from jiesu.training.profiles import ProfileSettings, fit_gates, make_profiles

Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]

FOLDS = 4
# Classes × characters up to which margins are tried: about ten minutes on one core.
_DEAREST_MARGINS = 7e8
_TEXTS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to make a fast model.

    Attributes:
        settings: of profiles or of margins; their type says which.
        min_texts: features in fewer texts are dropped.
    """

    name: str
    kinds: FeatureKinds
    settings: ProfileSettings | MarginSettings
    min_texts: int = 2


RECIPES = (
    Recipe("profiles", FeatureKinds((1, 2)), ProfileSettings()),
    Recipe("margins-1", FeatureKinds((1, 2, 3)), MarginSettings(1.0)),
    Recipe("margins-0.3", FeatureKinds((1, 2, 3)), MarginSettings(0.3)),
)


@dataclass(frozen=True)
class Trial:
    """Texts to fit on and texts to test on."""

    train: Corpus
    test: Corpus


@dataclass(frozen=True)
class Outcome:
    """What a recipe reached on texts held out.

    Attributes:
        logits: of all test texts, trial after trial, (n_test, n_classes).
        labels: right classes, (n_test,).
        top1: share of texts with the right class first.
        loss: mean log loss after calibration.
        fitted: what was fitted on the last trial.
    """

    recipe: Recipe
    logits: Floats32
    labels: Ints
    temperature: Temperature
    top1: float
    loss: float
    fitted: tuple[TextSpace, LinearModel]


def folds(corpus: Corpus, seed: int = 0) -> list[Trial]:
    """Split a corpus into folds; each class is spread over them as evenly as it goes.

    Copies of one text, whatever their classes, are tested together.
    """
    fold = fold_numbers(corpus, seed)
    return [
        Trial(corpus.part(np.flatnonzero(fold != k)), corpus.part(np.flatnonzero(fold == k)))
        for k in range(FOLDS)
    ]


def fold_numbers(corpus: Corpus, seed: int = 0) -> Ints:
    """Return the fold that tests each text, (n_texts,); copies of one text have the same."""
    number = _text_numbers(corpus.texts)
    _, first = np.unique(number, return_index=True)
    return _spread(corpus.labels[first], seed)[number]


def _text_numbers(texts: Sequence[str]) -> Ints:
    """Number different texts in the order in which they are first seen.

    >>> _text_numbers(["停水", "路灯不亮", "停水 "]).tolist()
    [0, 1, 0]
    """
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(text.strip(), len(seen)) for text in texts], dtype=np.int64)


def _spread(labels: Ints, seed: int) -> Ints:
    """Give out folds in turns, class after class, the texts of a class in random order."""
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(order), dtype=np.int64)
    fold[by_class] = np.arange(len(order)) % FOLDS
    return fold


def affordable_recipes(corpus: Corpus) -> list[Recipe]:
    """Return the recipes that can be fitted on this corpus, and on its folds, in minutes.

    Margins lie between classes: they need texts of two, also where a fold is held out.

    Raises:
        InputError: there are fewer different texts than folds.
    """
    _check_enough(corpus)
    cost = len(corpus.tree.leaves) * sum(map(len, corpus.texts))
    with_margins = cost <= _DEAREST_MARGINS and _keeps_two_classes(corpus)
    return [
        recipe for recipe in RECIPES if with_margins or isinstance(recipe.settings, ProfileSettings)
    ]


def _check_enough(corpus: Corpus) -> None:
    n = len({text.strip() for text in corpus.texts})
    if n < FOLDS:
        raise InputError(
            f"训练文本太少：共 {len(corpus.texts)} 条，不同的只有 {n} 条，"
            f"至少要 {FOLDS} 条不同的才能轮流检验；请补上文本，最好每类 10 条以上"
        )


def _keeps_two_classes(corpus: Corpus) -> bool:
    """Say whether, whichever fold is held out, two classes are left to learn from."""
    fold = fold_numbers(corpus)
    return all(len(np.unique(corpus.labels[fold != k])) > 1 for k in range(FOLDS))


def try_recipe(recipe: Recipe, trials: Sequence[Trial], segmenter: Segmenter) -> Outcome:
    """Fit and test a recipe on every trial."""
    logits = []
    for trial in trials:
        space, model = fit_recipe(recipe, trial.train, segmenter)
        logits.append(model.logits(space.vectors(trial.test.texts)))
    found = np.concatenate(logits)
    labels = np.concatenate([trial.test.labels for trial in trials])
    temperature = fit_temperature(found, labels)
    return Outcome(
        recipe,
        found,
        labels,
        temperature,
        float((found.argmax(axis=1) == labels).mean()),
        log_loss(temperature.probabilities(found), labels),
        (space, model),
    )


def calibrated(best: Outcome, trials: Sequence[Trial], segmenter: Segmenter) -> Temperature:
    """Fit the temperature on trials of their own; without any, keep that of the choice."""
    return try_recipe(best.recipe, trials, segmenter).temperature if trials else best.temperature


def choose(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome with the most right answers; of equals, the one with the least loss."""
    return max(outcomes, key=lambda outcome: (outcome.top1, -outcome.loss))


def fit_recipe(
    recipe: Recipe, corpus: Corpus, segmenter: Segmenter
) -> tuple[TextSpace, LinearModel]:
    """Fit a recipe on a corpus; its weights are quantised already."""
    occurrences = _occurrences(corpus.texts, recipe.kinds, segmenter)
    vocabulary = common_features(occurrences, len(corpus.texts), recipe.min_texts)
    counts = vocabulary.counts(occurrences, len(corpus.texts))
    plain = np.ones(counts.shape[1], dtype=np.float32)
    if isinstance(recipe.settings, ProfileSettings):
        space = TextSpace(recipe.kinds, segmenter, vocabulary, plain)
        return space, quantised(_profiles(space, counts, corpus, recipe.settings))
    n_classes = len(corpus.tree.leaves)
    gain = inverse_frequency(counts)
    space = TextSpace(recipe.kinds, segmenter, vocabulary, gain, "unit")
    model = fit_margins(space.scaled(counts), corpus.labels, corpus.say, n_classes, recipe.settings)
    return space, quantised(model)


def _profiles(
    space: TextSpace, counts: Csr, corpus: Corpus, settings: ProfileSettings
) -> LinearModel:
    """Fit profiles of the classes and, where these have classes above, of the ones just above."""
    n_classes = len(corpus.tree.leaves)
    profiles = make_profiles(counts, corpus.labels, corpus.say, n_classes, settings)
    messages = np.flatnonzero(corpus.is_message)
    gates = fit_gates(profiles, space.scaled(counts).astype(np.float64), messages)
    leaf = _gated(profiles.weights(), gates)
    bias = np.zeros(n_classes, dtype=np.float32)
    if corpus.tree.depth == 1:
        return LinearModel(leaf, bias)
    group = _groups(corpus.tree)
    above = replace(settings, evidence=settings.upper_evidence)
    upper = make_profiles(
        counts, group[corpus.labels].astype(np.int64), corpus.say, int(group.max()) + 1, above
    ).weights()
    upper.data[upper.data < settings.upper_least] = 0
    upper.eliminate_zeros()
    return LinearModel(leaf, bias, _gated(upper, gates * settings.upper_say), group)


def _gated(weights: Csr, gates: NDArray[np.float64]) -> WeightTable:
    weights.data *= np.repeat(gates, np.diff(weights.indptr))
    return WeightTable(weights.astype(np.float32))


def _groups(tree: LabelTree) -> Groups:
    """Return for each leaf the number of the class above it."""
    parents = [tree.labels[code].parent for code in tree.leaves]
    number = {parent: j for j, parent in enumerate(dict.fromkeys(parents))}
    return np.array([number[parent] for parent in parents], dtype=np.uint16)


def _occurrences(texts: Sequence[str], kinds: FeatureKinds, segmenter: Segmenter) -> Occurrences:
    """Return the occurrences of many texts, batch by batch, because the work space is large."""
    parts = list(_parts(texts, kinds, segmenter))
    return Occurrences(
        np.concatenate([part.row for part in parts]), np.concatenate([part.key for part in parts])
    )


def _parts(
    texts: Sequence[str], kinds: FeatureKinds, segmenter: Segmenter
) -> Iterator[Occurrences]:
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        part = occurrences_of(texts[start : start + _TEXTS_AT_ONCE], kinds, segmenter)
        yield Occurrences(part.row + start, part.key)


def common_features(occurrences: Occurrences, n_texts: int, min_texts: int) -> Vocabulary:
    """Return the features that stand in at least `min_texts` texts."""
    everything = Vocabulary(np.unique(occurrences.key))
    texts_with = np.bincount(
        everything.counts(occurrences, n_texts).indices, minlength=len(everything.keys)
    )
    return Vocabulary(everything.keys[texts_with >= min_texts])
