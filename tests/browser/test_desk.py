"""Dispatchers at work in a real browser: keys only, corrections, returns, live lists, alerts."""

import re
from statistics import median

import pytest
from house import House
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.browser]


class Keys:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def ticket_id(page: Page) -> str:
    found = re.search(r"/tickets/([^?]+)", page.url)
    assert found is not None, page.url
    return found[1]


def open_next(page: Page, house: House, queue: str = "confirm") -> str:
    page.goto(f"{house.url}/desk?queue={queue}")
    page.keyboard.press("n")
    page.wait_for_url("**/tickets/**")
    return ticket_id(page)


def test_ten_tickets_by_keyboard_alone(house: House) -> None:
    page = house.sign_in()
    open_next(page, house)
    counts, seen = [], []
    for _ in range(10):
        seen.append(ticket_id(page))
        keys = Keys(page)
        keys.press("Enter")  # the first suggestion is right
        page.wait_for_url(lambda url, last=seen[-1]: last not in url.split("?")[0])
        counts.append(keys.pressed)
    assert len(set(seen)) == 10
    assert median(counts) <= 3


def test_class_is_corrected_by_pinyin_initials(house: House) -> None:
    page = house.sign_in()
    name = open_next(page, house)
    page.keyboard.press("c")
    page.keyboard.type("ldshbl", delay=20)  # 路灯损坏不亮
    expect(page.locator(".found .hit").first).to_contain_text("路灯损坏不亮")
    expect(page.locator(".found .hit em").first).to_contain_text("小区内")  # its boundary note
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: name not in url.split("?")[0])
    page.goto(f"{house.url}/tickets/{name}")
    expect(page.locator(".choice")).to_contain_text("140301")


def test_decision_is_undone_by_one_key(house: House) -> None:
    page = house.sign_in()
    name = open_next(page, house)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: name not in url.split("?")[0])
    page.keyboard.press("u")
    page.wait_for_url(f"**/tickets/{name}*")
    expect(page.locator("#decide")).to_be_visible()


def test_second_browser_sees_a_return_at_once(house: House) -> None:
    page, other = house.sign_in(), house.sign_in("li")
    name = open_next(page, house)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: name not in url.split("?")[0])
    other.goto(f"{house.url}/desk?queue=returned")
    other.wait_for_load_state()
    page.goto(f"{house.url}/tickets/{name}")
    page.keyboard.press("t")
    page.keyboard.type("不在本单位辖区")
    page.keyboard.press("Enter")
    expect(page.locator(".facts").first).to_contain_text("已退回")
    expect(other.locator(f"a[href^='/tickets/{name}']")).to_be_visible()  # without a reload


def test_two_dispatchers_get_different_tickets(house: House) -> None:
    page, other = house.sign_in(), house.sign_in("li")
    assert open_next(page, house, "human") != open_next(other, house, "human")


def test_alert_is_acknowledged_and_others_see_it_at_once(house: House) -> None:
    page, other = house.sign_in(), house.sign_in("li")
    other.goto(f"{house.url}/alerts")
    page.goto(f"{house.url}/alerts?state=new")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*")
    expect(page.locator(".chart svg")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".head .tag").first).to_contain_text("已确认")
    path = page.url.removeprefix(house.url)
    row = other.locator("tbody tr", has=other.locator(f"a[href='{path}']"))
    expect(row).to_contain_text("已确认")  # without a reload


def test_call_is_taken_with_suggestions_beside_it(house: House) -> None:
    page = house.sign_in()
    page.goto(f"{house.url}/intake")
    page.keyboard.type("朝阳区望京街道望京西园四区的路灯不亮三天了")
    expect(page.locator("#side")).to_contain_text("路灯损坏不亮")
    expect(page.locator("#side")).to_contain_text("望京街道")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[role=status]")).to_contain_text("已受理")


def test_call_back_is_recorded(house: House) -> None:
    page = house.sign_in()
    page.goto(f"{house.url}/desk?queue=unit")
    page.locator("tbody a").first.click()
    page.locator("#call-back summary").click()
    for question, answer in (("contacted", "true"), ("resolved", "true"), ("satisfied", "false")):
        page.check(f"input[name={question}][value={answer}]")
    page.get_by_role("button", name="记录回访").click()
    expect(page.locator(".aside")).to_contain_text("不满意")


def test_pages_fit_a_small_screen_and_a_phone(house: House) -> None:
    page = house.sign_in()
    for size in ({"width": 1366, "height": 768}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        for path in ("/desk", "/intake", "/alerts"):
            page.goto(house.url + path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], (path, size)


CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, style = getComputedStyle(element);
    const shown = node.textContent.trim() && element.checkVisibility();
    if (!shown || element.closest("svg, script")) continue;
    const [one, two] = [light(parts(style.color)), light(ground(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    if (ratio < least) poor.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 20)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_texts_have_enough_contrast(house: House, mode: str) -> None:
    page = house.sign_in()
    page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]  # one of its two words
    open_next(page, house, "human")
    ticket = page.url.removeprefix(house.url)
    for path in ("/desk", "/desk?queue=overdue", ticket, "/intake", "/alerts"):
        page.goto(house.url + path)
        assert page.evaluate(CONTRAST) == [], path


def test_chosen_class_brings_its_units_before_it_is_sent(house: House) -> None:
    page = house.sign_in()
    name = open_next(page, house)
    told = page.request.get(f"{house.url}/tickets/{name}/units", params={"code": "140301"}).text()
    page.keyboard.press("c")
    page.keyboard.type("ldshbl", delay=20)
    expect(page.locator(".found .hit").first).to_contain_text("路灯损坏不亮")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # at once: it waits for the units
    page.wait_for_url(lambda url: name not in url.split("?")[0])
    page.goto(f"{house.url}/tickets/{name}")
    sent = page.locator(".acts li", has_text="处理").first.locator("small").inner_text()
    right = re.search(r'checked>\s*<kbd>q</kbd><span class="what">(\S+)', told)
    assert right is not None, told
    assert sent == right[1]


def test_essentials_of_a_ticket_need_no_scrolling(house: House) -> None:
    page = house.sign_in()
    for queue in ("confirm", "human"):
        open_next(page, house, queue)
        box = page.get_by_role("button", name="确认").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 768
