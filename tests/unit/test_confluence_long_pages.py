"""Pages that are too long, for one answer together or each by itself: they hide nobody else's."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from daemon.ports import Refused
from integrations.confluence.storage import LARGEST
from tests.fakes.confluence_connection import HOME, OTHER, PAGE, PARENT, SPACE, Connection, connected

ANSWER = 600_000
"""How many bytes of an answer are read here, so that nothing has to be megabytes long."""
LONG, TOO_LONG, FAR_TOO_LONG = (f"<p>{'so much ' * (size // 8)}</p>" for size in (LARGEST - 5_000, 400_000, 700_000))


@pytest.fixture(params=["cloud", "data-center"])
def confluence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setattr("integrations.transport.LARGEST", ANSWER)
    with connected(request.param, monkeypatch) as connection:
        yield connection


def test_pages_that_are_too_long_together_are_read_in_parts(confluence: Connection) -> None:
    pages = [replace(PAGE, key=PAGE.key.replace("12-10", f"12-{day}"), title=f"{day}") for day in range(10, 13)]
    for page in pages:
        confluence.server.person_edits(confluence.made(page).id, confluence.kept(page).storage + LONG)
    for cursor in (None, confluence.look().cursor):
        for page in pages:
            confluence.server.person_edits(confluence.kept(page).id, confluence.kept(page).storage + "<p>More.</p>")
        seen = confluence.look(cursor)
        assert {one.key: one.trouble for one in seen.seen} == {page.key: "" for page in pages}


@pytest.mark.parametrize("text", [TOO_LONG, FAR_TOO_LONG], ids=["more than is read", "more than one answer"])
def test_a_page_that_is_too_long_alone_is_told_of_and_hides_no_other(confluence: Connection, text: str) -> None:
    page, other = confluence.made(), confluence.made(OTHER)
    cursor = confluence.look().cursor
    mine = page.storage
    confluence.server.person_edits(page.id, mine + text)
    confluence.server.person_edits(other.id, other.storage + "<p>More.</p>")
    look = confluence.look(cursor)
    long, short = sorted(look.seen, key=lambda one: one.key)
    assert (long.key, long.gone, short.key, short.trouble) == (PAGE.key, False, OTHER.key, "")
    assert long.trouble == (
        f"“{PAGE.title}” cannot be read (it is longer than 300,000 characters), and is left as it is. "
        "Move a part of it to another page."
    )
    assert long.not_read == (
        "is more than peerloop reads (it is longer than 300,000 characters), and nothing of it is read; "
        "move a part of it to another page"
    )
    assert confluence.write(replace(PAGE, region="new"), "region").error == long.trouble
    assert confluence.server.page(page.id).storage == mine + text
    confluence.server.requests.clear()
    assert confluence.look(look.cursor).seen == ()
    assert confluence.server.requests.names.count("page.list") == 2, "it is not asked for with its text again"
    confluence.server.person_edits(page.id, mine)
    (again,) = confluence.look(look.cursor).seen
    assert (again.key, again.trouble, again.not_read) == (PAGE.key, "", "")


def test_it_is_not_lost_with_the_ledger_either(confluence: Connection) -> None:
    page = confluence.made()
    confluence.made(HOME)
    confluence.server.person_edits(page.id, page.storage + FAR_TOO_LONG)
    confluence.restarted().server.index.catch_up()
    assert {one.key: bool(one.trouble) for one in confluence.look().seen} == {PAGE.key: True, HOME.key: False}


def test_whoever_takes_our_title_with_long_pages_stops_nothing(confluence: Connection) -> None:
    confluence.server.person_adds_page(SPACE, PAGE.title, FAR_TOO_LONG)
    confluence.server.person_edits(confluence.server.titled(PARENT).id, FAR_TOO_LONG)
    assert confluence.write(PAGE).error == ""
    assert confluence.server.titled(f"{PAGE.title} (2)").status == "current"


def test_pages_of_people_are_kept_by_no_look_and_pages_of_ours_up_to_a_limit(
    confluence: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.confluence.wiki.LARGEST_OF_ALL", 2 * len(LONG))
    mine, parent = confluence.made(), confluence.server.titled(PARENT).id
    for number in range(10):
        page = confluence.server.person_adds_page(SPACE, f"Notes {number}", LONG, parent)
        confluence.server.person_labels(page, "platform")
    confluence.restarted().server.index.catch_up()
    assert [one.key for one in confluence.look().seen] == [PAGE.key]

    confluence.server.person_edits(mine.id, mine.storage + LONG)
    for day in (11, 12):
        other = confluence.made(replace(PAGE, key=PAGE.key.replace("12-10", f"12-{day}"), title=f"{day}"))
        confluence.server.person_edits(other.id, other.storage + LONG)
    confluence.restarted()
    with pytest.raises(Refused, match=r"are together more than the .* MB that peerloop reads, so that none"):
        confluence.look()
