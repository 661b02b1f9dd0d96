"""The one mail a person gets a day: when it may be sent, and what it says.

Pure. Everything people wrote is data here: it stays on its line and never reaches a header.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from config.team import Team
from daemon.model import Message, Reminder
from daemon.tell.people import addressee

NO_NAMES: Mapping[str, str] = MappingProxyType({})
UNSAFE = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of a whole line."""

OVERDUE, DUE, TO_WRITE_UP, TOPICS, PARTS, CHANGES, STUCK, GAPS, LOST, FOUND, QUESTIONS, LEARNED, THANKS = range(13)
HEADINGS = {
    OVERDUE: "Overdue",
    DUE: "Coming up",
    TO_WRITE_UP: "To write up",
    TOPICS: "Topics wanted, from you and the team",
    PARTS: "Your part in the next sessions",
    CHANGES: "Sessions that changed",
    STUCK: "Stuck, where a word from you may help",
    GAPS: "Open roles, for you as the lead",
    LOST: "Not delivered, for you as the lead",
    FOUND: "Changed by hand, for you as the lead",
    QUESTIONS: "Your questions and wishes",
    LEARNED: "What we learned",
    THANKS: "Thank you",
}
MOST = {CHANGES: 8, GAPS: 8}
"""How many lines of a section are shown where one edit can cause dozens; all else is always shown in full."""
SECTIONS = {"duty": PARTS, "topic": TOPICS, "notice": CHANGES, "escalation": STUCK, "alert": GAPS, "undelivered": LOST}
SECTIONS |= {"finding": FOUND, "write-up": TO_WRITE_UP, "questions": QUESTIONS, "takeaways": LEARNED, "thanks": THANKS}
QUIET = frozenset({"thanks"})
"""Kinds that wait for a digest with something else in it."""
PASSING = frozenset({"duty", "topic", "notice", "alert", "questions"})
"""Kinds that are about one session and mean nothing once it is over."""
COUNTED = {
    OVERDUE: ("1 overdue", "{n} overdue"),
    DUE: ("1 due soon", "{n} due soon"),
    TO_WRITE_UP: ("a session to write up", "{n} sessions to write up"),
    TOPICS: ("a topic to find", "{n} topics to find"),
    PARTS: ("your part in a session", "your part in {n} sessions"),
    CHANGES: ("a session changed", "{n} sessions changed"),
    STUCK: ("1 stuck", "{n} stuck"),
    GAPS: ("an open role", "{n} open roles"),
    LOST: ("a mail that did not arrive", "{n} mails that did not arrive"),
    FOUND: ("a change by hand", "{n} changes by hand"),
    QUESTIONS: ("a question to you", "{n} questions to you"),
    LEARNED: ("what we learned", "what we learned"),
    THANKS: ("thanks", "thanks"),
}
"""How the subject counts what is in a section: one, several."""


def may_write_to(email: str, team: Team, now: datetime) -> bool:
    """Return whether a member, or the lead, is at work: in their working hours, on a working day, not away.

    Hours, weekdays and public holidays are those of the person's own place; ``away``, ``joined`` and ``leaves`` are
    dates in the team's zone. Nobody is written to who is neither a member nor the lead.
    """
    who = addressee(email, team)
    return who is not None and who.at_work(now) and now.astimezone(who.zone).time() in team.chase.working_hours


def wanted(reminders: Sequence[Reminder], teams: Mapping[str, Team], today: date) -> tuple[Reminder, ...]:
    """Return the reminders worth sending: of a kind that its reader has not muted, and not of a session gone by.

    ``teams`` are known by their keys; ``today`` is the date where the reader is. ``mute: [digest]`` means every kind.
    Quiet kinds alone are not worth a mail.
    """
    worthwhile = tuple(
        reminder
        for reminder in reminders
        if not _is_muted(reminder, teams.get(reminder.team)) and not _is_past(reminder, today)
    )
    return worthwhile if any(reminder.kind not in QUIET for reminder in worthwhile) else ()


def _is_muted(reminder: Reminder, team: Team | None) -> bool:
    to = reminder.to.casefold()
    muted = [kind for member in team.members if member.email.casefold() == to for kind in member.mute] if team else []
    return "digest" in muted or reminder.kind in muted


def _is_past(reminder: Reminder, today: date) -> bool:
    return reminder.kind in PASSING and reminder.due is not None and reminder.due < today


def compose(
    to: str, name: str, reminders: Sequence[Reminder], now: datetime, teams: Mapping[str, str] = NO_NAMES
) -> Message:
    """Return the digest of one person for one day, over all their teams.

    ``now`` is in the person's zone: its date is the digest's, and with the person it makes the Message-ID. ``teams``
    gives the names of teams by their keys. What is said twice in the same words is said once.

    Raises:
        ValueError: there is nothing to say.
    """
    if not reminders:
        raise ValueError(f"there is nothing to tell {to}")
    lines = _lines(reminders, now.date(), teams)
    names = sorted({line.team for line in lines})
    digest = hashlib.sha256(to.casefold().encode()).hexdigest()[:16]
    return Message(
        message_id=f"<digest.{now.date()}.{digest}@peerloop>",
        to=to,
        to_name=_one_line(name),
        subject=_subject(lines, names),
        text=_text(_one_line(name), lines, names),
        date=now,
    )


@dataclass(frozen=True, slots=True, order=True)
class _Line:
    """One thing to say, in the order in which a digest says it."""

    section: int
    due: date
    team: str
    text: str
    url: str


def _lines(reminders: Sequence[Reminder], today: date, teams: Mapping[str, str]) -> list[_Line]:
    lines = {
        _Line(
            _section(reminder, today),
            reminder.due or date.max,
            _one_line(teams.get(reminder.team, reminder.team)),
            _one_line(reminder.text),
            _one_line(reminder.url or ""),
        )
        for reminder in reminders
    }
    return sorted(lines)


def _section(reminder: Reminder, today: date) -> int:
    own = OVERDUE if reminder.due and reminder.due < today else DUE
    return SECTIONS.get(reminder.kind, own)


def _subject(lines: Sequence[_Line], names: Sequence[str]) -> str:
    things = "One thing" if len(lines) == 1 else f"{len(lines)} things"
    return f"{things} from {_shown(names)}: {', '.join(_counts(lines))}"


def _counts(lines: Sequence[_Line]) -> list[str]:
    numbers = [(section, sum(line.section == section for line in lines)) for section in HEADINGS]
    return [COUNTED[section][n > 1].format(n=n) for section, n in numbers if n]


def _shown(names: Sequence[str]) -> str:
    """Return the names as a list in words; of many only how many."""
    if len(names) > 3:
        return f"{len(names)} teams"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _text(name: str, lines: Sequence[_Line], names: Sequence[str]) -> str:
    blocks = [f"Hello {name}," if name else "Hello,", f"here is what {_shown(names)} would like you to know today."]
    for section, heading in HEADINGS.items():
        if own := [line for line in lines if line.section == section]:
            shown = own[: MOST.get(section)]
            rest = [f"  - and {len(own) - len(shown)} more"] if len(own) > len(shown) else []
            blocks.append("\n".join([heading, *(_said(line, len(names) > 1) for line in shown), *rest]))
    blocks += _how_to_answer({line.section for line in lines})
    return "\n\n".join([*blocks, "Have a good day!\npeerloop"]) + "\n"


def _said(line: _Line, name_team: bool) -> str:
    text = f"  - {line.team}: {line.text}" if name_team else f"  - {line.text}"
    return f"{text}\n    {line.url}" if line.url else text


def _how_to_answer(sections: set[int]) -> list[str]:
    answers = []
    if sections & {OVERDUE, DUE}:
        answers.append(
            "Done? Tick the box on the page, and you will not hear of it again.\n"
            "Needs longer, or is somebody else's? Write another date or another @name there.\n"
            "Will not be done after all? Write (dropped) behind it."
        )
    if PARTS in sections:
        answers.append("Cannot make it? Decline in the calendar, and we look for somebody else.")
    if GAPS in sections:
        answers.append("To give somebody a role, name them under `sessions:` in the team's file.")
    return answers


def _one_line(text: str) -> str:
    """Return people's text as one line: no line break, no control character, nothing that cannot be encoded."""
    spaced = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(UNSAFE.sub("", spaced).split())
