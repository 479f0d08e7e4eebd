"""Place, kind and deadline are put right by keys alone, and the history tells."""

import re

import pytest
from house import House
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def open_next(page: Page, house: House, queue: str = "human") -> str:
    page.goto(f"{house.url}/desk?queue={queue}")
    page.keyboard.press("n")
    page.wait_for_url("**/tickets/**")
    found = re.search(r"/tickets/([^?]+)", page.url)
    assert found is not None, page.url
    return found[1]


def test_place_is_corrected_by_initials_and_its_units_follow(house: House) -> None:
    page = house.sign_in()
    name = open_next(page, house)
    code = page.locator("[name=code]:checked").get_attribute("value") or ""
    place = {"code": code, "place": "110105026"}  # 望京街道
    told = page.request.get(f"{house.url}/tickets/{name}/units", params=place).text()
    page.keyboard.press("l")
    page.keyboard.type("wjjd", delay=20)
    expect(page.locator(".found .hit").first).to_contain_text("望京街道")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # at once: it waits for the units
    page.wait_for_url(lambda url: name not in url.split("?")[0])
    page.goto(f"{house.url}/tickets/{name}")
    expect(page.locator("p.place")).to_contain_text("望京街道 更正过")
    act = page.locator(".acts li", has_text="处理").first
    expect(act).to_contain_text("→ 朝阳区 › 望京街道")
    right = re.search(r'checked>\s*<kbd>q</kbd><span class="what">(\S+)', told)
    assert right is not None, told
    expect(act.locator("small").first).to_have_text(right[1])


def test_kind_and_deadline_are_corrected_by_keys(house: House) -> None:
    page = house.sign_in()
    name = open_next(page, house)
    page.keyboard.press("k")
    page.keyboard.press("5")
    page.keyboard.press("m")
    page.keyboard.type("01022030")  # month, day, year as this browser asks for them
    page.locator("[name=due]").fill("2030-01-02T09:00")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: name not in url.split("?")[0])
    page.goto(f"{house.url}/tickets/{name}")
    act = page.locator(".acts li", has_text="处理").first
    expect(act).to_contain_text("→ 建议")
    expect(act).to_contain_text("→ 2030-01-02 09:00")


def test_other_ends_are_chosen_by_their_number(house: House) -> None:
    page = house.sign_in()
    open_next(page, house)
    page.keyboard.press("o")
    page.keyboard.press("5")
    assert page.locator("[name=outcome]").input_value() == "elsewhere"
    page.keyboard.press("j")  # the list has been left: keys are keys again
    assert page.locator("[name=outcome]").input_value() == "elsewhere"
