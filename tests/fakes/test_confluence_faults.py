"""What goes wrong, what is late, who may not, and how one goes back."""

import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import requests

from tests.fakes.confluence import ConfluenceServer, specification
from tests.fakes.confluence.exchange import Answer, Request
from tests.fakes.confluence_client import SPACE, Site, signed_in


@pytest.mark.parametrize("done", [True, False])
def test_an_answer_lost(site: Site, done: bool) -> None:
    site.listing()
    site.server.faults.lose_answer(on="page.create", done=done)
    with pytest.raises(requests.ConnectionError):
        site.create("One")
    assert [request.status for request in site.server.requests] == [200, None]
    assert ("One" in [page.title for page in site.server.pages()]) is done
    assert len(site.listing()["results"]) == 1 + done


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("unauthorized", 401),
        ("forbidden", 403),
        ("not-found", 404),
        ("conflict", 409),
        ("too-large", 413),
        ("internal", 500),
        ("unavailable", 503),
    ],
)
def test_refusals(site: Site, reason: str, status: int) -> None:
    page_id = site.create("One")["id"]
    site.server.faults.refuse(reason, nth=2, on="page.get")
    site.read(page_id)
    site.listing()
    assert site.read(page_id, status)
    site.read(page_id)


def test_too_many_requests(site: Site) -> None:
    site.server.faults.throttle(retry_after=7, times=2)
    path = "/rest/api/user/current"
    for _ in range(2):
        answer = site.send("get", path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
        assert ("X-RateLimit-Remaining" in answer.headers) is not site.cloud
    site.ask("get", path)


@pytest.mark.parametrize("done", [True, False])
def test_a_failure_leaves_it_open_whether_it_was_done(site: Site, done: bool) -> None:
    site.server.faults.fail(502, on="page.create", done=done)
    site.create("One", status=502)
    assert len(site.server.pages()) == 1 + done


def test_nonsense(site: Site) -> None:
    site.server.faults.html()
    site.server.faults.truncate(nth=2)
    site.server.faults.slow(0.05, nth=3)
    path = "/rest/api/user/current"
    page = site.send("get", path)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    with pytest.raises(requests.JSONDecodeError):
        site.ask("get", path)
    begun = time.monotonic()
    site.ask("get", path)
    assert time.monotonic() - begun >= 0.05


def test_a_listing_that_shows_nothing(site: Site) -> None:
    site.create("One")
    site.server.faults.empty_listing()
    assert site.listing(limit=1)["results"] == []
    assert len(site.listing()["results"]) == 2


def test_the_index_is_late(site: Site) -> None:
    cql = f'space = "{SPACE}" and type = page and title = "One"'
    page_id = site.create("One")["id"]
    assert site.found(cql) == []
    site.server.index.catch_up()
    assert site.found(cql) == ["One"]
    site.server.person_retitles(page_id, "Two")
    assert site.found(cql) == ["Two"], "it is found by what it was, and shown as it is"
    site.server.person_trashes(page_id)
    assert site.found(cql) == [], "what is gone is not shown"


def test_the_index_catches_up_after_some_requests(site: Site) -> None:
    site.server.index.lag = 2
    site.create("One")
    seen = [site.found('title = "One"') for _ in range(4)]
    assert seen == [[], [], ["One"], ["One"]]


def test_what_can_be_searched_for(site: Site) -> None:
    parent = site.create('Say "hi" \\ now')["id"]
    child = site.create("Child", parent=parent)["id"]
    site.server.person_labels(child, "deep-dive")
    site.server.index.catch_up()
    assert site.found(f"ancestor = {parent}") == ["Child"]
    assert site.found(f"parent = {parent} and label in (deep-dive, other)") == ["Child"]
    assert site.found('title = "Say \\"hi\\" \\\\ now"') == ['Say "hi" \\ now']
    assert site.found("label != deep-dive and title ~ say") == ['Say "hi" \\ now']
    assert site.found('lastmodified >= "2999-01-01 10:00"') == []
    assert site.found("created > 2020/01/01 order by title") == ["Child", "Platform Home", 'Say "hi" \\ now']
    assert site.found("type = page order by lastmodified desc")[0] == "Child"
    assert len(site.found('lastmodified >= now("-10m")')) == 3
    assert site.found("lastmodified > now(1d)") == []


@pytest.mark.parametrize(
    "cql",
    [*("title", "title = ", "no.such = 1", "title >= 1", "", "lastmodified > now", "lastmodified > now(1y)"),
     *('title = "x" or id = 1', 'title = "x', "id in 1", "id = 1 order by rank", 'created > "later"')],
)  # fmt: skip
def test_what_cannot_be_searched_for(site: Site, cql: str) -> None:
    site.create("One")
    site.server.index.catch_up()
    site.ask("get", "/rest/api/content/search", 400, params={"cql": cql})


def test_a_search_goes_on_by_what_the_links_say_together(site: Site) -> None:
    for number in range(3):
        site.create(f"Page {number}")
    site.server.index.catch_up()
    answer: Any = site.ask("get", "/rest/api/content/search", params={"cql": "type = page", "limit": 3})
    following = answer["_links"]["base"] + answer["_links"]["next"]
    assert ("cursor=" in following) is site.cloud
    second = site.ask("get", following, absolute=True)
    assert [one["title"] for one in second["results"]] == ["Page 2"]


def test_who_may_not(site: Site) -> None:
    with signed_in(site.server, "wrong") as other:
        other.listing(404 if site.cloud else 401)
        other.ask("get", "/rest/api/user/current", 403 if site.cloud else 401)
        site.server.behaviour.bad_credentials = "refused"
        other.listing(401)
    site.server.credentials.token = "renewed"
    with signed_in(site.server) as again:
        again.listing()


def test_a_wrong_address_is_answered_with_a_page() -> None:
    with ConfluenceServer("data-center", context="/confluence") as server, signed_in(server) as site:
        site.client._impl.url = server.url.removesuffix("/confluence")
        answer = site.send("get", "/rest/api/user/current")
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")


def test_there_and_back(site: Site) -> None:
    page_id = site.create("One")["id"]
    site.upload(page_id, "chart.png", b"one")
    before = site.server.snapshot()
    site.server.person_adds_task(page_id, "first")
    site.comment(page_id, "<p>hello</p>")
    after = site.server.snapshot()
    site.server.restore(before)
    assert site.server.snapshot() == before != after
    assert site.text(page_id) == "<p>text</p>"
    site.server.person_adds_task(page_id, "first")
    site.comment(page_id, "<p>hello</p>")
    assert site.server.snapshot() == after
    assert site.found("type = page") == ["Platform Home", "One"]


def test_two_runs_of_the_same_are_the_same() -> None:
    def run() -> object:
        with ConfluenceServer() as server, signed_in(server) as site:
            server.add_space(SPACE)
            macro = '<ac:structured-macro ac:name="toc" ac:schema-version="1" />'
            site.create("One", macro)
            site.listing()
            return server.snapshot()

    assert run() == run()


def test_a_snapshot_does_not_see_ids_inside_of_storage(site: Site) -> None:
    macro = '<ac:structured-macro ac:name="toc" ac:schema-version="1" />'
    page_id = site.create("One", macro)["id"]
    before, text = site.server.snapshot(), site.text(page_id)
    site.update(page_id, "One", macro, 2)
    assert site.text(page_id) != text
    site.server.world.state.pages[page_id].version = 1
    site.server.notifications.pop()
    assert site.server.snapshot() == before


def test_without_the_vendors_descriptions_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERLOOP_SPECS", "")
    specification.description.cache_clear()
    request = Request("GET", "/api/v2/nothing", "nothing", {}, None, {})
    assert list(specification.check(True, request, Answer.of(200, {}))) == []
    monkeypatch.undo()
    specification.description.cache_clear()


CREATE = """
import sys
from atlassian import Confluence
flavour, url, token, space = sys.argv[1:]
cloud = flavour == "cloud"
who = {"username": "bot@example.com", "password": token} if cloud else {"token": token}
client = Confluence(url, cloud=cloud, retry_with_header=False, **who)
body = {"representation": "storage", "value": "<p />"}
if cloud:
    client.post("/api/v2/pages", data={"spaceId": space, "title": "One", "body": body})
else:
    page = {"type": "page", "title": "One", "space": {"key": space}, "body": {"storage": body}}
    client.post("/rest/api/content", data=page)
"""


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_is_killed_in_the_middle(site: Site, moment: str, done: bool) -> None:
    if not done:
        site.server.faults.lose_answer(done=False)
    flavour, space = ("cloud", site.space_id) if site.cloud else ("data-center", SPACE)
    command = [sys.executable, "-c", CREATE, flavour, site.server.url, site.server.credentials.token, space]
    process = subprocess.Popen(command)
    site.server.watchers.append(lambda when, _: process.kill() if when == moment else None)
    assert process.wait(timeout=300) == -signal.SIGKILL
    site.server.watchers.clear()
    site.listing()
    assert ("One" in [page.title for page in site.server.pages()]) is done
