"""The one mail a person gets a day: when it may be sent, and what it says.

Pure. Everything people wrote is data here: it stays on its line and never reaches a header.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from config.team import Team
from daemon.model import Message, Reminder
from daemon.model.words import listed
from daemon.tell.briefing import standing
from daemon.tell.kinds import EVERYTHING, KIND_OF, KINDS, SECTIONS, Section
from daemon.tell.people import addressee

NO_NAMES: Mapping[str, str] = MappingProxyType({})
OWN_DOMAIN = "peerloop"
"""Where Message-IDs are chosen that no sender's domain is known for."""
UNSAFE = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of a whole line."""


def may_write_to(email: str, team: Team, now: datetime) -> bool:
    """Return whether a member, or the lead, is at work: in their working hours, on a working day, not away.

    Hours, weekdays and public holidays are those of the person's own place; ``away``, ``joined`` and ``leaves`` are
    dates in the team's zone. Nobody is written to who is neither a member nor the lead.
    """
    who = addressee(email, team)
    return who is not None and who.at_work(now) and now.astimezone(who.zone).time() in team.chase.working_hours


def wanted(reminders: Sequence[Reminder], teams: Mapping[str, Team], today: date) -> tuple[Reminder, ...]:
    """Return the reminders worth sending: of a kind that its reader has not muted, not of a session gone by, and not
    what was taken back before anybody heard of it.

    ``teams`` are known by their keys; ``today`` is the date where the reader is. ``mute: [digest]`` means every kind.
    Quiet kinds alone are not worth a mail, nor are kinds of another release.
    """
    known = [reminder for reminder in standing(reminders) if reminder.kind in KIND_OF]
    worthwhile = tuple(
        reminder
        for reminder in known
        if not _is_muted(reminder, teams.get(reminder.team)) and not _is_past(reminder, today)
    )
    return worthwhile if any(not KIND_OF[reminder.kind].quiet for reminder in worthwhile) else ()


def _is_muted(reminder: Reminder, team: Team | None) -> bool:
    return team is not None and mutes(reminder.to, reminder.kind, team)


def mutes(email: str, kind: str, team: Team) -> bool:
    """Return whether a member does not want to be sent messages of a kind, by its name."""
    muted = [one for member in team.members if member.email == email for one in member.mute]
    return EVERYTHING in muted or kind in muted


def _is_past(reminder: Reminder, today: date) -> bool:
    ends = KIND_OF[reminder.kind].ends_with_session
    return ends and reminder.due is not None and reminder.due < today


def compose(
    to: str,
    name: str,
    reminders: Sequence[Reminder],
    now: datetime,
    teams: Mapping[str, str] = NO_NAMES,
    domain: str = OWN_DOMAIN,
) -> Message:
    """Return the digest of one person for one day, over all their teams.

    ``now`` is in the person's zone: its date is the digest's, and with the person it makes the Message-ID, which ends
    in ``domain``. ``teams`` gives the names of teams by their keys. What is said twice in the same words is said once.

    Raises:
        ValueError: there is nothing to say.
    """
    if not reminders:
        raise ValueError(f"there is nothing to tell {to}")
    lines = _lines(reminders, now.date(), teams)
    names = sorted({line.team for line in lines})
    digest = hashlib.sha256(to.casefold().encode()).hexdigest()[:16]
    return Message(
        message_id=f"<digest.{now.date()}.{digest}@{domain}>",
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
    return SECTIONS.index(KIND_OF[reminder.kind].section_on(reminder.due, today))


def _subject(lines: Sequence[_Line], names: Sequence[str]) -> str:
    things = "One thing" if len(lines) == 1 else f"{len(lines)} things"
    return f"{things} from {_shown(names)}: {', '.join(_counts(lines))}"


def _counts(lines: Sequence[_Line]) -> list[str]:
    numbers = Counter(line.section for line in lines)
    counted = ((SECTIONS[section], n) for section, n in sorted(numbers.items()))
    return [(section.one if n == 1 else section.several).format(n=n) for section, n in counted]


def _shown(names: Sequence[str]) -> str:
    """Return the names as a list in words; of many only how many."""
    return f"{len(names)} teams" if len(names) > 3 else listed(names)


def _text(name: str, lines: Sequence[_Line], names: Sequence[str]) -> str:
    blocks = [f"Hello {name}," if name else "Hello,", f"here is what {_shown(names)} would like you to know today."]
    for number, section in enumerate(SECTIONS):
        if own := [line for line in lines if line.section == number]:
            shown = own[: section.most]
            rest = [f"  - and {len(own) - len(shown)} more"] if len(own) > len(shown) else []
            blocks.append("\n".join([section.heading, *(_said(line, len(names) > 1) for line in shown), *rest]))
    blocks += _how_to_answer({SECTIONS[line.section] for line in lines})
    return "\n\n".join([*blocks, "Have a good day!\npeerloop"]) + "\n"


def _said(line: _Line, name_team: bool) -> str:
    text = f"  - {line.team}: {line.text}" if name_team else f"  - {line.text}"
    where = line.url if "://" in line.url else f"in peerloop's folder: {line.url}"
    return f"{text}\n    {where}" if line.url else text


def _how_to_answer(sections: Collection[Section]) -> list[str]:
    return [kind.answer for kind in KINDS if kind.answer and not {kind.section, kind.overdue}.isdisjoint(sections)]


def _one_line(text: str) -> str:
    """Return people's text as one line: no line break, no control character, nothing that cannot be encoded."""
    spaced = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(UNSAFE.sub("", spaced).split())
