"""What people are to hear, as comments below the team's home page, on Cloud and on Data Center."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import pytest

from config.operator import operator_model
from config.team import Team
from daemon.model import Mark, Message, Page, Write, fingerprint
from daemon.ports import Messenger, Unavailable, Undeliverable
from integrations import kinds, messenger, wiki
from tests.fakes.confluence import ConfluenceServer

SPACE = "PLAT"
HOME = Page("platform/home", "home", "Platform: peer learning", "Coming up", "")
MESSAGE = Message(
    message_id="<digest.2026-12-01.0a1b2c@peerloop>",
    to="ada@example.com",
    to_name="Ada Lovelace",
    subject="Two action items are due",
    text="Hello Ada,\n\nOverdue\n  - write the <runbook>, *now*\n    https://wiki.example.com/x?a=1&b=2\n",
    date=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
)
NOW: Callable[[Team], datetime] = lambda _: MESSAGE.date  # noqa: E731


class Place:
    """A team whose pages and comments are in a space of the stand-in."""

    def __init__(self, server: ConfluenceServer, folder: Path) -> None:
        cloud = server.world.cloud
        told = {
            "kind": "confluence-cloud" if cloud else "confluence-data-center",
            "url": server.url,
            "token": f"file:{folder / 'token'}",
            **({"user": server.credentials.user} if cloud else {}),
        }
        (folder / "token").write_text(server.credentials.token)
        self.server = server
        self.operator = operator_model(kinds()).model_validate(
            {"data": str(folder), "connections": {"confluence": told}}
        )
        account = server.world.state.users["ada"]
        ada = {"name": "Ada Lovelace", "email": "ada@example.com"}
        cadence = {"every": "week", "on": "thursday", "at": "12:15"}
        self.team = Team.model_validate(
            {
                "team": "Platform",
                "timezone": "Europe/Berlin",
                "lead": "ada@example.com",
                "members": [
                    {**ada, "confluence": account.account_id if cloud else account.username},
                    {"name": "Bob Noyce", "email": "bob@example.com"},
                ],
                "series": [{"name": "Lunch", "format": "lunch-and-learn", "cadence": cadence}],
                "wiki": {"connection": "confluence", "space": SPACE},
                "mail": {"connection": "confluence"},
            }
        )

    def messenger(self) -> Messenger:
        return messenger(self.operator, NOW, self.team, "platform")

    def has_home(self) -> None:
        pages = wiki(self.operator, NOW, self.team, "platform")
        (written,) = pages.write([Write(HOME, Mark(HOME.key, fingerprint(HOME.content)))])
        assert written.error == ""

    def comments(self) -> list[str]:
        return [one.storage for one in self.server.comments(self.server.titled(HOME.title).id)]


@pytest.fixture(params=["cloud", "data-center"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    flavour = cast(Literal["cloud", "data-center"], request.param)
    with ConfluenceServer(flavour) as server:
        server.add_space(SPACE)
        yield Place(server, tmp_path)
        assert server.complaints == []


def test_a_comment_mentions_its_reader_and_says_what_there_is(place: Place) -> None:
    place.has_home()
    place.messenger().send(MESSAGE)
    (comment,) = place.comments()
    assert place.server.mention("ada").removesuffix("/>").strip() in comment
    assert "write the &lt;runbook&gt;, *now*" in comment
    assert '<a href="https://wiki.example.com/x?a=1&amp;b=2">' in comment


def test_it_is_written_once(place: Place) -> None:
    place.has_home()
    assert place.messenger().sent(MESSAGE.message_id) is False
    place.messenger().send(MESSAGE)
    place.messenger().send(MESSAGE)
    assert place.messenger().sent(MESSAGE.message_id) is True
    assert len(place.comments()) == 1
    place.messenger().send(replace(MESSAGE, message_id="<digest.2026-12-02.0a1b2c@peerloop>"))
    assert len(place.comments()) == 2


def test_one_whose_answer_was_lost_is_found_again(place: Place) -> None:
    place.has_home()
    place.server.faults.lose_answer(on="comment.create", done=True)
    with pytest.raises(Unavailable):
        place.messenger().send(MESSAGE)
    place.messenger().send(MESSAGE)
    assert len(place.comments()) == 1


def test_somebody_without_an_account_is_told_apart(place: Place) -> None:
    place.has_home()
    with pytest.raises(Undeliverable, match="Bob Noyce has no Confluence account in the team's file"):
        place.messenger().send(replace(MESSAGE, to="bob@example.com", to_name="Bob Noyce"))
    assert place.comments() == []


def test_before_there_is_a_home_page_it_waits(place: Place) -> None:
    with pytest.raises(Unavailable, match="home page"):
        place.messenger().send(MESSAGE)
    (check,) = place.messenger().check_up()
    assert check.well is False
    place.has_home()
    (check,) = place.messenger().check_up()
    assert check.well
