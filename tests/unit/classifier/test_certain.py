from pathlib import Path

from tiny import TINY_FOLDER

from jiesu.classifier.certain import CertainClassifier
from jiesu.taxonomy.city import load_city


def test_one_leaf_has_all_the_probability() -> None:
    tree = load_city(Path(TINY_FOLDER)).tree
    p = CertainClassifier(tree, "010102").score(["路灯不亮", ""])
    assert p.sum(axis=1).tolist() == [1, 1]
    assert p[:, tree.leaf_index["010102"]].tolist() == [1, 1]
