"""The lead's overview of a week, on their first working day of it: what is next, what is overdue, what fails. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from config.team import Team
from daemon.describe.outcomes import known_to_one, last_monday
from daemon.describe.words import SessionWords, format_of
from daemon.learn.items import shown_items
from daemon.learn.needs import needs, shown_by
from daemon.model import Reminder, Session, Trouble, held
from daemon.model.memory import Item, Memory, Progress
from daemon.model.needs import Need, NeedState, monday_of
from daemon.model.words import FACILITATOR, listed, often, quoted, shortened
from daemon.tell.kinds import OVERVIEW
from daemon.tell.people import Addressee, lead_of, name_of
from daemon.tell.session import on_day, reminder, when
from daemon.tell.troubles import present

MOST_ITEMS, MOST_AREAS = 3, 5
"""How many overdue items are named, which are all on the home page, and areas that only one person knows."""
DAYS_OF_A_WEEK = 7
MOST_NEEDS = 3
"""How many needs are named; the home page has most of them."""


def overview(team: Team, memory: Memory, known: Iterable[Trouble], now: datetime) -> Iterator[Reminder]:
    """Yield the lead's overview, a line a session of the next seven days; none before a first session was held."""
    lead = lead_of(team)
    today = lead.today(now)
    if not _starts_the_week(lead, today) or not held(memory.sessions.values()):
        return
    coming = [SessionWords(one, team, memory) for one in _next(memory, lead, now)]
    named = ", ".join(f"{one.title} {on_day(one.session.slot.day, today)}" for one in coming)
    place = {"session": f"{memory.team}/overview", "subject": f"What is next: {named}" if named else ""}
    for words in coming:
        text = f"{words.title} on {when(words, lead)}: {'; '.join(_state(words.session, team))}"
        yield reminder(OVERVIEW, words, f"{today}", lead.email, text, **place)
    rest = [
        *_overdue(team, memory, today),
        *_lacking(team, memory, today),
        *_known_to_one(team, memory, today),
        *(f"In trouble: {one}" for one in present(team, known, now)),
    ]
    for number, text in enumerate(rest):
        key = f"{memory.team}/overview/{today}/{number}"
        yield OVERVIEW.reminder(key, memory.team, lead.email, text, **place)


def _starts_the_week(who: Addressee, today: date) -> bool:
    before = (today - timedelta(days=n) for n in range(1, today.weekday() + 1))
    return who.works(today) and not any(who.works(day) for day in before)


def _next(memory: Memory, who: Addressee, now: datetime) -> Sequence[Session]:
    """Return the sessions of today and the next six days, whole days where the person is, or else the one after."""
    last = who.today(now) + timedelta(days=6)
    coming = [one for one in memory.by_start() if one.takes_place and one.slot.starts_at > now]
    return [one for one in coming if one.slot.starts_at.astimezone(who.zone).date() <= last] or coming[:1]


def _state(session: Session, team: Team) -> Iterator[str]:
    """Yield who leads a session, what it is about, and what it lacks."""
    leads = session.roles.get(FACILITATOR)
    yield f"{name_of(leads, team)} leads it" if leads else "nobody leads it yet"
    if session.topic:
        yield f"about {quoted(session.topic.title)}"
    elif format_of(session, team).topic:
        yield "a topic is wanted"
    missing = [role for role in session.unfilled if role != FACILITATOR]
    if missing:
        yield f"nobody yet as {listed(missing)}"


def _overdue(team: Team, memory: Memory, today: date) -> Iterator[str]:
    """Yield what is overdue, but for the lead's own items, of which they hear as everybody does."""
    still_open = (one for one in shown_items(memory) if one.state is Progress.OPEN and one.assignee != team.lead)
    late = [one for one in still_open if one.due < today]
    if late:
        late.sort(key=lambda one: (one.due, one.key))
        more = [f"{len(late) - MOST_ITEMS} more"] if len(late) > MOST_ITEMS else []
        count = "1 action item is overdue" if len(late) == 1 else f"{len(late)} action items are overdue"
        yield f"{count}: {listed([*(_named(one, team) for one in late[:MOST_ITEMS]), *more])}"


def _lacking(team: Team, memory: Memory, today: date) -> Iterator[str]:
    """Yield what people want to learn and nobody has decided about, first what was first noticed last week."""
    waiting = [one for one in shown_by(needs(team, memory), today) if one.state is NeedState.PROPOSED]
    if waiting:
        monday = monday_of(today)
        new = [one for one in waiting if monday - timedelta(weeks=1) <= one.sightings[0].seen < monday]
        ranked = [*new, *(one for one in waiting if one not in new)]
        more = [f"{len(waiting) - MOST_NEEDS} more"] if len(waiting) > MOST_NEEDS else []
        things, are = ("thing", "is") if len(waiting) == 1 else ("things", "are")
        since = f", {len(new)} of them new last week" if new else ""
        named = listed([*map(_need, ranked[:MOST_NEEDS]), *more])
        yield (
            f"{len(waiting)} {things} that people want to learn {are} neither taken up nor declined{since}: {named}. "
            "To make a topic of one: `peerloop needs accept ID FILE`; `peerloop needs FILE` lists them all"
        )


def _need(one: Need) -> str:
    area = f"{one.area}, " if one.area else ""
    return f"{quoted(shortened(one.text, 80))} ({one.id}, {area}noticed {often(one.times)})"


def _known_to_one(team: Team, memory: Memory, today: date) -> Iterator[str]:
    """Yield, in the first full week of a month, the areas that only one person knows, where outcomes are wanted."""
    monday = last_monday(today)
    alone = known_to_one(team, memory, monday) if team.outcomes and monday.day <= DAYS_OF_A_WEEK else ()
    if alone:
        more = [f"{len(alone) - MOST_AREAS} more"] if len(alone) > MOST_AREAS else []
        named = [f"{area} ({name_of(email, team)})" for area, email in alone[:MOST_AREAS]]
        yield (
            f"Known to one person alone, as far as your file and the sessions tell: {listed([*named, *more])}. "
            "It changes when somebody else presents there; `peerloop outcomes` has them all"
        )


def _named(item: Item, team: Team) -> str:
    who = listed([name_of(email, team) for email in item.people]) or "nobody yet"
    return f"{quoted(shortened(item.words, 80))} ({who}, due {item.due})"
