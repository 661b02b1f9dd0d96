"""What a run of writes makes of one series and its instances. It only reckons; nothing here calls anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from daemon.model import Event, Mark, SeriesEvent, SessionEvent, Write, fingerprint, on_the_wall
from integrations.google_calendar import events, faults
from integrations.google_calendar.faults import Answer, Json
from integrations.google_calendar.jobs import CannotBeDone, Job, Place
from integrations.google_calendar.marks import (
    Frame,
    is_cancelled,
    name_of,
    series_mark,
    series_properties,
    with_mark,
)
from integrations.google_calendar.opening import Opening


@dataclass
class Work:
    """What is to be done to one series: ``change`` of itself, and its ``sessions``; and how far it has come.

    ``others`` are its other instances that differ from it, ``newcomers`` the guests it does not have yet.
    """

    place: Place
    key: str
    change: Write | None = None
    sessions: list[Write] = field(default_factory=list)
    opening: Opening | None = None
    others: list[Json] = field(default_factory=list)
    newcomers: Mapping[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    job: Job | None = None

    @property
    def event(self) -> SeriesEvent | None:
        """The series as it is to be, if it is to be changed."""
        return self.change.resource if self.change and isinstance(self.change.resource, SeriesEvent) else None

    @property
    def needs_series(self) -> bool:
        """Whether any of it can only be done by what the series says."""
        return self.change is not None or any(_needs_series(write) for write in self.sessions)

    @property
    def master(self) -> Json | None:
        """The series as it is now, if it is there and was looked for."""
        if self.job:
            return self.job.raw
        return self.opening.master if self.opening else None

    @property
    def frame(self) -> Frame | None:
        """What its instances have from it."""
        return events.frame_of(self.master, self.key) if self.master else None

    @property
    def ends(self) -> datetime | None:
        """The wall time after which the series is to have no instance."""
        return self.event.until if self.event and self._changes("until") else None

    @property
    def goes(self) -> bool:
        """Whether it ends before it began, so that nothing of it stays."""
        try:
            return bool(self.master and self.ends and self.ends < events.read_series(self.master, self.key).starts)
        except events.Unreadable:
            return False

    @property
    def former(self) -> Sequence[str]:
        """The guests to be taken off."""
        return self.change.former if self.change and self._changes("guests") else ()

    def _changes(self, name: str) -> bool:
        return bool(self.change and name in (self.change.fields or ()))

    def is_open(self) -> None:
        """Take note of who is new to a series that was found."""
        if self.master and self.event and self._changes("guests"):
            self.newcomers = events.missing(self.master, self.event.guests)

    def new_series(self, event_id: str) -> Json:
        """Return the series that is to be made, with the marks of the sessions that are called off from the first."""
        assert self.change and self.event
        body = events.new_series(self.event, self.change.mark, event_id, self.place.meet)
        frame = Frame(self.key, self.event.zone)
        return with_mark(body, self.change.mark, self._properties(frame, frame.zone))

    def marked(self, raw: Json) -> Json:
        """Return the series with the marks of the sessions that are about to be called off.

        It has them before those are, so that none is ever called off without one.
        """
        frame = events.frame_of(raw, self.key)
        if is_cancelled(raw) or self._off(frame) == frame.off:
            return raw
        return with_mark(raw, series_mark(raw, self.key) or Mark(self.key, {}), self._properties(frame, frame.zone))

    def series(self, raw: Json) -> Json | None:
        """Return what its own change makes of the series; None deletes it.

        Raises:
            CannotBeDone: a person was faster.
            Unreadable: it is no series of ours any more.
        """
        if is_cancelled(raw) and self.ends:
            return raw
        if is_cancelled(raw) or not self.change:
            raise CannotBeDone(faults.of_event(Answer(410), raw.get("summary", self.key)))
        if self.goes:
            return None
        mark, seen = self.change.mark, events.observed_series(raw, self.key, self.place.spelling)
        if self.change.version and seen.version != self.change.version and seen.mark != mark:
            raise CannotBeDone(faults.outrun(title_of(self.change)))
        body = events.changed_series(raw, self.change, events.read_series(raw, self.key))
        body = events.with_guests(body, self.newcomers, self.former)
        frame = events.frame_of(raw, self.key)
        zone = self.event.zone if self.event and not self.ends else frame.zone
        return with_mark(body, mark, self._properties(frame, zone))

    def _properties(self, frame: Frame, zone: str) -> dict[str, str]:
        return series_properties(zone, self._off(frame), self.place.now)

    def _off(self, frame: Frame) -> dict[datetime, Mark]:
        """Return the marks of the sessions called off, as they are after this run."""
        off = dict(frame.off)
        for write in self.sessions:
            event, instance = write.resource, self.instance(write, frame.zone)
            if isinstance(event, SessionEvent) and event.cancelled:
                off[instance] = write.mark
            elif "cancelled" in (write.fields or ()):
                off.pop(instance, None)
        last = on_the_wall(self.ends, frame.zone) if self.ends else None
        return {at: mark for at, mark in off.items() if last is None or at <= last}

    def instance(self, write: Write, zone: str) -> datetime:
        """Return the original start, in UTC, of the instance that a write is about."""
        event, name = write.resource, name_of({"id": id_in(write.version)})
        assert isinstance(event, SessionEvent)
        return (name.instance if name else None) or on_the_wall(event.recurrence_id, zone).astimezone(UTC)

    def session(self, write: Write, raw: Json) -> Json:
        """Return what a write makes of an instance.

        Raises:
            CannotBeDone: a person was faster.
            Unreadable: it cannot be a session any more.
        """
        event = write.resource
        assert isinstance(event, SessionEvent)
        if event.cancelled and is_cancelled(raw):
            return raw  # its mark goes to the series
        frame = self.frame or Frame(self.key, event.zone)
        seen = events.observed_session(raw, frame, self.place.spelling)
        ours = seen.mark is not None and seen.mark.key == write.mark.key
        if write.fields is None and ours and not event.cancelled and not seen.cancelled:
            return raw
        if write.fields is None and not self._is_untouched(raw, event.key, frame):
            raise CannotBeDone(faults.outrun(event.summary))
        if write.version and seen.version != write.version and seen.mark != write.mark:
            raise CannotBeDone(faults.outrun(event.summary))
        if is_cancelled(raw):
            raw = self._brought_back(write, raw)
        body = events.changed_session(raw, write, events.read_session(raw, event.key, frame))
        return events.with_guests(with_mark(body, write.mark, {}), self.newcomers, self.former)

    def _is_untouched(self, raw: Json, key: str, frame: Frame) -> bool:
        """Whether an instance is as the series has it: a session may not be made over what a person did."""
        name = name_of(raw)
        if not self.master or not name or not name.instance or is_cancelled(raw):
            return False
        plain = events.plain_session(events.read_series(self.master, self.key), key, name.instance)
        return fingerprint(plain.content) == fingerprint(events.read_session(raw, key, frame).content)

    def _brought_back(self, write: Write, raw: Json) -> Json:
        name = name_of(raw)
        if "cancelled" not in (write.fields or ()) or not self.master or not name or not name.instance:
            raise CannotBeDone(faults.outrun(title_of(write)))
        return events.brought_back(raw, self.master, events.read_series(self.master, self.key), name.instance)

    def invited(self, raw: Json) -> Json:
        """Return an instance with the guests that the series gets, and without those who leave it."""
        return raw if is_cancelled(raw) else events.with_guests(raw, self.newcomers, self.former)


def id_in(version: str) -> str:
    """Return the id of the event that a version is one of."""
    return version.partition(" ")[2]


def title_of(write: Write) -> str:
    """Return what people call it."""
    event = write.resource
    return event.summary if isinstance(event, Event) else event.title


def _needs_series(write: Write) -> bool:
    """Whether a session can only be written by what its series says."""
    event, fields = write.resource, write.fields
    called_off = isinstance(event, SessionEvent) and event.cancelled
    return fields is None or called_off or "cancelled" in fields or not write.version
