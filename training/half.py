"""Half precision where it pays: bfloat16 on processors that multiply it, fp32 on others."""

from functools import cache
from typing import Any

import torch

# Extensions that multiply bfloat16; without them it is emulated, ten times slower than fp32.
_BF16 = ("amx_bf16", "avx512_bf16", "bf16")


@cache
def has_bf16() -> bool:
    """Say whether this processor multiplies bfloat16."""
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in _BF16)


def in_half() -> Any:
    """Return the context in which the encoder's matrices are multiplied."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bf16())


def attention() -> str:
    """Return the faster way to attend, by the name that transformers gives it."""
    return "eager" if has_bf16() else "sdpa"
