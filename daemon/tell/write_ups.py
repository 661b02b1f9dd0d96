"""What comes of a session: its life after it was held, who is asked to write it up, and who hears what was learned.

Pure. What a session's page shows decides: there is nothing else to be kept up to date by anybody.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from config.team import Team
from daemon.describe.facts import is_to_be_recorded, shared_recording
from daemon.describe.words import SessionWords
from daemon.learn.life import LATELY
from daemon.model import Observed, Reminder, Session, State, WriteUp, held
from daemon.model.memory import Memory
from daemon.model.words import FACILITATOR, quoted, weekday
from daemon.tell.kinds import TAKEAWAYS, WRITE_UP
from daemon.tell.people import Addressee, addressee, lead_of
from daemon.tell.session import reminder

ASKED_AFTER = (0, 4, 10)
"""After how many working days somebody is asked to write a session up, as long as nothing is on its page."""
MOST_TAKEAWAYS = 3
"""Of one session in a digest; all of them stand on its page."""


def write_ups(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield who is asked to write up a session just held, and again after some working days while its page is empty.

    It is the facilitator, or else whoever had a role; the lead where that person has left.
    """
    for words, page in _lately(team, memory, now):
        who = _writer(words.session, team, now)
        if who is None:
            continue
        start = words.session.slot.ends_at.astimezone(who.zone).date()
        asked = bisect_right(ASKED_AFTER, who.working_days.between(start, who.today(now)))
        missing = [*_missing(words.write_up, page, team)]
        if missing and (asked == 1 or words.session.state is State.HELD):
            text = f"{words.past}: {_request(missing, asked)}"
            subject = f"{words.title} of {weekday(words.session.slot.day)}: please write it up"
            yield reminder(WRITE_UP, words, f"{asked}/{who.email}", who.email, text, subject=subject)


def _lately(team: Team, memory: Memory, now: datetime) -> Iterator[tuple[SessionWords, Observed]]:
    """Yield the sessions that were held lately and have a page, the latest first."""
    for session in held(memory.sessions.values()):
        words = SessionWords(session, team, memory)
        if now - session.slot.ends_at <= LATELY and words.page:
            yield words, words.page


def _writer(session: Session, team: Team, now: datetime) -> Addressee | None:
    asked = session.roles.get(FACILITATOR) or next(iter(session.roles.values()), None)
    who = addressee(asked, team)
    return lead_of(team) if asked and (who is None or who.has_left(now)) else who


def _missing(written: WriteUp, page: Observed, team: Team) -> Iterator[str]:
    """Yield what is not on a page that ought to be; of a recording only together with something else."""
    if not written.takeaways:
        yield "the takeaways"
    if not page.items:
        yield "the action items"
    can_be_recorded = is_to_be_recorded(written, team) and written.consent is not False
    if can_be_recorded and not written.recording and not (written.takeaways and page.items):
        yield "the recording (if everyone agreed to one)"


def _request(missing: list[str], asked: int) -> str:
    if asked == 1:
        return f"while it is fresh, please add to its page: {', '.join(missing)}"
    return f"nothing is written on its page yet. Two lines on {missing[0]} are enough"


def shared(team: Team, memory: Memory, now: datetime) -> Iterator[Reminder]:
    """Yield what everybody hears of the sessions written up in the weeks before this one: each once.

    So what is written in one week is said together, in the first digest of the next that has something else to say.
    """
    readers = [who for member in team.members if (who := addressee(member.email, team))]
    for words, _ in _lately(team, memory, now):
        if words.session.state is not State.HELD and (learned := _learned(words.write_up, team)):
            for who in readers:
                today = who.today(now)
                if words.session.slot.day < _monday(today) and who.is_here(today):
                    text = f"{words.past}: {learned}"
                    yield reminder(TAKEAWAYS, words, who.email, who.email, text)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _learned(written: WriteUp, team: Team) -> str:
    """Return the takeaways of a page and, only where everybody agreed, its recording."""
    lines = [quoted(takeaway) for takeaway in written.takeaways[:MOST_TAKEAWAYS]]
    more = ["and more on its page"] if len(written.takeaways) > MOST_TAKEAWAYS else []
    address = shared_recording(written, team)
    return "; ".join([*lines, *more, *([f"recording: {address}"] if address else [])])
