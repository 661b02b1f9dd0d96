"""People's pages in Confluence as a source of needs: what it costs, whose pages count, what is said of the others."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config.needs import NeedSource
from config.team import Team
from daemon.model.needs import Gathered
from daemon.ports import Refused, Unavailable
from integrations.confluence.sources import EVERY, LabelledPages, Watch
from tests.fakes.confluence_connection import PAGE, SPACE, TEAM, Connection, connected

NOW = datetime(2026, 12, 10, 9, tzinfo=UTC)
ASKED = "<h2>Questions</h2><ul><li>how we roll back</li></ul>"


class Retros:
    """A space with the page of the retrospectives, and what one entry shows of it."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.server = connection, connection.server
        self.now, self.watch = NOW, Watch()
        self.server.world.clock = lambda: self.now
        self.above = self.server.person_adds_page(SPACE, "Retrospectives")

    def look(self, cursor: str | None = None, **entry: Any) -> Gathered | None:
        """Look, with a label if nothing else is said; what it cost is in the requests."""
        self.server.index.catch_up()
        self.server.requests.clear()
        return self.source(**entry).gather(cursor)

    def source(self, **entry: Any) -> LabelledPages:
        """Return the source of an entry."""
        members = [{"name": "Ada Lovelace", "email": "ada@example.com"}]
        team = Team.model_validate({**TEAM, "members": members, "wiki": self.connection.use})
        source = NeedSource.model_validate({"connection": "confluence", **(entry or {"label": "retro"})})
        return LabelledPages(self.connection.api, self.watch, team, source, lambda: self.now)

    def found(self, cursor: str | None = None, **entry: Any) -> Gathered:
        """Return what a look shows that shows something."""
        gathered = self.look(cursor, **entry)
        assert gathered
        return gathered

    def added(self, title: str, storage: str = ASKED, label: str = "retro") -> str:
        """Add a page with a label below the retrospectives; return its id."""
        page = self.server.person_adds_page(SPACE, title, storage, self.above)
        self.server.person_labels(page, label)
        return page


@pytest.fixture(params=["cloud", "data-center"])
def retros(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Retros]:
    with connected(request.param, monkeypatch) as connection:
        yield Retros(connection)


def test_unchanged_pages_cost_one_request_a_quarter_of_an_hour(retros: Retros) -> None:
    retros.added("Retro")
    for entry in ({"label": "retro"}, {"under": "Retrospectives"}):
        cursor = retros.found(**entry).cursor
        assert retros.look(cursor, **entry) is None
        assert retros.server.requests.names == []
        retros.now += EVERY
        assert retros.look(cursor, **entry) is None
        assert retros.server.requests.names == ["search"]
        retros.watch = Watch()  # a new process
        assert retros.look(cursor, **entry) is None
        assert retros.server.requests.names == ["search"]
        retros.now -= 2 * EVERY  # the clock was set back
        assert retros.look(cursor, **entry) is None
        assert retros.server.requests.names == ["search"]


def test_an_edit_costs_one_request_more_and_is_read(retros: Retros) -> None:
    page = retros.added("Retro")
    cursor = retros.found().cursor
    retros.server.person_replaces(page, "roll back", "roll forward")
    retros.now += EVERY
    assert [one.text for one in retros.found(cursor).sightings] == ["how we roll forward"]
    assert retros.server.requests.names == ["search", "page.list"]


def test_each_says_which_page_it_is_on_and_of_what_day(retros: Retros) -> None:
    retros.added("Retro of the outage")
    retros.added("2026-11-02 Retro", "<p>what a quorum is #learn, and #other</p>")
    retros.added("2026-13-45 Retro", "<p>nothing #other</p>")
    newest, first = retros.found(label="retro").sightings
    assert (newest.where, newest.seen, newest.text) == ("2026-11-02 Retro", date(2026, 11, 2), "what a quorum is, and")
    assert (first.where, first.seen) == ("Retro of the outage", NOW.date())
    assert first.link and first.link.startswith(f"{retros.server.url}/")


def test_label_and_page_narrow_each_other_and_marks_are_the_entry_s(retros: Retros) -> None:
    retros.added("Both", "<p>both #gap</p>")
    retros.added("Below", "<p>below #gap</p>", label="other")
    elsewhere = retros.server.person_adds_page(SPACE, "Elsewhere", "<p>elsewhere #gap</p>")
    retros.server.person_labels(elsewhere, "retro")
    deeper = retros.server.person_adds_page(SPACE, "Deeper", "<p>deeper #gap #learn</p>", retros.above)
    retros.server.person_moves(deeper, retros.server.titled("Below").id)

    def said(**entry: Any) -> set[str]:
        return {one.text for one in retros.found(mark="#gap", **entry).sightings}

    assert said(label="Retro") == {"both", "elsewhere"}
    assert said(under="Retrospectives") == {"both", "below", "deeper"}
    assert said(label="retro", under="Retrospectives") == {"both"}


def test_pages_of_ours_and_those_put_away_are_passed_over(retros: Retros) -> None:
    ours = retros.connection.made(PAGE)
    retros.server.person_edits(ours.id, f"{ours.storage}{ASKED}")
    retros.server.person_labels(ours.id, "retro")
    archived = retros.added("Archived")
    retros.server.index.catch_up()
    retros.server.index.lag = None
    retros.server.person_archives(archived)  # the index does not know it yet
    found = retros.found()
    assert (found.sightings, found.unread) == ((), ())


def test_a_page_that_cannot_be_read_stops_no_other(retros: Retros) -> None:
    retros.added("Good")
    retros.server.world.state.pages[retros.added("Broken")].storage = "<p>open"
    found = retros.found()
    assert [one.where for one in found.sightings] == ["Good"]
    (said,) = found.unread
    assert said.startswith("“Broken” cannot be read (")


def test_a_page_without_its_text_is_looked_at_again(retros: Retros) -> None:
    page = retros.added("Retro")
    retros.server.behaviour.unlisted = {page}
    found = retros.found()
    assert found.sightings == ()
    retros.server.behaviour.unlisted = set()
    retros.now += EVERY
    assert [one.where for one in retros.found(found.cursor).sightings] == ["Retro"]


def test_the_page_above_is_followed_and_missed(retros: Retros) -> None:
    retros.added("Retro")
    cursor = retros.found(under="Retrospectives").cursor
    retros.server.person_retitles(retros.above, "Looking back")
    retros.now += EVERY
    assert retros.look(cursor, under="Retrospectives") is None
    for refused in ({"under": "Retrospectives"}, {"under": 'No "such" page'}):
        with pytest.raises(
            Refused, match=r"has no page “.*”, below which people say.* correct under in the team's needs"
        ):
            retros.look(**refused)


def test_a_token_that_has_ended_is_no_end_of_the_pages(retros: Retros, monkeypatch: pytest.MonkeyPatch) -> None:
    retros.added("Retro")
    cursor = retros.found().cursor
    monkeypatch.setenv("CONFLUENCE_TOKEN", "another")
    retros.now += timedelta(days=1)
    with pytest.raises(Refused, match="does not accept the sign-in of the connection “confluence”"):
        retros.look(cursor)


@pytest.mark.parametrize("broken", ["search", "page.list"])
def test_pages_that_are_not_shown_now_are_read_later(retros: Retros, broken: str) -> None:
    retros.added("Retro")
    retros.server.faults.fail(503, times=999, on=broken, done=False)
    with pytest.raises(Unavailable, match=r"^Confluence did not show the pages: .* \(HTTP 503\)\. The next pass"):
        retros.look()
    retros.source().ping()

    retros.server.faults.fail(503, times=999, done=False)
    with pytest.raises(Unavailable, match="HTTP 503"):
        retros.source().ping()

    retros.server.faults.clear()
    assert [one.where for one in retros.found().sightings] == ["Retro"]


def test_the_check_up_says_how_many_pages_there_are(retros: Retros, monkeypatch: pytest.MonkeyPatch) -> None:
    retros.added("One")
    retros.added("Two")
    retros.server.index.catch_up()
    assert [(one.well, one.text) for one in retros.source().check_up()][1:] == [(True, "2")]
    monkeypatch.setattr("integrations.confluence.sources.MOST_PAGES", 1)
    assert [(one.well, one.text) for one in retros.source().check_up()][1:] == [(True, "more than 1")]
    (signed_in, wrong) = retros.source(under="Nowhere").check_up()
    assert (signed_in.well, wrong.well) == (True, False)
    assert "has no page “Nowhere”" in wrong.text
