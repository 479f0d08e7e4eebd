"""A batch run over bytes: write the input, label it with the small router, read the result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_relabel import TinyFactory

from jiesu.serving.relabel.options import RelabelOptions, RelabelResult
from jiesu.serving.relabel.run import run_relabel

Relabel = Callable[..., RelabelResult]


@pytest.fixture
def relabel(tmp_path: Path) -> Relabel:
    """Return a function (content, name of input, name of output, options) → result."""

    def label(
        content: bytes, name: str = "in.csv", out: str = "out.csv", **options: Any
    ) -> RelabelResult:
        source = tmp_path / name
        source.write_bytes(content)
        given = {"workers": 1, **options}
        return run_relabel(RelabelOptions(source, tmp_path / out, **given), TinyFactory())

    return label
