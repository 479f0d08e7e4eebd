from collections.abc import Iterator

import pytest

pytest.importorskip("torch")

import torch

from jiesu.training import device


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    for known in (device.training_device, device.has_bf16):
        known.cache_clear()
    yield
    for known in (device.training_device, device.has_bf16):
        known.cache_clear()


@pytest.mark.parametrize(
    ("able", "dtype", "attention"),
    [
        ({"amx_bf16": False, "avx512_bf16": True}, torch.bfloat16, "eager"),
        ({"avx2": True}, torch.float32, "sdpa"),
    ],
)
def test_half_precision_only_where_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, able: dict[str, bool], dtype: torch.dtype, attention: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    with device.in_half():
        assert torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2)).dtype == dtype
    assert device.attention() == attention
    assert device.processes_for(2) == 2


def test_a_gpu_is_taken_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert device.training_device().type == "cuda"
    assert device.processes_for(2) == 1
    assert device.attention() == "sdpa"
