"""How a write changes a recurring event in a calendar file. What people wrote there stays, but for the fields named."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from daemon.model import Event, Mark, SeriesEvent, SessionEvent, Write, fingerprint
from integrations.formats.ics.content_lines import Component, escaped, plain
from integrations.formats.ics.recurring import CANCELLED, ZONE, Override, Recurring, cancelled_content, uid_of
from integrations.formats.ics.vevent import MARK, Moment, Vevent, moment_stamp, stamp, utc
from integrations.formats.ics.zones import Zones

EVERY_FIELD = frozenset({"when", "until", "minutes", "summary", "description", "cancelled", "guests"})
_NOT_OF_AN_INSTANCE = {"RRULE", "RDATE", "EXDATE", "EXRULE", MARK, CANCELLED, ZONE}


class Outrun(Exception):
    """What a write is about is not what it was when it was planned."""


def new_series(event: SeriesEvent, mark: Mark, now: datetime, end: str) -> Component:
    """Return the master of a series; ``end`` ends its lines."""
    moment = utc(now)
    contents = [f"UID:{uid_of(event.key)}", "STATUS:CONFIRMED", f"DTSTAMP:{moment}", f"CREATED:{moment}"]
    component = Component.made("VEVENT", [*contents, f"LAST-MODIFIED:{moment}", "SEQUENCE:0"], end)
    vevent = Vevent(component, Zones({}))
    zone = ZoneInfo(event.zone)
    component.replace("DTSTART", stamp("DTSTART", event.starts, event.zone))
    vevent.say(ZONE, event.zone)
    _last(vevent, Moment(event.starts, zone).at, event.minutes, zone)
    component.replace("RRULE", _rule(event.rrule, event.until, zone))
    _describe(vevent, event, EVERY_FIELD)
    vevent.invite(event.guests)
    vevent.say_mark(mark)
    return component


def change_series(calendar: Component, recurring: Recurring, write: Write, now: datetime) -> None:
    """Change the named fields of a series where they do not say so already; guests, of its future instances too.

    A series that has ended loses what stands for instances after its end; one without any instance goes altogether.
    """
    master, event, fields = recurring.masters[0], write.resource, write.fields or frozenset()
    assert isinstance(event, SeriesEvent)
    ends = event.until if "until" in fields else None
    if ends and ends < recurring.start.wall:
        _remove(calendar, recurring.vevents)
        return
    with master.revised(now):
        if not master.text(ZONE) and recurring.start.zone_name == event.zone:
            master.say(ZONE, event.zone)
        _change_master(recurring, event, fields)
        if "guests" in fields:
            master.invite(event.guests, write.former)
        if ends:
            _cut_off(calendar, recurring, ends)
        master.say_mark(write.mark)
    if "guests" in fields:
        for override in recurring.overrides:
            if override.vevent.moment("DTSTART", recurring.start.zone).at > now:
                with override.vevent.revised(now):
                    override.vevent.invite(event.guests, write.former)


def _change_master(recurring: Recurring, event: SeriesEvent, fields: frozenset[str]) -> None:
    master = recurring.masters[0]
    shown = recurring.series_event(master)
    due = _due(fields, shown, event)
    if "when" in due:
        master.component.replace("DTSTART", stamp("DTSTART", event.starts, event.zone))
        master.say(ZONE, event.zone)
    start = master.moment("DTSTART", recurring.start.zone)
    if due & {"when", "until"}:
        rule = event.rrule if "when" in due else shown.rrule
        until = event.until if "until" in due else shown.until
        master.component.replace("RRULE", _rule(rule, until, start.zone))
    if due & {"when", "minutes"}:
        _last(master, start.at, event.minutes if "minutes" in due else shown.minutes, start.zone)
    _describe(master, event, due)


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A write to one instance of a series."""

    calendar: Component
    recurring: Recurring
    write: Write
    event: SessionEvent
    now: datetime

    def apply(self) -> None:
        """Bring the instance about as the write says, as far as it names the fields.

        Raises:
            Outrun: a person took the instance out or put it in meanwhile.
        """
        override = self.recurring.override(self.event.recurrence_id)
        excepted = self.event.recurrence_id in self.recurring.excepted
        if self.write.fields is None and (override or excepted) and not self._is_of_another(override):
            self._expect_done(override, excepted)
        elif self.event.cancelled:
            self._call_off(override, excepted)
        elif excepted:
            self._call_on(override)
        elif override:
            self._change(override)
        else:
            self._expect_known()
            self._add(self.write.fields or EVERY_FIELD)

    def _mark(self, override: Vevent | None) -> Mark | None:
        kept = self.recurring.cancelled_marks.get(self.event.recurrence_id)
        return self.recurring.mark_of(override) if override else kept

    def _is_of_another(self, override: Vevent | None) -> bool:
        """Whether the instance stood for another session of ours, which has been given up for this one."""
        mark = self._mark(override)
        return mark is not None and mark.key != self.write.mark.key

    def _expect_done(self, override: Vevent | None, excepted: bool) -> None:
        """A create that finds the instance differing already may only find its own work."""
        mark = self._mark(override)
        if not mark or mark.key != self.write.mark.key or excepted != self.event.cancelled:
            raise Outrun

    def _expect_known(self) -> None:
        """A change of something that is not there any more is none."""
        if self.write.fields is not None and self.event.recurrence_id not in self.recurring.cancelled_marks:
            raise Outrun

    def _call_off(self, override: Vevent | None, excepted: bool) -> None:
        if not excepted and not self._may("cancelled"):
            if not override:
                raise Outrun
            with override.revised(self.now):
                override.say_mark(self.write.mark)
            return
        instance = self.event.recurrence_id
        if excepted or not override or self.recurring.having({instance}):
            self._leave_out(instance, excepted)
        if override and self._may("cancelled"):
            self._drop(override)

    def _leave_out(self, instance: datetime, excepted: bool) -> None:
        """Take the instance out of the rule, and keep our mark of it; what the rule does not have needs only to go."""
        master = self.recurring.masters[0]
        with master.revised(self.now):
            if not excepted:
                master.component.add(stamp("EXDATE", instance, master.tzid))
            if self.recurring.cancelled_marks.get(instance) != self.write.mark:
                self.recurring.forget_cancelled({instance})
                master.component.add(cancelled_content(instance, self.write.mark))

    def _call_on(self, override: Vevent | None) -> None:
        if not self._may("cancelled"):
            raise Outrun
        master = self.recurring.masters[0]
        with master.revised(self.now):
            self.recurring.forget_cancelled({self.event.recurrence_id})
            master.readmit({self.event.recurrence_id}, self.recurring.start)
        if override:
            self._drop(override)
        self._add(EVERY_FIELD)

    def _drop(self, override: Vevent) -> None:
        _remove(self.calendar, [override])
        self.recurring.overrides = [there for there in self.recurring.overrides if there.vevent is not override]

    def _may(self, field: str) -> bool:
        return self.write.fields is None or field in self.write.fields

    def _change(self, override: Vevent) -> None:
        shown = self.recurring.session_event(override, self.event.key, self.event.recurrence_id)
        due = _due(EVERY_FIELD if self.write.fields is None else self.write.fields, shown, self.event)
        with override.revised(self.now):
            self._fill(override, due)
            override.say_mark(self.write.mark)

    def _add(self, fields: frozenset[str]) -> None:
        """Make an override of the master as it is, with what people added to it, and change the fields."""
        master, instance = self.recurring.masters[0], self.event.recurrence_id
        with master.revised(self.now):
            self.recurring.forget_cancelled({instance})
        kept = [part for part in master.component.parts if part.name not in _NOT_OF_AN_INSTANCE]
        vevent = Vevent(Component("VEVENT", kept), master.zones)
        # what says which instance it is stands beside what says of which event
        vevent.component.replace("UID", f"UID:{escaped(master.uid)}", stamp("RECURRENCE-ID", instance, master.tzid))
        plain_event = self.recurring.plain_event(self.event.key, instance)
        _time(vevent, plain_event.starts_at, plain_event.minutes, self.recurring.start.zone)
        self._fill(vevent, fields)
        for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
            vevent.component.replace(name, f"{name}:{utc(self.now)}")
        vevent.say_mark(self.write.mark)
        _put_in(self.calendar, self.recurring, Override(vevent, instance))

    def _fill(self, vevent: Vevent, fields: frozenset[str]) -> None:
        if "when" in fields:
            _time(vevent, self.event.starts_at, self.event.minutes, self.recurring.start.zone)
        if "cancelled" in fields:
            vevent.call_on()
        _describe(vevent, self.event, fields)


def _due(fields: frozenset[str], shown: Event, wanted: Event) -> frozenset[str]:
    """Return which of the fields have to be written: the ones that mean something else in the file than they should."""
    there, due = fingerprint(shown.content), fingerprint(wanted.content)
    return frozenset(field for field in fields if field in due and there.get(field) != due[field])


def _describe(vevent: Vevent, event: Event, fields: frozenset[str]) -> None:
    if "summary" in fields:
        vevent.say("SUMMARY", event.summary)
    if "description" in fields:
        vevent.say("DESCRIPTION", event.description)


def _rule(rrule: str, until: datetime | None, zone: tzinfo) -> str:
    """Return an RRULE; its UNTIL is in UTC, as beside a DTSTART with a zone (RFC 5545, section 3.3.10)."""
    parts = [part for part in plain(rrule).split(";") if part and not part.upper().startswith("UNTIL=")]
    return f"RRULE:{';'.join([*parts, f'UNTIL={utc(Moment(until, zone).at)}'] if until else parts)}"


def _time(vevent: Vevent, starts_at: datetime, minutes: int, zone: tzinfo) -> None:
    vevent.component.replace("DTSTART", moment_stamp("DTSTART", starts_at, zone))
    _last(vevent, starts_at, minutes, zone)


def _last(vevent: Vevent, starts_at: datetime, minutes: int, zone: tzinfo) -> None:
    """Say when it ends; an instance of a series lasts as long in elapsed time (RFC 5545, section 3.8.5.3)."""
    ends = starts_at.astimezone(UTC) + timedelta(minutes=minutes)
    vevent.component.replace("DURATION")
    vevent.component.replace("DTEND", moment_stamp("DTEND", ends, zone))


def _cut_off(calendar: Component, recurring: Recurring, until: datetime) -> None:
    """Take away what stands for instances after the last one: programs would go on showing them."""
    late = [override for override in recurring.overrides if override.instance and override.instance > until]
    _remove(calendar, [override.vevent for override in late])
    recurring.overrides = [one for one in recurring.overrides if not (one.instance and one.instance > until)]
    if gone := {instance for instance in (*recurring.excepted, *recurring.cancelled_marks) if instance > until}:
        recurring.forget_cancelled(gone)
        recurring.masters[0].readmit(gone, recurring.start)


def _put_in(calendar: Component, recurring: Recurring, override: Override) -> None:
    """Put an override behind the other events of its series."""
    last = calendar.parts.index(recurring.vevents[-1].component)
    calendar.parts.insert(last + 1, override.vevent.component)
    recurring.overrides.append(override)


def _remove(calendar: Component, vevents: Iterable[Vevent]) -> None:
    for vevent in vevents:
        calendar.parts.remove(vevent.component)
