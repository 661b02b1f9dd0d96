"""`peerloop log`: who has to account for what was written learns what, why, who had asked, and how it was before."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import TEAM, ZONE, Programme, instance_of
from tests.scenarios.site import served

Entries = list[dict[str, Any]]


def log(programme: Programme, *more: str) -> Entries:
    result = peerloop(programme.path.parent, "log", str(programme.path), "--data", str(programme.data), "--json", *more)
    assert result.code == 0, result.err
    ((team),) = json.loads(result.out)["teams"]
    entries: Entries = team["entries"]
    return entries


def of_session(entries: Entries, day: str) -> Entries:
    return [one for one in entries if one["kind"] == "write" and day in one["key"]]


def test_each_write_of_a_pass_is_in_it_with_its_pass_and_each_mail(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    done, mail = programme.apply()
    entries = log(programme)
    writes = [one for one in entries if one["kind"] == "write"]
    assert len(writes) == done.written and {one["how"] for one in writes} == {"done"}
    assert {one["pass"] for one in writes} == {"platform-20261123T090000.000"}
    assert sum(one["kind"] == "mail" for one in entries) == mail.sent > 0
    assert log(programme, "--since", "2026-11-24") == [] and len(log(programme, "--last", "2")) == 2


def test_the_leads_decision_is_named_with_what_was_before(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    programme.apply()
    had = next(one for one in programme.memory().by_start() if one.slot.day.isoformat() == "2026-12-10")
    other = next(m["email"] for m in TEAM["members"] if m["email"] != had.roles["facilitator"])
    decision = {"series": "Lunch & Learn", "on": "2026-12-10", "facilitator": other}
    assert programme.edit({**programme.team, "sessions": [decision]}), programme.faults
    programme.later(hours=1)
    programme.apply()
    told = of_session(log(programme), "2026-12-10")[-1]
    assert told["before"]["facilitator"] == had.roles["facilitator"] and told["after"]["facilitator"] == other
    assert told["asked"] == programme.team["lead"]
    printed = peerloop(tmp_path, "log", str(programme.path), "--data", str(programme.data)).out
    assert "who asked: Ada Lovelace" in printed and " → " in printed


def test_who_said_on_the_web_page_that_they_cannot_is_who_asked(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    programme.apply()
    one = next(one for one in programme.memory().by_start() if "facilitator" in one.roles)
    who = one.roles["facilitator"]
    with served(programme) as web:
        someone = web.visitor(who)
        someone.get(f"/t/platform/session/{one.key}")
        someone.press("I can't be facilitator")
    programme.later(hours=1)
    programme.apply()
    entries = log(programme)
    said = [each for each in entries if each["kind"] == "said"]
    assert [each["asked"] for each in said] == [who] and "on the web page" in said[0]["what"]
    changed = [each for each in entries if each["key"] == one.key and "facilitator" in each["before"]]
    assert [each["asked"] for each in changed] == [who]


def test_what_a_person_deleted_in_the_calendar_is_theirs(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    programme.apply()
    programme.later(hours=1)
    first = log(programme)
    with programme.calendar_edited() as calendar:
        series = next(e for e in calendar.events if e.get("RRULE") and "Lunch" in str(e["SUMMARY"]))
        deleted = datetime(2026, 11, 26, 12, 15, tzinfo=ZONE)
        series.add("EXDATE", deleted)
        overrides = [one for one in calendar.events if one.get("RECURRENCE-ID") and instance_of(one) == deleted]
        calendar.subcomponents = [one for one in calendar.subcomponents if one not in overrides]
    programme.apply()
    later = [one for one in log(programme) if one not in first and one["kind"] == "write"]
    called_off = [one for one in later if one["after"].get("takes place") == "no"]
    assert called_off and {one["asked"] for one in called_off} == {"whoever deleted it in the calendar"}


def test_that_an_earlier_release_or_another_ledger_told_what_is_missing_is_said(tmp_path: Path) -> None:
    programme = Programme(tmp_path, now=datetime.now(ZONE))
    programme.apply()
    of_team = (str(programme.path), "--data", str(programme.data))
    assert "is not known" not in peerloop(tmp_path, "log", *of_team).out
    written = len(programme.memory().records)
    with closing(sqlite3.connect(programme.data / "ledger.db")) as ledger:
        ledger.execute("DELETE FROM log")
        ledger.commit()
    told = f"  how {written} of its events and pages came to be is not known: that was an earlier release"
    assert peerloop(tmp_path, "log", *of_team).out.splitlines()[1].startswith(told)
    assert not of_session(log(programme), "-")
