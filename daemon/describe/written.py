"""What is written to calendar and wiki, as the log says it: what, why, who asked for it, how it was before. Pure."""

from datetime import datetime

from config.team import Team
from daemon.model import CalledOffBy, Page, SeriesEvent, Session, SessionEvent, Write
from daemon.model.entries import Entry, Facts
from daemon.model.memory import Memory
from daemon.model.names import pass_id
from daemon.model.sessions import BY_WORD, Reason
from daemon.model.words import quoted

NOBODY = "nobody"
BY_ITSELF = "peerloop, by the team's file"
"""Who asked for what no single person did."""
UP_TO_DATE = "what it shows has changed"
MISSING = "it was not there"
NEW = "it is planned, by the cadence of its series"
SAID = frozenset({*BY_WORD, "sought", "offered"})
"""The kinds of reason of a role that passed on because of what somebody said."""
CALLED_OFF: dict[CalledOffBy | None, str] = {
    CalledOffBy.PEOPLE: "whoever deleted it in the calendar",
    CalledOffBy.SERIES: "whoever deleted its series in the calendar",
}


def entry(team: Team, before: Memory, after: Memory, now: datetime, write: Write) -> Entry:
    """Return what the log says of a write, by a pass at ``now``, aware, which knew one memory and decided the other."""
    resource = write.resource
    session = _session_of(resource.key, after)
    was = before.sessions.get(session.key) if session else None
    then, here = _facts(was), _facts(session)
    differ = [name for name in {**then, **here} if then.get(name) != here.get(name)]
    why, asked = _why(session, was, differ, after, team) if session else ("", BY_ITSELF)
    return Entry(
        key=resource.key,
        what=in_words(write),
        why=why or (MISSING if write.fields is None else UP_TO_DATE),
        asked=asked,
        by=pass_id(after.team, now),
        at=now,
        fields=tuple(sorted(write.fields or ())),
        before={name: then[name] for name in differ if name in then},
        after={name: here[name] for name in differ if name in here},
    )


def _session_of(key: str, memory: Memory) -> Session | None:
    """Return the session that an event or a page is of, if it is of one."""
    known = memory.sessions.get(key) or memory.sessions.get(key.removesuffix("/page"))
    return known or next((one for one in memory.sessions.values() if one.page == key), None)


def _facts(session: Session | None) -> Facts:
    """Return what there is to know of a session."""
    if session is None:
        return {}
    facts = {"takes place": "yes" if session.takes_place else "no", "when": session.slot.starts_at.isoformat()}
    facts |= {one.role: one.member or NOBODY for one in session.assignments}
    facts |= {"pairs": "; ".join(", ".join(pair) for pair in session.pairs)} if session.pairs else {}
    return facts | ({"topic": session.topic.title} if session.topic else {})


def _why(session: Session, was: Session | None, differ: list[str], memory: Memory, team: Team) -> tuple[str, str]:
    """Return why a session is shown otherwise than before, if it is another than before, and who asked for that."""
    if not session.takes_place and "takes place" in differ:
        by = team.lead if session.called_off_by is CalledOffBy.LEAD else CALLED_OFF.get(session.called_off_by)
        return session.note or "it does not take place", by or BY_ITSELF
    given = [one for one in session.assignments if one.role in differ]
    if was and given:
        return given[0].reason.text, _who_asked(given[0].reason, session, memory, team)
    if was and "topic" in differ and session.topic_reason:
        return session.topic_reason, BY_ITSELF
    return ("" if was else NEW), BY_ITSELF


def _who_asked(reason: Reason, session: Session, memory: Memory, team: Team) -> str:
    """Return who asked for it that a role goes to somebody else."""
    if reason.kind in ("lead", "corrected"):
        return team.lead
    said = [one.who for one in memory.statements if session.key in (one.about, one.value) and one.who]
    return said[-1] if reason.kind in SAID and said else BY_ITSELF


def in_words(write: Write) -> str:
    """Return what a write has done: made the page “2026-12-10 Lunch & Learn: Vacuum”."""
    resource, is_new = write.resource, write.fields is None
    match resource:
        case Page():
            return _made(f"the page {quoted(resource.title)}", is_new)
        case SeriesEvent():
            name = quoted(resource.summary)
            if resource.until is not None:
                return f"ended the recurring event {name}"
            return _made(f"the recurring event {name}", is_new)
        case SessionEvent():
            day = f"{quoted(resource.summary)} of {resource.recurrence_id:%Y-%m-%d}"
            return f"called off {day}" if resource.cancelled else f"brought {day} up to date in the calendar"


def _made(what: str, is_new: bool) -> str:
    return f"made {what}" if is_new else f"brought {what} up to date"
