"""How a team's pages on Confluence, of both flavours, are made, changed and found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from daemon.model import Mark, Write, fingerprint
from daemon.ports import Refused
from tests.fakes.confluence_connection import (
    HOME,
    KEY,
    NEWS,
    OTHER,
    PAGE,
    PARENT,
    SPACE,
    Connection,
    Flavour,
    connected,
)

BOTH: tuple[Flavour, ...] = ("cloud", "data-center")


@pytest.fixture(params=BOTH)
def confluence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected(request.param, monkeypatch) as connection:
        yield connection


# making


def test_a_page_is_made_below_its_year_with_labels_and_a_property(confluence: Connection) -> None:
    page = confluence.made()
    year = confluence.server.titled(f"{PARENT} 2026")
    assert page.parent == year.id
    assert year.parent == confluence.server.titled(PARENT).id
    assert sorted(page.labels) == sorted(PAGE.labels)
    assert [one.value for one in page.properties.values()] == [PAGE.key]
    names = confluence.server.requests.writes.names
    assert names == ["page.create", "page.create", "property.create", "label.add"]


def test_the_second_page_of_a_year_takes_three_requests(confluence: Connection) -> None:
    confluence.made()
    confluence.server.requests.clear()
    assert confluence.made(OTHER).parent == confluence.kept().parent
    assert confluence.server.requests.names == ["page.create", "property.create", "label.add"]


def test_without_a_parent_pages_go_below_the_first_one(confluence: Connection) -> None:
    del confluence.use["parent"]
    page = confluence.made()
    year = confluence.server.page(page.parent or "")
    assert (year.title, confluence.server.page(year.parent or "").title) == (f"{KEY} sessions 2026", f"{SPACE} Home")
    assert confluence.restarted().seen()


def test_a_property_that_is_refused_right_after_a_write_is_written_all_the_same(confluence: Connection) -> None:
    confluence.server.behaviour.property_conflicts_after_write = True
    assert [one.value for one in confluence.made().properties.values()] == [PAGE.key]


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize("fate", ["stays", "is archived", "is trashed", "is hidden", "is in capitals"])
def test_a_title_that_is_taken_gets_a_number(confluence: Connection, fate: str, status: int) -> None:
    confluence.server.behaviour.title_taken = status
    title = PAGE.title.upper() if fate == "is in capitals" else PAGE.title
    theirs = confluence.server.person_adds_page(SPACE, title)
    acts = {
        "is archived": confluence.server.person_archives,
        "is trashed": confluence.server.person_trashes,
        "is hidden": confluence.server.person_restricts,
    }
    acts.get(fate, lambda _: None)(theirs)
    is_free = confluence.flavour == "cloud" and fate == "is trashed"
    assert confluence.made().title == (PAGE.title if is_free else f"{PAGE.title} (2)")
    seen = confluence.restarted().seen()
    assert seen
    assert seen.shown == fingerprint(PAGE.content)  # nobody has retitled it
    assert confluence.server.page(theirs).version == 1


def test_a_new_title_that_is_taken_gets_a_number_too(confluence: Connection) -> None:
    confluence.made()
    confluence.server.person_adds_page(SPACE, NEWS.title)
    written = confluence.write(NEWS, "title", "region")
    assert written.error == ""
    assert written.observed
    assert written.observed.shown == fingerprint(NEWS.content)
    assert confluence.kept().title == f"{NEWS.title} (2)"


def test_a_person_s_title_is_kept(confluence: Connection) -> None:
    page = confluence.made()
    confluence.server.person_retitles(page.id, "Our ingress")
    seen = confluence.seen()
    assert seen
    assert (seen.title, seen.shown["title"]) == ("Our ingress", fingerprint({"title": "Our ingress"})["title"])
    assert confluence.write(NEWS, "region").error == ""
    assert confluence.kept().title == "Our ingress"


def test_titles_of_any_length_and_sign(confluence: Connection) -> None:
    titles = ['"Quoted" \\ title = "x" and type in (page) & <b>', "x" * 250, "'", "%20+?#", "日本語"]
    keys = [f"{KEY}/lunch/2026-12-{10 + number}T12:15/page" for number in range(len(titles))]
    pages = [replace(PAGE, key=key, title=title) for key, title in zip(keys, titles, strict=True)]
    for page in pages:
        confluence.server.person_adds_page(SPACE, page.title)
        assert confluence.made(page).title == f"{page.title} (2)"
    assert {one.key for one in confluence.restarted().look().seen} == {page.key for page in pages}


# the page of a year, and the page above


def test_a_year_s_page_of_a_person_is_used(confluence: Connection) -> None:
    year = confluence.server.person_adds_page(SPACE, f"{PARENT} 2026", "<p>Ours</p>")
    assert confluence.made().parent == year
    assert confluence.server.page(year).storage == "<p>Ours</p>"


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("fate", ["trashed", "archived", "hidden"])
def test_a_year_s_page_that_is_put_away_is_not_brought_back(confluence: Connection, fate: str, before: bool) -> None:
    year = confluence.made().parent or ""
    cursor = confluence.look().cursor
    act = {"trashed": "person_trashes", "archived": "person_archives", "hidden": "person_restricts"}[fate]
    getattr(confluence.server, act)(year)
    confluence.look(cursor if before else None)
    error = confluence.write(OTHER).error
    if confluence.flavour == "cloud" and fate == "trashed":  # where its title is free again
        assert error == ""
        assert confluence.server.page(year).status == "trashed"
        above = confluence.server.page(confluence.kept(OTHER).parent or "")
        assert (above.title, above.status) == (f"{PARENT} 2026", "current")
        return
    assert f"“{PARENT} 2026”, below which the pages of that year go, is" in error
    assert ("not shown" in error) is (fate == "hidden")
    assert len([one for one in confluence.server.pages() if one.title == f"{PARENT} 2026"]) == (fate == "hidden")


def test_a_year_s_page_that_was_moved_does_not_take_the_pages_along(confluence: Connection) -> None:
    year = confluence.made().parent or ""
    confluence.server.person_moves(year, confluence.server.person_adds_page(SPACE, "Attic"))
    confluence.server.index.catch_up()
    assert confluence.restarted().seen()
    assert confluence.made(OTHER).parent == year


@pytest.mark.parametrize("fate", ["is missing", "is trashed", "is hidden"])
def test_the_parent_is_missing(confluence: Connection, fate: str) -> None:
    confluence.made()
    cursor = confluence.look().cursor
    parent = confluence.server.titled(PARENT).id
    acts = {"is trashed": confluence.server.person_trashes, "is hidden": confluence.server.person_restricts}
    acts.get(fate, confluence.server.person_purges)(parent)
    for known in (cursor, None):
        said = (
            "is in the trash. Restore it" if fate == "is trashed" else "or does not show it to whom we sign in as: make"
        )
        with pytest.raises(Refused, match=f"page “{PARENT}”.* below which the pages are .*{said}"):
            confluence.look(known)


# templates, charts, many pages, other addresses


@pytest.mark.parametrize("by", ["name", "id", "the site's"])
def test_the_space_s_own_template(confluence: Connection, by: str) -> None:
    text = (
        '<at:declarations><at:string at:name="topic" /><at:string at:name="mood" /></at:declarations>'
        '<h2><at:var at:name="topic" /></h2><p>by <at:var at:name="facilitator" />, <at:var at:name="mood" />.</p>'
    )
    made = confluence.server.add_template("Session", text, "" if by == "the site's" else SPACE)
    confluence.use["template"] = made if by == "id" else "Session"
    page = replace(PAGE, values={"topic": "<ac:macro> & ]]>", "facilitator": "Ada"})
    confluence.made(page)
    assert confluence.around() == "<h2>&lt;ac:macro&gt; &amp; ]]&gt;</h2><p>by Ada, .</p>"


def test_a_template_that_is_missing_or_broken_is_told(confluence: Connection) -> None:
    confluence.use["template"] = "Sesion"
    assert "knows nothing of a template “Sesion” in the space PLAT" in confluence.write(PAGE).error
    confluence.server.add_template("Broken", "<p>", SPACE)
    confluence.use["template"] = "Broken"
    assert "The template “Broken” cannot be read: line 1" in confluence.write(PAGE).error
    assert confluence.made(HOME)  # which is not made from it


def test_the_chart_is_attached_and_again_where_it_differs(confluence: Connection) -> None:
    page = confluence.made(HOME)
    assert page.parent == confluence.server.titled(PARENT).id
    words = replace(HOME, region=f"{HOME.region}\n\nmore")
    assert confluence.write(words, "region").error == ""
    assert [len(one) for one in confluence.server.attachments(page.id).values()] == [1]
    other = replace(HOME, region=HOME.region.replace("Ada 1", "Ada 2"))
    assert confluence.write(other, "region").error == ""
    assert [len(one) for one in confluence.server.attachments(page.id).values()] == [2]


def test_more_pages_than_one_request_asks_for(confluence: Connection) -> None:
    confluence.made()
    home, year = confluence.made(HOME), confluence.kept().parent
    storage, mark, last = confluence.kept().storage, f"peerloop {PAGE.key} ", ""
    for day in range(300):
        key = f"{KEY}/lunch/{date(2100, 1, 1) + timedelta(days=day)}T12:15/page"
        text = storage.replace(mark, f"peerloop {key} ")
        last = confluence.server.person_adds_page(SPACE, str(day), text, year)
    observation = confluence.restarted().look()
    assert len(observation.seen) == 302
    confluence.server.requests.clear()
    again = confluence.look(observation.cursor)
    assert again.seen == ()
    assert len(confluence.server.requests) <= 2
    confluence.server.person_retitles(last, "Last")
    confluence.server.person_retitles(home.id, "Home")  # is watched however old it is
    assert {one.title for one in confluence.look(again.cursor).seen} == {"Home", "Last"}


@pytest.mark.parametrize("flavour", BOTH)
@pytest.mark.parametrize("context", ["", "/confluence", "/ex/confluence/5b10ac8d/wiki"])
def test_any_context_path_and_the_gateway(flavour: Flavour, context: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(flavour, monkeypatch, context=context) as connection:
        connection.server.person_adds_task(connection.made().id, "tidy up")
        for day in range(30):
            connection.server.person_adds_page(SPACE, f"Cake {day}", parent_id=connection.kept().parent)
        seen = connection.restarted().seen()
        assert seen
        assert (seen.url or "").startswith(f"{connection.server.url}/")
        assert connection.write(NEWS, "title", "region").error == ""


def test_the_template_is_read_once_for_all_new_pages(confluence: Connection) -> None:
    confluence.use["template"] = "Session"
    confluence.server.add_template("Session", "<p>Welcome</p>", SPACE)
    confluence.look()
    writes = [Write(page, Mark(page.key, fingerprint(page.content))) for page in (PAGE, OTHER)]
    assert [written.error for written in confluence.wiki().write(writes)] == ["", ""]
    names = confluence.server.requests.names
    assert (names.count("template.list"), names.count("template.get")) == (1, 1)
    assert confluence.around(OTHER) == "<p>Welcome</p>"
