"""A name that changed, of a series or of a team: where `was` is missing, the lead is asked."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.loop import World
from daemon.serve.team_files import read_team
from integrations import kinds
from tests.scenarios.command_line import MONDAY, TEAM, Result, edited, peerloop

ASKED_OF_SERIES = (
    "'Brown bag' is new, and 'Lunch & Learn' is in no file any more: was this 'Lunch & Learn'? "
    "then write was: Lunch & Learn"
)
ASKED_OF_TEAM = (
    "'Foundations' is new, and 'Platform' is in no file any more: was this 'Platform'? then write was: Platform"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "team.yaml").write_text(TEAM)
    assert peerloop(tmp_path, "apply", "team.yaml", "--now", MONDAY).code == 0
    return tmp_path


def at(folder: Path, *arguments: str) -> Result:
    return peerloop(folder, *arguments, "team.yaml", "--now", MONDAY)


def test_a_series_that_may_have_been_renamed_is_asked_about(folder: Path) -> None:
    edited(folder / "team.yaml", "name: Lunch & Learn", "name: Brown bag")
    checked, planned = at(folder, "check"), at(folder, "plan")
    assert (checked.code, checked.err) == (0, f"team.yaml:9:12: warning: {ASKED_OF_SERIES}\n")
    assert f"    ! {ASKED_OF_SERIES}\n" in planned.out
    (told,) = json.loads(at(folder, "plan", "--json").out)["teams"]
    assert ASKED_OF_SERIES in told["findings"]
    edited(folder / "team.yaml", "name: Brown bag", "name: Brown bag, was: Lunch & Learn")
    assert at(folder, "check").err == ""
    assert "is new" not in at(folder, "plan").out


def test_a_team_that_may_have_been_renamed_is_asked_about(folder: Path) -> None:
    edited(folder / "team.yaml", "team: Platform", "team: Foundations")
    assert at(folder, "check").err == f"team.yaml:1:7: warning: {ASKED_OF_TEAM}\n"
    assert f"    ! {ASKED_OF_TEAM}\n" in at(folder, "plan").out
    (folder / "old.yaml").write_text(TEAM)
    both = peerloop(folder, "check", "team.yaml", "old.yaml", "--now", MONDAY).err
    assert "is new" not in both
    assert "Lunch & Learn and Lunch & Learn of Platform overlap on " in both, "three people for four roles"


def applied(folder: Path, now: str) -> str:
    result = peerloop(folder, "apply", "team.yaml", "--now", now)
    assert result.code == 0, result.err
    return result.out


@pytest.mark.parametrize("last", ["2026-12-02T10:00", "2026-12-07T10:00"])
def test_a_former_name_of_a_team_that_is_told_late_heals(folder: Path, last: str) -> None:
    applied(folder, last)
    edited(folder / "team.yaml", "team: Platform", "team: Foundations")
    applied(folder, "2026-12-07T11:00")
    applied(folder, "2026-12-14T10:00")
    edited(folder / "team.yaml", "team: Foundations", "team: Foundations\nwas: Platform")
    assert "the series ends" in applied(folder, "2026-12-14T11:00")
    done = applied(folder, "2026-12-15T11:00").splitlines()[:2]
    assert done == ["Platform: nothing to do", "Foundations: nothing to do"]
    calendars = folder / "peerloop-data" / "calendar"
    assert coming(calendars / "platform.ics") == []
    days = coming(calendars / "foundations.ics")
    assert days[:2] == ["2026-12-17", "2026-12-24"]
    mails = [body.get_content() for mail in mails_in(folder) if (body := mail.get_body(("plain",)))]
    assert not any("Called off" in mail for mail in mails)
    asked = [line for mail in mails for line in mail.splitlines() if "while it is fresh" in line]
    assert sum("2026-12-10" in line for line in asked) == 1, "one session, though both names had it"
    home = (folder / "peerloop-data" / "wiki" / "foundations" / "home.md").read_text()
    taken = [int(turns) for turns in re.findall(r"(?m)^\| \w+ \w+ \| (\d+) \|", home)]
    assert sum(taken) == 6, "two in each of three sessions"
    operator = operator_model(kinds()).default(str(folder / "peerloop-data"))
    (file,) = read_team(folder / "team.yaml", operator, datetime(2026, 12, 15, tzinfo=UTC)).files
    with closing(world_of(Setting(operator, (), None), create=False).ledger) as ledger:
        memory = World(ledger, *[None] * 5).recall(file.team)  # type: ignore[arg-type]
    held = [f"{one.slot.series} {one.slot.day}" for one in memory.before]
    assert sorted(held) == ["foundations/lunch-learn 2026-11-26", "foundations/lunch-learn 2026-12-03"]


def mails_in(folder: Path) -> list[EmailMessage]:
    """Return the mails in the outbox."""
    paths = sorted((folder / "peerloop-data" / "outbox").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def coming(path: Path) -> list[str]:
    """Return the days of the sessions to come that a calendar shows."""
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    shown = recurring_ical_events.of(calendar).between((2026, 12, 16), (2027, 2, 1))
    return sorted(f"{event.start:%Y-%m-%d}" for event in shown if event.get("STATUS") != "CANCELLED")


def test_a_series_that_is_just_new_or_just_gone_is_not_asked_about(folder: Path) -> None:
    more = "series:\n  - {name: Reviews, format: code-review, cadence: {every: week, on: monday, at: '10:00'}}"
    edited(folder / "team.yaml", "series:", more)
    assert at(folder, "check").err == ""


def test_a_team_is_ended_for_good(folder: Path) -> None:
    text = (folder / "team.yaml").read_text()
    (folder / "team.yaml").write_text(text.replace(re.findall(r"(?m)^series:\n  - .*$", text)[0], "series: []"))
    assert at(folder, "check").out == "team.yaml: fine: 3 members, 0 series\n"
    assert "the series ends, and 4 sessions to come with it" in at(folder, "plan").out
    assert at(folder, "apply").code == 0
    assert at(folder, "plan").out == "Platform: nothing to do\n"
    (told,) = json.loads(at(folder, "status", "--json").out)["teams"]
    assert told["sessions"] == []
    calendar = icalendar.Calendar.from_ical((folder / "peerloop-data" / "calendar" / "platform.ics").read_bytes())
    coming = recurring_ical_events.of(calendar).between((2026, 11, 24), (2027, 3, 1))
    assert [event for event in coming if event.get("STATUS") != "CANCELLED"] == []


def test_who_is_new_in_a_team_without_a_series_hears_of_none(folder: Path) -> None:
    text = (folder / "team.yaml").read_text().replace("team: Platform", "team: Data")
    (folder / "data.yaml").write_text(re.sub(r"(?m)^series:\n  - .*$", "series: []", text))
    before = len(mails_in(folder))
    assert peerloop(folder, "apply", "data.yaml", "--now", "2026-11-24T10:00").code == 0
    bodies = [body.get_content() for mail in mails_in(folder)[before:] if (body := mail.get_body(("plain",)))]
    welcomes = [" ".join(text.split()) for text in bodies if "how Data learns" in text]
    assert welcomes
    for text in welcomes:
        assert "This is about how Data learns from each other. There is no series of sessions now" in text
        assert "invitations are in the calendar" not in text


def test_a_new_address_of_a_member_makes_no_second_mail_that_day_and_plan_says_so(folder: Path) -> None:
    edited(folder / "team.yaml", "email: bob@example.com", "email: b.noyce@example.com, was: bob@example.com")
    before = len(mails_in(folder))
    for now in ("2026-11-23T10:05", "2026-11-23T15:00"):
        assert "Mails" not in peerloop(folder, "plan", "team.yaml", "--now", now).out
        applied(folder, now)
    assert len(mails_in(folder)) == before
    for now in ("2026-11-24T10:00", "2026-11-27T10:00", "2026-11-30T10:00"):
        planned = peerloop(folder, "plan", "team.yaml", "--now", now).out.partition("Mails\n")[2].splitlines()
        applied(folder, now)
        assert len(mails_in(folder)) == before + len(planned)
        before += len(planned)
    everything = [body.get_content() for mail in mails_in(folder) if (body := mail.get_body(("plain",)))]
    assert sum("Hello Bob" in text and "Welcome" in text for text in everything) == 1
    assert {mail["To"].addresses[0].addr_spec for mail in mails_in(folder)[-2:]} <= {
        *("ada@example.com", "b.noyce@example.com", "cleo@example.com"),
    }
