"""Checks of the lead's own decisions: what they name has to exist, and they must not contradict each other."""

from collections.abc import Iterator
from datetime import date, timedelta

from config.checks.series import is_certain
from config.checks.topics import unknown_member
from config.draft import Draft
from config.faults import Problem, listing, suggestion
from config.formats import SessionFormat, formats_of
from config.team import Decision, Series, Team
from config.values import shown
from config.yaml12 import Path

A_YEAR = timedelta(days=366)
"""So far a session may be moved; all between is planned with it."""


def check_sessions(draft: Draft[Team], today: date | None) -> Iterator[Problem]:
    """Yield decisions that name what is not there, or say two things at once.

    Of those on dates before ``today`` it is history what they name; ``of_the_past`` yields that.
    """
    decided: dict[tuple[str, date], int] = {}
    for number, decision in enumerate(draft.model.sessions):
        path: Path = ("sessions", number)
        if today is None or decision.on >= today:
            yield from _named(draft, path, decision)
        if decision.cancel and decision.move_to:
            yield Problem((*path, "move_to"), "a cancelled session cannot be moved as well; delete cancel or move_to")
        is_known = draft.shows((*path, "on"))
        if is_known and decision.move_to and abs(decision.move_to.date() - decision.on) > A_YEAR:
            away = f"{decision.move_to:%Y-%m-%d} is more than a year away from {decision.on}"
            yield Problem((*path, "move_to"), f"{away}; check the year, or cancel it and plan another session")
        at = _series_of(draft, decision)
        if at is None:
            continue
        series = draft.model.series[at]
        first = decided.setdefault((series.name, decision.on), number)
        if first != number:
            before = f"line {draft.line(('sessions', first))} decides on it already"
            yield Problem((*path, "on"), f"{series.name} on {decision.on}: {before}; put all of it into one entry")


def of_the_past(draft: Draft[Team], today: date | None) -> Iterator[Problem]:
    """Yield what decisions on dates before ``today`` name that is not there, or there no more."""
    for number, decision in enumerate(draft.model.sessions):
        if today and decision.on < today:
            yield from _named(draft, ("sessions", number), decision)


def _named(draft: Draft[Team], path: Path, decision: Decision) -> Iterator[Problem]:
    at = _series_of(draft, decision)
    yield from _names(draft, path, decision)
    yield from _members(draft, path, decision)
    yield from _fit(draft, path, decision, at) if at is not None else ()


def _series_of(draft: Draft[Team], decision: Decision) -> int | None:
    renamed = {old: number for number, each in enumerate(draft.model.series) for old in each.was}
    named = {each.name: number for number, each in enumerate(draft.model.series)}
    return named.get(decision.series, renamed.get(decision.series))


def _names(draft: Draft[Team], path: Path, decision: Decision) -> Iterator[Problem]:
    series = draft.declared("series", "name", "was")
    if decision.series not in series and isinstance(draft.root.get("series"), list):
        others = f"; there are {listing(series)}" if series else "; add it under series"
        advice = suggestion(decision.series, series) or others
        yield Problem((*path, "series"), f"there is no series {shown(decision.series)}{advice}")
    topics = draft.declared("topics", "title", "was")
    if decision.topic and decision.topic not in topics and isinstance(draft.root.get("topics", []), list):
        advice = suggestion(decision.topic, topics) or "; add it under topics"
        yield Problem((*path, "topic"), f"there is no topic {shown(decision.topic)}{advice}")


def _members(draft: Draft[Team], path: Path, decision: Decision) -> Iterator[Problem]:
    """Yield members who are not, and who would be in two places at once."""
    for role, email in decision.roles.items():
        if problem := unknown_member(draft, email):
            yield Problem((*path, role), problem)
        earlier = [name for name, other in decision.roles.items() if other == email]
        if earlier[0] != role:
            problem = f"{shown(email)} has two roles in this session, {shown(earlier[0])} and {shown(role)}"
            yield Problem((*path, role), f"{problem}; give one of them to somebody else")
    paired: set[str] = set()
    for index, pair in enumerate(decision.pairs or ()):
        if len(pair) not in (2, 3):
            yield Problem(
                (*path, "pairs", index), f"a pair is two people, or three, not {len(pair)}; write [ada@…, bob@…]"
            )
        for place, email in enumerate(pair):
            if problem := unknown_member(draft, email):
                yield Problem((*path, "pairs", index, place), problem)
            if email in paired:
                yield Problem((*path, "pairs", index, place), f"{shown(email)} is in two pairs; delete one")
            paired.add(email)


def _fit(draft: Draft[Team], path: Path, decision: Decision, at: int) -> Iterator[Problem]:
    """Yield what does not fit any format of the series with the index ``at``, where those are all known for certain."""
    formats, series = formats_of(draft.model), draft.model.series[at]
    if not series.turns or not draft.is_whole("series", at, "formats" if series.formats else "format"):
        return
    if not all(name in formats and is_certain(draft, name) for name in series.turns):
        return
    turns = [formats[name] for name in dict.fromkeys(series.turns)]
    yield from _roles(path, decision, series, turns)
    if decision.minutes and not any(decision.minutes in each.minutes for each in turns):
        lasts = " or ".join(f"{each.minutes} ({each.name})" for each in turns)
        yield Problem(
            (*path, "minutes"), f"{series.name} lasts {lasts} minutes, not {decision.minutes}; change minutes"
        )
    if decision.pairs and not any(each.pairs for each in turns):
        yield Problem((*path, "pairs"), f"{series.name} has no format with pairs; delete pairs")


def _roles(path: Path, decision: Decision, series: Series, turns: list[SessionFormat]) -> Iterator[Problem]:
    roles = list(dict.fromkeys(role for each in turns for role in each.roles))
    keys = [*roles, *Decision.model_fields]
    for role in decision.roles:
        if role not in roles:
            advice = suggestion(role, keys) or f"; its roles are {listing(roles)}"
            problem = f"{shown(role)} is no role in {shown(series.name)}, nor another key of a session"
            yield Problem((*path, role), f"{problem}{advice}", at_key=True)
