"""Where the evaluation texts lie; tests that need them skip where they are absent."""

import os
from pathlib import Path

import pytest

FOLDER_VARIABLE = "JIESU_EVAL_DIR"
BESIDE = Path(__file__).parents[2] / "shared" / "eval"


def eval_file(name: str) -> Path:
    """Return one file of the evaluation texts, or skip the test."""
    path = Path(os.environ.get(FOLDER_VARIABLE, BESIDE)) / name
    if not path.exists():
        pytest.skip(f"{path} is absent; set {FOLDER_VARIABLE} to the folder of evaluation texts")
    return path
