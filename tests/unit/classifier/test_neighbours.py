import numpy as np

from jiesu.classifier.neighbour_index import Neighbour
from jiesu.classifier.neighbours import NeighbourPolicy, with_neighbours


def test_near_neighbour_takes_over_and_far_one_does_not() -> None:
    p = np.array([[0.7, 0.3], [0.7, 0.3]], dtype=np.float32)
    near = [(Neighbour("T-1", "b", 0.99),), (Neighbour("T-1", "b", 0.5),)]
    found = with_neighbours(p, near, {"a": 0, "b": 1}, NeighbourPolicy())
    assert found[0].argmax() == 1
    assert found[1].tolist() == p[1].tolist()
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


def test_neighbour_of_a_class_that_is_gone_counts_nothing() -> None:
    p = np.array([[0.7, 0.3]], dtype=np.float32)
    found = with_neighbours(p, [(Neighbour("T-1", "zz", 1.0),)], {"a": 0}, NeighbourPolicy())
    assert found.tolist() == p.tolist()
