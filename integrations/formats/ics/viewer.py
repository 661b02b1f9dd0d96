"""What a calendar file shows of ours, as observations."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from daemon.model import Answer, Event, Kind, Mark, Observed, SeriesEvent, SessionEvent
from daemon.model.names import instance_key
from daemon.model.resources import shown_by
from daemon.model.words import quoted
from integrations.formats.ics.content_lines import Malformed
from integrations.formats.ics.recurring import Override, Recurring
from integrations.formats.ics.vevent import Vevent
from integrations.formats.kept import Kept


@dataclass(frozen=True, slots=True)
class Viewer:
    """Looks at one recurring event; ``url`` is where a person finds the file."""

    recurring: Recurring
    url: str

    def observe(self) -> Iterator[Observed]:
        """Return the series, and each instance that differs from it."""
        masters = [self._of_master(master) for master in self.recurring.masters]
        yield from masters
        readable = bool(masters) and bool(masters[0].shown)
        excepted = set(self.recurring.excepted if readable else [])
        marks = self.recurring.cancelled_marks if readable else {}
        keys = self._override_keys(marks)
        for override in self.recurring.overrides:
            yield self._once(override, keys[override.instance], override.instance in excepted)
        for instance in sorted({*excepted, *marks} - keys.keys()):
            yield self._without_override(instance, marks.get(instance), instance in excepted)

    def _of_master(self, master: Vevent) -> Observed:
        bare = Observed(self.recurring.key, Kind.SERIES, {}, master.mark, self.url)
        seen = self._filled(bare, master, lambda: self._series_event(master))
        trouble = self._trouble(master) if seen.shown else ""
        return replace(seen, trouble=f"{quoted(seen.title)} in {self.url} {trouble}") if trouble else seen

    def _trouble(self, master: Vevent) -> str:
        """Return why a series that can be read is left alone, as it goes on after its name; nothing where it is not."""
        if master.is_all_day:
            return "was made an all-day event; give it back its time of day."
        if zone := self.recurring.lost_zone:
            return f"was put into another time zone than {zone}, in which its dates are counted; give it back that one."
        if parted := self.recurring.parted:
            return (
                f"has the UID {quoted(master.uid)}, and dates of it have {quoted(parted)}, so that programs take them "
                "for other events. Give all of them one UID; until then peerloop leaves them alone."
            )
        return ""

    def _once(self, override: Override, key: str, excepted: bool) -> Observed:
        """Return what an override shows, as it was seen before where it says the same in the same series."""
        vevent, series = override.vevent, self.recurring
        place = (self.url, series.key, series.start.zone, vevent.zones.told, override.instance, key, excepted)
        return _SEEN.of((vevent.component.text, *place), lambda: self._of_override(override, key, excepted))

    def _of_override(self, override: Override, key: str, excepted: bool) -> Observed:
        vevent = override.vevent
        mark = self.recurring.mark_of(vevent)
        bare = Observed(key, Kind.SESSION, {}, mark, self.url, event=self.recurring.key, instance=override.instance)
        seen = self._filled(bare, vevent, lambda: self._session_event(override, key, excepted))
        if seen.shown and vevent.changes_all_following:
            trouble = (
                f"{quoted(seen.title)} in {self.url} was changed for {override.instance:%Y-%m-%d} and all dates after "
                "it at once. Take that back, and change single dates there, or the series in the YAML."
            )
            return replace(seen, trouble=trouble)
        return seen

    def _without_override(self, instance: datetime, mark: Mark | None, cancelled: bool) -> Observed:
        """An instance that is called off, or that we called off and a person put back."""
        key = mark.key if mark else instance_key(self.recurring.key, instance)
        event = replace(self.recurring.plain_event(key, instance), cancelled=cancelled)
        bare = Observed(key, Kind.SESSION, {}, mark, self.url, event=self.recurring.key, instance=instance)
        return _shown(replace(bare, cancelled=cancelled), event, event.starts_at, {})

    def _series_event(self, master: Vevent) -> SeriesEvent:
        master.exceptions(self.recurring.start)  # to tell here where one cannot be read
        return self.recurring.series_event(master)

    def _session_event(self, override: Override, key: str, excepted: bool) -> SessionEvent:
        if override.instance is None:
            raise Malformed("its RECURRENCE-ID is no date")
        event = self.recurring.session_event(override.vevent, key, override.instance)
        return replace(event, cancelled=event.cancelled or excepted)

    def _filled(self, bare: Observed, vevent: Vevent, read: Callable[[], Event]) -> Observed:
        """Complete an observation by what an event says, or by why that cannot be read."""
        try:
            event = read()
            starts_at = vevent.moment("DTSTART", self.recurring.start.zone).at
            cancelled = event.cancelled if isinstance(event, SessionEvent) else vevent.is_cancelled
            return _shown(replace(bare, cancelled=cancelled), event, starts_at, vevent.answers())
        except Malformed as fault:
            advice = "Mend that line, or take the event away."
            return replace(bare, trouble=f"An event of ours in {self.url} cannot be read: {fault}. {advice}")

    def _override_keys(self, marks: Mapping[datetime, Mark]) -> dict[datetime | None, str]:
        """The key of each instance that has an override: by its mark, or the one that its cancellation left."""
        keys: dict[datetime | None, str] = {}
        for override in self.recurring.overrides:
            instance = override.instance
            mark = self.recurring.mark_of(override.vevent) or (marks.get(instance) if instance else None)
            if mark or instance not in keys:
                keys[instance] = mark.key if mark else instance_key(self.recurring.key, instance)
        return keys


_SEEN = Kept[Observed](most=1200)
"""The overrides that were seen last, most of which are of sessions gone by."""


def _shown(bare: Observed, event: Event, starts_at: datetime, answers: Mapping[str, Answer]) -> Observed:
    """The version is one of what is shown, not of the bytes: another program may save all of them in its own way."""
    shown = shown_by(event, bare.mark)
    told = f"{sorted(shown.items())} {bare.mark} {bare.cancelled} {sorted(answers)}"
    return replace(
        bare,
        shown=shown,
        version=hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16],
        title=event.summary,
        starts_at=starts_at,
        minutes=event.minutes,
        until=event.until if isinstance(event, SeriesEvent) else None,
        rrule=event.rrule if isinstance(event, SeriesEvent) else "",
        guests=tuple(sorted(answers)),
        answers=answers,
    )
