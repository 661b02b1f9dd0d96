"""What a lead is asked who may have renamed a team or a series and not said so: one ends, another begins. Pure.

A name that is new is asked about where one that was known has gone from the files, with sessions still to come.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.team import Series, Team
from config.values import shown
from daemon.model import CalledOffBy
from daemon.model.memory import Memory
from daemon.model.names import keyed_series, member_name
from daemon.model.sessions import held
from daemon.plan.plan import Finding

ASKED_FOR = timedelta(weeks=1)
"""How long after a series has ended its lead is asked what it is called now."""


def renamed_series(team: Team, memory: Memory, now: datetime) -> Iterator[tuple[Series, str]]:
    """Yield the series of a team that may be others that have gone, with what is asked of them."""
    keyed = keyed_series(team, memory)
    claimed = {name for series in team.series for name in series.was}
    wall = now.astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None)
    gone = [one for key, one in memory.series.items() if key not in keyed and one.name not in claimed]
    former = [one for one in gone if not one.became and goes_on(memory, now, one.key)]
    for key, series in keyed.items():
        own = memory.generations_of(key)
        first = min((one.starts for one in own), default=wall)
        ends = {one.name: present.until or wall for one in former if (present := memory.generation(one.key))}
        names = [name for name, end in ends.items() if first >= end and wall - end < ASKED_FOR]
        if key in memory.series:
            names = [one.name for one in former if one.name in names and _is_at_its_time(key, one.key, memory, now)]
        if names and len(own) <= 1 and (key not in memory.series or own):
            yield series, asked(series.name, names)


def _is_at_its_time(series: str, former: str, memory: Memory, now: datetime) -> bool:
    """Whether a series takes place when one that has gone was to: else it may have been there beside that."""
    coming = [one for one in memory.sessions.values() if one.slot.starts_at > now]
    gone = {one.slot.starts_at.astimezone(UTC) for one in coming if one.slot.series == former}
    return any(one.slot.starts_at.astimezone(UTC) in gone for one in coming if one.slot.series == series)


def renamed_team(team: Team, memory: Memory, others: Iterable[Memory], now: datetime) -> Iterator[Finding]:
    """Yield what is asked of a team that has held nothing yet, where another one may be what it was before."""
    if not held(memory.sessions.values()) and (former := [one.name for one in others if is_alike(team, one, now)]):
        yield Finding("name", asked(team.team, former), kind="question")


def questions_of_series(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield the same of a team's series as what its lead should know."""
    for series, text in renamed_series(team, memory, now):
        yield Finding(f"name/{series.name}", text, kind="question")


def asked(name: str, former: list[str]) -> str:
    """Return what is asked of a new name, given those that have gone."""
    was = " or ".join(map(shown, former))
    write = " or ".join(f"was: {one}" for one in former)
    return f"{shown(name)} is new, and {was} is in no file any more: was this {was}? then write {write}"


def goes_on(memory: Memory, now: datetime, series: str | None = None) -> bool:
    """Whether there were sessions to come, of one series or of any, before it went from the file."""
    return any(
        one.slot.starts_at > now and (one.takes_place or one.called_off_by is CalledOffBy.END)
        for one in memory.sessions.values()
        if series in (None, one.slot.series)
    )


def unclaimed(known: Mapping[str, str], teams: Iterable[Team]) -> list[str]:
    """Return the known names of teams that no file has, as a team's name or as a former one."""
    claimed = {name for team in teams for name in (team.team, *team.was)}
    keys = {known[name] for name in claimed if name in known}
    return [name for name, key in known.items() if name not in claimed and key not in keys]


def with_members_of(teams: Iterable[Team], bases: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Yield for each team the names of those that had half of its members at least, of which the bases are given."""
    had = defaultdict[str, list[str]](list)
    for name, basis in bases.items():
        for part in basis:
            had[part].append(name)
    for team in teams:
        same = Counter(name for member in team.members for name in had.get(member_name(member.email), ()))
        yield tuple(sorted(name for name, number in same.items() if 2 * number >= len(team.members)))


def is_alike(team: Team, memory: Memory, now: datetime) -> bool:
    """Whether a team that has gone had half of this one's members at least, and sessions still to come."""
    return any(with_members_of([team], {memory.name: memory.basis})) and goes_on(memory, now)
