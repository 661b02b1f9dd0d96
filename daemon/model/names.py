"""Who is who: the keys by which teams, series, members and pages are known for good, whatever they are called now."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain, count

from config.team import Series, Team
from config.team_file import TeamFile
from config.values import YEARS, slug
from daemon.model.asked import Asked
from daemon.model.memory import KnownSeries, Memory
from daemon.model.resources import Mark
from daemon.model.sessions import OVER, Assignment, CalledOffBy, Session, Slot, called_off, held, slot_key
from daemon.model.statements import Statement, Statements

INSTANCE = "INSTANCE:"
"""How the key begins of what is observed of an instance that carries no mark."""

SPLIT = "@"
"""What stands in the key of a recurring event before the moment since which a person lets it go on."""
_NUMBER = re.compile("[0-9]{1,9}")
_STAMP = "%Y%m%dT%H%M%SZ"


def team_key(team: Team, known: Mapping[str, str]) -> str:
    """Return the key of a team, given the keys of known teams by their names; a new one is made of its oldest name."""
    return next((known[name] for name in (team.team, *team.was) if name in known), slug((team.team, *team.was)[-1]))


def with_former(files: Iterable[TeamFile], known: Mapping[str, str]) -> Iterator[TeamFile]:
    """Yield the teams, and before each those that it was before it began anew by another key, without any series.

    ``known`` are the keys of known teams by their names.
    """
    for file in files:
        for name in former_names(file.team, known):
            nothing = {"was": (), "series": (), "sessions": (), "topics": (), "needs": ()}
            yield replace(file, team=file.team.model_copy(update={"team": name, **nothing}), heir=file.team)
        yield file


def former_names(team: Team, known: Mapping[str, str]) -> list[str]:
    """Return the earlier names of a team under which another key is known than the one that it has now."""
    return [name for name in team.was if known.get(name, team_key(team, known)) != team_key(team, known)]


def series_key(series: Series, memory: Memory) -> str:
    """Return the key of a series: the one it has been known by, or one made of its oldest name.

    Of several the one goes before by which it takes place now: it is what people see, and where they answer.
    """
    known, names = {one.name: one.key for one in memory.series.values() if not one.became}, (series.name, *series.was)
    keys = [known[name] for name in names if name in known]
    made = f"{memory.team}/{slug(names[-1])}"
    free = (key for key in chain([made], (f"{made}-{number}" for number in count(2))) if key not in memory.series)
    return next((key for key in keys if _goes_on(key, memory)), None) or next(chain(keys, free))


def _goes_on(series: str, memory: Memory) -> bool:
    present = memory.generation(series)
    return present is not None and present.until is None


def keyed_series(team: Team, memory: Memory) -> dict[str, Series]:
    """Return the team's series by their keys."""
    return {series_key(series, memory): series for series in team.series}


def keyed_with_former(team: Team, memory: Memory) -> dict[str, Series]:
    """Return the team's series by their keys, and by those of series that became them."""
    keyed = keyed_series(team, memory)
    return {key: keyed[now] for key in memory.series if (now := key_today(key, memory)) in keyed} | keyed


def key_today(series: str, memory: Memory) -> str:
    """Return the key by which a series goes on that has become another one; else its own."""
    known = memory.series.get(series)
    return key_today(known.became, memory) if known and known.became else series


def former_keys(slot: Slot, memory: Memory) -> list[str]:
    """Return by which keys a slot was known while its series was one that has become it."""
    former = [one.key for one in memory.series.values() if one.became]
    return [slot_key(key, slot.wall) for key in former if key_today(key, memory) == slot.series]


def heir_of(session: Session, memory: Memory, sessions: Mapping[str, Session]) -> Session | None:
    """Return the session that takes place instead of one whose series has become another, at the same time."""
    series = key_today(session.slot.series, memory)
    heir = sessions.get(slot_key(series, session.slot.wall)) if series != session.slot.series else None
    return heir if heir and heir.takes_place else None


def held_before(former: Memory, team: Team, memory: Memory) -> list[Session]:
    """Return what was held while a team was known by another key, as of its series of today, by their names.

    What it knows itself counts as that.
    """
    keys = _keys_today(former, team, memory)
    past = ((_key_in(one, keys), one) for one in held(former.sessions.values()))
    return [
        replace(one, slot=replace(one.slot, series=keys.get(one.slot.series, one.slot.series)))
        for key, one in past
        if key not in memory.sessions
    ]


def handed_over(former: Memory, team: Team, memory: Memory) -> Memory:
    """Return what is known by the former key of a team, with those sessions gone on that are the team's own by now."""
    keys, why = _keys_today(former, team, memory), f"it is one of “{team.team}” now"
    gone = {
        key: called_off(one, CalledOffBy.RENAMED, why)
        for key, one in former.sessions.items()
        if one.state not in OVER and _key_in(one, keys) in memory.sessions
    }
    return replace(former, sessions={**former.sessions, **gone})


def _keys_today(former: Memory, team: Team, memory: Memory) -> Mapping[str, str]:
    """Return by which keys a team has the series that it had while it was known by another one, by their names."""
    today = {name: key for key, one in keyed_series(team, memory).items() for name in (one.name, *one.was)}
    return {one.key: today.get(one.name, one.key) for one in former.series.values()}


def _key_in(session: Session, keys: Mapping[str, str]) -> str:
    """Return the key of a session in another series, given the keys of those."""
    return slot_key(keys.get(session.slot.series, session.slot.series), session.slot.wall)


def series_name(session: Session, memory: Memory) -> str:
    """Return what the series of a session is called now, its key where nothing is known of it."""
    series = memory.series.get(session.slot.series)
    return series.name if series else session.slot.series


def instance_key(event: str, instance: datetime | None) -> str:
    """Return the key of an instance that carries no mark of ours.

    ``event`` is the key of its series' event, ``instance`` its RECURRENCE-ID as wall time; None is unreadable.
    """
    return f"{INSTANCE}{event}:{instance.isoformat(timespec='minutes') if instance else 'unreadable'}"


def is_of(team: str, key: str) -> bool:
    """Whether a resource, by its key, is one of a team's, by the team's."""
    return key.removeprefix(INSTANCE).startswith(f"{team}/")


def page_key(session_key: str) -> str:
    """Return the key of the page that a session gets first; it keeps it where it inherits another slot."""
    return f"{session_key}/page"


def wall_of(session_key: str) -> datetime | None:
    """Return the original local start that the key of a session tells; None of what can be the key of none."""
    series, _, written = session_key.rpartition("/")
    try:
        wall = datetime.fromisoformat(written)
    except ValueError:
        return None
    is_near = wall.year in YEARS and wall.tzinfo is None
    return wall if series and is_near and slot_key(series, wall) == session_key else None


def session_mark(text: str) -> Mark | None:
    """Return the mark of a session that ``text`` is; None where it is none, or cannot be ours, whoever wrote it."""
    mark = Mark.parse(text)
    return mark if mark and wall_of(mark.key) else None


def event_key(series: str, number: int) -> str:
    """Return the key of the nth recurring event of a series."""
    return f"{series}/{number}"


def split_key(event: str, since: datetime) -> str:
    """Return the key of the recurring event that a person made of an event of ours and all that followed a date.

    ``event`` is the key of the first one, ``since`` tells the later ones apart.
    """
    return f"{event.partition(SPLIT)[0]}{SPLIT}{since.astimezone(UTC):{_STAMP}}"


def split_off(event: str) -> datetime | None:
    """Return since when a person lets a recurring event go on as one of its own, by its key; None of one of ours."""
    _, _, since = event.partition(SPLIT)
    try:
        return datetime.strptime(since, _STAMP).replace(tzinfo=UTC) if since else None
    except ValueError:  # a person wrote that
        return None


def numbered(event: str) -> tuple[str, int | None]:
    """Return of which series a recurring event is, by its key, and the how manieth of ours; None where it says none."""
    series, _, number = event.partition(SPLIT)[0].rpartition("/")
    return series, int(number) if _NUMBER.fullmatch(number) else None


def pass_id(team_key: str, now: datetime) -> str:
    """Return what the pass over a team at a moment, aware, is called in the log and in the ledger."""
    return f"{team_key}-{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}"[:-3]


def thanks_key(team_key: str, quarter: object) -> str:
    """Return the key of the page that thanks for a quarter: ``platform/thanks/2026-Q4``."""
    return f"{team_key}/thanks/{quarter}"


def outcomes_key(team_key: str) -> str:
    """Return the key of the page that tells what the programme has come to."""
    return f"{team_key}/outcomes"


def undelivered_key(team_key: str, email: str, day: date) -> str:
    """Return the key under which a lead hears, once a week, that somebody's digest of a day did not arrive."""
    year, week, _ = day.isocalendar()
    return f"{team_key}/undelivered/{email}/{year}-{week}"


def home_key(team_key: str) -> str:
    """Return the key of a team's home page."""
    return f"{team_key}/home"


def renamed(memory: Memory, team: Team) -> Memory:
    """Return the memory in today's names: of the team, its series, and of members who have a new e-mail."""
    emails = {old: member.email for member in team.members for old in member.was}
    series = dict(memory.series)
    for one in team.series:
        key = series_key(one, memory)
        if key in series:
            series[key] = replace(series[key], name=one.name)
            series |= {former.key: replace(former, name=one.name, became=key) for former in _former(one, key, memory)}
    sessions, basis, before = memory.sessions, memory.basis, memory.before
    if emails:
        sessions = {key: _with_emails(session, emails) for key, session in sessions.items()}
        before = tuple(_with_emails(session, emails) for session in before)
        members = {member_name(old): member_name(new) for old, new in emails.items()}
        basis = {members.get(name, name): value for name, value in basis.items()}
    memory = replace(memory, name=team.team, basis=basis, series=series, sessions=sessions, before=before)
    return replace(memory, statements=_said_today(memory, emails)) if memory.statements else memory


def _said_today(memory: Memory, emails: Mapping[str, str]) -> Statements:
    """Return what people said, with today's addresses, and of the sessions as their series are known today."""
    former = {key: now for key in memory.series if (now := key_today(key, memory)) != key}
    return (
        Statements(_said_of(one, former, emails) for one in memory.statements)
        if former or emails
        else memory.statements
    )


def _said_of(one: Statement, series: Mapping[str, str], emails: Mapping[str, str]) -> Statement:
    who, other, before = (emails.get(email, email) if email else None for email in (one.who, one.other, one.before))
    about, value = (_with_series(key, series) for key in (one.about, one.value))
    return replace(one, about=about, value=value, who=who, other=other, before=before)


def _with_series(key: str, series: Mapping[str, str]) -> str:
    name, slash, rest = key.rpartition("/")
    return f"{series[name]}/{rest}" if slash and name in series else key


def addresses_today(team: Team, memory: Memory) -> dict[str, str]:
    """Return the addresses of members by those under which they are still known, and which nobody else has now."""
    known = {*memory.basis, *(member_name(email) for one in memory.sessions.values() for email in one.roles.values())}
    old = {name: member.email for member in team.members for name in member.was if member_name(name) in known}
    return {name: email for name, email in old.items() if name not in {member.email for member in team.members}}


def _former(series: Series, key: str, memory: Memory) -> list[KnownSeries]:
    """Return the series that began anew by another key: those of its former names, and what became it before."""
    names = {series.name, *series.was}
    named = (one for one in memory.series.values() if one.key != key and one.name in names and not one.became)
    return [*named, *(one for one in memory.series.values() if one.became and key_today(one.key, memory) == key)]


def member_name(email: str) -> str:
    """Return how a member is named in the basis of what was announced."""
    return f"member {email}"


def _with_emails(session: Session, emails: Mapping[str, str]) -> Session:
    return replace(
        session,
        assignments=tuple(_reassigned(assignment, emails) for assignment in session.assignments),
        pairs=tuple(tuple(emails.get(member, member) for member in pair) for pair in session.pairs),
        asked=_asked_of(session.asked, emails) if session.asked else None,
    )


def _asked_of(asked: Asked, emails: Mapping[str, str]) -> Asked:
    answers, ticked = (
        {emails.get(email, email): can for email, can in said.items()} for said in (asked.answers, asked.ticked)
    )
    people = tuple(dict.fromkeys(emails.get(email, email) for email in asked.people))
    return replace(asked, people=people, answers=answers, ticked=ticked)


def _reassigned(assignment: Assignment, emails: Mapping[str, str]) -> Assignment:
    return replace(
        assignment,
        member=emails.get(assignment.member, assignment.member) if assignment.member else None,
        eligible={emails.get(email, email): share for email, share in assignment.eligible.items()},
        former=emails.get(assignment.former, assignment.former) if assignment.former else None,
    )
