"""The ledger's file is deleted, replaced or damaged while a daemon runs, or somebody tries to get in beside it."""

import re
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from config.team_file import place_of
from daemon.ledger import open_ledger
from daemon.serve.rounds import PATIENCE
from tests.scenarios.command_line import MONDAY, edited, peerloop
from tests.scenarios.test_daemon import calendar_of, running, shows, until

NOW_USED = "the ledger was replaced by another file; that one is used from now on"


def data_of(folder: Path) -> Path:
    return folder / "peerloop-data"


def test_a_deleted_lock_lets_nobody_in_beside(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        (data_of(folder) / "ledger.db.lock").unlink()
        for command in ("run", "apply"):
            second = peerloop(folder, command, "team.yaml")
            assert (second.code, second.out) == (3, "")
            assert "another peerloop is at work on this ledger" in second.err
        assert daemon.stop() == 0
    assert peerloop(folder, "apply", "team.yaml").code == 0


def test_a_ledger_that_is_taken_away_is_missed_and_used_again_when_it_is_back(folder: Path) -> None:
    edited(folder / "team.yaml", "@example.com}", "@example.com, mute: [digest]}")  # or a mail may be on its way
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        time.sleep(2 * PATIENCE)  # so that it is looked no more whether there are mails
        away = folder / "away"
        data_of(folder).rename(away)
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        (trouble,) = until(lambda: daemon.about("trouble"))
        assert trouble["about"] == "the ledger"
        assert "ledger.db is not there any more (No such file or directory)" in trouble["what"]
        assert trouble["what"].endswith("nothing is written until it is back")
        assert not data_of(folder).exists()

        away.rename(data_of(folder))
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        until(lambda: daemon.about("recovered"))
        assert daemon.stop() == 0


def test_a_backup_that_is_put_in_its_place_is_used_from_then_on(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml")
    shutil.copytree(data_of(folder), folder / "backup")
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("serving"))
        for file in data_of(folder).glob("ledger.db*"):
            file.unlink()
        (folder / "backup" / "ledger.db").rename(data_of(folder) / "ledger.db")
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert any("replaced by another file" in line["event"] for line in daemon.said)
        assert daemon.stop() == 0
    assert peerloop(folder, "plan", "team.yaml").out == "Platform: nothing to do\n"


def test_copies_may_be_put_in_its_place_again_and_again(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml")
    ledger, name = data_of(folder) / "ledger.db", "Lunch & Learn"
    with closing(sqlite3.connect(ledger)) as made:
        for number in range(4):
            made.execute(f"VACUUM INTO '{folder / f'copy-{number}'}'")
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("serving"))
        for number, other in enumerate(("Brown bag", "Bag lunch", "Tea", "Lunch")):
            edited(folder / "team.yaml", f"name: {name}", f"name: {other}")  # a pass over it may be under way
            (folder / f"copy-{number}").rename(ledger)
            edited(folder / "team.yaml", f"name: {other}", f"name: {other}s")
            until(shows(calendar_of(folder), f"SUMMARY:{other}s"))
            name = f"{other}s"
        assert not [line for line in daemon.about("trouble") if "damaged" in line["what"]]
        assert daemon.stop() == 0
    with closing(sqlite3.connect(ledger)) as left:
        assert left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_of_two_daemons_after_the_data_was_deleted_the_first_waits_until_the_second_ends(folder: Path) -> None:
    edited(folder / "team.yaml", "@example.com}", "@example.com, mute: [digest]}")  # or a mail may be on its way
    with running(folder, "team.yaml") as first:
        until(lambda: first.about("applied"))
        first.process.send_signal(signal.SIGSTOP)  # so that it does not find the new ledger before the second has it
        shutil.rmtree(data_of(folder))
        with running(folder, "team.yaml", says="second.log") as second:
            until(lambda: second.about("applied"))
            first.process.send_signal(signal.SIGCONT)
            edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
            at_work = f"another peerloop (process {second.process.pid}) is at work on this ledger"
            (trouble,) = until(lambda: [one for one in first.about("trouble") if at_work in one["what"]])
            until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
            renamed(folder, "Brown bag", "Tea time")
            assert second.stop() == 0
            assert not second.about("trouble")
        renamed(folder, "Tea time", "Show and tell")
        until(lambda: first.about("recovered"))
        assert first.stop() == 0
        told = [line["event"] for line in first.said[first.said.index(trouble) :]]
        assert told[:2] == ["trouble", NOW_USED]


def test_a_new_ledger_keeps_what_the_files_said_though_they_did_not_change(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        for file in data_of(folder).glob("ledger.db*"):
            file.unlink()
        (data_of(folder) / "ledger.db").touch()
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: daemon.about(NOW_USED))
        assert daemon.stop() == 0
    with closing(open_ledger(f"sqlite:///{data_of(folder) / 'ledger.db'}")) as ledger:
        assert ledger.last_good.of(place_of(folder / "team.yaml")) == (folder / "team.yaml").read_text()


def renamed(folder: Path, before: str, after: str) -> None:
    """Have the series renamed by whoever is at work."""
    text = (folder / "team.yaml").read_text()
    (was,) = re.findall(rf"was: .*, name: {before}", text)
    edited(folder / "team.yaml", was, f"was: {before}, name: {after}")
    until(shows(calendar_of(folder), f"SUMMARY:{after}"))


def test_a_damaged_ledger_is_answered_with_what_to_do(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (data_of(folder) / "ledger.db").write_bytes(b"SQLite format 3\0" + b"garbage " * 4096)
    for command in (("plan",), ("apply",), ("status",), ("run",)):
        told = peerloop(folder, *command, "team.yaml")
        assert told.code == 1
        assert "ledger.db" in told.err
        assert "damaged" in told.err
        assert "Put its backup in its place; or move it away" in told.err


def test_what_a_trigger_of_somebody_refuses_is_no_fault_of_peerloop(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    with closing(sqlite3.connect(data_of(folder) / "ledger.db")) as ledger:
        ledger.execute(
            "CREATE TRIGGER theirs BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'nobody writes here'); END"
        )
    edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
    told = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert told.code == 1
    assert "refused what was to be written (nobody writes here). Where somebody has added a trigger" in told.err
    assert "Traceback" not in told.err and "fault of peerloop" not in told.err


def test_a_hangup_makes_it_look_again(folder: Path) -> None:
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        (data_of(folder) / "calendar" / "platform.ics").rename(folder / "elsewhere.ics")
        (folder / "elsewhere.ics").rename(data_of(folder) / "calendar" / "platform.ics")
        daemon.process.send_signal(signal.SIGHUP)
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert daemon.process.poll() is None
        assert daemon.stop() == 0
