"""Several tickets at once, by keys: near copies from the list, members of an alert."""

import re

import pytest
from house import House
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TEXT = "朝阳区望京街道望京西园四区{}号楼前的路灯不亮三天了，晚上看不见路，请派人来修"


def test_near_copies_are_confirmed_and_taken_back_by_keys(house: House) -> None:
    page = house.sign_in()
    for number in (1, 2, 3):
        page.goto(f"{house.url}/intake")
        said = page.locator("textarea[name=text]")
        expect(said).to_be_focused()
        page.keyboard.type(TEXT.format(number))
        expect(said).to_have_value(TEXT.format(number))
        page.keyboard.press("Control+Enter")
        expect(page.locator("[role=status]")).to_contain_text("已受理")
    name = page.locator("[role=status] a").inner_text()
    page.goto(f"{house.url}/tickets/{name}")
    outcome = "confirm" if page.locator(".ask small", has_text="确认").count() else "human"
    page.goto(f"{house.url}/desk?queue={outcome}")
    for _ in range(60):
        page.keyboard.press("j")
        row = page.locator("tr.here")
        if row.locator("[data-group]").count() and "路灯" in row.inner_text():
            break
    else:
        pytest.fail(f"no group in the queue {outcome}: {page.locator('#list').inner_text()}")
    page.keyboard.press("b")
    button = page.locator("[data-ticked]")
    expect(button).to_be_visible()
    count = int(button.locator("b").inner_text())
    assert count >= 2
    page.keyboard.press("a")
    expect(page.locator("[role=status]")).to_contain_text(f"已按建议派出 {count} 件")
    page.wait_for_load_state()  # keys are heard once the script of the new page has run
    page.keyboard.press("u")
    expect(page.locator("[role=status]")).to_have_count(0)
    expect(page.locator("#list")).to_contain_text("相近")


def test_members_of_an_alert_are_dispatched_together(house: House) -> None:
    page = house.sign_in()
    page.goto(f"{house.url}/alerts")
    paths = [a.get_attribute("href") for a in page.locator("tbody a").all()]
    for path in paths:
        page.goto(f"{house.url}{path}")
        if page.locator("#dispatch").count():
            break
    else:
        pytest.fail("no alert of the demonstration has members that wait")
    title = page.locator("#dispatch summary").inner_text()
    assert re.search(r"（\d+ 件）", title)
    page.locator("#dispatch input[type=search]").fill("望京街道")
    page.locator("#dispatch .hit").first.click()
    page.locator("#dispatch button[type=submit]").click()
    expect(page.locator("#dispatch")).to_have_count(0)
    expect(page.locator(".aside")).to_contain_text("已派单")


def test_sheet_fits_the_screen_and_has_no_navigation(house: House) -> None:
    page = house.sign_in()
    page.goto(f"{house.url}/desk?queue=unit")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/tickets/**")
    page.keyboard.press("P")
    page.wait_for_url("**/print")
    expect(page.locator("nav")).to_have_count(0)
    expect(page.locator("table")).to_contain_text("办理结果")


def test_knowledge_is_cited_by_one_key(house: House) -> None:
    page = house.sign_in()
    page.goto(f"{house.url}/desk?queue=other")
    for path in [a.get_attribute("href") for a in page.locator("tbody a").all()]:
        page.goto(f"{house.url}{path}")
        if page.locator("[data-cite]").count():
            break
    else:
        pytest.fail("no question of the demonstration has an entry to cite")
    page.keyboard.press("y")
    expect(page.locator("#decide input[name=why]")).to_have_value(re.compile("^《.*知识库"))
    assert page.locator("[name=outcome]").input_value() == "answer"
