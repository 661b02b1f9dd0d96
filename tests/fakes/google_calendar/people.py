"""What people do in the web interface, and guests in theirs. None of it counts among the mails that we send."""

import copy
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tests.fakes.google_calendar import content, recurrence, times, writes
from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.state import CalendarState, Kept, named_after
from tests.fakes.google_calendar.times import Moment
from tests.fakes.google_calendar.world import World
from tests.fakes.loopback import alone


class People:
    """The hands of people. ``original_start`` picks one instance of a series, by where its rule puts it."""

    world: World

    @alone
    def respond(
        self, calendar: str, event_id: str, email: str, status: str, original_start: Moment | None = None
    ) -> None:
        """A guest answers ``accepted``, ``declined``, ``tentative``, to a series with all its exceptions that they
        have answered the same way before, or to one instance.
        """
        state, kept = self._found(calendar, event_id, original_start)
        before = _answer(kept.body, email)
        if before is None:
            raise ValueError(f"{email} is no guest of {kept.body['id']}")
        for one in [kept, *(state.exceptions(kept.body["id"]) if kept.is_series else [])]:
            if not one.cancelled and _answer(one.body, email) == before:
                body = copy.deepcopy(one.body)
                for attendee in body["attendees"]:
                    if attendee["email"].lower() == email.lower():
                        attendee["responseStatus"] = status
                state.save(body)

    @alone
    def move(
        self,
        calendar: str,
        event_id: str,
        start: Moment,
        end: Moment | None = None,
        original_start: Moment | None = None,
    ) -> None:
        """Somebody moves an event, an instance or a whole series; it lasts as long as before without ``end``."""
        state, kept = self._found(calendar, event_id, original_start)
        lasts = times.duration(kept.body)
        zone = kept.body["start"].get("timeZone", state.time_zone)
        changes = {"start": times.stored(start, zone), "end": times.stored(end or times.later(start, lasts), zone)}
        self._change(state, kept, changes)

    @alone
    def delete(self, calendar: str, event_id: str, original_start: Moment | None = None) -> None:
        """Somebody deletes an event, a series, or an instance."""
        state, kept = self._found(calendar, event_id, original_start)
        state.cancel(kept.body["id"], told=self.world.behaviour.deleted_series_tells_of_exceptions)

    @alone
    def bring_back(self, calendar: str, event_id: str, original_start: Moment | None = None) -> None:
        """Somebody takes an event out of the bin, a series with its exceptions where those are kept."""
        state, kept = self._found(calendar, event_id, original_start)
        state.revive(kept.body["id"], whole=self.world.behaviour.restored_series_keeps_exceptions)

    @alone
    def edit(self, calendar: str, event_id: str, original_start: Moment | None = None, **fields: Any) -> None:
        """Somebody changes fields, named as in the API: ``summary="Lunch!"``."""
        self._change(*self._found(calendar, event_id, original_start), fields)

    @alone
    def split(self, calendar: str, event_id: str, original_start: datetime, **fields: Any) -> str:
        """Somebody changes "this and following": the series ends before, another one goes on, with a copy of
        everything that the first had, its private properties too. Return the id of the second; the instances of both
        are named after the first.
        """
        state, kept = self._found(calendar, event_id, None)
        first, second = recurrence.split(kept.body["recurrence"], times.moment(kept.body["start"]), original_start)
        later = copy.deepcopy(kept.body)
        zone, lasts = kept.body["start"]["timeZone"], times.duration(kept.body)
        later |= {"recurrence": second, "start": times.stored(original_start, zone)}
        later |= {"end": times.stored(times.later(original_start, lasts), zone), "sequence": 0, **fields}
        later["id"] = f"{named_after(event_id)}_R{times.suffix(times.moment(later['start'])).rstrip('Z')}"
        later["iCalUID"] = f"{later['id']}@google.com"
        self._change(state, kept, {"recurrence": first})
        moving = self._moving_over(state, event_id, later, times.instant(original_start), fields)
        state.erase_exceptions(event_id, told=True, since=times.instant(original_start))
        state.save(later)
        for body in moving:
            state.save({**body, "recurringEventId": later["id"], "iCalUID": later["iCalUID"]})
        return str(later["id"])

    def _moving_over(
        self, state: CalendarState, event_id: str, later: Json, since: datetime, fields: Iterable[str]
    ) -> list[Json]:
        """Return the exceptions that go over to the series that is split off, with what a person changed for all."""
        if not self.world.behaviour.split_series_keeps_exceptions:
            return []
        moving = [kept.body for kept in state.exceptions(event_id) if state.has_instance(later, _original(kept.body))]
        changed = {name: later[name] for name in fields if name not in ("start", "end", "recurrence")}
        return [
            {**copy.deepcopy(body), **changed} for body in moving if state.start_of(body, "originalStartTime") >= since
        ]

    @alone
    def take_back_split(self, calendar: str, event_id: str, second: str, before: Json) -> None:
        """Somebody takes "this and following" back at once: the first series is as it was, the second one is gone."""
        state, kept = self._found(calendar, event_id, None)
        state.cancel(second, told=True)
        self._change(state, kept, {"recurrence": before["recurrence"]})
        for one in list(state.events.values()) if self.world.behaviour.restored_series_keeps_exceptions else []:
            if one.is_exception and one.erased and one.body["recurringEventId"] == event_id:
                one.erased = False
                state.save(one.body)

    @alone
    def end(self, calendar: str, event_id: str, original_start: datetime) -> None:
        """Somebody deletes "this and following": the series ends before, and nothing goes on."""
        state, kept = self._found(calendar, event_id, None)
        first, _ = recurrence.split(kept.body["recurrence"], times.moment(kept.body["start"]), original_start)
        self._change(state, kept, {"recurrence": first})
        state.erase_exceptions(event_id, told=True, since=times.instant(original_start))

    @alone
    def invite(self, calendar: str, event_id: str, email: str, original_start: Moment | None = None) -> None:
        """Somebody adds a guest."""
        state, kept = self._found(calendar, event_id, original_start)
        guests = [*kept.body.get("attendees", []), {"email": email, "responseStatus": "needsAction"}]
        self._change(state, kept, {"attendees": guests})

    @alone
    def add_event(
        self,
        calendar: str,
        summary: str,
        start: Moment,
        end: Moment,
        *,
        time_zone: str | None = None,
        recurrence: Sequence[str] = (),
        guests: Sequence[str] = (),
        organizer: str | None = None,
        **fields: Any,
    ) -> str:
        """Somebody adds an event of their own, or is invited to one by ``organizer``; return its id."""
        state = self.world.calendars[calendar]
        event_id, zone = self.world.new_id(), time_zone or state.time_zone
        body: Json = {"id": event_id, "iCalUID": f"{event_id}@google.com", "sequence": 0, "eventType": "default"}
        body |= {"status": "confirmed", "summary": summary, "creator": {"email": organizer or state.owner}}
        body["organizer"] = {"email": organizer} if organizer else {"email": state.id, "self": True}
        body |= {"start": times.stored(start, zone), "end": times.stored(end, zone), **fields}
        if recurrence:
            body["recurrence"] = list(recurrence)
        if guests:
            body["attendees"] = [{"email": guest, "responseStatus": "needsAction"} for guest in guests]
        state.save(content.settled(body, state.time_zone, self.world.behaviour, _mistaken))
        return event_id

    @alone
    def set_busy(
        self, email: str, spans: Sequence[tuple[datetime, datetime]] = (), *, unreadable: bool = False
    ) -> None:
        """Say when somebody has no time, besides what they are invited to; or that nobody may see it."""
        self.world.busy[email] = list(spans)
        (self.world.unreadable.add if unreadable else self.world.unreadable.discard)(email)

    def _found(self, calendar: str, event_id: str, original_start: Moment | None) -> tuple[CalendarState, Kept]:
        state = self.world.calendars[calendar]
        if original_start is not None:
            event_id = f"{event_id}_{times.suffix(original_start)}"
        return state, state.find(event_id)

    def _change(self, state: CalendarState, kept: Kept, changes: Json) -> None:
        before = copy.deepcopy(kept.body)
        after = content.settled(
            {**copy.deepcopy(before), **copy.deepcopy(changes)}, state.time_zone, self.world.behaviour, _mistaken
        )
        writes.rewrite(state, before, after, inherit=False)


def _original(instance: Json) -> Moment:
    return times.moment(instance["originalStartTime"])


def _mistaken(complaint: str) -> None:
    raise ValueError(complaint)


def _answer(body: Json, email: str) -> str | None:
    answers = {attendee["email"].lower(): attendee["responseStatus"] for attendee in body.get("attendees", [])}
    return answers.get(email.lower())
