"""The HTTP application over the small city, in this process."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.settings import load_settings


@pytest.fixture
def client() -> Iterator[TestClient]:
    settings = load_settings(max_items=3, max_text_chars=200, max_body_bytes=5000)
    with TestClient(create_app(settings, tiny_engine())) as client:
        yield client


@pytest.fixture
def degraded_client() -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(), tiny_engine(with_model=False))) as client:
        yield client
