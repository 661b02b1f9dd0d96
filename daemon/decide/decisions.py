"""What the lead decided of a session; the one place that tells. Pure."""

from collections.abc import Iterable
from datetime import date
from functools import reduce

from config.team import Decision, Series, Team


def decision_on(day: date, series: Series, team: Team) -> Decision | None:
    """Return what was decided of the session of a series that was originally due on a day, a date in its zone."""
    return _together(one for one in team.sessions if one.on == day and _is_about(one, series, team))


def decisions_of(series: Series, team: Team) -> dict[date, Decision]:
    """Return what was decided of the sessions of a series, by their original dates."""
    own = [one for one in team.sessions if _is_about(one, series, team)]
    together = ((day, _together(one for one in own if one.on == day)) for day in {one.on for one in own})
    return {day: decision for day, decision in together if decision}


def decided_series(decision: Decision, team: Team) -> Series | None:
    """Return the series a decision is about: the one of that name, else the one that had it."""
    named = (series for series in team.series if series.name == decision.series)
    renamed = (series for series in team.series if decision.series in series.was)
    return next(named, None) or next(renamed, None)


def _is_about(decision: Decision, series: Series, team: Team) -> bool:
    decided = decided_series(decision, team)
    return decided is not None and decided.name == series.name


def _together(decisions: Iterable[Decision]) -> Decision | None:
    """Return several decisions on one session as one; the later adds to the earlier."""
    return reduce(_adding, decisions, None)


def _adding(earlier: Decision | None, later: Decision) -> Decision:
    return earlier.model_copy(update=later.model_dump(exclude_none=True)) if earlier else later
