"""News: what a pass has changed, read off the ledger before and after it, and off the mails that went out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from email.message import EmailMessage

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.loop import Pass
from daemon.model import OVER, Assignment, Kind, Session, Verdict
from daemon.model.names import thanks_key
from daemon.model.sessions import is_moment
from daemon.model.words import listed, local, names_of, quoted, shortened, weekday
from daemon.tell import kinds

MOST = 3
"""So many turns that change hands are told one by one; of more only how many."""
LONGEST = 150
"""So many characters of what a mail says are shown."""
TOLD = (kinds.ESCALATION, kinds.ACTION_ITEM, kinds.SOUGHT, kinds.ALERT, kinds.TROUBLE, kinds.WELCOME, kinds.THANKS)
HEADINGS = tuple(section.heading for kind in TOLD for section in kind.sections)
"""The parts of a mail of which the viewer is told."""
OF_ITEMS, THANKS = {one.heading for one in kinds.ACTION_ITEM.sections}, kinds.THANKS.section.heading


def day_of(day: date) -> str:
    """Return a day as ``Thursday 12 March``."""
    return f"{weekday(day)} {day.day} {day:%B}"


class News:
    """What a pass came to, for a team as its file has it now."""

    def __init__(self, team: Team, done: Pass) -> None:
        """Take the team and the pass."""
        self.team, self.before, self.after = team, done.before, done.memory
        self._names, self._done = names_of(team), done

    def held(self) -> Iterator[str]:
        """Yield the sessions that are over now and were not before."""
        for one in self.after.by_start():
            if one.state in OVER and self._state_before(one) not in OVER:
                who = listed([f"{self._name(a.member)} ({a.role})" for a in one.assignments if a.member])
                yield f"{self._about(one)}: {who}"

    def lines(self) -> Iterator[str]:
        """Yield what else is new."""
        if not self.before.sessions:
            yield self._beginning()
            return
        yield from self._new_cadences()
        changed = [(one, a) for one in self._coming() for a in one.assignments if self._is_new(one, a)]
        yield from (self._turn(*one) for one in changed[:MOST]) if len(changed) <= MOST else [self._turns(changed)]
        for one in self.after.by_start():
            if (old := self.before.sessions.get(one.key)) and old != one:
                yield from self._session(old, one)
        yield from self._thanks()

    def topics_planned(self, titles: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield of some topics, by their titles, the session for which each is planned now."""
        titles = set(titles)
        for one in self._coming():
            if one.topic and one.topic.title in titles:
                yield one.topic.title, f"{quoted(one.topic.title)} is the topic of {self._when(one)}"

    def _name(self, email: str | None) -> str:
        return self._names.get(email, email) if email else "nobody"

    def _about(self, one: Session) -> str:
        return SessionWords(one, self.team, self.after).about

    def _when(self, one: Session) -> str:
        return f"{self.after.series[one.slot.series].name} on {day_of(one.slot.day)}"

    def _state_before(self, one: Session) -> object:
        known = self.before.sessions.get(one.key)
        return known.state if known else None

    def _beginning(self) -> str:
        counted = Counter(change.resource.kind for change in self._done.plan.changes)
        coming = sum(one.takes_place for one in self.after.sessions.values())
        with_whom = f"{coming} sessions with who does what and about what"
        return f"{len(self.after.series)} series are in the calendar, {with_whom}, and {counted[Kind.PAGE]} pages"

    def _coming(self) -> list[Session]:
        return [one for one in self.after.by_start() if one.takes_place and one.state not in OVER]

    def _is_new(self, one: Session, given: Assignment) -> bool:
        """Whether a turn that was announced is somebody else's now, or looks for somebody."""
        known = self.before.sessions.get(one.key)
        old = next((a for a in known.assignments if a.role == given.role), None) if known else None
        return old is not None and old.member != given.member

    def _turn(self, one: Session, given: Assignment) -> str:
        role = f"{given.role} of {self._when(one)}"
        why = f"{given.reason.text.partition(';')[0].removesuffix('.')}."
        return f"{self._name(given.member)} is {role}. {why}" if given.member else f"Wanted: {role}. {why}"

    def _turns(self, changed: Sequence[tuple[Session, Assignment]]) -> str:
        to = Counter(self._name(given.member) for _, given in changed)
        return f"{len(changed)} turns pass on: {listed([f'{name} gets {n}' for name, n in to.most_common()])}"

    def _new_cadences(self) -> Iterator[str]:
        for key in self.after.generations.keys() - self.before.generations.keys():
            series = self.after.generations[key].series
            coming = [one for one in self._coming() if one.slot.series == series]
            kept = sum(bool(one.assignments) for one in coming)
            name = self.after.series[series].name
            yield f"{name} ends as it was and goes on anew: {kept} sessions to come keep who does what and about what"

    def _session(self, old: Session, one: Session) -> Iterator[str]:
        if old.takes_place and not one.takes_place and one.note and not one.has_no_date:
            yield f"{self._when(old)} does not take place: {one.note}"
        elif not is_moment(old.slot.starts_at, one.slot.starts_at) and one.takes_place:
            to = local(one.slot.starts_at, self.team)
            yield f"{self._when(old)} takes place on {day_of(to.date())} at {to:%H:%M}, as the calendar has it now"
        if one.asked and one.asked.verdict and not (old.asked and old.asked.verdict) and self._is_worth_telling(one):
            again = "closed" if one.asked.verdict is Verdict.CLOSED else "it comes back"
            yield f"Eight weeks after {quoted(one.asked.topic)}: {one.asked.in_words}; {again}"

    def _is_worth_telling(self, one: Session) -> bool:
        """Whether what people answered brings a topic back, or is the first of its kind, or came of a need."""
        first = not any(other.asked and other.asked.verdict for other in self.before.sessions.values())
        comes_back = one.asked is not None and one.asked.verdict is Verdict.STILL_OPEN
        return first or comes_back or bool(one.topic and one.topic.answers)

    @property
    def has_thanks(self) -> bool:
        """Whether a page of thanks is new."""
        return any(self._thanks())

    def _thanks(self) -> Iterator[str]:
        prefix = thanks_key(self.after.team, "")
        for key in sorted(self.after.records.keys() - self.before.records.keys()):
            page = self.after.observed(key)
            if key.startswith(prefix) and page:
                yield f"A page of thanks: “{page.title}”"


def mail_lines(mails: Iterable[EmailMessage], followed: str, thanks: bool) -> list[str]:
    """Return what mails say: to whom, and the first thing of a part that the viewer is told of; those alike together.

    Of action items only one is ``followed``, and ``thanks`` are told of beside their page alone.
    """
    found = dict[str, list[str]]()
    for mail in mails:
        parts = {heading: said for heading, said in parts_of(mail).items() if thanks or heading != THANKS}
        told = (one for one in HEADINGS if one in parts and (one not in OF_ITEMS or followed in parts[one][0]))
        heading = next(told, "")
        said = shortened(parts[heading][0], LONGEST) if heading else ""
        found.setdefault(heading, []).append(f"{str(mail['To']).partition(' <')[0]}, {heading}: {said}")
    found.pop("", None)
    return [_of_several(lines) for lines in found.values()]


def parts_of(mail: EmailMessage) -> dict[str, list[str]]:
    """Return what a digest says, by the headings of its parts."""
    body, found, heading = mail.get_body(("plain",)), dict[str, list[str]](), ""
    for line in body.get_content().splitlines() if body else ():
        if line.startswith("  - "):
            found.setdefault(heading, []).append(line.removeprefix("  - "))
        elif line and not line.startswith(" "):
            heading = line
    return found


def _of_several(lines: Sequence[str]) -> str:
    others = len(lines) - 1
    return lines[0] + (f" (and {others} more {'mail' if others == 1 else 'mails'} like it)" if others else "")
