"""Deliver: one digest a person a day, over all their teams, in their working hours; once, whatever is killed when.

A digest is claimed in the ledger with every word of it, then sent, then marked as sent. One whose fate is unknown is
looked for where that is possible, and else sent again as it was, with the same Message-ID. While one waits, its reader
gets no other. One that was refused for good, or that nothing took for a week, is given up, and the lead hears of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from config.team import Team
from daemon.ledger import Ledger
from daemon.model import Message, Reminder
from daemon.model.asks import AT_ANY_TIME, Ask, Link, words_of
from daemon.model.messages import Claim
from daemon.ports import Messenger, PortError, Refused, Unavailable
from daemon.tell.digest import OWN_DOMAIN, Besides, compose, fitting, may_write_to, over, wanted
from daemon.tell.people import addressee
from daemon.tell.readers import Readers

PATIENCE = timedelta(weeks=1)
"""How long a digest is tried that nothing takes; what it says is old then, and what still holds makes a new one."""
AT_ONCE = 100
"""How many digests are claimed in one go."""
WEEKLY = timedelta(days=7)
"""So long after the last digest of somebody's what can wait for another one waits no more."""
MessengerOf = Callable[[Team, str], Messenger]
Served = Callable[[Team, Sequence[str]], bool]
"""Whether to write now to somebody from this team's account, who belongs to the teams with these keys."""


Answer = Callable[[str, str, Ask], str]
"""Where somebody, by their e-mail, answers what a team asks them, by a link of their own; nothing where they cannot."""


def no_links(_team: str, _email: str, _ask: Ask) -> str:
    """No link: there is no web page, or none that mails may link."""
    return ""


def everybody(_team: Team, _keys: Sequence[str]) -> bool:
    """Whoever it is."""
    return True


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many digests went out, and what failed, in words for people."""

    sent: int = 0
    errors: tuple[str, ...] = ()


def deliver(
    teams: Mapping[str, Team],
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    served: Served = everybody,
    answer: Answer = no_links,
) -> Delivered:
    """Send the digests that are due at ``now``, aware, to the people of ``teams``, which are known by their keys.

    Those who are not ``served`` now keep waiting. ``answer`` makes the links by which people answer.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    readers = Readers(teams)
    _look_for_unsent(readers, now, ledger, messenger_of, served)
    cut_short = [message for message in _cut_short(readers, now, ledger) if _is_served(message.to, readers, served)]
    old = _deliver(cut_short, readers, now, ledger, messenger_of)  # whose fate is known before others are told of it
    claimed = _claimed(readers, now, ledger, messenger_of, served, answer)
    new = _deliver(claimed, readers, now, ledger, messenger_of)
    return Delivered(old.sent + new.sent, old.errors + new.errors)


def _deliver(
    messages: Sequence[Message], readers: Readers, now: datetime, ledger: Ledger, messenger_of: MessengerOf
) -> Delivered:
    sent, errors = 0, []
    for message in messages:
        try:
            _send(message, messenger_of(*readers.account_of(message.to)))
        except PortError as error:
            for_good = isinstance(error, Refused) or now - message.date >= PATIENCE
            ledger.digests.settle(message.message_id, now, str(error), for_good=for_good)
            errors.append(f"mail to {message.to}: {error}")
        else:
            ledger.digests.settle(message.message_id, now)
            sent += 1
    return Delivered(sent, tuple(errors))


def _look_for_unsent(
    readers: Readers, now: datetime, ledger: Ledger, messenger_of: MessengerOf, served: Served
) -> None:
    """Settle the digests that are out although sending them failed, before anybody hears that they are not."""
    for message in ledger.digests.unsent():
        mine = readers.keys_of(message.to) and _is_served(message.to, readers, served)
        if mine and _is_out(message, readers, messenger_of):
            ledger.digests.settle(message.message_id, now)


def _cut_short(readers: Readers, now: datetime, ledger: Ledger) -> list[Message]:
    """Return the digests that were claimed before and are not known to have been sent."""
    ours = [message for message in ledger.digests.unsent() if readers.keys_of(message.to)]
    return [message for message in ours if may_write_to(message.to, readers.team_of(message.to), now)]


def _claimed(
    readers: Readers,
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    served: Served,
    answer: Answer,
) -> list[Message]:
    """Return today's digests, each claimed in the ledger, of those who have something to hear and are at work.

    Who had a digest today hears the rest tomorrow, also where only their mailbox knows of it because the ledger was
    lost since. Who has one waiting hears the rest after it.
    """
    waiting = {to: said for to, said in ledger.waiting().items() if _is_served(to, readers, served)}
    due = _due(waiting, readers, now, ledger, messenger_of, answer)
    fresh = (one for one in due if not _is_out(one.message, readers, messenger_of))
    claimed = list[Message]()
    while some := list(islice(fresh, AT_ONCE)):
        claimed += ledger.digests.claim(some)
    return claimed


def _due(
    waiting: Mapping[str, Sequence[Reminder]],
    readers: Readers,
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    answer: Answer = no_links,
) -> Iterator[Claim]:
    """Yield the digest of each who is at work, has something to hear, and had none today and has none waiting.

    What somebody has muted goes on waiting.
    """
    if not waiting:
        return
    in_line, had = {message.to for message in ledger.digests.unsent()}, ledger.digests.had(now)
    for recipient, reminders in sorted(waiting.items()):
        addresses = readers.addresses_of(recipient)
        is_in_line = not in_line.isdisjoint(addresses)
        said = () if is_in_line else _worth_saying(recipient, reminders, readers, now, had.last(addresses))
        there = readers.there(recipient, now) if said else now
        if said and not had.any_on(addresses, there):
            known = [one for one in reminders if one.team in readers.teams]
            asking = answer if _is_private(recipient, readers, messenger_of) else no_links
            linked = [replace(one, links=_links(one.team, recipient, one.asks, asking)) for one in said]
            besides = {key: _links(key, recipient, AT_ANY_TIME, asking) for key in sorted({one.team for one in said})}
            shown = fitting(linked, there.date(), readers.names, besides)
            hidden = set(linked).difference(shown)
            message = _digest(recipient, linked, readers, now, messenger_of, besides)
            yield Claim(message, shown, (*over(known, there.date(), readers.teams), *hidden))


def _links(team: str, email: str, asks: Sequence[Ask], answer: Answer) -> tuple[Link, ...]:
    made = (Link(words_of(ask.purpose), answer(team, email, ask)) for ask in asks)
    return tuple(link for link in made if link.address)


def _is_private(recipient: str, readers: Readers, messenger_of: MessengerOf) -> bool:
    """Whether nobody else reads what somebody is sent, so that it may have links which speak for them."""
    try:
        return messenger_of(*readers.account_of(recipient)).is_private
    except PortError:  # it is told where it is sent
        return False


def foreseen(
    teams: Mapping[str, Team],
    now: datetime,
    ledger: Ledger,
    due: Mapping[str, Sequence[Reminder]],
    messenger_of: MessengerOf,
) -> list[Message]:
    """Return the digests that would be sent at ``now`` once these reminders are left due, by the teams' keys.

    Nothing is written, and no mailbox is asked whether one of them is out already.
    """
    readers = Readers(teams)
    waiting = ledger.foreseen(due, readers.addresses_today)
    return [
        *_cut_short(readers, now, ledger),
        *(one.message for one in _due(waiting, readers, now, ledger, messenger_of)),
    ]


def _is_out(message: Message, readers: Readers, messenger_of: MessengerOf) -> bool:
    try:
        return bool(messenger_of(*readers.account_of(message.to)).sent(message.message_id))
    except PortError:
        return False


def _worth_saying(
    recipient: str, reminders: Sequence[Reminder], readers: Readers, now: datetime, last: date | None
) -> Sequence[Reminder]:
    """Return what somebody is to hear now: nothing where they are not at work, or there is nothing worth a mail.

    ``last`` is the day of their last one.
    """
    if not readers.keys_of(recipient) or not may_write_to(recipient, readers.team_of(recipient), now):
        return ()
    today = readers.there(recipient, now).date()
    weekly = last is None or today - last >= WEEKLY
    return wanted([one for one in reminders if one.team in readers.teams], readers.teams, today, weekly)


def _digest(
    recipient: str,
    said: Sequence[Reminder],
    readers: Readers,
    now: datetime,
    messenger_of: MessengerOf,
    besides: Besides,
) -> Message:
    who, domain = addressee(recipient, readers.team_of(recipient)), _domain_of(recipient, readers, messenger_of)
    return compose(
        recipient, who.name if who else "", said, readers.there(recipient, now), readers.names, domain, besides
    )


def _domain_of(recipient: str, readers: Readers, messenger_of: MessengerOf) -> str:
    try:
        return messenger_of(*readers.account_of(recipient)).domain
    except PortError:  # it is told where it is sent
        return OWN_DOMAIN


def _send(message: Message, messenger: Messenger) -> None:
    if messenger.sent(message.message_id):
        return
    # who only wants to know what would be sent need not load it
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

    again = Retrying(
        retry=retry_if_exception_type(Unavailable),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        reraise=True,
    )
    again(messenger.send, message)


def _is_served(recipient: str, readers: Readers, served: Served) -> bool:
    keys = readers.keys_of(recipient)
    return bool(keys) and served(readers.teams[keys[0]], keys)
