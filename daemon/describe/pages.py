"""The page of a session: the table that follows the facts, and what a new page starts with. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import NamedTuple

from config.formats import SessionFormat
from config.markdown import markdown_text, one_line
from config.rendering import NOBODY
from config.team import Series, Team
from config.templates import TemplateContext
from config.values import slug
from daemon.describe.facts import NOTHING_WRITTEN, Fact, facts, status, whiteboard
from daemon.describe.sessions import summary
from daemon.describe.words import format_of, link
from daemon.model import CalledOffBy, Page, Session, WriteUp
from daemon.model.links import reference
from daemon.model.members import why_away
from daemon.model.memory import Item
from daemon.model.names import page_key
from daemon.model.words import listed, local, names_of, weekday

LONGEST_TITLE = 250  # characters; Confluence takes 255
MOST_CARRIED = 5
FOOTER = "*peerloop keeps this part up to date. Please write below it; what you write there stays yours.*"
Body = Callable[[SessionFormat, TemplateContext], str]
"""What a new page of a format starts with, such as ``config.templates.render`` for a team's folder."""


class Carried(NamedTuple):
    """An open item that comes along from an earlier session, and to how many sessions' pages it has come so far."""

    item: Item
    times: int


def page(
    session: Session,
    series: Series,
    team: Team,
    body: Body | None,
    carried: Sequence[Carried] = (),
    write_up: WriteUp = NOTHING_WRITTEN,
    event: str | None = None,
    today: date | None = None,
    other: str | None = None,
    said: Sequence[str] = (),
) -> Page:
    """Return the page of a session, with the action items that earlier sessions of its series left open.

    ``body`` is None of a page that exists: what it starts with is not needed. ``write_up`` is what people wrote on it,
    ``event`` the address of its event, ``today`` the day by which items are overdue, ``other`` the key of the page that
    the session has, or had, under another name, ``said`` what is shown of its transcript.

    Raises:
        BrokenTemplate: as ``body`` does.
    """
    key, context = session.page or page_key(session.key), template_context(session, series, team)
    start = local(session.slot.starts_at, team)
    names = (team.team, series.name, session.slot.format, context.area)
    return Page(
        key=key,
        name=_page_name(key),
        title=page_title(f"{start:%Y-%m-%d} {_called(session, series, team)}"),
        region=_region(session, series, team, [*_carried(carried, team, today), *said], write_up, event, other),
        body=body(format_of(session, team), context) if body else "",
        year=start.year,
        labels=tuple(dict.fromkeys(slug(name) for name in names if name)),
        values=_values(context) if body else {},
    )


def _called(session: Session, series: Series, team: Team) -> str:
    is_left = session.called_off_by is CalledOffBy.RENAMED
    return f"{one_line(series.name)}: former page" if is_left else summary(session, series, team)


def page_title(title: str) -> str:
    """Return a title cut to what every wiki takes."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _values(context: TemplateContext) -> dict[str, str]:
    """Return what a wiki's own template may show, by the names that page templates know, and by role."""
    known = {each.name: getattr(context, each.name) for each in fields(context)}
    lines = {"people": listed(context.people), "pairs": "; ".join(map(listed, context.pairs)), **context.roles}
    plain = {name: str(value) for name, value in known.items() if type(value) in (str, int)}
    return {**plain, **lines}


def template_context(session: Session, series: Series, team: Team) -> TemplateContext:
    """Return what a template may know of a session."""
    names, topic = names_of(team), session.topic
    start, end = local(session.slot.starts_at, team), local(session.slot.ends_at, team)
    unfilled = dict.fromkeys(format_of(session, team).roles, NOBODY)
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
        people=[names[member.email] for member in team.members if why_away(member, session.slot.day) is None],
        pairs=[[names.get(email, email) for email in pair] for pair in session.pairs],
        topic=topic.title if topic else None,
        area=topic.area if topic else None,
        why=topic.why if topic else None,
        link=topic.link if topic else None,
        owner=names.get(topic.owner, topic.owner) if topic and topic.owner else None,
        whiteboard=whiteboard(topic, series, team),
        recording=team.recording.consent != "off",
    )


def _region(
    session: Session,
    series: Series,
    team: Team,
    lists: Iterable[str],
    write_up: WriteUp,
    event: str | None,
    other: str | None,
) -> str:
    known = facts(session, series, team, write_up) if session.takes_place else []
    there = "the page under its former name" if session.takes_place else "the page that is in use"
    linked = [Fact("See also", there, reference(other))] if other else []
    rows = [Fact("When", _when(session, team), event), status(session), *known, *linked]
    header = f"| Session | {markdown_text(series.name)} ({markdown_text(session.slot.format)}) |"
    table = [header, "| --- | --- |", *(fact.row for fact in rows)]
    return "\n".join([*table, "", *lists, FOOTER])


def by_date(items: Sequence[Item], names: Mapping[str, str]) -> list[Item]:
    """Return items by when they are due, last those for which nobody wrote down when."""
    return sorted(items, key=lambda item: (item.due if item.dated else date.max, item.text, _holder(item, names)))


def _carried(items: Sequence[Carried], team: Team, today: date | None) -> Iterator[str]:
    """Yield what earlier sessions left open, the oldest first; of more than a few their number."""
    if not items:
        return
    names = names_of(team)
    oldest = sorted(items, key=lambda one: (-one.times, one.item.due, one.item.text, _holder(one.item, names)))
    yield from ("**Still open from earlier sessions**", "")
    for item, times in oldest[:MOST_CARRIED]:
        yield f"- {open_item(item, names, today)}; carried over {_times(times)}"
    if len(items) > MOST_CARRIED:
        yield f"- and {len(items) - MOST_CARRIED} more"
    yield from ("", "Done, or not to be done any more? Tick it on its page, or write “won't do” behind it.", "")


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def open_item(item: Item, names: Mapping[str, str], today: date | None = None) -> str:
    """Return an open item as a line of Markdown: what, by whom, by when; it links the page on which it stands."""
    text = item.words if one_line(item.text) else "an action item without words"
    who = markdown_text(_holder(item, names)) or NOBODY
    is_late = today is not None and item.due < today
    due = f", {'overdue: was ' if is_late else ''}due {item.due}" if item.dated else ""
    return f"{link(text, reference(item.page))} – {who}{due}"


def _holder(item: Item, names: Mapping[str, str]) -> str:
    """Return the names of whose item it is, or else what stands there as one."""
    return listed([names.get(email, email) for email in item.people]) or item.handle or ""


def _page_name(key: str) -> str:
    """Return ``2026-12-10-1215-lunch-learn`` for the key ``platform/lunch-learn/2026-12-10T12:15/page``."""
    series, wall = key.split("/")[-3:-1]
    return slug(f"{wall.replace('T', '-').replace(':', '')} {series}")


def _when(session: Session, team: Team) -> str:
    """Return ``Thursday 2026-12-10, 12:15–13:00 (Europe/Berlin)``."""
    start, end = local(session.slot.starts_at, team), local(session.slot.ends_at, team)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{weekday(end)} {end:%Y-%m-%d, %H:%M}"
    return f"{weekday(start)} {start:%Y-%m-%d, %H:%M}–{until} ({team.timezone})"
