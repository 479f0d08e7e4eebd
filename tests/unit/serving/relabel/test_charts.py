from xml.etree import ElementTree

import pytest

from jiesu.serving.relabel.charts import Frame, Line, bar, curves, histogram, series, stack, ticks


def elements(svg: str, name: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall(f".//{name}")


@pytest.mark.parametrize("high", [1, 3, 7, 99, 1234, 10**6])
def test_ticks_are_few_and_inside(high: int) -> None:
    found = ticks(0, high)
    assert 2 <= len(found) <= 7
    assert (found[0], found[-1] <= high) == (0, True)


def test_scale_runs_from_edge_to_edge() -> None:
    frame = Frame(560, 260, (0, 10), (0, 4))
    assert frame.x(0) < frame.x(10) <= 560
    assert frame.y(0) > frame.y(4) >= 0


def test_histogram_draws_a_bar_for_each_bin_that_has_rows() -> None:
    svg = histogram([0, 3, 1], x_name="p", y_name="n", label="l")
    heights = [float(bar.attrib["height"]) for bar in elements(svg, "rect")]
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.01)


def test_curve_goes_through_its_points() -> None:
    line = Line([(0.5, 0.95), (1.0, 0.9)], "一级", "a")
    svg = curves([line], x_name="采纳", y_name="正确", label="l")
    (path,) = [p for p in elements(svg, "path") if p.attrib["class"] == "line a"]
    assert path.attrib["d"].count("L") == 1


@pytest.mark.parametrize("count", [1, 2, 60])
def test_series_of_any_length_is_drawn(count: int) -> None:
    svg = series(list(range(1, count + 1)), ["2026-01"] * count, y_name="n", label="l")
    assert len(elements(svg, "path")) >= 3


def test_names_are_escaped() -> None:
    assert "<b>" not in histogram([1], x_name="<b>", y_name="<b>", label='"><b>')


def test_bars_are_as_wide_as_their_share() -> None:
    assert elements(bar(0.5), "rect")[0].attrib["width"] == "50.00"
    left, right = elements(stack([(0.25, "a"), (0.75, "b")]), "rect")
    assert (left.attrib["width"], right.attrib["x"]) == ("25.00", "25.00")
