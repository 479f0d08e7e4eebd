"""The doors' use cases: signing in and out, knowing a caller again, and the record of it.

Every transaction begins and ends here. Tokens and keys are long and random, so a plain SHA-256
of them is kept; passwords are not, so they are kept as argon2id.
"""

import hashlib
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from jiesu.serving.doors import passwords
from jiesu.serving.doors.callers import Caller, person, program
from jiesu.serving.store import api_keys, audit, people
from jiesu.serving.store.audit import AuditEntry
from jiesu.serving.store.database import Database
from jiesu.taxonomy.errors import JiesuError

_FREE_TRIES = 5
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)
_FORGIVEN_AFTER = timedelta(hours=1)
_ADDRESS_SHARE = 6
"""An office behind one address has as many free tries as this many people."""
_TOUCH_EVERY = timedelta(seconds=60)
_ASK_EVERY_SECONDS = 1.0


class LoginRefused(JiesuError):
    """Login name and password do not fit, or the user is disabled; which of them is not told."""


class LoginThrottled(JiesuError):
    """Too many failed logins; `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"登录失败次数太多，请 {seconds} 秒后再试")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts: unused, and at most."""

    idle: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=12)


class Doors:
    """Knows who comes in."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        rules: SessionRules | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules or SessionRules()
        self._has_anybody = False
        self._asked_at = -math.inf

    def has_anybody(self) -> bool:
        """Tell whether there is a user or a key, so that nobody comes in without.

        Once there is one, there is always one: none is deleted. Until then the store is asked
        once a second.
        """
        if not self._has_anybody and time.monotonic() - self._asked_at > _ASK_EVERY_SECONDS:
            with self._database.read() as connection:
                self._has_anybody = people.any_user(connection) or api_keys.any_key(connection)
            self._asked_at = time.monotonic()
        return self._has_anybody

    def sign_in(self, login: str, password: str, address: str) -> str:
        """Begin a session; return its token.

        Raises:
            LoginThrottled: too many tries have failed, of this user or from this address.
            LoginRefused: name and password do not fit.
        """
        self._check_tries(login, address)
        with self._database.read() as connection:
            kept = people.password_hash_of(connection, login)
        if not passwords.is_right(password, kept):
            self._note_failure(login, address, known=kept is not None)
            raise LoginRefused("登录名或密码不对")
        return self._begin(login, password, str(kept))

    def _begin(self, login: str, password: str, kept: str) -> str:
        token, now = secrets.token_urlsafe(32), self._clock()
        values = {}
        if passwords.is_outdated(kept):
            values["password_hash"] = passwords.hash_password(password)
        with self._database.write() as connection:
            user = people.get_user(connection, login)
            if user.is_disabled:
                raise LoginRefused("登录名或密码不对")
            if values:
                people.change_user(connection, login, values, now)
            people.forget_failures(connection, _by_login(login))
            people.add_session(connection, login, hash_of(token), now)
            self._add(connection, user.name, "login", login)
        self._has_anybody = True  # nobody comes in without from now on, not a second later
        return token

    def sign_out(self, token: str) -> None:
        """End a session; an unknown one is none."""
        with self._database.write() as connection:
            session = people.find_session(connection, hash_of(token))
            if session is not None:
                people.end_session(connection, hash_of(token))
                self._add(connection, session.user.name, "logout", session.user.login)

    def find_person(self, token: str) -> Caller | None:
        """Return who holds a session; None where it has ended."""
        now, key = self._clock(), hash_of(token)
        with self._database.read() as connection:
            session = people.find_session(connection, key)
        if session is None or session.user.is_disabled:
            return None
        if now - session.seen_at > self._rules.idle or now - session.created_at > (
            self._rules.longest
        ):
            return None
        if now - session.seen_at > _TOUCH_EVERY:
            with self._database.write(durable=False) as connection:
                people.touch_session(connection, key, now)
        return person(session.user)

    def find_program(self, key: str) -> Caller | None:
        """Return the program that a key belongs to; None where it is not in force."""
        with self._database.read() as connection:
            found = api_keys.find_key(connection, hash_of(key), self._clock())
        if found is None:
            return None
        # Typed as rights when the key was made; one that has since gone opens nothing.
        return program(found.name, frozenset(found.scopes))  # type: ignore[arg-type]

    def change_password(self, caller: Caller, old: str, new: str, token: str = "") -> None:
        """Change a signed-in person's own password; the other sessions of that person end.

        Raises:
            LoginThrottled: too many tries have failed.
            LoginRefused: the old password is wrong.
            PasswordError: the new one is too easy to guess.
        """
        assert caller.user is not None, "only people have passwords"
        login = caller.user.login
        self._check_tries(login, "")
        with self._database.read() as connection:
            kept = people.password_hash_of(connection, login)
        if not passwords.is_right(old, kept):
            self._note_failure(login, "", known=True)
            raise LoginRefused("原密码不对")
        passwords.check_password(new, login)
        hashed = passwords.hash_password(new)
        with self._database.write() as connection:
            people.change_user(connection, login, {"password_hash": hashed}, self._clock())
            people.end_sessions_of(connection, login, but=hash_of(token))
            self._add(connection, caller.name, "password", login)

    def record_look(self, caller: Caller, ticket_id: str) -> None:
        """Note that somebody saw the personal data of a ticket."""
        self.record(caller, "look", ticket_id)

    def record(
        self,
        caller: Caller,
        what: str,
        subject: str = "",
        detail: Mapping[str, Any] | None = None,  # Any: JSON values
    ) -> None:
        """Add an entry to the audit."""
        with self._database.write(durable=False) as connection:
            self._add(connection, caller.name, what, subject, detail)

    def forget_old(self) -> None:
        """Delete ended sessions and old failed logins."""
        now = self._clock()
        with self._database.write(durable=False) as connection:
            people.forget_old(connection, now - self._rules.longest, now - _FORGIVEN_AFTER)

    def _add(
        self,
        connection: Connection,
        by: str,
        what: str,
        subject: str,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        audit.add_entry(connection, AuditEntry(self._clock(), by, what, subject, detail or {}))

    def _check_tries(self, login: str, address: str) -> None:
        now = self._clock()
        with self._database.read() as connection:
            waits = [
                _wait(*people.failures_of(connection, subject), free, now)
                for subject, free in _subjects(login, address)
            ]
        if (longest := max(waits)) > timedelta(0):
            raise LoginThrottled(int(longest.total_seconds()) + 1)

    def _note_failure(self, login: str, address: str, *, known: bool) -> None:
        now = self._clock()
        with self._database.write(durable=False) as connection:
            for subject, _ in _subjects(login, address):
                _, last = people.failures_of(connection, subject)
                if last is not None and now - last > _FORGIVEN_AFTER:
                    people.forget_failures(connection, subject)
                people.add_failure(connection, subject, now)
            # A login that nobody has may be a password typed in the wrong field: not kept.
            self._add(connection, login if known else "", "login-failed", "", {"from": address})


def hash_of(token: str) -> str:
    """Return what is kept of a token or key."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_token_of(token: str) -> str:
    """Return what a form of this session must carry: who knows it has seen a page of ours."""
    return hashlib.sha256(b"csrf:" + token.encode()).hexdigest()


def _by_login(login: str) -> str:
    return f"login:{hash_of(login.casefold())[:32]}"


def _subjects(login: str, address: str) -> list[tuple[str, int]]:
    """Return whose failures are counted, each with its free tries."""
    found = [(_by_login(login), _FREE_TRIES)]
    return [*found, (f"address:{address}", _FREE_TRIES * _ADDRESS_SHARE)] if address else found


def _wait(failures: int, last: datetime | None, free: int, now: datetime) -> timedelta:
    """Return how long to wait yet: twice as long with every failure beyond the free ones.

    >>> from datetime import UTC
    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> [_wait(n, at, 5, at).seconds for n in (4, 5, 6, 20)]
    [0, 15, 30, 900]
    """
    if last is None or failures < free or now - last > _FORGIVEN_AFTER:
        return timedelta(0)
    doubled: int = 2 ** min(failures - free, 10)
    wait = min(_FIRST_WAIT * doubled, _LONGEST_WAIT)
    return last + wait - now
