"""What the command line answers, for programs and for people: the schedule, how things stand, and why."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.command_line import MONDAY, edited, peerloop, tree

LARGER = """\
team: Platform
timezone: Europe/Berlin
lead: ada@example.com
members:
  - {name: Ada Lovelace, email: ada@example.com}
  - {name: Bob Noyce, email: bob@example.com}
  - {name: Cleo Patra, email: cleo@example.com, excused: note-taker}
  - {name: Dan Brown, email: dan@example.com, away: 2027-03-01..2027-03-31, excused: note-taker}
  - {name: Eve Moneypenny, email: eve@example.com, share: 0.5, excused: note-taker}
holidays: {country: DE, subdivision: BE}
blackouts:
  - {dates: 2027-02-08..2027-02-12, reason: Offsite}
sprint: {starts: 2027-01-04, length: 2 weeks}
series:
  - name: Lunch & Learn
    format: lunch-and-learn
    cadence: {every: week, on: [monday, thursday], at: "12:15", starts: 2026-11-02}
    minutes: 45
  - {name: Pairing, format: pairing, cadence: {every: 2 weeks, on: wednesday, at: "15:00", starts: 2027-01-06}}
  - name: Craft hour
    formats: [code-review, deep-dive]
    cadence: {every: sprint, day: 4, at: "09:00", starts: 2027-01-04}
topics:
  - {title: How our ingress works, area: kubernetes, owner: bob@example.com, votes: 3}
sessions:
  - {series: Lunch & Learn, on: 2027-03-11, move_to: 2027-03-12 09:30, facilitator: cleo@example.com}
  - {series: Lunch & Learn, on: 2027-03-18, cancel: Company day}
  - {series: Lunch & Learn, on: 2027-12-30, move_to: 2028-01-03 09:30}
"""


# The schedule


def schedule(folder: Path, first: str, last: str) -> dict[str, Any]:
    (folder / "larger.yaml").write_text(LARGER)
    result = peerloop(folder, "schedule", "larger.yaml", "--from", first, "--until", last, "--json")
    assert (result.code, result.err) == (0, "")
    told: dict[str, Any] = json.loads(result.out)
    return told


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the larger team's schedule of 2027."""
    return schedule(tmp_path_factory.mktemp("year"), "2027-01-01", "2027-12-31")


def test_the_schedule_as_json(year: dict[str, Any]) -> None:
    assert list(year) == ["team", "from", "until", "sessions", "skipped"]
    assert (year["team"], year["from"], year["until"]) == ("Platform", "2027-01-01", "2027-12-31")
    moved = next(one for one in year["sessions"] if one["starts_at"].startswith("2027-03-12"))
    presenter = moved["roles"]["presenter"]
    assert moved == {
        "key": "platform/lunch-learn/2027-03-11T12:15",
        "series": "Lunch & Learn",
        "format": "lunch-and-learn",
        "original_start": "2027-03-11T12:15:00+01:00",
        "starts_at": "2027-03-12T09:30:00+01:00",
        "ends_at": "2027-03-12T10:15:00+01:00",
        "timezone": "Europe/Berlin",
        "topic": None,
        "roles": {"facilitator": "cleo@example.com", "presenter": presenter},
        "unfilled": [],
    }
    reasons = {one["original_start"]: one["reason"] for one in year["skipped"]}
    assert list(year["skipped"][0]) == ["series", "original_start", "reason"]
    assert reasons["2027-02-08T12:15:00+01:00"] == "blackout: Offsite"
    assert reasons["2027-03-08T12:15:00+01:00"] == "public holiday: Frauentag"
    assert reasons["2027-03-18T12:15:00+01:00"] == "cancelled: Company day"
    assert "2027-12-30T12:15:00+01:00" not in {one["original_start"] for one in year["sessions"]}


def test_sessions_keep_the_wall_clock_and_their_order(year: dict[str, Any]) -> None:
    starts = [datetime.fromisoformat(one["starts_at"]) for one in year["sessions"]]
    lunches = [one for one in year["sessions"] if one["series"] == "Lunch & Learn"]

    assert starts == sorted(starts)
    assert {one["original_start"][11:] for one in lunches} == {"12:15:00+01:00", "12:15:00+02:00"}
    for one in year["sessions"]:
        length = datetime.fromisoformat(one["ends_at"]) - datetime.fromisoformat(one["starts_at"])
        assert length == timedelta(minutes={"code-review": 60, "deep-dive": 90, "pairing": 60}.get(one["format"], 45))


def test_pairs_and_roles_that_nobody_can_take(year: dict[str, Any], folder: Path) -> None:
    pairing = [one for one in year["sessions"] if one["format"] == "pairing"]
    lists = [key for key in pairing[0] if key not in ("topic", "unfilled")]
    assert lists[-2:] == ["roles", "pairs"]
    for one in pairing:
        present = sorted(email for pair in one["pairs"] for email in pair)
        assert len(present) == len(set(present)) == (4 if one["starts_at"].startswith("2027-03") else 5)
    assert all("pairs" not in one for one in year["sessions"] if one["format"] != "pairing")
    dives = [one for one in year["sessions"] if one["format"] == "deep-dive"]
    assert {one["roles"]["note-taker"] for one in dives} == {"ada@example.com", "bob@example.com"}

    edited(folder / "team.yaml", "bob@example.com}", "bob@example.com, excused: presenter}")
    edited(folder / "team.yaml", "cleo@example.com}", "cleo@example.com, away: 2027-01-07}")
    edited(folder / "team.yaml", "ada@example.com}", "ada@example.com, excused: presenter}")
    result = peerloop(folder, "schedule", "team.yaml", "--from", "2027-01-07", "--until", "2027-01-07", "--json")
    (alone,) = json.loads(result.out)["sessions"]
    assert alone["unfilled"] == ["presenter"]
    assert list(alone["roles"]) == ["facilitator"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2027-01-01", "2027-06-30"),
        ("2027-03-11", "2027-03-12"),
        ("2027-07-01", "2027-12-31"),
        ("2027-05-13", "2027-05-13"),
        ("2026-12-01", "2027-02-28"),
        ("2027-11-01", "2028-06-30"),
    ],
)
def test_the_answer_is_the_same_whichever_window_is_asked_for(
    first: str, last: str, year: dict[str, Any], folder: Path
) -> None:
    told = schedule(folder, first, last)

    def both(one: dict[str, Any], when: str) -> bool:
        return max(first, "2027-01-01") <= str(one[when])[:10] <= min(last, "2027-12-31")

    for part, when in (("sessions", "starts_at"), ("skipped", "original_start")):
        assert [one for one in told[part] if both(one, when)] == [one for one in year[part] if both(one, when)]
        assert all(first <= one[when][:10] <= last for one in told[part])
    assert tree(folder).keys() == {"team.yaml", "larger.yaml"}


def test_both_days_are_inclusive(folder: Path) -> None:
    found = schedule(folder, "2027-01-07", "2027-01-14")["sessions"]

    days = [one["starts_at"][:10] for one in found if one["series"] == "Lunch & Learn"]
    assert days == ["2027-01-07", "2027-01-11", "2027-01-14"]


def test_a_series_without_a_start_begins_on_the_first_day_asked_for(folder: Path) -> None:
    def roles(first: str) -> list[Any]:
        asked = peerloop(folder, "schedule", "team.yaml", "--from", first, "--until", "2027-06-30", "--json")
        return [one["roles"] for one in json.loads(asked.out)["sessions"]]

    assert len(roles("2027-01-07")) == 25
    assert len(roles("2027-01-08")) == 24


def test_the_schedule_for_people(folder: Path) -> None:
    (folder / "larger.yaml").write_text(LARGER)
    lines = peerloop(
        folder, "schedule", "larger.yaml", "--from", "2027-03-15", "--until", "2027-03-19"
    ).out.splitlines()

    assert lines[0] == "Platform, 2027-03-15 to 2027-03-19 (Europe/Berlin)"
    assert re.fullmatch(r"    Mon 2027-03-15 12:15  Lunch & Learn \| facilitator .+, presenter .+", lines[1])
    assert lines[-1] == "  - Thu 2027-03-18 12:15  Lunch & Learn: cancelled: Company day"


# Where things stand


PLAIN = {"due_as_written": None, "due_is_clear": True}
"""What is said of the day of an item that is a date in full, or counts from its session."""


def test_status_as_json(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (page,) = (folder / "peerloop-data" / "wiki").rglob("2026-*.md")
    items = "- [ ] @bob Write it up by 2026-12-01\n- [x] @ada@example.com Buy pizza\n- [ ] Tell everybody\n"
    page.write_text(page.read_text().replace("- [ ] @name what by YYYY-MM-DD\n", items))
    peerloop(folder, "apply", "team.yaml", "--now", "2026-11-26T14:00")

    result = peerloop(folder, "status", "team.yaml", "--now", "2026-12-02T09:00", "--json")

    (told,) = json.loads(result.out)["teams"]
    assert list(told) == ["team", "sessions", "items", "figures", "undelivered"]
    assert told["items"] == [
        {
            "text": "Write it up",
            "assignee": "bob@example.com",
            "together_with": [],
            "due": "2026-12-01",
            **PLAIN,
            "status": "overdue",
            "page": f"wiki/platform/{page.name}",
        },
        {
            "text": "Buy pizza",
            "assignee": "ada@example.com",
            "together_with": [],
            "due": "2026-12-03",
            **PLAIN,
            "status": "done",
            "page": f"wiki/platform/{page.name}",
        },
        {
            "text": "Tell everybody",
            "assignee": None,
            "together_with": [],
            "due": "2026-12-03",
            **PLAIN,
            "status": "open",
            "page": f"wiki/platform/{page.name}",
        },
    ]
    assert [one["starts_at"][:10] for one in told["sessions"]] == [
        "2026-12-03",
        "2026-12-10",
        "2026-12-17",
        "2026-12-24",
    ]
    assert list(told["sessions"][0]) == [
        *("key", "series", "format", "original_start", "starts_at", "ends_at", "timezone", "topic", "roles", "unfilled")
    ]
    text = peerloop(folder, "status", "team.yaml", "--now", "2026-12-02T09:00").out
    assert text.startswith("Platform: 1 session held, 4 to come, 2 action items open\n")
    assert f"  [overdue] Write it up (Bob Noyce, due 2026-12-01) wiki/platform/{page.name}" in text


def test_status_says_how_a_day_was_understood_and_asks_which_is_meant(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (page,) = (folder / "peerloop-data" / "wiki").rglob("2026-*.md")
    items = "- [ ] @bob Write it up by Fri\n- [ ] @ada Buy pizza by 01/02\n"
    page.write_text(page.read_text().replace("- [ ] @name what by YYYY-MM-DD\n", items))
    peerloop(folder, "apply", "team.yaml", "--now", "2026-11-26T14:00")
    result = peerloop(folder, "status", "team.yaml", "--now", "2026-12-02T09:00")
    (told,) = json.loads(peerloop(folder, "status", "team.yaml", "--json").out)["teams"]
    asked = "due 2026-12-03; which day is “01/02”? Write it as YYYY-MM-DD there"
    assert (
        f"  [overdue] Write it up (Bob Noyce, due 2026-11-27, written as “Fri”) wiki/platform/{page.name}" in result.out
    )
    assert f"  [open] Buy pizza by 01/02 (Ada Lovelace, {asked}) wiki/platform/{page.name}" in result.out
    assert [(one["due_as_written"], one["due_is_clear"]) for one in told["items"]] == [("Fri", True), ("01/02", False)]


def test_status_tells_what_the_programme_has_come_to(folder: Path) -> None:
    peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
    (page,) = (folder / "peerloop-data" / "wiki").rglob("2026-*.md")
    items = "- [ ] @bob Write it up by 2026-12-01\n- [ ] @ada Buy pizza\n- [ ] Tell everybody\n"
    page.write_text(page.read_text().replace("- [ ] @name what by YYYY-MM-DD\n", items))
    peerloop(folder, "apply", "team.yaml", "--now", "2026-11-26T14:00")
    edited(page, "- [ ] @ada Buy pizza", "- [x] @ada Buy pizza for all")
    edited(page, "Tell everybody", "Tell everybody (dropped)")
    peerloop(folder, "apply", "team.yaml", "--now", "2026-11-30T14:00")

    now = ("--now", "2027-01-04T09:00")
    (told,) = json.loads(peerloop(folder, "status", "team.yaml", *now, "--json").out)["teams"]
    items_told = {
        **{"open": 1, "overdue": 1, "done": 1, "dropped": 1},
        **{"median_days_to_done": 4, "done_within_two_sprints": 0.5},
    }
    figures = told["figures"]
    assert [one["status"] for one in told["items"]] == ["overdue", "done", "dropped"]
    assert (figures["sessions"]["held"], figures["items"]) == (1, items_told)
    assert figures["two_sprints_in_days"] == 28
    assert figures["by_session"] == [{"session": "platform/lunch-learn/2026-11-26T12:15", "items": items_told}]
    assert [one["series"] for one in figures["by_series"]] == ["Lunch & Learn"]
    assert sum(one["taken"] for one in figures["turns"]) == 2
    assert list(figures["turns"][0]) == ["member", "taken", "fair_share"]

    lines = peerloop(folder, "status", "team.yaml", *now).out.splitlines()
    header, row, taken = lines[-3:]
    assert header.split() == [
        *("so", "far", "sessions", "held", "documented", "skipped"),
        *("items", "open", "overdue", "done", "dropped", "days", "to", "done", "in", "two", "sprints"),
    ]
    assert row.split()[:4] == ["Lunch", "&", "Learn", "1"]
    assert row.split()[-6:] == ["1", "1", "1", "1", "4", "50%"]
    assert re.fullmatch(r"  turns taken \(fair share\): (\w+ \w+ \d \(\d\.\d\)(, |$))+", taken)


def test_status_before_the_first_apply(folder: Path) -> None:
    assert "nothing has been applied yet" in peerloop(folder, "status", "team.yaml").out
    (told,) = json.loads(peerloop(folder, "status", "team.yaml", "--json").out)["teams"]
    assert {key: told[key] for key in ("team", "sessions", "items")} == {
        "team": "Platform",
        "sessions": [],
        "items": [],
    }
    assert told["figures"]["sessions"] == {"held": 0, "documented": 0, "skipped": 0}
    assert told["figures"]["items"]["median_days_to_done"] is None


@pytest.mark.parametrize("applied", [False, True])
def test_why_a_session_is_as_it_is(applied: bool, folder: Path) -> None:
    if applied:
        peerloop(folder, "apply", "team.yaml", "--now", MONDAY)

    told = peerloop(folder, "why", "team.yaml", "2026-12-03", "--now", MONDAY)
    neither = peerloop(folder, "why", "team.yaml", "2026-12-04", "--now", MONDAY)

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Lunch & Learn, Thu 2026-12-03 12:15–13:00 (lunch-and-learn)\n")
    for role in ("facilitator", "presenter"):
        assert re.search(rf"^  {role}: (Ada Lovelace|Bob Noyce|Cleo Patra)\n      \S.+\.$", told.out, re.MULTILINE)
    assert "next in line: " in told.out
    assert "topic: none yet" in told.out
    assert (neither.code, neither.out) == (2, "")
    assert neither.err == "Platform has no session on 2026-12-04; the next is on 2026-12-10\n"
