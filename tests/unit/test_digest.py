"""When a person may be written to, and what their one mail of the day says."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.team import Team
from config.values import parse_date_range
from daemon.decide.working_days import public_holidays
from daemon.model import Reminder
from daemon.tell.digest import compose, fitting, may_write_to, over, wanted
from daemon.tell.kinds import KINDS, SECTIONS
from integrations.formats.letter import full_letter
from tests.soak import examples

ADA, LEAD = "ada@example.com", "lead@example.com"
BERLIN = ZoneInfo("Europe/Berlin")
TODAY = datetime(2026, 12, 3, 9, 30, tzinfo=BERLIN)  # a Thursday
MOST_SECONDS = 15


def team(more: Mapping[str, object] = {}, **rules: object) -> Team:
    cadence = {"every": "week", "on": "thursday", "at": "12:15"}
    series = [{"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": cadence}]
    members = [{"name": "Ada Lovelace", "email": ADA, **more}]
    written = {"team": "Platform", "timezone": "Europe/Berlin", "lead": LEAD, "members": members, "series": series}
    return Team.model_validate({**written, **rules})


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


# When


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        ("2026-12-03T08:59:59", False),
        ("2026-12-03T09:00", True),
        ("2026-12-03T16:59:59", True),
        ("2026-12-03T17:00", False),
        ("2026-12-05T12:00", False),  # a Saturday
        ("2026-12-25T12:00", False),  # Christmas, a Friday
    ],
)
@pytest.mark.parametrize("email", [ADA, LEAD])
def test_people_are_written_to_in_their_working_hours(moment: str, may: bool, email: str) -> None:
    assert may_write_to(email, team(holidays={"country": "DE"}), berlin(moment)) is may


def test_hours_and_holidays_are_those_of_the_persons_own_place() -> None:
    tokyo = team({"timezone": "Asia/Tokyo", "holidays": {"country": "JP"}}, holidays={"country": "DE"})
    assert may_write_to(ADA, tokyo, datetime(2026, 12, 3, 0, 30, tzinfo=UTC))
    assert not may_write_to(ADA, tokyo, datetime(2026, 12, 3, 9, 30, tzinfo=UTC))
    assert may_write_to(ADA, tokyo, datetime(2026, 12, 25, 1, tzinfo=UTC))
    assert not may_write_to(ADA, tokyo, datetime(2026, 11, 3, 1, tzinfo=UTC))  # Culture Day


def test_nobody_is_written_to_while_away_before_joining_after_leaving_or_unknown() -> None:
    at_noon = berlin("2026-12-03T12:00")
    assert not may_write_to(ADA, team({"away": "2026-12-01..2026-12-03"}), at_noon)
    assert may_write_to(ADA, team({"away": "2026-12-04"}), at_noon)
    assert not may_write_to(ADA, team({"joined": "2026-12-04"}), at_noon)
    assert not may_write_to(ADA, team({"leaves": "2026-12-02"}), at_noon)
    assert may_write_to(ADA, team({"leaves": "2026-12-03"}), at_noon)
    assert not may_write_to("zoe@example.com", team(), at_noon)
    assert may_write_to(ADA, team({"leaves": "2026-12-02"}, lead=ADA), at_noon)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_hours_of_a_day_on_which_the_clocks_change_are_those_on_the_wall(day: str) -> None:
    sundays = team(working_days=["sunday"], chase={"working_hours": "09:00-17:00"})
    midnight = berlin(f"{day}T00:00").astimezone(UTC)
    quarters = [midnight + timedelta(minutes=15 * n) for n in range(26 * 4)]
    written = [moment.astimezone(BERLIN) for moment in quarters if may_write_to(ADA, sundays, moment)]
    assert [f"{written[0]:%F %R}", f"{written[-1]:%F %R}", len(written)] == [f"{day} 09:00", f"{day} 16:45", 32]


MOMENTS = st.datetimes(
    datetime.fromisoformat("2026-03-01"), datetime.fromisoformat("2027-01-31"), timezones=st.just(UTC)
)


@examples(300)
@given(
    MOMENTS,
    st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu"]),
    st.sampled_from([None, "2026-03-28..2026-04-10", "2026-10-20..2026-11-20"]),
)
def test_never_outside_hours_days_off_and_absences(moment: datetime, zone: str, away: str | None) -> None:
    of = team({"timezone": zone, "away": [away] if away else []}, holidays={"country": "DE"})
    local = moment.astimezone(ZoneInfo(zone))
    is_away = away is not None and moment.astimezone(BERLIN).date() in parse_date_range(away)
    christmas = (local.month, local.day) in {(12, 25), (12, 26), (1, 1), (5, 1), (10, 3)}
    at_work = local.weekday() < 5 and 9 <= local.hour < 17 and not is_away
    if may_write_to(ADA, of, moment):
        assert at_work and not christmas
    elif at_work:
        assert local.date() in public_holidays("DE", None, local.year)


# What


def reminder(kind: str, text: str, due: str | None = None, team: str = "platform", url: str | None = None) -> Reminder:
    return Reminder(f"{kind}/{text}", team, ADA, kind, text, url, date.fromisoformat(due) if due else None)


EVERYTHING = [
    reminder("alert", "Nobody can be the presenter of Deep dive on Tuesday 2027-01-05", "2027-01-05"),
    reminder("notice", "Called off: Craft hour on Friday 2026-12-04, 15:00 (Europe/Berlin)", "2026-12-04"),
    reminder("duty", "You facilitate Lunch & Learn on Thursday 2026-12-10, 12:15 (Europe/Berlin)", "2026-12-10"),
    reminder("action-item", "“Tell support”, due Friday 2026-12-04", "2026-12-04", url="https://wiki/2"),
    reminder("action-item", "“Write the runbook”, due Tuesday 2026-12-01", "2026-12-01", url="https://wiki/1"),
    reminder("escalation", "“Rotate the keys”, due Monday 2026-11-23: Bob has been reminded 3 times", "2026-11-23"),
]
NAMES = {"platform": "Platform", "data": "Data"}

DIGEST = """\
Hello Ada Lovelace,

here is what Platform would like you to know today.

Overdue
  - “Write the runbook”, due Tuesday 2026-12-01
    https://wiki/1

Coming up
  - “Tell support”, due Friday 2026-12-04
    https://wiki/2

Your part in the next sessions
  - You facilitate Lunch & Learn on Thursday 2026-12-10, 12:15 (Europe/Berlin)

Sessions that changed
  - Called off: Craft hour on Friday 2026-12-04, 15:00 (Europe/Berlin)

Stuck, where a word from you may help
  - “Rotate the keys”, due Monday 2026-11-23: Bob has been reminded 3 times

Open roles, for you as the lead
  - Nobody can be the presenter of Deep dive on Tuesday 2027-01-05

Done? Tick the box on the page, and you will not hear of it again.
Needs longer, or is somebody else's? Write another date or another @name there.
Will not be done after all? Write (dropped) behind it.

Cannot make it? Decline in the calendar, and we look for somebody else.

To give somebody a role, name them under `sessions:` in the team's file.

Have a good day!
peerloop
"""


def test_a_team_with_much_to_tell_leaves_another_ones_words_in_the_mail() -> None:
    """Of which the reader would not hear again."""
    flood = [reminder("duty", f"You facilitate {one} on Friday", "2026-12-04", team="data") for one in range(300)]
    own = reminder("duty", "You facilitate Lunch & Learn on Thursday", "2026-12-10")
    text = compose(ADA, "Ada", [*flood, own], TODAY, NAMES).text
    assert "Platform: You facilitate Lunch & Learn on Thursday" in text
    assert own in fitting([*flood, own], TODAY.date(), NAMES)


def test_a_digest_says_what_matters_first() -> None:
    message = compose(ADA, "Ada Lovelace", EVERYTHING, TODAY, NAMES)
    assert message.text == DIGEST
    assert message.subject == (
        "1 overdue; also 1 due soon, your part in a session, a session changed, 1 stuck, an open role"
    )
    assert (message.to, message.to_name, message.date) == (ADA, "Ada Lovelace", TODAY)


def test_one_thing_makes_a_short_mail() -> None:
    message = compose(ADA, "", EVERYTHING[4:5], TODAY)
    assert message.subject == "1 overdue"
    assert message.text.startswith("Hello,\n\nhere is what platform would like")
    assert "calendar" not in message.text


def test_a_digest_is_one_over_all_teams_and_says_which() -> None:
    other = reminder("action-item", "“Tune the index”, due Monday 2026-11-30", "2026-11-30", team="data")
    message = compose(ADA, "Ada", [*EVERYTHING[3:5], other], TODAY, NAMES)
    assert message.subject == "Data: 1 overdue; also 1 overdue, 1 due soon"
    lines = [line for line in message.text.splitlines() if line.startswith("  - ")]
    assert [line.split("“")[0] for line in lines] == ["  - Data: ", "  - Platform: ", "  - Platform: "]


def test_what_is_said_twice_is_said_once() -> None:
    later = Reminder(
        "a later stage", *(getattr(EVERYTHING[4], name) for name in ("team", "to", "kind", "text", "url", "due"))
    )
    assert compose(ADA, "Ada", [EVERYTHING[4], later], TODAY) == compose(ADA, "Ada", [later], TODAY)


def test_one_edit_that_changes_dozens_of_sessions_is_said_in_brief() -> None:
    many = [reminder("notice", f"Called off: number {n}", f"2026-12-{n:02}") for n in range(4, 25)]
    message = compose(ADA, "Ada", many, TODAY)
    assert message.text.count("Called off") == 8
    assert "  - and 13 more" in message.text
    assert message.subject == "21 sessions changed"


def test_nothing_to_say_is_no_mail() -> None:
    with pytest.raises(ValueError, match="there is nothing to tell ada@example"):
        compose(ADA, "Ada", [], TODAY)


def test_the_message_id_is_the_persons_and_the_days() -> None:
    first = compose(ADA, "Ada", EVERYTHING, TODAY)
    assert first.message_id == compose(ADA.upper(), "Ada L.", EVERYTHING[:1], TODAY + timedelta(hours=5)).message_id
    assert first.message_id.startswith("<digest.2026-12-03.") and first.message_id.endswith("@peerloop>")
    others = {
        compose(LEAD, "Ada", EVERYTHING, TODAY).message_id,
        compose(ADA, "Ada", EVERYTHING, TODAY + timedelta(1)).message_id,
    }
    assert len(others | {first.message_id}) == 3


TEXTS = st.text(min_size=1, max_size=40)


@examples(200)
@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_text_from_people_stays_on_its_line(texts: list[str], name: str, team_name: str, chance: object) -> None:
    said = [reminder("action-item", f"{text}\r\nBcc: eve@example.com\n\nOverdue", "2026-12-01") for text in texts]
    message = compose(ADA, name, said, TODAY, {"platform": team_name})
    shuffled = sorted(said, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert message == compose(ADA, name, shuffled, TODAY, {"platform": team_name})
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = message.subject, message.message_id  # refuses line breaks
    mail.set_content(message.text)
    assert len(message.to_name.splitlines()) <= 1 and len(message.subject.splitlines()) == 1
    assert "Overdue" in message.text.splitlines() and message.text.splitlines().count("Overdue") == 1
    mail.as_bytes()


def of_a_session(key: str, kind: str, text: str, moment: str, subject: str) -> Reminder:
    starts_at = berlin(moment)
    about = {"due": starts_at.date(), "session": key, "starts_at": starts_at, "subject": subject}
    return Reminder(f"{key}/{text}", "platform", ADA, kind, text, **about)  # type: ignore[arg-type]


def test_a_subject_names_the_first_thing_and_counts_the_other_sessions_once_each() -> None:
    said = [
        of_a_session("b", "duty", "You take notes at Deep dive", "2026-12-10T16:00", "You take notes at Deep dive"),
        of_a_session("a", "duty", "You facilitate Lunch", "2026-12-10T12:15", "You facilitate Lunch on Thursday"),
        of_a_session("a", "duty", "You present at Lunch", "2026-12-10T12:15", "You present at Lunch on Thursday"),
        of_a_session("c", "notice", "Called off: Review", "2026-12-11T09:00", "Called off: Review on Friday"),
        of_a_session("c", "notice", "Moved: Review", "2026-12-11T09:00", "Moved: Review on Friday"),
    ]
    message = compose(ADA, "Ada", said, TODAY, NAMES)
    assert message.subject == "You facilitate Lunch on Thursday; also your part in a session, a session changed"
    shown = [line for line in message.text.splitlines() if line.startswith("  - ")]
    assert shown[:3] == ["  - You facilitate Lunch", "  - You present at Lunch", "  - You take notes at Deep dive"]


def test_what_is_due_on_the_day_is_called_so() -> None:
    message = compose(ADA, "Ada", [reminder("action-item", "“Tell support”", "2026-12-03")], TODAY, NAMES)
    assert message.subject == "1 due today"
    assert "Due today\n  - “Tell support”" in message.text and "Coming up" not in message.text


# What a person does not want


def test_muted_kinds_and_sessions_gone_by_are_left_out() -> None:
    passed = reminder("duty", "You facilitated", "2026-12-02")
    assert wanted([*EVERYTHING, passed], {"platform": team()}, TODAY.date()) == tuple(EVERYTHING)
    no_duties = {"platform": team({"mute": ["duty", "notice"]})}
    assert {one.kind for one in wanted(EVERYTHING, no_duties, TODAY.date())} == {"alert", "action-item", "escalation"}
    assert wanted(EVERYTHING, {"platform": team({"mute": "digest"})}, TODAY.date()) == ()
    assert wanted(EVERYTHING, {"data": team({"mute": "digest"})}, TODAY.date()) == tuple(EVERYTHING)


def test_thanks_come_last_and_are_no_reason_for_a_mail() -> None:
    thanks = reminder("thanks", "“Buy pizza (dropped)”: thank you for saying so")
    assert wanted([thanks], {"platform": team()}, TODAY.date()) == ()
    both = wanted([thanks, EVERYTHING[3]], {"platform": team()}, TODAY.date())
    message = compose(ADA, "Ada", both, TODAY, NAMES)
    assert message.subject == "1 due soon; also thanks"
    assert message.text.index("Coming up") < message.text.index("Thank you\n  - “Buy pizza (dropped)”")
    assert wanted(both, {"platform": team({"mute": "thanks"})}, TODAY.date()) == both[1:]


AROUND = [
    reminder("takeaways", "Lunch & Learn of Thursday 2026-11-26: Caches lie", "2026-11-26"),
    reminder("questions", "Lunch & Learn on Thursday 2026-12-10 is about “Vacuum”", "2026-12-10"),
    reminder("topic", "Craft hour on Friday 2026-12-11 has no topic yet", "2026-12-11"),
    reminder("write-up", "Deep dive of Tuesday 2026-12-01: please add the takeaways", "2026-12-01"),
    reminder("thanks", "In 2026 Q3 you led Lunch & Learn"),
]


def test_what_is_to_be_done_around_a_session_comes_first_and_what_is_nice_to_read_last() -> None:
    message = compose(ADA, "Ada", [*AROUND, EVERYTHING[2], EVERYTHING[4]], TODAY, NAMES)
    headings = [
        before for before, line in zip(*[message.text.splitlines()[n:] for n in (0, 1)], strict=False) if "  - " in line
    ]
    assert headings == [
        "Overdue",
        "To write up",
        "Topics wanted, from you and the team",
        "Your part in the next sessions",
        "Your questions and wishes",
        "What we learned",
        "Thank you",
    ]
    assert message.subject == (
        "1 overdue; also a session to write up, a topic to find, your part in a session, "
        "a question to you, what we learned, thanks"
    )


def test_what_can_wait_makes_a_mail_of_its_own_once_a_week_and_else_goes_with_another() -> None:
    question, duty, of = AROUND[1], EVERYTHING[2], {"platform": team()}
    assert wanted([question], of, TODAY.date(), weekly=False) == ()
    assert wanted([question], of, TODAY.date(), weekly=True) == (question,)
    assert wanted([question, duty], of, TODAY.date(), weekly=False) == (question, duty)
    pair = replace(duty, by=date(2026, 12, 9))
    assert wanted([pair], of, date(2026, 12, 8), weekly=False) == ()
    assert wanted([pair], of, date(2026, 12, 9), weekly=False) == (pair,)


def notice(part: str, moment: str, undoes: str) -> Reminder:
    key, back = f"lunch/notice/{part}/{ADA}@{moment}", f"lunch/notice/{undoes}"
    return Reminder(key, "platform", ADA, "notice", part, due=date(2026, 12, 10), undoes=back)


def test_what_is_undone_before_it_is_said_is_said_to_nobody() -> None:
    off, on = notice("cancelled-1", "2026-12-01T10:00", "on"), notice("on", "2026-12-01T11:00", "cancelled")
    of, again = {"platform": team()}, notice("cancelled-2", "2026-12-03T08:00", "on")
    assert wanted([off, on], of, TODAY.date()) == ()
    assert over([off, on, again], TODAY.date()) == (off, on)
    assert wanted([off, on, again], of, TODAY.date()) == (again,)
    assert wanted([on], of, TODAY.date()) == (on,)


def dates_off(number: int) -> list[Reminder]:
    """Return what somebody is told of so many dates: each was moved, which makes a turn theirs, and is off by now."""
    told = list[Reminder]()
    for n in range(number):
        day, key, url = date(2026, 12, 10) + timedelta(days=n), f"platform/daily/{n}", f"wiki/{n}.md"
        about = partial(Reminder, team="platform", to=ADA, url=url, due=day, session=key)
        off, on = (f"{key}/notice/{what}" for what in ("cancelled", "on"))
        told += [
            about(f"{off}-1/{ADA}@2026-12-02T10:00", kind="notice", text="Called off: Daily (too early)", undoes=on),
            about(f"{on}/{ADA}@2026-12-02T11:00", kind="notice", text="Takes place after all: Daily", undoes=off),
            about(f"{key}/notice/moved-11:00-from-10:00/{ADA}@2026-12-02T12:00", kind="notice", text="Moved: Daily"),
            about(f"{key}/turn/gains/facilitator/{ADA}@2026-12-02T12:00", kind="turn", text="You facilitate Daily"),
            about(f"{off}-2/{ADA}@2026-12-02T13:00", kind="notice", text=f"Called off: Daily on {day}", undoes=on),
        ]
    return told


def test_what_one_mail_takes_grows_with_what_there_is_to_tell_alone() -> None:
    """Comparing each of these with every other took minutes."""
    told, start = dates_off(2_000), process_time()
    said = wanted(told, {"platform": team()}, TODAY.date(), weekly=False)
    message = compose(ADA, "Ada", said, TODAY)
    assert wanted(told, {"platform": team({"mute": ["notice", "turn"]})}, TODAY.date()) == ()
    assert process_time() - start < MOST_SECONDS
    assert said == tuple(told[4::5])
    assert message.subject == "2000 sessions changed"
    assert "  - Called off: Daily on 2026-12-10\n" in message.text and "  - and 1992 more\n" in message.text


def test_each_kind_can_be_muted_and_a_question_passes_with_its_session() -> None:
    for one in AROUND[:4]:
        assert wanted([one], {"platform": team()}, TODAY.date()) == (one,)
        assert wanted([one], {"platform": team({"mute": [one.kind]})}, TODAY.date()) == ()
    assert wanted(AROUND[1:2], {"platform": team()}, date(2026, 12, 11)) == ()
    assert wanted(AROUND[3:4], {"platform": team()}, date(2026, 12, 11)) != ()


@pytest.mark.parametrize("length", [20, 400, 980])
@pytest.mark.parametrize("words", ["order the books", "bücher ", "<&📅", "x" * 300])
def test_whatever_people_write_a_mail_stays_small(words: str, length: int) -> None:
    """Ten things a heading at most; of the others it is said how many they are, and where."""
    url = f"https://wiki.example.com/{'p' * length}"
    told = [
        Reminder(f"{n}/{kind.name}/{due}", "platform", ADA, kind.name, f"{n} {words * 20}", url, date(2026, 12, due))
        for n in range(30)
        for kind in KINDS
        for due in ((1, 3, 9) if kind.overdue else (3,))
    ]
    message = compose("ada" * 20 + "@example.com", "Ä" * 200, told, TODAY, {"platform": "<&📅" * 60})
    assert len(bytes(full_letter(message, "Peer learning <p@example.com>", LEAD))) < 16_384
    assert len(re.findall(r"  - and \d+ more", message.text)) == len(SECTIONS)
    assert "There was no room for all of it: the team's pages and its calendar have the rest.\n" in message.text
    items = [one for one in told if one.key.endswith("action-item/3")]
    alone = compose(ADA, "Ada", items, TODAY)
    shown = len(fitting(items, TODAY.date()))
    assert shown <= 10 and (shown or length > 20 or words == "<&📅")
    assert f"  - and {30 - shown} more{f': see{chr(10)}    {url}' if length == 20 else ''}\n" in alone.text
    assert alone.subject == "30 due today"
