"""Who sends a request: a signed-in person, a program with a key, or this machine's own user."""

from dataclasses import dataclass
from typing import Literal

from jiesu.serving.doors.rights import PROGRAM_RIGHTS, RIGHTS, ROLE_RIGHTS, Right, Role
from jiesu.serving.store.people import User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, and what that one may do.

    Attributes:
        id: tells callers apart, e.g. as scope of idempotency keys and in rate limits.
        name: stands in the history of tickets.
        role: None for programs and for this machine's own user.
        unit_id: the only unit whose tickets are seen; empty where all are.
    """

    id: str
    name: str
    kind: Literal["session", "key", "open"]
    rights: frozenset[Right]
    role: Role | None = None
    unit_id: str = ""
    user: User | None = None

    def may(self, right: Right) -> bool:
        """Tell whether the caller has a right."""
        return right in self.rights

    def acts_as(self, stated: str) -> str:
        """Return the name for the history: a person's own, or whom a program states."""
        return self.name if self.kind == "session" else stated


LOCAL = Caller("local", "本机", "open", frozenset(RIGHTS))
"""Everybody, while a server that only this machine reaches has neither users nor keys."""


def person(user: User) -> Caller:
    """Return a signed-in user as a caller."""
    rights = ROLE_RIGHTS[user.role]
    return Caller(f"user:{user.login}", user.name, "session", rights, user.role, user.unit_id, user)


def program(name: str, rights: frozenset[Right] = PROGRAM_RIGHTS) -> Caller:
    """Return a program with an API key as a caller."""
    return Caller(f"key:{name}", name, "key", rights & PROGRAM_RIGHTS)
