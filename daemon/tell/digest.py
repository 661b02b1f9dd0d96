"""The one mail a person gets a day: when it may be sent, and what it says.

Pure. Everything people wrote is data here: it stays on its line and never reaches a header.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from itertools import chain, zip_longest
from types import MappingProxyType

from config.team import Team
from daemon.model import Message, Reminder
from daemon.model.asks import LINK_SIGN, Link
from daemon.model.words import listed, shortened
from daemon.tell.by_key import ByKey
from daemon.tell.chains import as_one
from daemon.tell.kinds import EVERYTHING, KIND_OF, KINDS, NOTICE, SECTIONS, TURN, WELCOME, Section
from daemon.tell.people import addressee
from daemon.tell.turns import better_said

NO_NAMES: Mapping[str, str] = MappingProxyType({})
NO_TEAMS: Mapping[str, Team] = MappingProxyType({})
Besides = Mapping[str, Sequence[Link]]
"""The links by which the reader can say something at any time, by the keys of teams."""
NOTHING_BESIDES: Besides = MappingProxyType({})
MOST_BESIDES = 3
"""Of so many teams a mail has these links."""
OWN_DOMAIN = "peerloop"
"""Where Message-IDs are chosen that no sender's domain is known for."""
ROOM = 12_000
"""How many bytes all that a digest tells may take, so that with what is around it no mail gets larger than 16 KB."""
_AROUND_A_LINE, _AROUND_A_LINK = 200, 60
_LONGEST_LINE, _LONGEST_ADDRESS, _LONGEST_NAME = 500, 1_000, 60
_AROUND_A_SECTION, _ADDRESS = 330, 600
"""How many bytes a heading takes, and how many are kept for the address of what there is no room for below it."""
UNSAFE = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of a whole line."""
MOST_OF_SUBJECT = 110
"""How many characters a subject spends on the first thing."""
LEFT_OUT = "There was no room for all of it: the team's pages and its calendar have the rest."
LATER = datetime.max.replace(tzinfo=UTC)
"""When that takes place which has no time."""


def may_write_to(email: str, team: Team, now: datetime) -> bool:
    """Return whether a member, or the lead, is at work: in their working hours, on a working day, not away.

    Hours, weekdays and public holidays are those of the person's own place; ``away``, ``joined`` and ``leaves`` are
    dates in the team's zone. Nobody is written to who is neither a member nor the lead.
    """
    who = addressee(email, team)
    return who is not None and who.at_work(now) and now.astimezone(who.zone).time() in team.chase.working_hours


def wanted(
    reminders: Sequence[Reminder], teams: Mapping[str, Team], today: date, weekly: bool = True
) -> tuple[Reminder, ...]:
    """Return what a person is to be sent today: all that holds and is not muted, once some of it is worth a mail.

    ``teams`` are known by their keys; ``today`` is the date where the reader is. ``mute: [digest]`` means every kind.
    ``weekly``: what can wait for another mail has waited long enough. Kinds of another release are nothing to send.
    """
    heard = {one.key for one in _unmuted(reminders, teams) if one.kind in KIND_OF}
    if not _make_a_mail((one for one in reminders if one.key in heard), today, weekly):
        return ()  # as for who has muted much, which goes on waiting
    heard -= {one.key for one in over(reminders, today, teams)}
    worthwhile = tuple(one for one in as_one(reminders) if one.key in heard)
    return worthwhile if _make_a_mail(worthwhile, today, weekly) else ()


def _make_a_mail(reminders: Iterable[Reminder], today: date, weekly: bool) -> bool:
    return any(KIND_OF[one.kind].makes_a_mail(one, today, weekly) for one in reminders)


def over(reminders: Sequence[Reminder], today: date, teams: Mapping[str, Team] = NO_TEAMS) -> tuple[Reminder, ...]:
    """Return what of one person's reminders means nothing any more: of sessions gone by, and what was undone unsaid.

    So does what changed before their welcome, which tells how things are.
    """
    undone = _undone(reminders)
    rest = [one for one in reminders if one.key not in undone]
    changed, others = [one for one in rest if one.kind in (TURN.name, NOTICE.name)], ByKey(rest)
    needless = {one.key for one in changed if better_said(one, others)}
    needless |= undone | _unheard_of(rest, teams) | _said_with_others(reminders)
    return tuple(one for one in reminders if one.key in needless or _is_past(one, today))


def _unheard_of(reminders: Sequence[Reminder], teams: Mapping[str, Team]) -> set[str]:
    """Return the keys of changes in teams that welcome their reader only now."""
    new_in = {one.team for one in _unmuted([one for one in reminders if one.kind == WELCOME.name], teams)}
    return {one.key for one in reminders if one.team in new_in and one.kind in (TURN.name, NOTICE.name)}


def _said_with_others(reminders: Sequence[Reminder]) -> set[str]:
    return {one.key for one in reminders} - {one.key for one in as_one(reminders)}


def _undone(reminders: Sequence[Reminder]) -> set[str]:
    """Return the keys of changes that were taken back before their reader heard of them, and of what took them back."""
    waiting, undone, by_key = dict[str, int](), set[str](), ByKey(reminders)
    for place, one in enumerate(sorted(reminders, key=lambda one: one.key.rpartition("@")[2])):  # by the moment
        alike = by_key.beginning(one.undoes) if one.undoes else ()
        if taken_back := max(
            (other.key for other in alike if other.key in waiting), key=waiting.__getitem__, default=""
        ):
            del waiting[taken_back]
            undone |= {one.key, taken_back}
        else:
            waiting[one.key] = place
    return undone


def _unmuted(reminders: Sequence[Reminder], teams: Mapping[str, Team]) -> list[Reminder]:
    asked = {(one.team, one.to, one.kind) for one in reminders if one.team in teams}
    muted = {(team, to, kind) for team, to, kind in asked if mutes(to, kind, teams[team])}
    return [one for one in reminders if (one.team, one.to, one.kind) not in muted]


def mutes(email: str, kind: str, team: Team) -> bool:
    """Return whether a member does not want to be sent messages of a kind, by its name."""
    muted = [one for member in team.members if member.email == email for one in member.mute]
    return EVERYTHING in muted or kind in muted


def _is_past(reminder: Reminder, today: date) -> bool:
    kind = KIND_OF.get(reminder.kind)
    return kind is not None and kind.ends_with_session and reminder.due is not None and reminder.due < today


def compose(
    to: str,
    name: str,
    reminders: Sequence[Reminder],
    now: datetime,
    teams: Mapping[str, str] = NO_NAMES,
    domain: str = OWN_DOMAIN,
    besides: Besides = NOTHING_BESIDES,
    account: str = "",
) -> Message:
    """Return the digest of one person for one day, over all their teams of one account.

    ``now`` is in the person's zone: its date is the digest's, and with the person and the account it makes the
    Message-ID, which ends in ``domain``. ``teams`` gives the names of teams by their keys. What is said twice in the
    same words is said once. What may be said ``besides`` stands at the end.

    Raises:
        ValueError: there is nothing to say.
    """
    if not reminders:
        raise ValueError(f"there is nothing to tell {to}")
    lines = _lines(reminders, now.date(), teams)
    names, called = sorted({line.team for line in lines}), shortened(_one_line(name), _LONGEST_NAME)
    foot = _foot(besides, teams)
    digest = hashlib.sha256(f"{account} {to.casefold()}".strip().encode()).hexdigest()[:16]
    return Message(
        message_id=f"<digest.{now.date()}.{digest}@{domain}>",
        to=to,
        to_name=called,
        subject=_subject(lines, names),
        text=_text(called, lines, names, foot),
        date=now,
        account=account,
    )


def fitting(
    reminders: Sequence[Reminder],
    today: date,
    teams: Mapping[str, str] = NO_NAMES,
    besides: Besides = NOTHING_BESIDES,
) -> tuple[Reminder, ...]:
    """Return the reminders that the digest of these shows in words; of the others it only says how many they are."""
    lines = [_line(reminder, today, teams) for reminder in reminders]
    shown = _shown_lines(_in_order(lines), _foot(besides, teams)).values()
    said = {line.said for own in shown for line in own}
    return tuple(reminder for reminder, line in zip(reminders, lines, strict=True) if line.said in said)


@dataclass(frozen=True, slots=True, order=True)
class _Line:
    """One thing to say, in the order in which a digest says it."""

    section: int
    due: date
    starts_at: datetime
    team: str
    key: str
    text: str
    url: str
    session: str
    subject: str
    links: tuple[Link, ...]

    @property
    def said(self) -> tuple[int, date, str, str, str]:
        """What makes it another thing than the next."""
        return self.section, self.due, self.team, self.text, self.url


def _lines(reminders: Sequence[Reminder], today: date, teams: Mapping[str, str]) -> list[_Line]:
    return _in_order(_line(reminder, today, teams) for reminder in reminders)


def _in_order(lines: Iterable[_Line]) -> list[_Line]:
    """Return what there is to say, in its order; what is said twice in the same words only once."""
    return [*{line.said: line for line in sorted(lines, reverse=True)}.values()][::-1]


def _line(reminder: Reminder, today: date, teams: Mapping[str, str]) -> _Line:
    address = _one_line(reminder.url or "")
    return _Line(
        _section(reminder, today),
        reminder.due or date.max,
        reminder.starts_at or LATER,
        _name_of(reminder.team, teams),
        reminder.key,
        shortened(_one_line(reminder.text[: 2 * _LONGEST_LINE]), _LONGEST_LINE),
        address if len(address) <= _LONGEST_ADDRESS else "",
        reminder.session,
        _one_line(reminder.subject),
        reminder.links,
    )


def _name_of(team: str, teams: Mapping[str, str]) -> str:
    return shortened(_one_line(teams.get(team, team)), _LONGEST_NAME)


def _shown_lines(lines: Sequence[_Line], foot: Sequence[str] = ()) -> dict[int, list[_Line]]:
    """Return by their sections the lines that a digest has room for: the first of each section, then the second...

    In a section the teams have turns, so that none with much to tell keeps another one's words from their reader.
    """
    shown: dict[int, list[_Line]] = {line.section: [] for line in lines}
    sections = [_by_turns([line for line in lines if line.section == section]) for section in shown]
    left = _room(len(sections)) - _room_for_addresses(len(sections)) - sum(3 * _bytes(block) for block in foot)
    for line in filter(None, chain.from_iterable(zip_longest(*sections))):
        weight = _weight(line)
        if weight <= left and len(shown[line.section]) < SECTIONS[line.section].most:
            shown[line.section].append(line)
            left -= weight
    return {section: sorted(own) for section, own in shown.items()}


def _by_turns(lines: Sequence[_Line]) -> list[_Line]:
    """Return the first line of each team, then the second..."""
    teams = dict.fromkeys(line.team for line in lines)
    turns = zip_longest(*([line for line in lines if line.team == team] for team in teams))
    return [*filter(None, chain.from_iterable(turns))]


def _room(sections: int) -> int:
    return ROOM - _AROUND_A_SECTION * sections


def _room_for_addresses(sections: int) -> int:
    return min(_room(sections) // 3, _ADDRESS * sections)


def _weight(line: _Line) -> int:
    """Return how many bytes a line takes in a mail, which says it twice, as text and as HTML, in ASCII."""
    said = f"{line.team}{line.text}"
    links = sum(2 * _bytes(link.address + link.words) + _AROUND_A_LINK for link in line.links)
    return _bytes(said) + _bytes(escape(said)) + 3 * _bytes(line.url) + links + _AROUND_A_LINE


def _bytes(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(1 if char.isascii() else 3 * len(char.encode("utf-8", "replace")) for char in text)


def _section(reminder: Reminder, today: date) -> int:
    return SECTIONS.index(KIND_OF[reminder.kind].section_on(reminder.due, today))


def _subject(lines: Sequence[_Line], names: Sequence[str]) -> str:
    """Return what a mail is called: the first thing in it by its name, and how many more there are of what."""
    first, *others = lines
    team = f"{first.team}: " if len(names) > 1 else ""
    place = (first.section, first.team)
    alike = [first] if first.subject else [line for line in lines if (line.section, line.team) == place]
    places, said = {_in_a_place(line) for line in alike}, {line.said for line in alike}
    rest = [line for line in others if line.said not in said and not (line.session and _in_a_place(line) in places)]
    more = ", ".join(_counts(rest))
    named = shortened(first.subject or _capital(next(_counts(alike))), MOST_OF_SUBJECT)
    return f"{team}{named}; also {more}" if more else f"{team}{named}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_a_place(line: _Line) -> tuple[int, str]:
    """Return what is counted once in a subject: a session in a section, or else a line."""
    return line.section, line.session or line.text


def _counts(lines: Sequence[_Line]) -> Iterator[str]:
    places = {_in_a_place(line) for line in lines}
    for number, section in enumerate(SECTIONS):
        if n := sum(place[0] == number for place in places):
            yield (section.one if n == 1 else section.several).format(n=n)


def _shown(names: Sequence[str]) -> str:
    """Return the names as a list in words; of many only how many."""
    return f"{len(names)} teams" if len(names) > 3 else listed(names)


def _text(name: str, lines: Sequence[_Line], names: Sequence[str], foot: Sequence[str]) -> str:
    blocks = [f"Hello {name}," if name else "Hello,", f"here is what {_shown(names)} would like you to know today."]
    told = _shown_lines(lines, foot)
    left = _room_for_addresses(len(told))
    for number, shown in told.items():
        hidden = [line for line in lines if line.section == number and line not in shown]
        where = _where_else(hidden, left)
        left -= 3 * _bytes(where)
        rest = [f"  - and {len(hidden)} more{where}"] if hidden else []
        blocks.append("\n".join([SECTIONS[number].heading, *(_said(one, len(names) > 1) for one in shown), *rest]))
    blocks += [LEFT_OUT] if sum(map(len, told.values())) < len(lines) else []
    blocks += [*_how_to_answer({SECTIONS[line.section] for line in lines}), *foot]
    return "\n\n".join([*blocks, "Have a good day!\npeerloop"]) + "\n"


def _said(line: _Line, name_team: bool) -> str:
    text = f"  - {line.team}: {line.text}" if name_team else f"  - {line.text}"
    places = [_where(line.url)] if line.url else []
    return "\n    ".join([text, *places, *map(_link, line.links)])


def _link(link: Link) -> str:
    """Return a link as a line of its own: what people wrote never begins one, and so none can look like it."""
    return f"{LINK_SIGN} {link.words}: {link.address}"


def _foot(besides: Besides, teams: Mapping[str, str]) -> list[str]:
    """Return what the reader can say at any time, a block a team."""
    named = sorted((_name_of(key, teams), links) for key, links in besides.items() if links)[:MOST_BESIDES]
    return ["\n".join([f"Anything else for {name}?", *map(_link, links)]) for name, links in named]


def _where_else(hidden: Sequence[_Line], room: int) -> str:
    """Return where there is what is not shown, if that is one place and there is room for its address."""
    places = {line.url for line in hidden}
    where = f": see\n    {_where(hidden[0].url)}" if len(places) == 1 and hidden[0].url else ""
    return where if 3 * _bytes(where) <= room else ""


def _where(url: str) -> str:
    return url if "://" in url else f"in peerloop's folder: {url}"


def _how_to_answer(sections: Set[Section]) -> list[str]:
    return [kind.answer for kind in KINDS if kind.answer and not sections.isdisjoint(kind.sections)]


def _one_line(text: str) -> str:
    """Return people's text as one line: no line break, no control character, nothing that cannot be encoded."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(UNSAFE.sub("", text).split())
