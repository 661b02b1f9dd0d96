"""Action items as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import ActionItem, RelativeDay
from integrations.formats.markdown.action_items import action_items, unread
from integrations.formats.page_words import PLACEHOLDER
from tests.soak import examples

DUE = date(2026, 12, 1)


def items(markdown: str) -> tuple[ActionItem, ...]:
    return action_items("page", markdown)


def only(markdown: str) -> tuple[str, str | None, date | RelativeDay | None, bool]:
    (item,) = items(markdown)
    return item.text, item.assignee, item.due, item.done


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- [ ] @ada write the runbook by 2026-12-01", ("write the runbook", "ada", DUE, False)),
        ("* [x] @ada write it", ("write it", "ada", None, True)),
        ("+ [X] @ada write it", ("write it", "ada", None, True)),
        ("1. [ ] @ada write it", ("write it", "ada", None, False)),
        ("12) [ ] @ada write it", ("write it", "ada", None, False)),
        ("> - [ ] @ada write it", ("write it", "ada", None, False)),
        ("- [ ] write it", ("write it", None, None, False)),
        ("- [ ] @ada@example.com: write it, due 2026-12-01.", ("write it.", "ada@example.com", DUE, False)),
        ("- [ ] write it (@ada.l-2), until 2026-12-01", ("write it", "ada.l-2", DUE, False)),
        ("- [ ] **@ada** write it", ("write it", "ada", None, False)),
        ("- [ ] write it with @ada, @bob", ("write it with, @bob", "ada", None, False)),
        ("- [ ] write to carol@example.com by 2026-12-01", ("write to carol@example.com", None, DUE, False)),
        ("- [ ] By 2026-12-01: @ada write it", ("write it", "ada", DUE, False)),
        ("- [ ] @ada write it 2026-12-01", ("write it", "ada", DUE, False)),
        ("- [ ] @ada write it (due: 2026-12-01)", ("write it", "ada", DUE, False)),
        ("- [ ] @ada tell of the 2026-12-01 outage", ("tell of the 2026-12-01 outage", "ada", None, False)),
        ("- [ ] @ada tell of 2026-11-01 by 2026-12-01", ("tell of 2026-11-01", "ada", DUE, False)),
        ("- [ ] @ada write it by 2026-02-30", ("write it by 2026-02-30", "ada", None, False)),
        ("- [ ] @ada write it by 2026-13-01 until 2026-12-01", ("write it by 2026-13-01", "ada", DUE, False)),
        ("- [ ] @ada what by YYYY-MM-DD", ("what by YYYY-MM-DD", "ada", None, False)),
        ("- [ ] @ada use `@cache by 2027-01-01` more", ("use `@cache by 2027-01-01` more", "ada", None, False)),
        ("- [ ] use `@cache` more", ("use `@cache` more", None, None, False)),
        ("- [ ] @ada write <!-- @bob, or not --> it", ("write it", "ada", None, False)),
        ("- [ ] see https://example.com/@ada/x", ("see https://example.com/@ada/x", None, None, False)),
        ("- [ ] @ada write\n  it by\n  2026-12-01", ("write it", "ada", DUE, False)),
        ("- [ ] @ada write it\nNot of the item", ("write it", "ada", None, False)),
        ("- [ ] <del>@ada write it</del> `<s>`", ("~~write it~~ `<s>`", "ada", None, False)),
        ("- [ ] @ada's runbook: check", ("runbook: check", "ada", None, False)),
        ("- [ ] check @ada’s runbook", ("check runbook", "ada", None, False)),
        ("- [ ] @o'brien@example.com write it", ("write it", "o'brien@example.com", None, False)),
        ("- [ ] update @angular/core", ("update @angular/core", None, None, False)),
        ("- [ ] use @cache() more", ("use @cache() more", None, None, False)),
        ("- [ ]@ada write it", ("write it", "ada", None, False)),
        ("- [] @ada write it", ("write it", "ada", None, False)),
        ("- [\u00a0] @ada write it", ("write it", "ada", None, False)),
        ("- [  ]\u00a0@ada write it", ("write it", "ada", None, False)),
        ("- ［ ］ @ada write it", ("write it", "ada", None, False)),
        ("- 【ｘ】@ada write it", ("write it", "ada", None, True)),
        ("- [✓] @ada write it", ("write it", "ada", None, True)),
        ("- \\[ \\] @ada write it", ("write it", "ada", None, False)),
        ("- ☐ @ada write it", ("write it", "ada", None, False)),
        ("* ☑ @ada write it", ("write it", "ada", None, True)),
        ("- [/] @ada write it", ("write it", "ada", None, False)),
        ("- ~~[ ] @ada write it~~", ("~~write it~~", "ada", None, False)),
        ("| What |\n| --- |\n| [ ] @ada write it by 2026-12-01 |", ("write it", "ada", DUE, False)),
        ("| | What | Who | Due |\n|-|-|-|-|\n| [x] | write it | @ada | 2026-12-01 |", ("write it", "ada", DUE, True)),
        ("| What | Who | State |\n|-|-|-|\n| [ ] write it | @ada | begun |", ("write it", "ada", None, False)),
        ("- [ ] @zoë schreibt’s auf by 2026-12-01\r\n", ("schreibt’s auf", "zoë", DUE, False)),
    ],
)
def test_an_item_as_it_is_written(line: str, expected: tuple[str, str | None, date | None, bool]) -> None:
    assert only(f"## Action items\n\n{line}\n") == expected


@pytest.mark.parametrize("box", ["[-]", "[~]", "[ - ]", "[–]"])
def test_a_box_that_says_that_it_will_not_be_done(box: str) -> None:
    (item,) = items(f"- {box} @ada write it")
    assert (item.text, item.dropped, item.done) == ("write it", True, False)


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("- [?] @ada write it", "@ada write it"),
        ("- [ ] @ada", "@ada"),
        ("- [ ] @ada by 2026-12-01", "@ada by 2026-12-01"),
        ("[ ] @ada write it", "[ ] @ada write it"),
        ("Then:\n☐ @ada write it", "☐ @ada write it"),
        ("-[ ] @ada write it", "-[ ] @ada write it"),
    ],
)
def test_what_looks_like_an_item_and_cannot_be_read(markdown: str, said: str) -> None:
    assert (items(markdown), unread("page", markdown)) == ((), (said,))


@pytest.mark.parametrize(
    "markdown",
    [
        *(f"- [ ] {PLACEHOLDER}", "- [ ]", "- @ada write it", "- [ ] write it", "```\n[ ] no\n```", "[1] a source", ""),
        *("- ✅ shipped", "| [ ] | |\n| --- | --- |\n| [ ] | |", "See [x] and [ ]", "[x](https://example.com)"),
    ],
)
def test_nothing_that_cannot_be_read(markdown: str) -> None:
    assert unread("page", markdown) == ()


def test_how_else_an_at_may_be_meant() -> None:
    (item,) = items("- [ ] replace @property by a method, @ada, by 2026-12-01")
    assert (item.text, item.assignee) == ("replace by a method, @ada", "property")
    assert item.otherwise == (
        ("replace @property by a method", "ada"),
        ("replace @property by a method, @ada", None),
    )
    assert items("- [ ] @zoe write it")[0].otherwise == ()


@pytest.mark.parametrize(
    "markdown",
    [
        f"- [ ] {PLACEHOLDER}",
        f"- [x] {PLACEHOLDER}  ",
        "- [ ]",
        "- [ ] @ada",
        "- [ ] @ada by 2026-12-01",
        "- [](https://example.com) write it",
        "- [x](https://example.com) write it",
        "- [?] @ada write it",
        "- [s]he writes it",
        "- [1] a source",
        "| [ ] | @ada |\n| --- | --- |\n| [ ] | @ada |",
        "| Name | May we record? |\n| --- | --- |\n| Ada | [x] yes |",
        "- @ada write it",
        "[ ] @ada write it",
        "```\n- [ ] @ada write it\n```",
        "    - [ ] @ada write it",
        "<!--\n- [ ] @ada write it\n-->",
        "- [link](https://example.com) [ ] no",
        "",
    ],
)
def test_what_is_no_item(markdown: str) -> None:
    assert items(markdown) == ()


def test_items_are_found_at_any_depth_in_their_order() -> None:
    markdown = "- [ ] one\n  - [x] two\n    1. [ ] three\n- words\n\n  - [ ] four\n\ntext\n\n* [ ] five"
    assert [(item.text, item.done) for item in items(markdown)] == [
        ("one", False),
        ("two", True),
        ("three", False),
        ("four", False),
        ("five", False),
    ]


@pytest.mark.parametrize(
    ("markdown", "texts"),
    [
        ("- words\n[ ] @ada one\nno part of it\n  [x] two\n  goes on", ["one", "two goes on"]),
        ("- [ ] one\n  of it\n☐ two\n- [ ] three", ["one of it", "two", "three"]),
        ("1. words\n\n   [ ] one", ["one"]),
        ("> - words\n> [ ] one", ["one"]),
        ("- see\n  [x](https://e.x) one\n\n      [ ] code", []),
    ],
)
def test_a_line_of_a_list_that_begins_with_a_box_is_an_item(markdown: str, texts: list[str]) -> None:
    assert ([item.text for item in items(markdown)], unread("page", markdown)) == (texts, ())


@pytest.mark.parametrize(
    ("words", "names", "besides"),
    [
        ("@ada @bob fix it", ("bob",), "fix it"),
        ("fix it, @ada, @bob and @cat, by 2026-12-01", ("bob", "cat"), "fix it"),
        ("@ada fix it with @bob", (), ""),
    ],
)
def test_whom_an_item_names_in_one_row(words: str, names: tuple[str, ...], besides: str) -> None:
    (item,) = items(f"- [ ] {words}")
    assert (item.assignee, item.together, item.besides) == ("ada", names, besides)


def test_an_item_keeps_its_identity_while_its_words_stay() -> None:
    (before,) = items("- [ ] @ada write the runbook by 2026-12-01")
    (after,) = items("1. [x]  Write the **runbook**  @bob until 2027-01-01".replace("**", ""))
    assert before.id == after.id
    assert before.id != items("- [ ] write another runbook")[0].id


def test_items_in_the_same_words_are_told_apart() -> None:
    first, second, third = (item.id for item in items("- [ ] @ada read\n- [ ] @bob read\n- [ ] @eve Read"))
    assert len({first, second, third}) == 3
    assert [item.id for item in items("- [ ] @ada read\n- [x] @bob read")] == [first, second]


@given(st.lists(st.sampled_from(list("-*+ []xX@ab.12\n\t`<>!()")), max_size=60).map("".join))
@examples(200)
def test_any_markdown_is_read(markdown: str) -> None:
    found = items(markdown)
    assert all(item.text and item.id for item in found)
    assert len({item.id for item in found}) == len(found)
