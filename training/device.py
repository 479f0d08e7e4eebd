"""Where the encoder is trained, and in which precision: a GPU where there is one, or processors."""

from functools import cache
from typing import Any

import torch

# Extensions that multiply bfloat16; without them it is emulated, ten times slower than fp32.
_BF16 = ("amx_bf16", "avx512_bf16", "bf16")


@cache
def training_device() -> Any:
    """Return the GPU that torch sees, or the processors."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@cache
def has_bf16() -> bool:
    """Say whether the device multiplies bfloat16."""
    if _on_gpu():
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in _BF16)


def in_half() -> Any:
    """Return the context in which the encoder's matrices are multiplied."""
    return torch.autocast(training_device().type, dtype=torch.bfloat16, enabled=has_bf16())


def attention() -> str:
    """Return the faster way to attend, by the name that transformers gives it."""
    return "eager" if has_bf16() and not _on_gpu() else "sdpa"


def processes_for(wanted: int) -> int:
    """Return how many processes share the work: a GPU is used by one."""
    return 1 if _on_gpu() else wanted


def _on_gpu() -> bool:
    return bool(training_device().type == "cuda")
