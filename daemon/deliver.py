"""Deliver: one digest a person a day, over all their teams, in their working hours; once, whatever is killed when.

A digest is claimed in the ledger with every word of it, then sent, then marked as sent. One whose fate is unknown is
looked for where that is possible, and else sent again as it was, with the same Message-ID. While one waits, its reader
gets no other. One that was refused for good, or that nothing took for a week, is given up, and the lead hears of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from config.team import Team
from daemon.ledger import Ledger
from daemon.model import Message, Reminder
from daemon.model.asks import AT_ANY_TIME, Ask, Link, words_of
from daemon.ports import Messenger, PortError, Refused, Unavailable
from daemon.tell.digest import OWN_DOMAIN, Besides, compose, fitting, may_write_to, over, wanted
from daemon.tell.people import addressee

PATIENCE = timedelta(weeks=1)
"""How long a digest is tried that nothing takes; what it says is old then, and what still holds makes a new one."""
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
    _look_for_unsent(teams, now, ledger, messenger_of, served)
    cut_short = [message for message in _cut_short(teams, now, ledger) if _is_served(message.to, teams, served)]
    old = _deliver(cut_short, teams, now, ledger, messenger_of)  # whose fate is known before others are told of it
    claimed = _claimed(teams, now, ledger, messenger_of, served, answer)
    new = _deliver(claimed, teams, now, ledger, messenger_of)
    return Delivered(old.sent + new.sent, old.errors + new.errors)


def _deliver(
    messages: Sequence[Message], teams: Mapping[str, Team], now: datetime, ledger: Ledger, messenger_of: MessengerOf
) -> Delivered:
    sent, errors = 0, []
    for message in messages:
        try:
            _send(message, messenger_of(*_account_of(message.to, teams)))
        except PortError as error:
            for_good = isinstance(error, Refused) or now - message.date >= PATIENCE
            ledger.settle(message.message_id, now, str(error), for_good=for_good)
            errors.append(f"mail to {message.to}: {error}")
        else:
            ledger.settle(message.message_id, now)
            sent += 1
    return Delivered(sent, tuple(errors))


def _look_for_unsent(
    teams: Mapping[str, Team], now: datetime, ledger: Ledger, messenger_of: MessengerOf, served: Served
) -> None:
    """Settle the digests that are out although sending them failed, before anybody hears that they are not."""
    for message in ledger.unsent():
        mine = _teams_of(message.to, teams) and _is_served(message.to, teams, served)
        if mine and _is_out(message, teams, messenger_of):
            ledger.settle(message.message_id, now)


def _cut_short(teams: Mapping[str, Team], now: datetime, ledger: Ledger) -> list[Message]:
    """Return the digests that were claimed before and are not known to have been sent."""
    ours = [message for message in ledger.unsent() if _teams_of(message.to, teams)]
    return [message for message in ours if may_write_to(message.to, _team_of(message.to, teams), now)]


def _claimed(
    teams: Mapping[str, Team],
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
    claimed = []
    waiting = {to: said for to, said in ledger.waiting().items() if _is_served(to, teams, served)}
    for message, said, left_out in _due(waiting, teams, now, ledger, messenger_of, answer):
        if not _is_out(message, teams, messenger_of) and ledger.claim(message, said, message.date.date(), left_out):
            claimed.append(message)
    return claimed


def _due(
    waiting: Mapping[str, Sequence[Reminder]],
    teams: Mapping[str, Team],
    now: datetime,
    ledger: Ledger,
    messenger_of: MessengerOf,
    answer: Answer = no_links,
) -> Iterator[tuple[Message, Sequence[Reminder], Sequence[Reminder]]]:
    """Yield the digest of each who is at work, has something to hear, and had none today and has none waiting.

    With it comes what it says in words, and what it leaves out because that is over, or for want of room. What somebody
    has muted goes on waiting.
    """
    in_line, last = {message.to for message in ledger.unsent()}, ledger.last_digests() if waiting else {}
    for recipient, reminders in sorted(waiting.items()):
        addresses = _addresses_of(recipient, teams)
        latest = max((last[one] for one in addresses if one in last), default=None)
        is_in_line = not in_line.isdisjoint(addresses)
        said = () if is_in_line else _worth_saying(recipient, reminders, teams, now, latest)
        there = _there(recipient, teams, now) if said else now
        if said and not any(ledger.had_digest(one, there.date(), there.tzinfo or UTC) for one in addresses):
            known = [one for one in reminders if one.team in teams]
            asking = answer if _is_private(recipient, teams, messenger_of) else no_links
            linked = [replace(one, links=_links(one.team, recipient, one.asks, asking)) for one in said]
            besides = {key: _links(key, recipient, AT_ANY_TIME, asking) for key in sorted({one.team for one in said})}
            shown = fitting(linked, there.date(), {key: team.team for key, team in teams.items()}, besides)
            hidden = set(linked).difference(shown)
            yield (
                _digest(recipient, linked, teams, now, messenger_of, besides),
                shown,
                (*over(known, there.date(), teams), *hidden),
            )


def _links(team: str, email: str, asks: Sequence[Ask], answer: Answer) -> tuple[Link, ...]:
    made = (Link(words_of(ask.purpose), answer(team, email, ask)) for ask in asks)
    return tuple(link for link in made if link.address)


def _is_private(recipient: str, teams: Mapping[str, Team], messenger_of: MessengerOf) -> bool:
    """Whether nobody else reads what somebody is sent, so that it may have links which speak for them."""
    try:
        return messenger_of(*_account_of(recipient, teams)).is_private
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
    waiting = ledger.foreseen(due, _addresses_today(teams))
    return [
        *_cut_short(teams, now, ledger),
        *(message for message, *_ in _due(waiting, teams, now, ledger, messenger_of)),
    ]


def _is_out(message: Message, teams: Mapping[str, Team], messenger_of: MessengerOf) -> bool:
    try:
        return bool(messenger_of(*_account_of(message.to, teams)).sent(message.message_id))
    except PortError:
        return False


def _worth_saying(
    recipient: str, reminders: Sequence[Reminder], teams: Mapping[str, Team], now: datetime, last: date | None
) -> Sequence[Reminder]:
    """Return what somebody is to hear now: nothing where they are not at work, or there is nothing worth a mail.

    ``last`` is the day of their last one.
    """
    if not _teams_of(recipient, teams) or not may_write_to(recipient, _team_of(recipient, teams), now):
        return ()
    today = _there(recipient, teams, now).date()
    weekly = last is None or today - last >= WEEKLY
    return wanted([one for one in reminders if one.team in teams], teams, today, weekly)


def _digest(
    recipient: str,
    said: Sequence[Reminder],
    teams: Mapping[str, Team],
    now: datetime,
    messenger_of: MessengerOf,
    besides: Besides,
) -> Message:
    who, names = addressee(recipient, _team_of(recipient, teams)), {key: team.team for key, team in teams.items()}
    domain = _domain_of(recipient, teams, messenger_of)
    return compose(recipient, who.name if who else "", said, _there(recipient, teams, now), names, domain, besides)


def _there(recipient: str, teams: Mapping[str, Team], now: datetime) -> datetime:
    """Return the moment in the zone of a person."""
    team = _team_of(recipient, teams)
    who = addressee(recipient, team)
    return now.astimezone(who.zone if who else ZoneInfo(team.timezone))


def _domain_of(recipient: str, teams: Mapping[str, Team], messenger_of: MessengerOf) -> str:
    try:
        return messenger_of(*_account_of(recipient, teams)).domain
    except PortError:  # it is told where it is sent
        return OWN_DOMAIN


def _send(message: Message, messenger: Messenger) -> None:
    if messenger.sent(message.message_id):
        return
    again = Retrying(
        retry=retry_if_exception_type(Unavailable),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.2, max=2),
        reraise=True,
    )
    again(messenger.send, message)


def _is_served(recipient: str, teams: Mapping[str, Team], served: Served) -> bool:
    keys = _teams_of(recipient, teams)
    return bool(keys) and served(teams[keys[0]], keys)


def _teams_of(email: str, teams: Mapping[str, Team]) -> list[str]:
    return [key for key, team in sorted(teams.items()) if addressee(email, team)]


def _addresses_of(email: str, teams: Mapping[str, Team]) -> list[str]:
    """Return the address of a person, and those that they had before."""
    members = (member for team in teams.values() for member in team.members if member.email == email)
    return [*dict.fromkeys((email, *(old for member in members for old in member.was)))]


def _addresses_today(teams: Mapping[str, Team]) -> dict[str, str]:
    """Return the addresses of all by those that they had before and that are nobody's now."""
    members = [member for team in teams.values() for member in team.members]
    present = {member.email for member in members}
    return {old: member.email for member in members for old in member.was if old not in present}


def _team_of(email: str, teams: Mapping[str, Team]) -> Team:
    """Return the team whose hours hold for a person: the first that they belong to."""
    return teams[_teams_of(email, teams)[0]]


def _account_of(email: str, teams: Mapping[str, Team]) -> tuple[Team, str]:
    """Return the team from whose account a person is written to, and its key."""
    key = _teams_of(email, teams)[0]
    return teams[key], key
