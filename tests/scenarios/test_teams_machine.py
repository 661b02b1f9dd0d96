"""Several teams under attack side by side, as the daemon serves them: whatever goes wrong with one, the others are as
if each of them were alone.

Each healthy team has a twin, which has a ledger, a calendar and pages of its own, and the same people who do the same.
After each round the two show the same, and their ledgers know the same.
"""

import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from config.operator import Operator, operator_model
from config.team import Team
from config.templates import render
from daemon.ledger import open_ledger
from daemon.loop import World, run_once
from daemon.model import Session
from daemon.model.memory import Memory
from daemon.plan.guards import Allowance
from daemon.ports import Calendar, Messenger, Wiki
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_teams
from integrations import calendar, kinds, messenger, sources, wiki
from tests import soak
from tests.postgresql import cluster, new_database, server_is_installed
from tests.scenarios import lead, people
from tests.scenarios.disturbances import FAILURES
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import MONDAY, TEAM, Programme, Through
from tests.scenarios.test_daemon import until

HEALTHY, FAULTY = ("Alpha", "Beta"), "Faulty"
PICK = st.integers(0, 10_000)


class Breaks:
    """A fault of the programme itself in one pass."""

    def __call__(self, world: World) -> World:
        raise RuntimeError("the disk is on fire")


class Hangs:
    """A calendar that does not answer until it is told to."""

    def __init__(self) -> None:
        self.answers = threading.Event()

    def __call__(self, world: World) -> World:
        """Wait, and go on as if nothing had been."""
        assert self.answers.wait(LONGEST)
        return world


class OneOfMany(Programme):
    """A team's programme, alone or beside others, with people whom no other team has."""

    def __init__(self, folder: Path, name: str, data: Path, ledger: str = "") -> None:
        self.name, self.place, self.ledger = name, data, ledger
        super().__init__(folder, {**TEAM, "team": name}, MONDAY)

    def operators(self) -> Operator:
        self.data = self.place
        return operator_model(kinds()).default(str(self.data))

    def edit(self, team: Mapping[str, Any]) -> bool:
        """Write the team, at a domain of its own."""
        return super().edit(yaml.safe_load(self._at_home(yaml.safe_dump(dict(team)))))

    def _at_home(self, text: str) -> str:
        return re.sub("@example.com", f"@{self.name.lower()}.test", text, flags=re.IGNORECASE)

    @property
    def calendar_path(self) -> Path:
        return self.data / "calendar" / f"{self.name.lower()}.ics"

    @property
    def wiki(self) -> Path:
        return self.data / "wiki" / self.name.lower()

    def mails(self) -> list[EmailMessage]:
        return [mail for mail in super().mails() if str(mail["To"]).endswith(f"@{self.name.lower()}.test>")]

    def memory(self) -> Memory:
        with closing(open_ledger(self.ledger or self.operator.ledger_url(), create=False)) as ledger:
            return ledger.recall(self.name.lower(), self.name)

    def told(self) -> tuple[object, ...]:
        """Return what people see of the team, wherever its files lie, and the sessions that its ledger knows."""
        return self._events(), self._texts(self.pages()), self._mailed(), self._sessions()

    def _events(self) -> dict[str, tuple[str, ...]]:
        shown = self.seen_by_people()[0]
        names = ("SUMMARY", "DTSTART", "DTEND", "RRULE", "EXDATE", "STATUS", "DESCRIPTION", "ATTENDEE")
        return {
            f"{event['UID']} {event.get('RECURRENCE-ID')}": tuple(
                self._anywhere(repr(event.get(name))) for name in names
            )
            for event in shown.events
        }

    def _mailed(self) -> list[str]:
        bodies = ((mail, mail.get_body(("plain",))) for mail in self.mails())
        found = (f"{mail['To']} {mail['Subject']} {body.get_content()}" for mail, body in bodies if body)
        return sorted(map(self._anywhere, found))

    def _texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        marks = re.compile("<!-- peerloop:.*?-->", re.DOTALL)  # which hold digests of where the files lie
        return {path: self._anywhere(marks.sub("", text)) for path, text in texts.items()}

    def _sessions(self) -> Mapping[str, Session]:
        return self.memory().sessions

    def _anywhere(self, text: str) -> str:
        return text.replace(str(self.data), "")


class SideBySide(RuleBasedStateMachine):
    """Teams that share a ledger, and their twins."""

    address = ""
    """Where PostgreSQL is; else the ledger is a file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="peerloop-"))
        data = self.folder / "data"
        data.mkdir()
        self.url = new_database(self.address) if self.address else f"sqlite:///{data / 'ledger.db'}"
        self.teams = {name: OneOfMany(self.folder / name, name, data, self.url) for name in (*HEALTHY, FAULTY)}
        twins = self.folder / "alone"
        self.twins = {name: OneOfMany(twins / name, name, twins / name / "data") for name in HEALTHY}
        self.now, self.fault = MONDAY, None
        self.world = self._world(self.teams[FAULTY].operator)
        self.rounds = Rounds(self.world, Allowance(), lambda: self.now, self._seconds)
        self.alone = self.world.ledger.alone()
        self.alone.__enter__()

    fault: Through | None

    def teardown(self) -> None:
        self.rounds.close()
        self.alone.__exit__(None, None, None)
        self.world.ledger.close()
        shutil.rmtree(self.folder)

    @initialize()
    def begins(self) -> None:
        self.goes_on(None)

    @rule(
        hours=st.sampled_from((1, 5, 24, 48, 24 * 9)),
        fault=st.one_of(st.sampled_from(FAILURES), st.just(Breaks()), st.builds(Hangs), st.none()),
    )
    def time_passes(self, hours: int, fault: Through | None) -> None:
        for team in (*self.teams.values(), *self.twins.values()):
            team.later(hours=hours)
        self.now = self.teams[FAULTY].now
        self.goes_on(fault)

    @rule(name=st.sampled_from((*HEALTHY, FAULTY)), edit=st.sampled_from(lead.EDITS), pick=PICK)
    def lead_edits(self, name: str, edit: lead.Edit, pick: int) -> None:
        for team in self._both(name):
            edit(team, pick)

    @rule(
        name=st.sampled_from((*HEALTHY, FAULTY)),
        edit=st.sampled_from((*people.IN_CALENDAR, *people.ON_PAGES)),
        pick=PICK,
    )
    def people_edit(self, name: str, edit: people.Edit, pick: int) -> None:
        for team in self._both(name):
            edit(team, pick)

    def goes_on(self, fault: Through | None) -> None:
        """Let a round go by in which something is wrong with one team; the others are as if they were alone."""
        self.fault = fault
        paths = [team.path for team in self.teams.values()]
        reading = read_teams(paths, self.teams[FAULTY].operator, self.now)
        assert reading.faults == ()
        for twin in self.twins.values():
            outcome, delivered = twin.apply()
            assert (outcome.errors, delivered.errors) == ((), ())
        assert self.rounds.begin(reading.files)
        if isinstance(fault, Hangs):
            until(lambda: all(self.teams[name].told() == twin.told() for name, twin in self.twins.items()))
            fault.answers.set()
        assert self.rounds.settle(LONGEST)
        for name, twin in self.twins.items():
            for seen, expected in zip(self.teams[name].told(), twin.told(), strict=True):
                assert seen == expected
        if fault is None:
            self._is_quiet(reading.files)

    def _is_quiet(self, files: Any) -> None:
        """Nothing is left to do for anybody, whatever went wrong before."""
        for file in files:
            outcome = run_once(file, self.now, self.world, dry_run=True)
            assert (outcome.errors, outcome.plan.changes) == ((), ())

    def _both(self, name: str) -> Iterator[OneOfMany]:
        yield self.teams[name]
        if name in self.twins:
            yield self.twins[name]

    def _seconds(self) -> float:
        return (self.now - MONDAY).total_seconds()

    def _world(self, operator: Operator) -> World:
        known = (operator, lambda *_team: self.now)
        shelves = partial(calendar, *known), partial(wiki, *known)
        world = World(open_ledger(self.url), *shelves, partial(messenger, *known), partial(sources, *known), render)

        def of(team: Team) -> World:
            return self.fault(world) if self.fault and team.team == FAULTY else world

        def calendar_of(team: Team, key: str) -> Calendar:
            return of(team).calendar(team, key)

        def wiki_of(team: Team, key: str) -> Wiki:
            return of(team).wiki(team, key)

        def messenger_of(team: Team, key: str) -> Messenger:
            return of(team).messenger(team, key)

        return World(world.ledger, calendar_of, wiki_of, messenger_of, world.sources, render)


@soak.soaked
@pytest.mark.parametrize("part", soak.parts(2))
def test_teams_side_by_side(part: int) -> None:
    soak.attack(SideBySide, part, soak.either(1, 5), soak.either(5, 12))


@soak.soaked
@pytest.mark.skipif(not server_is_installed(), reason="no PostgreSQL server (initdb) is installed here")
@pytest.mark.parametrize("part", soak.parts(2))
def test_teams_side_by_side_on_postgresql(part: int) -> None:
    with cluster() as server:
        machine = type("OnPostgresql", (SideBySide,), {"address": server.address})
        soak.attack(machine, part, soak.either(1, 5), soak.either(5, 12))
