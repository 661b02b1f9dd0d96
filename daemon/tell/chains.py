"""Changes of one thing that wait for one mail: A to B, then B to C, is said as A to C, and A to A not at all. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC

from daemon.model import Reminder
from daemon.tell.changes import MINUTE, MOVED
from daemon.tell.kinds import NOTICE
from daemon.tell.series import RULE

LINK = re.compile(rf"(?P<about>.+/{NOTICE.name}/(?:{MOVED}|{RULE}))-(?P<now>.+?)-from-(?P<was>[^/]+)/.*@(?P<moment>.+)")
"""The key of a change from one time to another."""


def as_one(reminders: Iterable[Reminder]) -> tuple[Reminder, ...]:
    """Return what one person is to hear, with all that changed of one thing, one after the other, as one change."""
    told, chains = list[Reminder](), defaultdict[str, list[Reminder]](list)
    for one in reminders:
        link = LINK.fullmatch(one.key)
        (chains[link["about"]] if link else told).append(one)
    return (*told, *(one for chain in chains.values() for one in _joined(sorted(chain, key=_moment))))


def _joined(chain: Sequence[Reminder]) -> Iterator[Reminder]:
    """Yield the last change as one from where the first began; nothing where that is where it ends."""
    were, are = Counter(_was(one) for one in chain), Counter(_now(one) for one in chain)
    left, reached = were - are, are - were
    first = next((one for one in chain if _was(one) in left), None)
    last = next((one for one in reversed(chain) if _now(one) in reached), None)
    if first and last and _was(first) != _place(last):
        yield replace(last, text=last.text.replace(last.was, first.was, 1)) if last.was and first.was else last


def _place(one: Reminder) -> str:
    """Return where a session is now, which may be elsewhere than where the change led; nothing of a series."""
    is_session = one.key.startswith(f"{one.session}/") and one.session and one.starts_at
    return f"{one.starts_at.astimezone(UTC):{MINUTE}}" if is_session and one.starts_at else ""


def _was(one: Reminder) -> str:
    return _link(one)["was"]


def _now(one: Reminder) -> str:
    return _link(one)["now"]


def _moment(one: Reminder) -> str:
    return _link(one)["moment"]


def _link(one: Reminder) -> re.Match[str]:
    link = LINK.fullmatch(one.key)
    assert link
    return link
