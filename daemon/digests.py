"""Digests: what each of those is to be told today who is at work and has something to hear, as one message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from config.team import Team
from daemon.ledger import Ledger, LedgerError
from daemon.model import Reminder
from daemon.model.asks import AT_ANY_TIME, Ask, Link, words_of
from daemon.model.messages import Claim, Had
from daemon.ports import Messenger, PortError
from daemon.tell.digest import OWN_DOMAIN, compose, fitting, may_write_to, over, wanted
from daemon.tell.readers import Reader, Readers

WEEKLY = timedelta(days=7)
"""So long after the last digest of somebody's what can wait for another one waits no more."""
MessengerOf = Callable[[Team, str], Messenger]
Answer = Callable[[str, str, Ask], str]
"""Where somebody, by their e-mail, answers what a team asks them, by a link of their own; nothing where they cannot."""


def no_links(_team: str, _email: str, _ask: Ask) -> str:
    """No link: there is no web page, or none that mails may link."""
    return ""


def digests_due(
    waiting: Mapping[Reader, Sequence[Reminder]],
    readers: Readers,
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    answer: Answer = no_links,
    failed: Callable[[str, Exception], object] = lambda *_: None,
) -> Iterator[Claim]:
    """Yield the digest of each who is at work, has something to hear, and had none today and has none waiting.

    What somebody has muted goes on waiting. Where a fault of our own keeps somebody's from being made, ``failed`` is
    told their address and the fault.
    """
    if not waiting:
        return
    in_line = {readers.of(one.message) for one in ledger.digests.unsent()}
    composing = _Composing(readers, now, ledger.digests.had(now), messenger_of, answer)
    for reader, reminders in sorted(waiting.items()):
        if in_line.isdisjoint(Reader(one, reader.account) for one in readers.addresses_of(reader)):
            try:
                claim = composing.claim(reader, reminders)
            except LedgerError:
                raise
            except Exception as error:  # whatever it is, it is of this reader alone
                failed(reader.email, error)
                continue
            if claim:
                yield claim


@dataclass(frozen=True, slots=True)
class _Composing:
    """What digests are made of, besides what is due."""

    readers: Readers
    now: datetime
    had: Had
    messenger_of: MessengerOf
    answer: Answer

    def claim(self, reader: Reader, reminders: Sequence[Reminder]) -> Claim | None:
        """Return the digest of somebody, if it is time for it and there is something worth it."""
        readers, (email, account), addresses = self.readers, reader, self.readers.addresses_of(reader)
        said = self._worth_saying(reader, reminders, self.had.last(addresses, account))
        there = readers.there(reader, {one.team for one in reminders}) if said else self.now
        if not said or self.had.any_on(addresses, there, account):
            return None
        domain, asking = self._from(reader)
        linked = [replace(one, links=_links(one.team, email, one.asks, asking)) for one in said]
        besides = {key: _links(key, email, AT_ANY_TIME, asking) for key in sorted({one.team for one in said})}
        shown = fitting(linked, there.date(), readers.names, besides)
        hidden = set(linked).difference(shown)
        name = readers.name_of(reader, {one.team for one in linked})
        message = compose(email, name, linked, there, readers.names, domain, besides, account)
        return Claim(message, shown, (*over(reminders, there.date(), readers.teams), *hidden))

    def _worth_saying(self, reader: Reader, reminders: Sequence[Reminder], last: date | None) -> Sequence[Reminder]:
        """Return what somebody is to hear now: nothing where they are not at work, or there is nothing worth a mail.

        ``last`` is the day of their last one.
        """
        teams = {one.team for one in reminders}
        if not may_write_to(reader.email, self.readers.team_of(reader, teams), self.now):
            return ()
        today = self.readers.there(reader, teams).date()
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
