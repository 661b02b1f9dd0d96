"""What `peerloop doctor` finds of a connection to Confluence: each step, and each way in which it fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.confluence.state import User
from tests.fakes.confluence_connection import ADA, PARENT, SPACE, Connection, connected
from tests.fakes.google_calendar.exchange import Answer
from tests.fakes.google_calendar.faults import Fault

STEPS = ["it signs in", "it finds the space", "it finds the page above ours", "it may write", "it knows the members"]
BOB = {"cloud": "5b10ac8d82e05b22cc7d4ef6", "data-center": "bob"}


@pytest.fixture(params=["cloud", "data-center"])
def confluence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with connected(request.param, monkeypatch) as connection:
        yield connection
        left = [page.title for page in connection.server.pages() if "doctor" in page.title]
        assert left == []


def looked(confluence: Connection, steps: list[str] | None = None) -> tuple[list[bool | None], str]:
    """Return how each step went, and what was told of all of them."""
    checks = list(confluence.wiki().check_up())
    assert [check.what for check in checks] == (steps or STEPS)
    assert all(check.text for check in checks if check.well is False)
    told = "\n".join(check.text for check in checks)
    assert "a-token-for-tests" not in told
    return [check.well for check in checks], told


def test_all_is_well(confluence: Connection) -> None:
    confluence.members[1]["confluence"] = BOB[confluence.flavour]
    page, before = confluence.made(), {one.id for one in confluence.server.pages()}
    cursor = confluence.wiki().observe(None).cursor
    told = f"Peer learning\n{SPACE}\n{PARENT}\ntried with a page that is in the trash now\nall of them"
    assert looked(confluence) == ([True] * 5, told)
    assert confluence.wiki().observe(cursor).seen == ()
    assert {one.id for one in confluence.server.pages()} == before
    assert confluence.kept() == page
    (trashed,) = confluence.server.pages("trashed")
    assert trashed.title.startswith("peerloop doctor tries whether it may write")


def test_without_a_parent(confluence: Connection) -> None:
    confluence.use["parent"] = None
    wells, told = looked(confluence)
    assert wells == [True] * 5
    assert "the first one of the space" in told


@pytest.mark.parametrize("seen_as", ["hidden", "refused"])
def test_a_wrong_token(confluence: Connection, monkeypatch: pytest.MonkeyPatch, seen_as: Any) -> None:
    confluence.server.behaviour.bad_credentials = seen_as
    monkeypatch.setenv("CONFLUENCE_TOKEN", "another")
    wells, told = looked(confluence)
    assert wells == [False, None, None, None, None]
    assert "does not accept the sign-in of the connection “confluence” (“" in told
    assert "its token has ended or was revoked" in told
    assert "another\n" not in told


def test_a_stranger_is_not_signed_in(confluence: Connection) -> None:
    anonymous = Answer.of(200, {"type": "anonymous", "displayName": "Anonymous"})
    confluence.server.faults.plan(Fault(False, lambda _: anonymous), on="user.current")
    wells, told = looked(confluence)
    assert wells == [False, None, None, None, None]
    assert "does not accept the sign-in" in told


def test_no_token(confluence: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFLUENCE_TOKEN")
    wells, told = looked(confluence)
    assert wells == [False, None, None, None, None]
    assert "has no token" in told


def test_a_wrong_address(confluence: Connection) -> None:
    confluence = Connection(confluence.server, url=f"{confluence.server.url}/elsewhere")
    wells, told = looked(confluence)
    assert wells == [False, None, None, None, None]
    assert "a web page answers, not Confluence's API (“Log in" in told


SAID = {
    "scoped token": ("(“HTTP Status 401 – Unauthorized”)", "A token with scopes is good only at https://api.atlassian"),
    "missing scope": ("lacks a scope (“Unauthorized; scope does not match”)", "that integrations/README.md lists"),
    "revoked": ("does not accept the sign-in of the connection “confluence” (“caller cannot access Conf", "new token"),
    "firewall": (
        "A web page refuses what the connection “confluence” sent (“Attention Required! | Cloud",
        "a firewall",
    ),
    "no page": ("not Confluence's API (“Oops, you've found a dead link”)", "a page of maintenance"),
    "no resource": ("not Confluence's API (“null for uri: http://wiki/rest/api/content”)", "correct the url"),
    "nothing": ("not Confluence's API: a proxy or", "correct the url"),
    "late": ("408 Request Time-out (HTTP 408)", "The next pass tries again"),
    "gateway": ("502 Bad Gateway (HTTP 502)", "The next pass tries again"),
    "maintenance": ("Down for maintenance (HTTP 503)", "The next pass tries again"),
}


@pytest.mark.parametrize("form", SAID)
def test_what_is_told_of_an_answer_is_what_it_says(confluence: Connection, form: str) -> None:
    confluence.server.faults.recorded(form, times=99)
    wells, told = looked(confluence)
    assert wells == [False, None, None, None, None]
    words, advice = SAID[form]
    if form != "scoped token" or confluence.flavour == "cloud":
        assert words in told
        assert advice in told
    assert told.count("\n") == len(STEPS) - 1


def test_nobody_is_there(confluence: Connection) -> None:
    confluence.server.faults.lose_answer(times=5)
    wells, told = looked(confluence)
    assert wells == [False, None, None, None, None]
    assert "was not reached" in told


def test_no_such_space(confluence: Connection) -> None:
    confluence.use["space"] = "PLATT"
    wells, told = looked(confluence)
    assert wells == [True, False, None, None, None]
    assert "knows nothing of the space PLATT, or does not show it to whom we sign in as" in told


def test_no_such_parent(confluence: Connection) -> None:
    confluence.use["parent"] = "Per learning"
    wells, told = looked(confluence)
    assert wells == [True, True, False, None, None]
    assert f"The space {SPACE} has no page “Per learning”" in told


def test_the_template(confluence: Connection) -> None:
    confluence.use["template"] = "Session"
    steps = [*STEPS[:3], "it finds the template", *STEPS[3:]]
    wells, told = looked(confluence, steps)
    assert wells == [True, True, True, False, None, None]
    assert "knows nothing of a template “Session” in the space PLAT" in told
    confluence.server.add_template("Session", "<p>Welcome</p>", SPACE)
    assert looked(confluence, steps)[0] == [True] * 6


@pytest.mark.parametrize("on", ["page.create", "property.create", "label.add", "attachment."])
def test_it_may_not_write(confluence: Connection, on: str) -> None:
    attached = "attachment.put" if confluence.flavour == "cloud" else "attachment.create"
    confluence.server.faults.refuse("forbidden", on=attached if on == "attachment." else on)
    wells, told = looked(confluence)
    assert wells == [True, True, True, False, None]
    assert "Whom we sign in as may not write" in told
    assert len(confluence.server.pages("trashed")) == (on != "page.create")


@pytest.mark.parametrize("done", [True, False])
def test_nothing_is_left_where_the_answer_is_lost(confluence: Connection, done: bool) -> None:
    confluence.server.faults.lose_answer(on="page.create", done=done)
    wells, told = looked(confluence)
    assert wells == [True, True, True, False, None]
    assert "may not have been written" in told
    assert len(confluence.server.pages("trashed")) == done


def test_what_cannot_be_put_into_the_trash_is_named(confluence: Connection) -> None:
    confluence.server.faults.refuse("forbidden", on="page.delete")
    wells, told = looked(confluence)
    assert wells == [True, True, True, False, None]
    (left,) = (page for page in confluence.server.pages() if "doctor" in page.title)
    assert f"Put “{left.title}” into the trash yourself." in told
    confluence.server.person_trashes(left.id)


def test_members_without_an_account_and_who_it_may_be(confluence: Connection) -> None:
    confluence.members += [{"name": 'Cleo "C" \\ Bell', "email": "cleo@example.com"}]
    wells, told = looked(confluence)
    assert wells == [True] * 5
    assert f"all but Bob Hopper, perhaps {BOB[confluence.flavour]} (Bob Hopper); Cleo" in told
    assert "Bell, nobody found. Mentions of them on a page are not understood" in told


def test_a_member_s_account_that_is_not_there(confluence: Connection) -> None:
    confluence.members[0]["confluence"] = "nobody"
    wells, told = looked(confluence)
    assert wells == [True, True, True, True, False]
    assert "does not know Ada Lovelace (nobody). Correct confluence: of them in the team's file." in told


def test_people_may_not_be_looked_at(confluence: Connection) -> None:
    page = confluence.made()
    confluence.server.person_adds_task(page.id, "tidy up", "ada")
    confluence.server.faults.refuse("forbidden", times=9, on="user.get")
    seen = confluence.seen()  # which the mention does not stop
    assert seen
    assert [item.text for item in seen.items] == ["tidy up"]


def test_several_of_a_name(confluence: Connection) -> None:
    if confluence.flavour == "cloud":
        for number in range(5):
            user = User(f"bob{number}", "Bob Hopper", "", f"bob{number}", f"key{number}")
            confluence.server.add_user(f"bob{number}", user)
    told = looked(confluence)[1]
    assert told.count("(Bob Hopper)") == (3 if confluence.flavour == "cloud" else 1)
    assert ADA[confluence.flavour] not in told
