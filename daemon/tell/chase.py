"""Action items: what people are to hear of those that are due.

Pure: the same items at the same moment give the same reminders with the same keys, and whoever remembers the keys says
each thing once.
"""

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial

from config.team import Chase, Team
from config.values import DaysBefore, EveryWorkingDays
from daemon.learn.items import shown_items
from daemon.model import Reminded, Reminder, Session
from daemon.model.asks import Ask, Purpose
from daemon.model.members import meant_by
from daemon.model.memory import Item, Memory, Progress
from daemon.model.names import series_name
from daemon.model.words import FACILITATOR, listed, quoted, shortened, weekday_of
from daemon.tell.digest import mutes
from daemon.tell.kinds import ACTION_ITEM, ESCALATION, THANKS, UNREAD, MessageKind
from daemon.tell.people import Addressee, addressee, lead_of, name_of
from daemon.tell.session import on_day

LONG_AGO = timedelta(days=366)
"""An item is not counted as overdue from further back than this before its session: a slip in the year is likelier."""
WIDEST = 4
"""How many times the policy's interval the intervals between reminders grow to: 1, 2, 4, 4, 4, ... times."""
TO_ANSWER = timedelta(days=1)
"""So long after the last reminder of it others hear of an item."""
THANKED_FOR = timedelta(weeks=4)
"""For how long thanks for dropping an item wait for a digest that they can go with."""


def reminders(team: Team, memory: Memory, reminded: Iterable[Reminded], now: datetime) -> tuple[Reminder, ...]:
    """Return what is to be said of action items at this moment, each with the key of the stage it has reached.

    Stages that were missed are not made up for: of each open item only the latest is named, as long as it lasts. On
    days off and while away nobody is reminded; working days of theirs are what ``every n working days`` counts. Of what
    is done nothing is said; for what is dropped there are thanks.

    ``reminded`` tells who really was reminded of what, and when: others hear of an item that is stuck by that alone.
    """
    chase = _Chase(team, memory, reminded, now)
    said: dict[str, Reminder] = {}
    for item in shown_items(memory):
        said |= {reminder.key: reminder for reminder in chase.said_of(item)}
    return tuple(said[key] for key in sorted(said))


def counted(memory: Memory, reminded: Iterable[Reminded]) -> list[str]:
    """Return the keys of those reminders that went out which still count, because their item is open."""
    return [one.key for one in reminded if one.item in memory.items and memory.items[one.item].state is Progress.OPEN]


class _Chase:
    """What holds for a team at one moment; what many items have in common is worked out once."""

    def __init__(self, team: Team, memory: Memory, reminded: Iterable[Reminded], now: datetime) -> None:
        self.team, self.memory, self.now, self.lead = team, memory, now, (lead := lead_of(team))
        self._meant = meant_by(team)
        # what is kept does not refer back to this, or the memory would outlast its pass
        self._person = person = cache(lambda email: addressee(email, team))
        worked = cache(lambda email, year: _days_worked(person(email) or lead, year, now))
        self._stage = cache(lambda email, due: _stage(person(email) or lead, due, team.chase, worked, now))
        self._at_work = cache(lambda email: (person(email) or lead).at_work(now))
        self._reminded = defaultdict[tuple[str, str], list[Reminded]](list)
        for one in reminded:
            if who := self._person(one.to):
                self._reminded[one.item, who.email].append(one)

    def said_of(self, item: Item) -> Iterator[Reminder]:
        """Yield what is to be said of an item."""
        session = self.memory.sessions.get(item.session)
        if session is None:
            return
        match item.state:
            case Progress.OPEN:
                yield from self._asked_for(item, session)
            case Progress.DROPPED if item.ended:
                who, _ = self._asked(item, session)
                if who.today(self.now) - item.ended <= THANKED_FOR:
                    text = f"{quoted(item.words)}, {self._from(session)}: thank you for saying so"
                    yield self._reminder(THANKS, item, "thanks", who, text)

    def _asked_for(self, item: Item, session: Session) -> Iterator[Reminder]:
        who, trouble = self._asked(item, session)
        for each in (who, *(() if trouble else self._together(item))):
            yield from self._reminded_of(item, session, each, trouble)
        if item.unclear and self._at_work(who.email):
            yield self._asked_back(item, session, who)
        stuck = self._why_stuck(item, who, self._stage(who.email, _counted_from(item, session))[0])
        for other in self._escalated_to(session) if stuck else ():
            if other.email != who.email and self._at_work(other.email):
                text = f"{quoted(item.words)}, {self._origin(item, session)}: {stuck}; please ask what would help"
                subject = f"{quoted(shortened(item.words, 60))} is stuck"
                yield self._reminder(ESCALATION, item, f"escalation@{who.email}", other, text, subject)

    def _together(self, item: Item) -> list[Addressee]:
        """Return the others whose item it is, but for those who have left."""
        others = (self._person(email) for email in item.together)
        return [who for who in others if who and not who.has_left(self.now)]

    def _reminded_of(self, item: Item, session: Session, who: Addressee, trouble: str) -> Iterator[Reminder]:
        """Yield what one person hears of an item that is theirs, or in ``trouble``, at its stage."""
        _, stage = self._stage(who.email, _counted_from(item, session))
        if not stage or not self._at_work(who.email):
            return
        words, origin, today = quoted(item.words), self._origin(item, session), who.today(self.now)
        others = [name_of(email, self.team) for email in item.people if email != who.email]
        last = today < item.due and today == who.on_or_before(item.due)
        besides = f"; together with {listed(others)}" if others else ""
        besides += "; today is your last working day until then" if last else ""
        text = f"{words} {trouble} ({origin})" if trouble else f"{words}, {origin}{besides}"
        subject = f"{quoted(shortened(item.words, 60))} is {_is_due(item.due, today)}"
        yield self._reminder(ACTION_ITEM, item, f"{stage}@{item.due}", who, text, subject)

    def _origin(self, item: Item, session: Session) -> str:
        return f"due {_when(item)}, {self._from(session)}"

    def _asked_back(self, item: Item, session: Session, who: Addressee) -> Reminder:
        """Return the question which day is meant, asked once for as long as the words stay."""
        words = hashlib.sha256(item.unclear.encode("utf-8", "replace")).hexdigest()[:10]
        text = (
            f"{quoted(item.words)}, {self._from(session)}: which day is {quoted(item.unclear)}? Please write it as "
            f"YYYY-MM-DD. Until then the item counts as due {weekday_of(item.due)}"
        )
        subject = f"{quoted(shortened(item.words, 60))}: which day is meant?"
        return self._reminder(UNREAD, item, f"which-day-{words}", who, text, subject)

    def _reminder(
        self, kind: MessageKind, item: Item, stage: str, to: Addressee, text: str, subject: str = ""
    ) -> Reminder:
        key, page = f"{self.memory.team}/{item.key}/{stage}/{to.email}", self.memory.observed(item.page)
        about, due = (item.key if kind is ACTION_ITEM else None), (None if kind in (THANKS, UNREAD) else item.due)
        url, asks = page.url if page else None, () if kind is THANKS else (Ask(Purpose.ITEM, item.key),)
        return kind.reminder(
            key, self.memory.team, to.email, text, url, due=due, about=about, subject=subject, asks=asks
        )

    def _asked(self, item: Item, session: Session) -> tuple[Addressee, str]:
        """Return who is asked about an item: its assignee, else, with the reason, the facilitator, else the lead."""
        assignee = self._person(item.assignee)
        if assignee and not assignee.has_left(self.now):
            return assignee, ""
        gone = name_of(assignee.email, self.team) if assignee else None
        return self._facilitator(session), _nobodys(item, self._meant(item.handle), gone)

    def _facilitator(self, session: Session) -> Addressee:
        facilitator = self._person(session.roles.get(FACILITATOR))
        return self.lead if facilitator is None or facilitator.has_left(self.now) else facilitator

    def _escalated_to(self, session: Session) -> list[Addressee]:
        people = {FACILITATOR: self._facilitator(session), "lead": self.lead}
        return [people[role] for role in self.team.chase.escalate.to]

    def _why_stuck(self, item: Item, who: Addressee, late: int) -> str:
        """Return why others are to help with an item: so often was whoever is asked reminded; nothing where not yet.

        The last mail has had a day to be answered. Who wants no such mails cannot be waited for.
        """
        after, name = self.team.chase.escalate.after, name_of(who.email, self.team)
        if mutes(who.email, ACTION_ITEM.name, self.team):
            return f"{name} has muted reminders, and so was sent none" if late >= after else ""
        told = self._reminded[item.key, who.email]
        overdue = [one for one in told if "/overdue-" in one.key and f"@{item.due}/" in one.key]
        answerable = all(one.at is None or self.now - one.at >= TO_ANSWER for one in told)
        return f"{name} has been reminded {_times(told, overdue)}" if len(overdue) >= after and answerable else ""

    def _from(self, session: Session) -> str:
        return f"from {shortened(series_name(session, self.memory), 100)} on {session.slot.day}"


def _counted_from(item: Item, session: Session) -> date:
    return max(item.due, session.slot.day - LONG_AGO)


def _when(item: Item) -> str:
    """Return by when an item is due, and how its page says so where that is no date in full."""
    return f"{weekday_of(item.due)}{f' (written as {quoted(item.written)})' if item.written else ''}"


def _times(told: Sequence[Reminded], overdue: Sequence[Reminded]) -> str:
    count = "once" if len(told) == 1 else f"{len(told)} times"
    return count if len(told) == len(overdue) else f"{count}, {len(overdue)} of them since it was due"


def _is_due(due: date, today: date) -> str:
    return "overdue" if due < today else f"due {on_day(due, today)}"


def _nobodys(item: Item, meant: Sequence[str], gone: str | None) -> str:
    handle = shortened((item.handle or "").strip().lstrip("@"), 60)
    if gone:
        return f"is still open and {gone} has left the team: please find somebody to take it over"
    if len(meant) > 1:
        return f"is for @{handle}, which could be {' or '.join(meant)}: please write the full address"
    if handle:
        return f"is for @{handle}, whom the team does not know: please find somebody for it"
    return "has nobody yet: please find somebody for it"


def _stage(
    who: Addressee, due: date, policy: Chase, worked: Callable[[str, int], list[date]], now: datetime
) -> tuple[int, str | None]:
    """Return how many reminders have come due since an item of somebody's was, and the stage that this makes."""
    late = _reminders_since(due, policy, partial(worked, who.email, due.year))
    return late, f"overdue-{late}" if late else _stage_before(due, who, policy, now)


def _reminders_since(due: date, policy: Chase, worked: Callable[[], list[date]]) -> int:
    """Return how many reminders have come due since an item was: after 1, 3, 7, 11, 15, ... intervals."""
    intervals = [remind.working_days for remind in policy.remind if isinstance(remind, EveryWorkingDays)]
    if not intervals:
        return 0
    days = worked()
    units = (len(days) - bisect_right(days, due)) // min(intervals)
    return (units >= 1) + (units + 1) // WIDEST


def _days_worked(who: Addressee, year: int, now: datetime) -> list[date]:
    """Return somebody's working days from the beginning of a year until today."""
    first = date(year, 1, 1)
    length = (who.today(now) - first).days + 1
    return [day for n in range(length) if who.works(day := first + timedelta(days=n))]


def _stage_before(due: date, who: Addressee, policy: Chase, now: datetime) -> str | None:
    """Return the latest stage reached up to the due day; a stage on a day off comes on the working day before."""
    today = who.today(now)
    days = [remind.days for remind in policy.remind if isinstance(remind, DaysBefore)]
    reached = [n for n in days if who.on_or_before(due - timedelta(days=n)) <= today]
    return f"before-{min(reached)}" if reached else None
