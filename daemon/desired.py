"""Desired: what the calendar and the wiki should show of a series and its sessions. Pure.

What may change (when, who, what about, the state) stands in an event's text and in a page's managed region, which
follow the facts; a page's body is made once from the format's template and is people's from then on. The same
session always gives the same text. Text from people is shown as they wrote it, and is never markup.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from config.formats import PLAIN, SessionFormat, formats_of
from config.markdown import markdown_text, one_line, web_address
from config.team import DAY_NAMES, Member, Series, Team, Topic
from config.templates import NOBODY, TemplateContext
from config.values import slug
from daemon.figures import OVER
from daemon.links import reference
from daemon.model import Page, SeriesEvent, Session, SessionEvent, State, Told

LONGEST_TITLE = 250  # characters; Confluence takes 255
MOST_OPEN_ITEMS = 20
NOTHING_TOLD = Told()
FOOTER = "*peerloop keeps this part up to date. Please write below it; what you write there stays yours.*"
STATUS = {
    State.PLANNED: "planned, may still change",
    State.ANNOUNCED: "announced",
    State.HELD: "held",
    State.DOCUMENTED: "held, and written up",
    State.CLOSED: "held, written up, and nothing is left to do",
    State.SKIPPED: "skipped",
    State.CANCELLED: "cancelled",
}

Body = Callable[[SessionFormat, TemplateContext], str]
"""What a new page of a format starts with, such as ``config.templates.render`` for a team's folder."""


class Recurring(Protocol):
    """What tells when a recurring event takes place: wall time of its first instance, and its RRULE."""

    @property
    def starts(self) -> datetime: ...  # noqa: D102
    @property
    def rrule(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An action item of an earlier session that is not done: what, by whom (a name), by when, and on which page.

    ``page`` is the key of the page that it stands on.
    """

    text: str
    assignee: str | None = None
    due: date | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class _Fact:
    """One thing to know of a session, in people's words; ``address`` is safe to link."""

    label: str
    text: str = ""
    address: str | None = None

    @property
    def line(self) -> str:
        """As a line of plain text, for calendar programs."""
        return f"{one_line(self.label)}: {' '.join(filter(None, (one_line(self.text), self.address)))}"

    @property
    def row(self) -> str:
        """As a row of a Markdown table."""
        return f"| **{markdown_text(self.label)}** | {linked(self.text, self.address)} |"


def linked(text: str, address: str | None) -> str:
    """Return text from people as Markdown that links an address, if there is one that may be linked."""
    shown = markdown_text(text)
    if not address:
        return shown
    return f"[{shown}]({address})" if shown else f"<{address}>"


def series_event(
    series: Series,
    team: Team,
    key: str,
    recurrence: Recurring,
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


def session_event(session: Session, series: Series, team: Team, page: str | None = None) -> SessionEvent:
    """Return the instance of a series that shows this session; ``page`` is the key of the page it is to link."""
    slot = session.slot
    facts = _facts(session, series, team) if session.takes_place else [_status(session)]
    return SessionEvent(
        key=session.key,
        event=session.event,
        recurrence_id=slot.recurrence_id,
        zone=slot.zone,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        summary=summary(session, series, team),
        description="\n".join(fact.line for fact in facts),
        cancelled=not session.takes_place,
        page=page,
    )


def page_key(session_key: str) -> str:
    """Return the key of the page that a session gets first; it keeps it where it inherits another slot."""
    return f"{session_key}/page"


def page(
    session: Session,
    series: Series,
    team: Team,
    body: Body | None,
    open_items: Sequence[OpenItem] = (),
    told: Told = NOTHING_TOLD,
    event: str | None = None,
) -> Page:
    """Return the page of a session, with the action items that earlier sessions of its series left open.

    ``body`` is None of a page that exists: what it starts with is not needed. ``told`` is what people wrote on it,
    ``event`` the address of its event.

    Raises:
        BrokenTemplate: as ``body`` does.
    """
    key, context = session.page or page_key(session.key), template_context(session, series, team)
    start = local(session.slot.starts_at, team)
    names = (team.team, series.name, session.slot.format, context.area)
    return Page(
        key=key,
        name=_page_name(key),
        title=page_title(f"{start:%Y-%m-%d} {summary(session, series, team)}"),
        region=_region(session, series, team, open_items, told, event),
        body=body(_format(session, team), context) if body else "",
        year=start.year,
        labels=tuple(dict.fromkeys(slug(name) for name in names if name)),
        values=_values(context) if body else {},
    )


def page_title(title: str) -> str:
    """Return a title cut to what every wiki takes."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _values(context: TemplateContext) -> dict[str, str]:
    """Return what a wiki's own template may show, by the names that page templates know, and by role."""
    told = {each.name: getattr(context, each.name) for each in fields(context)}
    lines = {"people": listed(context.people), "pairs": "; ".join(map(listed, context.pairs)), **context.roles}
    plain = {name: str(value) for name, value in told.items() if type(value) in (str, int)}
    return {**plain, **lines}


def template_context(session: Session, series: Series, team: Team) -> TemplateContext:
    """Return what a template may know of a session."""
    names, topic = names_of(team), session.topic
    start, end = local(session.slot.starts_at, team), local(session.slot.ends_at, team)
    unfilled = dict.fromkeys(_format(session, team).roles, NOBODY)
    return TemplateContext(
        team=team.team,
        series=series.name,
        format=session.slot.format,
        date=f"{start:%Y-%m-%d}",
        weekday=weekday(start),
        start=f"{start:%H:%M}",
        end=f"{end:%H:%M}",
        minutes=session.slot.minutes,
        timezone=team.timezone,
        roles=unfilled | {role: names.get(email, email) for role, email in session.roles.items()},
        people=[member.name for member in team.members if _is_there(member, session.slot.day)],
        pairs=[[names.get(email, email) for email in pair] for pair in session.pairs],
        topic=topic.title if topic else None,
        area=topic.area if topic else None,
        why=topic.why if topic else None,
        link=topic.link if topic else None,
        owner=names.get(topic.owner, topic.owner) if topic and topic.owner else None,
        whiteboard=_whiteboard(topic, series, team),
        recording=team.recording.consent != "off",
    )


def _facts(session: Session, series: Series, team: Team, told: Told = NOTHING_TOLD) -> list[_Fact]:
    """Return what an event and a page both tell of a session that takes place, and what only its page can."""
    names = names_of(team)
    return [
        *_moved(session, team),
        *_people(session, names),
        *_about(session, team, names),
        *_place(session, series, team, told),
        *([_Fact("Note", session.note)] if session.note else []),
    ]


def _moved(session: Session, team: Team) -> Iterator[_Fact]:
    slot = session.slot
    if slot.starts_at != slot.original_start:
        original = local(slot.original_start, team)
        yield _Fact("Moved", f"from {weekday(original)} {original:%Y-%m-%d, %H:%M}")


def _people(session: Session, names: Mapping[str, str]) -> Iterator[_Fact]:
    for assignment in session.assignments:
        email = assignment.member
        yield _Fact(_label(assignment.role), names.get(email, email) if email else f"{NOBODY}; the lead has been told")
    for number, pair in enumerate(session.pairs, 1):
        together = listed([names.get(email, email) for email in pair])
        yield _Fact(f"Pair {number}", f"{together} (a three)" if len(pair) == 3 else together)


def _about(session: Session, team: Team, names: Mapping[str, str]) -> Iterator[_Fact]:
    topic = session.topic
    if topic is None:
        if _format(session, team).topic:
            chooser = next(iter(session.roles.values()), None)
            asked = f"{names.get(chooser, chooser)}, please choose one" if chooser else "suggestions are welcome"
            yield _Fact("No topic yet", asked)
        return
    yield _Fact("Topic", f"{topic.title} ({topic.area})" if topic.area else topic.title)
    if topic.why or topic.link:
        yield _with_address("Why" if topic.why else "Read more", topic.why or "", topic.link)
    if topic.owner:
        yield _Fact("Suggested by", names.get(topic.owner, topic.owner))


def _place(session: Session, series: Series, team: Team, told: Told) -> Iterator[_Fact]:
    if whiteboard := _whiteboard(session.topic, series, team):
        yield _with_address("Whiteboard", "", whiteboard)
    yield _recording(session, team, told)


def _recording(session: Session, team: Team, told: Told) -> _Fact:
    """Return whether there is a recording, or may be one; its link only where everybody agreed."""
    if team.recording.consent == "off":
        return _Fact("Recording", "none")
    if told.recording and told.consent:
        return _with_address("Recording", "everyone agreed", told.recording)
    if told.recording or session.state in OVER:
        return _Fact("Recording", "not shared: not everyone agreed" if told.recording else "none")
    return _Fact("Recording", "only if everyone who is there agrees; you will be asked first")


def shared_recording(told: Told, team: Team) -> str | None:
    """Return the address of a session's recording, only where everybody agreed and where it may be linked."""
    return web_address(told.recording) if told.consent and team.recording.consent != "off" else None


def _with_address(label: str, text: str, link: str | None) -> _Fact:
    """Return a fact with its link; what may not be linked is shown as text."""
    address = web_address(link)
    return _Fact(label, text if address else f"{text} {link or ''}", address)


def _status(session: Session) -> _Fact:
    status = STATUS[session.state]
    reason = session.note.removeprefix("cancelled: ") if not session.takes_place else ""
    return _Fact("Status", f"{status}: {reason}" if reason else status)


def _region(
    session: Session, series: Series, team: Team, open_items: Sequence[OpenItem], told: Told, event: str | None
) -> str:
    known = _facts(session, series, team, told) if session.takes_place else []
    facts = [_Fact("When", _when(session, team), event), _status(session), *known]
    header = f"| Session | {markdown_text(series.name)} ({markdown_text(session.slot.format)}) |"
    table = [header, "| --- | --- |", *(fact.row for fact in facts)]
    return "\n".join([*table, "", *_open_items(open_items), FOOTER])


def _open_items(items: Sequence[OpenItem]) -> Iterator[str]:
    if not items:
        return
    yield from ("**Still open from earlier sessions**", "")
    by_date = sorted(items, key=lambda item: (item.due or date.max, item.text, item.assignee or ""))
    yield from (f"- {open_item(item)}" for item in by_date[:MOST_OPEN_ITEMS])
    if len(items) > MOST_OPEN_ITEMS:
        yield f"- and {len(items) - MOST_OPEN_ITEMS} more"
    yield ""


def open_item(item: OpenItem) -> str:
    """Return an open item as a line of Markdown: what, by whom, by when."""
    text = item.text if one_line(item.text) else "an action item without words"
    who = markdown_text(item.assignee) if item.assignee else "nobody yet"
    due = f", due {item.due}" if item.due else ""
    return f"{linked(text, reference(item.page) if item.page else None)} – {who}{due}"


def summary(session: Session, series: Series, team: Team) -> str:
    """Return a session's name for people: the series, and the topic or, where the format has none, the format."""
    name = one_line(series.name)
    if session.topic:
        return f"{name}: {one_line(session.topic.title)}"
    if _format(session, team).topic:
        return f"{name}: topic wanted"
    return name if slug(series.name) == slug(session.slot.format) else f"{name}: {one_line(session.slot.format)}"


def _page_name(key: str) -> str:
    """Return ``2026-12-10-1215-lunch-learn`` for the key ``platform/lunch-learn/2026-12-10T12:15/page``."""
    series, wall = key.split("/")[-3:-1]
    return slug(f"{wall.replace('T', '-').replace(':', '')} {series}")


def _format(session: Session, team: Team) -> SessionFormat:
    """Return the format of a session, or the plain one where the team no longer has it."""
    return formats_of(team).get(session.slot.format, PLAIN)


def names_of(team: Team) -> dict[str, str]:
    """Return everybody's name by every e-mail they have or had."""
    former = {email: member.name for member in team.members for email in member.was}
    return former | {member.email: member.name for member in team.members}


def _is_there(member: Member, day: date) -> bool:
    joined = member.joined is None or member.joined <= day
    left = member.leaves is not None and member.leaves < day
    return joined and not left and not any(day in dates for dates in member.away)


def _whiteboard(topic: Topic | None, series: Series, team: Team) -> str | None:
    return (topic and topic.whiteboard) or series.whiteboard or team.whiteboard


def local(moment: datetime, team: Team) -> datetime:
    """Return a moment in the team's zone."""
    return moment.astimezone(ZoneInfo(team.timezone))


def _when(session: Session, team: Team) -> str:
    """Return ``Thursday 2026-12-10, 12:15–13:00 (Europe/Berlin)``."""
    start, end = local(session.slot.starts_at, team), local(session.slot.ends_at, team)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{weekday(end)} {end:%Y-%m-%d, %H:%M}"
    return f"{weekday(start)} {start:%Y-%m-%d, %H:%M}–{until} ({team.timezone})"


def weekday(day: datetime) -> str:
    """Return a day's name: Thursday."""
    return DAY_NAMES[day.weekday()].capitalize()


def _weeks_or_days(length: timedelta) -> str:
    number, unit = (length.days // 7, "week") if length.days % 7 == 0 else (length.days, "day")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _label(role: str) -> str:
    """Return a role's name for people: Note-taker."""
    shown = one_line(role)
    return shown[:1].upper() + shown[1:] or "Role"


def listed(names: Sequence[str]) -> str:
    """Return names as people list them: Ada, Bob and Cleo."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
