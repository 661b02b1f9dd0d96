"""A real browser for the web page: Debian's Chromium, driven by Playwright, and axe, which judges what it shows."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
PATIENCE = 300_000
"""Milliseconds that anything may take: only against hanging, for the machine may be busy with other things."""
expect.set_options(timeout=PATIENCE)
DESKTOP, PHONE = {"width": 1200, "height": 800}, {"width": 390, "height": 844}


def needs_chromium() -> None:
    """Leave a test out where no browser is installed; where all is tried for a release, that is a failure."""
    if CHROMIUM is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no browser: apt-get install chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser until the block ends."""
    needs_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Screen:
    """A window of some size in light or dark, and everything that went wrong in it."""

    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """Return what axe has to say against the page that is open."""
        found = Axe().run(self.page, options={"runOnly": RULES})
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found.response["violations"]]

    @property
    def is_too_wide(self) -> bool:
        """Whether the page can be moved sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@contextmanager
def screen(browser: Browser, size: Any = DESKTOP, scheme: Scheme = "light", scripts: bool = True) -> Iterator[Screen]:
    """Open a window until the block ends."""
    context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=scripts, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        made = Screen(context, page)
        page.on("console", lambda message: made.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: made.wrong.append(str(error)))
        yield made
    finally:
        context.close()
