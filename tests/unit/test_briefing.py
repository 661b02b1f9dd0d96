"""What people hear of sessions to come: their part, what is missing, what is asked of them, what has changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.team import Team
from daemon.model import (
    Assignment,
    Kind,
    Observed,
    Reason,
    Session,
    Slot,
    State,
    Topic,
    WriteUp,
    moved,
    on_the_wall,
)
from daemon.model.memory import KnownSeries, Memory, Record
from daemon.tell.briefing import duties
from daemon.tell.changes import changes

ZONE = ZoneInfo("Europe/Berlin")
ADA, BOB, CAT, LEAD = "ada@example.com", "bob@example.com", "cat@example.com", "lead@example.com"
NAMES = {ADA: "Ada Lovelace", BOB: "Bob Noyce", CAT: "Cat Stevens"}
CADENCE = {"every": "week", "on": "thursday", "at": "12:15"}
SERIES = {"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": CADENCE}
WALL = datetime.fromisoformat("2026-12-10T12:15")
SLOT = Slot(
    "platform/lunch-learn", WALL, "Europe/Berlin", WALL, on_the_wall(WALL, "Europe/Berlin"), 45, "lunch-and-learn"
)
WHEN = "Lunch & Learn on Thursday 2026-12-10, 12:15 (Europe/Berlin)"
TURN = Reason("turn", "It is their turn")
CONSENT = "; not everyone has agreed to a recording"
ASKED = ". A recording needs everyone's consent: please ask for it first"


def team(people: Mapping[str, Mapping[str, object]] = {}, **more: object) -> Team:
    members = [{"email": email, "name": name, **people.get(email, {})} for email, name in NAMES.items()]
    written = {"team": "Platform", "timezone": "Europe/Berlin", "lead": LEAD, "members": members, "series": [SERIES]}
    return Team.model_validate({**written, "recording": {"consent": "everyone"}, **more})


def memory(consent: bool | None = None, gone: bool = False) -> Memory:
    seen = Observed("page-1", Kind.PAGE, {}, url="https://wiki/1", write_up=WriteUp(consent=consent), gone=gone)
    known = KnownSeries("platform/lunch-learn", "Lunch & Learn", date(2026, 12, 1))
    records = {"page-1": Record("page-1", Kind.PAGE, observed=seen)}
    return Memory("platform", "Platform", series={known.key: known}, records=records)


MEMORY = memory()


def session(topic: str | None = "How our ingress works", presenter: str | None = BOB) -> Session:
    gap = Reason("turn", "Everybody is away or excused.", (BOB, CAT))
    roles = (Assignment("facilitator", ADA, TURN), Assignment("presenter", presenter, TURN if presenter else gap))
    about = Topic(title=topic) if topic else None
    return Session(SLOT, roles, (), about, "The backlog is empty", State.ANNOUNCED, page="page-1")


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZONE)


def told(one: Session, now: str = "2026-12-04", of: Team | None = None, known: Memory = MEMORY) -> dict[str, str]:
    """Return what is said, by the part of its key that follows the session's."""
    said = duties([one], of or team(), known, noon(now))
    assert all(reminder.key.startswith(f"{one.key}/") for reminder in said)
    return {reminder.key.removeprefix(f"{one.key}/"): reminder.text for reminder in said}


# A role, and what is missing


def test_whoever_has_a_role_hears_of_it_a_week_and_a_day_before() -> None:
    a_week_before = {
        f"duty/week/facilitator/{ADA}": f"You facilitate {WHEN}{ASKED}",
        f"duty/week/presenter/{BOB}": f"You present “How our ingress works” at {WHEN}{ASKED}",
        f"questions/week/{CAT}": f"{WHEN} is about “How our ingress works”: what would you like to know? "
        "Please write it on the page",
    }
    assert told(session(), "2026-12-02") == {}
    assert told(session(), "2026-12-03") == told(session(), "2026-12-08") == a_week_before
    the_day_before = {
        f"duty/day@2026-12-10/facilitator/{ADA}": f"You facilitate {WHEN}{CONSENT}",
        f"duty/day@2026-12-10/presenter/{BOB}": f"You present “How our ingress works” at {WHEN}{CONSENT}",
    }
    assert told(session(), "2026-12-09") == told(session(), "2026-12-10") == the_day_before
    assert told(session(), "2026-12-11") == {}
    assert told(replace(session(), state=State.CANCELLED)) == {}
    assert {one.url for one in duties([session()], team(), MEMORY, noon("2026-12-04"))} == {"https://wiki/1"}
    assert {one.due for one in duties([session()], team(), MEMORY, noon("2026-12-04"))} == {date(2026, 12, 10)}


def test_on_a_day_off_it_comes_on_the_working_day_before() -> None:
    monday = replace(session(), slot=moved(SLOT, datetime(2026, 12, 14, 12, 15, tzinfo=ZONE)))
    assert all("/day@" not in key for key in told(monday, "2026-12-10"))
    assert f"duty/day@2026-12-14/facilitator/{ADA}" in told(monday, "2026-12-11")
    holiday = team(holidays={"country": "DE"})
    after_christmas = replace(session(), slot=moved(SLOT, datetime(2027, 1, 1, 12, tzinfo=ZONE)))
    assert told(after_christmas, "2026-12-23", holiday) == {}
    assert told(after_christmas, "2026-12-24", holiday)


@pytest.mark.parametrize(("consent", "rule", "is_missing"), [(True, "everyone", 0), (False, "everyone", 1)])
def test_what_all_have_agreed_to_is_not_missing(consent: bool, rule: str, is_missing: int) -> None:
    texts = told(session(), known=memory(consent)).values()
    assert sum("recording" in text for text in texts) == 2 * is_missing
    off = team(recording={"consent": "off"})
    assert not any("recording" in text for text in told(session(), of=off).values())


def test_of_a_recording_is_only_spoken_where_somebody_wants_one() -> None:
    silent = team().model_dump(exclude={"recording"}, exclude_unset=True)
    nobody = Team.model_validate(silent)
    assert not any("recording" in text for text in told(session(), of=nobody).values())
    assert any("recording" in text for text in told(session(), of=nobody, known=memory(consent=False)).values())


def test_a_missing_topic_and_a_missing_person_are_named() -> None:
    found = told(session(None, None))
    assert (
        found[f"duty/week/facilitator/{ADA}"] == f"You facilitate {WHEN}; still missing: somebody as presenter{ASKED}"
    )
    assert told(session(None))[f"duty/week/presenter/{BOB}"] == f"You present at {WHEN}; still missing: a topic{ASKED}"
    assert f"{WHEN} has no topic yet: what would you like to hear about?" in found[f"questions/week/{BOB}"]


def test_who_lives_elsewhere_is_told_their_own_time_too() -> None:
    far = team({ADA: {"timezone": "Europe/London"}, BOB: {"timezone": "Pacific/Auckland"}})
    texts = [*told(session(), of=far).values()]
    assert "12:15 (Europe/Berlin; 11:15 for you)" in texts[0]
    assert "12:15 (Europe/Berlin; 00:15 on Friday for you)" in texts[1]


def test_partners_are_told_of_each_other() -> None:
    slot = replace(SLOT, format="pairing")
    pairing = replace(session(None), assignments=(), pairs=((ADA, BOB, CAT),), slot=slot)
    found = told(pairing)
    assert sorted(text.partition(" at ")[0] for text in found.values()) == [
        "You pair with Ada Lovelace and Bob Noyce",
        "You pair with Ada Lovelace and Cat Stevens",
        "You pair with Bob Noyce and Cat Stevens",
    ]
    assert told(pairing, "2026-12-09") == found, "no second time, and nobody is asked for anything"
    said = duties([pairing], team(), MEMORY, noon("2026-12-04"))
    assert {one.by for one in said} == {date(2026, 12, 9)}
    other = told(replace(pairing, pairs=((ADA, BOB),)))
    assert other.keys().isdisjoint(found), "who has another partner hears it anew"


def test_a_role_of_the_teams_own_and_braces_in_a_title_are_taken_as_they_are() -> None:
    own = (Assignment("presenter", ADA, TURN), Assignment("{host}", BOB, TURN), Assignment("author", CAT, TURN))
    texts = [*told(replace(session("{topic} {0}"), assignments=own)).values()]
    assert texts[0].startswith("You present “{topic} {0}” at Lunch & Learn")
    assert texts[1].startswith("You are the {host} at Lunch & Learn")
    untitled = told(replace(session(None), assignments=own))
    assert untitled[f"duty/week/author/{CAT}"].startswith("You bring your work as the author to Lunch & Learn")


def test_the_facilitator_is_asked_for_a_missing_topic() -> None:
    text = f"{WHEN} has no topic yet (The backlog is empty): please agree on one with the team"
    text += (
        ", and write it in the heading of its page, or in the title of its event in the calendar, as “Lunch & Learn: …”"
    )
    assert told(session(None))[f"topic/week/{ADA}"] == text
    assert told(session(None), "2026-12-09")[f"topic/day@2026-12-10/{ADA}"] == text
    nobody = replace(session(None), assignments=())
    assert f"topic/week/{LEAD}" in told(nobody)


def test_the_lead_hears_of_a_gap_however_far_it_is() -> None:
    text = f"Nobody can be the presenter of {WHEN}: Everybody is away or excused. You could ask Bob Noyce, Cat Stevens"
    assert told(session(presenter=None), now="2026-11-01") == {"alert/presenter": text}


# The other guests


def test_guests_are_asked_once_unless_they_are_away_and_not_the_day_before() -> None:
    assert f"questions/week/{CAT}" in told(session())
    assert f"questions/week/{CAT}" not in told(session(), of=team({CAT: {"away": ["2026-12-10"]}}))
    assert not any(key.startswith("questions") for key in told(session(), "2026-12-09"))


def test_where_there_is_no_page_and_no_topic_to_have_guests_are_asked_all_the_same() -> None:
    review = replace(session(None), slot=replace(SLOT, format="quiet-hour"))
    of = team(formats=[{"name": "quiet-hour", "topic": False}])
    assert told(review, of=of, known=memory(gone=True))[f"questions/week/{CAT}"] == (
        f"{WHEN}: is there something that you would like to bring? Please tell those who lead it"
    )


# A session that moves


def test_a_session_that_moves_far_is_told_anew_and_one_that_moves_little_only_the_day_before() -> None:
    def keys(days: int, before: int) -> set[str]:
        there = moved(SLOT, SLOT.starts_at + timedelta(days=days))
        return set(told(replace(session(), slot=there), str(there.day - timedelta(days=before))))

    assert keys(1, 4) == keys(0, 4) == keys(-3, 4)
    assert keys(7, 4).isdisjoint(keys(0, 4)) and keys(-7, 4).isdisjoint(keys(7, 4))
    assert keys(1, 1).isdisjoint(keys(0, 1))


def test_everybody_who_could_come_hears_of_a_cancellation() -> None:
    away = team({CAT: {"away": ["2026-12-10"]}})
    after = replace(session(), state=State.CANCELLED, note="Christmas party")
    said = changes(session(), after, away, MEMORY)
    assert [one.to for one in said] == [ADA, BOB, LEAD]
    assert said[0].text == f"Called off: {WHEN} (Christmas party)"
    other = changes(session(), replace(after, note="Everybody is ill"), away, MEMORY)
    assert {one.key for one in said}.isdisjoint(one.key for one in other)


def test_everybody_who_could_come_hears_of_a_move() -> None:
    later = datetime(2026, 12, 11, 14, tzinfo=ZONE)
    after = replace(session(), slot=moved(SLOT, later))
    said = changes(session(), after, team({CAT: {"away": ["2026-12-10"]}}), MEMORY)
    assert [one.to for one in said] == [ADA, BOB, CAT, LEAD]
    assert said[0].text == f"Moved: {WHEN.replace(' on ', ' of ')} is now on Friday 2026-12-11, 14:00 (Europe/Berlin)"
    assert said[0].key == f"{SLOT.key}/notice/moved-2026-12-11T13:00-from-2026-12-10T11:15/{ADA}"
    assert said[0].was and said[0].was in said[0].text
    assert said[0].subject == "Moved: Lunch & Learn on Friday 2026-12-11"


def test_what_was_not_announced_or_has_not_changed_is_no_news() -> None:
    cancelled = replace(session(), state=State.CANCELLED)
    assert changes(session(), session("Another"), team(), MEMORY) == ()
    assert changes(replace(session(), state=State.PLANNED), cancelled, team(), MEMORY) == ()
    in_utc = replace(session(), slot=moved(SLOT, SLOT.starts_at.astimezone(UTC)))
    assert changes(session(), in_utc, team(), MEMORY) == ()
