"""No words of anybody's keep a reader busy: what took minutes when it was gone through again and again takes none."""

from time import process_time

import pytest

from config.markdown import code_in, without_code
from daemon.learn import items
from daemon.learn.items import is_dropped
from integrations.formats.markdown.action_items import action_items, unread
from integrations.formats.page_words import LONGEST_ITEM, MOST_ITEMS, MOST_LINES, beginning
from integrations.google_calendar.description import plain
from integrations.local.page_text import PageText
from tests.bench.readers import (
    CALENDARS,
    DESCRIPTIONS,
    LINES,
    WORDS,
    Reader,
    Shape,
    calendar,
    page_text,
    what_people_wrote,
    words_of_an_item,
)

MOST_SECONDS = 10


@pytest.mark.parametrize(
    ("read", "shape", "size"),
    [
        (plain, DESCRIPTIONS["'<a ' again and again"], 1_000_000),
        (page_text, LINES["marks"], 1_000_000),
        (page_text, LINES["a blank title"], 1_000_000),
        (page_text, LINES["fences"], 400_000),
        (page_text, LINES["conflicts"], 1_000_000),
        (page_text, lambda size: f"<!-- peerloop:begin a b c -->\n|{' ' * size}x\n<!-- peerloop:end a -->", 1_000_000),
        (what_people_wrote, LINES["a wide table"], 100_000),
        (what_people_wrote, LINES["titles within titles"], 20_000),
        (what_people_wrote, WORDS["growing runs of `"], 100_000),
        (what_people_wrote, WORDS["'**a _b ' again and again"], 100_000),
        (what_people_wrote, WORDS["'![' again and again"], 100_000),
        (words_of_an_item, WORDS["growing runs of `"], 300_000),
        (words_of_an_item, WORDS["'(dropped: ' again and again"], 100_000),
        (words_of_an_item, lambda size: "by " * 20 + "the " * (size // 4), 100_000),
        (words_of_an_item, lambda size: f"a{'_' * size}b", 100_000),
        (calendar, lambda size: CALENDARS["dates taken out"](size), 1_000_000),
        (calendar, CALENDARS["one line"], 8_000_000),
        (calendar, CALENDARS["guests"], 4_000_000),
        (lambda text: what_people_wrote(beginning(text)), LINES["links in brackets"], 100_000),
        (lambda text: what_people_wrote(beginning(text)), LINES["lists in lists"], 100_000),
    ],
)
def test_what_a_reader_takes_grows_with_the_words_alone(read: Reader, shape: Shape, size: int) -> None:
    text, start = shape(size), process_time()
    read(text)
    assert process_time() - start < MOST_SECONDS


def test_code_is_what_stands_between_like_runs_of_backticks() -> None:
    text = "a `b` ``c ` d`` ```e` f"
    assert [text[start:end] for start, end in code_in(text)] == ["`b`", "``c ` d``"]
    assert without_code("`a` `` ` ``` b", "-") == "--- `` ` ``` b"


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("call them (dropped: (no) budget [yet])", True),
        ("call them [won't do]", True),
        ("call them (dropped: no budget) on Monday", False),
        ("call them (dropped: no budget", False),
        ("call them (dropped]", False),
        ("call them (dropped because we moved).", True),
        ("call them (see (dropped))", True),
    ],
)
def test_a_remark_in_brackets_at_the_end_drops_an_item(text: str, dropped: bool) -> None:
    assert is_dropped(text) is dropped


def test_of_what_is_too_much_the_beginning_is_read_and_what_is_too_long_is_told() -> None:
    many = "\n".join(f"- [ ] @ada do {number}" for number in range(MOST_ITEMS + 300))
    assert len(action_items("page", many)) == MOST_ITEMS + 1
    long = f"- [ ] @ada {'very ' * LONGEST_ITEM}long"
    assert action_items("page", long) == ()
    assert [len(line) for line in unread("page", long)] == [300]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_of_too_many_lines_the_first_are_read(end: str) -> None:
    whole = end.join(["a"] * MOST_LINES)
    assert beginning(whole) == whole
    assert beginning(f"{whole}{end}b{end}c") == whole


def test_a_fence_hides_a_conflict_only_where_it_is_closed() -> None:
    conflict = "<<<<<<< a\nb\n=======\nc\n>>>>>>> d\n"
    assert not PageText(f"````\n```\n{conflict}````\n").conflict
    assert PageText(f"~~~\n```\n{conflict}```\n").conflict == ""
    assert PageText(f"```\n{conflict}~~~\n").conflict
    assert PageText(f"```\na\n```\n{conflict}").conflict


@pytest.mark.parametrize(("vanished", "fresh"), [(1, 1), (20, 20), (3, 500), (500, 500), (500, 1)])
def test_of_many_rewritten_items_those_near_each_other_are_compared(vanished: int, fresh: int) -> None:
    pairs = list(items._pairs(vanished, fresh))
    assert len(pairs) <= max(items.PAIRS, 2 * fresh)
    assert {(n, n) for n in range(min(vanished, fresh))} <= set(pairs)
    assert len(pairs) == vanished * fresh or vanished * fresh > items.PAIRS
