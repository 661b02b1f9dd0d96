"""Action items: what people are to hear of those that are due.

Pure: the same items at the same moment give the same reminders with the same keys, and whoever remembers the keys says
each thing once.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache

from config.team import Chase, Team
from config.values import Before, Every
from daemon.learn.items import Tracked, due_on
from daemon.model import ActionItem, Reminder
from daemon.model.members import meant_by
from daemon.model.memory import Progress
from daemon.model.words import FACILITATOR, quoted, shortened, weekday_of
from daemon.tell.people import Addressee, addressee, lead_of

LONG_AGO = timedelta(days=366)
"""An item is not counted as overdue from further back than this before its session: a slip in the year is likelier."""
WIDEST = 4
"""How many times the policy's interval the intervals between reminders grow to: 1, 2, 4, 4, 4, ... times."""
THANKED_FOR = timedelta(weeks=4)
"""For how long thanks for dropping an item wait for a digest that they can go with."""


def reminders(tracked: Iterable[Tracked], team: Team, team_key: str, now: datetime) -> tuple[Reminder, ...]:
    """Return what is to be said of action items at this moment, each with the key of the stage it has reached.

    Stages that were missed are not made up for: of each open item only the latest is named, as long as it lasts. On
    days off and while away nobody is reminded; working days of theirs are what ``every n working days`` counts. Of what
    is done nothing is said; for what is dropped there are thanks.
    """
    chase = _Pass(team, team_key, now)
    said: dict[str, Reminder] = {}
    for one in tracked:
        said |= {reminder.key: reminder for reminder in chase.said_of(one)}
    return tuple(said[key] for key in sorted(said))


class _Pass:
    """What holds for a team at one moment; what many items have in common is worked out once."""

    def __init__(self, team: Team, team_key: str, now: datetime) -> None:
        self.team, self.team_key, self.now, self.lead = team, team_key, now, lead_of(team)
        self._meant = meant_by(team)
        self._person = cache(lambda email: addressee(email, team))
        self._stage = cache(self._stage_reached)
        self._worked = cache(self._days_worked)
        self._at_work = cache(lambda email: (self._person(email) or self.lead).at_work(now))

    def said_of(self, one: Tracked) -> Iterator[Reminder]:
        """Yield what is to be said of an item."""
        match one.state:
            case Progress.OPEN:
                yield from self._asked_for(one)
            case Progress.DROPPED if one.known and one.known.ended:
                who, _ = self._asked(one)
                if who.today(self.now) - one.known.ended <= THANKED_FOR:
                    text = f"{quoted(one.item.text)}, {_session_of(one)}: thank you for saying so"
                    yield self._reminder(one, "thanks", who, "thanks", text)

    def _asked_for(self, one: Tracked) -> Iterator[Reminder]:
        due = due_on(one, self.team.chase)
        who, trouble = self._asked(one)
        late, stage = self._stage(who.email, max(due, one.held_on - LONG_AGO))
        if stage and self._at_work(who.email):
            words, origin = quoted(one.item.text), self._origin(one)
            text = f"{words} {trouble} ({origin})" if trouble else f"{words}, {origin}"
            yield self._reminder(one, f"{stage}@{due}", who, "action-item", text, due)
        for other in self._escalated_to(one) if late >= self.team.chase.escalate.after else ():
            if other.email != who.email and self._at_work(other.email):
                yield self._reminder(one, "escalation", other, "escalation", self._escalation(one, who), due)

    def _reminder(
        self, one: Tracked, stage: str, to: Addressee, kind: str, text: str, due: date | None = None
    ) -> Reminder:
        key = f"{self.team_key}/{one.key}/{stage}/{to.email}"
        return Reminder(key, self.team_key, to.email, kind, text, one.url, due)

    def _asked(self, one: Tracked) -> tuple[Addressee, str]:
        """Return who is asked about an item: its assignee, else, with the reason, the facilitator, else the lead."""
        meant = self._meant(one.item.assignee)
        assignee = self._person(meant[0]) if len(meant) == 1 else None
        if assignee and not assignee.has_left(self.now):
            return assignee, ""
        return self._facilitator(one), _nobodys(one, meant, assignee)

    def _facilitator(self, one: Tracked) -> Addressee:
        facilitator = self._person(one.facilitator)
        return self.lead if facilitator is None or facilitator.has_left(self.now) else facilitator

    def _stage_reached(self, email: str, due: date) -> tuple[int, str | None]:
        """Return how many reminders have come due since an item of somebody's was, and the stage that this makes."""
        who = self._person(email) or self.lead
        late = self._reminders_since(due, who)
        return late, f"overdue-{late}" if late else _stage_before(due, who, self.team.chase, self.now)

    def _reminders_since(self, due: date, who: Addressee) -> int:
        """Return how many reminders have come due since an item was: after 1, 3, 7, 11, 15, ... intervals."""
        intervals = [remind.working_days for remind in self.team.chase.remind if isinstance(remind, Every)]
        if not intervals:
            return 0
        days = self._worked(who.email, due.year)
        units = (len(days) - bisect_right(days, due)) // min(intervals)
        return (units >= 1) + (units + 1) // WIDEST

    def _days_worked(self, email: str, year: int) -> list[date]:
        """Return somebody's working days from the beginning of a year until today."""
        who, first = self._person(email) or self.lead, date(year, 1, 1)
        length = (who.today(self.now) - first).days + 1
        return [day for n in range(length) if who.works(day := first + timedelta(days=n))]

    def _escalated_to(self, one: Tracked) -> list[Addressee]:
        people = {FACILITATOR: self._facilitator(one), "lead": self.lead}
        return [people[role] for role in self.team.chase.escalate.to]

    def _escalation(self, one: Tracked, who: Addressee) -> str:
        times = self.team.chase.escalate.after
        reminded = f"{who.name or who.email} has been reminded {'once' if times == 1 else f'{times} times'}"
        return f"{quoted(one.item.text)}, {self._origin(one)}: {reminded}; please ask what would help"

    def _origin(self, one: Tracked) -> str:
        return f"due {weekday_of(due_on(one, self.team.chase))}, {_session_of(one)}"


def _nobodys(one: Tracked, meant: Sequence[str], gone: Addressee | None) -> str:
    if gone:
        return f"is still open and {gone.name} has left the team: please find somebody to take it over"
    if len(meant) > 1:
        return f"is for @{_handle(one.item)}, which could be {' or '.join(meant)}: please write the full address"
    if _handle(one.item):
        return f"is for @{_handle(one.item)}, whom the team does not know: please find somebody for it"
    return "has nobody yet: please find somebody for it"


def _handle(item: ActionItem) -> str:
    return shortened((item.assignee or "").strip().lstrip("@"), 60)


def _stage_before(due: date, who: Addressee, policy: Chase, now: datetime) -> str | None:
    """Return the latest stage reached up to the due day; a stage on a day off comes on the working day before."""
    today = who.today(now)
    days = [remind.days for remind in policy.remind if isinstance(remind, Before)]
    reached = [n for n in days if who.on_or_before(due - timedelta(days=n)) <= today]
    return f"before-{min(reached)}" if reached else None


def _session_of(one: Tracked) -> str:
    return f"from {shortened(one.session, 100)} on {one.held_on}"
