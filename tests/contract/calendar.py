"""What every calendar backend keeps to: a test class that inherits ``CalendarContract`` and says how to get at one.

Every test starts from an empty calendar. The methods that raise NotImplementedError are for the backend to fill in:
how a new object on that calendar is made, and how a person works in it, past our code.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.model import (
    Answer,
    Event,
    Kind,
    Mark,
    Observed,
    SeriesEvent,
    SessionEvent,
    Write,
    Written,
    fingerprint,
    on_the_wall,
    slot_key,
)
from daemon.ports import Calendar

ZONE = "Europe/Berlin"
FIRST = datetime(2027, 3, 4, 12, 15)  # noqa: DTZ001, a wall time
"""The first instance, a Thursday, three weeks before summer time."""
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
SERIES = SeriesEvent(
    key="platform/lunch-learn/1",
    starts=FIRST,
    zone=ZONE,
    minutes=45,
    rrule="FREQ=WEEKLY;BYDAY=TH",
    summary="Lunch & Learn",
    description="Peer learning of the team Platform.",
    guests={ADA: "Ada Lovelace", BOB: "Bob Dorough"},
)
ODD_TEXT = "a,b;c\\d \\n “e” <b>&amp; %2C été 日本 🙂\nBEGIN:VEVENT\n\nATTENDEE:mailto:x@example.com"


def instance(week: int) -> datetime:
    """The wall time of an instance of SERIES."""
    return FIRST + timedelta(weeks=week)


def session(week: int, series: SeriesEvent = SERIES) -> SessionEvent:
    """The session on an instance of SERIES, at its own time, with its own words."""
    return SessionEvent(
        key=slot_key("platform/lunch-learn", instance(week)),
        event=series.key,
        recurrence_id=instance(week),
        zone=ZONE,
        starts_at=on_the_wall(instance(week), ZONE),
        minutes=45,
        summary=f"Lunch & Learn: topic {week}",
        description=f"Facilitator: Ada\nTopic: topic {week}",
    )


def mark(event: Event) -> Mark:
    """The mark of an event as applied."""
    roles = {"facilitator": ADA, "topic": "How, when = why?"} if isinstance(event, SessionEvent) else {}
    return Mark(event.key, fingerprint(event.content), roles)


def create(event: Event) -> Write:
    """The write that creates an event."""
    return Write(event, mark(event))


def change(event: Event, *fields: str, version: str = "", former: tuple[str, ...] = ()) -> Write:
    """The write that changes these fields of an event."""
    return Write(event, mark(event), frozenset(fields), version, former)


def shows(seen: Observed, event: Event) -> bool:
    """Whether what is seen means the same as the event."""
    return seen.shown == fingerprint(event.content)


class CalendarContract:
    """The tests. An event is named by the key of its ``series`` and the wall time of its ``instance``."""

    def calendar(self) -> Calendar:
        """Return a new object on the same calendar."""
        raise NotImplementedError

    def person_moves(self, series: str, instance: datetime, to: datetime) -> None:
        """Move an instance; ``to`` is aware."""
        raise NotImplementedError

    def person_deletes(self, series: str, instance: datetime) -> None:
        """Delete one instance of a series."""
        raise NotImplementedError

    def person_deletes_series(self, series: str) -> None:
        """Delete a series."""
        raise NotImplementedError

    def person_retitles(self, series: str, instance: datetime | None, title: str) -> None:
        """Give another title to an instance, or to the series."""
        raise NotImplementedError

    def person_answers(self, series: str, instance: datetime | None, guest: str, answer: Answer) -> None:
        """Answer an invitation, for an instance that has been written, or for the series."""
        raise NotImplementedError

    def person_invites(self, series: str, guest: str) -> None:
        """Invite somebody else to a series."""
        raise NotImplementedError

    def person_adds(self, title: str) -> None:
        """Put an event of their own into the calendar."""
        raise NotImplementedError

    def titles(self) -> list[str]:
        """Return the titles of all that stands in the calendar, whosever it is."""
        raise NotImplementedError

    # how the tests look at it

    def write(self, *writes: Write) -> list[Written]:
        """Write, and expect that it went well."""
        results = list(self.calendar().write(writes))
        assert [result.error for result in results] == [""] * len(writes)
        assert [result.key for result in results] == [write.resource.key for write in writes]
        return results

    def seen(self) -> dict[str, Observed]:
        """Return all there is of ours, by key."""
        observation = self.calendar().observe(None)
        assert observation.complete
        assert len({one.key for one in observation.seen}) == len(observation.seen)
        return {one.key: one for one in observation.seen}

    # what is made is there

    def test_an_empty_calendar_shows_nothing(self) -> None:
        observation = self.calendar().observe(None)
        assert observation.complete
        assert observation.seen == ()
        assert observation.cursor

    def test_a_series_is_shown_as_it_was_made(self) -> None:
        (written,) = self.write(create(SERIES))
        seen = self.seen()[SERIES.key]
        assert seen == written.observed
        assert seen.kind is Kind.SERIES
        assert shows(seen, SERIES)
        assert seen.mark == mark(SERIES)
        assert seen.starts_at == on_the_wall(FIRST, ZONE)
        assert seen.minutes == 45
        assert seen.title == SERIES.summary
        assert set(seen.guests) == {ADA, BOB}
        assert seen.version
        assert not seen.trouble
        assert not seen.cancelled

    def test_a_session_is_shown_as_it_was_made_and_no_other_instance(self) -> None:
        results = self.write(create(SERIES), create(session(1)), create(session(5)))
        seen = self.seen()
        assert seen.keys() == {SERIES.key, session(1).key, session(5).key}
        assert seen[session(5).key] == results[2].observed
        for week in (1, 5):
            one = seen[session(week).key]
            assert one.kind is Kind.SESSION
            assert one.event == SERIES.key
            assert shows(one, session(week))
            assert one.mark == mark(session(week))
            assert one.starts_at == on_the_wall(instance(week), ZONE)
            assert set(one.guests) == {ADA, BOB}

    def test_a_session_may_be_at_another_time_than_its_instance(self) -> None:
        moved = replace(session(2), starts_at=datetime(2027, 3, 19, 16, 30, tzinfo=ZoneInfo(ZONE)), minutes=60)
        self.write(create(SERIES), create(moved))
        seen = self.seen()[moved.key]
        assert shows(seen, moved)
        assert (seen.starts_at, seen.minutes) == (moved.starts_at, 60)

    def test_a_session_that_is_called_off_says_so_and_keeps_its_mark(self) -> None:
        off = replace(session(2), cancelled=True)
        self.write(create(SERIES), create(off))
        seen = self.seen()[off.key]
        assert seen.cancelled
        assert shows(seen, off)
        assert seen.mark == mark(off)
        assert seen.event == SERIES.key

    def test_any_text_comes_back_by_its_meaning(self) -> None:
        series = replace(
            SERIES, summary=ODD_TEXT.replace("\n", " "), description=ODD_TEXT, guests={ADA: 'A"; \\ ,:^é\n'}
        )
        odd = replace(session(1), summary=ODD_TEXT.replace("\n", " "), description=ODD_TEXT)
        self.write(create(series), create(odd))
        seen = self.seen()
        assert shows(seen[series.key], series)
        assert shows(seen[odd.key], odd)
        assert seen[series.key].guests == (ADA,)

    def test_a_session_without_its_series_cannot_be_written(self) -> None:
        first, second = self.calendar().write([create(session(1)), create(SERIES)])
        assert first.error
        assert first.observed is None
        assert second.error == ""
        assert self.seen().keys() == {SERIES.key}

    # repeating and looking again

    def test_repeating_what_is_done_does_nothing_more(self) -> None:
        writes = [create(SERIES), create(session(1)), create(replace(session(2), cancelled=True))]
        first = self.write(*writes)
        before, titles = self.calendar().observe(None), sorted(self.titles())
        assert self.write(*writes) == first
        assert self.calendar().observe(None) == before
        assert sorted(self.titles()) == titles

    def test_nothing_is_reported_twice(self) -> None:
        self.write(create(SERIES), create(session(1)))
        before = self.calendar().observe(None)
        again = self.calendar().observe(before.cursor)
        assert again.seen == ()
        assert again.cursor
        self.write(create(session(2)))
        after = self.calendar().observe(again.cursor)
        assert session(2).key in {one.key for one in after.seen}

    # changing

    def test_only_the_named_fields_are_changed(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_retitles(SERIES.key, instance(1), "Ours, and cake")
        news = replace(session(1), summary="news", description="news")
        self.write(change(news, "description"))
        seen = self.seen()[session(1).key]
        assert seen.title == "Ours, and cake"
        assert seen.shown["description"] == fingerprint(news.content)["description"]
        assert seen.mark == mark(news)

    def test_a_series_is_changed_in_the_named_fields(self) -> None:
        self.write(create(SERIES), create(session(1)))
        news = replace(SERIES, minutes=60, summary="Lunch and learn", description="news")
        self.write(change(news, "minutes", "summary"))
        seen = self.seen()
        assert shows(seen[SERIES.key], replace(news, description=SERIES.description))
        assert shows(seen[session(1).key], session(1))

    def test_a_change_without_fields_sets_the_mark_only(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_retitles(SERIES.key, instance(1), "Ours")
        self.write(change(replace(session(1), summary="news")))
        seen = self.seen()[session(1).key]
        assert seen.title == "Ours"
        assert seen.mark == mark(replace(session(1), summary="news"))

    def test_a_session_is_called_off_and_on_again(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.write(change(replace(session(1), cancelled=True), "cancelled"))
        assert self.seen()[session(1).key].cancelled
        self.write(change(session(1), *session(1).content))
        seen = self.seen()[session(1).key]
        assert not seen.cancelled
        assert shows(seen, session(1))
        assert set(seen.guests) == {ADA, BOB}

    def test_a_series_that_ends_loses_what_comes_after(self) -> None:
        self.write(create(SERIES), *(create(session(week)) for week in (1, 2, 3)))
        self.write(create(replace(session(5), cancelled=True)))
        ended = replace(SERIES, until=instance(2) - timedelta(days=1))
        self.write(change(ended, "until"))
        seen = self.seen()
        assert seen.keys() == {SERIES.key, session(1).key}
        assert shows(seen[SERIES.key], ended)

    def test_a_series_that_ends_before_it_began_goes(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_adds("Dentist")
        ended = change(replace(SERIES, until=FIRST - timedelta(days=1)), "until")
        (written,) = self.write(ended)
        assert written.observed is None
        assert self.seen() == {}
        assert self.titles() == ["Dentist"]
        self.write(ended)

    # somebody was faster

    def test_a_write_that_names_an_outdated_version_is_not_done_and_the_others_are(self) -> None:
        self.write(create(SERIES), create(session(1)), create(session(2)))
        versions = {key: one.version for key, one in self.seen().items()}
        self.person_retitles(SERIES.key, instance(1), "Ours")
        news = [
            change(replace(session(week), summary="news"), "summary", version=versions[session(week).key])
            for week in (1, 2)
        ]
        refused, done = self.calendar().write(news)
        assert refused.error
        assert refused.observed is None
        assert done.error == ""
        seen = self.seen()
        assert (seen[session(1).key].title, seen[session(2).key].title) == ("Ours", "news")

    def test_the_version_of_a_write_is_good_for_the_next(self) -> None:
        self.write(create(SERIES), create(session(1)))
        version = self.seen()[session(1).key].version
        for title in ("one", "two"):
            news = change(replace(session(1), summary=title), "summary", version=version)
            (written,) = self.write(news)
            assert written.observed
            assert written.observed.title == title
            version = written.observed.version

    def test_what_a_person_deleted_meanwhile_is_not_written(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_deletes(SERIES.key, instance(1))
        (result,) = self.calendar().write([change(replace(session(1), summary="news"), "summary")])
        assert result.error
        assert [one.cancelled for one in self.seen().values() if one.kind is Kind.SESSION] == [True]

    def test_told_of_no_writes_it_shows_what_it_showed(self) -> None:
        self.write(create(SERIES), create(session(1)))
        calendar, before = self.calendar(), self.seen()
        assert calendar.write(()) == ()
        assert self.seen() == before

    # what people do

    def test_an_instance_that_a_person_moved_is_shown(self) -> None:
        self.write(create(SERIES), create(session(1)))
        later = datetime(2027, 3, 11, 17, tzinfo=ZoneInfo(ZONE))
        self.person_moves(SERIES.key, instance(1), later)
        self.person_moves(SERIES.key, instance(4), datetime(2027, 4, 2, 9, tzinfo=ZoneInfo(ZONE)))
        seen = self.seen()
        ours, bare = seen[session(1).key], seen["INSTANCE:platform/lunch-learn/1:2027-04-01T12:15"]
        assert ours.starts_at == later
        assert ours.shown["when"] == fingerprint({"when": (later, 45)})["when"]
        assert ours.mark == mark(session(1))
        assert bare.starts_at == datetime(2027, 4, 2, 9, tzinfo=ZoneInfo(ZONE))
        assert bare.event == SERIES.key
        assert bare.mark is None

    def test_an_instance_that_a_person_deleted_is_shown_as_called_off(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_deletes(SERIES.key, instance(1))
        self.person_deletes(SERIES.key, instance(4))
        off = {one.key: one for one in self.seen().values() if one.kind is Kind.SESSION}
        bare = "INSTANCE:platform/lunch-learn/1:"
        assert off.keys() <= {session(1).key, f"{bare}2027-03-11T12:15", f"{bare}2027-04-01T12:15"}
        assert len(off) == 2
        for one in off.values():
            assert one.cancelled
            assert one.event == SERIES.key
            assert one.shown == fingerprint({"cancelled": True})

    def test_a_series_that_a_person_deleted_is_not_shown(self) -> None:
        self.write(create(SERIES))
        cursor = self.calendar().observe(None).cursor
        self.person_deletes_series(SERIES.key)
        assert self.seen() == {}
        news = self.calendar().observe(cursor)
        assert news.complete or [one.gone for one in news.seen] == [True]

    def test_an_event_of_a_person_is_none_of_ours_and_stays(self) -> None:
        self.write(create(SERIES))
        self.person_adds("Dentist")
        assert self.seen().keys() == {SERIES.key}
        self.write(create(session(1)), change(replace(SERIES, summary="Lunch"), "summary"))
        assert sorted(self.titles()) == ["Dentist", "Lunch", session(1).summary]

    def test_answers_are_shown_and_kept(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_answers(SERIES.key, None, ADA, Answer.ACCEPTED)
        self.person_answers(SERIES.key, instance(1), BOB, Answer.DECLINED)
        self.write(
            change(replace(SERIES, summary="Lunch"), "summary"), change(replace(session(1), summary="x"), "summary")
        )
        seen = self.seen()
        assert seen[SERIES.key].answers[ADA] is Answer.ACCEPTED
        assert seen[session(1).key].answers[BOB] is Answer.DECLINED
        assert seen[SERIES.key].answers.get(BOB, Answer.NONE) is Answer.NONE

    def test_guests_come_and_go_and_those_whom_people_invited_stay(self) -> None:
        self.write(create(SERIES), create(session(1)))
        self.person_invites(SERIES.key, "guest@example.org")
        self.person_answers(SERIES.key, None, ADA, Answer.ACCEPTED)
        news = replace(SERIES, guests={ADA: "Ada Lovelace", EVE: "Eve"})
        self.write(change(news, "guests", former=(BOB,)))
        seen = self.seen()
        assert set(seen[SERIES.key].guests) == {ADA, EVE, "guest@example.org"}
        assert seen[SERIES.key].answers[ADA] is Answer.ACCEPTED
        assert {ADA, EVE} <= set(seen[session(1).key].guests)
        assert BOB not in seen[session(1).key].guests
