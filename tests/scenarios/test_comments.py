"""People are written to in comments of a Confluence that is in the way for a while: each is told once, on that day."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import pytest
import structlog

from daemon.deliver import Delivered
from daemon.loop import World
from daemon.plan.guards import Allowance
from daemon.serve.rounds import Rounds
from integrations.bounded import LARGEST
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.google_calendar.exchange import Answer
from tests.fakes.google_calendar.faults import Fault
from tests.scenarios.confluence_programme import PARENT, SPACE, ConfluenceProgramme, confluence
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import MONDAY, TEAM

EARLY = MONDAY.replace(hour=5)
"""Before people are at work: a pass makes their pages, and nobody is written to."""
MENTIONED = ("ada", "bob")
"""Who has an account at the stand-in."""
MEMBERS = [{"name": "Ada Lovelace", "email": "ada@example.com"}, {"name": "Bob Hopper", "email": "bob@example.com"}]
Break = Callable[[ConfluenceServer], None]
ASKED, WRITTEN = "comment.list", "comment.create"
TOO_LONG = Answer(200, b" " * (LARGEST + 1), "application/json")


class Commenting(ConfluenceProgramme):
    """A programme whose people are written to in comments; its pages have been made, early on a Monday."""

    def __init__(self, server: ConfluenceServer, folder: Path, more: list[dict[str, str]]) -> None:
        use = {"wiki": {"connection": "confluence", "space": SPACE, "parent": PARENT}}
        told = {**TEAM, **use, "mail": {"connection": "confluence"}, "members": [*MEMBERS, *more], "topics": []}
        super().__init__(server, folder, told, EARLY)
        self.apply()
        assert self.comments() == []
        self.later(hours=5)

    @contextmanager
    def world(self, create: bool = True) -> Iterator[World]:
        with super().world(create) as world:
            yield replace(world, messenger=self.client.to_team)

    def comments(self) -> list[str]:
        return [one.storage for one in self.server.world.state.comments.values()]

    def told(self) -> dict[str, int]:
        """Return how many comments mention each person who has an account."""
        found = {name: self.server.mention(name).removesuffix("/>").strip() for name in MENTIONED}
        return {name: sum(mention in one for one in self.comments()) for name, mention in found.items()}


@pytest.fixture(params=["cloud", "data-center"])
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(cast(Literal["cloud", "data-center"], request.param)) as server:
        yield server


def refuses(reason: str, on: str) -> Break:
    return lambda server: server.faults.refuse(reason, times=1000, on=on)


def answers(form: str, on: str) -> Break:
    return lambda server: server.faults.recorded(form, times=1000, on=on)


def signs_nobody_in(server: ConfluenceServer) -> None:
    server.credentials.token = "another"


def hides_the_home(server: ConfluenceServer) -> None:
    server.person_restricts(server.titled("Platform: peer learning").id)


BREAKS: dict[str, Break] = {
    "sign-in": signs_nobody_in,
    "home page": hides_the_home,
    **{f"{reason} {on}": refuses(reason, on) for on in (ASKED, WRITTEN) for reason in
       ("unauthorized", "forbidden", "not-found", "conflict")},
    **{f"{form} {on}": answers(form, on) for on in (ASKED, WRITTEN) for form in
       ("firewall", "no page", "lock", "missing scope", "forged")},
    "unavailable": refuses("unavailable", WRITTEN),
    "busy": refuses("busy", ASKED),
}  # fmt: skip


def mend(server: ConfluenceServer, token: str) -> None:
    server.faults.clear()
    server.credentials.token = token
    server.person_restricts(server.titled("Platform: peer learning").id, hidden=False)


@pytest.mark.parametrize("why", BREAKS)
def test_what_is_in_the_way_for_an_hour_costs_nobody_a_comment(
    server: ConfluenceServer, tmp_path: Path, why: str
) -> None:
    programme, token = Commenting(server, tmp_path, []), server.credentials.token
    said = list[tuple[str, str]]()
    with structlog.testing.capture_logs() as log, programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)

        def goes_on(minutes: int) -> None:
            programme.later(minutes=minutes)
            rounds.begin([programme.file])
            assert rounds.settle(LONGEST)
            said[:] = [(one["event"], one.get("what", "")) for one in log if one.get("about") == "mail by confluence"]

        BREAKS[why](server)
        for minutes in (0, 1, 1, 58):
            goes_on(minutes)
        assert programme.told() == {"ada": 0, "bob": 0}
        assert said and {event for event, _ in said} == {"trouble"}, "nothing is given up, nor called mended"
        assert len(said) == len(set(said)), "each trouble is said once"
        mend(server, token)
        for minutes in (60, 1, 60):
            goes_on(minutes)
    assert programme.told() == {"ada": 1, "bob": 1}
    assert [event for event, _ in said if event != "trouble"] == ["recovered"]


@pytest.mark.parametrize("how", ["no answer", "a gateway's", "half of one", "too long a one"])
@pytest.mark.parametrize("is_shown_later", [True, False])
def test_one_that_may_be_written_is_not_written_again_and_again(
    server: ConfluenceServer, tmp_path: Path, how: str, is_shown_later: bool
) -> None:
    programme, faults = Commenting(server, tmp_path, []), server.faults
    lost = {
        "no answer": lambda: faults.lose_answer(times=1000, on=WRITTEN),
        "a gateway's": lambda: faults.recorded("gateway", times=1000, on=WRITTEN, done=True),
        "half of one": lambda: faults.truncate(times=1000, on=WRITTEN),
        "too long a one": lambda: faults.plan(Fault(True, lambda _: TOO_LONG), times=1000, on=WRITTEN),
    }
    lost[how]()
    faults.empty_listing(times=1000, on=ASKED)
    with structlog.testing.capture_logs() as log, programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)

        def goes_on(*minutes: int) -> list[str]:
            for one in minutes:
                programme.later(minutes=one)
                rounds.begin([programme.file])
                assert rounds.settle(LONGEST)
            return [one["event"] for one in log if one.get("about") == "mail by confluence"]

        assert {*goes_on(0, 1, 1, 1, 2, 4)} == {"trouble"}
        assert programme.told() == {"ada": 1, "bob": 1}
        if is_shown_later:
            faults.clear()
            assert goes_on(1, 60)[-1] == "recovered"
            assert programme.told() == {"ada": 1, "bob": 1}
        else:
            assert goes_on(5, 10, 60, 60, 60)[-2:] == ["given up", "given up"]
            assert programme.told() == {"ada": 2, "bob": 2}


def sends(programme: Commenting, **later: float) -> Delivered:
    programme.later(**later)
    _, delivered = programme.apply()
    return delivered


def test_what_nothing_took_for_a_week_is_given_up(server: ConfluenceServer, tmp_path: Path) -> None:
    programme = Commenting(server, tmp_path, [])
    server.faults.refuse("forbidden", times=1000, on="comment")
    assert sends(programme).given_up == ()
    assert sends(programme, days=6).given_up == ()
    given_up = sends(programme, days=2).given_up
    assert {one.split()[2] for one in given_up} == {"ada@example.com:", "bob@example.com:"}


def test_only_what_is_about_one_person_is_given_up_and_that_is_not_called_mended(
    server: ConfluenceServer, tmp_path: Path
) -> None:
    programme = Commenting(server, tmp_path, [{"name": "Eve Moneypenny", "email": "eve@example.com"}])
    with structlog.testing.capture_logs() as log, programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)
        for minutes in (0, 1, 60):
            programme.later(minutes=minutes)
            rounds.begin([programme.file])
            assert rounds.settle(LONGEST)
    assert programme.told() == {"ada": 1, "bob": 1}
    (said,) = [one for one in log if one.get("about") == "mail by confluence"]
    assert said["event"] == "given up"
    assert "mail to eve@example.com: Eve Moneypenny has no Confluence account" in said["what"]


def test_who_is_called_wrongly_is_told_from_users_who_are_not_shown(tmp_path: Path) -> None:
    with confluence("data-center") as server:
        programme = Commenting(server, tmp_path, [{"name": "Eve", "email": "eve@example.com", "confluence": "evee"}])
        server.faults.refuse("not-found", times=2, on="user.get")  # which names nobody: a directory that is away
        first = sends(programme)
        assert [one.split()[2] for one in first.given_up] == ["eve@example.com:"]
        assert "Confluence shows nobody with the user name evee" in first.given_up[0]
        assert len(first.errors) == 3
        sends(programme, hours=1)
        assert programme.told() == {"ada": 1, "bob": 1}


def test_a_page_that_is_not_shown_is_asked_for_once_a_minute(server: ConfluenceServer, tmp_path: Path) -> None:
    programme = Commenting(server, tmp_path, [])
    server.faults.refuse("forbidden", times=1000, on=ASKED)
    before = len(server.requests)
    for _ in range(5):
        sends(programme)
    asked = [one for one in server.requests[before:] if one.name == ASKED]
    assert len(asked) == 1
    sends(programme, minutes=2)
    assert len([one for one in server.requests[before:] if one.name == ASKED]) == 2
