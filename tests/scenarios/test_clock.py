"""A clock that leaps: nobody hears of a year that has not come, and all goes on once the clock is believed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.operator import operator_model
from daemon.cli import setting
from daemon.cli.commands import cli
from daemon.cli.setting import Setting, world_of
from daemon.plan.guards import Allowance
from daemon.serve.clock import SECOND_LOOK
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_teams
from integrations import kinds
from tests.scenarios.command_line import peerloop
from tests.scenarios.forks import LONGEST

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
A_YEAR = timedelta(days=365)
WEEK = timedelta(weeks=1)


@dataclass
class Machine:
    """A machine with a clock that may be wrong, and a daemon on it."""

    folder: Path
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        operator = operator_model(kinds()).default(self.folder / "peerloop-data")
        self.told = Setting(operator, (self.folder / "team.yaml",))
        self.world = world_of(self.told)
        self.restart()

    def restart(self) -> None:
        self.rounds = Rounds(self.world, Allowance(), lambda: self.now)

    def round(self) -> bool:
        begun = self.rounds.begin(read_teams(self.told.paths(), self.told.operator, self.now).files)
        assert self.rounds.settle(LONGEST)
        return begun

    @property
    def known(self) -> int:
        with closing(sqlite3.connect(self.folder / "peerloop-data" / "ledger.db")) as ledger:
            (sessions,) = ledger.execute("SELECT count(*) FROM sessions").fetchone()
            (mails,) = ledger.execute("SELECT count(*) FROM digests").fetchone()
        return int(sessions + mails)

    @property
    def days(self) -> set[date]:
        """The days on which there was a mail or a pass."""
        with closing(sqlite3.connect(self.folder / "peerloop-data" / "ledger.db")) as ledger:
            moments = ledger.execute("SELECT day FROM digests UNION SELECT at FROM log").fetchall()
        return {datetime.fromisoformat(moment).date() for (moment,) in moments}


@pytest.fixture
def machine(folder: Path) -> Iterator[Machine]:
    machine = Machine(folder)
    assert machine.round()
    yield machine
    machine.rounds.close()
    machine.world.ledger.close()


@pytest.mark.parametrize("leap", [A_YEAR, -A_YEAR, timedelta(hours=3)])
def test_a_clock_that_leaps_while_it_runs_changes_nothing_unless_it_stays_so(
    machine: Machine, leap: timedelta, capsys: pytest.CaptureFixture[str]
) -> None:
    before = machine.known
    machine.now += leap
    for _ in range(3):
        assert not machine.round()
        machine.now += timedelta(seconds=20)
    assert machine.known == before
    assert capsys.readouterr().out.count("Nothing is written before a second look") == 1

    machine.now -= leap
    assert machine.round()  # it was set right
    assert "recovered" in capsys.readouterr().out
    machine.now += leap
    assert not machine.round()
    machine.now += SECOND_LOOK
    assert machine.round()
    assert machine.round()


@pytest.mark.parametrize("leap", [A_YEAR, WEEK])
def test_what_waits_for_its_turn_when_a_clock_leaps_is_done_once_it_is_right(machine: Machine, leap: timedelta) -> None:
    for number in range(30):
        words = (
            (machine.folder / "team.yaml").read_text().replace("Platform", f"Team {number}").replace("@", f"{number}@")
        )
        (machine.folder / f"team{number}.yaml").write_text(words)
    machine.told = replace(machine.told, files=tuple(machine.folder.glob("*.yaml")))
    assert machine.rounds.begin(read_teams(machine.told.paths(), machine.told.operator, machine.now).files)
    machine.now += leap
    assert machine.rounds.settle(LONGEST)
    machine.now -= leap
    assert machine.days <= {MONDAY.date()}
    assert machine.round()
    assert machine.days == {MONDAY.date()}
    assert len(machine.world.ledger.team_keys()) == 31


@pytest.mark.parametrize(("leap", "begins"), [(A_YEAR, False), (-A_YEAR, False), (3 * WEEK, True)])
def test_a_clock_that_leapt_before_the_start(machine: Machine, leap: timedelta, begins: bool) -> None:
    before = machine.known
    machine.now += leap
    machine.restart()
    assert machine.round() is begins
    assert (machine.known == before) is not begins
    machine.restart()
    machine.now += SECOND_LOOK
    assert machine.round()  # a restart is no reason to begin counting anew


def test_a_team_that_begins_while_the_clock_is_ahead_meets_once_it_is_right(folder: Path) -> None:
    machine = Machine(folder, MONDAY + A_YEAR)
    assert machine.round()
    machine.now = MONDAY
    machine.restart()
    assert not machine.round()
    machine.now += SECOND_LOOK
    assert machine.round()
    told = peerloop(folder, "status", "team.yaml", "--now", machine.now.isoformat())
    assert "    Thu 2026-11-26 12:15  Lunch & Learn | facilitator" in told.out
    assert machine.now.date() in machine.days
    machine.rounds.close()
    machine.world.ledger.close()


def test_a_command_says_so_and_goes_on_when_it_is_asked_again(machine: Machine, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "peerloop-data" / "ledger.db")) as ledger:
        ledger.execute("UPDATE looks SET at = '2025-01-06T09:00:00+00:00'")
        ledger.commit()
    before = machine.known
    doubted = peerloop(folder, "apply", "team.yaml")
    assert doubted.code == 3
    assert "the clock of this machine is in doubt" in doubted.err
    assert "at the last pass it said 2025-01-06" in doubted.err
    assert machine.known == before
    assert peerloop(folder, "plan", "team.yaml").code == 0
    assert peerloop(folder, "apply", "team.yaml").code == 0
    assert peerloop(folder, "apply", "team.yaml").code == 0


@pytest.mark.parametrize("year", [1, 1970, 2199, 9926, 9999, 10_000])
def test_a_clock_that_says_what_cannot_be_is_never_believed(
    machine: Machine, year: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Wrong(datetime):
        """What this machine takes for now; the year 10,000 is one that no program can say."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(year, 6, 1, tzinfo=tz)

    before, right = machine.known, machine.now
    monkeypatch.chdir(machine.folder)
    with monkeypatch.context() as at_work:
        at_work.setattr(setting, "datetime", Wrong)
        for _ in range(3):
            machine.now = machine.told.now()
            assert not machine.round()
        result = CliRunner().invoke(cli, ["apply", str(machine.folder / "team.yaml")])
        assert "it is out of the years 1971 to 2198, which cannot be. Nothing is written before" in result.output
        assert result.exit_code == 3
    assert machine.known == before
    assert capsys.readouterr().out.count("before it is set right") == 1
    machine.now = right
    assert machine.round()
