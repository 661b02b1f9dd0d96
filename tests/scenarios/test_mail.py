"""What people are sent over weeks: how often, of turns that change hands, of trouble, and what was lost on the way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daemon.ledger import open_ledger
from daemon.model import ActionItem, Message, Session
from daemon.ports import Unavailable, Undeliverable
from tests.scenarios.programme import MONDAY
from tests.scenarios.shelves import Mailbox, Rehearsal, declines, moves, rehearsed
from tests.scenarios.trial import LUNCH, MOST_A_WEEK, TEAM, trial

SMALL: Mapping[str, Any] = {**TEAM, "series": TEAM["series"][:1]}
ADA = "ada@example.com"


@pytest.fixture
def team() -> Iterator[Rehearsal]:
    """A team of six with a lunch on Thursdays, whose first mails are out."""
    with rehearsed(SMALL, MONDAY) as rehearsal:
        goes_on(rehearsal)
        rehearsal.mail.mails.clear()
        yield rehearsal


def goes_on(team: Rehearsal, **later: float) -> None:
    team.now += timedelta(**later)
    team.apply()


def days(team: Rehearsal, number: int) -> None:
    for _ in range(number):
        goes_on(team, days=1)


def lunch(team: Rehearsal, number: int) -> Session:
    """Return a lunch to come, the next one being 0."""
    return [one for one in team.memory.by_start() if one.slot.starts_at > team.now and one.takes_place][number]


def lines(team: Rehearsal, *words: str, to: str | None = None) -> list[str]:
    """Return the lines of mails that hold all of some words."""
    mails = [mail for mail in team.mail.mails if to in (None, mail.to)]
    said = [line.strip(" -") for mail in mails for line in mail.text.splitlines()]
    return [line for line in said if all(word in line for word in words)]


def readers(mails: Sequence[Message], words: str) -> list[str]:
    return [mail.to for mail in mails if words in mail.text]


# How often


def test_two_sessions_a_week_make_two_mails_a_person_and_week_at_most() -> None:
    found = trial()
    assert found.a_week <= MOST_A_WEEK
    alone = found.with_nothing_but("Your questions and wishes")
    assert max(alone.values(), default=0) <= 1
    assert not any("recording" in mail.text for mail in found.mails)
    welcomed = readers(found.mails, "Welcome\n")
    assert len(welcomed) == len({*welcomed}) == len(TEAM["members"]) + 1


def test_what_is_due_is_not_late_for_the_sake_of_fewer_mails(team: Rehearsal) -> None:
    session = lunch(team, 1)
    who = session.roles["presenter"]
    days(team, 9)
    told = [
        (mail.date.date(), mail.subject) for mail in team.mail.mails if mail.to == who and "You present" in mail.text
    ]
    week, day = session.slot.day - timedelta(days=7), session.slot.day - timedelta(days=1)
    assert [on for on, _ in told] == [week, day]
    assert told[1][1].startswith(f"You present “{session.topic and session.topic.title}” at {LUNCH} on Thursday")


# Who is new


def test_who_joins_on_a_day_to_come_starts_from_what_is_so_on_that_day(team: Rehearsal) -> None:
    first, gil = MONDAY.date() + timedelta(days=12), "gil@example.com"  # a Saturday
    theirs, kept, off, late = (lunch(team, number) for number in (2, 3, 4, 5))
    gives = [{"series": LUNCH, "on": one.slot.day, "facilitator": gil} for one in (theirs, kept)]
    team.edit(members=[*TEAM["members"], {"name": "Gil", "email": gil, "joined": first}], sessions=gives)
    goes_on(team, minutes=5)
    cancel = {"series": LUNCH, "on": off.slot.day, "cancel": "Everybody is at a fair"}
    team.edit(sessions=[{**gives[0], "facilitator": ADA}, gives[1], cancel])
    days(team, 13)
    assert readers(team.mail.mails, "Called off") and not lines(team, "", to=gil)
    team.edit(sessions=[*team.written["sessions"], {"series": LUNCH, "on": late.slot.day, "cancel": "A holiday"}])
    days(team, 1)
    (mail,) = (mail for mail in team.mail.mails if mail.to == gil)
    assert mail.date.date() == first + timedelta(days=2)
    (told,) = lines(team, "Your turns so far: ", to=gil)
    assert f"{LUNCH} on {kept.slot.day} (facilitator)" in told and f"{theirs.slot.day}" not in told
    days(team, 4)
    for words in ("Called off", "has gone to", "in place of", "Turns that changed hands"):
        assert lines(team, words, to=gil) == []


# Another address


def test_who_has_another_address_gets_one_mail_a_day_and_nothing_twice(team: Rehearsal) -> None:
    session, new = lunch(team, 1), "another.address@example.com"
    old = session.roles["presenter"]
    while not lines(team, "You present", f"{session.slot.day}", to=old):
        goes_on(team, days=1)
    told = lines(team, "20", to=old)
    day = team.now.date()
    members = [{**one, "email": new, "was": old} if one["email"] == old else one for one in TEAM["members"]]
    team.edit(members=members, lead=new if old == ADA else ADA)
    goes_on(team, minutes=5)
    assert [mail.to for mail in team.mail.mails if mail.date.date() == day and mail.to in (old, new)] == [old]
    days(team, 2)
    assert not {*lines(team, "20", to=new)} & {*told}


# A lost ledger


class Blind(Mailbox):
    """A mail server: it does not tell what it has taken."""

    def sent(self, message_id: str) -> bool | None:  # type: ignore[override]
        """Return None."""
        return None


@pytest.mark.parametrize("mailbox", [Mailbox, Blind])
def test_a_lost_ledger_sends_nobody_a_second_mail_that_day_and_the_lead_hears_of_it(mailbox: type[Mailbox]) -> None:
    with rehearsed(SMALL, MONDAY) as team:
        team.mail = mailbox()
        goes_on(team)
        days(team, 2)
        before = len(team.mail.mails)
        assert lines(team, "You present", "2026-11-26")
        team.ledger.close()
        team.ledger = open_ledger("sqlite://")
        goes_on(team, minutes=5)
        goes_on(team, hours=5)
        today = [(mail.to, f"{mail.date:%m-%d}") for mail in team.mail.mails if f"{mail.date:%m-%d}" == "11-25"]
        assert len({*today}) == len(today), "one a person a day"
        assert mailbox is Mailbox or len(team.mail.mails) == before
        days(team, 2)
        told = lines(team, "The ledger is new, but the calendar and the pages show", to=ADA)
        assert len(told) == (1 if mailbox is Blind else 0)
        assert not lines(team, "Welcome to", "2026-11-27")


def test_before_the_hours_of_mail_a_lost_ledger_holds_nothing_back() -> None:
    with rehearsed(SMALL, MONDAY) as team:
        team.mail = Blind()
        goes_on(team)
        team.now = MONDAY.replace(hour=7) + timedelta(days=2)
        team.ledger.close()
        team.ledger = open_ledger("sqlite://")
        goes_on(team)
        goes_on(team, hours=4)
        assert [mail.date.date() for mail in team.mail.mails if "You present" in mail.text][-1] == team.now.date()


# Turns that change hands


def test_whoever_gains_or_loses_a_turn_hears_of_it_by_the_leads_decision_too(team: Rehearsal) -> None:
    session = lunch(team, 2)
    old = session.roles["facilitator"]
    new = next(one["email"] for one in TEAM["members"] if one["email"] not in session.roles.values())
    team.edit(sessions=[{"series": LUNCH, "on": session.slot.day, "facilitator": new}])
    days(team, 8)
    (gained,) = lines(team, "You facilitate", f"{session.slot.day}", "in place of", to=new)
    (lost,) = lines(team, "Your turn as facilitator", f"{session.slot.day}", to=old)
    assert gained.startswith(f"You facilitate {LUNCH} on Thursday")
    assert "has gone to" in lost
    assert readers(team.mail.mails, "in place of") == [new] and readers(team.mail.mails, "has gone to") == [old]


def test_a_decline_of_another_gives_a_turn_and_the_mail_says_so_once(team: Rehearsal) -> None:
    session = lunch(team, 0)
    old = session.roles["facilitator"]
    declines(team, session.key, old)
    goes_on(team, days=1)
    new = lunch(team, 0).roles["facilitator"]
    assert new != old
    assert lines(team, "facilitate", f"{session.slot.day}", to=new) == [
        f"You facilitate {LUNCH} on Thursday 2026-11-26, 12:15 (Europe/Berlin)"
    ], "the duty itself is told, which says more than that it is new"
    assert len(lines(team, "Your turn as facilitator", to=old)) == 1


def test_what_is_undone_before_it_was_said_is_heard_by_nobody(team: Rehearsal) -> None:
    session = lunch(team, 3)
    old = session.roles["facilitator"]
    new = next(one["email"] for one in TEAM["members"] if one["email"] not in session.roles.values())
    for decided in ({"facilitator": new}, {"facilitator": old}, {"cancel": "Everybody is at a fair"}, {}):
        team.edit(sessions=[{"series": LUNCH, "on": session.slot.day, **decided}] if decided else [])
        goes_on(team, minutes=5)
    before, starts_at = team.calendar.there[session.key], session.slot.starts_at
    moves(team, session.key, starts_at + timedelta(days=1))
    goes_on(team, minutes=5)
    moves(team, session.key, starts_at)
    goes_on(team, minutes=5)
    assert team.calendar.there[session.key].starts_at == before.starts_at
    days(team, 7)
    day = f"{session.slot.day}"
    for words in ("in place of", "has gone to", "Called off", "Takes place after all", "Moved"):
        assert lines(team, words, day) == []


def test_of_a_turn_that_was_never_announced_nobody_hears(team: Rehearsal) -> None:
    team.edit(topics=[])
    days(team, 4)
    assert lines(team, "in place of") == lines(team, "has gone to") == []


# What the lead hears


def test_the_lead_hears_of_an_outage_after_an_hour_and_of_its_end_once(team: Rehearsal) -> None:
    goes_on(team, days=1)
    team.calendar.trouble = Unavailable("the calendar is not reached (connection refused). It is tried again.")
    goes_on(team, minutes=5)
    goes_on(team, minutes=50)
    assert lines(team, "calendar cannot be used") == []
    goes_on(team, minutes=15)
    (told,) = lines(team, "The calendar cannot be used, since Tuesday 2026-11-24, 10:05: ", to=ADA)
    assert "connection refused" in told
    goes_on(team, days=1)
    team.calendar.trouble = None
    days(team, 8)
    assert len(lines(team, "The calendar cannot be used")) == 1
    assert len(lines(team, "The calendar can be used again, since Thursday 2026-11-26, 11:10", to=ADA)) == 1


def test_an_outage_that_is_soon_over_is_heard_of_by_nobody(team: Rehearsal) -> None:
    for _ in range(3):
        team.wiki.trouble = Unavailable("the wiki is not reached")
        goes_on(team, minutes=40)
        team.wiki.trouble = None
        goes_on(team, minutes=40)
    days(team, 8)
    assert lines(team, "wiki") == []


def test_the_lead_gets_an_overview_on_the_first_working_day_of_a_week(team: Rehearsal) -> None:
    session = lunch(team, 0)
    days(team, 4)
    item = ActionItem(session.page, "1", "Order the books", "bob", MONDAY.date() + timedelta(days=4))
    team.wiki.edit(session.page, lambda page: replace(page, items=(item,)))
    days(team, 3)
    (mail,) = (mail for mail in team.mail.mails if "What is next, for you as the lead" in mail.text)
    assert (mail.to, mail.date.date()) == (ADA, MONDAY.date() + timedelta(days=7))
    coming = lunch(team, 0)
    assert lines(team, f"{LUNCH} on Thursday {coming.slot.day}", "leads it; about", to=ADA)
    assert lines(team, "1 action item is overdue: “Order the books” (Bob, due 2026-11-27)", to=ADA)
    days(team, 5)
    assert len([one for one in team.mail.mails if "What is next, for you" in one.text]) == 1


# What was lost on the way


def test_what_was_muted_is_said_when_that_is_taken_back_as_far_as_it_holds(team: Rehearsal) -> None:
    who = lunch(team, 1).roles["presenter"]
    members = TEAM["members"]
    team.edit(members=[{**one, "mute": ["duty"]} if one["email"] == who else one for one in members])
    days(team, 4)
    assert lines(team, "You present", to=who) == []
    team.edit(members=members)
    goes_on(team, days=3)
    assert len(lines(team, "You present", "2026-12-03", to=who)) == 1


def test_what_a_mail_said_that_was_given_up_is_said_by_the_next_as_far_as_it_holds(team: Rehearsal) -> None:
    session = lunch(team, 1)
    who = session.roles["presenter"]
    days(team, 2)
    team.mail.trouble = Undeliverable("there is no such mailbox")
    goes_on(team, days=1)
    team.mail.trouble = None
    days(team, 4)
    (told,) = lines(team, "You present", f"{session.slot.day}", to=who)
    assert told
    lost = [line for line in lines(team, "did not reach", to=ADA) if who.partition("@")[0].capitalize() in line]
    assert len(lost) == (0 if who == ADA else 1)
