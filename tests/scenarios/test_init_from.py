"""`peerloop init --from`: other tools' files become a team's file without a fault, and what is left out is said."""

from pathlib import Path
from typing import Any, cast

import pytest

from config import yaml12
from tests.scenarios.command_line import Result, peerloop

ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//somebody//something//EN
X-WR-CALNAME:Web team
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VEVENT
UID:one@example.com
DTSTART;TZID=Europe/Berlin:20260108T121500
DTEND;TZID=Europe/Berlin:20260108T130000
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH
EXDATE;TZID=Europe/Berlin:20260122T121500
SUMMARY:Brown bag
LOCATION:Kitchen
ORGANIZER;CN=Ada Lovelace:mailto:ada@example.com
ATTENDEE;CN=Bob Noyce:mailto:bob@example.com
END:VEVENT
BEGIN:VEVENT
UID:two@example.com
DTSTART;TZID=Europe/Berlin:20260130T150000
DURATION:PT15M
RRULE:FREQ=MONTHLY;BYDAY=-1FR
SUMMARY:Show & tell
END:VEVENT
BEGIN:VEVENT
UID:three@example.com
DTSTART;VALUE=DATE:20260401
SUMMARY:Offsite
END:VEVENT
BEGIN:VEVENT
UID:four@example.com
DTSTART;TZID=Europe/Berlin:20260301T100000
SUMMARY:Kick-off
END:VEVENT
BEGIN:VTODO
UID:five@example.com
SUMMARY:Buy cake
END:VTODO
END:VCALENDAR
"""
YAML2ICS = """\
name: Data guild
timezone: Europe/Lisbon
include: [other.yaml]
events:
  - summary: Paper reading
    begin: 2026-01-06 16:00:00
    duration: {minutes: 60}
    description: Bring the paper.
    repeat:
      interval: {weeks: 1}
      until: 2026-12-31
      except_on: [2026-02-17]
  - summary: Earth Day
    begin: 2026-04-22
  - summary: Kick-off
    begin: 2026-01-02 10:00:00
"""
YAML2ICAL = """\
project: Storage subteam
chair: Shannon Stacker
description: Weekly and more
schedule:
  - {time: '1400', day: Monday, frequency: weekly, irc: storage, start_date: 20260105, duration: 30}
  - {time: '0700', day: Wednesday, frequency: biweekly-odd, irc: storage, start_date: 20260105}
  - {time: '0700', day: Friday, frequency: adhoc, irc: storage}
"""
PEOPLE = """\
Name;E-Mail;Share;Knows;Shoe size
Cleo Patra;cleo@example.com;0,5;postgres, kafka;38
Dan Brown;;;;44
Eve Moneypenny;eve@example.com;;;
"""


def imported(folder: Path, **files: str) -> tuple[Result, dict[str, Any]]:
    """Write files, make a team's file of them, and see that nothing is wrong with it."""
    names = []
    for name, text in files.items():
        names.append(name.replace("_", "."))
        (folder / names[-1]).write_text(text.replace("\n", "\r\n") if names[-1].endswith(".ics") else text)
    done = peerloop(folder, "init", "team.yaml", *(word for name in names for word in ("--from", name)))
    assert done.code == 0, done
    check = peerloop(folder, "check", "team.yaml")
    assert check.code == 0, (check, (folder / "team.yaml").read_text())
    written = (folder / "team.yaml").read_text()
    assert all(f"# - {line.removeprefix('not taken: ')}" in written for line in done.err.splitlines())
    return done, cast(dict[str, Any], yaml12.read(written.encode()).root)


def test_a_calendar_gives_series_people_and_dates_left_out(tmp_path: Path) -> None:
    done, team = imported(tmp_path, meetings_ics=ICS)
    assert (team["team"], team["timezone"], team["lead"]) == ("Web team", "Europe/Berlin", "ada@example.com")
    assert [(one["name"], one["format"], one["minutes"]) for one in team["series"]] == [
        ("Brown bag", "lunch-and-learn", 45),
        ("Show & tell", "meeting", 15),
    ]
    fortnightly, monthly = (one["cadence"] for one in team["series"])
    assert (fortnightly["every"], fortnightly["on"], monthly["rrule"]) == (
        "2 weeks",
        "thursday",
        "FREQ=MONTHLY;BYDAY=-1FR",
    )
    assert "2026-01-22" in str(team["sessions"])
    for left in ("“Offsite”", "“Kick-off”", "VTODO", "location"):
        assert left in done.err


def test_yaml2ics_gives_what_recurs(tmp_path: Path) -> None:
    done, team = imported(tmp_path, guild_yaml=YAML2ICS)
    assert (team["team"], team["timezone"]) == ("Data guild", "Europe/Lisbon")
    (series,) = team["series"]
    assert series["cadence"]["rrule"].startswith("FREQ=WEEKLY;INTERVAL=1;UNTIL=20261231")
    for left in ("Earth Day", "Kick-off", "include", "description", "members"):
        assert left in done.err


def test_yaml2ical_gives_weekly_and_biweekly_meetings(tmp_path: Path) -> None:
    done, team = imported(tmp_path, storage_yaml=YAML2ICAL)
    weekly, odd = (one["cadence"] for one in team["series"])
    assert (weekly["every"], weekly["on"], weekly["at"]) == ("week", "monday", "14:00")
    assert (odd["every"], str(odd["starts"])) == ("2 weeks", "2026-01-14")  # week 3 of 2026
    for left in ("adhoc", "irc", "chair"):
        assert left in done.err


def test_people_of_a_csv_join_the_meetings_of_a_calendar(tmp_path: Path) -> None:
    done, team = imported(tmp_path, meetings_ics=ICS, people_csv=PEOPLE)
    people = {one["email"]: one for one in team["members"]}
    assert list(people) == [f"{name}@example.com" for name in ("ada", "bob", "cleo", "eve")]
    assert (people["cleo@example.com"]["share"], people["cleo@example.com"]["knows"]) == (0.5, ["postgres", "kafka"])
    assert "Dan Brown has no e-mail" in done.err and "Shoe size" in done.err


@pytest.mark.parametrize(("name", "text"), [("x.yaml", "a: 1"), ("x.csv", "who,what\n1,2\n"), ("x.ics", "no calendar")])
def test_a_file_of_another_kind_is_refused_and_nothing_is_written(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    done = peerloop(tmp_path, "init", "--from", name)
    assert done.code == 2 and name in done.err
    assert not (tmp_path / "team.yaml").exists()
