"""Pages that people move, empty, delete and bring back, in a folder and on Confluence: what is said of them is so."""

import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from daemon.plan.plan import Action
from tests.fakes.confluence import ConfluenceServer
from tests.scenarios.confluence_programme import FLAVOURS, PARENT, SPACE, USE, ConfluenceProgramme, confluence
from tests.scenarios.programme import Programme

LUNCH = "platform/lunch-learn/2026-11-26T12:15/page"
BOARD = "https://whimsical.com/ours"
TOPICS = [{"title": "Caches", "votes": 99}]


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as server:
        yield server


@pytest.fixture
def programme(server: ConfluenceServer, tmp_path: Path) -> ConfluenceProgramme:
    return ConfluenceProgramme(server, tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> Programme:
    return Programme(tmp_path)


def edited(programme: Programme, **more: Any) -> None:
    assert programme.edit({**programme.team, **more}), programme.faults


def place(programme: Programme, key: str = LUNCH) -> str:
    """Return the id or the path of a page."""
    return programme.shown().pages_of[key]


def test_an_earlier_version_of_a_page_is_brought_up_to_date(programme: ConfluenceProgramme) -> None:
    programme.settle()
    server, page = programme.server, place(programme)
    title, text = server.page(page).title, server.page(page).storage
    edited(programme, whiteboard=BOARD, sessions=[{"series": "Lunch & Learn", "on": "2026-11-26", "topic": "Vacuum"}])
    programme.settle()
    assert "Vacuum" in server.page(page).title
    server.person_edits(page, f"{text}<p>And cake.</p>")
    server.person_retitles(page, title)
    outcome = programme.run()
    assert outcome.plan.findings == ()
    assert "Vacuum" in server.page(page).title
    assert BOARD in server.page(page).storage
    assert server.page(page).storage.endswith("<p>And cake.</p>")
    assert programme.settle().plan.changes == ()


def test_an_earlier_version_of_a_file_is_brought_up_to_date(local: Programme) -> None:
    local.settle()
    page = local.wiki / place(local)
    earlier = page.read_text()
    edited(local, whiteboard=BOARD, sessions=[{"series": "Lunch & Learn", "on": "2026-11-26", "topic": "Vacuum"}])
    local.settle()
    current = page.read_text()
    page.write_text(earlier)  # as `git checkout HEAD~1 -- page.md` does
    assert local.run().plan.findings == ()
    assert page.read_text() == current
    page.write_text(earlier.replace("| Session |", "| Our session |"))  # an earlier version, and edited
    local.settle()
    assert "Our session" in page.read_text()


def test_an_earlier_calendar_that_is_restored_is_brought_up_to_date(local: Programme) -> None:
    local.settle()
    earlier = local.calendar_path.read_bytes()
    edited(local, sessions=[{"series": "Lunch & Learn", "on": "2026-12-03", "move_to": "2026-12-04 10:00"}])
    local.settle()
    local.calendar_path.write_bytes(earlier)
    outcome = local.run()
    assert (outcome.errors, outcome.plan.findings) == ((), ())
    starts = {session.slot.starts_at.strftime("%d %H:%M") for session in local.memory().sessions.values()}
    assert "04 10:00" in starts and "03 12:15" not in starts


def test_pages_that_moved_with_their_year_and_lost_their_labels_are_not_gone(programme: ConfluenceProgramme) -> None:
    server = programme.server
    server.index.lag = None
    edited(programme, wiki={**USE, "open": "12 days before"})
    programme.run()
    ours = {key: one for key, one in programme.shown().pages_of.items() if key != "platform/home"}
    assert len(ours) == 4
    elsewhere = server.person_adds_page(SPACE, "Archive of talks")
    server.person_moves(server.titled(f"{PARENT} 2026").id, elsewhere)
    for one in ours.values():
        server.person_labels(one)
    programme.client.restart()
    outcome = programme.run()  # which looks for everything, since the one before made pages
    assert (outcome.errors, outcome.plan.findings, outcome.plan.changes) == ((), (), ())
    edited(programme, whiteboard=BOARD)
    programme.settle()
    assert all(BOARD in server.page(one).storage for one in ours.values())


def test_pages_below_another_parent_are_found_where_they_were(programme: ConfluenceProgramme) -> None:
    programme.settle()
    server, before = programme.server, programme.shown().pages_of
    for one in before.values():
        server.person_labels(one)
    server.index.catch_up()
    server.person_adds_page(SPACE, "Learning")
    edited(programme, wiki={**USE, "parent": "Learning"})
    programme.client.restart()
    outcome = programme.settle()
    assert (outcome.errors, outcome.plan.findings) == ((), ())
    assert programme.shown().pages_of == before


def test_a_page_in_which_nothing_of_ours_is_left_is_damaged_and_not_gone(programme: ConfluenceProgramme) -> None:
    programme.run()
    server, page = programme.server, place(programme)
    server.person_edits(page, "<p>Written anew.</p>")
    server.person_deletes_property(page, "peerloop")
    programme.client.restart()
    (finding,) = programme.settle().plan.findings
    assert "the part kept by peerloop has been deleted" in finding.text


@pytest.mark.parametrize("how", ["trashed", "hidden"])
def test_a_page_that_comes_back_goes_on(programme: ConfluenceProgramme, how: str) -> None:
    programme.settle()
    server, page = programme.server, place(programme)
    if how == "trashed":
        server.person_trashes(page)
    else:
        server.person_restricts(page)
    for _ in range(2):
        (finding,) = programme.settle().plan.findings
        assert finding.key == f"{LUNCH}/gone"
    cost = len(programme.asked)
    assert cost <= 2
    edited(programme, whiteboard=BOARD)
    if how == "trashed":
        server.person_restores(page)
    else:
        server.person_restricts(page, hidden=False)
    assert programme.settle().plan.findings == ()
    assert BOARD in server.page(page).storage


def test_what_a_listing_leaves_out_is_asked_for_before_it_counts_as_gone(programme: ConfluenceProgramme) -> None:
    programme.settle()
    server, page = programme.server, place(programme)
    server.index.catch_up()
    server.behaviour.unlisted = {page}
    outcome = programme.run()
    assert (outcome.errors, outcome.plan.findings, outcome.plan.changes) == ((), (), ())


def test_a_file_that_is_moved_renamed_emptied_or_deleted_and_brought_back(local: Programme) -> None:
    local.settle()
    page = local.wiki / place(local)
    text = page.read_text()
    moved = local.wiki / "2026" / "lunch.md"
    moved.parent.mkdir()
    shutil.move(page, moved)
    assert local.settle().plan.findings == ()
    moved.write_text("")
    (finding,) = local.settle().plan.findings
    assert finding.text == (
        "the page “2026-11-26 Lunch & Learn: How our ingress works” is gone: deleted, emptied or moved away by a "
        "person, or hidden from peerloop. It is not made again; --allow-create N brings it back"
    )
    moved.unlink()
    assert len(local.settle().plan.findings) == 1
    edited(local, whiteboard=BOARD)
    page.write_text(text)
    outcome = local.settle()
    assert outcome.plan.findings == ()
    assert BOARD in page.read_text()
    assert Action.CREATE not in [change.action for change in outcome.plan.changes]


SPELLINGS = {
    "a card": r'<a href="\1" data-card-appearance="inline">\1</a>',
    "a link by title": (
        r'<ac:link ac:card-appearance="inline"><ri:page ri:content-title="TITLE" />'
        r"<ac:link-body>\2</ac:link-body></ac:link>"
    ),
    "a bare link by title": r'<ac:link><ri:page ri:space-key="PLAT" ri:content-title="TITLE" /></ac:link>',
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_link_that_the_editor_respells_is_no_edit(programme: ConfluenceProgramme, spelling: str) -> None:
    programme.settle()
    server, home = programme.server, place(programme, "platform/home")
    title = server.page(place(programme)).title
    text, link = server.page(home).storage, re.compile(rf'<a href="([^"]*{place(programme)}[^"]*)">([^<]*)</a>')
    assert link.search(text)
    respelled = link.sub(SPELLINGS[spelling].replace("TITLE", escape(title)), text)
    server.person_edits(home, respelled)
    assert programme.run().plan.changes == ()
    server.person_retitles(place(programme), "Ingress, at last")
    server.person_edits(home, respelled.replace(escape(title), "Ingress, at last"))
    assert programme.run().plan.changes == ()
    edited(programme, topics=TOPICS)
    assert not [one for one in programme.settle().plan.findings if one.key.startswith("platform/home/")]
    assert "Caches" in server.page(home).storage


def test_a_link_that_leads_elsewhere_or_other_words_around_it_are_an_edit(programme: ConfluenceProgramme) -> None:
    programme.settle()
    server, home = programme.server, place(programme, "platform/home")
    other = server.person_adds_page(SPACE, "Elsewhere")
    text, ours = server.page(home).storage, place(programme)
    to_ours = re.compile(rf'<a href="([^"]*{ours}[^"]*)">([^<]*)</a>')
    by_title = '<ac:link><ri:page ri:content-title="{}" /></ac:link>'
    edits = (
        to_ours.sub(by_title.format("Elsewhere"), text, count=1),
        to_ours.sub(by_title.format(escape(server.page(ours).title)), text, count=1).replace(
            "(presenter)", "(hero)", 1
        ),
        to_ours.sub(r'<a href="\1">My words</a>', text, count=1),
        text.replace(f"/{ours}", f"/{other}").replace(f"={ours}", f"={other}"),
    )
    for number, text in enumerate(edits):
        server.person_edits(home, text)
        edited(programme, topics=[{"title": f"Caches {number}", "votes": 9}])
        (finding,) = [one for one in programme.settle().plan.findings if one.key.startswith("platform/home/")]
        assert "a person changed its part kept by peerloop" in finding.text


def test_pages_may_be_kept_in_a_folder(tmp_path: Path) -> None:
    with confluence("cloud") as server:
        folder = server.person_adds_folder(SPACE, "Learning")
        server.index.catch_up()
        programme = ConfluenceProgramme(server, tmp_path)
        edited(programme, wiki={**USE, "parent": "Learning"})
        programme.settle()
        assert server.titled("Learning 2026").parent == folder
        assert server.page(place(programme, "platform/home")).parent == folder
        programme.client.restart()
        assert programme.run().plan.changes == ()
        assert len(programme.asked) <= 2
        server.person_trashes(place(programme))
        (finding,) = programme.settle().plan.findings
        assert finding.key == f"{LUNCH}/gone"


def test_a_title_in_the_trash_is_free_on_cloud_and_taken_on_data_center(programme: ConfluenceProgramme) -> None:
    server, title = programme.server, "2026-11-26 Lunch & Learn: How our ingress works"
    server.person_trashes(server.person_adds_page(SPACE, title))
    programme.settle()
    assert server.page(place(programme)).title == (title if server.world.cloud else f"{title} (2)")


@pytest.mark.parametrize(("how", "where"), [("archives", "in the archive"), ("trashes", "in the trash")])
def test_where_the_page_above_ours_has_gone_is_said(programme: ConfluenceProgramme, how: str, where: str) -> None:
    programme.settle()
    server = programme.server
    getattr(server, f"person_{how}")(server.titled(PARENT).id)
    (error,) = programme.run().errors
    assert error.startswith(
        f"wiki: The page “{PARENT}” of the space {SPACE}, below which the pages are kept, is {where}."
    )
