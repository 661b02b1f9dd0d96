"""A series on its way, first made or found, then told which sessions are called off, at last changed; its instances.

A series is made under ids that we choose, one generation after another, for Google never gives the id of a deleted
event away again: one that a person deleted and the lead wants back has the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, count

from daemon.model import Mark, SeriesEvent, SessionEvent, Write, Written, fingerprint, on_the_wall
from daemon.model.names import SPLIT, split_off
from integrations.google_calendar import events, faults
from integrations.google_calendar.client import Call
from integrations.google_calendar.faults import Answer, Json
from integrations.google_calendar.jobs import WHOLE, Job, Place, Told, is_behind, meets
from integrations.google_calendar.marks import (
    NO_MEET,
    Frame,
    first_part,
    instance_id,
    instance_of,
    is_cancelled,
    name_of,
    part_id,
    properties_of,
    series_id,
    series_mark,
    series_properties,
    with_mark,
)


class SeriesJob(Job):
    """A series that is written itself, or has sessions that are; one that nothing depends on is done from the start."""

    def __init__(self, place: Place, key: str, writes: Sequence[Write]) -> None:
        self.key = key
        self._write: Write | None = None
        self._event: SeriesEvent | None = None
        self._sessions: list[tuple[Write, SessionEvent]] = []
        for write in writes:
            if isinstance(write.resource, SeriesEvent):
                self._write, self._event = write, write.resource
            elif isinstance(write.resource, SessionEvent):
                self._sessions.append((write, write.resource))
        self._creates = self._write is not None and self._write.fields is None
        self._fields = (self._write and self._write.fields) or frozenset()
        self._may_exist, self._closes, self._is_new = not self._creates, False, False
        event, raw = self._event or self._sessions[0][1], None if self._creates else place.cache.series(key)
        known = raw["id"] if raw else next((events.id_in(one.version) for one in writes if one.version), "")
        if raw and self._write and is_behind(events.observed_series(raw, key), self._write):
            raw = None  # it is read anew
        self._meet = place.meet
        self._zone, self._ids = event.zone, self._candidates(known, place.calendar)
        super().__init__(place, next(self._ids), event.summary, raw)
        self.is_needed = self._write is not None or any(_needs_series(*session) for session in self._sessions)
        self.done = not self.is_needed

    def _candidates(self, known: str, calendar: str) -> Iterator[str]:
        """Return the ids that it may have, each to be tried where the event of the one before was deleted."""
        if known and not self._creates:
            name = name_of({"id": known})
            return iter([name.series_id if name and name.key == self.key else part_id(first_part(known), self.key)])
        own = (series_id(self.key, calendar, generation) for generation in count())
        if self._creates or not split_off(self.key):
            return own
        return chain([part_id(series_id(self.key.partition(SPLIT)[0], calendar), self.key)], own)

    # made or found

    def call(self) -> Call | None:
        """Return what to ask for next: for the series to be made, or as for any event."""
        if self.raw or self._may_exist or not self._write or not self._event:
            return super().call()
        body = self._marked(events.new_series(self._event, self.event_id, self._meet), self._write.mark)
        self._may_exist = True
        return self.place.call("insert", body=body, sendUpdates="all", **WHOLE)

    def take(self, call: Call, answer: Answer) -> None:
        """Go on from an answer."""
        if call.method == "insert" and answer.refuses_meet and self._meet:
            self._meet = self._may_exist = False  # it is made without
        elif call.method == "insert" and answer.missing:
            raise faults.of_calendar(answer, self.place.calendar, self.place.account.name)
        elif call.method == "insert" and answer.done:
            self._is_new = True
            super().take(call, answer)
        elif call.method == "get" and answer.done:
            self._found(answer.body)
        elif call.method == "get" and answer.missing and self._creates:
            self._may_exist = False
        else:
            super().take(call, answer)

    def _found(self, raw: Json) -> None:
        if is_cancelled(raw):
            self.event_id, self._may_exist = next(self._ids, ""), not self._creates
            self.error, self.tries, self.done = "", 0, not self.event_id
        elif self._creates and not series_mark(raw, self.key):
            self.settle(f"“{self.title}” cannot be made: its id in the calendar is taken by an event that is not ours.")
        else:
            self.know(raw)

    # what becomes of it

    def close(self, instances: Iterable[Job]) -> None:
        """Go on to its own change; but it says that it has ended, or who has joined, only when its instances do."""
        if self._write and self.raw and not self._creates and not self.error:
            self.error, self.outrun = next(((job.error, job.outrun) for job in instances if job.error), ("", False))
            self.done, self._closes, self.tries = bool(self.error), True, 0

    def change(self, raw: Json) -> Json | None:
        """Return it with the marks of the sessions called off, which it has before those are; or as it is to be."""
        if self._closes:
            return self._changed(raw)
        if not self._sessions or self._off() == self.frame.off:
            return raw
        return self._marked(raw, series_mark(raw, self.key) or Mark(self.key, {}))

    def _changed(self, raw: Json) -> Json | None:
        assert self._write
        if self._goes:
            return None
        self.expect(meets(self._write, events.observed_series(raw, self.key)))
        body = events.changed_series(raw, self._write, events.read_series(raw, self.key))
        return self._marked(self.with_guests(body), self._write.mark, "" if self._ends else self._zone)

    def _marked(self, body: Json, mark: Mark, zone: str = "") -> Json:
        refused = NO_MEET in properties_of(body) or (self.place.meet and not self._meet)
        more = series_properties(zone or self.frame.zone, self._off(), self.place.now)
        return with_mark(body, mark, {**more, NO_MEET: "refused"} if refused else more)

    def _off(self) -> Mapping[datetime, Mark]:
        """Return the marks of the sessions called off, as they are after this run."""
        off = dict(self.frame.off)
        for write, event in self._sessions:
            if event.cancelled:
                off[self.instance(write, event)] = write.mark
            elif "cancelled" in (write.fields or ()):
                off.pop(self.instance(write, event), None)
        return {at: mark for at, mark in off.items() if not self.is_past_the_end(at)}

    def written(self) -> Written:
        """Return how its own write went."""
        assert self._event
        if self.raw and not self.error and not is_cancelled(self.raw):
            return Written(self.key, events.observed_series(self.raw, self.key))
        missing = "" if self.raw or self._event.until else faults.of_event(Answer(404), self.title)
        return Written(self.key, error=self.error or missing, outrun=self.outrun or bool(missing and not self.error))

    # what its instances have from it

    @property
    def frame(self) -> Frame:
        """What the series says of its instances, as it is now."""
        return events.frame_of(self.raw, self.key) if self.raw else Frame(self.key, self._zone)

    @property
    def touches_others(self) -> bool:
        """Whether its own change is one of instances that are not written, too."""
        return self.raw is not None and not self._goes and (self._ends is not None or "guests" in self._fields)

    def is_past_the_end(self, instance: datetime) -> bool:
        """Whether an instance is to go because the series ends."""
        return self._ends is not None and instance > on_the_wall(self._ends, self.frame.zone)

    def with_guests(self, raw: Json) -> Json:
        """Return an event with the guests whom the series gets, and without those who leave it."""
        if not self.raw or not self._write or not self._event or "guests" not in self._fields:
            return raw
        return events.with_guests(raw, events.missing(self.raw, self._event.guests), self._write.former)

    def untouched(self, event_id: str, instance: datetime) -> Json | None:
        """Return an instance of a series that was made a moment ago, as nobody can have changed it yet.

        It has the ETag of its series as long as that is so; how it has a link to a meeting only Google can tell.
        """
        if not self._is_new or not self.raw or "conferenceData" in self.raw:
            return None
        its = {"id": event_id, "recurringEventId": self.event_id, "etag": self.raw.get("etag", "")}
        return events.restored(its, self.raw, self.key, instance)

    def instance(self, write: Write, event: SessionEvent) -> datetime:
        """Return the original start, in UTC, of the instance that a write is about."""
        known = instance_of({"id": events.id_in(write.version)})
        return known or on_the_wall(event.recurrence_id, self.frame.zone).astimezone(UTC)

    @property
    def _ends(self) -> datetime | None:
        """The wall time after which it is to have no instance."""
        return self._event.until if self._event and "until" in self._fields else None

    @property
    def _goes(self) -> bool:
        """Whether it ends before it began, so that nothing of it stays."""
        try:
            return bool(self.raw and self._ends and self._ends < events.read_series(self.raw, self.key).starts)
        except events.Conflict:
            return False


class SessionJob(Job):
    """A session that is written; its series has been made or found before, where that is needed."""

    def __init__(self, series: SeriesJob, write: Write) -> None:
        event = write.resource
        assert isinstance(event, SessionEvent)
        self.series, self._write, self._event, self.instance = series, write, event, series.instance(write, event)
        event_id = events.id_in(write.version) or instance_id(series.event_id, self.instance)
        super().__init__(series.place, event_id, event.summary, self._remembered(event_id))
        if series.is_needed and (series.error or not series.raw):
            why = f"The series of “{event.summary}” is not in the calendar, so this date of it cannot be written."
            self.settle(series.error or why, series.outrun)

    def _remembered(self, event_id: str) -> Json | None:
        """Return the instance as far as it is certain enough to go on from."""
        if self._write.fields is None:
            return self.series.untouched(event_id, self.instance)
        raw = self.series.place.cache.event(event_id)
        is_of_use = raw and not is_behind(events.observed_session(raw, self.series.frame), self._write)
        return raw if is_of_use else None

    def take(self, call: Call, answer: Answer) -> None:
        """Go on from an answer."""
        if call.method == "update" and answer.missing and self._write.fields is None:
            self.settle(faults.no_such_date(self.title, self._event.recurrence_id))
        else:
            super().take(call, answer)

    def change(self, raw: Json) -> Json:
        """Return what the write makes of the instance."""
        write, event, frame = self._write, self._event, self.series.frame
        seen = events.observed_session(raw, frame)
        made_before = write.fields is None and seen.key == event.key
        if seen.cancelled == event.cancelled and (seen.cancelled or made_before):
            return raw  # the mark of one that is called off goes to the series
        self.expect(meets(write, seen))
        if write.fields is None:
            self.expect(not seen.cancelled and self._is_untouched(raw))
        if seen.cancelled:
            self.expect("cancelled" in (write.fields or ()))
            raw = self._restored(raw)
        body = events.changed_session(raw, write, events.read_session(raw, event.key, frame))
        return self.series.with_guests(with_mark(body, write.mark, {}))

    def _is_untouched(self, raw: Json) -> bool:
        """Whether an instance is as its series has it: no session is made over what a person did."""
        both = (raw, self._restored({"id": raw["id"]}))
        there, plain = (events.read_session(one, self._event.key, self.series.frame).content for one in both)
        return fingerprint(there) == fingerprint(plain)

    def _restored(self, raw: Json) -> Json:
        assert self.series.raw
        return events.restored(raw, self.series.raw, self.series.key, self.instance)

    def written(self) -> Written:
        """Return how it went."""
        event = self._event
        if self.raw and not self.error:
            return Written(event.key, events.observed_session(self.raw, self.series.frame))
        new, gone = self._write.fields is None, faults.of_event(Answer(404), self.title)
        missing = faults.no_such_date(self.title, event.recurrence_id) if new else gone
        return Written(event.key, error=self.error or missing, outrun=self.outrun or not (self.error or new))


class FollowingJob(Job):
    """Another instance that differs from its series, and follows what becomes of that."""

    def __init__(self, series: SeriesJob, raw: Json) -> None:
        self.series = series
        super().__init__(series.place, raw["id"], raw.get("summary", ""), raw)

    def change(self, raw: Json) -> Json:
        """Return it called off where the series ends before it, else with the guests that those still to come get."""
        instance = instance_of(raw)
        if is_cancelled(raw) or instance is None:
            return raw
        if self.series.is_past_the_end(instance):
            return {**raw, "status": "cancelled"}
        return self.series.with_guests(raw) if events.starts_at(raw, instance) > self.place.now else raw

    def told(self, before: Json, after: Json | None) -> Told:
        """Let nobody with a calendar at Google be written of each date of a series that ends: its end is told."""
        return "externalOnly" if after is None or is_cancelled(after) else super().told(before, after)


def _needs_series(write: Write, event: SessionEvent) -> bool:
    """Whether a session can only be written by what its series says."""
    return write.fields is None or event.cancelled or "cancelled" in write.fields or not write.version
