"""Whole passes on Confluence: what they cost, what people did there, what goes wrong on the way."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from daemon.learn.needs import needs
from daemon.model import Kind
from daemon.plan.guards import Stopped
from daemon.plan.plan import Action
from tests import soak
from tests.fakes.confluence import ConfluenceServer, Page, Request
from tests.scenarios.confluence_programme import FLAVOURS, PARENT, SPACE, USE, ConfluenceProgramme, confluence
from tests.scenarios.programme import heard_of, text_of

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"]
EVERY_DAY = {"name": "Stand", "format": "pairing", "cadence": {"every": "week", "on": DAYS, "at": "11:00"}}
LUNCH = "platform/lunch-learn/2026-11-26T12:15/page"
HOME = "platform/home"
ASKED = soak.either(
    ("page.create", "property.create", "page.update"),
    ("page.create", "property.create", "page.update", "label.add", "attachment."),
)
BOARD = "https://whimsical.com/ours"


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as server:
        server.behaviour.largest_page = 50  # as Data Center gives at once where texts are asked for
        yield server


@pytest.fixture
def programme(server: ConfluenceServer, tmp_path: Path) -> ConfluenceProgramme:
    return ConfluenceProgramme(server, tmp_path)


def edited(programme: ConfluenceProgramme, **more: Any) -> None:
    assert programme.edit({**programme.team, **more}), programme.faults


def page(programme: ConfluenceProgramme, key: str) -> Page:
    return programme.server.page(programme.shown().pages_of[key])


# what it costs


def test_a_cold_start_is_cheap_among_many_pages(programme: ConfluenceProgramme) -> None:
    for number in range(30):
        programme.server.person_adds_page(SPACE, f"Notes {number}", "<p>Cake</p>", programme.server.titled(PARENT).id)
    edited(programme, wiki={**USE, "open": "12 days before"})
    outcome = programme.run()
    assert outcome.errors == ()
    assert [one.action for one in outcome.plan.of({Kind.PAGE})] == [Action.CREATE] * 5  # four and the home page
    assert len(programme.asked) <= 26


def test_a_pass_with_nothing_to_do_costs_two_requests(programme: ConfluenceProgramme) -> None:
    edited(programme, series=[EVERY_DAY], rotation={"ahead": "13 weeks"}, wiki={**USE, "open": "11 weeks before"})
    programme.settle()
    for key in list(programme.shown().pages_of.values())[:20]:
        programme.server.person_adds_task(key, "@ada tidy up")
    programme.settle()
    assert len(programme.shown().pages_of) > 50
    assert programme.run().plan.changes == ()
    assert len(programme.asked) <= 2
    programme.client.restart()
    assert programme.run().plan.changes == ()
    assert len(programme.asked) <= 2


def test_needs_come_from_session_pages_and_from_retrospectives(programme: ConfluenceProgramme) -> None:
    programme.settle()
    said = "<p>We did not know what a quorum is #learn</p>"
    retro = programme.server.person_adds_page(SPACE, "2026-11-20 Retro", said)
    programme.server.person_labels(retro, "retrospective")
    programme.server.index.catch_up()
    session = page(programme, LUNCH)
    asked = "<h2>Questions</h2><ul><li>How do leases expire?</li></ul>"
    programme.server.person_edits(session.id, f"{session.storage}{asked}")
    edited(programme, needs=[{"connection": "confluence", "label": "retrospective"}])
    programme.later(days=4)  # what is asked before a session may be answered in it
    programme.settle()
    found = {one.text: one.sightings[0] for one in needs(programme.file.team, programme.memory())}
    assert {text: one.where for text, one in found.items()} == {
        "How do leases expire?": "Lunch & Learn on 2026-11-26",
        "We did not know what a quorum is": "2026-11-20 Retro",
    }
    programme.later(minutes=5)
    programme.run()
    assert "search" not in programme.asked.names
    programme.later(minutes=15)
    programme.run()
    assert programme.asked.names.count("search") == 1


def test_an_archived_page_costs_nothing(programme: ConfluenceProgramme) -> None:
    programme.settle()
    programme.server.person_archives(page(programme, LUNCH).id)
    programme.settle()
    assert len(programme.asked) <= 2


def test_opening_a_page_costs_four_requests_and_changing_one_two(programme: ConfluenceProgramme) -> None:
    programme.settle()
    programme.later(days=3)
    outcome = programme.run()
    actions = Counter(change.action for change in outcome.plan.of({Kind.PAGE}))
    assert actions.keys() == {Action.CREATE, Action.UPDATE}
    assert len(programme.asked) <= 2 + 4 * actions[Action.CREATE] + 2 * actions[Action.UPDATE]


def test_a_changed_region_costs_two_requests(programme: ConfluenceProgramme) -> None:
    programme.settle()
    before = page(programme, LUNCH)
    edited(programme, whiteboard=BOARD)
    (changed,) = (one for one in programme.run().plan.of({Kind.PAGE}) if one.resource.key == LUNCH)
    assert changed.fields == {"region"}
    names = programme.asked.names
    assert names.count("page.get") == names.count("page.update") == len(programme.asked.writes)
    assert page(programme, LUNCH).version == before.version + 1
    assert BOARD in page(programme, LUNCH).storage


def test_the_picture_is_uploaded_only_where_its_content_differs(programme: ConfluenceProgramme) -> None:
    programme.settle()
    programme.later(days=4)  # a session has been held: there are turns to be shown
    programme.settle()
    (picture,) = programme.server.attachments(page(programme, HOME).id).values()
    edited(programme, topics=[])
    programme.settle()
    assert programme.server.attachments(page(programme, HOME).id) == {"turns.png": picture}
    assert len(picture) == 1


# what people do


def test_what_a_page_becomes_of_peoples_doing_is_reported(programme: ConfluenceProgramme) -> None:
    programme.settle()
    lunch, craft = (page(programme, key) for key in (LUNCH, "platform/craft-hour/2026-11-26T15:00/page"))
    programme.server.person_archives(lunch.id)
    programme.server.person_trashes(craft.id)
    outcome = programme.settle()
    assert sorted(one.key.rpartition("/")[2] for one in outcome.plan.findings) == ["gone", "trouble"]
    programme.server.person_restores(lunch.id)
    (finding,) = programme.settle().plan.findings
    assert finding.key.endswith("/gone")


def test_a_title_that_is_taken_gets_a_number(programme: ConfluenceProgramme) -> None:
    title = "2026-11-26 Lunch & Learn: How our ingress works"
    theirs = programme.server.person_adds_page(SPACE, title.upper(), "<p>Cake</p>")
    programme.server.person_archives(theirs)
    programme.settle()
    assert page(programme, LUNCH).title == f"{title} (2)"
    assert programme.server.page(theirs).storage == "<p>Cake</p>"


def doubled(text: str) -> str:
    return text + text[: text.index("</ac:structured-macro>")] + "</ac:structured-macro>"


def without_region(text: str) -> str:
    return text.partition("</ac:structured-macro>")[2]


def with_another_id(text: str) -> str:
    return text.replace(">peerloop ", ">peerloop, ours ", 1)


@pytest.mark.parametrize("damage", [doubled, without_region, with_another_id])
def test_a_page_whose_region_is_damaged_is_left_alone_until_it_is_mended(
    programme: ConfluenceProgramme, damage: Callable[[str], str]
) -> None:
    programme.settle()
    ours = page(programme, LUNCH)
    programme.server.person_edits(ours.id, damage(ours.storage))
    damaged = programme.server.page(ours.id).storage
    edited(programme, whiteboard=BOARD)
    (finding,) = programme.settle().plan.findings
    assert ours.title in finding.text
    assert programme.server.page(ours.id).storage == damaged
    programme.server.person_edits(ours.id, ours.storage)
    assert programme.settle().plan.findings == ()
    assert BOARD in page(programme, LUNCH).storage


def test_a_copy_of_a_page_is_a_page_of_peoples(programme: ConfluenceProgramme) -> None:
    programme.settle()
    ours = page(programme, LUNCH)
    copied = programme.server.person_adds_page(SPACE, f"Copy of {ours.title}", ours.storage, ours.parent)
    text = programme.server.page(copied).storage
    for loses_ledger in (False, True):
        edited(programme, whiteboard=f"{BOARD}/{loses_ledger}")
        if loses_ledger:
            programme.lose_ledger()
            programme.client.restart()
        programme.settle()
        assert programme.server.page(copied).storage == text
        assert f"{BOARD}/{loses_ledger}" in programme.server.page(ours.id).storage


def test_what_is_saved_at_the_same_moment_stays(programme: ConfluenceProgramme) -> None:
    programme.settle()
    ours = page(programme, LUNCH)
    words = iter(("One", "Two"))

    def save(when: str, request: Request) -> None:
        if (when, request.name) == ("before", "page.update") and ours.id in request.path and (word := next(words, "")):
            programme.hands.writes(ours.id, word, above=word == "One")

    programme.server.watchers.append(save)
    edited(programme, whiteboard=BOARD)
    assert programme.run().errors == ()
    text = page(programme, LUNCH).storage
    assert text.index("One") < text.index(BOARD) < text.index("Two")


# what goes wrong


def test_a_ledger_that_was_lost_is_rebuilt_and_no_page_is_made_twice(programme: ConfluenceProgramme) -> None:
    programme.settle()
    before = programme.pages()
    programme.lose_ledger()
    programme.client.restart()
    programme.settle()
    assert programme.pages() == before


def test_pages_that_are_all_hidden_at_once_stop_the_pass(programme: ConfluenceProgramme) -> None:
    programme.settle()
    for one in programme.shown().pages_of.values():
        programme.server.person_restricts(one)
    with pytest.raises(Stopped, match="shows 0"):
        programme.run()
    for one in programme.shown().pages_of.values():
        programme.server.person_restricts(one, hidden=False)
    outcome = programme.run()
    assert (outcome.plan.changes, outcome.plan.findings) == ((), ())


@soak.soaked
def test_lost_answers_leave_no_trace(server: ConfluenceServer, tmp_path: Path) -> None:
    start = server.snapshot()
    expected = after_lost_answers(server, tmp_path / "none", "nothing", done=True)
    for on, done in product(
        ("page.create", "property.create", "label.add", "page.update", "attachment."), (True, False)
    ):
        server.restore(start)
        assert after_lost_answers(server, tmp_path / f"{on}{done}", on, done) == expected, (on, done)


def after_lost_answers(server: ConfluenceServer, folder: Path, on: str, done: bool) -> dict[str, object]:
    """Return what is kept in the end where the first answers about some kind of request are lost, twice."""
    programme = ConfluenceProgramme(server, folder)
    for days in (0, 4):
        programme.later(days=days)
        server.faults.lose_answer(nth=1, times=2, on=on, done=done)
        errors = programme.run().errors
        assert not errors or not done or on not in ("page.create", "page.update")  # it has looked whether it was done
        server.faults.clear()
        programme.settle()
    return kept(server)


def kept(server: ConfluenceServer) -> dict[str, object]:
    """Return what people see of the pages in the end, in whatever order they were made."""
    titles = {one.id: one.title for one in server.pages()}
    return {
        one.title: (
            titles.get(one.parent or ""),
            one.storage.count("peerloop"),
            sorted(one.labels),
            {name: found.value for name, found in one.properties.items()},
            {name: versions[-1] for name, versions in server.attachments(one.id).items()},
        )
        for one in server.pages()
    }


def test_a_wiki_that_does_not_answer_leaves_the_calendar_up_to_date(programme: ConfluenceProgramme) -> None:
    programme.settle()
    programme.server.faults.fail(503, times=99, done=False)
    edited(programme, topics=[{"title": "Caches", "votes": 99}])
    (error,) = programme.run().errors
    assert "503" in error
    assert programme.client.waited  # patiently, though nobody waited here
    programme.server.faults.clear()
    programme.settle()


@pytest.mark.parametrize("on", ["", "page.create"])
def test_an_event_says_nothing_new_while_its_page_cannot_be_made(programme: ConfluenceProgramme, on: str) -> None:
    programme.server.faults.fail(503, times=999, on=on, done=False)
    assert programme.run().written > 0
    again = programme.run()
    assert again.written == 0
    assert "503" in again.errors[0]
    assert not any("Page: " in text_of(one, "description") for one in programme.shown().events.values())
    programme.server.faults.clear()
    assert programme.run().errors == ()
    assert any("Page: http" in text_of(one, "description") for one in programme.shown().events.values())


def test_a_token_that_has_ended_is_said_so(programme: ConfluenceProgramme) -> None:
    programme.settle()
    programme.server.faults.refuse("unauthorized", times=99)
    (error,) = programme.run().errors
    assert "Make a new token" in error


def test_the_parent_that_is_missing_is_named(server: ConfluenceServer, programme: ConfluenceProgramme) -> None:
    server.person_retitles(server.titled(PARENT).id, "Another")
    (error,) = programme.run().errors
    assert PARENT in error
    assert "correct parent" in error


def test_confluences_libraries_are_loaded_only_where_they_are_used() -> None:
    code = (
        "import sys, integrations.confluence; "
        "print([name for name in sys.modules if name.split('.')[0] in ('atlassian', 'requests', 'PIL')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout == "[]\n"


def test_who_leads_the_session_hears_of_its_page_that_is_too_long_and_the_others_go_on(
    programme: ConfluenceProgramme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.transport.LARGEST", 500_000)
    programme.settle()
    long = page(programme, LUNCH)
    programme.server.person_edits(long.id, f"{long.storage}<p>{'so much ' * 70_000}</p>")
    edited(programme, topics=[{"title": "Caches", "votes": 99}])
    programme.settle()
    programme.now += timedelta(days=1)
    programme.settle()
    assert heard_of(programme, "The page of Lunch & Learn on 2026-11-26") == [
        "The page of Lunch & Learn on 2026-11-26 is more than peerloop reads (it is longer than 300,000 characters), "
        "and nothing of it is read; move a part of it to another page"
    ]
