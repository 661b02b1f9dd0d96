"""The web page in a real browser: on a phone and a desktop, in light and dark, by keyboard alone, without scripts."""

import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from daemon.model.asks import AT_ANY_TIME, Ask, Purpose
from daemon.web.links import Links
from integrations.formats.letter_html import html_of
from tests.scenarios.browser import DESKTOP, PHONE, Scheme, Screen, chromium, needs_chromium, screen
from tests.scenarios.programme import MONDAY, TEAM, Programme
from tests.scenarios.site import TOKEN, Served, served
from tests.scenarios.test_web_links import texts
from tests.scenarios.test_web_said import Linked
from tests.soak import either, soaked

WHO = "ada@example.com"
NOT_NOW = {Purpose.TAKE, Purpose.SWAP, Purpose.LEARNED}
"""What nobody is asked on the day of the test, or to which nothing can be answered then."""
PICTURES = os.environ.get("PEERLOOP_PICTURES")
"""Where pictures of the page are left, for the README."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    needs_chromium()
    with served(some_weeks_in(tmp_path_factory.mktemp("web"))) as site:
        yield site


def some_weeks_in(folder: Path) -> Programme:
    """Return a programme in its fourth week, with takeaways, action items and topics that wait."""
    topics = [*TEAM["topics"], *({"title": f"Topic {n}", "area": "tests", "votes": n % 3} for n in range(14))]
    programme = Programme(folder, {**TEAM, "topics": topics}, MONDAY - timedelta(weeks=3))
    for week in range(3):
        programme.settle()
        programme.later(days=6)
        for path in (one for one in programme.pages() if one.startswith(f"{programme.now:%Y}")):
            with (programme.wiki / path).open("a") as page:
                box = f"- [{'x' if week % 2 else ' '}] @dan order book {week} by 2026-12-0{week + 1}"
                page.write(f"\n## Takeaways\n\n- Retries need jitter\n\n## More\n\n{box}\n")
        programme.settle()
        programme.later(days=1)
    programme.settle()
    return programme


def come_in(on: Screen, web: Served, email: str = WHO) -> None:
    on.page.goto(f"{web.base}/?token={TOKEN}")
    on.page.locator(f"button[value='{email}']").click()
    on.page.wait_for_url("**/t/platform/")


def places(web: Served) -> list[str]:
    """Return the address of one page of each kind."""
    memory = web.programme.memory()
    sessions = memory.by_start()
    with_page = next(one for one in sessions if memory.observed(one.page))
    shown = [
        f"session/{sessions[0].key}",
        f"session/{sessions[-1].key}",
        f"page/{with_page.page}",
        "page/platform/home",
    ]
    tabs = ("", "turns", "items", "topics", "past", "outcomes", "activity", "trouble")
    return ["/who", *(f"/t/platform/{one}" for one in (*tabs, *shown)), "/nowhere"]


SOME = [(DESKTOP, "light"), (PHONE, "dark")]
SCREENS = either(SOME, [*SOME, (DESKTOP, "dark"), (PHONE, "light")])


@soaked
@pytest.mark.parametrize(("size", "scheme"), SCREENS, ids=lambda one: one if isinstance(one, str) else one["width"])
def test_every_page_is_fit_for_everybody(web: Served, browser: Browser, size: dict[str, int], scheme: Scheme) -> None:
    with screen(browser, size, scheme) as on:
        come_in(on, web)
        for place in places(web):
            on.page.goto(web.base + place)
            assert on.violations() == [], place
            assert not on.is_too_wide, place
        assert [one for one in on.wrong if "404" not in one] == []


@soaked
@pytest.mark.parametrize("scheme", either(["dark"], ["dark", "light"]))
def test_what_a_mails_links_lead_to_is_fit_for_everybody(tmp_path: Path, browser: Browser, scheme: Scheme) -> None:
    programme = Linked(tmp_path, {**TEAM, "recording": {"consent": "everyone"}, "pulse": "on"})
    programme.settle()
    with (programme.wiki / next(path for path in programme.pages() if "lunch" in path)).open("a") as page:
        page.write("\n- [ ] @dan order the books by 2026-12-01\n")
    programme.later(days=4, hours=1)
    programme.settle()
    with served(programme, programme.operator.web) as web, screen(browser, PHONE, scheme) as on:
        for person, ask in asks(programme):
            address = Links(web.base, web.site.signatures).answer("platform", person, ask)
            on.page.goto(address)
            assert on.page.locator("button").count() or ask.purpose in NOT_NOW, ask
            if ask.purpose in either({Purpose.ITEM, Purpose.NEED, Purpose.PULSE}, {*Purpose}):
                assert on.violations() == [], ask
            assert not on.is_too_wide, ask
        assert on.wrong == []
        on.page.goto(f"{web.base}/a/forged")
        assert on.violations() == []
        html = max((html_of(text, "Today") for text in texts(programme, "dan")), key=len)
        on.page.set_content(html)
        assert not on.is_too_wide and on.page.locator("a").count() >= len(AT_ANY_TIME)


def asks(programme: Programme) -> list[tuple[str, Ask]]:
    """Return somebody who is asked it, and what, for each purpose."""
    memory = programme.memory()
    own = [one for one in memory.by_start() if one.takes_place and "presenter" in one.roles]
    coming = next(one for one in own if one.slot.starts_at > programme.now)
    over, (item, *_) = own[0], memory.items.values()
    of_a_session = {Purpose.PULSE: over, Purpose.LEARNED: over}
    about = {each.purpose: "" for each in AT_ANY_TIME} | {Purpose.ITEM: item.key}
    about |= {one: of_a_session.get(one, coming).key for one in Purpose if one not in about}
    person = {Purpose.ITEM: str(item.assignee)}
    return [(person.get(one, coming.roles["presenter"]), Ask(one, about[one])) for one in Purpose]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_all_that_can_be_said_is_said_with_and_without_scripts(tmp_path: Path, browser: Browser, scripts: bool) -> None:
    programme = Programme(tmp_path)
    programme.settle()
    with served(programme) as web, screen(browser, PHONE, scripts=scripts) as on:
        one = next(one for one in programme.memory().by_start() if "presenter" in one.roles)
        come_in(on, web, one.roles["presenter"])
        on.page.goto(f"{web.base}/t/platform/session/{one.key}")
        on.page.get_by_role("button", name="I can't be presenter").click()
        expect(on.page.get_by_role("status")).to_contain_text("somebody else is looked for")
        on.page.goto(f"{web.base}/t/platform/topics")
        on.page.get_by_label("What?").fill("How do our backups work?")
        on.page.get_by_role("button", name="Say it without a name").click()
        expect(on.page.get_by_role("status")).to_contain_text("without your name")
        assert len(programme.memory().statements) == 2


def test_the_keyboard_alone_leads_everywhere(web: Served, browser: Browser) -> None:
    with screen(browser) as on:
        on.page.goto(f"{web.base}/?token={TOKEN}")
        on.page.locator(f"button[value='{WHO}']").focus()
        on.page.keyboard.press("Enter")
        on.page.wait_for_url("**/t/platform/")
        on.page.keyboard.press("Tab")
        expect(on.page.get_by_text("Skip to the content")).to_be_focused()
        on.page.keyboard.press("Enter")
        assert on.page.evaluate("document.activeElement.id") == "main"
        on.page.get_by_role("link", name="Turns").focus()
        on.page.keyboard.press("Enter")
        on.page.wait_for_url("**/turns")
        summary = on.page.locator("summary").first
        summary.focus()
        on.page.keyboard.press("Enter")
        expect(on.page.locator("details[open]")).to_have_count(1)


def test_what_the_readme_shows_is_what_is_there(web: Served, browser: Browser, tmp_path: Path) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    with screen(browser, {"width": 1000, "height": 760}) as on:
        come_in(on, web)
        for name, place in (("next", ""), ("turns", "turns")):
            on.page.goto(f"{web.base}/t/platform/{place}")
            on.page.screenshot(path=folder / f"{name}.png")
            assert (folder / f"{name}.png").stat().st_size > 10_000


def test_no_word_is_too_long_for_a_phone(tmp_path: Path, browser: Browser) -> None:
    word = "W" * 120
    team: dict[str, Any] = deepcopy(dict(TEAM))
    team["members"][0]["name"] = f"Ada {word}"
    team["series"][0]["name"] = f"Lunch {word}"
    team["topics"] = [{"title": f"{n}{word}", "area": word[:90], "why": word, "votes": 9 - n} for n in range(9)]
    programme = Programme(tmp_path, team)
    programme.settle()
    page = next(path for path in programme.pages() if path.startswith("2026-11-26"))
    with (programme.wiki / page).open("a") as text:
        text.write(f"\n- [ ] @ada {word} by 2026-12-01\n\n## Takeaways\n\n- {word}\n\n```\n{word}\n```\n\n")
        text.write(f"`{word}`\n\n| a | b |\n|---|---|\n| {word} | {word} |\n")
    programme.later(days=4)
    programme.settle()
    with served(programme) as web, screen(browser, PHONE) as on:
        come_in(on, web)
        for place in places(web):
            on.page.goto(web.base + place)
            assert not on.is_too_wide, place
