"""Jira's issues as a source of needs, of both flavours: which count, what is asked for, what goes wrong in words."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import integrations.jira.sources
from config.needs import NeedSource
from config.operator import operator_model
from config.team import Team
from daemon.model.needs import Gathered
from daemon.ports import PortError, Refused, Unavailable
from integrations.counter import counter_of
from integrations.jira.jql import made_since, open_ones
from integrations.jira.sources import JiraIssues
from tests.fakes.google_calendar.faults import Fault
from tests.fakes.jira_connection import QUERY, Connection, api_of, connected
from tests.fakes.loopback import Answer
from tests.fakes.stubborn import StubbornServer
from tests.scenarios.programme import TEAM

NOW = datetime(2026, 12, 10, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
ENTRY = NeedSource.model_validate({"connection": "jira", "query": QUERY})
BUGS = "project = PLAT AND type = Bug"


class Issues:
    """A Jira, and what one entry of a team's needs shows of it."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.server, self.now = connection, connection.server, NOW

    def source(self, **entry: Any) -> JiraIssues:
        """Return the source of an entry."""
        told = NeedSource.model_validate({"connection": "jira", "query": QUERY, **entry})
        return self.connection.source(told, lambda: self.now)

    def found(self, **entry: Any) -> Gathered:
        """Return all that is shown; what it cost is in the requests."""
        self.server.requests.clear()
        gathered = self.source(**entry).gather(None)
        assert gathered
        return gathered

    def fault(self, **entry: Any) -> PortError:
        """Return what a look raises."""
        with pytest.raises(PortError) as raised:
            self.source(**entry).gather(None)
        assert "\n" not in str(raised.value)
        assert "a-token-for-tests" not in str(raised.value)
        return raised.value


@pytest.fixture(params=["cloud", "data-center"])
def jira(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issues]:
    with connected(request.param, monkeypatch, clock=lambda: NOW) as connection:
        yield Issues(connection)


# which issues count


def test_an_issue_is_a_need_of_its_first_component(jira: Issues) -> None:
    made = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)
    key = jira.server.person_reports("Rehearse the  failover #learn", components=["DNS ", "Edge"], created=made)
    jira.server.person_reports("!!!")
    (need,) = jira.found(area="networks").sightings
    assert (need.text, need.where, need.area) == ("Rehearse the failover", key, "DNS")
    assert (need.link, need.seen) == (f"{jira.server.url}/browse/{key}", date(2026, 12, 4))  # the day in Berlin


def test_a_day_is_that_of_the_team_whatever_zone_the_machine_is_in(jira: Issues, tmp_path: Path) -> None:
    jira.server.person_reports("How we roll back", created=datetime(2026, 12, 3, 23, 30, tzinfo=UTC))
    kind, server = f"jira-{jira.server.flavour}", jira.server
    user = {"user": server.user} if server.flavour == "cloud" else {}
    account = {"kind": kind, "url": server.url, "token": "env:JIRA_TOKEN", **user}
    operator = operator_model(integrations.kinds()).model_validate({"connections": {"jira": account}})
    needs = [{"connection": "jira", "query": QUERY}]
    team = Team.model_validate({**TEAM, "needs": needs})
    (source,) = integrations.sources(operator, lambda _: NOW.astimezone(UTC), team, "platform", tmp_path)
    gathered = source.gather(None)
    assert gathered and [one.seen for one in gathered.sightings] == [date(2026, 12, 4)]


def test_what_is_done_is_left_out_unless_the_query_says_in_which_state_they_are(jira: Issues) -> None:
    jira.server.person_moves(jira.server.person_reports("was learned"), "Done")
    jira.server.person_reports("is open")
    assert [one.text for one in jira.found().sightings] == ["is open"]
    assert [one.text for one in jira.found(query=f'{QUERY} AND status in (Done, "To Do")').sightings] == [
        "is open",
        "was learned",
    ]
    assert [one.text for one in jira.found(query="project = PLAT or key = X-1 order by key").sightings] == ["is open"]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("project = A", "project = A AND statusCategory != Done ORDER BY created DESC"),
        ("project = A\n OR b = 1", "(project = A OR b = 1) AND statusCategory != Done ORDER BY created DESC"),
        ("a = 'x or y' Order  By rank", "a = 'x or y' AND statusCategory != Done Order By rank"),
        (r'a = "\" order by status"', r'a = "\" order by status" AND statusCategory != Done ORDER BY created DESC'),
        ("resolution IS EMPTY", "resolution IS EMPTY ORDER BY created DESC"),
        ("status was Done", "status was Done ORDER BY created DESC"),
        ("labels = status", "labels = status AND statusCategory != Done ORDER BY created DESC"),
        ("ORDER BY key", "statusCategory != Done ORDER BY key"),
        ("major = 1", "major = 1 AND statusCategory != Done ORDER BY created DESC"),
    ],
)
def test_a_query_is_narrowed(query: str, asked: str) -> None:
    assert open_ones(query) == asked
    assert made_since(query, date(2026, 1, 5)).endswith('created >= "2026-01-05" ORDER BY created DESC')


# recurring bugs


def test_many_bugs_of_a_component_are_one_need_and_done_ones_count(jira: Issues) -> None:
    for days in (1, 8, 27, 40):
        made = NOW - timedelta(days=days)
        jira.server.person_moves(jira.server.person_reports("502", components=["ingress"], created=made), "Done")
    for component in ("dns", "edge"):
        jira.server.person_reports("Slow", components=[component], created=NOW - timedelta(days=2))
    jira.server.person_reports("No component", created=NOW - timedelta(days=2))
    jira.server.person_reports("Long ago", components=["dns"], created=NOW - timedelta(days=800))
    found = jira.found(query=BUGS, many="3 in 4 weeks")
    (need,) = found.sightings
    assert (need.text, need.area, need.times) == ("Bugs in ingress that come again", "ingress", 3)
    assert (need.where, need.seen) == ("Jira", date(2026, 12, 9))
    assert need.link == f"{jira.server.url}/issues/?jql=project%20%3D%20PLAT%20AND%20type%20%3D%20Bug"
    assert found.reports["ingress"] == {
        date(2026, 10, 26): 1,
        date(2026, 11, 9): 1,
        date(2026, 11, 30): 1,
        date(2026, 12, 7): 1,
    }
    assert found.reports["dns"] == {date(2026, 12, 7): 1}
    (said,) = found.unread
    assert said.startswith(f"Jira has issues without a component for the query “{BUGS}”, 1 of them, which are counted")
    assert jira.found(query=BUGS, many="3 in 4 weeks", area="rest").unread == ()


def test_a_week_that_is_not_read_whole_is_not_counted(jira: Issues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrations.jira.sources, "MOST_REPORTS", 3)
    for days in (0, 1, 7, 8, 9):
        jira.server.person_reports("502", components=["ingress"], created=NOW - timedelta(days=days, hours=1))
    found = jira.found(query=BUGS, many="3 in 4 weeks")
    assert found.reports == {"ingress": {date(2026, 12, 7): 2}}
    assert [one.times for one in found.sightings] == [3]
    assert "only the first 3 are read" in found.unread[0]


# what is asked for


def test_it_is_asked_once_an_hour_and_for_little(jira: Issues) -> None:
    jira.server.person_reports("how we roll back")
    cursor = jira.found().cursor
    assert sorted(jira.server.names) == ["myself", "search"]
    (search,) = (one for one in jira.server.requests if "fields" in one.query)
    assert search.query["fields"] == ["summary,components,created"]
    jira.now += timedelta(minutes=59)
    assert jira.source().gather(cursor) is None
    assert jira.source(query=BUGS).gather(cursor)
    jira.now += timedelta(minutes=1)
    assert jira.source().gather(cursor)
    jira.now -= timedelta(days=2)  # the clock was set back
    assert jira.source().gather(cursor)


@pytest.mark.parametrize("empty", [False, True])
def test_all_pages_of_a_search_are_read(jira: Issues, empty: bool) -> None:
    jira.server.behaviour.largest_page, jira.server.behaviour.empty_pages = 2, empty
    for number in range(5):
        jira.server.person_reports(f"lesson {number}", created=NOW - timedelta(days=number))
    found = jira.found()
    assert [one.text for one in found.sightings] == [f"lesson {number}" for number in range(5)]
    assert found.unread == ()


def test_behind_a_gateway_links_lead_to_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected("cloud", monkeypatch) as connection:
        monkeypatch.setattr("integrations.jira.api._GATEWAY", connection.server.url)
        connection.server.behaviour.base_url = "https://example.atlassian.net"
        key = connection.server.person_reports("how we roll back")
        (need,) = Issues(connection).found().sightings
        assert need.link == f"https://example.atlassian.net/browse/{key}"


# what goes wrong


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'"),
        ("(project = PLAT OR colour = red)", "Field 'colour' does not exist or you do not have permission to view it"),
        ("project PLAT OR type = Bug", "Expecting operator but got 'PLAT'. The valid operators are "),
    ],
)
def test_a_query_that_is_wrong_is_told_in_jiras_words(jira: Issues, query: str, said: str) -> None:
    error = jira.fault(query=query)
    assert isinstance(error, Refused)
    assert str(error).startswith(f"Jira does not accept the query “{query}” (“")
    assert said in str(error)
    assert "Mend query in the team's needs; or, where all that it names is there, let" in str(error)
    if "PLAT OR" in query and query.startswith("project"):
        assert "(line 1, character 9)" in str(error)  # as the lead wrote it, not as it was narrowed


def test_a_token_that_has_ended_is_no_end_of_the_issues(jira: Issues, monkeypatch: pytest.MonkeyPatch) -> None:
    jira.server.person_reports("how we roll back")
    monkeypatch.setenv("JIRA_TOKEN", "another")
    assert "Jira does not accept the sign-in of the connection “jira”" in str(jira.fault())
    monkeypatch.delenv("JIRA_TOKEN")
    assert "The connection “jira” has no token" in str(jira.fault())
    monkeypatch.setenv("JIRA_TOKEN", jira.server.token)
    assert jira.found().sightings


@pytest.mark.parametrize(
    ("form", "kind", "said"),
    [
        ("missing scope", Refused, "The token of the connection “jira” lacks a scope (“Unauthorized; scope"),
        ("forbidden", Refused, "Whom we sign in as may not see the issues of the query “project = PLAT” (“You do not"),
        ("firewall", Refused, "That is a firewall or a proxy before Jira, and no permission in it"),
        ("gateway", Unavailable, "502 Bad Gateway (HTTP 502). The next pass tries again."),
        ("maintenance", Unavailable, "Down for maintenance (HTTP 503). The next pass tries again."),
        ("sign-in page", Refused, "a web page answers, not Jira's API (“Log in”)"),
    ],
)
def test_what_answers_instead_is_said(jira: Issues, form: str, kind: type[PortError], said: str) -> None:
    jira.server.faults.recorded(form, times=9, on="search")
    error = jira.fault()
    assert isinstance(error, kind)
    assert said in str(error)


def test_it_waits_as_long_as_it_is_asked_to(jira: Issues) -> None:
    counter = counter_of("jira")
    before = counter.asked, counter.throttled
    jira.server.faults.throttle(times=2, on="search", retry_after=7)
    jira.found()
    assert jira.connection.waited == [7, 7]
    assert counter.asked >= before[0] + 3 and counter.throttled == before[1] + 2
    jira.server.faults.throttle(times=9, on="search")
    assert "Rate limit exceeded (HTTP 429)" in str(jira.fault())


@pytest.mark.parametrize("answer", [[], {"issues": "none"}, {"issues": [None]}, {"issues": [{"key": 7}]}, "text", 7])
def test_json_that_is_nonsense(jira: Issues, answer: Any) -> None:
    nonsense = Answer(200, json.dumps(answer).encode(), "application/json")
    jira.server.faults.plan(Fault(False, lambda _: nonsense), times=9, on="search")
    assert isinstance(jira.fault(), Unavailable)


@pytest.mark.parametrize(
    "fields",
    [{}, {"summary": None}, {"summary": "how", "components": [{}], "created": "soon"}, {"summary": 7, "components": 7}],
)
def test_fields_that_are_nonsense_stop_nothing(jira: Issues, fields: Any) -> None:
    answer = Answer.of(200, {"issues": [{"key": "PLAT-1", "fields": fields}], "total": 1, "isLast": True})
    jira.server.faults.plan(Fault(False, lambda _: answer), on="search")
    assert all(one.seen == NOW.date() for one in jira.found().sightings)


def test_a_jira_that_is_silent_costs_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIRA_TOKEN", "a-token-for-tests")
    with StubbornServer() as silent:
        url = f"http://127.0.0.1:{silent.port}"
        api = api_of("cloud", url, [], whole=0.05)
        with pytest.raises(
            Unavailable, match=f"{url} was not reached \\(no whole answer came in time\\). The next pass tries again."
        ):
            JiraIssues(api, ENTRY, lambda: NOW).gather(None)


def test_a_jira_of_the_other_kind_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected("data-center", monkeypatch) as connection:
        api = api_of("cloud", connection.server.url, [])
        with pytest.raises(Refused, match="Let its kind be jira-data-center, if that is"):
            JiraIssues(api, ENTRY, lambda: NOW).gather(None)


def test_without_the_library(jira: Issues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "atlassian.rest_client", None)  # as where it was never installed
    assert "is not installed: make setup, or pip install '.[jira]'" in str(jira.fault())


def test_the_check_up_says_what_is_found(jira: Issues) -> None:
    jira.server.person_reports("how we roll back")
    assert [(one.well, one.text) for one in jira.source().check_up()] == [(True, "Peer learning"), (True, "1")]
    jira.server.behaviour.largest_page = 1000
    for _ in range(120):
        jira.server.person_reports("how we roll back")
    assert [one.text for one in jira.source().check_up()] == ["Peer learning", "more than 100"]
    wrong = [*jira.source(query="colour = red").check_up()]
    assert [one.well for one in wrong] == [True, False]
    assert "Field 'colour' does not exist" in wrong[1].text
