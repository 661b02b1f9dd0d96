"""`peerloop run` as a process of its own: it keeps things going, says what is wrong, and ends when it is told to.

The clock is the real one. Every wait has an end, and what is started is stopped, by its own number.
"""

import json
import logging
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import icalendar
import pytest

from config.operator import operator_model
from config.team import Team
from daemon.cli.setting import Setting, world_of
from daemon.plan.guards import Allowance
from daemon.ports import Calendar
from daemon.serve import log
from daemon.serve.forever import Daemon, run_forever
from daemon.serve.rounds import Rounds
from daemon.serve.settling import QUIET
from daemon.serve.team_files import read_teams
from daemon.serve.teams import Teams
from daemon.serve.watch import LOOKS_EVERY, Watcher
from integrations import kinds
from tests import soak
from tests.scenarios.command_line import NONE, PROGRAM, TEAM, begun, edited, environment, peerloop
from tests.scenarios.forks import LONGEST, Begun

PYTHON, FROM_HERE = sys.executable, {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
Found = TypeVar("Found")
A_WEEK_AGO = (datetime.now(UTC) - timedelta(days=7)).isoformat(timespec="minutes")


class Running:
    """A daemon at work, and what it has said so far."""

    def __init__(self, process: Begun, log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def said(self) -> list[dict[str, Any]]:
        """Return the lines of the log, each of which is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def about(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.said if line["event"] == event]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


@contextmanager
def running(
    folder: Path, *arguments: str, says: str = "stderr.log", settings: Mapping[str, float | str] = NONE
) -> Iterator[Running]:
    """Run the daemon in a folder until the block ends; by then nothing may be wrong with it but what was said."""
    log = folder / says
    process = begun(folder, "run", *arguments, says=(log, log), settings=settings)
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()


def until(look: Callable[[], Found], seconds: float = LONGEST) -> Found:
    """Return what ``look`` finds as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing after {seconds} seconds"
        time.sleep(0.05)
    return found


def calendar_of(folder: Path, team: str = "platform") -> Path:
    return folder / "peerloop-data" / "calendar" / f"{team}.ics"


def shows(file: Path, text: str) -> Callable[[], bool]:
    return lambda: file.exists() and text in file.read_text()


# It keeps things going


def test_it_acts_at_once_and_after_an_edit_of_a_team_file(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        until(lambda: daemon.about("applied"))
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))

        assert daemon.stop() == 0
        assert daemon.said[-1]["event"] == "stopped"
        assert daemon.about("serving")[0]["teams"] == ["Platform"]
        assert not daemon.about("trouble")
    assert peerloop(folder, "plan", "team.yaml").out == "Platform: nothing to do\n"


def test_a_file_that_an_editor_puts_in_place_of_the_old_one_is_noticed(folder: Path) -> None:
    with running(folder, "team.yaml"):
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        (folder / "fresh").write_text(TEAM.replace("name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag"))
        (folder / "fresh").rename(folder / "team.yaml")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))


def test_a_ticked_action_item_is_noticed(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", A_WEEK_AGO)
    (page,) = (folder / "peerloop-data" / "wiki" / "platform").glob("2026-*.md")
    edited(page, "- [ ] @name what by YYYY-MM-DD", "- [ ] @bob Write it up")

    def item() -> str:
        told = json.loads(peerloop(folder, "status", "team.yaml", "--json").out)
        return next((str(one["status"]) for one in told["teams"][0]["items"]), "")

    with running(folder, "team.yaml") as daemon:
        until(lambda: item() in ("open", "overdue"))
        until(lambda: daemon.about("applied"))
        edited(page, "- [ ] @bob", "- [x] @bob")
        until(lambda: item() == "done")


def test_an_answer_in_the_calendar_is_noticed(folder: Path) -> None:
    def session(calendar: Any) -> Any:
        return sorted((one for one in calendar.events if "RECURRENCE-ID" in one), key=lambda one: one.start)[2]

    def facilitator() -> str:
        event = session(icalendar.Calendar.from_ical(calendar_of(folder).read_bytes()))
        return str(event["DESCRIPTION"]).splitlines()[0].removeprefix("Facilitator: ")

    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        calendar: Any = icalendar.Calendar.from_ical(calendar_of(folder).read_bytes())
        before = facilitator()
        guest = next(one for one in session(calendar).attendees if one.params["CN"] == before)
        guest.params["PARTSTAT"] = "DECLINED"
        calendar_of(folder).write_bytes(calendar.to_ical())
        until(lambda: facilitator() != before)


def test_team_files_come_and_go(folder: Path) -> None:
    (folder / "teams").mkdir()
    (folder / "team.yaml").rename(folder / "teams" / "platform.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\n")
    with running(folder) as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))

        (folder / "teams" / "data.yaml").write_text(TEAM.replace("team: Platform", "team: Data"))
        until(shows(calendar_of(folder, "data"), "SUMMARY:Lunch & Learn"))
        (folder / "teams" / "platform.yaml").unlink()
        (folder / "teams" / "data.yaml").unlink()
        until(lambda: daemon.about("serving")[-1]["teams"] == [])
        (folder / "teams" / "web.yaml").write_text(TEAM.replace("team: Platform", "team: Web"))
        until(shows(calendar_of(folder, "web"), "SUMMARY:Lunch & Learn"))

        assert daemon.stop() == 0
        assert calendar_of(folder).exists()
        assert not daemon.about("trouble")


# What goes wrong


def test_of_a_new_file_that_is_wrong_it_is_said_that_its_team_is_not_served(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text("teams: '*eam.yaml'\n")
    with running(folder) as daemon:
        until(lambda: daemon.about("applied"))
        (folder / "new-team.yaml").write_text("team: Never\n")
        (trouble, *_) = until(lambda: daemon.about("trouble"))
        assert (trouble["about"], trouble["meanwhile"]) == ("new-team.yaml", "its team is not served")
        assert daemon.stop() == 0


def test_a_broken_edit_leaves_the_last_good_reading_in_force(folder: Path) -> None:
    file = folder / "team.yaml"
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        edited(file, "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag, fromat: pairing")
        (trouble,) = until(lambda: daemon.about("trouble"))
        assert trouble["what"].startswith("team.yaml:9:")
        assert "did you mean format?" in trouble["what"]
        assert trouble["meanwhile"] == "what was read before stays in force"

        file.write_text(file.read_text())  # nothing new, nothing said
        time.sleep(1)
        file.write_text(f"# still broken\n{file.read_text()}")
        until(lambda: len(daemon.about("trouble")) == 2)
        assert "SUMMARY:Lunch & Learn" in calendar_of(folder).read_text()

        edited(file, ", fromat: pairing", "")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        (recovered,) = until(lambda: daemon.about("recovered"))
        assert recovered["about"] == "team.yaml"
        assert [line["what"].split(":")[1] for line in daemon.about("trouble")] == ["9", "10"]


def test_a_team_that_is_stopped_does_not_stop_another(folder: Path) -> None:
    (folder / "data.yaml").write_text(TEAM.replace("team: Platform", "team: Data"))
    peerloop(folder, "apply", "team.yaml", "data.yaml")
    calendar_of(folder).unlink()
    edited(folder / "data.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")

    with running(folder, "team.yaml", "data.yaml") as daemon:
        until(shows(calendar_of(folder, "data"), "SUMMARY:Brown bag"))
        (trouble,) = daemon.about("trouble")

    assert trouble["about"] == "Platform"
    assert "the calendar shows 0" in trouble["what"]
    assert not calendar_of(folder).exists()


def test_a_second_file_for_a_team_never_takes_it_over(folder: Path) -> None:
    (folder / "teams").mkdir()
    (folder / "team.yaml").rename(folder / "teams" / "platform.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\n")
    with running(folder) as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        for name in ("a.yaml", "z.yaml"):  # before the other and after it, by its name
            (folder / "teams" / name).write_text(TEAM.replace("name: Lunch & Learn", "name: Taken over"))
        until(lambda: len({line["about"] for line in daemon.about("trouble")}) == 2)
        edited(folder / "teams" / "platform.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert daemon.stop() == 0
        assert {tuple(line["teams"]) for line in daemon.about("serving")} == {("Platform",)}
    assert "Taken over" not in calendar_of(folder).read_text()


def test_a_name_that_has_no_letters_hides_no_edit_of_another_team(folder: Path) -> None:
    (folder / "teams").mkdir()
    (folder / "team.yaml").rename(folder / "teams" / "platform.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\nevery: 1 hour\n")
    with running(folder) as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        for place in ("teams/\udce9.yaml", "peerloop-data/wiki/platform/\udcff.md"):
            (folder / place).write_text(TEAM.replace("team: Platform", "team: Odd"))
        until(lambda: any("is not in UTF-8" in line["what"] for line in daemon.about("trouble")))
        edited(folder / "teams" / "platform.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert daemon.stop() == 0
        assert daemon.about("serving")[-1]["teams"] == ["Platform"]


def test_a_team_whose_pass_fails_does_not_stop_another(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "data.yaml").write_text(TEAM.replace("team: Platform", "team: Data"))
    operator = operator_model(kinds()).default(folder / "peerloop-data")
    told = Setting(operator, (folder / "team.yaml", folder / "data.yaml"))
    reading = read_teams(told.paths(), told.operator, told.now())
    real = world_of(told)
    fails = {"Platform"}

    def calendar(team: Team, key: str) -> Calendar:
        if team.team in fails:
            raise RuntimeError("the disk is on fire")
        return real.calendar(team, key)

    world = replace(real, calendar=calendar)
    rounds = Rounds(world, Allowance(), lambda: datetime.now(UTC))
    for _ in range(3):
        rounds.begin(reading.files)
        assert rounds.settle(LONGEST)
    assert calendar_of(folder, "data").exists()
    assert capsys.readouterr().out.count("RuntimeError: the disk is on fire") == 1

    fails.clear()
    rounds.begin(reading.files)
    assert rounds.settle(LONGEST)
    assert calendar_of(folder).exists()
    assert "recovered" in capsys.readouterr().out
    real.ledger.close()


def test_a_second_instance_gives_way(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        second = peerloop(folder, "run", "team.yaml")
        applied = peerloop(folder, "apply", "team.yaml")

    for result in (second, applied):
        assert (result.code, result.out) == (3, "")
        assert f"another peerloop (process {daemon.process.pid}) is at work on this ledger" in result.err
    with running(folder, "team.yaml") as daemon:  # the one before was killed
        until(lambda: daemon.about("serving"))
        assert daemon.stop() == 0


def test_a_fault_at_the_start_ends_it(folder: Path) -> None:
    edited(folder / "team.yaml", "thursday", "thirsday")

    result = peerloop(folder, "run", "team.yaml")

    assert result.code == 2
    assert result.err.startswith("team.yaml:9:")


def test_a_fault_at_the_start_keeps_only_its_own_team_waiting(folder: Path) -> None:
    bad = folder / "bad.yaml"
    bad.write_text(TEAM.replace("team: Platform", "team: Data").replace("thursday", "thirsday"))
    with (folder / "said").open("wb") as said:
        command = [str(PROGRAM), "run", "bad.yaml", "team.yaml"]
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=said, stderr=said)
    try:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        assert (folder / "said").read_text().startswith("bad.yaml:9:")
        edited(bad, "thirsday", "thursday")
        until(shows(calendar_of(folder, "data"), "SUMMARY:Lunch & Learn"))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


# It ends when it is told to


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(number: signal.Signals, folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        daemon.process.send_signal(number)
        assert daemon.process.wait() == 0
        assert daemon.said[-1]["event"] == "stopped"


def test_being_told_to_look_again_ends_none_that_only_begins(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        status = Path(f"/proc/{daemon.process.pid}/status")
        hangup = 1 << (signal.SIGHUP - 1)
        until(lambda: int(status.read_text().partition("SigIgn:")[2].split()[0], 16) & hangup)
        while not daemon.about("started"):
            daemon.process.send_signal(signal.SIGHUP)
            time.sleep(0.01)
        until(lambda: daemon.about("applied"))
        assert daemon.stop() == 0


def test_one_file_in_which_all_is_on_one_line_keeps_no_other_from_being_read(folder: Path) -> None:
    one = {"team": "One line", "timezone": "Europe/Nowhere", "lead": "lead@example.com"}
    member = {"name": "Ada", "email": "ada@one.example.com"}
    series = {"name": "LL", "format": "lunch-and-learn", "cadence": {"every": "week", "on": "thursday", "at": "12:15"}}
    off = {"series": "LL", "on": "2026-12-10", "cancel": "holiday"}
    told = {**one, "members": [member], "series": [series], "sessions": [off]}
    (folder / "one.yaml").write_text(json.dumps(told))
    checked = peerloop(folder, "check", "one.yaml", "team.yaml")
    assert (checked.code, checked.out.count("team.yaml: fine")) == (2, 1)
    assert "one.yaml:1:34: 'Europe/Nowhere' is no time zone" in checked.err and "1 to mend" in checked.err


def test_a_signal_ends_it_in_the_middle_of_a_pass(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml")
    edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
    with (
        closing(sqlite3.connect(folder / "peerloop-data" / "ledger.db", isolation_level=None)) as ledger,
        running(folder, "team.yaml") as daemon,
    ):
        ledger.execute("BEGIN IMMEDIATE")  # the pass waits for us, for longer than it may once it is told to stop
        until(lambda: daemon.about("serving"))
        time.sleep(1)
        assert daemon.stop() == 0
        assert daemon.said[-1]["event"].startswith("stopped in the middle of a pass")

    with running(folder, "team.yaml"):
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
    assert peerloop(folder, "plan", "team.yaml").out == "Platform: nothing to do\n"


HOSTILE = (
    "{% if team == 'Hostile' %}{% for i in range(1000) %}"
    + "{{ team|replace(team, '') }}" * 999
    + "{% endfor %}{% endif %}"
)
"""What hangs for its own team alone, which no check can know."""


def renderers(daemon: Running) -> list[int]:
    """Return the processes that render templates for a daemon."""
    own = Path(f"/proc/{daemon.process.pid}/task")
    children = [int(one) for thread in own.glob("*/children") for one in thread.read_text().split()]
    return [one for one in children if b"config.apart" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="which processes it has started is told by /proc")
def test_a_template_that_hangs_stops_no_other_team_and_no_signal(folder: Path) -> None:
    (folder / "hostile.md").write_text(HOSTILE)
    own = "formats:\n  - {name: lunch-and-learn, template: hostile.md}\nwiki: {open: 3 weeks before}\n"
    (folder / "hostile.yaml").write_text(TEAM.replace("team: Platform", "team: Hostile") + own)
    with running(folder, "hostile.yaml", "team.yaml") as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        until(lambda: [one for one in daemon.about("trouble") if "takes longer than a second" in one["what"]])
        with (folder / "hostile.yaml").open("a") as file:
            file.write("# edited\n")
        (worker,) = until(lambda: renderers(daemon))
        os.kill(worker, signal.SIGSTOP)  # whatever may still make it hang
        try:
            edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
            until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
            start = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - start < 10  # five, and five more for a busy machine
        finally:
            os.kill(worker, signal.SIGKILL)
        assert {one["about"] for one in daemon.about("trouble")} == {"Hostile"}


# What it says


@pytest.mark.parametrize("colours", [True, False])
def test_on_a_terminal_it_speaks_to_people(colours: bool, folder: Path) -> None:
    ours, theirs = pty.openpty()
    env = environment({"TERM": "xterm"} if colours else {"TERM": "xterm", "NO_COLOR": "1"})
    process = subprocess.Popen([str(PROGRAM), "run", "team.yaml"], cwd=folder, env=env, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        said = b""
        while b"applied" not in said:
            said += os.read(ours, 4096)
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST) == 0
    finally:
        process.kill()
        process.wait(LONGEST)
        os.close(ours)
    assert (b"\x1b[" in said) is colours
    assert b"{" not in said
    assert said.startswith(b"\x1b[2m20" if colours else b"20")


# It outlives its folders


def renamed(folder: Path, name: str) -> None:
    edited(folder / "team.yaml", "name: Lunch & Learn", f"was: Lunch & Learn, name: {name}")


def test_a_folder_of_team_files_that_is_replaced_is_watched_anew(folder: Path) -> None:
    teams, checkout = folder / "teams", folder / "checkout"
    teams.mkdir()
    (folder / "team.yaml").rename(teams / "team.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\nevery: 1 hour\n")
    with running(folder) as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        until(lambda: daemon.about("applied"))
        shutil.copytree(teams, checkout)
        renamed(checkout, "Brown bag")
        teams.rename(folder / "old")
        checkout.rename(teams)
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        edited(teams / "team.yaml", "Brown bag", "Bag lunch")
        until(shows(calendar_of(folder), "SUMMARY:Bag lunch"))
        assert daemon.stop() == 0


def test_its_own_folder_may_be_replaced_by_a_new_checkout(folder: Path) -> None:
    project, fresh = folder / "project", folder / "fresh"
    project.mkdir()
    (folder / "team.yaml").rename(project / "team.yaml")
    with running(project, "team.yaml") as daemon:
        until(shows(calendar_of(project), "SUMMARY:Lunch & Learn"))
        until(lambda: daemon.about("applied"))
        fresh.mkdir()
        shutil.copy(project / "team.yaml", fresh / "team.yaml")
        renamed(fresh, "Brown bag")
        project.rename(folder / "old")
        fresh.rename(project)
        (project / "stderr.log").hardlink_to(folder / "old" / "stderr.log")
        gone = "ledger.db is not there any more"  # before, a pass may have met neither of the two folders
        until(lambda: any(gone in line["what"] for line in daemon.about("trouble")))
        (folder / "old" / "peerloop-data").rename(project / "peerloop-data")
        until(shows(calendar_of(project), "SUMMARY:Brown bag"))
        assert daemon.stop() == 0


def test_its_own_folder_may_be_a_link_that_is_switched_to_another_release(folder: Path) -> None:
    current, log = folder / "current", folder / "log"
    for release, name in (("1", "Lunch & Learn"), ("2", "was: Lunch & Learn, name: Brown bag")):
        (folder / release).mkdir()
        shutil.copy(folder / "team.yaml", folder / release)
        (folder / release / "peerloop-data").symlink_to(folder / "data")
        edited(folder / release / "team.yaml", "name: Lunch & Learn", name if ":" in name else f"name: {name}")
    (folder / "data").mkdir(mode=0o700)
    current.symlink_to("1")
    process = begun(current, "run", "team.yaml", says=(log, log), env={"PWD": str(current)})
    try:
        until(shows(calendar_of(current), "SUMMARY:Lunch & Learn"))
        (folder / "next").symlink_to("2")
        (folder / "next").rename(current)
        until(shows(calendar_of(current), "SUMMARY:Brown bag"))
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    finally:
        process.kill()


def test_a_folder_of_team_files_that_was_away_is_watched_again(folder: Path) -> None:
    teams, unmounted = folder / "teams", folder / "unmounted"
    teams.mkdir()
    (folder / "team.yaml").rename(teams / "team.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\nevery: 1 hour\n")
    with running(folder) as daemon:
        until(lambda: daemon.about("applied"))
        teams.rename(unmounted)
        until(lambda: daemon.about("trouble"))
        time.sleep(2 * LOOKS_EVERY)  # so it was looked whether it is there
        unmounted.rename(teams)
        renamed(teams, "Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        edited(teams / "team.yaml", "Brown bag", "Bag lunch")
        until(shows(calendar_of(folder), "SUMMARY:Bag lunch"))
        assert daemon.stop() == 0


def test_teams_that_vanish_with_their_folder_are_missed_and_served_as_they_were(folder: Path) -> None:
    teams = folder / "teams"
    teams.mkdir()
    (folder / "team.yaml").rename(teams / "team.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\n")
    with running(folder) as daemon:
        until(lambda: daemon.about("applied"))
        teams.rename(folder / "unmounted")
        teams.mkdir()
        (trouble,) = until(lambda: daemon.about("trouble"))
        assert trouble["what"].startswith("teams/team.yaml:1:1: its folder is not there, or another one")
        assert [line["teams"] for line in daemon.about("serving")] == [["Platform"]]
        teams.rmdir()
        (folder / "unmounted").rename(teams)
        until(lambda: daemon.about("recovered"))
        assert daemon.stop() == 0


def test_teams_whose_files_are_links_are_missed_while_what_they_lead_to_is_away(folder: Path) -> None:
    teams, checkout, away = folder / "teams", folder / "checkout", folder / "away"
    for one in (teams, checkout):
        one.mkdir()
    (folder / "team.yaml").rename(checkout / "team.yaml")
    (teams / "team.yaml").symlink_to(checkout / "team.yaml")
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\n")
    with running(folder) as daemon:
        until(lambda: daemon.about("applied"))
        checkout.rename(away)
        (trouble,) = until(lambda: daemon.about("trouble"))
        assert trouble["what"].startswith("teams/team.yaml:1:1: this is a link, and what it leads to is not there")
        assert daemon.stop() == 0
    with running(folder, says="again.log") as daemon:  # as it was: the ledger keeps the last good text
        until(lambda: daemon.about("trouble"))
        away.rename(checkout)
        until(lambda: daemon.about("recovered"))
        edited(checkout / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        (teams / "team.yaml").unlink()
        until(lambda: daemon.about("serving")[-1]["teams"] == [])
        assert daemon.stop() == 0
        assert {str(line["teams"]) for line in daemon.about("serving")[:-1]} == {"['Platform']"}


def test_half_of_a_change_is_not_acted_on(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        half = TEAM.replace("Cleo Patra, email: cleo@", "Half Done, email: half@")
        with (folder / "team.yaml").open("w") as file:
            begun = time.monotonic()
            for text in ("", half):
                file.write(text)
                file.flush()
                time.sleep(0.4)
            file.seek(0)
            file.truncate()
            was_quick = time.monotonic() - begun < QUIET  # else the machine was busy, and half of it lay there for long
            file.write(TEAM.replace("name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag"))
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert daemon.stop() == 0
        assert not (was_quick and daemon.about("trouble"))
    with closing(sqlite3.connect(folder / "peerloop-data" / "ledger.db")) as ledger:
        (basis,) = ledger.execute("SELECT basis FROM teams").fetchone()
    assert not was_quick or ("half@" not in basis and "half@" not in calendar_of(folder).read_text())


def test_while_git_is_at_work_nothing_is_read(folder: Path) -> None:
    (folder / ".git").mkdir()
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        lock = folder / ".git" / "index.lock"
        lock.touch()
        renamed(folder, "Brown bag")
        time.sleep(3)
        assert "Brown bag" not in calendar_of(folder).read_text()
        lock.unlink()
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert daemon.stop() == 0


# Nobody reads what it says


def test_a_log_that_nobody_reads_stops_no_team_and_its_end_neither(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text("web: off\n")
    os.mkfifo(folder / "log")
    reader = os.open(folder / "log", os.O_RDWR | os.O_NONBLOCK)
    try:
        with suppress(BlockingIOError):
            while True:
                os.write(reader, b"x" * 1024)  # it is full before anything was said
        process = begun(folder, "run", "team.yaml", says=(folder / "out", folder / "log"))
        try:
            until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
            edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
            until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
            process.send_signal(signal.SIGTERM)
            assert process.wait() == 0
        finally:
            process.kill()
    finally:
        os.close(reader)


def test_it_may_be_begun_without_anything_to_read_or_write(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text("web: off\n")
    closed = ["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', str(PROGRAM), "run", "team.yaml"]
    with subprocess.Popen(closed, cwd=folder, env=environment()) as process:
        try:
            until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        finally:
            process.terminate()
            assert process.wait(LONGEST) == 0


@pytest.mark.parametrize("end", ["/dev/full", "a reader who went away"])
def test_it_goes_on_where_its_log_cannot_be_written(folder: Path, end: str) -> None:
    """It says on the side where its web page is, too."""
    (folder / "peerloop.yaml").write_text('web: {listen: "127.0.0.1:0"}\n')
    read, log_of_it = os.pipe() if end != "/dev/full" else (None, os.open(end, os.O_WRONLY))
    if read is not None:
        os.close(read)
    with subprocess.Popen(
        [str(PROGRAM), "run", "team.yaml"], cwd=folder, env=environment(), stdout=log_of_it, stderr=log_of_it
    ) as process:
        os.close(log_of_it)
        try:
            until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
            edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
            until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
            process.terminate()
            assert process.wait(LONGEST) == 0
        finally:
            process.kill()


def test_a_line_of_which_a_part_was_written_spoils_no_other(folder: Path) -> None:
    program = (
        "import logging, resource, sys; from daemon.serve import log\n"
        "file = open('log', 'ab', buffering=0); handler = log.Unhurried(file.fileno())\n"
        "def say(letter):\n"
        "    handler.emit(logging.LogRecord('daemon', logging.INFO, '', 0, letter * 400, (), None)); handler.flush()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))\n"
        "for letter in 'abcd': say(letter)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "say('e')\n"
    )
    told = subprocess.run([PYTHON, "-c", program], cwd=folder, env=FROM_HERE, capture_output=True, timeout=LONGEST)
    assert told.returncode == 0, told.stderr
    a, b, cut, e = (folder / "log").read_text().splitlines()
    assert [a, b, e] == [letter * 400 for letter in "abe"]
    assert set(cut) == {"c"}
    assert "lines of this log were lost, for they could not be written" in told.stdout.decode()


def test_what_is_lost_of_a_log_is_counted(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    read, written = os.pipe()
    monkeypatch.setattr(log, "MOST_UNREAD", 2)
    handler = log.Unhurried(written)
    handler.setFormatter(logging.Formatter("%(message)s"))
    line = "x" * 10_000
    for _ in range(100):
        handler.emit(logging.LogRecord("daemon", logging.INFO, "", 0, line, (), None))
    os.set_blocking(read, False)  # all may be written a moment before the last is told to be done
    said = b""
    while handler._lines.unfinished_tasks:
        with suppress(BlockingIOError):
            said += os.read(read, 100_000)
    until(lambda: not handler._lost)
    assert said.count(b"x") < 100 * len(line)
    assert "lines of this log were lost, for they could not be written" in capfd.readouterr().out
    os.close(read)
    os.close(written)


# Links that lead in circles


@soak.soaked
@pytest.mark.parametrize("place", soak.either(["team file", "pages"], ["team file", "template", "calendar", "pages"]))
def test_a_link_to_itself_stops_its_team_alone(place: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = TEAM + "formats: [{name: fishbowl, minutes: 30..60, template: fishbowl.md}]\n"
    (folder / "fishbowl.md").write_text("# {{ topic }}\n")
    (folder / "team.yaml").write_text(told.replace("format: lunch-and-learn", "format: fishbowl"))
    (folder / "beta.yaml").write_text(TEAM.replace("team: Platform", "team: Beta").replace("@example", "@beta.example"))
    with in_process(folder, "team.yaml", "beta.yaml") as daemon:
        until(lambda: all(shows(calendar_of(folder, one), "SUMMARY:Lunch")() for one in ("platform", "beta")))
        data = folder / "peerloop-data"
        circle = {
            "team file": folder / "team.yaml",
            "template": folder / "fishbowl.md",
            "calendar": data / "calendar" / "platform.ics",
            "pages": data / "wiki" / "platform",
        }[place]
        circle.rename(folder / "put-aside")
        circle.symlink_to(circle.name)
        edited(folder / "beta.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder, "beta"), "SUMMARY:Brown bag"))
        circle.unlink()
        (folder / "put-aside").rename(circle)
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Tea time")
        until(shows(calendar_of(folder), "SUMMARY:Tea time"))
        assert daemon.is_alive()
    said = capsys.readouterr().out
    assert "fault of peerloop" not in said


@contextmanager
def in_process(folder: Path, *files: str) -> Iterator[threading.Thread]:
    """Run a daemon in a thread of this process."""
    told = Setting(operator_model(kinds()).default(str(folder / "peerloop-data")), tuple(folder / one for one in files))
    world, watcher = world_of(told), Watcher()
    teams = Teams(told.operator, world.ledger)
    daemon = Daemon(told.paths, teams, told.watched, told.whose, timedelta(hours=1), Allowance(), told.now, watcher)
    thread = threading.Thread(target=run_forever, args=(daemon, world))
    thread.start()
    try:
        yield thread
    finally:
        watcher.stop()
        thread.join(LONGEST)
        world.ledger.close()
