"""What tests of training share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the tiny encoder was trained and exported: backbone, run and model."""
    from tiny_encoder import make_tiny_encoder  # needs torch, which not all of them do

    folder = tmp_path_factory.mktemp("encoder")
    make_tiny_encoder(folder)
    return folder
