"""Action items: what people are to hear of those that are due.

Pure: the same items at the same moment give the same reminders with the same keys, and whoever remembers the keys says
each thing once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.team import Chase, Team
from config.values import Before, Every
from daemon.model import ActionItem, Reminder
from daemon.people import FACILITATOR, Addressee, addressee, lead_of, quoted, shortened, weekday_of
from daemon.working_days import WorkingDays

LONG_AGO = timedelta(days=366)
"""An item is not counted as overdue from further back than this before its session: a slip in the year is likelier."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """An action item with where it comes from: the session's title for people, its date, who led it, the page."""

    item: ActionItem
    session: str
    held_on: date
    facilitator: str | None
    url: str | None


def assignee_of(item: ActionItem, team: Team) -> str | None:
    """Return the e-mail that ``@ada`` on a page means, or None where it is nobody's or not clear whose.

    It is the part of an e-mail before the @, or the full address where two members share it; case does not matter.
    """
    found = _meant(item, team)
    return found[0] if len(found) == 1 else None


def _meant(item: ActionItem, team: Team) -> list[str]:
    """Everybody whom the name on the page could mean; today's addresses go before former ones."""
    name = (item.assignee or "").strip().lstrip("@").casefold()
    today = {member.email: (member.email,) for member in team.members} | {team.lead: (team.lead,)}
    before = {member.email: member.was for member in team.members}
    return _matching(name, today) or _matching(name, before)


def _matching(name: str, addresses: Mapping[str, Iterable[str]]) -> list[str]:
    def is_meant(address: str) -> bool:
        return name == (address if "@" in name else address.partition("@")[0]).casefold()

    found = {email.casefold(): email for email, known in addresses.items() if any(map(is_meant, known))}
    return sorted(found.values())


def due_on(tracked: Tracked, policy: Chase) -> date:
    """Return the day by which an item is to be done: the one written, else counted from its session."""
    return tracked.item.due or tracked.held_on + policy.due


def reminders(tracked: Sequence[Tracked], team: Team, team_key: str, now: datetime) -> tuple[Reminder, ...]:
    """Return what is to be said of open action items at this moment, each with the key of the stage it has reached.

    Stages that were missed are not made up for: of each item only the latest is named, as long as it lasts. On days off
    and while away nobody is reminded; working days of theirs are what ``every n working days`` counts.
    """
    said: dict[str, Reminder] = {}
    for one in tracked:
        if not one.item.done:
            said |= {reminder.key: reminder for reminder in _said_of(one, team, team_key, now)}
    return tuple(said[key] for key in sorted(said))


def _said_of(one: Tracked, team: Team, team_key: str, now: datetime) -> Iterator[Reminder]:
    policy, due = team.chase, due_on(one, team.chase)

    def reminder(stage: str, to: Addressee, kind: str, text: str) -> Reminder:
        key = f"{team_key}/{one.item.page}/{one.item.id}/{stage}/{to.email}"
        return Reminder(key, team_key, to.email, kind, text, one.url, due)

    who, text = _asked(one, team, now)
    since = max(due, one.held_on - LONG_AGO)
    late = _reminders_since(since, who, policy, now)
    stage = f"overdue-{late}" if late else _stage_before(since, who, policy, now)
    if stage and who.at_work(now):
        yield reminder(f"{stage}@{due}", who, "action-item", text)
    for other in _escalated_to(one, team, now) if late >= policy.escalate.after else ():
        if other.email != who.email and other.at_work(now):
            yield reminder("escalation", other, "escalation", _escalation_text(one, team, who))


def _asked(one: Tracked, team: Team, now: datetime) -> tuple[Addressee, str]:
    """Return who is asked about an item, and in which words: its assignee, else the facilitator, else the lead."""
    meant = _meant(one.item, team)
    assignee = addressee(meant[0], team) if len(meant) == 1 else None
    if assignee and not assignee.has_left(now):
        return assignee, f"{quoted(one.item.text)}, {_origin(one, team)}"
    trouble = _nobodys(one, meant, assignee)
    return _facilitator(one, team, now), f"{quoted(one.item.text)} {trouble} ({_origin(one, team)})"


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


def _facilitator(one: Tracked, team: Team, now: datetime) -> Addressee:
    facilitator = addressee(one.facilitator, team)
    return lead_of(team) if facilitator is None or facilitator.has_left(now) else facilitator


def _reminders_since(due: date, who: Addressee, policy: Chase, now: datetime) -> int:
    """Return how many reminders have come due since an item was: one for every so many of the person's working days."""
    intervals = [remind.working_days for remind in policy.remind if isinstance(remind, Every)]
    late = (who.today(now) - due).days
    worked = sum(who.works(due + timedelta(days=n)) for n in range(1, late + 1)) if intervals else 0
    return worked // min(intervals, default=1)


def _stage_before(due: date, who: Addressee, policy: Chase, now: datetime) -> str | None:
    """Return the latest stage reached up to the due day; a stage on a day off comes on the working day before."""
    today = who.today(now)
    days = [remind.days for remind in policy.remind if isinstance(remind, Before)]
    reached = [n for n in days if _on_or_before(due - timedelta(days=n), who.working_days) <= today]
    return f"before-{min(reached)}" if reached else None


def _on_or_before(day: date, working_days: WorkingDays) -> date:
    return day if working_days.works(day) else working_days.previous(day)


def _escalated_to(one: Tracked, team: Team, now: datetime) -> list[Addressee]:
    people = {FACILITATOR: _facilitator(one, team, now), "lead": lead_of(team)}
    return [people[role] for role in team.chase.escalate.to]


def _escalation_text(one: Tracked, team: Team, who: Addressee) -> str:
    times = team.chase.escalate.after
    reminded = f"{who.name or who.email} has been reminded {'once' if times == 1 else f'{times} times'}"
    return f"{quoted(one.item.text)}, {_origin(one, team)}: {reminded}; please ask what would help"


def _origin(one: Tracked, team: Team) -> str:
    return f"due {weekday_of(due_on(one, team.chase))}, from {shortened(one.session, 100)} on {one.held_on}"
