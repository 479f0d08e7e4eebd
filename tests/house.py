"""A running server and how to sign in to it, for tests in a browser."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class House:
    """A running server, and how to sign in."""

    url: str
    new_page: Callable[[], Page]

    def sign_in(self, login: str = "wang") -> Page:
        page = self.new_page()
        page.goto(f"{self.url}/desk")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("a.who")
        return page
