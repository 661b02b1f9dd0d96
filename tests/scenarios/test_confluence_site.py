"""A small programme's pages on a real site of Confluence, from nothing to the trash; on the stand-in, too, always.

Against a site it runs where these are set, else it is skipped:

    PEERLOOP_TEST_CONFLUENCE_URL      its address, with the context path: on Cloud https://….atlassian.net/wiki
    PEERLOOP_TEST_CONFLUENCE_USER     on Cloud, the e-mail that the token belongs to; on Data Center not set
    PEERLOOP_TEST_CONFLUENCE_TOKEN    an API token, or on Data Center a personal access token
    PEERLOOP_TEST_CONFLUENCE_SPACE    the key of a space that is kept for tests
    PEERLOOP_TEST_CONFLUENCE_PARENT   the title of the page below which it works, if not the first page of the space
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

import pytest
import yaml

from config.operator import operator_model
from daemon.ports import PortError
from integrations import kinds
from integrations.atlassian.site import Site
from integrations.confluence.api import PageState
from integrations.confluence.cloud import Cloud
from integrations.confluence.data_center import DataCenter
from integrations.confluence.faults import CONFLUENCE
from tests.scenarios.command_line import peerloop
from tests.scenarios.confluence_programme import PARENT, SPACE, confluence

URL, USER, TOKEN, KEY, ABOVE = (
    f"PEERLOOP_TEST_CONFLUENCE_{name}" for name in ("URL", "USER", "TOKEN", "SPACE", "PARENT")
)
NEEDED = (URL, TOKEN, KEY)
NOW = "2031-01-06T09:00"
"""A Monday so far away that nobody minds."""
LATER = "2031-01-10T09:00"
"""When the first session has been held."""
DATES = ("2031-01-09", "2031-01-16", "2031-01-23")


NOTE = (
    "<p>Great <em>talk</em> &amp; cake &nbsp;☕</p><ac:task-list><ac:task><ac:task-status>incomplete</ac:task-status>"
    "<ac:task-body>@ada rotate the keys</ac:task-body></ac:task></ac:task-list>"
)


class Place:
    """A page of a space, below which all is made; each run has one of its own, for a title in the trash stays taken."""

    def __init__(self, told: dict[str, str], space: str, above: str | None) -> None:
        self.told = told
        operator = operator_model(kinds()).model_validate({"connections": {"confluence": told}})
        site = Site(CONFLUENCE, "confluence", operator.connections["confluence"])  # type: ignore[arg-type]
        self.api = Cloud(site) if told["kind"] == "confluence-cloud" else DataCenter(site)
        self.space, self.title = self.api.space(space), f"peerloop's test {token_hex(4)}"
        where = self.api.titled(self.space, above)[0].id if above else self.space.homepage
        self.top = self.api.create(self.space, where, self.title, "<p>This page may be deleted.</p>").id

    def pages(self) -> dict[str, PageState]:
        """Return the pages that have been made, by the part of their titles before the team's or the series' name."""
        children = dict(self.api.children(self.top))
        years = [one for one, title in children.items() if title.endswith(" 2031")]
        children |= {one: title for year in years for one, title in self.api.children(year)}
        return {_short(one.title): one for one in self.api.pages([*children]) if one.id not in years}

    def clear(self) -> None:
        """Put all of it into the trash."""
        for page, _ in self.api.children(self.top):
            for below, _ in self.api.children(page):
                self.api.trash(below)
            self.api.trash(page)
        self.api.trash(self.top)


def _short(title: str) -> str:
    return title[:10] if title[0].isdecimal() else "home"


@pytest.fixture(params=["cloud", "data-center", "a real site"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    if request.param == "a real site":
        if missing := [name for name in NEEDED if not os.environ.get(name)]:
            pytest.skip(f"a real site needs {' and '.join(missing)} to be set; tests/README.md says to what")
        told = {"kind": "confluence-data-center", "url": os.environ[URL], "token": f"env:{TOKEN}"}
        if user := os.environ.get(USER):
            told |= {"kind": "confluence-cloud", "user": user}
        place = Place(told, os.environ[KEY], os.environ.get(ABOVE))
        try:
            yield place
        finally:
            with suppress(PortError):
                place.clear()
        return
    with confluence(request.param) as server:
        monkeypatch.setenv(TOKEN, server.credentials.token)
        told = {"kind": f"confluence-{request.param}", "url": server.url, "token": f"env:{TOKEN}"}
        if request.param == "cloud":
            told["user"] = server.credentials.user
        yield Place(told, SPACE, PARENT)


def write(folder: Path, place: Place, **more: object) -> None:
    """Write the operator's file and the team's."""
    series = {"name": f"Lunch <{place.title[-4:]}>", "format": "lunch-and-learn", "minutes": 45}
    team = {
        "team": place.title,
        "timezone": "Europe/Berlin",
        "lead": "ada@example.com",
        "members": [{"name": "Ada Lovelace", "email": "ada@example.com"}],
        "series": [{**series, "cadence": {"every": "week", "on": "thursday", "at": "12:15"}}],
        "rotation": {"ahead": "3 weeks"},
        "wiki": {"connection": "confluence", "space": place.space.key, "parent": place.title, "open": "3 weeks before"},
    }
    (folder / "team.yaml").write_text(yaml.safe_dump({**team, **more}))
    told = {"teams": "team.yaml", "connections": {"confluence": place.told}}
    (folder / "peerloop.yaml").write_text(yaml.safe_dump(told))


def apply(folder: Path, now: str = NOW) -> None:
    """Apply, twice, and expect that the second time there is nothing to do."""
    for command in (["apply"], ["plan", "--detailed-exitcode"]):
        done = peerloop(folder, *command, "--now", now)
        assert done.code == 0, done.out + done.err


def test_pages_from_nothing_to_the_trash(place: Place, tmp_path: Path) -> None:
    write(tmp_path, place)
    checked = peerloop(tmp_path, "doctor")
    assert checked.code == 0, checked.out + checked.err
    apply(tmp_path)
    assert place.pages().keys() == {"home", *DATES}

    page = place.pages()[DATES[0]]
    place.api.update(page, page.title, page.storage + NOTE)
    before = place.pages()[DATES[0]].storage
    write(tmp_path, place, topics=[{"title": "]]> & <b>", "votes": 2}], whiteboard="https://whimsical.com/peerloop")
    apply(tmp_path)
    after = place.pages()[DATES[0]]
    assert after.title.endswith(": ]]> & <b>")
    assert after.storage.partition("</ac:structured-macro>")[2] == before.partition("</ac:structured-macro>")[2]
    assert "https://whimsical.com/peerloop" in after.storage

    apply(tmp_path, LATER)
    assert "rotate the keys" in place.pages()["home"].storage
    done = peerloop(tmp_path, "status", "--json", "--now", LATER)
    (item,) = (one for one in json.loads(done.out)["teams"][0]["items"] if "keys" in one["text"])
    assert (item["assignee"], item["status"]) == ("ada@example.com", "open")
    place.api.trash(place.pages()[DATES[2]].id)
    apply(tmp_path, LATER)
    assert DATES[2] not in place.pages()
    place.clear()
