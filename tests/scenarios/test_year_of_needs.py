"""A year of what a team lacks: noticed in incidents, retrospectives and a wiki, taken up, taught, asked about again.

The pages are in Confluence, the incidents in an export beside the team's file, the retrospectives in a folder.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from daemon.cli.shapes import shape_of
from daemon.model.needs import need_id
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence.storage import tasks
from tests.scenarios.command_line import peerloop
from tests.scenarios.confluence_programme import SPACE, USE, ConfluenceProgramme, confluence

CADENCE: Mapping[str, Any] = {"every": "4 weeks", "on": "thursday", "at": "12:15", "starts": "2026-11-26"}
NAMES = ("Ada", "Bob", "Dan", "Eve")
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "members": [{"name": name, "email": f"{name.lower()}@example.com"} for name in NAMES],
    "series": [{"name": "Lunch", "format": "lunch-and-learn", "cadence": CADENCE}],
    "rotation": {"ahead": "6 weeks"},
    "wiki": {**USE, "open": "7 days before"},
    "mail": {"connection": "local"},
    "needs": [
        {"file": "incidents.csv"},
        {"under": "retros"},
        {"connection": "confluence", "label": "post-mortem", "area": "postgres"},
    ],
}
INCIDENTS = """\
title,area,url,date
How to fail over the database,postgres,https://incidents.example.com/1,2026-11-10
Who may page whom at night,,https://incidents.example.com/2,2026-11-12
"""
RETRO = "# Retro of 2026-11-13\n\n## Questions\n\n- How do we roll back a deploy?\n"
POST_MORTEM = "<h2>What we did not know</h2><ul><li>How to fail over the database</li></ul>"
OVER, BACK, PAGING = map(
    need_id, ("How to fail over the database", "How do we roll back a deploy?", "Who may page whom at night")
)


@pytest.fixture
def server() -> Iterator[ConfluenceServer]:
    with confluence("cloud") as started:
        yield started


class Year:
    """A team with a session every four weeks, and its lead."""

    def __init__(self, server: ConfluenceServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        (folder / "incidents.csv").write_text(INCIDENTS)
        retros = folder / "data" / "wiki" / "platform" / "retros"
        retros.mkdir(parents=True)
        (retros / "a.md").write_text(RETRO)
        page = server.person_adds_page(SPACE, "Post-mortem 2026-11-10", POST_MORTEM)
        server.person_labels(page, "post-mortem")
        server.index.catch_up()
        self.programme = ConfluenceProgramme(server, folder, TEAM)
        self.passes()

    def goes_by(self, months: int = 1) -> None:
        """Let a pass be made every four weeks, on the Monday before the session."""
        for _ in range(months):
            self.programme.later(weeks=4)
            self.passes()

    def passes(self) -> None:
        """Make a pass that goes well."""
        outcome, delivered = self.programme.apply()
        assert (outcome.errors, delivered.errors, outcome.plan.findings) == ((), (), ())

    def lead(self, *arguments: str) -> str:
        """Let the lead use the command line."""
        now = f"{self.programme.now:%Y-%m-%dT%H:%M}"
        done = peerloop(self.folder, *arguments, "--config", "peerloop.yaml", "--now", now)
        assert done.code == 0, done.err
        return done.out

    def needs(self) -> dict[str, tuple[str, int]]:
        """Return the state of each need, and how often it was noticed."""
        found = json.loads(self.lead("needs", "team.yaml", "--json"))
        Draft202012Validator(shape_of("needs")).validate(found)
        return {one["id"]: (one["state"], one["times"]) for one in found["needs"]}

    def states(self) -> dict[str, str]:
        """Return how far each need is."""
        return {key: state for key, (state, _) in self.needs().items()}

    def page(self, day: str) -> str:
        """Return the id of a session's page."""
        (found,) = [one.id for one in self.server.pages() if one.title.startswith(day)]
        return found

    def asks(self, day: str) -> list[str]:
        """Return who is asked on the page of a session, a line for each answer."""
        return [one.words for one in tasks(self.server.page(self.page(day)).storage) if ": " in one.words]

    def ticks(self, day: str, *answers: str) -> None:
        """Let people tick a line each of the page of a session, as many as there are answers."""
        page = self.page(day)
        boxes = {one.words: one.local_id for one in tasks(self.server.page(page).storage)}
        people = list(dict.fromkeys(line.partition(":")[0] for line in self.asks(day)))
        for name, said in zip(people, answers, strict=False):
            self.server.person_ticks(page, boxes[f"{name}: {said}"])

    def taught(self, title: str) -> list[str]:
        """Return the days of the sessions about a topic, those to come too."""
        known = self.programme.memory().by_start()
        return [str(one.slot.day) for one in known if one.topic and one.topic.title == title and one.takes_place]

    def tells_how(self, over: str, back: str) -> None:
        """See to it that ``why`` tells how both topics came to where they are, and mails never who said what."""
        since = "in the backlog since 2026-11-23 → taught on 2026-1"
        assert self.why(over).startswith(f"noticed on 2026-11-10 → {since}")
        assert self.why(over).endswith(" → 3 of 3 who answered can do it now → closed")
        assert self.why(back).startswith(f"noticed on 2026-11-13 → {since}")
        assert self.why(back).endswith(
            " → 1 of 3 who answered can do it now → still open → taught again on 2027-03-18 → asked on 2027-06-07 → "
            "3 of 3 who answered can do it now → closed"
        )
        told = json.loads(self.lead("why", "team.yaml", back, "--json"))
        Draft202012Validator(shape_of("why")).validate(told)
        bodies = (mail.get_body(("plain",)) for mail in self.programme.mails())
        said = "".join(body.get_content() for body in bodies if body)
        assert "can you do it now?" in said and not any(line in said for line in self.asks(back))

    def why(self, day: str) -> str:
        """Return how a topic came to where it is."""
        return next(line.strip() for line in self.lead("why", "team.yaml", day).splitlines() if " → " in line)


def test_a_year_from_what_was_noticed_to_what_people_can_do(server: ConfluenceServer, tmp_path: Path) -> None:
    year = Year(server, tmp_path)
    assert year.needs() == {OVER: ("proposed", 2), BACK: ("proposed", 1), PAGING: ("proposed", 1)}
    text = year.programme.path.read_text()
    year.lead("needs", "accept", OVER, "team.yaml", "--title", "Failing over", "--write")
    year.lead("needs", "accept", BACK, "team.yaml", "--title", "Rolling back", "--area", "ci", "--write")
    year.lead("needs", "decline", PAGING, "team.yaml", "--write")
    after = year.programme.path.read_text()
    assert all(line in after.splitlines() for line in text.splitlines()), "all that was there stands there"
    year.passes()
    assert year.states() == {OVER: "planned", BACK: "planned", PAGING: "declined"}
    year.goes_by(months=2)
    over, back = (year.taught(title)[0] for title in ("Failing over", "Rolling back"))
    assert {over, back} == {"2026-11-26", "2026-12-24"}
    assert year.states() == {OVER: "taught", BACK: "taught", PAGING: "declined"}

    year.goes_by(months=2)
    assert len(year.asks(over)) == len(year.asks(back)) == 6, "all but who taught it"
    year.ticks(over, "yes", "yes", "yes")
    year.ticks(back, "yes", "not yet", "not yet")
    year.passes()
    assert year.states() == {OVER: "closed", BACK: "planned", PAGING: "declined"}
    assert year.taught("Rolling back") == [back, "2027-03-18"]
    assert year.why(back).endswith(" → 1 of 3 who answered can do it now → still open → planned again for 2027-03-18")

    year.goes_by(months=3)
    assert year.states() == {OVER: "closed", BACK: "taught", PAGING: "declined"}
    year.ticks("2027-03-18", "yes", "yes", "yes")
    year.goes_by(months=2)
    assert year.states() == {OVER: "closed", BACK: "closed", PAGING: "declined"}
    assert year.taught("Rolling back") == [back, "2027-03-18"], "and it stays so"
    year.tells_how(over, back)
