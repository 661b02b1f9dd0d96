"""A broken edit of a team's file: what was read before stays in force, after a restart too; the lead hears of it."""

import os
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.ledger import LedgerError
from daemon.plan.guards import Allowance
from daemon.serve import away, teams
from daemon.serve.forever import faults_by_file
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import Reading, read_team
from daemon.serve.teams import Teams
from integrations import kinds
from tests.scenarios.command_line import TEAM as MAINTAINED
from tests.scenarios.command_line import edited, peerloop
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import MONDAY, Programme, heard_of
from tests.scenarios.test_changed_minds import TEAM
from tests.scenarios.test_daemon import running, until

NOW = "2026-11-23T10:00+01:00"


def rounds(programme: Programme, *minutes: int) -> None:
    """Start a daemon, and let it make a round, and another one each time so many minutes later, before it is killed."""
    setting = Setting(programme.operator, (programme.path,))
    world = world_of(setting)
    with closing(world.ledger):
        teams = Teams(programme.operator, world.ledger)
        made = Rounds(world, Allowance(), lambda: programme.now, lambda: programme.now.timestamp())
        for later in (0, *minutes):
            programme.later(minutes=later)
            reading = teams.read(setting.paths(), programme.now)
            assert made.begin(reading.files, faults_by_file(reading.faults)) and made.settle(LONGEST)
        made.close()


def breaks(programme: Programme) -> None:
    programme.path.write_text(programme.path.read_text().replace("every: week", "evry: week"))


def test_the_lead_hears_once_of_a_broken_edit_that_stays_and_once_when_it_is_mended(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM, MONDAY - timedelta(days=3))
    good = programme.path.read_text()
    rounds(programme)
    programme.later(days=3)
    breaks(programme)
    rounds(programme, 5)
    assert heard_of(programme, "The team's file is wrong") == []
    rounds(programme, 10, 60 * 24)  # after a restart
    (told,) = heard_of(programme, "The team's file is wrong")
    assert told.startswith("The team's file is wrong, since Monday 2026-11-23, 10:00: ")
    assert f"{programme.path}:" in told and "did you mean every?" in told
    assert told.endswith("What it said before stays in force until it is mended")
    programme.path.write_text(good)
    programme.later(days=1)
    rounds(programme, 10, *[60 * 24] * 7)
    assert len(heard_of(programme, "The team's file is wrong")) == 1
    assert len(heard_of(programme, "The team's file is read again, since Wednesday 2026-11-25")) == 1


def test_of_a_file_that_is_whole_again_before_that_was_said_nobody_hears(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM, MONDAY)
    good = programme.path.read_text()
    rounds(programme)
    breaks(programme)
    rounds(programme, 30)  # Ada has had her mail of today
    programme.path.write_text(good)
    rounds(programme, 5, 60 * 24, 60 * 24 * 7)
    assert heard_of(programme, "The team's file") == []


def test_a_restart_with_a_broken_file_serves_what_it_said_before_and_says_where_it_is_wrong(folder: Path) -> None:
    assert peerloop(folder, "apply", "team.yaml").code == 0
    file = folder / "team.yaml"
    file.write_text(file.read_text().replace("format: lunch", "fromat: lunch"))
    with running(folder, "team.yaml") as daemon:
        (serving,) = until(lambda: [one for one in _said(folder) if '"serving"' in one])
        assert "Platform" in serving
        (trouble,) = until(lambda: [one for one in _said(folder) if '"trouble"' in one and "team.yaml:9:" in one])
        assert "what was read before stays in force" in trouble
        assert daemon.stop() == 0
    assert any(line.startswith("team.yaml:9:") for line in _said(folder))


def _said(folder: Path) -> list[str]:
    return (folder / "stderr.log").read_text().splitlines()


def test_a_file_that_is_emptied_while_it_is_read_stays_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, now = folder / "team.yaml", datetime(2026, 11, 23, 10, tzinfo=UTC)
    served, text = Teams(operator_model(kinds()).default(folder / "data")), path.read_text()
    os.utime(path, (0, 0))
    assert served.read([path], now).faults == ()
    path.write_text(f"{text}# edited\n")
    os.utime(path, (1, 1))  # long ago, so that nobody seems to be about to change it

    def read(*known: Any) -> Reading:
        path.write_text("")  # as an editor does before it writes
        return read_team(*known)

    monkeypatch.setattr(teams, "read_team", read)
    reading = served.read([path], now)
    assert (reading.faults, [file.text for file in reading.files], reading.settled) == ((), [text], False)


@pytest.mark.parametrize("ahead", [0, 120, -30], ids=lambda ahead: f"its server's clock is {ahead} s ahead")
def test_half_of_a_file_is_not_read_whatever_its_servers_clock_says(folder: Path, ahead: float) -> None:
    path, now = folder / "team.yaml", datetime.fromisoformat(NOW)
    served, text = Teams(operator_model(kinds()).default(folder / "data")), path.read_text()
    os.utime(path, (0, 0))
    assert [file.text for file in served.read([path], now).files] == [text]
    more = text.replace("rotation:", "topics: [{title: How eBPF works}]\nrotation:")
    for written in (more[: len(more) // 2], more):
        path.write_text(written)
        os.utime(path, (time.time() + ahead, time.time() + ahead))
        reading = served.read([path], now)
        assert ([file.text for file in reading.files], reading.settled) == ([text], False)
    until = time.monotonic() + LONGEST
    while not (reading := served.read([path], now)).settled and time.monotonic() < until:
        time.sleep(0.05)
    assert [file.text for file in reading.files] == [more]


@pytest.mark.usefixtures("at_rest")
@pytest.mark.parametrize("name", ["a", "z"])
def test_a_team_stays_with_the_file_that_it_has_however_another_calls_itself(folder: Path, name: str) -> None:
    other = folder / f"{name}.yaml"
    other.write_text(MAINTAINED.replace("team: Platform", "team: Other").replace("@example.com", "@other.test"))
    files = (other, folder / "team.yaml")
    told = Setting(operator_model(kinds()).default(folder / "peerloop-data"), files, datetime.fromisoformat(NOW))
    world = world_of(told)
    with closing(world.ledger), world.ledger.alone():
        teams, made = Teams(told.operator, world.ledger), Rounds(world, Allowance(), told.now)
        assert made.begin(teams.read(files, told.now()).files) and made.settle(LONGEST)
        other.write_text(other.read_text().replace("team: Other", "team: Platform"))
        for reads in (teams, Teams(told.operator, world.ledger)):  # and after a restart
            reading = reads.read(files, told.now())
            assert {file.path.stem: file.team.team for file in reading.files} == {name: "Other", "team": "Platform"}
            (fault,) = reading.faults
            assert fault.file == str(other) and f"is the team of {folder / 'team.yaml'} already" in fault.message
    applied = peerloop(folder, "apply", *map(str, files), "--now", NOW)
    assert applied.code == 2 and f"{other}:1:1" in applied.err.replace("peerloop: ", "")
    assert "other.test" not in (folder / "peerloop-data" / "calendar" / "platform.ics").read_text()


@pytest.mark.parametrize("name", ["Other", "Platform"])
def test_a_team_whose_file_is_away_for_a_moment_is_not_taken_by_one_that_was_refused_it(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether that calls itself so, or says that it was called so."""
    own, other = folder / "team.yaml", folder / "other.yaml"
    words = f"team: {name}" if name == "Platform" else f"team: {name}\nwas: [Platform]"
    operator, now = operator_model(kinds()).default(folder / "peerloop-data"), datetime.fromisoformat(NOW)
    served = Teams(operator)

    def read(*paths: Path) -> dict[str, str]:
        return {file.path.stem: file.text for file in served.read(paths, now).files}

    other.write_text(MAINTAINED.replace("team: Platform", words).replace("@example.com", "@other.test"))
    os.utime(other, (1, 1))  # whoever wrote it is done
    assert read(own, other).keys() == {"team"}
    assert read(other) == {}
    (fault,) = served._faults
    assert fault.message.startswith(f"Platform was the team of {own}, which has gone")
    assert read(own, other).keys() == {"team"}, "it came back"
    monkeypatch.setattr(away, "COMES_BACK", 0.001)
    assert read(other) == {}
    time.sleep(0.01)
    assert read(other).keys() == {"other"}, "it stayed away"


def unusable(*_: Any) -> Any:
    raise LedgerError("The ledger cannot be used now.")


def test_a_new_team_does_not_take_the_key_of_one_whose_file_is_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, new = folder / "team.yaml", folder / "new.yaml"
    peerloop(folder, "apply", "team.yaml", "--now", NOW)
    calendar = folder / "peerloop-data" / "calendar" / "platform.ics"
    before = calendar.read_text()
    new.write_text(MAINTAINED.replace("team: Platform", "team: PLATFORM!").replace("@example.com", "@other.test"))
    alike = "PLATFORM! and Platform, a team that there is or was, are both “platform” to peerloop"
    for command in ("plan", "apply"):
        done = peerloop(folder, command, "new.yaml", "--now", NOW)
        assert (done.code, done.err.startswith(f"new.yaml:1:1: {alike}")) == (2, True), done
    assert calendar.read_text() == before

    told = Setting(operator_model(kinds()).default(folder / "peerloop-data"), (), datetime.fromisoformat(NOW))
    world = world_of(told)
    with closing(world.ledger):
        teams = Teams(told.operator, world.ledger)
        for paths, files in (((own, new), [own]), ((new,), []), ((own, new), [own])):
            reading = teams.read(paths, told.now())
            assert [file.path for file in reading.files] == files
            assert [alike in fault.message for fault in reading.faults] == [True]
        with monkeypatch.context() as gone, pytest.raises(LedgerError):
            gone.setattr(type(world.ledger), "team_keys", unusable)
            teams = Teams(told.operator, world.ledger)
            assert [file.path for file in teams.read((new,), told.now()).files] == [new], "nobody knows of the other"
            world.ledger.team_keys()
        assert [file.path for file in teams.read((own, new), told.now()).files] == [own], "it is served no longer"
    edited(own, "team: Platform", "team: PLATFORM!")
    assert peerloop(folder, "apply", "team.yaml", "--now", NOW).code == 0, "of the same file it is another spelling"


def test_a_team_whose_file_is_moved_is_not_taken_by_one_that_was_refused_it(folder: Path) -> None:
    own, moved, other = (folder / f"{name}.yaml" for name in ("team", "z-moved", "other"))
    operator, now = operator_model(kinds()).default(folder / "peerloop-data"), datetime.fromisoformat(NOW)
    served = Teams(operator)
    other.write_text(MAINTAINED.replace("team: Platform", "team: Other\nwas: [Platform]"))
    os.utime(other, (1, 1))
    assert [file.path for file in served.read([own, other], now).files] == [own]
    own.rename(moved)
    reading = served.read([other, moved], now)
    assert [file.path for file in reading.files] == [moved]
    (fault,) = reading.faults
    assert fault.message.startswith(f"Platform is the team of {moved} already")


def test_a_team_whose_file_is_renamed_goes_on_at_once(folder: Path) -> None:
    own, renamed = folder / "team.yaml", folder / "renamed.yaml"
    operator, now = operator_model(kinds()).default(folder / "peerloop-data"), datetime.fromisoformat(NOW)
    served = Teams(operator)
    assert served.read([own], now).files
    own.rename(renamed)
    renamed.write_text(renamed.read_text().replace("team: Platform", "team: Data\nwas: [Platform]"))
    os.utime(renamed, (1, 1))
    assert [file.team.team for file in served.read([renamed], now).files] == ["Data"]
