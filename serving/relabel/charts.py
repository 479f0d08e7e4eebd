"""Charts of the report as inline SVG: plain functions from numbers to text, no library.

Colours come from the page's CSS classes, so that one chart serves light, dark and paper.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 40


@dataclass(frozen=True, slots=True)
class Frame:
    """The area of a chart and the scale of its axes.

    Attributes:
        x_range, y_range: values at the edges of the plotted area.
    """

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Return where a value lies on the horizontal axis."""
        low, high = self.x_range
        return _LEFT + (value - low) / (high - low) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return where a value lies on the vertical axis."""
        low, high = self.y_range
        inside = self.height - _TOP - _BOTTOM
        return _TOP + (high - value) / (high - low) * inside


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its points, its name, and the CSS class that gives its colour."""

    points: Sequence[tuple[float, float]]
    name: str
    style: str


def tick_step(span: float, wanted: int = 5) -> float:
    """Choose a round distance (1, 2 or 5 times a power of ten) for about `wanted` ticks.

    >>> tick_step(1830), tick_step(0.4), tick_step(885)
    (500.0, 0.1, 200.0)
    """
    power = 10.0 ** math.floor(math.log10(span / wanted))
    return min((power, 2 * power, 5 * power, 10 * power), key=lambda s: abs(span / s - wanted))


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round values from `low` to `high`.

    >>> ticks(0, 1830)
    [0.0, 500.0, 1000.0, 1500.0]
    """
    step = tick_step(high - low, wanted)
    first = -(-low // step)
    count = int((high + step * 1e-9) // step - first) + 1
    return [round((first + j) * step, 10) for j in range(count)]


def histogram(counts: Sequence[int], *, x_name: str, y_name: str, label: str) -> str:
    """Draw counts over equal bins of [0, 1]."""
    top = max(1, *counts)
    frame = Frame(560, 260, (0, 1), (0, top * 1.05))
    width = 1 / len(counts)
    bars = "".join(
        f'<rect class="fill" x="{frame.x(j * width) + 0.5:.1f}" y="{frame.y(count):.1f}" '
        f'width="{frame.x(width) - frame.x(0) - 1:.1f}" '
        f'height="{frame.y(0) - frame.y(count):.1f}"><title>{j * width:.2f}–{(j + 1) * width:.2f}：'
        f"{count:,}</title></rect>"
        for j, count in enumerate(counts)
        if count
    )
    axes = _x_axis(frame, [(v, f"{v:g}") for v in ticks(0, 1)], x_name)
    return _svg(frame, _y_axis(frame, _numbers(frame), y_name) + bars + axes, label)


def curves(lines: Sequence[Line], *, x_name: str, y_name: str, label: str) -> str:
    """Draw curves of shares over shares; both axes are per cent."""
    low = min((y for line in lines for _, y in line.points), default=0.0)
    floor = max(0.0, int(low * 10) / 10)
    frame = Frame(560, 260, (0, 1), (min(floor, 0.9), 1.0))
    x_ticks = [(v, f"{v:.0%}") for v in ticks(0, 1)]
    y_ticks = [(v, f"{v:.0%}") for v in ticks(*frame.y_range)]
    drawn = "".join(
        f'<path class="line {line.style}" d="{_path(frame, line.points)}"/>' for line in lines
    )
    parts = _y_axis(frame, y_ticks, y_name) + drawn + _x_axis(frame, x_ticks, x_name)
    return _svg(frame, parts, label)


def series(values: Sequence[int], names: Sequence[str], *, y_name: str, label: str) -> str:
    """Draw counts over consecutive days, weeks or months as an area; a few names stand below."""
    frame = Frame(1140, 240, (0, max(1, len(values) - 1)), (0, max(1, *values) * 1.08))
    points = list(enumerate(values)) if len(values) > 1 else [(0, values[0]), (1, values[0])]
    line = _path(frame, points)
    last = frame.x(points[-1][0])
    area = f"{line}L{last:.1f} {frame.y(0):.1f}L{frame.x(0):.1f} {frame.y(0):.1f}Z"
    every = max(1, -(-len(names) // 8))
    x_ticks = [(j, name) for j, name in enumerate(names) if j % every == 0]
    parts = (
        _y_axis(frame, _numbers(frame), y_name)
        + f'<path class="area" d="{area}"/><path class="line a" d="{line}"/>'
        + _x_axis(frame, x_ticks, "")
    )
    return _svg(frame, parts, label)


def bar(share: float, style: str = "") -> str:
    """Draw one horizontal bar as wide as its share of the space it gets."""
    return (
        '<svg class="bar" preserveAspectRatio="none" viewBox="0 0 100 10" aria-hidden="true">'
        f'<rect class="fill {style}" width="{max(0.4, share * 100):.2f}" height="10"/></svg>'
    )


def stack(shares: Sequence[tuple[float, str]]) -> str:
    """Draw shares of one whole side by side; each comes with its CSS class."""
    parts, at = [], 0.0
    for share, style in shares:
        parts.append(
            f'<rect class="fill {style}" x="{at * 100:.2f}" width="{share * 100:.2f}" height="10"/>'
        )
        at += share
    return (
        '<svg class="stack" preserveAspectRatio="none" viewBox="0 0 100 10" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _numbers(frame: Frame) -> list[tuple[float, str]]:
    return [(v, f"{v:,.0f}") for v in ticks(*frame.y_range, 4) if v == int(v)]


def _path(frame: Frame, points: Sequence[tuple[float, float]]) -> str:
    placed = (f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in points)
    return "M" + "L".join(placed)


def _y_axis(frame: Frame, marks: Sequence[tuple[float, str]], name: str) -> str:
    right = frame.width - _RIGHT
    grid = "".join(
        f'<path class="grid" d="M{_LEFT} {frame.y(v):.1f}H{right}"/>'
        f'<text class="tick end" x="{_LEFT - 8}" y="{frame.y(v) + 4:.1f}">{escape(text)}</text>'
        for v, text in marks
    )
    middle = (_TOP + frame.height - _BOTTOM) / 2
    turned = f'transform="rotate(-90 11 {middle:.0f})"'
    return f'{grid}<text class="axis mid" x="11" y="{middle:.0f}" {turned}>{escape(name)}</text>'


def _x_axis(frame: Frame, marks: Sequence[tuple[float, str]], name: str) -> str:
    base = frame.height - _BOTTOM
    names = "".join(
        f'<text class="tick mid" x="{frame.x(v):.1f}" y="{base + 17}">{escape(text)}</text>'
        for v, text in marks
    )
    middle = (_LEFT + frame.width - _RIGHT) / 2
    title = f'<text class="axis mid" x="{middle:.0f}" y="{frame.height - 5}">{escape(name)}</text>'
    line = f'<path class="base" d="M{_LEFT} {base}H{frame.width - _RIGHT}"/>'
    return line + names + title


def _svg(frame: Frame, parts: str, label: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {frame.width} {frame.height}" role="img" '
        f'aria-label="{escape(label)}">{parts}</svg>'
    )
