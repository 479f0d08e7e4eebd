"""The packaged city's rules, topic space and background, read once."""

from collections.abc import Callable
from pathlib import Path

import pytest

import jiesu.data
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.grams import Rarity
from jiesu.router.mass.rules import MassRules, load_rules
from jiesu.router.mass.topics import TopicSpace, load_space
from jiesu.router.mass.watch import MassWatch
from jiesu.taxonomy.city import City, load_city


@pytest.fixture(scope="session")
def mass_city() -> City:
    return load_city()


@pytest.fixture(scope="session")
def rules(mass_city: City) -> MassRules:
    return load_rules(mass_city)


@pytest.fixture(scope="session")
def space(mass_city: City) -> TopicSpace:
    root = Path(next(iter(jiesu.data.__path__)))
    return load_space(root / "models" / f"{mass_city.id}-topics")


@pytest.fixture(scope="session")
def rarity(mass_city: City) -> Rarity:
    leaves = [mass_city.tree.labels[code] for code in mass_city.tree.leaves]
    return Rarity(
        (text, leaf.parent or "") for leaf in leaves for text in (leaf.definition, *leaf.examples)
    )


@pytest.fixture
def maker(rules: MassRules, space: TopicSpace, rarity: Rarity) -> FeatureMaker:
    return FeatureMaker(rules, space, rarity.fork())


@pytest.fixture
def new_watch(rules: MassRules, space: TopicSpace, rarity: Rarity) -> Callable[[], MassWatch]:
    return lambda: MassWatch(rules, space, rarity)
