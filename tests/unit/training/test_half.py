import pytest

pytest.importorskip("torch")

import torch

from jiesu.training import half


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
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    half.has_bf16.cache_clear()
    try:
        with half.in_half():
            assert torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2)).dtype == dtype
        assert half.attention() == attention
    finally:
        half.has_bf16.cache_clear()
