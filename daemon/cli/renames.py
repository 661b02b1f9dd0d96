"""What a lead is asked who may have renamed a team or a series without saying so: it would end, and begin anew.

Only a ledger tells. A name that is new is asked about where one that was known has gone from the files, with sessions
still to come.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from config.team import Team
from config.values import shown
from daemon.ledger import Ledger
from daemon.model import CalledOffBy
from daemon.model.memory import Memory
from daemon.model.names import keyed_series, member_name, team_key

Question = tuple[tuple[str | int, ...], str]
"""Where in the team's file, as a path in it, and what is asked."""


def questions(team: Team, ledger: Ledger, others: Iterable[Team], now: datetime) -> Iterator[Question]:
    """Yield what is to be asked of a team's names; ``others`` are the teams of all files, which are no former names.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    known = ledger.team_keys()
    key = team_key(team, known)
    if key in known.values():
        yield from _of_series(team, ledger.recall(key, team.team), now)
    else:
        former = [name for name in _unclaimed(known, others) if _is_alike(team, ledger.recall(known[name], name), now)]
        if former:
            yield ("team",), _asked(team.team, former)


def _of_series(team: Team, memory: Memory, now: datetime) -> Iterator[Question]:
    keyed = keyed_series(team, memory)
    claimed = {name for series in team.series for name in series.was}
    gone = [one for key, one in memory.series.items() if key not in keyed and one.name not in claimed]
    former = [one.name for one in gone if not one.became and _goes_on(memory, now, one.key)]
    for key, series in keyed.items() if former else ():
        if key not in memory.series:
            yield ("series", team.series.index(series), "name"), _asked(series.name, former)


def _asked(name: str, former: list[str]) -> str:
    was = " or ".join(map(shown, former))
    write = " or ".join(f"was: {one}" for one in former)
    return f"{shown(name)} is new, and {was} is in no file any more: was this {was}? then write {write}"


def _goes_on(memory: Memory, now: datetime, series: str | None = None) -> bool:
    """Whether there were sessions to come, of one series or of any, before it went from the file."""
    return any(
        one.slot.starts_at > now and (one.takes_place or one.called_off_by is CalledOffBy.END)
        for one in memory.sessions.values()
        if series in (None, one.slot.series)
    )


def _unclaimed(known: Mapping[str, str], teams: Iterable[Team]) -> list[str]:
    """Return the known names of teams that no file has, as a team's name or as a former one."""
    claimed = {name for team in teams for name in (team.team, *team.was)}
    keys = {known[name] for name in claimed if name in known}
    return [name for name, key in known.items() if name not in claimed and key not in keys]


def _is_alike(team: Team, memory: Memory, now: datetime) -> bool:
    """Whether a team that has gone had half of this one's members at least, and sessions still to come."""
    same = sum(member_name(member.email) in memory.basis for member in team.members)
    return 2 * same >= len(team.members) and _goes_on(memory, now)
