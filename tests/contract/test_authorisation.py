"""Every route, asked by every role, by a program and by nobody: authorisation.tsv, cell by cell.

A route that is not in the table fails, and so does a row without a route.
"""

import csv
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.doors.access import Requirement
from jiesu.serving.doors.gatekeeper import SESSION_COOKIE
from jiesu.serving.doors.guard import csrf_token_of
from jiesu.serving.doors.register import plain_user
from jiesu.serving.doors.rights import PROGRAM_RIGHTS, ROLES
from jiesu.serving.settings import load_settings

TABLE = Path(__file__).with_name("authorisation.tsv")
CALLERS = (*ROLES, "key", "nobody")
PASSWORD = "correct horse battery"


@cache
def table() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["route"]: row for row in csv.DictReader(lines, delimiter="\t")}


def routes_of(app: FastAPI) -> dict[str, RouteContext]:
    """Go through the routes of included routers too: they keep them to themselves."""
    return {
        f"{method} {route.path}": route
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods - {"HEAD", "OPTIONS"})
    }


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator["House"]:
    database = tmp_path_factory.mktemp("house") / "house.db"
    address = f"sqlite:///{database}"
    settings = load_settings(database_url=address, auth="required", stranger_rate_limit=0)
    app = create_app(settings, tiny_engine())
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield House(app, client)


class House:
    """An app with one user of each role, and one key."""

    def __init__(self, app: FastAPI, client: TestClient) -> None:
        self.client = client
        state = app.state.jiesu
        while not state.has_doors:
            client.get("/readyz")
        state.stopping.set()  # lets streams end at once
        register, units = state.workplace.register, state.engine.city.units_by_id
        self.headers: dict[str, dict[str, str]] = {"nobody": {}}
        for role in ROLES:
            unit = next(iter(units)) if role == "unit" else ""
            register.add_user("测试", plain_user(role, "", role, unit), PASSWORD, units)
            self.sign_in(state.doors.sign_in(role, PASSWORD, ""), role)
        key = register.add_key("测试", "全部", sorted(PROGRAM_RIGHTS))
        self.headers["key"] = {"X-API-Key": key}

    def sign_in(self, token: str, role: str) -> None:
        cookie, csrf = f"{SESSION_COOKIE}={token}", csrf_token_of(token)
        self.headers[role] = {"Cookie": cookie, "X-CSRF-Token": csrf}

    def lets_in(self, route: str, caller: str) -> bool:
        method, _, path = route.partition(" ")
        path = re.sub(r"\{\w+(:\w+)?\}", "none", path)
        response = self.client.request(method, path, headers=self.headers[caller], json={})
        is_sent_to_login = response.headers.get("location", "").startswith("/login?")
        return response.status_code not in {401, 403} and not is_sent_to_login


def signs_out(route: str) -> bool:
    return route.endswith("/logout")


def test_table_has_every_route_and_no_other() -> None:
    found = routes_of(create_app(load_settings(), tiny_engine()))
    missing = [row_of(name, route) for name, route in found.items() if name not in table()]
    assert not missing, "add to authorisation.tsv after thinking:\n" + "\n".join(missing)
    assert sorted(set(table()) - set(found)) == []


def test_every_guarded_route_says_which_right_it_asks_for() -> None:
    for name, route in routes_of(create_app(load_settings(), tiny_engine())).items():
        expected = [] if table()[name]["nobody"] == "+" else [table()[name]["right"]]
        assert [right or "signed-in" for right in rights_of(route)] == expected, name


@pytest.mark.parametrize(
    ("route", "caller"),
    [cell for cell in itertools.product(table(), CALLERS) if not signs_out(cell[0])],
)
def test_cell(house: House, route: str, caller: str) -> None:
    assert house.lets_in(route, caller) is (table()[route][caller] == "+")


def test_program_with_one_scope_opens_only_what_asks_for_it(house: House) -> None:
    state = house.client.app.state.jiesu  # type: ignore[attr-defined]  # Starlette's, untyped here
    key = state.workplace.register.add_key("测试", "分类", ["classify"])
    house.headers["narrow"] = {"Authorization": f"Bearer {key}"}
    opened = {route for route in table() if house.lets_in(route, "narrow")}
    asked = {route for route, row in table().items() if row["right"] in {"classify", "signed-in"}}
    assert opened == asked | {route for route, row in table().items() if row["nobody"] == "+"}


def rights_of(route: RouteContext) -> list[str | None]:
    calls = [dependency.dependency for dependency in route.dependencies]
    return [call.right for call in calls if isinstance(call, Requirement)]


def row_of(name: str, route: RouteContext) -> str:
    """Return the row that the code suggests, for a person to judge."""
    from jiesu.serving.doors.rights import ROLE_RIGHTS

    (right,) = rights_of(route) or [""]
    may = [right is None or right == "" or right in ROLE_RIGHTS[role] for role in ROLES]
    key = right is None or right == "" or right in PROGRAM_RIGHTS
    cells = ["+" if cell else "-" for cell in (*may, key, right == "")]
    return "\t".join([name, "signed-in" if right is None else right, *cells])
