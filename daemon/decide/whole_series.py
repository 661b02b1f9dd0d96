"""What a person did to all dates of a series at once in the calendar: it goes on so, until the lead writes otherwise.

Pure. A person's move of a whole series is adopted into its generation, beside which stands what the file said then. The
file wins again as soon as it says something else.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from config.cadence import RuleCadence, SprintCadence
from config.checks.rule import rule_problems
from config.formats import formats_of
from config.parts import DAY_NAMES, ORDINALS
from config.team import Series, Team
from daemon.decide.cadence import recurrence
from daemon.model import SeriesEvent, fingerprint
from daemon.model.memory import Generation, Record, Recurrence
from daemon.model.words import listed


def when(rule: Recurrence | Generation, zone: str) -> str:
    """Return the digest that a recurring event of a rule shows of when it takes place."""
    return fingerprint(SeriesEvent("", rule.starts, zone, 0, rule.rrule, "").content)["when"]


def follows(generation: Generation, rule: Recurrence, team: Team) -> bool:
    """Whether a recurring event is what a rule asks for."""
    return (generation.starts, generation.rrule, generation.zone) == (rule.starts, rule.rrule, team.timezone)


def as_it_goes_on(series: Series, generation: Generation | None, team: Team) -> Series:
    """Return a series in the cadence that its recurring event has, where a person gave it another than the file.

    One that ends where a person lets the next one go on keeps its own, whatever the file says of that by then.
    """
    if generation is None:
        return series
    file = generation.written
    if generation.followed and not file:
        file = recurrence(series, team, generation.starts.date())
        if follows(generation, file, team):
            return series
    return _in_cadence(series, Recurrence(generation.starts, generation.rrule), file) if file else series


def _in_cadence(series: Series, rule: Recurrence, file: Recurrence) -> Series:
    """Return a series that recurs by a rule: the file's cadence at another time of day, where that is all."""
    if _same_days(rule, file):
        cadence = series.cadence.model_copy(update={"at": rule.starts.time()})
    else:
        cadence = RuleCadence.model_construct(rrule=rule.rrule, at=rule.starts.time(), starts=rule.starts.date())
    return series.model_copy(update={"cadence": cadence})


def _same_days(one: Recurrence, other: Recurrence) -> bool:
    at = other.starts.time()
    return when(Recurrence(datetime.combine(one.starts.date(), at), one.rrule), "") == when(other, "")


def in_the_hands_of_people(team: Team, series: Series, generation: Generation, record: Record | None) -> Generation:
    """Return a generation as the calendar has it now: moved by a person for all dates, moved back, or as it was."""
    observed = record.observed if record else None
    if not record or not observed or observed.gone or generation.until is not None:
        return generation
    file, shown = generation.written or Recurrence(generation.starts, generation.rrule), observed.shown.get("when")
    as_written = replace(generation, starts=file.starts, rrule=file.rrule, written=None)
    if shown is None or shown in record.ours("when"):
        return as_written
    now_written = recurrence(series, team, file.starts.date())
    moved = moved_to(team, series, generation, file, record)
    if moved is None or when(as_written, generation.zone) == shown:
        return as_written
    if follows(as_written, now_written, team):
        return replace(generation, starts=moved.starts, rrule=moved.rrule, written=file)
    same = recurrence(series, team, moved.starts.date())
    return (
        replace(as_written, starts=same.starts, rrule=same.rrule) if when(same, team.timezone) == shown else as_written
    )


def as_long_as_people_have_it(team: Team, series: Series, generation: Generation, record: Record | None) -> Generation:
    """Return a generation with the length that a person gave all its sessions, until the file asks for another one."""
    observed, file = record.observed if record else None, minutes_of(series, team)
    if not record or not observed or observed.gone or generation.until is not None:
        return generation
    shown = observed.shown.get("minutes")
    is_new, is_ours = generation.minutes != observed.minutes, shown is None or shown in record.ours("minutes")
    if is_ours or not observed.minutes or (is_new and observed.minutes == file):
        return replace(generation, minutes=None, instead_of=None)
    if is_new:
        return replace(generation, minutes=observed.minutes, instead_of=file)
    return generation if generation.instead_of == file else replace(generation, instead_of=None)


def minutes_of(series: Series, team: Team) -> int:
    """Return how long the file has the sessions of a series last, by its first format where it says nothing else."""
    return series.minutes or formats_of(team)[series.turns[0]].default


def moved_to(team: Team, series: Series, generation: Generation, file: Recurrence, record: Record) -> Recurrence | None:
    """Return the rule that a person gave a recurring event; None where it cannot be a series of the team so."""
    observed = record.observed
    if not observed or not observed.starts_at or not observed.rrule:
        return None
    starts = observed.starts_at.astimezone(ZoneInfo(generation.zone)).replace(tzinfo=None)
    if any(rule_problems(observed.rrule, starts.date(), starts.time())):
        return None  # a file could not say it; one for each second would be planned for hours
    try:
        rule = recurrence(_in_cadence(series, Recurrence(starts, observed.rrule), file), team, starts.date())
    except ValueError:
        return None
    return rule if when(rule, generation.zone) == observed.shown.get("when") else None


def in_words(generation: Generation) -> str:
    """Return how often, on which days and at what time a recurring event takes place; nothing where there are no words.

    Those of sprints are left out: their day is not that of the rule.
    """
    parts = _parts(generation.rrule)
    parts.pop("UNTIL", None)
    often, days = int(parts.pop("INTERVAL", "1")), [f"{day.capitalize()}s" for day in _days(parts)]
    if parts.keys() != {"FREQ", "BYDAY"}:
        return ""
    at = f"{generation.starts:%H:%M}"
    if parts["FREQ"] == "WEEKLY" and days:
        return f"{f'every {often} weeks ' if often > 1 else ''}on {listed(days)}, {at}"
    if parts["FREQ"] == "MONTHLY" and (nth := _nth(parts["BYDAY"])):
        day = " ".join((nth.split()[0], nth.split()[1].capitalize()))
        return f"every {often} months on the {day}, {at}" if often > 1 else f"on the {day} of the month, {at}"
    return ""


def _parts(rrule: str) -> dict[str, str]:
    """Return what a rule says beyond what holds anyway."""
    parts = dict(part.split("=", 1) for part in rrule.upper().split(";") if part)
    return {name: value for name, value in parts.items() if (name, value) != ("INTERVAL", "1") and name != "WKST"}


def _days(parts: Mapping[str, str]) -> list[str]:
    return [day for day in DAY_NAMES if day[:2].upper() in parts.get("BYDAY", "").split(",")]


def in_yaml(series: Series, generation: Generation) -> str:
    """Return the line of a team's file that says when a recurring event of a series takes place."""
    parts = _parts(generation.rrule)
    days = _days(parts)
    at, starts = f'at: "{generation.starts:%H:%M}"', generation.starts.date()
    if generation.written and _same_but_later(generation, generation.written):
        at += f", starts: {starts}"
    as_moved = Recurrence(generation.starts, generation.rrule)
    cadence = _in_cadence(series, as_moved, generation.written or as_moved).cadence
    if isinstance(cadence, SprintCadence):
        return f"cadence: {{every: sprint, day: {cadence.day}, {at}}}"
    if parts.keys() == {"FREQ", "BYDAY"} and parts["FREQ"] == "WEEKLY" and days:
        on = days[0] if len(days) == 1 else f"[{', '.join(days)}]"
        return f"cadence: {{every: week, on: {on}, {at}}}"
    if parts.keys() == {"FREQ", "BYDAY"} and parts["FREQ"] == "MONTHLY" and (nth := _nth(parts["BYDAY"])):
        return f"cadence: {{every: month, on: {nth}, {at}}}"
    since = "" if "starts: " in at else f", starts: {starts}"
    return f'cadence: {{rrule: "{generation.rrule}", {at}{since}}}'


def _same_but_later(generation: Generation, file: Recurrence) -> bool:
    """Whether a person only let a series begin later than the file does."""
    is_same = _parts(generation.rrule) == _parts(file.rrule) and generation.starts.time() == file.starts.time()
    return is_same and generation.starts > file.starts


def _nth(day: str) -> str:
    """Return “first tuesday” for 1TU; nothing where a file has no words for it."""
    names = {name[:2].upper(): name for name in DAY_NAMES}
    ordinals = {"-1": "last", **{str(number): name for number, name in enumerate(ORDINALS[:-1], 1)}}
    ordinal, name = ordinals.get(day[:-2]), names.get(day[-2:])
    return f"{ordinal} {name}" if ordinal and name else ""
