"""What goes wrong between peerloop and Confluence, of both flavours: what is said, and that the next call goes on."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import integrations.confluence.ports
from config.secret import Secret
from config.team import Team
from daemon.model import Mark, Write, fingerprint
from daemon.ports import PortError, Refused, Unavailable
from integrations.confluence.connection import ConfluenceCloud
from tests import soak
from tests.fakes.confluence import ConfluenceServer, Page
from tests.fakes.confluence_connection import HOME, KEY, NEWS, PAGE, PARENT, SPACE, TEAM, Connection, connected
from tests.fakes.google_calendar.exchange import Answer
from tests.fakes.google_calendar.faults import Fault

NONSENSE: list[Any] = [[], None, {"results": "none"}, "text", 7, {"nonsense": True}]
STEPS = ["page.create", "property.create", "label.add", "attachment."]


@pytest.fixture(params=["cloud", "data-center"])
def confluence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected(request.param, monkeypatch) as connection:
        yield connection
        assert not any("a-token-for-tests" in one for one in connection.said)


def fault_of(confluence: Connection) -> PortError:
    """Return what a look at everything raises."""
    with pytest.raises(PortError) as raised:
        confluence.look()
    confluence.said.append(str(raised.value))
    return raised.value


# busy and broken


def test_it_waits_as_long_as_it_is_asked_to(confluence: Connection) -> None:
    confluence.server.faults.throttle(times=2, on="page.create", retry_after=7)
    confluence.made()
    assert confluence.waited == [7, 7]


def test_it_waits_by_itself_and_longer_each_time_where_nothing_is_asked(confluence: Connection) -> None:
    confluence.server.faults.throttle(times=2, on="page.create", retry_after=None)
    confluence.server.faults.throttle(times=2, on="page.create", retry_after=0)
    confluence.made()
    assert confluence.waited == sorted(confluence.waited)
    assert [round(waited) >= least for waited, least in zip(confluence.waited, (1, 2, 4, 8), strict=True)] == [True] * 4


def test_it_asks_five_times_and_never_waits_for_long(confluence: Connection) -> None:
    looked = confluence.look()
    confluence.server.faults.throttle(times=5, on="page.", retry_after=3600)
    confluence.server.requests.clear()
    with pytest.raises(Unavailable, match="Rate limit exceeded"):
        confluence.look(looked.cursor)
    assert confluence.waited == [32] * 4
    assert len(confluence.server.requests) == 5
    assert confluence.look(looked.cursor).seen == ()


@pytest.mark.parametrize("header", ["Fri, 31 Dec 1999 23:59:59 GMT", "soon", "nan", "-5"])
def test_a_wait_that_is_no_number_is_our_own(confluence: Connection, header: str) -> None:
    answer = Answer.of(429, {"message": "later"}, {"Retry-After": header})
    confluence.server.faults.plan(Fault(False, lambda _: answer), on="page.create")
    confluence.made()
    assert 1 <= confluence.waited[0] <= 2


@pytest.mark.parametrize("kind", ["503", "nothing", "half"])
def test_reading_is_tried_again(confluence: Connection, kind: str) -> None:
    faults = confluence.server.faults
    told: dict[str, Any] = {"times": 4, "on": "space."}
    act = {"503": lambda: faults.fail(done=False, **told), "nothing": lambda: faults.lose_answer(**told)}
    act.get(kind, lambda: faults.truncate(**told))()
    assert confluence.look().complete
    faults.fail(times=5, on="space.", done=False)
    assert isinstance(fault_of(confluence), Unavailable)
    assert confluence.look().complete


def test_nobody_is_there(confluence: Connection) -> None:
    confluence.server.faults.lose_answer(times=5, on="space.")
    error = fault_of(confluence)
    assert isinstance(error, Unavailable)
    assert f"{confluence.server.url} was not reached (the connection was cut off). The next pass tries again." in str(
        error
    )


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("how", ["lost", "503"])
@pytest.mark.parametrize("step", STEPS)
def test_an_unknown_outcome_of_making_is_resolved_by_looking(
    confluence: Connection, step: str, how: str, done: bool
) -> None:
    page = replace(HOME, labels=("platform",)) if step == "attachment." else PAGE
    confluence.made(replace(PAGE, key=f"{KEY}/lunch/2026-01-01T12:15/page", title="Another"))  # and its year
    faults, on = confluence.server.faults, "attachment.create" if step == "attachment." else step
    on = "attachment.put" if confluence.flavour == "cloud" and step == "attachment." else on
    if how == "lost":
        faults.lose_answer(on=on, done=done)
    else:
        faults.fail(on=on, done=done)
    first = confluence.write(page)
    if first.error:
        assert "may not have been written" in first.error
        assert confluence.restarted().write(page).error == ""
    kept = confluence.kept(page)
    assert kept.title == page.title
    assert sorted(kept.labels) == sorted(page.labels)
    assert [one.value for one in kept.properties.values()] == [page.key]
    assert len(confluence.server.attachments(kept.id)) == len(page.chart)


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("how", ["lost", "503", "half"])
def test_an_unknown_outcome_of_changing_is_resolved_by_looking(confluence: Connection, how: str, done: bool) -> None:
    confluence.made()
    faults = confluence.server.faults
    if how == "503":
        faults.fail(on="page.update", done=done)
    elif how == "lost":
        faults.lose_answer(on="page.update", done=done)
    else:
        faults.truncate(on="page.update")
    assert confluence.write(NEWS, "title", "region").error == ""
    assert (confluence.kept().title, confluence.kept().version) == (NEWS.title, 2)


def test_the_year_s_page_is_not_made_twice(confluence: Connection) -> None:
    confluence.server.faults.lose_answer(on="page.create", done=True)
    confluence.made()
    assert [one.title for one in confluence.server.pages()].count(f"{PARENT} 2026") == 1


def test_a_write_that_goes_wrong_does_not_stop_the_others(confluence: Connection) -> None:
    confluence.server.faults.fail(nth=2, on="page.create", done=False)  # the first is the year's
    writes = [Write(page, Mark(page.key, fingerprint(page.content))) for page in (PAGE, HOME)]
    errors = [written.error for written in confluence.wiki().write(writes)]
    assert errors == [
        f"“{PAGE.title}” may not have been written: Service Unavailable (HTTP 503). The next pass looks again.",
        "",
    ]
    assert confluence.made()


def test_the_index_is_late_and_nothing_is_made_twice(confluence: Connection) -> None:
    confluence.server.index.lag = None
    page = confluence.made()
    for _ in range(2):
        cursor = confluence.restarted().look().cursor
        assert confluence.write(PAGE).error == ""
        assert confluence.restarted().look(cursor).seen == ()
    assert confluence.kept().id == page.id


# refusals


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "forbidden",
            f"Whom we sign in as may not write “{PAGE.title}” (“Current user not permitted to use Confluence”",
        ),
        (
            "not-found",
            "cannot be written (“Not Found”): it, or the page above it, is not there, or is not shown to whom",
        ),
        ("too-large", "has become too large for Confluence; move a part of it to another page"),
        ("conflict", "Somebody saved"),
        ("unauthorized", "does not accept the sign-in of the connection “confluence”"),
    ],
)
def test_a_refusal_is_said_in_words(confluence: Connection, reason: str, said: str) -> None:
    confluence.made()
    confluence.server.faults.refuse(reason, times=4, on="page.update")
    before = confluence.server.snapshot()
    assert said in confluence.write(NEWS, "region").error
    assert confluence.server.snapshot() == before
    confluence.server.faults.clear()
    assert confluence.write(NEWS, "region").error == ""


@pytest.mark.parametrize("reason", ["forbidden", "not-found", "unauthorized"])
def test_what_cannot_be_read_is_not_taken_for_gone(confluence: Connection, reason: str) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.faults.refuse(reason, on="page.list")
    with pytest.raises(Refused):
        confluence.look(cursor)
    assert confluence.look(cursor).seen == ()
    assert confluence.kept().id == page.id


def test_a_body_over_the_limit(confluence: Connection) -> None:
    confluence.server.behaviour.largest_body = 100
    assert "has become too large for Confluence" in confluence.write(HOME).error


@pytest.mark.parametrize("status", [200, 404])
def test_a_web_page_instead_of_json(confluence: Connection, status: int) -> None:
    confluence.server.faults.html(status=status)
    error = fault_of(confluence)
    assert "a web page answers, not Confluence's API (“Sign in”): a proxy or a page of maintenance" in str(error)
    assert isinstance(error, Refused if status == 200 else Unavailable)
    assert confluence.look().complete


@pytest.mark.parametrize("form", ["no page", "no resource", "nothing", "revoked", "late", "gateway", "firewall"])
def test_an_answer_that_is_none_of_confluences_makes_nothing_gone(confluence: Connection, form: str) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.behaviour.unlisted = {page.id}  # so that it is asked for by itself
    confluence.server.faults.recorded(form, times=99, on="page.get")
    with pytest.raises(PortError):
        confluence.look(cursor)
    confluence.server.faults.clear()
    assert confluence.look(cursor).seen == ()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("firewall", "That is a firewall or a proxy before Confluence, and no permission in it"),
        ("forged", "takes what the connection “confluence” sends for a forged request (“XSRF check failed”)"),
        ("unreconciled", "may not have been written: Cannot update unreconciled page (HTTP 501)"),
        ("lock", "Somebody saved “2026-12-10 Lunch: Caches” at the same moment"),
        ("no page", "not Confluence's API (“Oops, you've found a dead link”)"),
        ("late", "may not have been written: 408 Request Time-out (HTTP 408)"),
    ],
)
def test_a_write_that_is_refused_says_by_whom(confluence: Connection, form: str, said: str) -> None:
    confluence.made()
    confluence.server.faults.recorded(form, times=9, on="page.update")
    assert said in confluence.write(NEWS, "title", "region").error
    confluence.server.faults.clear()
    assert confluence.write(NEWS, "title", "region").error == ""


def test_a_revoked_token_at_a_write_is_no_missing_permission(
    confluence: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    confluence.made()
    confluence.server.credentials.token = "revoked"
    assert "does not accept the sign-in" in confluence.write(NEWS, "region").error
    confluence.server.credentials.token = "a-token-for-tests"


def test_a_page_without_its_text_is_neither_gone_nor_damaged(confluence: Connection) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    confluence.server.behaviour.bodiless = {page.id}
    (seen,) = confluence.look(cursor).seen
    assert (
        seen.trouble
        == f"Confluence shows “{PAGE.title}” without its text, which is left as it is; the next pass "
        + ("looks again.")
    )
    assert "without its text" in confluence.write(NEWS, "region").error
    again = confluence.restarted().seen()
    assert again and again.trouble == seen.trouble
    confluence.server.behaviour.bodiless = set()
    assert confluence.write(NEWS, "region").error == ""


@pytest.mark.parametrize("on", ["page.create", "space."])
def test_an_address_that_leads_to_another(confluence: Connection, on: str) -> None:
    place = f"{confluence.server.url}/rest/api/user/current"
    confluence.server.faults.plan(Fault(False, lambda _: Answer(301, b"", "text/html", {"Location": place})), on=on)
    error = confluence.write(PAGE).error if on == "page.create" else str(fault_of(confluence))
    assert f"{confluence.server.url} leads on to another address, at 127.0.0.1:" in error
    confluence.made()


def of_page(other: Page, answer: Answer) -> Answer:
    """Return an answer as that to another request, about another page."""
    told = {**json.loads(answer.content), "id": other.id, "title": other.title}
    return Answer(answer.status, json.dumps(told).encode(), "application/json")


@pytest.mark.parametrize("on", ["page.create", "page.update", "page.get"])
def test_an_answer_about_another_page_makes_nothing_of_ours_of_that(confluence: Connection, on: str) -> None:
    parent = confluence.server.titled(PARENT).id
    other = confluence.server.page(confluence.server.person_adds_page(SPACE, "Cake", "<p>Recipes</p>", parent))
    page = confluence.made() if on != "page.create" else None
    confluence.server.faults.plan(Fault(True, lambda answer: of_page(other, answer)), on=on)
    for _ in range(2):
        confluence.write(*((NEWS, "title", "region") if page else (PAGE,)))
    there = confluence.server.page(other.id)
    assert (there.title, there.storage, there.labels, there.properties) == ("Cake", "<p>Recipes</p>", [], {})
    ours = [one for one in confluence.server.pages() if one.properties]
    assert [one.title for one in ours] == [NEWS.title if page else PAGE.title]
    assert confluence.restarted().look().seen[0].trouble == ""


def test_a_title_that_is_longer_than_any_is_not_read(confluence: Connection) -> None:
    def with_marks(answer: Answer) -> Answer:
        title = "a" + "\u0300" * 100_000 + "\u0327" * 100_000  # to put them in order takes minutes
        told = {**json.loads(answer.content), "title": title}
        return Answer(answer.status, json.dumps(told).encode(), "application/json")

    confluence.server.faults.plan(Fault(True, with_marks), on="page.create")
    confluence.write(PAGE)
    assert [one.title for one in confluence.server.pages() if one.properties] == [PAGE.title]
    assert confluence.restarted().look().seen[0].trouble == ""


@soak.soaked
@pytest.mark.parametrize("answer", soak.either(NONSENSE[:3], NONSENSE))
@pytest.mark.parametrize("on", ["page.list", "page.get", "page.update", "page.create", "space."])
def test_json_that_is_nonsense(confluence: Connection, answer: Any, on: str) -> None:
    page = confluence.made()
    cursor = confluence.look().cursor
    nonsense = Answer(200, json.dumps(answer).encode(), "application/json")
    confluence.server.faults.plan(Fault(True, lambda _: nonsense), times=5, on=on)
    for act in (
        lambda: confluence.look(cursor),
        lambda: confluence.write(NEWS, "title", "region"),
        lambda: confluence.write(HOME),
        lambda: confluence.restarted().look(),
    ):
        try:
            act()
        except PortError as error:
            confluence.said.append(str(error))
    confluence.server.faults.clear()
    for each in (NEWS, HOME):
        assert confluence.restarted().write(each).error == ""
        assert confluence.restarted().write(each, "title", "region").error == ""
    assert confluence.kept().id == page.id
    assert len(confluence.server.pages()) == 5


# signing in


@pytest.mark.parametrize("seen_as", ["hidden", "refused"])
def test_a_wrong_token_counts_as_nothing_that_has_gone(
    confluence: Connection, monkeypatch: pytest.MonkeyPatch, seen_as: Any
) -> None:
    confluence.server.behaviour.bad_credentials = seen_as
    confluence.made()
    cursor = confluence.look().cursor
    monkeypatch.setenv("CONFLUENCE_TOKEN", "another")
    for known in (cursor, None):
        with pytest.raises(Refused, match="token"):
            confluence.look(known)
    assert confluence.write(NEWS, "title").error
    monkeypatch.setenv("CONFLUENCE_TOKEN", confluence.server.credentials.token)
    assert confluence.look(cursor).seen == ()
    assert confluence.write(NEWS, "title").error == ""


def test_a_token_that_is_renewed_is_read_again(confluence: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    confluence.made()
    confluence.server.credentials.token = "renewed"
    with pytest.raises(Refused):
        confluence.look()
    monkeypatch.setenv("CONFLUENCE_TOKEN", "renewed")
    assert confluence.look().seen


def test_no_token(confluence: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFLUENCE_TOKEN")
    error = fault_of(confluence)
    assert isinstance(error, Refused)
    assert "The connection “confluence” has no token: the secret env:CONFLUENCE_TOKEN is empty or not set" in str(error)
    assert confluence.server.requests == []


def test_without_the_library(confluence: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "atlassian.rest_client", None)  # as where it was never installed
    error = fault_of(confluence)
    assert isinstance(error, Refused)
    assert "is not installed: make setup, or pip install '.[confluence]'" in str(error)


def test_teams_with_one_connection_share_it_and_keep_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with ConfluenceServer() as server:
        server.add_space(SPACE)
        monkeypatch.setenv("CONFLUENCE_TOKEN", server.credentials.token)
        token = Secret(variable="CONFLUENCE_TOKEN")
        known = ConfluenceCloud(kind="confluence-cloud", url=server.url, user=server.credentials.user, token=token)
        wikis = {"connection": "confluence", "space": SPACE}
        people = [{"name": "Ada Lovelace", "email": "ada@example.com"}]
        for name in ("platform", "other"):
            team = Team.model_validate({**TEAM, "team": name.capitalize(), "members": people, "wiki": wikis})
            wiki = integrations.confluence.ports.wiki(known, Path(), lambda: datetime.now(UTC), team, name)
            assert wiki.observe(None).seen == ()
            monkeypatch.setenv("CONFLUENCE_TOKEN", "renewed")
            server.credentials.token = "renewed"
        assert server.complaints == []
