"""Checks of how much a file asks for in all: each of its numbers may be fine, and their product too much.

What is counted is what a pass plans anew: the sessions of ``rotation.ahead``, and for each of them every member in
every role. It is about so many, the same on every day, so that no file is right today and wrong tomorrow.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import takewhile

from config.cadence import Cadence, MonthlyCadence, RuleCadence, SprintCadence, WeeklyCadence
from config.checks.cadence import cadence_problems
from config.checks.rule import ANY_DAY, late, pairs_of
from config.draft import Draft
from config.faults import Problem
from config.formats import SessionFormat, formats_of
from config.markdown import markdown_text
from config.team import MOST_AHEAD, MOST_COMPARED, MOST_NAMED, MOST_WEIGHED, Series, Team
from config.values import duration_text
from config.yaml12 import Path

DAY, YEAR = timedelta(days=1), timedelta(days=366)
DAYS_A_MONTH = 30.4


def check_size(draft: Draft[Team], today: date | None) -> Iterator[Problem]:
    """Yield that a file has more sessions ahead, or more to be weighed for them, than can be planned or shown."""
    team = draft.model
    named = sum(len(markdown_text(text)) for member in team.members for text in (member.name, member.email))
    if named > MOST_NAMED:
        problem = f"the names and e-mails come to {named:,} characters on a page, and it has room for {MOST_NAMED:,}"
        yield Problem(("members",), f"{problem}; shorten the names, or have fewer members")
    formats = formats_of(team)
    counts = [(one, _sessions(number, one, draft, today)) for number, one in enumerate(team.series)]
    sessions = sum(count for _, count in counts)
    weighed = len(team.members) * sum(count * _parts(one, formats) for one, count in counts)
    compared = len(team.topics) * sum(count for one, count in counts if _takes_topic(one, formats))
    ahead = f"about {sessions:,.0f} sessions in the {duration_text(team.rotation.ahead)} ahead"
    for figure, most, problem, fewer in (
        (sessions, MOST_AHEAD, f"this comes to {ahead}, and at most {MOST_AHEAD:,} are planned", "series"),
        (weighed, MOST_WEIGHED, f"{ahead} take {weighed:,.0f} choices, each member in each role or pair", "members"),
        (compared, MOST_COMPARED, f"{ahead} take {compared:,.0f} choices, each topic in each of them", "topics"),
    ):
        if figure > most:
            limit = "" if figure is sessions else f", and at most {most:,} are made"
            yield Problem(_place(draft), f"{problem}{limit}; {_advice(team.rotation.ahead, figure / most, fewer)}")
            return


def _place(draft: Draft[Team]) -> Path:
    """Return what is to blame: how far ahead is planned, where the file says so."""
    where: Path = ("rotation", "ahead")
    rotation = draft.root.get("rotation")
    return where if isinstance(rotation, dict) and rotation.get("ahead") else ("series",)


def _advice(ahead: timedelta, times: float, fewer: str) -> str:
    days = int(ahead / DAY / times) - 1  # today is planned for as well
    fitting = days // 7 * 7 if days > 13 else days
    shorter = f"write ahead: {duration_text(fitting * DAY)} under rotation, or " if days > 0 else ""
    return f"{shorter}have fewer {fewer}"


def _parts(series: Series, formats: Mapping[str, SessionFormat]) -> int:
    """Return for how many parts of a session each member is weighed, in the largest format of its series."""
    forms = [formats[name] for name in series.turns if name in formats]
    return max((len(form.roles) + 2 * form.pairs for form in forms), default=1)


def _takes_topic(series: Series, formats: Mapping[str, SessionFormat]) -> bool:
    return any(formats[name].topic for name in series.turns if name in formats)


def _sessions(number: int, series: Series, draft: Draft[Team], today: date | None) -> float:
    """Return about how many sessions of a series are planned at once; none of a cadence that is wrong."""
    path: Path = ("series", number, "cadence")
    if not draft.is_whole(*path) or any(cadence_problems(series.cadence, draft, knows_starts=True)):
        return 0
    return _recurrences(series.cadence, draft.model, today)


def _recurrences(cadence: Cadence, team: Team, today: date | None) -> float:
    days = team.rotation.ahead / DAY + 1
    match cadence:
        case WeeklyCadence(on=on, interval=interval):
            return len(on) * days / (7 * interval)
        case MonthlyCadence(interval=interval):
            return days / (DAYS_A_MONTH * interval)
        case SprintCadence():
            return days / team.sprint.length.days if team.sprint else 0
        case RuleCadence():
            return _by_rule(cadence, team.rotation.ahead, today)


def _by_rule(cadence: RuleCadence, ahead: timedelta, today: date | None) -> float:
    """Return the most dates that a rule has within so long, by those of a year."""
    from dateutil.rrule import rrulestr  # takes a hundredth of a second, which only teams with rules should pay

    parts = dict(pairs_of(cadence.rrule))
    until = parts.pop("UNTIL", "")
    if today and until and datetime.fromisoformat(until).date() < today:
        return 0
    count = int(parts.pop("COUNT", 0))
    first = datetime.combine(late(cadence.starts or ANY_DAY), cadence.at)
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
    span = min(ahead, YEAR)
    dates = list(takewhile(lambda one: one < first + YEAR + span, rule))
    most = max((bisect_right(dates, one + span) - place for place, one in enumerate(dates)), default=0)
    return min(most * max(1.0, ahead / YEAR), count or float("inf"))
