"""How events are written in few round trips, and nothing twice.

First the series are made or found, all in one batch, and told which sessions are called off; then the instances to be
changed are read, and written; last the series change themselves: one that shows its end or its new guest has nothing
left to do.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from daemon.model import Event, SeriesEvent, Write, Written
from integrations.google_calendar import faults
from integrations.google_calendar.client import Call
from integrations.google_calendar.faults import Json
from integrations.google_calendar.jobs import Place, carry_out
from integrations.google_calendar.series import FollowingJob, SeriesJob, SessionJob


def write_all(place: Place, writes: Sequence[Write]) -> list[Written]:
    """Carry out writes, and answer for each how it went.

    Raises:
        Refused, Unavailable: the connection as a whole does not work; some may have been written.
    """
    return [written for run in _runs(writes) for written in _write(place, run)]


def _runs(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Yield the writes in runs of series with the sessions that follow them: no session may precede its series."""
    run: list[Write] = []
    for write in writes:
        if run and _is_of_series(write) and not _is_of_series(run[-1]):
            yield run
            run = []
        run.append(write)
    yield run


def _write(place: Place, writes: Sequence[Write]) -> list[Written]:
    by_key: dict[str, list[Write]] = {}
    for write in writes:
        by_key.setdefault(_series_of(write), []).append(write)
    series = {key: SeriesJob(place, key, its) for key, its in by_key.items()}
    carry_out(place, series.values())
    jobs = [_job(series[_series_of(write)], write) for write in writes]
    sessions = [job for job in jobs if isinstance(job, SessionJob)]
    instances: list[SessionJob | FollowingJob] = [*sessions, *_read(place, series.values(), sessions)]
    carry_out(place, instances)
    for one in series.values():
        one.close(job for job in instances if job.series is one)
    carry_out(place, series.values())
    return [job.written() for job in jobs]


def _is_of_series(write: Write) -> bool:
    return isinstance(write.resource, SeriesEvent)


def _series_of(write: Write) -> str:
    event = write.resource
    assert isinstance(event, Event)
    return event.key if isinstance(event, SeriesEvent) else event.event


def _job(series: SeriesJob, write: Write) -> SeriesJob | SessionJob:
    return series if _is_of_series(write) else SessionJob(series, write)


def _read(place: Place, series: Collection[SeriesJob], sessions: Sequence[SessionJob]) -> Iterator[FollowingJob]:
    """Read the sessions that are not known, many of a series in one call; yield what else follows its series."""
    changing = [one for one in series if one.touches_others]
    due = [[job for job in sessions if job.series is one and not job.raw and not job.done] for one in series]
    unread = [jobs for jobs in due if len(jobs) > 1]
    listings = place.account.pages([*map(_differing, changing), *map(_instances, unread)])
    for jobs, (items, _) in zip(unread, listings[len(changing) :], strict=True):
        found = {raw["id"]: raw for raw in items}
        for job in jobs:
            job.raw = found.get(job.event_id)
    written = {job.event_id for job in sessions}
    for one, (items, last) in zip(changing, listings, strict=False):
        if not last.done:
            raise faults.of_calendar(last, place.calendar, place.account.name)
        others = [raw for raw in items if raw.get("recurringEventId") == one.event_id and raw["id"] not in written]
        yield from (FollowingJob(one, raw) for raw in others)


def _differing(series: SeriesJob) -> Call:
    """Return the call for a series and those of its instances that differ from it."""
    assert series.raw
    return series.place.call("list", iCalUID=series.raw.get("iCalUID", ""), maxResults=2500)


def _instances(jobs: Sequence[SessionJob]) -> Call:
    """Return the call for all instances of a series from the first to the last of some, called off or not."""
    starts = [job.instance for job in jobs]
    first, last = min(starts) - timedelta(days=1), max(starts) + timedelta(days=1)
    span: Json = {"timeMin": first.isoformat(), "timeMax": last.isoformat(), "showDeleted": True, "maxResults": 2500}
    return jobs[0].place.call("instances", eventId=jobs[0].series.event_id, **span)
