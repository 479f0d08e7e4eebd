"""The districts as shapes for a page: districts.geojson → paths in the units of an SVG."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

FILE = "districts.geojson"
WIDTH = 640.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One district.

    Attributes:
        path: for the `d` of an SVG path.
        x, y: where its name stands.
    """

    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Atlas:
    """All districts of a city, and the size of their picture."""

    shapes: tuple[Shape, ...]
    width: float
    height: float


def read_atlas(folder: Path) -> Atlas | None:
    """Return the districts of a city folder; None where it has no file of them."""
    path = folder / FILE
    if not path.is_file():
        return None
    features = orjson.loads(path.read_bytes())["features"]
    outlines = {f["properties"]["name"]: list(_rings(f["geometry"])) for f in features}
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    # A degree of longitude is shorter than one of latitude, the more so the farther north.
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)

    def place(point: Sequence[float]) -> tuple[float, float]:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    shapes = tuple(
        _shape(name, [[place(point) for point in ring] for ring in rings])
        for name, rings in outlines.items()
    )
    return Atlas(shapes, WIDTH, (north - south) * scale)


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:  # Any: GeoJSON
    polygons = geometry["coordinates"]
    for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
        yield from polygon


def _shape(name: str, rings: list[list[tuple[float, float]]]) -> Shape:
    path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings)
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    x, y = _centre(largest)
    return Shape(name, path, round(x, 1), round(y, 1))


def _area(ring: list[tuple[float, float]]) -> float:
    pairs = itertools.pairwise(ring)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def _centre(ring: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the centre of gravity of a ring."""
    area = _area(ring)
    x = y = 0.0
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        cross = x1 * y2 - x2 * y1
        x, y = x + (x1 + x2) * cross, y + (y1 + y2) * cross
    return x / (6 * area), y / (6 * area)
