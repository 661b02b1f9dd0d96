"""Recurring events of ours that no ledger knows: by the marks on them. Pure."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from config.team import Series, Team
from daemon.decide.cadence import recurrence
from daemon.decide.whole_series import when
from daemon.learn.by_hand import NEVER_ENDS, ended_by_people
from daemon.model import Kind
from daemon.model.memory import Generation, Memory
from daemon.model.names import SPLIT, numbered


def unnamed(team: Team, memory: Memory, keyed: Mapping[str, Series]) -> dict[str, Generation]:
    """Return recurring events of ours whose series no file names and no ledger knows, so that they can be ended."""
    found: dict[str, Generation] = {}
    for key, record in memory.records.items():
        (series, number), observed = numbered(key), record.observed
        is_series = record.kind is Kind.SERIES and series.startswith(f"{memory.team}/")
        if (
            is_series
            and number
            and series not in keyed
            and observed
            and observed.starts_at
            and NEVER_ENDS in record.ours("until")
        ):
            starts = observed.starts_at.astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None)
            found[key] = Generation(key, series, number, starts, team.timezone, "")
    return found


def recognised(team: Team, series: Series, key: str, memory: Memory) -> dict[str, Generation]:
    """Return the generations that only the calendar still knows of, by the marks on its recurring events."""
    found: dict[str, Generation] = {}
    for record in memory.records.values():
        event, number = numbered(record.key)
        observed = record.observed
        if record.kind is not Kind.SERIES or event != key or record.key in memory.generations:
            continue
        if observed and observed.starts_at and number and SPLIT not in record.key:
            starts = observed.starts_at.astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None)
            rule = recurrence(series, team, starts.date())
            same = when(rule, team.timezone) == observed.shown.get("when")
            ended = None if NEVER_ENDS in record.ours("until") else starts
            rrule = rule.rrule if same else observed.rrule if ended_by_people(record) else ""
            found[record.key] = Generation(record.key, key, number, starts, team.timezone, rrule, ended)
    return found
