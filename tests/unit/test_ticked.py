"""What is done elsewhere is shown as done: the box of just that item is ticked, and nothing else of its page moves."""

import pytest

from integrations.formats.markdown.action_items import action_items
from integrations.formats.markdown.ticked import ticked

PAGES = {
    "- [ ] @ada order books\n- [ ] @ada order more\n": 0,
    "- [ ] @ada order books\n- [ ] @ada order books\n": 1,
    "1. [x] @ada call\n2. [ ] @bob call, then write\n": 1,
    "- [ ] @ada plan\n    - [ ] @bob plan\n      - [ ] @cleo plan\n": 2,
    "- talk\r\n  [ ] @ada order books\r\n  [ ] @bob order more\r\n\r\nend": 1,
    "| who | what |\n|---|---|\n| @ada | [ ] order books |\n| @bob | [ ] order books |\n": 1,
    "| done | what | who |\n|---|---|---|\n| [ ] | order books | @ada |\n| [ ] | order more | @bob |\n": 1,
    "```\n- [ ] @ada order books\n```\n\n- [ ] @ada order books by 2026-12-01\n": 0,
    "> - [ ] @ada order [the] *books*\n>\n> - [ ] @ada\x0border\u2028more\n": 1,
}


@pytest.mark.parametrize(("page", "number"), PAGES.items())
def test_just_the_box_of_an_item_that_is_done_is_ticked(page: str, number: int) -> None:
    before = action_items("page", page)
    shown = ticked("page", page, {before[number].id})
    changed = [(old, new) for old, new in zip(page, shown, strict=True) if old != new]
    assert changed == [(" ", "x")]
    after = action_items("page", shown)
    assert [one.done for one in after] == [one.done or at == number for at, one in enumerate(before)]
    assert [one.text for one in after] == [one.text for one in before]


def test_what_is_ticked_already_or_on_no_page_changes_nothing() -> None:
    page = "- [x] @ada order books\n- [ ] @bob order more\n"
    done = {action_items("page", page)[0].id, "elsewhere"}
    assert ticked("page", page, done) == ticked("page", page, set()) == page
