"""Trying recipes, choosing one, fitting it."""

import numpy as np
import pytest

from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.features import FeatureKinds
from jiesu.classifier.linear import LinearClassifier
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.corpus import Corpus
from jiesu.training.fit_linear import (
    FOLDS,
    RECIPES,
    Outcome,
    Recipe,
    affordable_recipes,
    choose,
    fit_recipe,
    fold_numbers,
    folds,
    try_recipe,
)
from jiesu.training.margins import MarginSettings

RJIEBA = segmenter_of("rjieba")
TEXTS = {
    "水": ["家里停水了", "水管漏水没人修", "水压太低", "自来水发黄", "停水一天了", "水表不准"],
    "灯": ["路灯不亮", "楼道灯坏了", "路灯白天亮着", "灯杆倒了", "路灯灭了三天", "换个灯泡"],
    "噪": ["工地夜里施工吵", "广场舞太吵", "楼上噪声", "夜间噪声扰民", "吵得睡不着", "音响太吵"],
}


def corpus_of(texts: dict[str, list[str]]) -> Corpus:
    tree = tree_of("t", [Label(name, name, 1) for name in texts])
    pairs = [(text, tree.leaf_index[name]) for name, group in texts.items() for text in group]
    n = len(pairs)
    labels = np.array([label for _, label in pairs])
    return Corpus(tree, tuple(t for t, _ in pairs), labels, np.ones(n), np.ones(n, bool), ("",) * n)


def test_folds_test_each_text_once_and_never_train_on_it() -> None:
    corpus = corpus_of(TEXTS)
    trials = folds(corpus)
    assert len(trials) == FOLDS
    assert sorted(t for trial in trials for t in trial.test.texts) == sorted(corpus.texts)
    assert all(set(trial.test.texts).isdisjoint(trial.train.texts) for trial in trials)


def test_folds_spread_each_class() -> None:
    for trial in folds(corpus_of(TEXTS)):
        assert np.bincount(trial.test.labels, minlength=3).max() <= 2


def test_copies_of_a_text_are_tested_together_whatever_their_classes() -> None:
    texts = {
        "水": [*TEXTS["水"], "路灯不亮"],
        "灯": [*TEXTS["灯"], *(f"{t}\n" for t in TEXTS["灯"])],
    }
    for trial in folds(corpus_of(texts)):
        known = {text.strip() for text in trial.train.texts}
        assert known.isdisjoint(text.strip() for text in trial.test.texts)


def test_folds_of_texts_without_copies_stay_as_they_were() -> None:
    before = [0, 3, 2, 3, 1, 2, 3, 1, 1, 0, 0, 2, 0, 2, 3, 1, 1, 0]
    assert fold_numbers(corpus_of(TEXTS)).tolist() == before


def test_answers_learned_by_heart_do_not_count() -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(map(chr, rng.integers(0x4E00, 0x5600, 20))) for _ in range(100)]
    classes = {"甲": texts[:50] * 2, "乙": texts[50:] * 2}  # nothing to learn but copies
    assert try_recipe(RECIPES[1], folds(corpus_of(classes)), RJIEBA).top1 < 0.7


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("classes", [("水", "灯", "噪"), ("水", "灯")])
def test_every_recipe_learns_what_its_texts_say(recipe: Recipe, classes: tuple[str, ...]) -> None:
    corpus = corpus_of({name: TEXTS[name] for name in classes})
    space, model = fit_recipe(recipe, corpus, RJIEBA)
    classifier = LinearClassifier("", corpus.tree, space, model, Temperature(3.0))
    best = classifier.score(["路灯又不亮了", "小区停水"]).argmax(axis=1)
    assert [corpus.tree.leaves[j] for j in best] == ["灯", "水"]


def test_a_recipe_is_tried_on_texts_it_has_not_seen() -> None:
    corpus = corpus_of(TEXTS)
    outcome = try_recipe(RECIPES[0], folds(corpus), RJIEBA)
    assert outcome.logits.shape == (18, 3)
    assert 1 / 3 < outcome.top1 <= 1


def test_a_class_of_one_text_can_be_trained() -> None:
    corpus = corpus_of(TEXTS | {"树": ["大树挡住窗户"]})
    for recipe in RECIPES:
        assert try_recipe(recipe, folds(corpus), RJIEBA).logits.shape == (19, 4)


def test_margins_are_not_tried_on_thousands_of_classes() -> None:
    many = corpus_of({f"类{i}": [f"第{i}类的事" * 50] for i in range(2000)})
    assert [recipe.name for recipe in affordable_recipes(many)] == ["profiles"]
    assert affordable_recipes(corpus_of(TEXTS)) == list(RECIPES)


@pytest.mark.parametrize("sizes", [(3, 1), (3, 1, 1)])
def test_margins_are_not_tried_where_a_fold_leaves_one_class(sizes: tuple[int, ...]) -> None:
    corpus = corpus_of({name: TEXTS[name][:n] for name, n in zip(TEXTS, sizes, strict=False)})
    (recipe,) = affordable_recipes(corpus)
    assert recipe.name == "profiles"
    assert try_recipe(recipe, folds(corpus), RJIEBA).logits.shape == (sum(sizes), len(sizes))


def test_too_few_texts_are_refused() -> None:
    corpus = corpus_of({"水": ["停水", "停水"], "灯": ["路灯不亮", "灯坏了"]})
    with pytest.raises(InputError, match="共 4 条，不同的只有 3 条，至少要 4 条"):
        affordable_recipes(corpus)


def test_the_most_accurate_recipe_is_chosen_then_the_more_honest() -> None:
    fitted = fit_recipe(RECIPES[0], corpus_of(TEXTS), segmenter_of("rjieba"))

    def outcome(name: str, top1: float, loss: float) -> Outcome:
        recipe = Recipe(name, FeatureKinds(), MarginSettings())
        logits, labels = np.zeros((1, 2), "f4"), np.zeros(1, int)
        return Outcome(recipe, logits, labels, Temperature(), top1, loss, fitted)

    found = [outcome("a", 0.8, 0.5), outcome("b", 0.9, 0.9), outcome("c", 0.9, 0.4)]
    assert choose(found).recipe.name == "c"
