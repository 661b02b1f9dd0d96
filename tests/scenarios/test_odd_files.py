"""What lies in a folder and is no ordinary file is refused with a sentence, before memory or time is spent on it."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from tests.scenarios.command_line import MONDAY, PROGRAM, TEAM, edited, environment, peerloop
from tests.scenarios.forks import Begun
from tests.scenarios.test_daemon import Running, calendar_of, shows, until

Spoil = Callable[[Path], None]


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5_000_000_000)  # of holes, which take no room on the disk


SPOILS = pytest.mark.parametrize("spoil", [a_pipe, a_device, huge])
REFUSED = ("is no ordinary file", "is larger than 16 MB", "is larger than 1 MB", "too large")


@SPOILS
def test_what_people_put_in_place_of_a_calendar(folder: Path, spoil: Spoil) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    place = folder / "peerloop-data" / "calendar" / "platform.ics"
    place.unlink()
    spoil(place)
    (folder / "other.yaml").write_text(TEAM.replace("team: Platform", "team: Data"))
    done = peerloop(folder, "apply", "team.yaml", "other.yaml", "--now", MONDAY)
    assert done.code == 1
    assert place.name in done.err
    assert any(words in done.err for words in REFUSED)
    assert (folder / "peerloop-data" / "calendar" / "data.ics").exists()


def test_two_teams_may_have_one_calendar_and_one_folder_of_pages(folder: Path) -> None:
    """What a link leads to is both teams', and what one has there is nothing of the other one's."""
    data, other = folder / "peerloop-data", TEAM.replace("team: Platform", "team: Data")
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    alone = (data / "calendar" / "platform.ics").read_text()
    (data / "calendar" / "data.ics").symlink_to("platform.ics")
    (data / "wiki" / "data").symlink_to("platform")
    (folder / "other.yaml").write_text(other.replace("Ada Lovelace", "Ada King").replace("12:15", "13:15"))

    first = peerloop(folder, "apply", "other.yaml", "--now", MONDAY)
    assert first.out.startswith("Data: add 1 series, 4 sessions, 2 pages"), first
    both = (data / "calendar" / "platform.ics").read_text()
    assert all(line in both.splitlines() for line in alone.splitlines())
    assert both.count("UID:platform.lunch-learn.1@peerloop") == alone.count("UID:platform.lunch-learn.1@peerloop")
    assert "UID:data.lunch-learn.1@peerloop" in both
    again = peerloop(folder, "apply", "team.yaml", "other.yaml", "--now", MONDAY)
    assert (again.code, again.out.count("nothing to do")) == (0, 2), again


@SPOILS
def test_what_people_put_in_place_of_a_page(folder: Path, spoil: Spoil) -> None:
    """It is told of that page alone: what is on the other pages of the team is read, and they are written."""
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    home, page = sorted((folder / "peerloop-data" / "wiki" / "platform").glob("*.md"), reverse=True)[:2]
    kept = home.rename(folder / "kept.md")
    spoil(home)
    page.write_text(f"{page.read_text()}\n- [ ] @bob order the books by 2026-11-23\n")
    (folder / "team.yaml").write_text(f"{TEAM}topics: [{{title: How our egress works}}]\n")
    done = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert done.code == 0, done
    assert home.name in done.out
    assert any(words in done.out for words in REFUSED)
    assert "How our egress works" in page.read_text()
    assert "order the books" in peerloop(folder, "status", "team.yaml", "--now", MONDAY).out
    home.unlink()
    kept.rename(home)
    again = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert not any(words in again.out for words in REFUSED)
    assert home.read_text().startswith("# Platform: peer learning")


@SPOILS
def test_a_team_file(folder: Path, spoil: Spoil) -> None:
    spoil(folder / "odd.yaml")
    done = peerloop(folder, "apply", "odd.yaml", "team.yaml", "--now", MONDAY)
    assert done.code == 2
    assert done.err.startswith("odd.yaml:1:1: ")
    assert (folder / "peerloop-data" / "calendar" / "platform.ics").exists()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (a_pipe, "it is no ordinary file, but a device or a pipe"),
        (a_device, "it is no ordinary file, but a device or a pipe"),
        (Path.mkdir, "this is a folder; name a YAML file in it"),
        (lambda path: path.symlink_to("away/odd.yaml"), "this is a link, and what it leads to is not there"),
    ],
)
def test_what_lies_among_the_team_files(folder: Path, spoil: Spoil, said: str) -> None:
    (folder / "peerloop.yaml").write_text("teams: teams/*.yaml\n")
    (folder / "teams").mkdir()
    (folder / "team.yaml").rename(folder / "teams" / "team.yaml")
    assert peerloop(folder, "check").code == 0
    spoil(folder / "teams" / "odd.yaml")
    checked, applied = peerloop(folder, "check"), peerloop(folder, "apply", "--now", MONDAY)
    assert (checked.code, applied.code) == (2, 2)
    assert f"teams/odd.yaml:1:1: {said}" in checked.err
    assert f"teams/odd.yaml:1:1: {said}" in applied.err
    assert (folder / "peerloop-data" / "calendar" / "platform.ics").exists()


@SPOILS
def test_a_template(folder: Path, spoil: Spoil) -> None:
    spoil(folder / "odd.md")
    own = "\nformats:\n  - {name: lunch-and-learn, template: odd.md}\n"
    (folder / "odd.yaml").write_text(TEAM.replace("team: Platform", "team: Odd") + own)
    done = peerloop(folder, "apply", "odd.yaml", "team.yaml", "--now", MONDAY)
    assert done.code == 2
    assert "odd.md" in done.err
    assert (folder / "peerloop-data" / "calendar" / "platform.ics").exists()


def test_a_template_that_would_never_end(folder: Path) -> None:
    endless = "{% for i in range(1000) %}" + "{{ team|replace(team, '') }}" * 1_000 + "{% endfor %}"
    (folder / "odd.md").write_text(endless)
    own = "\nformats:\n  - {name: lunch-and-learn, template: odd.md}\n"
    (folder / "odd.yaml").write_text(TEAM.replace("team: Platform", "team: Odd") + own)
    done = peerloop(folder, "apply", "odd.yaml", "team.yaml", "--now", MONDAY)
    assert done.code == 2
    assert "odd.md:1:1: it takes longer than a second" in done.err
    assert (folder / "peerloop-data" / "calendar" / "platform.ics").exists()


def test_what_is_private_is_readable_for_nobody_else(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    data = folder / "peerloop-data"
    secret = [data / "ledger.db", *(data / "outbox").glob("*.eml")]
    assert len(secret) > 1
    assert {mode(file) for file in secret} == {0o600}
    assert {mode(one) for one in (data, data / "outbox")} == {0o700}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


MAIL = """\
connections:
  mail: {kind: smtp, host: HOST, security: none, user: bot, password: env:PASSWORD_OF_TEST, from: peers@example.com}
  cloud: {kind: confluence-cloud, url: "http://HOST/wiki", user: bot@example.com, token: env:TOKEN_OF_TEST}
  google: {kind: google-calendar, api_endpoint: "http://HOST/calendar/v3"}
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "mail.example.com", "192.0.2.7"])
def test_a_secret_in_the_open_is_refused_unless_it_is_meant(folder: Path, host: str) -> None:
    at_home = host in ("127.0.0.1", "localhost")
    (folder / "peerloop.yaml").write_text(MAIL.replace("HOST", host))
    checked = peerloop(folder, "check", "team.yaml")
    assert checked.code == (0 if at_home else 2)
    assert checked.err.count(f"a secret would go to {host} without encryption") == (0 if at_home else 3)
    for place in (", from:", ", user: bot@", ", api_endpoint:"):
        edited(folder / "peerloop.yaml", place, f", unprotected: allowed{place}")
    assert peerloop(folder, "check", "team.yaml").code == 0


def test_words_that_look_like_our_marks_are_no_edit_of_a_person(folder: Path) -> None:
    mark = "<!-- peerloop:end platform/home -->"
    edited(folder / "team.yaml", "name: Ada Lovelace", f'name: "{mark}"')
    (folder / "team.yaml").write_text(f"{(folder / 'team.yaml').read_text()}topics: [{{title: '{mark}'}}]\n")
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    later = peerloop(folder, "apply", "team.yaml", "--now", "2026-11-30T10:00")
    assert (later.code, "a person changed" in later.out) == (0, False), later
    home = (folder / "peerloop-data" / "wiki" / "platform" / "home.md").read_text()
    assert "2026-11-26" not in home.partition("How to take part")[0], "what is over is not coming up"
    again = peerloop(folder, "apply", "team.yaml", "--now", "2026-11-30T10:00")
    assert "0 resources written" in again.out


AS_ORDINARY_USER = """\
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, without which permissions count for root, too
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def running_as_ordinary_user(folder: Path) -> Iterator[Running]:
    log, command = folder / "stderr.log", [sys.executable, "-c", AS_ORDINARY_USER, str(PROGRAM), "run"]
    with log.open("wb") as said, subprocess.Popen(command, cwd=folder, env=environment(), stderr=said) as process:
        try:
            yield Running(cast(Begun, process), log)
        finally:
            process.kill()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("shut", ["a", "a/templates"])
def test_a_folder_that_may_not_be_read_any_more_stops_nobody(folder: Path, shut: str) -> None:
    (folder / "peerloop.yaml").write_text("teams: '?/team.yaml'\nevery: 1 minute\n")
    for name in ("a", "b"):
        (folder / name / "templates").mkdir(parents=True)
        (folder / name / "templates" / "ours.md").write_text("# Ours\n")
        team = TEAM.replace("team: Platform", f"team: Team {name}").replace("@example.com", f"@{name}.example.com")
        (folder / name / "team.yaml").write_text(
            team + "formats:\n  - {name: ours, roles: [facilitator], template: templates/ours.md}\n"
        )
    shows_of = {name: partial(shows, calendar_of(folder, f"team-{name}")) for name in ("a", "b")}
    with running_as_ordinary_user(folder) as daemon:
        for name in ("a", "b"):
            until(shows_of[name]("SUMMARY:Lunch & Learn"))
        (folder / shut).chmod(0)
        try:
            edited(folder / "b" / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
            until(shows_of["b"]("SUMMARY:Brown bag"))
            daemon.process.send_signal(signal.SIGHUP)
            until(lambda: daemon.about("trouble"))
            edited(folder / "b" / "team.yaml", "name: Brown bag", "name: Tea")
            until(shows_of["b"]("SUMMARY:Tea"))
        finally:
            (folder / shut).chmod(0o755)
        edited(folder / "a" / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Bag lunch")
        until(shows_of["a"]("SUMMARY:Bag lunch"))
        assert daemon.stop() == 0
