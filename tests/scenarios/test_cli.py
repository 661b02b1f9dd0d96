"""The command line as a person uses it: processes in folders of their own, what they print where, how they end."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from config.yaml12 import read
from config.zones import RELEASE
from daemon.cli.commands import cli
from tests.scenarios.command_line import MONDAY, PROGRAM, TEAM, edited, environment, from_scratch, peerloop, tree

# How it presents itself


def test_the_version(folder: Path) -> None:
    result = from_scratch(folder, "--version")

    assert re.fullmatch(r"peerloop \d+\.\d+\.\d+( \(commit [0-9a-f]{12}\))?\n", result.out)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("command", cli.commands)
def test_every_command_has_help_with_an_example(command: str, folder: Path) -> None:
    result = peerloop(folder, command, "--help")

    assert (result.code, result.err) == (0, "")
    assert f"Example: peerloop {command}" in result.out
    assert f"\n  {command} " in peerloop(folder, "--help").out


def test_the_starter_can_be_used_as_it_is(tmp_path: Path) -> None:
    assert from_scratch(tmp_path, "init", "teams/mine.yaml").code == 0
    assert from_scratch(tmp_path, "check", "teams/mine.yaml").out == "teams/mine.yaml: fine: 3 members, 1 series\n"
    assert from_scratch(tmp_path, "plan", "teams/mine.yaml", "--now", MONDAY).code == 0

    again = from_scratch(tmp_path, "init", "teams/mine.yaml")
    assert (again.code, again.out) == (2, "")
    assert again.err == "teams/mine.yaml is there already, and stays as it is; name another file\n"


def test_the_schema_is_a_json_schema_that_the_starter_fits(tmp_path: Path) -> None:
    schema = json.loads(peerloop(tmp_path, "schema").out)
    peerloop(tmp_path, "init")

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(read((tmp_path / "team.yaml").read_bytes()).root)


# What people get wrong


MISTAKES: dict[str, tuple[str, int, str]] = {
    "no such file": ("check nowhere.yaml", 2, "nowhere.yaml:1:1: there is no such file; check the name"),
    "a folder": ("plan folder.yaml", 2, "folder.yaml:1:1: this is a folder; name a YAML file in it"),
    "a binary file": ("plan binary.yaml", 2, "binary.yaml:1:"),
    "no file at all": ("plan", 2, "no team file: name one, or write one with `peerloop init`"),
    "a glob without files": ("plan --config empty.yaml", 2, "no team file; peerloop.yaml finds none at"),
    "a wrong moment": ("plan team.yaml --now noon", 2, "'noon' is not a time; write it as 2026-12-10T09:00"),
    "a moment too far": ("plan team.yaml --now 9999-12-31", 2, "9999-12-31 is too far away; check its year"),
    "a wrong date": ("why team.yaml tomorrow", 2, "'tomorrow' is not a date; write it as 2026-12-31"),
    "no such date": ("why team.yaml 2026-11-31", 2, "2026-11-31 does not exist in the calendar"),
    "half a window": ("schedule team.yaml --from 2027-01-01", 2, "Missing option '--until'"),
    "a window backwards": (
        "schedule team.yaml --from 2027-02-01 --until 2027-01-01",
        2,
        "--until 2027-01-01 lies before --from 2027-02-01; name the earlier day first",
    ),
    "an unknown command": ("paln team.yaml", 2, "No such command 'paln'"),
    "an unknown connection": ("apply wiki.yaml", 2, "wiki.yaml:11:20: peerloop.yaml has no connection 'confluense'"),
    "no such operator's file": ("apply team.yaml --config nowhere.yaml", 2, "nowhere.yaml:1:1: there is no such file"),
    "data in a file": ("apply team.yaml --data team.yaml", 2, "'team.yaml' is a file"),
    "data that cannot be": (
        "apply team.yaml --data /dev/null/data",
        1,
        "/dev/null/data: Not a directory; check the path",
    ),
    "a ledger that is none": (
        "apply team.yaml --data broken",
        1,
        "broken/ledger.db is damaged, or its disk does not read it (file is not a database). See first",
    ),
    "an unreadable ledger": (
        "status team.yaml --data broken",
        1,
        "broken/ledger.db is damaged, or its disk does not read it (file is not a database). See first",
    ),
    "a ledger's address": ("run team.yaml --config ledger.yaml", 2, "ledger.yaml:1:9: 'somewhere' is not the address"),
    "a ledger not reached": (
        "run team.yaml --config far.yaml",
        1,
        "the ledger postgresql+psycopg://me:***@127.0.0.1:1/x",
    ),
    "a secret not set": ("apply team.yaml --config secret.yaml", 1, "the secret env:PEERLOOP_NOT_SET is empty or not"),
    "a name in bytes": ("check \udcff.yaml", 2, "\\udcff.yaml:1:1: the file's name is not in UTF-8"),
}


@pytest.mark.parametrize(("command", "code", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_a_sentence(command: str, code: int, told: str, folder: Path) -> None:
    (folder / "folder.yaml").mkdir()
    (folder / "binary.yaml").write_bytes(bytes(range(128, 256)))
    (folder / "empty.yaml").write_text("teams: nothing/*.yaml\n")
    (folder / "wiki.yaml").write_text(f"{TEAM}wiki: {{connection: confluense}}\n")
    (folder / "broken").mkdir()
    (folder / "broken" / "ledger.db").write_bytes(b"no database at all" * 100)
    (folder / "ledger.yaml").write_text("ledger: somewhere\n")
    (folder / "far.yaml").write_text("ledger: file:far.url\n")
    (folder / "far.url").write_text("postgresql+psycopg://me:hidden@127.0.0.1:1/x")
    (folder / "secret.yaml").write_text("ledger: env:PEERLOOP_NOT_SET\n")

    result = peerloop(folder, *command.split())

    assert told in result.err
    assert (result.code, result.out) == (code, "")
    assert "hidden" not in result.err


def test_all_faults_are_told_at_once_each_with_its_place(folder: Path) -> None:
    edited(folder / "team.yaml", "Europe/Berlin", "Europe/Berlyn")
    edited(folder / "team.yaml", "members:", "memberz:")
    edited(folder / "team.yaml", "thursday", "thirsday")

    result = peerloop(folder, "check", "team.yaml")

    assert result.code == 2
    places = re.findall(r"^team\.yaml:(\d+):(\d+): .+; ", result.err, re.MULTILINE)
    assert {"2", "4", "9"} <= {line for line, _ in places}
    told = json.loads(peerloop(folder, "check", "team.yaml", "--json").out)["faults"]
    assert [(str(fault["line"]), str(fault["column"])) for fault in told] == places


def test_what_a_lead_should_know_is_told_and_is_no_fault(folder: Path) -> None:
    edited(folder / "team.yaml", "Cleo Patra", "Bob Noyce")

    result = peerloop(folder, "check", "team.yaml")

    assert (result.code, result.out) == (0, "team.yaml: fine: 3 members, 1 series\n")
    said = "team.yaml:7:12: warning: bob@example.com is called 'Bob Noyce' too, so both are shown with their e-mail; "
    assert result.err == f"{said}give one of them a longer name\n"
    told = json.loads(peerloop(folder, "check", "team.yaml", "--json").out)
    assert (told["faults"], [warning["line"] for warning in told["warnings"]]) == ([], [7])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o555)

    applied, begun = peerloop(folder, "apply", "team.yaml", "--data", "closed"), peerloop(closed, "init")

    assert (applied.code, begun.code) == (1, 1)
    assert "Permission denied" in applied.err
    assert begun.err == "team.yaml cannot be written: Permission denied\n"


def test_a_broken_calendar_is_left_alone_and_the_pages_go_on(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    broken = folder / "peerloop-data" / "calendar" / "platform.ics"
    broken.write_bytes(b"BEGIN:VCALENDAR\r\n\x1b[31mno calendar\r\n")
    pages = set((folder / "peerloop-data" / "wiki").rglob("*.md"))

    result = peerloop(folder, "apply", "team.yaml", "--now", "2026-11-30T10:00")

    assert result.code == 1
    assert "platform.ics, cannot be read" in result.err
    assert "\x1b" not in result.err + result.out
    assert broken.read_bytes() == b"BEGIN:VCALENDAR\r\n\x1b[31mno calendar\r\n"
    assert result.out.startswith("Platform: add 1 page")
    assert len(set((folder / "peerloop-data" / "wiki").rglob("*.md")) - pages) == 1


def test_a_calendar_that_was_never_read_is_not_taken_for_an_empty_one(folder: Path) -> None:
    broken = folder / "peerloop-data" / "calendar" / "platform.ics"
    broken.parent.mkdir(parents=True)
    broken.write_text("no calendar")

    result = peerloop(folder, "plan", "team.yaml", "--now", MONDAY, "--detailed-exitcode")

    assert (result.code, result.out) == (1, "")
    assert "platform.ics, cannot be read: line 1: “no calendar” is not iCalendar" in result.err


# Looking changes nothing


@pytest.mark.parametrize("applied", [False, True], ids=["at first", "on an existing ledger"])
@pytest.mark.parametrize(
    "command",
    [
        "plan team.yaml --now 2026-12-01T10:00",
        "plan team.yaml --now 2026-12-01T10:00 --json",
        "status team.yaml",
        "why team.yaml 2026-11-26 --now 2026-11-23T10:00",
        "check team.yaml",
        "schedule team.yaml --from 2027-01-01 --until 2027-01-31",
    ],
)
def test_looking_writes_nothing(command: str, applied: bool, folder: Path) -> None:
    if applied:
        assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0
        edited(folder / "team.yaml", "ada@example.com}", "ada@example.com, away: 2026-11-26..2026-12-10}")
    before = tree(folder)

    result = peerloop(folder, *command.split())

    assert (result.code, result.err) == (0, "")
    assert result.out
    assert tree(folder) == before


def test_plan_apply_and_then_nothing_to_do(folder: Path) -> None:
    def plan() -> tuple[int, str]:
        result = peerloop(folder, "plan", "team.yaml", "--now", MONDAY, "--detailed-exitcode")
        return result.code, result.out

    code, planned = plan()
    applied = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    before = tree(folder / "peerloop-data" / "calendar") | tree(folder / "peerloop-data" / "wiki")

    assert code == 10
    assert applied.out.startswith(planned)
    assert re.search(r"^\d+ resources written, \d+ digests? sent$", applied.out, re.MULTILINE)
    assert plan() == (0, "Platform: nothing to do\n")
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0
    assert tree(folder / "peerloop-data" / "calendar") | tree(folder / "peerloop-data" / "wiki") == before


def test_a_plan_as_json(folder: Path) -> None:
    (told,) = json.loads(peerloop(folder, "plan", "team.yaml", "--now", MONDAY, "--json").out)["teams"]

    assert told["team"] == "Platform"
    assert told["findings"] == []
    assert told["changes"][0] == {
        "action": "create",
        "kind": "page",
        "key": "platform/lunch-learn/2026-11-26T12:15/page",
        "title": "2026-11-26 Lunch & Learn: topic wanted",
        "fields": [],
    }
    assert {change["kind"] for change in told["changes"]} == {"page", "series", "session"}


# Caps and guards


def test_a_plan_tells_whom_apply_will_write_to(folder: Path) -> None:
    planned = json.loads(peerloop(folder, "plan", "team.yaml", "--now", MONDAY, "--json").out)["mails"]
    assert not (folder / "peerloop-data").exists()
    applied = json.loads(peerloop(folder, "apply", "team.yaml", "--now", MONDAY, "--json").out)["mails"]
    sent = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("**/*.eml")]
    assert applied == planned
    assert {mail["to"] for mail in planned} == {mail["To"].addresses[0].addr_spec for mail in sent}
    assert {mail["subject"] for mail in planned} == {str(mail["Subject"]) for mail in sent}
    assert {mail["when"] for mail in planned} == {"2026-11-23T10:00:00+01:00"}
    assert json.loads(peerloop(folder, "plan", "team.yaml", "--now", MONDAY, "--json").out)["mails"] == []


def test_a_plan_at_night_writes_to_nobody(folder: Path) -> None:
    told = peerloop(folder, "plan", "team.yaml", "--now", "2026-11-23T22:00")
    assert "Mails" not in told.out
    assert "+ new series" in told.out


def test_a_plan_beyond_the_caps_stops_and_tells_how_to_go_on(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text("caps: {create: 1, delete: 0}\n")

    stopped = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert stopped.code == 3
    assert "this plan would create 3 series and pages, more than the 1 that one pass may" in stopped.err
    assert "nothing was written" in stopped.err
    assert not (folder / "peerloop-data" / "calendar").exists()
    assert peerloop(folder, "plan", "team.yaml", "--now", MONDAY).code == 3
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY, "--allow-create", "3").code == 0

    edited(folder / "team.yaml", "name: Lunch & Learn", "name: Deep dive")
    stopped = peerloop(folder, "apply", "team.yaml", "--now", MONDAY, "--allow-create", "9")
    assert stopped.code == 3
    assert "this plan would end 1 series and pages, more than the 0" in stopped.err
    assert "--allow-delete 1" in stopped.err
    went_on = peerloop(folder, "apply", "team.yaml", "--now", MONDAY, "--allow-create", "9", "--allow-delete", "1")
    assert went_on.code == 0


def test_a_calendar_that_has_gone_stops_and_comes_back_on_demand(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    calendar = folder / "peerloop-data" / "calendar" / "platform.ics"
    calendar.unlink()

    stopped = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert stopped.code == 3
    figures = re.search(r"the ledger knows (\d+) of our entries in the calendar, and the calendar shows 0", stopped.err)
    way_out = re.search(r"--allow-create (\d+)$", stopped.err.strip())
    assert figures and way_out and int(figures[1]) == 5
    assert not calendar.exists()

    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY, "--allow-create", way_out[1]).code == 0
    assert calendar.read_text().count("BEGIN:VEVENT") == 5
    assert peerloop(folder, "plan", "team.yaml", "--now", MONDAY).out == "Platform: nothing to do\n"


@pytest.mark.parametrize("port", ["calendar/{}.ics", "wiki/{}"])
def test_what_is_another_teams_is_the_wrong_place(folder: Path, port: str) -> None:
    (folder / "other.yaml").write_text((folder / "team.yaml").read_text().replace("team: Platform", "team: Other"))
    peerloop(folder, "apply", "team.yaml", "other.yaml", "--now", MONDAY)
    own, others = (folder / "peerloop-data" / port.format(name) for name in ("platform", "other"))
    own.rename(kept := own.with_name("kept"))
    copied = shutil.copytree if others.is_dir() else shutil.copy
    copied(others, own)

    stopped = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    assert stopped.code == 3
    assert re.search(r"the ledger knows \d+ of our entries in the \w+, and the \w+ shows 0", stopped.err)
    shutil.rmtree(own, ignore_errors=True)
    kept.rename(own)
    assert peerloop(folder, "plan", "team.yaml", "--now", MONDAY).out.startswith("Platform: nothing to do\n")


def test_a_team_that_is_stopped_does_not_stop_another(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (folder / "peerloop-data" / "calendar" / "platform.ics").unlink()
    (folder / "other.yaml").write_text(TEAM.replace("team: Platform", "team: Data"))
    (folder / "peerloop.yaml").write_text("teams: [team.yaml, other.yaml]\n")

    result = peerloop(folder, "apply", "--now", MONDAY)

    assert result.code == 3
    assert result.err.startswith("Platform: the ledger knows")
    assert result.out.startswith("Data: add 1 series")
    assert (folder / "peerloop-data" / "calendar" / "data.ics").exists()


HOLDS = """
import sys
from daemon.ledger import open_ledger
with open_ledger(sys.argv[1]).alone():
    print("holds", flush=True)
    sys.stdin.read()
"""


def test_a_faulty_file_does_not_stop_another(folder: Path) -> None:
    Path(folder, "other.yaml").write_text(TEAM.replace("team: Platform", "team: Other\nteem: Other"))
    done = peerloop(folder, "apply", "team.yaml", "other.yaml", "--now", MONDAY)
    assert done.code == 2
    assert "other.yaml:2:1: " in done.err
    assert Path(folder, "peerloop-data", "calendar", "platform.ics").exists()


def test_of_two_at_once_one_gives_way_and_a_killed_one_delays_nobody(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    command = [sys.executable, "-c", HOLDS, f"sqlite:///{folder}/peerloop-data/ledger.db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout and holder.stdout.readline() == b"holds\n"
            second = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
            looking = peerloop(folder, "plan", "team.yaml", "--now", MONDAY)
        finally:
            holder.send_signal(signal.SIGKILL)

    assert (second.code, second.out) == (3, "")
    assert f"another peerloop (process {holder.pid}) is at work on this ledger" in second.err
    assert looking.code == 0
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0


# Terminals and pipes


def on_a_terminal(folder: Path, env: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    command = [str(PROGRAM), "plan", "team.yaml", "--now", MONDAY]
    with subprocess.Popen(command, cwd=folder, env=environment(env), stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        try:
            while more := os.read(ours, 65536):
                said += more
        except OSError:  # what Linux says at the end of a terminal
            pass
        assert process.wait(timeout=300) == 0
    os.close(ours)
    return said.decode()


def test_colour_is_for_terminals_that_want_it(folder: Path) -> None:
    coloured = on_a_terminal(folder, {"TERM": "xterm-256color"})
    plain = on_a_terminal(folder, {"TERM": "xterm-256color", "NO_COLOR": "1"})
    piped = peerloop(folder, "plan", "team.yaml", "--now", MONDAY).out

    assert "\x1b[32m" in coloured
    assert plain.replace("\r\n", "\n") == piped
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).replace("\r\n", "\n") == piped


def test_a_reader_that_goes_away(folder: Path) -> None:
    window = f"--from {date(2027, 1, 1)} --until {date(2040, 12, 31)} --json"
    command = f"'{PROGRAM}' schedule team.yaml {window} | head -1"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=600)

    assert (done.stdout, done.stderr) == ("{\n", "")


def test_names_that_a_terminal_cannot_show(folder: Path) -> None:
    edited(folder / "team.yaml", "Ada Lovelace", "Ada Łovelace")

    result = from_scratch(folder, "plan", "team.yaml", "--now", MONDAY, env={"PYTHONIOENCODING": "latin-1"})

    assert result.code == 0
    assert "Ada \\u0141ovelace" in result.out


def test_a_calendar_gets_the_rules_of_time_zones_that_hold_now(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (calendar,) = (folder / "peerloop-data" / "calendar").glob("*.ics")
    right = calendar.read_bytes()
    calendar.write_bytes(right.replace(f"RULES:{RELEASE}".encode(), b"RULES:2019a").replace(b"+0200", b"+0300"))
    wrong = calendar.read_bytes()
    peerloop(folder, "plan", "team.yaml", "--now", MONDAY)
    assert calendar.read_bytes() == wrong != right
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0
    assert calendar.read_bytes() == right


def test_a_session_in_the_hour_that_autumn_repeats_is_not_said_to_be_moved(folder: Path) -> None:
    weekend = "working_days: [saturday, sunday]\ntopics: [{title: Ingress}, {title: Queues}, {title: Traces}]\n"
    text = TEAM.replace("on: thursday", "on: sunday").replace('at: "12:15"', 'at: "02:30"') + weekend
    (folder / "team.yaml").write_text(text)
    said = [peerloop(folder, "apply", "team.yaml", "--now", f"2027-10-{day}T00:00").out for day in (20, 26)]
    assert "Sun 2027-10-31 02:30" in said[1]
    assert not any("moved" in text for text in said)
