"""A file system that gives no answer, as of a file server that is away, keeps nobody waiting but whose files lie there.

It is a real one, which the test serves itself. Every wait has an end.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.command_line import PROGRAM, TEAM, edited
from tests.scenarios.test_daemon import FROM_HERE, calendar_of, running, shows, until
from tests.served_folder import Served, served, unmount

SOON = 120
"""Seconds in which an edit is followed even on a busy machine; one that waits for a server is not followed at all."""
TEAMS = "teams: teams/*.yaml\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("teams", "server/calendar", "mounted"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "peerloop.yaml").write_text(TEAMS)
    (tmp_path / "teams" / "quiet.yaml").write_text(TEAM.replace("team: Platform", "team: Quiet"))
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Served]:
    with served(folder / "server", folder / "mounted") as server:
        yield server


@pytest.fixture
def remote(folder: Path, server: Served) -> Path:
    """Return the file of a team as it is on the server, to which its link among the teams' files leads."""
    (folder / "server" / "far.yaml").write_text(TEAM.replace("team: Platform", "team: Far"))
    (folder / "teams" / "far.yaml").symlink_to(server.place / "far.yaml")
    return folder / "server" / "far.yaml"


def renamed(file: Path, name: str) -> None:
    edited(file, "name: Lunch & Learn", f"was: Lunch & Learn, name: {name}")


def test_while_a_team_file_cannot_be_reached_others_are_followed_and_then_it_is(
    folder: Path, server: Served, remote: Path
) -> None:
    with running(folder) as daemon:
        for team in ("quiet", "far"):
            until(shows(calendar_of(folder, team), "SUMMARY:Lunch & Learn"), SOON)

        server.is_silent = True
        renamed(folder / "teams" / "quiet.yaml", "Brown bag")
        renamed(remote, "Far away")
        until(shows(calendar_of(folder, "quiet"), "SUMMARY:Brown bag"), SOON)
        (trouble,) = until(lambda: daemon.about("trouble"), SOON)
        assert trouble["about"] == f"the file system at {server.place}"
        assert " UTC is not answered yet; " in trouble["what"]
        assert f"what was read of {server.place}, teams/far.yaml before stays in force" in trouble["meanwhile"]

        server.is_silent = False
        until(shows(calendar_of(folder, "far"), "SUMMARY:Far away"), SOON)
        until(lambda: daemon.about("recovered"), SOON)
        edited(remote, "name: Far away", "name: Nearer")
        until(shows(calendar_of(folder, "far"), "SUMMARY:Nearer"), SOON)


def test_what_is_mounted_in_the_place_of_one_without_an_answer_is_followed(
    folder: Path, server: Served, remote: Path
) -> None:
    (folder / "peerloop.yaml").write_text("teams: [teams/*.yaml, mounted/**/team.yaml]\n")
    with running(folder) as daemon:
        until(shows(calendar_of(folder, "far"), "SUMMARY:Lunch & Learn"), SOON)
        server.is_silent = True
        until(lambda: daemon.about("trouble"), SOON)
        unmount(server.place)
        with served(folder / "server", server.place):
            until(lambda: daemon.about("recovered"), SOON)
            renamed(remote, "Far away")
            until(shows(calendar_of(folder, "far"), "SUMMARY:Far away"), SOON)
        server.is_silent = False  # else the kernel would wait for it when the daemon ends
        assert daemon.stop() == 0


def test_it_ends_though_a_team_file_cannot_be_reached(folder: Path, server: Served, remote: Path) -> None:
    with running(folder) as daemon:
        until(shows(calendar_of(folder, "far"), "SUMMARY:Lunch & Learn"), SOON)
        server.is_silent = True
        until(lambda: daemon.about("trouble"), SOON)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(SOON) == 0


def test_it_ends_though_the_folder_that_it_works_in_cannot_be_reached(folder: Path, server: Served) -> None:
    (folder / "server" / "peerloop.yaml").write_text(f"teams: {folder}/teams/*.yaml\ndata: {folder}/peerloop-data\n")
    with (folder / "stderr.log").open("wb") as log:
        daemon = subprocess.Popen([PROGRAM, "run"], cwd=server.place, env=FROM_HERE, stdout=log, stderr=log)
    try:
        until(shows(calendar_of(folder, "quiet"), "SUMMARY:Lunch & Learn"), SOON)
        server.is_silent = True
        daemon.send_signal(signal.SIGHUP)  # which makes it look
        time.sleep(2)  # by then it waits for the server
        daemon.terminate()
        assert daemon.wait(SOON) == 0
    finally:
        daemon.kill()
        daemon.wait(SOON)


def test_a_team_file_that_cannot_be_reached_at_the_start_is_served_once_it_can(
    folder: Path, server: Served, remote: Path
) -> None:
    server.is_silent = True
    with running(folder) as daemon:
        until(shows(calendar_of(folder, "quiet"), "SUMMARY:Lunch & Learn"), SOON)
        until(lambda: any(line["about"] == "teams/far.yaml" for line in daemon.about("trouble")), SOON)
        (told,) = (line for line in daemon.about("trouble") if line["about"] == "teams/far.yaml")
        assert told["meanwhile"] == "its team is not served"
        assert f"for the file system at {server.place} has not answered for long" in told["what"]
        server.is_silent = False
        until(shows(calendar_of(folder, "far"), "SUMMARY:Lunch & Learn"), SOON)


@pytest.mark.parametrize("delay", [0.3, None])
def test_while_a_connections_folder_is_slow_or_silent_others_are_followed(
    folder: Path, server: Served, delay: float | None
) -> None:
    slow = f"connections: {{slow: {{kind: local, folder: {server.place}}}}}\n"
    (folder / "peerloop.yaml").write_text(TEAMS + slow)
    own = TEAM.replace("team: Platform", "team: Far") + "calendar: {connection: slow}\nwiki: {connection: slow}\n"
    (folder / "teams" / "far.yaml").write_text(own)
    with running(folder) as daemon:
        until(shows(calendar_of(folder, "quiet"), "SUMMARY:Lunch & Learn"), SOON)
        until(lambda: daemon.about("trouble"), SOON)  # nothing can be written there
        server.delay, server.is_silent = delay or 0.0, delay is None
        for before, name in (("Lunch & Learn", "was: Lunch & Learn, name: Brown bag"), ("Brown bag", "name: Tea")):
            edited(folder / "teams" / "quiet.yaml", f"name: {before}", name)
            until(shows(calendar_of(folder, "quiet"), f"SUMMARY:{name.split(': ')[-1]}"), SOON)
        assert daemon.stop() == 0


def test_a_team_in_a_folder_that_cannot_be_reached_at_the_start_keeps_none_of_the_others(
    folder: Path, server: Served
) -> None:
    (folder / "peerloop.yaml").write_text("teams: teams/*/team.yaml\n")
    (folder / "server" / "team.yaml").write_text(TEAM.replace("team: Platform", "team: Far"))
    (folder / "teams" / "far").symlink_to(server.place)
    (folder / "teams" / "near").mkdir()
    (folder / "teams" / "quiet.yaml").rename(folder / "teams" / "near" / "team.yaml")
    server.is_silent = True
    with running(folder) as daemon:
        until(shows(calendar_of(folder, "quiet"), "SUMMARY:Lunch & Learn"), SOON)
        renamed(folder / "teams" / "near" / "team.yaml", "Brown bag")
        until(shows(calendar_of(folder, "quiet"), "SUMMARY:Brown bag"), SOON)
        until(lambda: daemon.about("trouble"), SOON)
        server.is_silent = False
        until(shows(calendar_of(folder, "far"), "SUMMARY:Lunch & Learn"), SOON)
