"""Errors of the store and its desks as problem+json."""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import OperationalError

from jiesu.serving.api.problem import (
    CLAIMED,
    KEY_IN_FLIGHT,
    KEY_REUSED,
    NAME_TAKEN,
    STORE_UNAVAILABLE,
    TICKET_EXISTS,
    UNKNOWN_ALERT,
    UNKNOWN_ENTRY,
    UNKNOWN_KEY,
    UNKNOWN_TICKET,
    UNKNOWN_USER,
    VERSION_CONFLICT,
    WRONG_STATE,
    FieldProblem,
    ProblemError,
    ProblemKind,
    answer,
    invalid_fields,
)
from jiesu.serving.choices import ChoiceError
from jiesu.serving.doors.passwords import PasswordError
from jiesu.serving.doors.register import RegisterError
from jiesu.serving.store import errors
from jiesu.serving.store.keys import KeyInFlight, KeyLost, KeyReused

_KINDS: Mapping[type[errors.StoreConflict], ProblemKind] = {
    errors.UnknownTicket: UNKNOWN_TICKET,
    errors.UnknownAlert: UNKNOWN_ALERT,
    errors.TicketExists: TICKET_EXISTS,
    errors.VersionConflict: VERSION_CONFLICT,
    errors.ClaimedByOther: CLAIMED,
    errors.WrongState: WRONG_STATE,
    KeyInFlight: KEY_IN_FLIGHT,
    errors.UnknownUser: UNKNOWN_USER,
    errors.UserExists: NAME_TAKEN,
    errors.UnknownKey: UNKNOWN_KEY,
    errors.KeyNameExists: NAME_TAKEN,
    errors.PolicyExists: NAME_TAKEN,
    errors.UnknownEntry: UNKNOWN_ENTRY,
    errors.EntryExists: NAME_TAKEN,
    KeyLost: KEY_IN_FLIGHT,
    KeyReused: KEY_REUSED,
}
_RETRY = {KEY_IN_FLIGHT: {"Retry-After": "2"}}


def install_store_handlers(app: FastAPI) -> None:
    """Let every error of the store leave as problem+json."""
    app.add_exception_handler(errors.StoreConflict, _on_conflict)
    for refusal in (ChoiceError, RegisterError, PasswordError):
        app.add_exception_handler(refusal, _on_choice)
    app.add_exception_handler(OperationalError, _on_outage)


def _on_conflict(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.StoreConflict)
    kind = _KINDS[type(error)]
    problem = ProblemError(kind, str(error), headers=_RETRY.get(kind))
    return answer(request, problem)


def _on_choice(request: Request, error: Exception) -> Response:
    field = str(getattr(error, "field", "password"))
    problem = invalid_fields([FieldProblem(field=field, message=str(error))])
    return answer(request, problem)


def _on_outage(request: Request, _: Exception) -> Response:
    detail = "数据库暂时连不上或太忙，什么都没有改动；请稍后再试"
    problem = ProblemError(STORE_UNAVAILABLE, detail, headers={"Retry-After": "5"})
    return answer(request, problem)
