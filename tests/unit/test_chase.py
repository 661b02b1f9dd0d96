"""Who is reminded of what and when, by example and day by day for any calendar."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.team import Team
from daemon.learn.items import is_dropped, updated
from daemon.model import (
    ActionItem,
    Assignment,
    Kind,
    Observed,
    Reason,
    Reminded,
    Reminder,
    Session,
    Slot,
    State,
    on_the_wall,
)
from daemon.model.asks import Ask, Purpose
from daemon.model.memory import KnownSeries, Memory, Record
from daemon.tell.chase import WIDEST, reminders
from daemon.tell.people import addressee
from tests.soak import examples

ZONE = ZoneInfo("Europe/Berlin")
ADA, BOB, CAT, LEAD = "ada@example.com", "bob@example.com", "cat@example.com", "lead@example.com"
HELD = date(2026, 11, 24)
DUE = date(2026, 12, 1)  # a Tuesday
LONG_BEFORE = date(2026, 6, 1)
PEOPLE: Mapping[str, Mapping[str, object]] = {
    ADA: {"name": "Ada Lovelace"},
    BOB: {"name": "Bob Noyce"},
    CAT: {"name": "Cat Stevens"},
}


def team(people: Mapping[str, Mapping[str, object]] = {}, **more: object) -> Team:
    members = [{"email": email, **known, **people.get(email, {})} for email, known in PEOPLE.items()]
    series = [{"name": "Lunch & Learn", "format": "lunch-and-learn"}]
    cadence = {"every": "week", "on": "thursday", "at": "12:15"}
    written = {"team": "Platform", "timezone": "Europe/Berlin", "lead": LEAD, "members": members}
    return Team.model_validate({**written, "series": [{**series[0], "cadence": cadence}], **more})


PAGE = "lunch/2026-11-24"


@dataclass(frozen=True)
class OnPage:
    """An action item on the page of a session of its own, which somebody led on some day."""

    item: ActionItem
    held: date = HELD
    facilitator: str | None = BOB

    def session(self, number: int) -> Session:
        wall = datetime.combine(self.held, time(12, 15 + number))
        slot = Slot("platform/lunch", wall, ZONE.key, wall, on_the_wall(wall, ZONE.key), 45, "lunch-and-learn")
        led = (Assignment("facilitator", self.facilitator, Reason("turn", "")),) if self.facilitator else ()
        return Session(slot, led, state=State.HELD, page=self.item.page)


def tracked(
    assignee: str | None = "ada", due: date | None = DUE, text: str = "Write the runbook", done: bool = False
) -> OnPage:
    return OnPage(ActionItem(PAGE, "a1", text, assignee, due, done))


def known(items: Iterable[OnPage], of: Team, now: datetime, before: Memory | None = None) -> Memory:
    """Return what is known once a pass has found these items."""
    memory = before or Memory(
        "platform", "Platform", series={"platform/lunch": KnownSeries("platform/lunch", "Lunch & Learn", HELD)}
    )
    for number, one in enumerate(items):
        session, page = one.session(number), one.item.page
        seen = Observed(page, Kind.PAGE, {}, url="https://wiki/1", items=(one.item,))
        memory = replace(memory, sessions={**memory.sessions, session.key: session})
        memory = memory.with_records(Record(page, Kind.PAGE, observed=seen))
    return updated(of, memory, now)


def noon(day: date | str) -> datetime:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def said_of(items: Iterable[OnPage], of: Team, now: datetime, reminded: Iterable[Reminded] = ()) -> list[Reminder]:
    return list(reminders(of, known(items, of, now), reminded, now))


def on(day: str, of: Team, *items: OnPage, reminded: Iterable[Reminded] = ()) -> list[Reminder]:
    return said_of(items or (tracked(),), of, noon(day), reminded)


def overdue(*days: str, to: str = ADA) -> list[Reminded]:
    """What the ledger tells of somebody who was sent reminders of an overdue item at noon of these days."""
    keys = (f"platform/{PAGE}/a1/overdue-{number}@{DUE}/{to}" for number, _ in enumerate(days, 1))
    return [Reminded(key, f"{PAGE}/a1", to, noon(day)) for key, day in zip(keys, days, strict=True)]


def escalated(day: str, of: Team, *items: OnPage, reminded: Iterable[Reminded]) -> list[Reminder]:
    return [one for one in on(day, of, *items, reminded=reminded) if one.kind == "escalation"]


def assignee_of(one: OnPage, of: Team) -> str | None:
    (item,) = known([one], of, noon(HELD + timedelta(days=1))).items.values()
    return item.assignee


def due_of(one: OnPage, of: Team) -> date:
    (item,) = known([one], of, noon(HELD + timedelta(days=1))).items.values()
    return item.due


def stages(day: str, of: Team, *items: OnPage) -> list[tuple[str, str]]:
    return [(one.to, one.key.split("/")[4].partition("@")[0]) for one in on(day, of, *items)]


# Whose it is, and when it is due


@pytest.mark.parametrize("written", ["ada", "@ada", "ADA", "@Ada@Example.com", "ada.old"])
def test_a_name_on_a_page_is_the_part_before_the_at(written: str) -> None:
    assert assignee_of(tracked(written), team({ADA: {"was": ["ada.old@example.com"]}})) == ADA


@pytest.mark.parametrize("written", [None, "", "@", "zoe", "ada@elsewhere.com", "da"])
def test_a_name_that_nobody_has_is_nobodys(written: str | None) -> None:
    assert assignee_of(tracked(written), team()) is None


def test_a_name_that_two_share_needs_the_full_address() -> None:
    two = team({BOB: {"email": "ada@example.org", "name": "Ada Yonath"}})
    assert assignee_of(tracked("ada"), two) is None
    assert assignee_of(tracked("ada@example.org"), two) == "ada@example.org"
    (said,) = on("2026-12-01", two)
    expected = "is for @ada, which could be ada@example.com or ada@example.org: please write the full address"
    assert said.text.startswith(f"“Write the runbook” {expected}")


def test_a_first_name_that_only_one_has_is_theirs() -> None:
    by_initials = team({BOB: {"email": "bn@example.com"}, CAT: {"email": "cs@example.com", "name": "Bob Dylan"}})
    assert assignee_of(tracked("Ada"), team({ADA: {"email": "al@example.com"}})) == "al@example.com"
    assert assignee_of(tracked("Bob Noyce"), by_initials) == "bn@example.com"
    assert assignee_of(tracked("bob"), by_initials) is None
    (said,) = on("2026-12-01", by_initials, replace(tracked("bob"), facilitator=ADA))
    assert "could be bn@example.com or cs@example.com: please write the full address" in said.text
    assert assignee_of(tracked("ada"), team({CAT: {"name": "Ada Yonath"}})) == ADA, "addresses go first"


def test_an_at_that_is_no_persons_names_nobody() -> None:
    otherwise = (("Replace @property by a method", "ada"), ("Replace @property by a method, @ada", None))
    one = tracked("property", text="Replace by a method, @ada")
    (said,) = on("2026-12-01", team(), replace(one, item=replace(one.item, otherwise=otherwise)))
    assert (said.to, said.text[:32]) == (ADA, "“Replace @property by a method”,")
    (said,) = on("2026-12-01", team(), replace(one, item=replace(one.item, otherwise=otherwise[1:])))
    assert said.to == BOB and said.text.startswith("“Replace @property by a method, @ada” has nobody yet: ")


def test_the_lead_may_take_an_item_without_being_a_member() -> None:
    assert assignee_of(tracked("lead"), team()) == LEAD
    assert stages("2026-12-01", team(), tracked("lead")) == [(LEAD, "before-0")]


def test_an_item_without_a_date_is_due_some_days_after_its_session() -> None:
    assert due_of(tracked(due=None), team()) == date(2026, 12, 1)
    assert due_of(tracked(due=None), team(chase={"due": "2 weeks"})) == date(2026, 12, 8)
    assert due_of(tracked(due=date(2026, 12, 4)), team()) == date(2026, 12, 4)


# When somebody is reminded


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        ("2026-11-26", None),
        ("2026-11-27", "before-2"),  # two days before Tuesday is a Sunday: said on the Friday
        ("2026-11-28", None),
        ("2026-11-30", "before-2"),
        ("2026-12-01", "before-0"),
        ("2026-12-02", "before-0"),
        ("2026-12-03", "overdue-1"),
        ("2026-12-04", "overdue-1"),
        ("2026-12-05", None),
        ("2026-12-08", "overdue-1"),
        ("2026-12-09", "overdue-2"),
        ("2026-12-18", "overdue-2"),
        ("2026-12-21", "overdue-3"),
        ("2026-12-30", "overdue-3"),
        ("2026-12-31", "overdue-4"),
        ("2027-01-12", "overdue-5"),
    ],
)
def test_the_stages_of_an_item(day: str, stage: str | None) -> None:
    due_on_sunday_before = [found for to, found in stages(day, team()) if to == ADA]
    assert due_on_sunday_before == ([stage] if stage else [])


def test_the_sentence_and_the_key() -> None:
    (said,) = on("2026-12-03", team())
    assert said == Reminder(
        "platform/lunch/2026-11-24/a1/overdue-1@2026-12-01/ada@example.com",
        "platform",
        ADA,
        "action-item",
        "“Write the runbook”, due Tuesday 2026-12-01, from Lunch & Learn on 2026-11-24",
        "https://wiki/1",
        DUE,
        about=f"{PAGE}/a1",
        subject="“Write the runbook” is overdue",
        asks=(Ask(Purpose.ITEM, f"{PAGE}/a1"),),
    )


def test_a_changed_date_is_a_new_stage_and_a_done_item_is_silent() -> None:
    before, after = on("2026-12-03", team()), on("2026-12-03", team(), tracked(due=date(2026, 12, 2)))
    assert {one.key for one in before}.isdisjoint(one.key for one in after)
    assert on("2026-12-03", team(), tracked(done=True)) == []


@pytest.mark.parametrize(
    "text",
    [
        *("Write it (dropped)", "Write it ( DROPPED: nobody needs it)", "Write it – won’t do", "Write it - dropped"),
        *("Write it. We Will not do this", "~~Write it~~", " ~~Write~~ ~~it~~ ", "~Write it~", "~~`it`~~"),
        *("dropped", "Won't do.", "(dropped)", "wont do", "Write it **(dropped)** 👍", "Write it _[won't do]_"),
        *("Write it (dropped: see (1) and (2)).", "~~Write it~~ (dropped)", "~~Write it~~ won't do"),
        *("Write it – won't do (no time)", "Write it (dropped because nobody reads it)"),
    ],
)
def test_words_that_end_an_item(text: str) -> None:
    assert is_dropped(text)
    assert on("2026-12-21", team(), tracked(text=text)) == []


@pytest.mark.parametrize(
    "text",
    [
        *("Write it", "Dropped packets: find out", "~~Read~~ write it", "~~~~", "Ask if they will do it", "I want do"),
        *("Fix the (dropped) frames counter", "Find out why packets are dropped", "Count them (dropped packets)"),
        *("Ask why they won't do it", "List what we won't do", "Won't do list: publish it", 'Reply "won\'t do"'),
        *("Handle `(dropped)`", "Count those (dropped by the balancer)", "Sum (dropped: 3) and (kept: 4)"),
        *("Explain what (won't do) means", "wont do write it", "~5 min, then ~10 lines"),
    ],
)
def test_words_that_do_not(text: str) -> None:
    assert not is_dropped(text)


def test_who_drops_an_item_is_thanked_for_saying_so_while_it_is_fresh() -> None:
    dropped = tracked(text="Write the runbook (dropped)")
    memory = known([dropped], team(), noon("2026-12-03"), known([tracked()], team(), noon("2026-12-02")))
    (said,) = reminders(team(), memory, (), noon("2026-12-04"))
    assert (said.to, said.kind, said.due) == (ADA, "thanks", None)
    assert said.key == f"platform/{PAGE}/a1/thanks/{ADA}", "by its identity for good"
    assert said.text == "“Write the runbook (dropped)”, from Lunch & Learn on 2026-11-24: thank you for saying so"
    assert reminders(team(), memory, (), noon("2027-01-04")) == ()
    assert on("2026-12-21", team(), dropped) == [], "long over at first sight"


def test_public_holidays_of_the_assignee_are_days_off() -> None:
    due = date(2026, 12, 23)
    berlin = team(holidays={"country": "DE", "subdivision": "BE"})
    assert stages("2026-12-25", berlin, tracked(due=due)) == []
    assert stages("2026-12-28", berlin, tracked(due=due)) == [(ADA, "overdue-1")]
    abroad = team({ADA: {"holidays": {"country": "IL"}}}, holidays={"country": "DE", "subdivision": "BE"})
    assert stages("2026-12-25", abroad, tracked(due=due)) == [(ADA, "overdue-1")]


def test_who_is_away_is_left_alone_until_they_are_back() -> None:
    away = team({ADA: {"away": ["2026-11-30..2026-12-06"]}})
    assert all(stages(f"2026-12-0{day}", away) == [] for day in range(1, 7))
    assert stages("2026-12-07", away) == [(ADA, "before-0")]
    assert stages("2026-12-08", away) == [(ADA, "overdue-1")]


def test_the_day_is_that_of_the_person() -> None:
    far = team({ADA: {"timezone": "Pacific/Auckland"}})
    evening_before = datetime(2026, 11, 30, 13, tzinfo=ZONE)
    assert [one.key.split("/")[4] for one in said_of([tracked()], far, evening_before)] == ["before-0@2026-12-01"]


def test_dates_at_the_edges_of_the_calendar_do_no_harm() -> None:
    assert on("2026-12-01", team(), tracked(due=date.max)) == []
    (said,) = [one for one in on("2026-12-01", team(), tracked(due=date(202, 12, 1))) if one.to == ADA]
    assert said.text.startswith("“Write the runbook”, due")


# Who else is asked


@pytest.mark.parametrize(
    ("assignee", "words"),
    [
        (None, "has nobody yet: please find somebody for it"),
        ("zoe", "is for @zoe, whom the team does not know: please find somebody for it"),
        ("cat", "is still open and Cat Stevens has left the team: please find somebody to take it over"),
    ],
)
def test_the_facilitator_finds_somebody_for_what_is_nobodys(assignee: str | None, words: str) -> None:
    (said,) = on("2026-12-01", team({CAT: {"leaves": "2026-11-30"}}), tracked(assignee))
    assert (said.to, said.kind) == (BOB, "action-item")
    assert said.text == f"“Write the runbook” {words} (due Tuesday 2026-12-01, from Lunch & Learn on 2026-11-24)"


def test_the_lead_is_asked_where_no_facilitator_is_left() -> None:
    gone = team({BOB: {"leaves": "2026-11-30"}})
    assert stages("2026-12-01", gone, tracked(None)) == [(LEAD, "before-0")]
    assert stages("2026-12-01", team(), replace(tracked(None), facilitator=None)) == [(LEAD, "before-0")]


def test_after_three_reminders_the_facilitator_and_the_lead_hear_of_it_once() -> None:
    assert {to for to, _ in stages("2026-12-18", team())} == {ADA}
    reminded = overdue("2026-12-03", "2026-12-09", "2026-12-21")
    assert escalated("2026-12-21", team(), reminded=reminded) == [], "they have a day to answer"
    assert escalated("2026-12-22", team(), reminded=reminded[:2]) == []
    said = escalated("2026-12-22", team(), reminded=reminded)
    assert [one.to for one in said] == [BOB, LEAD]
    assert said[0].text == (
        "“Write the runbook”, due Tuesday 2026-12-01, from Lunch & Learn on 2026-11-24: "
        "Ada Lovelace has been reminded 3 times; please ask what would help"
    )
    later = escalated("2027-01-20", team(), reminded=[replace(one, at=None) for one in reminded])
    assert [one.key for one in later] == [one.key for one in said]


def test_nobody_is_told_of_their_own_item_as_an_escalation() -> None:
    to_bob = overdue("2026-12-03", "2026-12-09", "2026-12-21", to=BOB)
    assert [one.to for one in escalated("2026-12-22", team(), tracked("bob"), reminded=to_bob)] == [LEAD]
    assert [one.to for one in escalated("2026-12-22", team(), tracked(None), reminded=to_bob)] == [LEAD]
    quiet = team(chase={"escalate": {"after": 1, "to": ["facilitator"]}})
    assert [one.to for one in escalated("2026-12-04", quiet, reminded=overdue("2026-12-03"))] == [BOB]


def test_only_who_was_really_reminded_is_said_to_have_been() -> None:
    to_ada = overdue("2026-12-03", "2026-12-09", "2026-12-21")
    assert escalated("2026-12-22", team(), reminded=[]) == [], "found late, or nothing could be sent"
    assert escalated("2026-12-22", team(), tracked("cat"), reminded=to_ada) == [], "handed over"
    put_off = tracked(due=date(2026, 12, 2))
    assert escalated("2026-12-22", team(), put_off, reminded=to_ada) == [], "counted since it is due"
    before = Reminded(f"platform/{PAGE}/a1/before-0@{DUE}/{ADA}", f"{PAGE}/a1", ADA, noon(DUE))
    (said, _) = escalated("2026-12-22", team(), reminded=[before, *to_ada])
    assert ": Ada Lovelace has been reminded 4 times, 3 of them since it was due; " in said.text
    renamed = team({ADA: {"email": "countess@example.com", "was": [ADA]}})
    (said, _) = escalated("2026-12-22", renamed, tracked("countess"), reminded=to_ada)
    assert ": Ada Lovelace has been reminded 3 times; " in said.text


def test_who_is_handed_a_stuck_item_is_another_news() -> None:
    first = escalated("2026-12-22", team(), reminded=overdue("2026-12-03", "2026-12-09", "2026-12-21"))
    to_cat = overdue("2026-12-23", "2026-12-31", "2027-01-12", to=CAT)
    second = escalated("2027-01-13", team(), tracked("cat"), reminded=to_cat)
    assert len(first) == len(second) == 2 and {one.key for one in first}.isdisjoint(one.key for one in second)


def test_who_has_muted_reminders_is_not_said_to_have_been_reminded() -> None:
    muted = team({ADA: {"mute": ["action-item"]}})
    assert escalated("2026-12-18", muted, reminded=[]) == []
    (said, _) = escalated("2026-12-21", muted, reminded=[])
    assert said.text.endswith(": Ada Lovelace has muted reminders, and so was sent none; please ask what would help")


# Day by day, for any calendar

DATES = st.dates(date(2026, 10, 1), date(2026, 12, 31))
ITEMS = st.lists(
    st.builds(
        lambda n, who, due, held, done, facilitator: OnPage(
            ActionItem(f"page-{n}", f"i{n}", f"Item {n}", who, due, done), held, facilitator
        ),
        st.integers(0, 5),
        st.sampled_from([None, "ada", "bob", "cat", "zoe", "lead"]),
        st.one_of(st.none(), DATES),
        DATES,
        st.booleans(),
        st.sampled_from([None, ADA, BOB, "former@example.com"]),
    ),
    max_size=6,
)
AWAY = st.lists(st.tuples(DATES, st.integers(0, 20)), max_size=3)
POLICIES = st.sampled_from(
    [
        ["2 days before", "on the day", "every 2 working days"],
        ["every 1 working day"],
        ["5 days before", "every 3 working days", "every 7 working days"],
        ["on the day"],
        [],
    ]
)
COUNTRIES = st.sampled_from([None, {"country": "DE", "subdivision": "BE"}, {"country": "GB"}])
SUBSETS = st.sampled_from([("monday", "tuesday", "wednesday", "thursday", "friday"), ("sunday", "monday"), ("friday",)])


def ranges(away: Iterable[tuple[date, int]]) -> list[str]:
    return [f"{first}..{first + timedelta(days=length)}" for first, length in away]


@st.composite
def teams(draw: st.DrawFn) -> Team:
    leaves = draw(st.one_of(st.none(), DATES))
    people: dict[str, dict[str, object]] = {
        ADA: {
            "away": ranges(draw(AWAY)),
            "holidays": draw(COUNTRIES),
            "timezone": draw(st.sampled_from([None, "Asia/Tokyo"])),
        },
        BOB: {"away": ranges(draw(AWAY)), "leaves": leaves},
    }
    return team(people, chase={"remind": draw(POLICIES)}, working_days=draw(SUBSETS), holidays=draw(COUNTRIES))


@examples(150)
@given(teams(), ITEMS, DATES)
def test_a_pass_names_each_key_once_and_the_same_again(of: Team, items: list[OnPage], day: date) -> None:
    said = said_of(items, of, noon(day))
    assert len({one.key for one in said}) == len(said)
    assert said == said_of(items[::-1], of, noon(day)) or len({one.item.id for one in items}) < len(items)
    unfinished = {one.item.id for one in items if not one.item.done}
    assert {one.key.split("/")[2] for one in said} <= unfinished
    for one in said:
        who = addressee(one.to, of)
        assert who is not None and who.works(who.today(noon(day))) and not who.has_left(noon(day))
        assert "\n" not in one.text


@examples(40)
@given(teams(), DATES, st.integers(0, 12))
def test_an_overdue_item_is_mentioned_within_its_interval(of: Team, due: date, down: int) -> None:
    """Simulated a day at a time with the keys remembered, after the daemon was down for some days."""
    item, ada = replace(tracked(due=due), held=LONG_BEFORE), addressee(ADA, of)
    intervals = [remind.working_days for remind in of.chase.remind if hasattr(remind, "working_days")]
    remembered: set[str] = set()
    silent = 0
    assert ada is not None
    for day in (due + timedelta(days=down + n) for n in range(1, 60)):
        fresh = [one for one in said_of([item], of, noon(day)) if one.to == ADA and one.key not in remembered]
        assert len(fresh) <= 1
        remembered |= {one.key for one in fresh}
        silent = 0 if fresh else silent + ada.works(day)
        assert not intervals or silent < WIDEST * min(intervals) or not ada.works(day)


@examples(60)
@given(teams(), DATES)
def test_every_item_that_was_found_in_time_is_named_by_its_day(of: Team, due: date) -> None:
    """Who works at all before the day is told of an item by then, days off and absences notwithstanding."""
    item, ada = replace(tracked(due=due), held=LONG_BEFORE), addressee(ADA, of)
    assert ada is not None
    before = [due - timedelta(days=n) for n in range(60) if ada.works(due - timedelta(days=n))]
    has_before = any(hasattr(remind, "days") for remind in of.chase.remind)
    told = [day for day in before if said_of([item], of, noon(day))]
    assert (
        bool(told) or not before or not has_before or not ada.works(ada.working_days.previous(due + timedelta(days=1)))
    )
