"""The calendar port on Google Calendar: one team's events in one calendar, of one account."""

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from config.values import canonical_email
from daemon.model import Check, Kind, Observation, Observed, Span, Write, Written, on_the_wall
from daemon.model.names import SPLIT
from daemon.ports import alone
from integrations.google_calendar import faults
from integrations.google_calendar.cache import Cache, Listing
from integrations.google_calendar.check_up import check_up
from integrations.google_calendar.client import Account, Call
from integrations.google_calendar.events import frame_of, id_in, observed_series, observed_session
from integrations.google_calendar.faults import Json
from integrations.google_calendar.jobs import Place
from integrations.google_calendar.marks import Name, address_of, instance_of, is_cancelled, name_of, series_id
from integrations.google_calendar.writing import write_all

_LOOKBACK = timedelta(weeks=26)
"""How much of the past the first listing shows: enough for fairness where the ledger was lost."""
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_MOST_PEOPLE, _LONGEST = 50, timedelta(days=60)
"""What one question for free and busy times may span."""


class TeamCalendar:
    """A team's part of a Google calendar.

    ``team`` is the team's key, ``emails`` its members', ``clock`` returns now, aware; ``meet`` asks for a Meet link.
    """

    def __init__(
        self,
        account: Account,
        cache: Cache,
        calendar: str,
        team: str,
        emails: Iterable[str],
        clock: Callable[[], datetime],
        meet: bool = False,
    ) -> None:
        self._account, self._cache, self._team, self._clock = account, cache, team, clock
        self._calendar, self._meet = calendar, meet
        self._emails = tuple(emails)
        self._digest = hashlib.sha256(calendar.encode()).hexdigest()[:8]

    def observe(self, cursor: str | None, known: Sequence[Observed] = ()) -> Observation:
        """Return what is ours and has changed since ``cursor``, by Google's sync token: one request, mostly.

        A listing may miss what was written a moment ago, and a series that a person changed, or brought back, may take
        its exceptions along and list them like deleted ones. So what is ``known`` and in doubt is asked for, event by
        event.
        """
        digest, _, token = (cursor or "").partition(" ")
        listing = self._listing(token if digest == self._digest and token else None)
        complete = listing.since is None
        ours = [(name, raw) for name, raw in _named(listing.items) if name.key.startswith(f"{self._team}/")]
        if not complete and not ours:
            return Observation(f"{self._digest} {listing.token}", (), complete)
        doubtful = self._unlisted(ours, known) if complete else self._shaken(ours, known)
        looked_up = self._asked_for(sorted(doubtful))
        certain = [(name, raw) for name, raw in ours if raw["id"] not in doubtful]
        seen = [*self._seen([*certain, *self._with_new_series(looked_up, known)], complete)]
        if not complete:
            lost = doubtful - {raw["id"] for raw in looked_up}
            seen += [one for one in _lost(known, lost, self._clock()) if one.key not in {each.key for each in seen}]
        return Observation(f"{self._digest} {listing.token}", tuple(seen), complete)

    def _unlisted(self, listed: Iterable[tuple[Name, Json]], known: Iterable[Observed]) -> set[str]:
        """Return the ids that a complete listing lacks of what is known and not past."""
        since = self._clock() - _LOOKBACK
        due = {id_in(one.version) for one in known if _may_be_listed(one, since)}
        return due - {raw["id"] for _, raw in listed} - {""}

    def _shaken(self, listed: Sequence[tuple[Name, Json]], known: Sequence[Observed]) -> set[str]:
        """Return the ids of instances of which only a look at each tells what a change of their series made of them."""
        masters = {name.key: raw for name, raw in listed if name.series_id == raw["id"] and not is_cancelled(raw)}
        before = {one.key: one for one in known if one.kind is Kind.SERIES}
        changed = {key: _changed_from(before.get(key), observed_series(raw, key)) for key, raw in masters.items()}
        listed_off = {raw["id"] for name, raw in listed if name.instance and name.key in masters and is_cancelled(raw)}
        dates = {
            id_in(one.version)
            for one in known
            if one.event in changed and (since := changed[one.event]) and _instance(one, since) >= since
        }
        return (listed_off | dates) - {""}

    def _with_new_series(self, instances: Iterable[Json], known: Iterable[Observed]) -> list[tuple[Name, Json]]:
        """Return instances, and the series of theirs that were not known: a listing may be behind with those, too."""
        named, before = list(_named(instances)), {one.key for one in known}
        return [*named, *_named(self._masters([one for one in named if one[0].key not in before]).values())]

    def _listing(self, token: str | None) -> Listing:
        with alone(self._cache.looking):  # who comes while another team looks is served by that look
            if shared := self._cache.shared(token, self._team):
                return shared
            listing = self._listed(token)
            self._cache.share(listing, self._team)
            return listing

    def _listed(self, token: str | None) -> Listing:
        since = {"syncToken": token} if token else {"timeMin": (self._clock() - _LOOKBACK).isoformat()}
        asked = Call("list", {"calendarId": self._calendar, "maxResults": 2500, **since})
        ((items, last),) = self._account.pages([asked])
        if token and last.status in (400, 410):
            return self._listed(None)  # Google has forgotten the token
        if not last.done:
            raise faults.of_calendar(last, self._calendar, self._account.name)
        ours = tuple(raw for _, raw in _named(items))
        return Listing(token, str(last.body.get("nextSyncToken", "")), ours, self._account.seconds())

    def _seen(self, ours: Sequence[tuple[Name, Json]], complete: bool) -> Iterable[Observed]:
        masters = self._masters(ours)
        seen: dict[str, Observed] = {}
        for name, raw in sorted(ours, key=lambda pair: not is_cancelled(pair[1])):  # what is there counts for more
            one = self._one(name, raw, masters.get(name.series_id))
            if one and not (complete and one.gone):
                seen[one.key] = one
        return seen.values()

    def _one(self, name: Name, raw: Json, master: Json | None) -> Observed | None:
        if name.series_id == raw["id"]:
            if is_cancelled(raw):
                return Observed(name.key, Kind.SERIES, {}, gone=True)
            return observed_series(raw, name.key)
        if not master or is_cancelled(master):
            return None
        frame = frame_of(master, name.key)
        return None if frame.is_past_the_end(raw) else observed_session(raw, frame)

    def _masters(self, ours: Iterable[tuple[Name, Json]]) -> Mapping[str, Json]:
        """Return the series of what has changed, by id; those that this process does not know are asked for."""
        ids = {name.series_id for name, _ in ours}
        self._asked_for(sorted(one for one in ids if self._cache.event(one) is None))
        return {one: raw for one in ids if (raw := self._cache.event(one))}

    def _asked_for(self, ids: Iterable[str]) -> list[Json]:
        """Return, and remember, those of some events that there are, deleted ones of which Google still knows too."""
        answers = self._account.run([Call("get", {"calendarId": self._calendar, "eventId": one}) for one in ids])
        for answer in answers:
            if not answer.done and not answer.missing:
                raise faults.of_calendar(answer, self._calendar, self._account.name)
        found = [answer.body for answer in answers if answer.done]
        self._cache.keep(found)
        return found

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Create and change events, each series before its sessions, in few batches; answer for each how it went."""
        if not writes:
            return ()
        self._cache.wrote(self._team)
        place = Place(self._account, self._cache, self._calendar, self._clock(), self._meet)
        return write_all(place, writes)

    def address(self, event: str, instance: datetime, zone: str) -> str | None:
        """Return where a person finds an instance in Google Calendar, by the first id that its series gets."""
        first = series_id(event.partition(SPLIT)[0], self._calendar)
        return address_of(first, on_the_wall(instance, zone), self._calendar)

    def busy(self, emails: Sequence[str], start: datetime, end: datetime) -> Mapping[str, tuple[Span, ...]]:
        """Return when people have no time, out of office included; nothing of those whose calendars cannot be read.

        Sessions to which they are invited make them busy, too.

        Raises:
            Unavailable, Refused: nothing can be read of anybody.
        """
        people = [emails[at : at + _MOST_PEOPLE] for at in range(0, len(emails), _MOST_PEOPLE)]
        spans = list(_spans(start, end))
        answers = self._account.run([_free_busy(some, span) for some in people for span in spans])
        found: dict[str, list[Span] | None] = {}
        for answer in answers:
            if not answer.done:
                raise faults.of_free_busy(answer, self._account.name)
            for email, told in answer.body["calendars"].items():
                _take(found, canonical_email(email), told)
        return {
            email: tuple(sorted(busy)) for email in emails if (busy := found.get(canonical_email(email))) is not None
        }

    def ping(self) -> None:
        """Ask when nobody is busy: a question about no calendar."""
        now = self._clock()
        (answer,) = self._account.run([_free_busy((), (now, now + timedelta(hours=1)))])
        if not answer.done:
            raise faults.of_free_busy(answer, self._account.name)

    def check_up(self) -> Iterator[Check]:
        """Look whether it signs in, finds the calendar, may write, may invite, and may see when people are busy."""
        return check_up(self._account, self._calendar, self._unseen, self._meet)

    def _unseen(self) -> list[str]:
        now = self._clock()
        seen = self.busy(self._emails, now, now + timedelta(days=1))
        return [email for email in self._emails if email not in seen]


def _changed_from(before: Observed | None, now: Observed) -> datetime | None:
    """Return since when the dates of a series are others than they were; None where none is."""
    if before is None or before.shown.get("when") != now.shown.get("when"):
        return _ALWAYS
    ends = [one.until.replace(tzinfo=UTC) for one in (before, now) if one.until]  # the zone is no matter
    return min(ends) - timedelta(days=1) if before.until != now.until else None


def _instance(known: Observed, otherwise: datetime) -> datetime:
    """Return the original start of a known instance, or something else where its id does not tell."""
    return instance_of({"id": id_in(known.version)}) or otherwise


def _may_be_listed(known: Observed, since: datetime) -> bool:
    """Whether what is known may still be of the time that a first listing shows."""
    ends = known.until.replace(tzinfo=since.tzinfo) if known.until else None  # the zone is no matter
    latest = ends if known.kind is Kind.SERIES else known.starts_at
    return latest is None or latest > since


def _lost(known: Iterable[Observed], ids: Container[str], now: datetime) -> Iterator[Observed]:
    """Yield the sessions to come whose dates their series has no more; what was held was held."""
    for one in known:
        if id_in(one.version) in ids and one.starts_at and one.starts_at > now:
            yield replace(one, shown={}, gone=True)


def _named(items: Iterable[Json]) -> Iterator[tuple[Name, Json]]:
    return ((name, raw) for raw in items if (name := name_of(raw)))


def _spans(start: datetime, end: datetime) -> Iterator[Span]:
    while start < end:
        yield start, min(end, start + _LONGEST)
        start += _LONGEST


def _free_busy(emails: Sequence[str], span: Span) -> Call:
    body = {
        "timeMin": span[0].isoformat(),
        "timeMax": span[1].isoformat(),
        "items": [{"id": email} for email in emails],
    }
    return Call("query", {"body": body}, resource="freebusy")


def _take(found: dict[str, list[Span] | None], email: str, told: Json) -> None:
    """Add what is told of somebody; what cannot be read for a part of the time is unknown for all of it."""
    known = found.setdefault(email, [])
    if told.get("errors"):
        found[email] = None
    elif known is not None:
        known += [
            (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in told.get("busy", ())
        ]
