"""Digests: what each of those is to be told today who is at work and has something to hear, as one message."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from config.team import Team
from daemon.ledger import Ledger, LedgerError
from daemon.model import Reminder
from daemon.model.asks import AT_ANY_TIME, Ask, Link, words_of
from daemon.model.messages import Claim, Had, Waits
from daemon.ports import Messenger, PortError
from daemon.tell.digest import OWN_DOMAIN, compose, fitting, may_write_to, over, wanted
from daemon.tell.readers import Reader, Readers

WEEKLY = timedelta(days=7)
"""So long after the last digest of somebody's what can wait for another one waits no more."""
READERS_AT_ONCE, TOLD_AT_ONCE = 100, 5_000
"""For so many readers digests are made in one go, or for as few as have so many things to hear together."""
MessengerOf = Callable[[Team, str], Messenger]
Told = Callable[[Sequence[Reader]], Mapping[Reader, Sequence[Reminder]]]
"""What there is to tell some: all of it is read only of those who may have a digest now."""
_Result = TypeVar("_Result")
Answer = Callable[[str, str, Ask], str]
"""Where somebody, by their e-mail, answers what a team asks them, by a link of their own; nothing where they cannot."""


def no_links(_team: str, _email: str, _ask: Ask) -> str:
    """No link: there is no web page, or none that mails may link."""
    return ""


def digests_due(
    waiting: Mapping[Reader, Sequence[Waits]],
    told: Told,
    readers: Readers,
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    answer: Answer = no_links,
    failed: Callable[[str, Exception], object] = lambda *_: None,
) -> Iterator[list[Claim]]:
    """Yield the digest of each who is at work, has something to hear, and had none today and has none waiting.

    They come some at a time, those first of whose teams one has little to tell: whose digest is quickly made waits for
    no other. What somebody has muted goes on waiting. Where a fault of our own keeps somebody's from being made,
    ``failed`` is told their address and the fault.
    """
    if not waiting:
        return
    in_line = frozenset(readers.of(one.message) for one in ledger.digests.unsent())
    composing = _Composing(readers, now, ledger.digests.had(now), in_line, messenger_of, answer)

    def tried(ask: Callable[[Reader], _Result], reader: Reader) -> _Result | None:
        try:
            return ask(reader)
        except LedgerError:
            raise
        except Exception as error:  # whatever it is, it is of this reader alone
            failed(reader.email, error)
            return None

    ordered = sorted(waiting, key=lambda one: (min(some.number for some in waiting[one]), one))
    free = (
        one for one in ordered if tried(lambda one: composing.is_free(one, {its.team for its in waiting[one]}), one)
    )
    for some in _portions(free, waiting):
        reminders = told(some)
        claims = (tried(partial(composing.claim, reminders=reminders[one]), one) for one in some if one in reminders)
        yield [one for one in claims if one]


def _portions(readers: Iterable[Reader], waiting: Mapping[Reader, Sequence[Waits]]) -> Iterator[list[Reader]]:
    some, number = list[Reader](), 0
    for one in readers:
        some.append(one)
        number += sum(its.number for its in waiting[one])
        if len(some) >= READERS_AT_ONCE or number >= TOLD_AT_ONCE:
            yield some
            some, number = [], 0
    if some:
        yield some


@dataclass(frozen=True, slots=True)
class _Composing:
    """What digests are made of, besides what is due."""

    readers: Readers
    now: datetime
    had: Had
    in_line: Set[Reader]
    messenger_of: MessengerOf
    answer: Answer

    def is_free(self, reader: Reader, teams: Container[str]) -> bool:
        """Return whether somebody may have a digest of these teams now: they are at work, and had none today and have
        none waiting. That takes no look at what it would say.
        """
        addresses, there = self.readers.addresses_of(reader), self.readers.there(reader, teams)
        return (
            self.in_line.isdisjoint(Reader(one, reader.account) for one in addresses)
            and may_write_to(reader.email, self.readers.team_of(reader, teams), self.now)
            and not self.had.any_on(addresses, there, reader.account)
        )

    def claim(self, reader: Reader, reminders: Sequence[Reminder]) -> Claim | None:
        """Return the digest of somebody, if they may have one and there is something worth it."""
        readers, (email, account), teams = self.readers, reader, {one.team for one in reminders}
        there = readers.there(reader, teams)
        said = self._worth_saying(reader, reminders, there.date()) if self.is_free(reader, teams) else ()
        if not said:
            return None
        domain, asking = self._from(reader)
        linked = [replace(one, links=_links(one.team, email, one.asks, asking)) for one in said]
        besides = {key: _links(key, email, AT_ANY_TIME, asking) for key in sorted({one.team for one in said})}
        shown = fitting(linked, there.date(), readers.names, besides)
        hidden = set(linked).difference(shown)
        name = readers.name_of(reader, {one.team for one in linked})
        message = compose(email, name, linked, there, readers.names, domain, besides, account)
        return Claim(message, shown, (*over(reminders, there.date(), readers.teams), *hidden))

    def _worth_saying(self, reader: Reader, reminders: Sequence[Reminder], today: date) -> Sequence[Reminder]:
        """Return what somebody is to hear on the day that it is there; nothing where it is not worth a mail."""
        last = self.had.last(self.readers.addresses_of(reader), reader.account)
        weekly = last is None or today - last >= WEEKLY
        return wanted(reminders, self.readers.teams, today, weekly)

    def _from(self, reader: Reader) -> tuple[str, Answer]:
        """Return from which domain somebody is written to, and what links for answers are made by: by none where others
        read along.
        """
        answer: Answer = no_links
        try:
            messenger = self.messenger_of(*self.readers.account_of(reader))
            answer = self.answer if messenger.is_private else no_links
            return messenger.domain, answer
        except PortError:  # it is told where it is sent
            return OWN_DOMAIN, answer


def _links(team: str, email: str, asks: Sequence[Ask], answer: Answer) -> tuple[Link, ...]:
    made = (Link(words_of(ask.purpose), answer(team, email, ask)) for ask in asks)
    return tuple(link for link in made if link.address)
