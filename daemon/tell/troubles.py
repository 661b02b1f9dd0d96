"""What only the log would know: a file that is wrong, a calendar or a wiki that fails, a pass that stops. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.onboarding import Newcomers
from config.team import Team
from daemon.model import PORTS, Reminder, Trouble
from daemon.model.memory import Memory
from daemon.model.words import local, shortened, weekday_of
from daemon.tell.kinds import RECOVERED, TROUBLE

FILE, PASS, WRITING, NEEDS, DATES = "file", "pass", "writing", "needs", "dates"
"""What else than calendar and wiki can be in trouble: the team's file, a whole pass, what was to be written, where
needs come from, and dates beside the file, which tell when people were onboarded."""
OF_FILES = {FILE, DATES}
"""What does not pass by itself."""
MOST = 10
"""How much of what went wrong at once with one thing is kept."""
LONGEST = 600
"""How many characters of what is wrong are told."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of a trouble, what holds meanwhile, what is said once it is over, and after how long it is told.

    After an hour it is no passing outage; a file that is saved half-way is whole in minutes.
    """

    wrong: str
    meanwhile: str
    well: str
    patience: timedelta = timedelta(hours=1)


WORDS = {
    FILE: _Words(
        "The team's file is wrong",
        "What it said before stays in force until it is mended",
        "The team's file is read again",
        timedelta(minutes=10),
    ),
    PASS: _Words(
        "Nothing is brought up to date",
        "Until that is mended, calendar and pages stay as they are",
        "All is brought up to date again",
    ),
    WRITING: _Words(
        "Something cannot be written to the calendar or the wiki",
        "Each pass tries it again",
        "All could be written again",
    ),
    NEEDS: _Words(
        "What the team needs to learn cannot be read everywhere",
        "What was read there before still counts",
        "What the team needs to learn can be read everywhere again",
    ),
    DATES: _Words(
        "Some dates of the onboarding cannot be used",
        "They are not counted until that is mended",
        "All dates of the onboarding can be used",
        timedelta(minutes=10),
    ),
    **{
        port: _Words(
            f"The {port} cannot be used",
            "Each pass tries it again; until it works, nothing changes there",
            f"The {port} can be used again",
        )
        for port in PORTS
    },
}


def troubles(team: Team, memory: Memory, known: Iterable[Trouble], now: datetime) -> Iterator[Reminder]:
    """Yield what the lead hears of what is in trouble for long and, if they heard of it, that it is over."""
    for one in _of_this_release(known):
        words, since = WORDS[one.subject], _moment(one.since, team)
        if _lasts(one, now):
            subject, what = f"{words.wrong}, since {since}", shortened(one.text, LONGEST).rstrip(".")
            text = f"{subject}: {what}. {words.meanwhile}"
            yield TROUBLE.reminder(one.key, memory.team, team.lead, text, subject=subject)
        elif one.ended and one.told:
            text = f"{words.well}, since {_moment(one.ended, team)}; the trouble was first seen on {since}"
            yield RECOVERED.reminder(f"{one.key}/over", memory.team, team.lead, text, subject=words.well)


def present(team: Team, known: Iterable[Trouble], now: datetime, at_once: bool = False) -> Iterator[str]:
    """Yield in a few words what has been in trouble for long and still is; what stands in files perhaps ``at_once``."""
    for one in _of_this_release(known):
        if _lasts(one, now) or (at_once and one.subject in OF_FILES and one.ended is None):
            yield f"{WORDS[one.subject].wrong}, since {_moment(one.since, team)}"


def by_subject(errors: Iterable[str]) -> dict[str, str]:
    """Return what went wrong in a pass by what is in trouble."""
    found: dict[str, list[str]] = {}
    for error in errors:
        port, _, text = error.partition(": ")
        subject, what = (port, text) if port in (*PORTS, NEEDS) else (WRITING, error)
        found.setdefault(subject, []).append(what)
    return {subject: _in_all(texts) for subject, texts in found.items()}


def _in_all(texts: Sequence[str]) -> str:
    more = [f"There are {len(texts) - MOST} more of them."] if len(texts) > MOST else []
    return " ".join([*texts[:MOST], *more])


def of_dates(newcomers: Newcomers) -> dict[str, str]:
    """Return what is wrong with the file that tells when people were onboarded, if anything is."""
    wrong = [*([f"the file is not used: {newcomers.unread}"] if newcomers.unread else []), *map(str, newcomers.faults)]
    return {DATES: "; ".join(wrong)} if wrong else {}


def _of_this_release(known: Iterable[Trouble]) -> list[Trouble]:
    return [one for one in known if one.subject in WORDS]


def _lasts(one: Trouble, now: datetime) -> bool:
    return one.ended is None and now - one.since >= WORDS[one.subject].patience


def _moment(moment: datetime, team: Team) -> str:
    there = local(moment, team)
    return f"{weekday_of(there.date())}, {there:%H:%M}"
