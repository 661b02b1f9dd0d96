"""What people do to the calendar and the pages, with programs of their own. ``pick`` is any number: it chooses."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr

from tests.scenarios.hands import Hands
from tests.scenarios.lead import chosen
from tests.scenarios.programme import (
    Place,
    Programme,
    instance_of,
    is_ours,
    pages_of,
    place_of,
    rule_of,
    start_of,
    text_of,
)

Changed = Place | str | None
"""What was changed: the place of an event, the key of a page, or nothing where there was nothing to change."""
Edit = Callable[[Programme, int], Changed]
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


# In the calendar


def moves_session(programme: Programme, pick: int) -> Changed:
    """Somebody drags a session to another time."""
    with programme.calendar_edited() as calendar:
        event = _coming(calendar, programme.now, pick)
        if event is None:
            return None
        length, to = event.duration, start_of(event) + timedelta(hours=1 + pick // 7 % 72)
        event.end = to + length
        event.start = to
        return place_of(event)


def deletes_session(programme: Programme, pick: int) -> Changed:
    """Somebody deletes a session, with a program that leaves an EXDATE or with one that does not."""
    with programme.calendar_edited() as calendar:
        event = _coming(calendar, programme.now, pick)
        if event is None:
            return None
        calendar.subcomponents = [part for part in calendar.subcomponents if part is not event]
        if pick % 2:
            _master_of(calendar, event).add("EXDATE", instance_of(event))
        programme.bin[place_of(event)] = event.to_ical()
        return place_of(event)


def restores_session(programme: Programme, pick: int) -> Changed:
    """Somebody takes a session out of the bin, as it was when it was deleted."""
    with programme.calendar_edited() as calendar:
        there = {place_of(event): event for event in calendar.events}
        found = [place for place in programme.bin if place not in there and (place[0], "") in there]
        if not found:
            return None
        place = chosen(sorted(found), pick)
        event = icalendar.Event.from_ical(programme.bin.pop(place))
        assert isinstance(event, icalendar.Event)
        master, instance = there[place[0], ""], instance_of(event)
        if start_of(event) <= programme.now or instance not in set(_instances(master, programme.now)):
            return None  # gone by, or the series has no such date any more
        _leave_out(master, [day for day in _left_out(master) if day != instance])
        calendar.add_component(event)
        return place


def deletes_series(programme: Programme, pick: int) -> Changed:
    """Somebody deletes a whole series, though never the last one: all of it gone at once is a guard's business."""
    with programme.calendar_edited() as calendar:
        masters = [event for event in calendar.events if is_ours(event) and "RRULE" in event]
        going_on = sorted((event for event in masters if not _ends(event)), key=place_of)
        if not going_on or len(masters) < 2:
            return None
        place = place_of(chosen(going_on, pick))
        gone = [event for event in calendar.events if event["UID"] == place[0]]
        calendar.subcomponents = [part for part in calendar.subcomponents if part not in gone]
        programme.bin = {one: event for one, event in programme.bin.items() if one[0] != place[0]}
        programme.series_bin[place[0]] = [event.to_ical() for event in gone]
        return place


def restores_series(programme: Programme, pick: int) -> Changed:
    """Somebody takes a whole series out of the bin, unless it was made again meanwhile."""
    with programme.calendar_edited() as calendar:
        there = {text_of(event, "UID") for event in calendar.events}
        found = sorted(programme.series_bin.keys() - there)
        if not found:
            return None
        uid = chosen(found, pick)
        for event in map(icalendar.Event.from_ical, programme.series_bin.pop(uid)):
            calendar.add_component(event)
        return uid, ""


def moves_all(programme: Programme, pick: int) -> Changed:
    """Somebody drags one session and chooses "all events": what was changed for single dates goes along, or is lost."""
    with programme.calendar_edited() as calendar:
        masters = [event for event in calendar.events if is_ours(event) and "RRULE" in event and not _ends(event)]
        if not masters:
            return None
        master = chosen(sorted(masters, key=place_of), pick)
        by = timedelta(days=pick // 5 % 3 if _on_one_day(master) else 0, hours=1 + pick // 3 % 4)
        drags_all(calendar, master, by, drops=bool(pick % 2))
        return place_of(master)


def drags_all(calendar: icalendar.Calendar, master: icalendar.Event, by: timedelta, drops: bool = False) -> None:
    """Move a whole series; what was changed for single dates goes along, or is dropped."""
    same = [event for event in calendar.events if event["UID"] == master["UID"] and event is not master]
    _moves(master, by)
    if drops:
        calendar.subcomponents = [part for part in calendar.subcomponents if part not in same]
    for event in same:
        instance = instance_of(event)
        assert instance
        del event["RECURRENCE-ID"]
        event.add("RECURRENCE-ID", instance + by)
        _moves(event, by)


def takes_guest_off(programme: Programme, pick: int) -> Changed:
    """Somebody takes a guest off, of one session or of a series."""
    with programme.calendar_edited() as calendar:
        masters = [event for event in calendar.events if is_ours(event) and "RRULE" in event]
        event = _coming(calendar, programme.now, pick) if pick % 3 else chosen(sorted(masters, key=place_of), pick)
        guests = sorted(event.attendees, key=str) if event else []
        if event is None or len(guests) < 3:
            return None
        gone = chosen(guests, pick // 3)
        event["ATTENDEE"] = [guest for guest in event.attendees if guest is not gone]
        programme.taken_off[place_of(event), gone.email.lower()] = programme.entry(gone.email)
        return place_of(event)


def answers_in_capitals(programme: Programme, pick: int) -> Changed:
    """Somebody answers with a program that writes addresses in capitals."""
    with programme.calendar_edited() as calendar:
        event = _coming(calendar, programme.now, pick)
        guests = list(event.attendees) if event else []
        if not event or not guests:
            return None
        mine = chosen(guests, pick // 3)
        params = {**mine.params, "PARTSTAT": chosen(("DECLINED", "ACCEPTED"), pick // 5)}
        loud = icalendar.vCalAddress(f"MAILTO:{mine.email.upper()}", params=params)
        event["ATTENDEE"] = [loud if guest is mine else guest for guest in guests]
        return place_of(event)


def answers(programme: Programme, pick: int) -> Changed:
    """Somebody answers an invitation to one session."""
    with programme.calendar_edited() as calendar:
        event = _coming(calendar, programme.now, pick)
        guests = list(event.attendees) if event else []
        if not event or not guests:
            return None
        answer = chosen(("DECLINED", "DECLINED", "ACCEPTED", "TENTATIVE"), pick // 5)
        chosen(guests, pick // 3).params["PARTSTAT"] = answer
        return place_of(event)


def summarises(programme: Programme, pick: int) -> Changed:
    """Somebody gives a session another name."""
    with programme.calendar_edited() as calendar:
        event = _coming(calendar, programme.now, pick)
        if event is None:
            return None
        event["SUMMARY"] = icalendar.vText(f"Ours, now; {pick}, \\n & <b>")
        return place_of(event)


def describes(programme: Programme, pick: int) -> Changed:
    """Somebody says something else about a session."""
    with programme.calendar_edited() as calendar:
        event = _coming(calendar, programme.now, pick)
        if event is None:
            return None
        event["DESCRIPTION"] = icalendar.vText(f"Bring a laptop.\n{pick}")
        return place_of(event)


def adds_of_their_own(programme: Programme, pick: int) -> Changed:
    """Somebody adds an alarm, a room, a property of their program, or a guest; to one session or to a series."""
    with programme.calendar_edited() as calendar:
        masters = [event for event in calendar.events if is_ours(event) and "RRULE" in event]
        event = _coming(calendar, programme.now, pick) if pick % 3 else chosen(masters, pick)
        if event is None:
            return None
        kind = pick // 3 % 4
        if kind == 0:
            alarm = icalendar.Alarm.new_display("Now!", timedelta(minutes=-(pick % 60)))
            event.add_component(alarm)
        elif kind == 1:
            event["LOCATION"] = icalendar.vText(f"Room {pick}")
        elif kind == 2:
            event["X-MOZ-GENERATION"] = icalendar.vText(str(pick))
        else:
            event.add("ATTENDEE", icalendar.vCalAddress.new(f"guest{pick}@elsewhere.example", cn="A guest"))
        return place_of(event)


def adds_event(programme: Programme, pick: int) -> Changed:
    """Somebody keeps an event of their own in the same calendar."""
    with programme.calendar_edited() as calendar:
        start = datetime(2026, 12, 1 + pick % 28, 8, tzinfo=ZoneInfo("UTC"))
        own = icalendar.Event.new(
            uid=f"own-{pick}", summary=f"Dentist {pick}", start=start, end=start + timedelta(hours=1), stamp=start
        )
        if f"own-{pick}" not in {str(event["UID"]) for event in calendar.events}:
            calendar.add_component(own)
        return f"own-{pick}", ""


IN_CALENDAR: tuple[Edit, ...] = (
    *(moves_session, deletes_session, answers, answers, summarises, describes, adds_of_their_own, adds_event),
    *(restores_session, restores_session, moves_all, takes_guest_off, answers_in_capitals),
    *(deletes_series, restores_series, restores_series),
)


def _moves(event: icalendar.Event, by: timedelta) -> None:
    length, to = event.duration, start_of(event) + by
    event.end = to + length
    event.start = to
    rule: Any = event.get("RRULE")
    if rule and "BYDAY" in rule and rule["FREQ"] == ["WEEKLY"]:
        rule["BYDAY"] = [DAYS[to.weekday()]]
    if _left_out(event):
        _leave_out(event, [day + by for day in _left_out(event)])


def _on_one_day(master: icalendar.Event) -> bool:
    """Whether a series takes place on one day of the week, so that another one is easily chosen."""
    rule: Any = master["RRULE"]
    return bool(rule["FREQ"] == ["WEEKLY"] and len(rule.get("BYDAY", ())) <= 1)


def _ends(master: icalendar.Event) -> bool:
    rule: Any = master["RRULE"]
    return "UNTIL" in rule or "COUNT" in rule


def _left_out(event: icalendar.Event) -> list[datetime]:
    found: Any = event.get("EXDATE", [])
    return [day.dt for dates in (found if isinstance(found, list) else [found]) for day in dates.dts]


def _leave_out(event: icalendar.Event, days: Iterable[datetime]) -> None:
    event.pop("EXDATE", None)
    for day in days:
        event.add("EXDATE", day)


def _instances(master: icalendar.Event, now: datetime) -> list[datetime]:
    """Return where a series' rule puts it, for some weeks ahead; also on the dates that are left out."""
    start = start_of(master)
    return list(rrulestr(rule_of(master), dtstart=start).between(start, now + timedelta(weeks=15), inc=True))


def _coming(calendar: icalendar.Calendar, now: datetime, pick: int) -> icalendar.Event | None:
    """Return a session to come, as the calendar shows it."""
    found = [
        event for event in calendar.events if is_ours(event) and "RECURRENCE-ID" in event and start_of(event) > now
    ]
    return chosen(sorted(found, key=place_of), pick) if found else None


def _master_of(calendar: icalendar.Calendar, override: icalendar.Event) -> icalendar.Event:
    same = [event for event in calendar.events if event["UID"] == override["UID"]]
    return next(event for event in same if "RECURRENCE-ID" not in event)


# On the pages


def retitles_page(programme: Programme, pick: int) -> Changed:
    """Somebody gives a page another title."""
    return _by_hand(programme, pick, lambda hands, page: hands.retitles(page, f"Our own title {pick}"))


def writes_on_page(programme: Programme, pick: int) -> Changed:
    """Somebody takes notes below our part, or above it."""
    return _by_hand(programme, pick, lambda hands, page: hands.writes(page, f"Note {pick}", above=pick % 4 == 0))


def adds_item(programme: Programme, pick: int) -> Changed:
    """Somebody writes down an action item."""
    handles = [member["email"].partition("@")[0] for member in programme.team["members"]]
    handle, due = chosen([*handles, "nobody"], pick), (programme.now + timedelta(days=pick % 12 - 2)).date()
    return _by_hand(programme, pick, lambda hands, page: hands.adds_item(page, handle, f"item {pick}", due))


def ticks_item(programme: Programme, pick: int) -> Changed:
    """Somebody has done what they had to."""
    return _by_hand(programme, pick, lambda hands, page: hands.ticks_item(page))


def edits_region(programme: Programme, pick: int) -> Changed:
    """Somebody writes into our part."""
    return _by_hand(programme, pick, lambda hands, page: hands.edits_region(page, f"By hand {pick}"))


def renames_page(programme: Programme, pick: int) -> Changed:
    """Somebody keeps a page in another place, under another name."""
    return _by_hand(programme, pick, lambda hands, page: hands.renames(page, pick))


def deletes_page(programme: Programme, pick: int) -> Changed:
    """Somebody deletes a page, though never the last two: all of them gone at once is a guard's business."""
    if len(pages_of(programme.pages())) < 3:
        return None
    return _by_hand(programme, pick, lambda hands, page: hands.deletes(page))


def brings_page_back(programme: Programme, pick: int) -> Changed:
    """Somebody takes a page out of the trash, unless it was made again meanwhile."""
    there = pages_of(programme.pages())
    gone = {key: page for page, key in programme.hands.in_trash().items() if key not in there}
    if not gone:
        return None
    key = chosen(sorted(gone), pick)
    programme.hands.brings_back(gone[key])
    return key


def drops_item(programme: Programme, pick: int) -> Changed:
    """Somebody says that an action item will not be done."""
    return _by_hand(programme, pick, lambda hands, page: hands.drops_item(page))


def hands_item_over(programme: Programme, pick: int) -> Changed:
    """An action item is somebody else's now."""
    handles = [member["email"].partition("@")[0] for member in programme.team["members"]]
    return _by_hand(programme, pick, lambda hands, page: hands.hands_over(page, chosen(handles, pick // 2)))


ON_PAGES: tuple[Edit, ...] = (
    *(retitles_page, writes_on_page, adds_item, adds_item, ticks_item, edits_region, renames_page, deletes_page),
    *(brings_page_back, brings_page_back, drops_item, hands_item_over),
)


def _by_hand(programme: Programme, pick: int, edit: Callable[[Hands, str], None]) -> Changed:
    found = list(pages_of(programme.pages()).items())
    if not found:
        return None
    key, path = chosen(found, pick)
    edit(programme.hands, path)
    return key
