"""What the calendar should show of a series and its sessions. Pure.

What may change (when, who, what about, the state) stands in an event's text and in a page's managed region, which
follow the facts; a page's body is made once from the format's template and is people's from then on. The same
session always gives the same text. Text from people is shown as they wrote it, and is never markup.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from config.markdown import one_line
from config.team import Series, Team
from config.values import slug
from daemon.describe.facts import Fact, facts, status
from daemon.describe.words import format_of
from daemon.model import OVER, SeriesEvent, Session, SessionEvent
from daemon.model.words import TOPIC_WANTED

ANSWER = "Can't make it, or would like a turn? Say so"
"""Stands before the address at which that is said."""


class Repeating(Protocol):
    """What tells when a recurring event takes place: wall time of its first instance, and its RRULE."""

    @property
    def starts(self) -> datetime: ...  # noqa: D102
    @property
    def rrule(self) -> str: ...  # noqa: D102


def series_event(
    series: Series,
    team: Team,
    key: str,
    recurrence: Repeating,
    minutes: int,
    guests: Mapping[str, str],
    until: datetime | None = None,
    zone: str | None = None,
) -> SeriesEvent:
    """Return the recurring event of a series; ``guests`` maps e-mail to name.

    ``until`` (wall time) is said of one that has ended, ``zone`` of one that began in another zone than the team's.
    """
    description = (
        f"Peer learning of the team {one_line(team.team)}. Who leads a session and what it is about is decided "
        f"{_weeks_or_days(team.rotation.ahead)} ahead, and from then on stands in the session itself."
    )
    return SeriesEvent(
        key=key,
        starts=recurrence.starts,
        zone=zone or team.timezone,
        minutes=minutes,
        rrule=recurrence.rrule,
        summary=one_line(series.name),
        description=description,
        guests=guests,
        until=until,
    )


def session_event(
    session: Session, series: Series, team: Team, page: str | None = None, on_the_web: str = ""
) -> SessionEvent:
    """Return the instance of a series that shows this session.

    ``page`` is the key of the page it is to link, ``on_the_web`` where somebody says that they cannot come.
    """
    slot = session.slot
    answer = [Fact(ANSWER, "", on_the_web)] if on_the_web else []
    known = [*facts(session, series, team), *answer] if session.takes_place else [status(session)]
    return SessionEvent(
        key=session.key,
        event=session.event,
        recurrence_id=slot.recurrence_id,
        zone=slot.zone,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        summary=summary(session, series, team),
        description="\n".join(fact.line for fact in known),
        cancelled=not session.takes_place,
        page=page,
    )


def summary(session: Session, series: Series, team: Team) -> str:
    """Return a session's name for people: the series, and the topic or, where the format has none, the format."""
    name = one_line(series.name)
    if session.topic:
        return f"{name}: {one_line(session.topic.title)}"
    if format_of(session, team).topic:
        return f"{name}: {TOPIC_WANTED}" if session.takes_place and session.state not in OVER else name
    return name if slug(series.name) == slug(session.slot.format) else f"{name}: {one_line(session.slot.format)}"


def _weeks_or_days(length: timedelta) -> str:
    number, unit = (length.days // 7, "week") if length.days % 7 == 0 else (length.days, "day")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
