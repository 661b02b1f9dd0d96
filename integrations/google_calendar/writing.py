"""How a run of writes, series and their sessions, is carried out in few round trips and without doing anything twice.

First the series are made or found, all in one batch, and told which sessions are called off; then the instances to be
changed are read, again in one batch; then those are written, and last the series themselves: one that shows its end or
its new guest has nothing left to do.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from daemon.model import SeriesEvent, SessionEvent, Write, Written, on_the_wall
from integrations.google_calendar import events, faults
from integrations.google_calendar.client import Call
from integrations.google_calendar.faults import Answer, Json
from integrations.google_calendar.jobs import Job, Place, carry_out
from integrations.google_calendar.marks import Frame, instance_id, is_cancelled, name_of
from integrations.google_calendar.opening import Opening, open_all
from integrations.google_calendar.work import Work, id_in, title_of


class Writing:
    """One run of writes: none of its sessions comes before its series."""

    def __init__(self, place: Place, writes: Sequence[Write]) -> None:
        self._place, self._writes = place, writes
        self._works: dict[str, Work] = {}
        for write in writes:
            event = write.resource
            if isinstance(event, SeriesEvent):
                self._work(event.key).change = write
            elif isinstance(event, SessionEvent):
                self._work(event.event).sessions.append(write)

    def _work(self, key: str) -> Work:
        return self._works.setdefault(key, Work(self._place, key))

    def results(self) -> list[Written]:
        """Carry it out, and answer for each write how it went.

        Raises:
            Refused, Unavailable: the connection as a whole does not work; some may have been written.
        """
        works = list(self._works.values())
        self._open(works)
        for work in works:
            work.jobs = [self._for_session(work, write) for write in work.sessions]
        self._mark(works)
        self._read(works)
        jobs = [job for work in works for job in (*work.jobs, *self._for_others(work))]
        carry_out(self._place, jobs)
        self._hold_back(works, jobs)
        carry_out(self._place, [job for work in works if (job := self._for_series(work))])
        return [self._written(write) for write in self._writes]

    def _open(self, works: Sequence[Work]) -> None:
        """Make or find the series."""
        for work in works:
            work.opening = self._opening(work) if work.needs_series else None
        open_all(self._place.account, self._place.calendar, [work.opening for work in works if work.opening])
        self._place.shelf.keep(work.master for work in works if work.master)
        for work in works:
            work.is_open()

    def _opening(self, work: Work) -> Opening:
        if work.change and work.change.fields is None:
            return Opening(work.key, work.new_series, title_of(work.change))
        writes = [*([work.change] if work.change else []), *work.sessions]
        known = next((id_in(write.version) for write in writes if write.version), "").partition("_")[0]
        return Opening(work.key, None, title_of(writes[0]), known, self._place.shelf.series(work.key))

    def _mark(self, works: Sequence[Work]) -> None:
        """Let the series have the marks of the sessions that are about to be called off."""
        jobs = [
            (work.opening, Job(work.opening.master["id"], work.key, work.marked, _quietly, work.opening.master))
            for work in works
            if work.opening and work.opening.master and work.sessions
        ]
        carry_out(self._place, [job for _, job in jobs])
        for opening, job in jobs:
            opening.master = job.raw or opening.master

    def _read(self, works: Sequence[Work]) -> None:
        """Read the instances that are not known, many of a series in one call; and, where a series ends or its guests
        change, those that differ from it.
        """
        ending = [work for work in works if not work.goes and (work.ends or work.newcomers or work.former)]
        writing = [jobs for work in works if len(jobs := [job for job in work.jobs if _unread(job)]) > 1]
        calls = [*map(self._differing, ending), *map(self._instances, writing)]
        answers = self._place.account.pages(calls)
        for work, (items, last) in zip(ending, answers, strict=False):
            if not last.done:
                raise faults.of_calendar(last, self._place.calendar, self._place.account.name)
            own = (work.master or {}).get("id")
            work.others = [raw for raw in items if raw.get("recurringEventId") == own and not is_cancelled(raw)]
        for jobs, (items, _) in zip(writing, answers[len(ending) :], strict=True):
            found = dict(_by_id(items))
            for job in jobs:
                job.raw = found.get(job.event_id)

    def _differing(self, work: Work) -> Call:
        uid = (work.master or {}).get("iCalUID", "")
        return Call("list", {"calendarId": self._place.calendar, "iCalUID": uid, "maxResults": 2500})

    def _instances(self, jobs: Sequence[Job]) -> Call:
        starts = [name.instance for job in jobs if (name := name_of({"id": job.event_id})) and name.instance]
        first, last = min(starts) - timedelta(days=1), max(starts) + timedelta(days=1)
        series, span = jobs[0].event_id.partition("_")[0], {"timeMin": first.isoformat(), "timeMax": last.isoformat()}
        return Call("instances", self._place.event(series, showDeleted=True, maxResults=2500, **span))

    def _for_session(self, work: Work, write: Write) -> Job:
        event, event_id = write.resource, id_in(write.version)
        assert isinstance(event, SessionEvent)
        if work.opening and not work.master:
            why = f"The series of “{event.summary}” is not in the calendar, so this date of it cannot be written."
            return Job("", event.summary, dict, _quietly, done=True, error=work.opening.error or why)
        if work.master and not event_id:
            event_id = instance_id(
                work.master["id"], work.instance(write, work.frame.zone if work.frame else event.zone)
            )
        known = None if write.fields is None else self._place.shelf.event(event_id)
        absent = faults.no_such_date(event.summary, event.recurrence_id) if write.fields is None else ""
        return Job(event_id, event.summary, lambda raw: work.session(write, raw), _is_news, known, absent)

    def _for_others(self, work: Work) -> Iterator[Job]:
        """What follows from a change of the series for the instances that are not written anyway."""
        written, frame = {job.event_id for job in work.jobs}, work.frame
        for raw in work.others:
            name, title = name_of(raw), raw.get("summary", "")
            if raw["id"] in written or not frame or not name or not name.instance:
                continue
            if work.ends and name.instance > on_the_wall(work.ends, frame.zone):
                yield Job(raw["id"], title, _called_off, _is_news, raw)
            elif events.starts_at(raw, name.instance) > self._place.now:
                yield Job(raw["id"], title, work.invited, _quietly, raw)

    def _hold_back(self, works: Iterable[Work], jobs: Iterable[Job]) -> None:
        """Let a series say that it has ended, or who has joined, only when its instances do that are there."""
        failed = {job.event_id.partition("_")[0]: job.error for job in jobs if job.error not in ("", job.absent)}
        for work in works:
            if work.opening and work.master and work.master["id"] in failed:
                work.opening.error = failed[work.master["id"]]

    def _for_series(self, work: Work) -> Job | None:
        master = work.master
        if not work.opening or not master or work.opening.error or not work.change or work.change.fields is None:
            return None
        tells = bool(work.ends or work.newcomers or work.former)
        work.job = Job(master["id"], master.get("summary", ""), work.series, lambda _before, _after: tells, master)
        return work.job

    def _written(self, write: Write) -> Written:
        event = write.resource
        if isinstance(event, SeriesEvent):
            return self._series_written(self._works[event.key], event)
        if not isinstance(event, SessionEvent):
            return Written(event.key, error=f"“{event.title}” is a page, and this is a calendar.")
        work = self._works[event.event]
        job = next(job for one, job in zip(work.sessions, work.jobs, strict=True) if one is write)
        if job.error or not job.raw:
            return Written(event.key, error=job.error)
        frame = work.frame or Frame(work.key, event.zone)
        return Written(event.key, events.observed_session(job.raw, frame, self._place.spelling))

    def _series_written(self, work: Work, event: SeriesEvent) -> Written:
        assert work.opening
        error = work.opening.error or (work.job.error if work.job else "")
        if not work.opening.master and not error and not event.until:
            error = faults.of_event(Answer(404), event.summary)
        if error or not work.master or is_cancelled(work.master):
            return Written(event.key, error=error)
        return Written(event.key, events.observed_series(work.master, event.key, self._place.spelling))


def _unread(job: Job) -> bool:
    return job.raw is None and not job.done


def _by_id(items: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Yield instances by the ids that they should have, joined on their original starts."""
    for raw in items:
        name = name_of(raw)
        if name and name.instance:
            yield instance_id(name.series_id, name.instance), raw


def _called_off(raw: Json) -> Json:
    return raw if is_cancelled(raw) else {**raw, "status": "cancelled"}


def _quietly(_before: Json, _after: Json | None) -> bool:
    return False


def _is_news(before: Json, after: Json | None) -> bool:
    """Whether guests have to hear of it: it is called off or on again, or starts at another time."""
    if after is None or is_cancelled(before) or is_cancelled(after):
        return True
    return events.starts_at(before) != events.starts_at(after)
