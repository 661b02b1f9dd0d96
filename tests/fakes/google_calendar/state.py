"""One calendar's events: series, their exceptions, single events; each as it is kept, not as it is shown."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.fakes.google_calendar import recurrence, times
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.times import Moment


@dataclass
class Kept:
    """An event as it is kept; ``erased`` marks an exception that a changed series has swallowed."""

    body: Json
    version: int
    erased: bool = False

    @property
    def cancelled(self) -> bool:
        """Whether it has been deleted."""
        return bool(self.body["status"] == "cancelled")

    @property
    def is_exception(self) -> bool:
        """Whether it is an instance of a series that differs from it."""
        return "recurringEventId" in self.body

    @property
    def is_series(self) -> bool:
        """Whether it recurs."""
        return "recurrence" in self.body


@dataclass
class CalendarState:
    """A calendar. ``version`` counts its changes: a sync token is one of its values."""

    id: str
    time_zone: str
    writable: bool
    owner: str
    clock: Callable[[], datetime]
    events: dict[str, Kept] = field(default_factory=dict)
    version: int = 0

    def now(self) -> str:
        """Return the time of the clock as a timestamp of the API."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def find(self, event_id: str) -> Kept:
        """Return what an id names: an event, an exception, or an instance that is as its series says.

        Raises:
            ApiError: 404.
        """
        kept = self.events.get(event_id)
        if kept and not kept.erased:
            return kept
        named, _, suffix = event_id.rpartition("_")
        for series in self._parts(named):
            original_start = times.from_suffix(suffix, _zone_of(series.body))
            if original_start is not None and self.has_instance(series.body, original_start):
                return Kept(_instance(series.body, original_start), series.version)
        raise ApiError("notFound")

    def _parts(self, named: str) -> list[Kept]:
        """Return the series whose instances are named so: one and what was split off it; standing ones first."""
        parts = [kept for kept in self.events.values() if kept.is_series and named_after(kept.body["id"]) == named]
        return sorted(parts, key=lambda kept: kept.cancelled)

    def has_instance(self, series: Json, original_start: Moment) -> bool:
        """Say whether a series has an instance that started at ``original_start`` before anybody moved it."""
        return recurrence.occurs(series["recurrence"], times.moment(series["start"]), original_start)

    def save(self, body: Json) -> Kept:
        """Keep an event, as its newest version."""
        self.version += 1
        body.setdefault("created", self.now())
        body["updated"] = self.now()
        kept = self.events[body["id"]] = Kept(body, self.version)
        return kept

    def cancel(self, event_id: str, *, told: bool) -> None:
        """Delete an event or an instance; a series takes its exceptions along, ``told`` as for erase_exceptions.

        Raises:
            ApiError: 404, or 410 where it has been deleted before.
        """
        kept = self.find(event_id)
        if kept.cancelled:
            raise ApiError("deleted")
        self.save({**copy.deepcopy(kept.body), "status": "cancelled"})
        if kept.is_series:
            self.erase_exceptions(event_id, told=told)

    def revive(self, event_id: str, *, whole: bool) -> None:
        """Bring a deleted event back; a series with the exceptions that it took along, if ``whole``."""
        for kept in list(self.events.values()) if whole else []:
            if kept.is_exception and kept.erased and kept.body["recurringEventId"] == event_id:
                kept.erased = False
                self.save(kept.body)
        self.save({**copy.deepcopy(self.find(event_id).body), "status": "confirmed"})

    def erase_exceptions(self, series_id: str, *, told: bool, since: datetime | None = None) -> None:
        """Forget the exceptions of a series, those whose original start is not before ``since``; a listing since an
        earlier token shows them as deleted when ``told``.
        """
        for kept in self.exceptions(series_id):
            if since and self.start_of(kept.body, "originalStartTime") < since:
                continue
            kept.erased = True
            if told:
                self.version += 1
                kept.version = self.version

    def exceptions(self, series_id: str) -> list[Kept]:
        """Return the instances of a series that differ from it, cancelled ones too."""
        return [
            kept
            for kept in self.events.values()
            if kept.is_exception and not kept.erased and kept.body["recurringEventId"] == series_id
        ]

    def instances(self, series_id: str, before: datetime | None = None) -> Iterator[Kept]:
        """Yield a series' instances, cancelled ones too, by their original start; those as the rule says up to some
        1,500, or up to ``before``.
        """
        series = self.events[series_id]
        apart = {kept.body["id"]: kept for kept in self.exceptions(series_id)}
        found = list(apart.values())
        for original_start in recurrence.expand(series.body["recurrence"], times.moment(series.body["start"])):
            if before and times.instant(original_start, self.time_zone) >= before:
                break
            if f"{named_after(series_id)}_{times.suffix(original_start)}" not in apart:
                found.append(Kept(_instance(series.body, original_start), series.version))
        yield from sorted(found, key=lambda kept: self.start_of(kept.body, "originalStartTime"))

    def start_of(self, body: Json, which: str = "start") -> datetime:
        """Return the instant of an event's start, or of its end or original start."""
        return times.instant(times.moment(body[which]), self.time_zone)


def named_after(series_id: str) -> str:
    """Return what the ids of a series' instances begin with: its own, of one that was split off the first one's."""
    return series_id.partition("_R")[0]


def _zone_of(series: Json) -> str:
    return str(series["start"].get("timeZone", "UTC"))


def _instance(series: Json, original_start: Moment) -> Json:
    """Return an instance as its series says it: with everything of the series, its marks and guests too."""
    body = copy.deepcopy(series)
    del body["recurrence"]
    zone = _zone_of(series)
    start = times.stored(original_start, zone)
    end = times.stored(times.later(original_start, times.duration(series)), series["end"].get("timeZone", zone))
    own_id = f"{named_after(series['id'])}_{times.suffix(original_start)}"
    body |= {
        "id": own_id,
        "recurringEventId": series["id"],
        "originalStartTime": start,
        "start": dict(start),
        "end": end,
    }
    return body
