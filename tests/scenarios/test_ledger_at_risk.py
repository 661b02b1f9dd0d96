"""The ledger's file is deleted, replaced or damaged while a daemon runs, or somebody tries to get in beside it."""

import shutil
import signal
from pathlib import Path

from tests.scenarios.command_line import MONDAY, edited, peerloop
from tests.scenarios.test_daemon import calendar_of, running, shows, until


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
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
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


def test_a_damaged_ledger_is_answered_with_what_to_do(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (data_of(folder) / "ledger.db").write_bytes(b"SQLite format 3\0" + b"garbage " * 4096)
    for command in (("plan",), ("apply",), ("status",), ("run",)):
        told = peerloop(folder, *command, "team.yaml")
        assert told.code == 1
        assert "ledger.db" in told.err
        assert "damaged" in told.err
        assert "Put its backup in its place; or move it away" in told.err


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
