"""Whom the programme writes to: when they are at work, and how they and their things are named. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.team import Member, Team
from config.values import DateRange, canonical_email
from daemon.decide.working_days import WorkingDays
from daemon.model.words import names_of


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who may be written to: a member or the lead, with the days on which they are at work.

    ``away``, ``joined`` and ``leaves`` (the last day) are dates in the team's zone; the working days and public
    holidays are those of the person's own place.
    """

    email: str
    name: str
    zone: ZoneInfo
    team_zone: ZoneInfo
    working_days: WorkingDays
    away: tuple[DateRange, ...] = ()
    joined: date | None = None
    leaves: date | None = None

    def today(self, now: datetime) -> date:
        """Return the date where they are."""
        return now.astimezone(self.zone).date()

    def has_joined(self, now: datetime) -> bool:
        """Return whether their first day in the team has begun."""
        return self.joined is None or self.joined <= now.astimezone(self.team_zone).date()

    def has_left(self, now: datetime) -> bool:
        """Return whether their last day in the team is over."""
        return self.leaves is not None and self.leaves < now.astimezone(self.team_zone).date()

    def is_here(self, day: date) -> bool:
        """Return whether they are in the team on that day, and not away."""
        in_team = (self.joined is None or self.joined <= day) and (self.leaves is None or day <= self.leaves)
        return in_team and not any(day in dates for dates in self.away)

    def works(self, day: date) -> bool:
        """Return whether that is a working day of theirs."""
        return self.is_here(day) and self.working_days.works(day)

    def on_or_before(self, day: date) -> date:
        """Return that day, or where it is a day off of theirs the last one before it that is none.

        Raises:
            ValueError: there is none within a year.
        """
        return day if self.working_days.works(day) else self.working_days.previous(day)

    def at_work(self, now: datetime) -> bool:
        """Return whether today is a working day of theirs; the hour does not matter."""
        return self.working_days.works(self.today(now)) and self.is_here(now.astimezone(self.team_zone).date())


def addressee(email: str | None, team: Team) -> Addressee | None:
    """Return the member of that e-mail, present or former, or the lead; None for anybody else."""
    member = _member(email, team) if email else None
    if member or (email and canonical_email(email) == team.lead):
        return _person(member, team)
    return None


def lead_of(team: Team) -> Addressee:
    """Return the lead, member or not."""
    return _person(_member(team.lead, team), team)


def could_come(team: Team, *days: date) -> list[Addressee]:
    """Return the members who are there on one of these days."""
    everybody = [who for member in team.members if (who := addressee(member.email, team))]
    return [who for who in everybody if any(_is_free(who, day) for day in days)]


def who_hears(team: Team, *days: date) -> list[Addressee]:
    """Return whom a change concerns of what takes place on these days: who could come, and the lead in any case."""
    guests, lead = could_come(team, *days), lead_of(team)
    return guests if any(who.email == lead.email for who in guests) else [*guests, lead]


def _is_free(who: Addressee, day: date) -> bool:
    return who.is_here(day) and who.working_days.holiday(day) is None


def _person(member: Member | None, team: Team) -> Addressee:
    """Return a member, or the lead who is none; the lead may be written to at all times of the team's life."""
    team_zone, days = ZoneInfo(team.timezone), team.working_days
    place = (member and member.holidays) or team.holidays
    working_days = WorkingDays(place.country, place.subdivision, days) if place else WorkingDays(weekdays=days)
    if member is None:
        return Addressee(team.lead, "", team_zone, team_zone, working_days)
    zone = ZoneInfo(member.timezone) if member.timezone else team_zone
    leads = member.email == team.lead
    joined, leaves = (None, None) if leads else (member.joined, member.leaves)
    return Addressee(member.email, member.name, zone, team_zone, working_days, member.away, joined, leaves)


def _member(email: str, team: Team) -> Member | None:
    wanted = canonical_email(email)
    present = (member for member in team.members if member.email == wanted)
    former = (member for member in team.members if wanted in member.was)
    return next(present, None) or next(former, None)


def name_of(email: str, team: Team) -> str:
    """Return how a team calls somebody; their e-mail where it does not know them."""
    return names_of(team).get(canonical_email(email), email)
