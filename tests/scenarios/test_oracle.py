"""The oracle itself: it believes what is so, and refuses mails and pages that say what is not."""

from copy import deepcopy
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios import people
from tests.scenarios.judges import JUDGES, Untrue
from tests.scenarios.oracle import Mail, Oracle, Unknown
from tests.scenarios.programme import MONDAY, ZONE, Programme, start_of, text_of
from tests.scenarios.sentences import TOLD

FIRST = "Lunch & Learn on Thursday 2026-11-26, 12:15 (Europe/Berlin)"
CRAFT = "Craft hour on Thursday 2026-12-10, 15:00 (Europe/Berlin)"
SECTION = "Sessions that changed"


class Told:
    """A programme that an oracle watches, and mails that it never sent."""

    def __init__(self, folder: Path) -> None:
        self.programme = Programme(folder)
        self.oracle = Oracle(self.programme)
        self.passes()

    def passes(self, **later: float) -> None:
        """Make a pass that goes well."""
        self.programme.later(**later)
        with self.oracle.passing() as here:
            outcome, delivered = self.programme.apply()
            here.good = not outcome.errors and not delivered.errors
        assert here.good
        self.oracle.judge_pages()

    def tells(self, text: str, to: str = "ada@example.com", heading: str = SECTION, subject: str = "") -> None:
        """Let somebody be told something now."""
        mail = EmailMessage()
        mail["To"], mail["Date"], mail["Message-ID"] = to, format_datetime(self.programme.now), f"<{text[:9]}@x>"
        mail["Subject"] = subject or "One thing from Platform: a session changed"
        mail.set_content(f"Hello Ada Lovelace,\n\n{heading}\n  - {text}\n    in peerloop's folder: x.md\n\npeerloop\n")
        self.oracle.judge(Mail(mail))

    def edits(self, **parts: Any) -> None:
        """Let the lead write other parts into the file."""
        assert self.programme.edit({**deepcopy(self.programme.team), **parts}), self.programme.faults

    def deletes(self, series: str, day: date) -> None:
        """Let a person delete a session in the calendar."""
        with self.programme.calendar_edited() as calendar:
            found = [
                event
                for event in calendar.events
                if text_of(event, "SUMMARY").startswith(series)
                and "RECURRENCE-ID" in event
                and start_of(event).astimezone(ZONE).date() == day
            ]
            calendar.subcomponents = [part for part in calendar.subcomponents if part not in found]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


HOLDER = "eve@example.com"
"""Who facilitates the first lunch; Bob presents it."""


@pytest.mark.parametrize(
    ("text", "to", "heading"),
    [
        (f"Called off: {FIRST}", "ada@example.com", SECTION),
        (f"Called off: {FIRST} (deleted in the calendar)", "ada@example.com", SECTION),
        ("Called off: Lunch & Learn on Friday 2026-11-27, 12:15 (Europe/Berlin)", "ada@example.com", SECTION),
        ("Called off: Lunch & Learn on Friday 2026-11-26, 12:15 (Europe/Berlin)", "ada@example.com", SECTION),
        (f"Takes place after all: {FIRST}", "ada@example.com", SECTION),
        (
            "Moved: Lunch & Learn of Thursday 2026-11-26, 12:15 (Europe/Berlin) is now on Friday 2026-11-27, 12:15 "
            "(Europe/Berlin)",
            "ada@example.com",
            SECTION,
        ),
        (f"You facilitate {FIRST}", "ada@example.com", SECTION),
        (f"You present “Vacuum” at {FIRST}", "bob@example.com", SECTION),
        ("You present at Lunch & Learn on Friday 2026-11-27, 12:15 (Europe/Berlin)", "bob@example.com", SECTION),
        ("You facilitate Lunch & Learn on Thursday 2026-11-26, 12:15 (Europe/Berlin; 13:15 for you)", HOLDER, SECTION),
        (f"{FIRST} is about “Vacuum”: what would you like to know? Please write it", "dan@example.com", SECTION),
        (f"{FIRST} is about “How our ingress works”: what would you like to know? Ask", "bob@example.com", SECTION),
        (f"{FIRST} has no topic yet: please agree on one with the team", HOLDER, SECTION),
        (f"Nobody can be the presenter of {FIRST}: everybody is away", "ada@example.com", SECTION),
        (
            "Eve Moneypenny (facilitator) has declined Lunch & Learn on 2026-11-26, 12:15, too late to give the turn "
            "to somebody else. Could step in: Dan Brown",
            "ada@example.com",
            SECTION,
        ),
        ("“buy milk”, due Monday 2026-11-30, from Lunch & Learn on 2026-11-19", "ada@example.com", "Coming up"),
        ("“item 1”, due Wednesday 2026-11-25, from Lunch & Learn on 2026-11-26", "ada@example.com", "Overdue"),
        (
            "“item 1”, due Wednesday 2026-11-25, from Lunch & Learn on 2026-11-26: Bob Noyce has been reminded 3 "
            "times; please ask what would help",
            "ada@example.com",
            SECTION,
        ),
        ("“item 1”, from Lunch & Learn on 2026-11-26: thank you for saying so", "bob@example.com", "Thank you"),
        ("In 2026 Q4 you led Lunch & Learn: How our ingress works on 2026-11-19", HOLDER, "Thank you"),
        (
            "Lunch & Learn of Thursday 2026-11-19: while it is fresh, please add to its page: the takeaways",
            HOLDER,
            SECTION,
        ),
        ("Lunch & Learn of Thursday 2026-11-19: “Never on a Friday”", HOLDER, SECTION),
        (
            "The page of Lunch & Learn on 2026-11-26 cannot be read any more: it was deleted, emptied, moved away or "
            "archived, or is no longer shown to peerloop. Until it is back, nobody is reminded of what is open on it: "
            "“item 1”",
            "ada@example.com",
            SECTION,
        ),
        ("The digest of 2026-11-23 did not reach Eve Moneypenny: the mailbox is full", "ada@example.com", SECTION),
        (
            "the page “2026-11-26 Lunch & Learn: How our ingress works” is gone: deleted, emptied or moved away by a "
            "person, or hidden from peerloop. It is not made again; --allow-create N brings it back",
            "ada@example.com",
            SECTION,
        ),
        (
            "the series “Lunch & Learn” was deleted by a person and is not made again; --allow-create N brings it back",
            "ada@example.com",
            SECTION,
        ),
        (
            "somebody moved the whole series “Lunch & Learn” in the calendar, which stays. To say the same in the "
            "team's file, write cadence: {}",
            "ada@example.com",
            SECTION,
        ),
        (
            "“Vacuum” on 2026-11-26: a person changed its time, which stays; peerloop's news is not shown",
            "ada@example.com",
            SECTION,
        ),
    ],
)
def test_what_is_not_so_is_refused(told: Told, text: str, to: str, heading: str) -> None:
    page = next(path for path in told.programme.pages() if "lunch" in path)
    told.programme.hands.adds_item(page, "bob", "item 1", date(2026, 11, 25))
    told.passes()
    with pytest.raises(Untrue):
        told.tells(text, to, heading)


@pytest.mark.parametrize(
    ("text", "to"),
    [
        (f"You facilitate {FIRST[:-1]}; 11:15 for you)", HOLDER),
        (f"You present “How our ingress works” at {FIRST}", "bob@example.com"),
        (f"{FIRST} is about “How our ingress works”: what would you like to know? Please write it", "dan@example.com"),
        ("“item 1”, due Wednesday 2026-11-25, from Lunch & Learn on 2026-11-26", "bob@example.com"),
    ],
)
def test_what_is_so_is_believed(told: Told, text: str, to: str) -> None:
    page = next(path for path in told.programme.pages() if "lunch" in path)
    told.programme.hands.adds_item(page, "bob", "item 1", date(2026, 11, 25))
    told.passes()
    told.tells(text, to, "Coming up" if "item" in text else SECTION)


def test_a_session_is_off_for_the_reason_that_is_given_and_for_as_long_as_it_is(told: Told) -> None:
    told.deletes("Craft hour", date(2026, 12, 10))
    told.passes()
    told.tells(f"Called off: {CRAFT} (deleted in the calendar)")
    with pytest.raises(Untrue):
        told.tells(f"Called off: {CRAFT} (Party)")
    decided = {"series": "Lunch & Learn", "on": "2026-12-10", "cancel": "Party"}
    told.edits(sessions=[decided])
    told.passes()
    lunch = "Lunch & Learn on Thursday 2026-12-10, 12:15 (Europe/Berlin)"
    told.tells(f"Called off: {lunch} (Party)")
    with pytest.raises(Untrue):
        told.tells(f"Called off: {lunch} (deleted in the calendar)")
    told.edits(sessions=[])
    told.passes(hours=1)
    told.tells(f"Takes place after all: {lunch}")
    with pytest.raises(Untrue):
        told.tells(f"Called off: {lunch} (Party)")


def test_a_series_that_a_person_moved_was_not_called_off(told: Told) -> None:
    assert people.moves_all(told.programme, 1)
    told.oracle.history.people_were_here()
    assert told.oracle.history.looks[-1].deleted == {}


def test_nobody_leads_what_they_declined_in_time(told: Told) -> None:
    with told.programme.calendar_edited() as calendar:
        for event in calendar.events:
            if start_of(event) == datetime(2026, 11, 26, 12, 15, tzinfo=ZONE):
                next(guest for guest in event.attendees if guest.email == HOLDER).params["PARTSTAT"] = "DECLINED"
    told.oracle.history.people_were_here()
    with told.oracle.history.passing() as here:
        here.good = True  # a pass that has not done its work
    with pytest.raises(Untrue, match="they declined"):
        told.tells(f"You facilitate {FIRST[:-1]}; 11:15 for you)", HOLDER)


def test_a_page_that_is_out_of_date_is_refused(told: Told) -> None:
    told.deletes("Craft hour", date(2026, 11, 26))
    told.oracle.history.people_were_here()
    with pytest.raises(Untrue, match="does not stand"):
        told.oracle.judge_pages()


def test_what_nobody_knows_is_no_truth(told: Told) -> None:
    with pytest.raises(Unknown):
        told.tells("Your shoes are untied")
    with pytest.raises(Unknown):
        told.tells(f"You facilitate {FIRST[:-1]}; 11:15 for you)", HOLDER, heading="Good news")
    with pytest.raises(Unknown):
        told.tells(f"You facilitate {FIRST[:-1]}; 11:15 for you)", HOLDER, subject="Buy now")
    with pytest.raises(Untrue):
        told.tells(f"You facilitate {FIRST[:-1]}; 11:15 for you)", HOLDER, subject="2 things from Platform: a b")


def test_of_what_people_are_told_in_six_weeks_little_is_not_judged(told: Told) -> None:
    programme = told.programme
    for day in range(42):
        pages = [path for path in programme.pages() if "lunch" in path]
        if day % 6 == 4:
            programme.hands.adds_item(pages[-1], "cleo", f"item {day}", (programme.now + timedelta(days=2)).date())
        if day == 16:
            told.deletes("Craft hour", date(2026, 12, 10))
        if day == 20:
            people.moves_session(programme, day)
        told.passes(days=1)
    judged = told.oracle.judged
    assert sum(judged.values()) > 500
    assert judged["unjudged"] <= sum(judged.values()) / 50
    assert {"off", "moved", "duty", "item", "reminded", "written_up", "held", "called_off"} <= judged.keys()


def test_every_sentence_has_a_judge() -> None:
    assert {sentence.means for sentence in TOLD} == JUDGES.keys()
    assert MONDAY.tzinfo is ZONE
