"""An e-mail is the same person whatever its case, wherever it is written; and who has which name is never in doubt."""

import re
from collections.abc import Mapping
from copy import deepcopy
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.reasons import Why, why_lines
from tests.scenarios.command_line import MONDAY, edited, peerloop
from tests.scenarios.command_line import TEAM as PLATFORM
from tests.scenarios.programme import Programme, instance_of, is_ours

TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "Ada@Example.com",
    "members": [{"name": name, "email": f"{name}@Example.com"} for name in ("Ada", "Bob", "Dan")],
    "series": [
        {
            "name": "Lunch",
            "format": "lunch-and-learn",
            "cadence": {"every": "week", "on": "thursday", "at": "12:15"},
        }
    ],
    "rotation": {"ahead": "5 weeks"},
    "topics": [{"title": "Vacuum", "owner": "BOB@example.com"}],
    "sessions": [{"series": "Lunch", "on": "2026-12-10", "facilitator": "DAN@EXAMPLE.COM"}],
}


def in_case(team: Mapping[str, Any], case: str) -> dict[str, Any]:
    """Return a team with every e-mail in another case."""

    def other(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: other(one) for key, one in value.items()}
        if isinstance(value, list):
            return [other(one) for one in value]
        return str(getattr(value, case)()) if isinstance(value, str) and "@" in value else value

    return {key: other(value) for key, value in deepcopy(dict(team)).items()}


def answers(programme: Programme, day: str, who: str, answer: str) -> None:
    """Let a calendar program that writes addresses in capitals send an answer for the session of a day."""
    with programme.calendar_edited() as calendar:
        for event in calendar.events:
            instance = instance_of(event)
            if is_ours(event) and instance and instance.date().isoformat() == day:
                (guest,) = (one for one in event.attendees if one.lower() == f"mailto:{who}")
                guest.params["PARTSTAT"] = answer
                event["ATTENDEE"] = [one for one in event.attendees if one is not guest]
                shouted = type(guest)(str(guest).upper())
                shouted.params = guest.params
                event.add("ATTENDEE", shouted)


def roles_on(programme: Programme, day: str) -> dict[str, str]:
    return next(one.roles for one in programme.memory().sessions.values() if one.slot.day.isoformat() == day)


def test_a_decline_written_in_capitals_counts(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    programme.settle()
    leads = roles_on(programme, "2026-12-03")["facilitator"]
    answers(programme, "2026-12-03", leads, "DECLINED")
    assert b"MAILTO:" in programme.calendar_path.read_bytes()
    programme.settle()
    assert leads not in roles_on(programme, "2026-12-03").values()


def test_another_case_in_the_file_changes_nothing_and_wipes_no_answer(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    programme.settle()
    answers(programme, "2026-12-03", roles_on(programme, "2026-12-03")["facilitator"], "DECLINED")
    answers(programme, "2026-12-17", "bob@example.com", "ACCEPTED")
    programme.settle()
    before, known = programme.contents(), programme.rows()
    for case in ("lower", "upper", "title"):
        assert programme.edit(in_case(TEAM, case)), programme.faults
        assert programme.plan().plan.changes == ()
        assert programme.settle().written == 0
        assert programme.contents() == before
        assert programme.rows() == known


def test_an_address_in_another_case_may_be_told_as_an_earlier_one(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    programme.settle()
    before = programme.contents()
    members = [{"name": "Ada", "email": "ada@example.com", "was": "Ada@Example.com"}, *TEAM["members"][1:]]
    assert programme.edit({**TEAM, "members": members}), programme.faults
    assert programme.settle().written == 0
    assert programme.contents() == before


def test_mails_go_to_one_person_once(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    programme.apply()
    programme.edit(in_case(TEAM, "upper"))
    programme.later(hours=1)
    programme.apply()
    to = [str(mail["To"]) for mail in programme.mails()]
    assert len(to) == len(set(to)) > 0


@pytest.mark.parametrize("later", [False, True])
def test_another_team_says_neither_where_a_lead_is_written_to_nor_as_whom(folder: Path, later: bool) -> None:
    """To one team an address is somebody's earlier one; another one's lead, who is no member, still has it."""
    roles = "\nformats: [{name: lunch-and-learn, roles: [facilitator, presenter, a, b]}]\n"
    edited(folder / "team.yaml", "lead: ada@", "lead: boss@")
    (folder / "team.yaml").write_text((folder / "team.yaml").read_text() + roles)
    grown = "members:\n  - {name: Eve Adams, email: eve@example.com, was: boss@example.com}"
    (folder / "alpha.yaml").write_text(PLATFORM.replace("team: Platform", "team: Alpha").replace("members:", grown))
    if later:  # what the lead is to hear waits in the ledger by then
        assert peerloop(folder, "apply", "team.yaml", "--now", "2026-11-22T10:00").code == 0
    told = ["alpha.yaml", "team.yaml", "--now", MONDAY]
    planned, applied = (peerloop(folder, command, *told).out.partition("Mails\n")[2] for command in ("plan", "apply"))
    paths = (folder / "peerloop-data" / "outbox").glob("*.eml")
    sent = {mail["To"].addresses[0].addr_spec: mail for mail in map(read_mail, paths)}
    for said in (planned, applied):
        foreseen = dict(re.findall(r"([\w.]+@example\.com)>?: (.*)", said))
        assert foreseen == {to: mail["Subject"] for to, mail in sent.items()}, said
    boss, eve = (sent[to].get_body(("plain",)).get_content() for to in ("boss@example.com", "eve@example.com"))
    assert "Eve" not in f"{sent['boss@example.com']['To']} {boss}"
    assert "Hello Eve" in eve


def read_mail(path: Path) -> Any:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_two_of_one_name_are_told_apart_wherever_they_are_shown(tmp_path: Path) -> None:
    members = [{"name": "Ada Lovelace", "email": f"{local}@example.com"} for local in ("ada", "ada.l")]
    topics = [{"title": "Vacuum", "owner": "ada.l@example.com"}]
    programme = Programme(tmp_path, {**TEAM, "members": members, "topics": topics, "sessions": []})
    programme.settle()
    both = {"Ada Lovelace (ada@example.com)", "Ada Lovelace (ada.l@example.com)"}
    events = [str(event.get("DESCRIPTION", "")) for event in programme.shown().calendar.events if instance_of(event)]
    assert all(any(name in text for name in both) for text in events)
    pages = [text.replace("\\", "") for text in programme.pages().values()]
    assert pages
    assert all(all(name in text for name in both) for text in pages)
    why = Why.of(programme.file.team, programme.memory(), (), programme.now)
    said = [line for one in programme.memory().sessions.values() for line in why_lines(one, why)]
    assert not any(re.search(r"Ada Lovelace(?! \()", line) for line in said)
