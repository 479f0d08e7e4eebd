"""Passwords as argon2id hashes; checking costs the same whether or not the user exists."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jiesu.taxonomy.errors import InputError

SHORTEST, LONGEST = 10, 200
_FEW_DIFFERENT = 5
_HASHER = PasswordHasher()  # RFC 9106's second choice: 64 MiB, three passes
_TURN = threading.BoundedSemaphore(2)
"""A check takes 64 MiB: a flood of logins must not fill the memory."""


class PasswordError(InputError):
    """A password is too easy to guess."""


def check_password(password: str, login: str) -> None:
    """Refuse a new password that is short, or made of its user's name or of few characters.

    Raises:
        PasswordError: says what is asked for.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(f"密码应有 {SHORTEST} 到 {LONGEST} 个字符，现有 {len(password)} 个")
    if login.casefold() in password.casefold():
        raise PasswordError("密码不能含有登录名")
    if len(set(password)) < _FEW_DIFFERENT:
        raise PasswordError(f"密码太简单：至少要有 {_FEW_DIFFERENT} 个不同的字符")


def hash_password(password: str) -> str:
    """Return the hash to keep; it names its own parameters."""
    with _TURN:
        return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Tell whether a password fits a hash; None, for a user who does not exist, takes as long."""
    with _TURN:
        try:
            return _HASHER.verify(kept or _nobodys_hash(), password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody knows this")
