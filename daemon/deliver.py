"""Deliver: one digest a person a day, in their working hours; once, whatever is killed when.

It tells of all their teams that write by one account. What teams of another account tell goes by that: no team's words
leave by another's, nor wait for it.

A digest is claimed in the ledger with every word of it, then sent, then marked as sent. One whose fate is unknown is
looked for where that is possible, and else sent again as it was, with the same Message-ID. While one waits, its reader
gets no other. One that was put off rests, for longer each time. One that can reach nobody, that nothing took for a
week, or that may have gone out twice is given up, and the lead hears of it.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from config.team import Team
from daemon.digests import Answer, MessengerOf, digests_due, no_links
from daemon.ledger import Ledger, LedgerError
from daemon.model import Message, Reminder
from daemon.model.messages import Miss, Unsent, Waits
from daemon.ports import Deferred, Messenger, PortError, Undeliverable, Unsure, permitted_by
from daemon.tell.digest import may_write_to
from daemon.tell.readers import AccountOf, Reader, Readers, by_connection

Seconds = float
PATIENCE = timedelta(weeks=1)
"""How long a digest is tried that nothing takes; what it says is old then, and what still holds makes a new one."""
LEAST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
"""How long a digest is left alone at least and at most that its server has put off."""
REST_IN_DOUBT = timedelta(minutes=10)
"""How long one at least that may have gone out: it is sent but once more, and what ails its server is to be over."""
LONG: Seconds = 2
"""After how long a delivery leaves what is old, new, or was put off, each by itself, to the next one."""
MUCH = 50
"""Who has more things than that to hear has much."""
SIDE_BY_SIDE = 3
"""So many digests a daemon sends at once, each of another team: one whose server says nothing holds up no other's."""
Served = Callable[[Team, Sequence[str]], bool]
"""Whether to write now to somebody from this team's account, who belongs to the teams with these keys."""


class Part(Enum):
    """What is delivered by itself: a daemon lets none wait for another."""

    FIRST = "for the first time"
    MUCH = "much"
    """What says so much that it takes long to make: it is made, and goes out with what is sent for the first time."""
    AGAIN = "again"
    """What was put off."""


def everybody(_team: Team, _keys: Sequence[str]) -> bool:
    """Whoever it is."""
    return True


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many digests went out, what failed, in words for people, and whether some are left to the next delivery.

    Of what failed, ``given_up`` is not tried again.
    """

    sent: int = 0
    errors: tuple[str, ...] = ()
    left: bool = False
    given_up: tuple[str, ...] = ()

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(
            self.sent + other.sent,
            self.errors + other.errors,
            self.left or other.left,
            self.given_up + other.given_up,
        )


def deliver(
    teams: Mapping[str, Team],
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    served: Served = everybody,
    answer: Answer = no_links,
    gone_by: Callable[[], Seconds] = lambda: 0,
    parts: Collection[Part] = tuple(Part),
    at_once: int = 1,
    account_of: AccountOf = by_connection,
) -> Delivered:
    """Send the digests that are due at ``now``, aware, to the people of ``teams``, which are known by their keys.

    Those who are not ``served`` now keep waiting. ``answer`` makes the links by which people answer. What takes long,
    by ``gone_by``, is left to the next delivery, so that whoever has something new to hear need not wait for it. So
    many are sent ``at_once``, of different teams. ``account_of`` tells by which account each team writes.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    readers = Readers(teams, now, account_of)
    send = partial(_send_all, readers, now, ledger, messenger_of, gone_by, at_once)
    done = Delivered()
    ledger.digests.catch_up()
    if Part.FIRST in parts:
        _look_for_unsent(readers, now, ledger, messenger_of, served)
    unsent = [one for one in _cut_short(readers, now, ledger) if _is_served(readers.of(one.message), readers, served)]
    fresh, failed = [one for one in unsent if not (one.failed or one.put_off_at)], list[str]()
    if Part.FIRST in parts:  # what failed first: its fate is known then, before others are told of it
        done += send([one for one in unsent if one.failed and not one.put_off_at])
    for part in (one for one in (Part.FIRST, Part.MUCH) if one in parts):
        claimed = _claimed(part, readers, now, ledger, messenger_of, served, answer, failed)
        fresh += [Unsent(one) for one in claimed]
        done += Delivered(left=bool(claimed) and Part.FIRST not in parts)
    done += Delivered(errors=tuple(failed))
    if Part.FIRST in parts:
        done += send(fresh)
    if Part.AGAIN in parts:
        done += send(sorted((one for one in unsent if one.put_off_at), key=lambda one: one.put_off_at or now))
    return done


def _send_all(
    readers: Readers,
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    gone_by: Callable[[], Seconds],
    at_once: int,
    unsent: Sequence[Unsent],
) -> Delivered:
    turns, until = _Turns(unsent, readers), gone_by() + LONG

    def some() -> Delivered:
        done = Delivered()
        for number, one in enumerate(turns.each()):
            if number and gone_by() > until:
                return done + Delivered(left=True)
            done += _sent(one, readers, now, ledger, messenger_of)
        return done

    if at_once == 1:
        return some()
    with ThreadPoolExecutor(at_once) as pool:
        under_way = [pool.submit(copy_context().run, some) for _ in range(at_once)]
        return sum((one.result() for one in under_way), Delivered())


def _sent(one: Unsent, readers: Readers, now: datetime, ledger: Ledger, messenger_of: MessengerOf) -> Delivered:
    message, begun = one.message, list[datetime]()

    def note_begun() -> None:
        ledger.digests.note_begun(message.message_id, now)
        begun.append(now)

    try:
        if not ledger.digests.is_out(message.message_id):
            _send(message, messenger_of(*readers.account_of(readers.of(message))), note_begun)
    except LedgerError:
        raise
    except Exception as error:  # whatever it is, it is of this mail alone
        miss = _miss(one, error if isinstance(error, PortError) else _ours(message.to, error, bool(begun)), now)
        said = (_in_vain(message.to, miss.why),)
        ledger.digests.fail(message.message_id, now, miss)
        return Delivered(errors=said, given_up=said if miss.for_good else ())
    ledger.digests.settle(message.message_id, now)
    return Delivered(sent=1)


class _Turns:
    """Digests by the teams from whose accounts they go: one of each, then another one of each; who has few is first.

    None waits for all that another team has, and of one team one is sent at a moment.
    """

    def __init__(self, unsent: Sequence[Unsent], readers: Readers) -> None:
        by_team = defaultdict[str, deque[Unsent]](deque)
        for one in unsent:
            by_team[readers.account_of(readers.of(one.message))[1]].append(one)
        self._teams = deque(sorted(by_team.values(), key=len))

    def each(self) -> Iterator[Unsent]:
        """Yield the next one, until there is none; several threads may ask at once."""
        while self._teams:
            try:
                team = self._teams.popleft()
            except IndexError:  # another thread was faster
                return
            yield team.popleft()
            if team:
                self._teams.append(team)


def _miss(one: Unsent, error: PortError, now: datetime) -> Miss:
    """Return what comes of a failure: who may have had a mail twice is not sent it a third time."""
    unsure = isinstance(error, Unsure)
    for_good = isinstance(error, Undeliverable) or (unsure and one.unsure) or now - one.message.date >= PATIENCE
    return Miss(str(error), for_good, isinstance(error, Deferred), unsure or one.unsure)


def _ours(email: str, error: Exception, is_begun: bool) -> Deferred:
    """Return what is said of a mail in which a fault of our own has shown itself; it may be out where it is begun."""
    import structlog  # which nearly nobody needs who only plans

    structlog.get_logger().error("a mail failed", to=email, exc_info=error)
    return (Unsure if is_begun else Deferred)("that is a fault of peerloop itself; its log says more")


def _in_vain(email: str, why: str) -> str:
    return f"mail to {email}: {why}"


def in_vain(
    teams: Mapping[str, Team], ledger: Ledger, now: datetime, account_of: AccountOf = by_connection
) -> Iterator[tuple[Team, str]]:
    """Yield which digests wait although sending them was tried, and why, with the team from whose account they go."""
    failed = [one for one in ledger.digests.undelivered() if not one.for_good]
    readers = Readers(teams if failed else {}, now, account_of)
    for one in failed:
        if readers.keys_of(reader := readers.of(one.message)):
            yield readers.account_of(reader)[0], _in_vain(one.message.to, one.why)


def _look_for_unsent(
    readers: Readers, now: datetime, ledger: Ledger, messenger_of: MessengerOf, served: Served
) -> None:
    """Settle the digests that are out although sending them failed, before anybody hears that they are not."""
    for message in (one.message for one in ledger.digests.unsent()):
        if _is_served(readers.of(message), readers, served) and _is_out(message, readers, ledger, messenger_of):
            ledger.digests.settle(message.message_id, now)


def _cut_short(readers: Readers, now: datetime, ledger: Ledger) -> list[Unsent]:
    """Return the digests that were claimed before, are not known to have been sent, and are to be tried now."""
    ours = ((one, readers.of(one.message)) for one in ledger.digests.unsent() if not _rests(one, now))
    known = ((one, reader) for one, reader in ours if readers.keys_of(reader))
    return [one for one, reader in known if may_write_to(reader.email, readers.team_of(reader), now)]


def _rests(one: Unsent, now: datetime) -> bool:
    """Whether a digest that was put off is left alone for now: for as long as it had waited then, within limits."""
    if one.put_off_at is None:
        return False
    least = REST_IN_DOUBT if one.unsure else LEAST_REST
    return timedelta() <= now - one.put_off_at < min(LONGEST_REST, max(least, one.put_off_at - one.message.date))


def _claimed(
    part: Part,
    readers: Readers,
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    served: Served,
    answer: Answer,
    failed: list[str],
) -> list[Message]:
    """Return today's digests, each claimed in the ledger, of those who have something to hear and are at work: those
    who have much, or the others.

    What keeps one from being made is added to what has ``failed``.

    Who had a digest today hears the rest tomorrow, also where only their mailbox or this process knows of it because
    the ledger was lost since. Who has one waiting hears the rest after it.
    """
    waits = readers.by_account(ledger.waits()).items()
    waiting = {reader: some for reader, some in waits if _part_of(some) is part and _is_served(reader, readers, served)}

    def told(some: Sequence[Reader]) -> Mapping[Reader, Sequence[Reminder]]:
        """What a pass that begins meanwhile leaves due may be half of it, so it is looked before and after."""
        some = [reader for reader in some if _is_served(reader, readers, served)]
        found = readers.by_account(ledger.waiting(among=[one for reader in some for one in waiting[reader]]))
        return {reader: found[reader] for reader in some if reader in found and _is_served(reader, readers, served)}

    def note(email: str, error: Exception) -> None:
        failed.append(_in_vain(email, str(_ours(email, error, is_begun=False))))

    claimed = list[Message]()
    for due in digests_due(waiting, told, readers, now, ledger, messenger_of, answer, note):
        claimed += ledger.digests.claim([one for one in due if not _is_out(one.message, readers, ledger, messenger_of)])
    return claimed


def _part_of(waits: Sequence[Waits]) -> Part:
    return Part.MUCH if sum(one.number for one in waits) > MUCH else Part.FIRST


def foreseen(
    teams: Mapping[str, Team],
    now: datetime,
    ledger: Ledger,
    due: Mapping[str, Sequence[Reminder]],
    today: Mapping[str, Mapping[str, str]],
    messenger_of: MessengerOf,
    account_of: AccountOf = by_connection,
) -> list[Message]:
    """Return the digests that would be sent at ``now`` once these reminders are left due, by the teams' keys.

    ``today`` are, by the teams' keys too, the addresses of today by earlier ones at which something waits.
    Nothing is written, and no mailbox is asked whether one of them is out already.
    """
    readers = Readers(teams, now, account_of)
    told = readers.by_account(ledger.foreseen(due, today))
    waiting = {reader: [Waits(one.to, one.team, 1) for one in some] for reader, some in told.items()}
    made = digests_due(waiting, lambda _: told, readers, now, ledger, messenger_of)
    return [
        *(one.message for one in _cut_short(readers, now, ledger)),
        *(one.message for some in made for one in some),
    ]


def _is_out(message: Message, readers: Readers, ledger: Ledger, messenger_of: MessengerOf) -> bool:
    """Whether a digest is known to be out; what keeps that from being known is told where it is sent."""
    if ledger.digests.is_out(message.message_id):
        return True
    try:
        return bool(messenger_of(*readers.account_of(readers.of(message))).sent(message.message_id))
    except LedgerError:
        raise
    except Exception:
        return False


def _send(message: Message, messenger: Messenger, note_begun: Callable[[], None]) -> None:
    """Send a digest, unless it is out already; where nobody could tell that, it is noted first that it may be.

    Raises:
        PortError: it was not sent, or nobody knows whether it was.
        LedgerError: that cannot be noted, as on a full disk.
    """
    if not (is_out := messenger.sent(message.message_id)):
        with permitted_by(note_begun) if is_out is None else nullcontext():
            messenger.send(message)


def _is_served(reader: Reader, readers: Readers, served: Served) -> bool:
    keys = readers.keys_of(reader)
    return bool(keys) and served(readers.account_of(reader)[0], keys)
