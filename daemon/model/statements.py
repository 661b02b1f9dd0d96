"""What people said, one statement each, kept for good in the order in which they did; and which turns it passed on.

A statement is said through a door: the web page, or a link in a mail. The door chooses its id, so what is said twice by
a double click, or by a link that is followed again, is one statement.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from config.cached import cached_property
from daemon.model.members import Email


class Door(StrEnum):
    """Through which somebody said something."""

    WEB = "web"
    MAIL = "mail"


DOORS: Mapping[Door, str] = {
    Door.WEB: "on the web page",
    Door.MAIL: "by a link in a mail",
}
"""How a door is called to people."""


class StatementKind(StrEnum):
    """What kind of thing is said, and about what.

    ``about`` is the key of a session's slot up to ``CORRECTION``, the title of a topic for ``VOTE``, the key of an
    action item for the three of items, and nothing for ``SUGGEST`` and ``NEED``.
    """

    CANNOT = "cannot"
    """Somebody cannot make it; ``role`` is what they do there, if anything."""
    TAKE = "take"
    """Somebody takes a role that is free."""
    SWAP_OFFER = "swap-offer"
    """Somebody would give their role for that of ``other`` in the session of which ``value`` is the key."""
    SWAP_AGREE = "swap-agree"
    """They agree to the offer of which ``value`` is the id; ``about`` and ``role`` are their own duty."""
    SWAP_REFUSE = "swap-refuse"
    """They do not agree to the offer of which ``value`` is the id, or whoever made it takes it back."""
    HAND_BACK = "hand-back"
    """Somebody gives a role back to whoever they had it from."""
    QUESTION = "question"
    """Somebody has a question for a session, ``value``, without a name."""
    CONSENT = "consent"
    """Whether somebody agrees to a recording of a session: ``value`` is yes or no."""
    ATTENDED = "attended"
    """Whether somebody was there: ``value`` is yes, or nothing, or no."""
    CAN = "can"
    """Whether somebody can do now what a session taught: ``value`` is yes or no."""
    CORRECTION = "correction"
    """``other`` had the ``role`` in a session gone by; ``value`` is the reason, which everybody sees."""
    VOTE = "vote"
    """Somebody wants a topic: ``value`` is yes, or nothing, or no where they take it back."""
    SUGGEST = "suggest"
    """Somebody suggests the topic ``value``, of the area ``role``."""
    NEED = "need"
    """Somebody wants to know ``value``, of the area ``role``, without a name."""
    DONE = "done"
    """An action item is done."""
    LATER = "later"
    """An action item needs until the date ``value``."""
    WONT_DO = "wont-do"
    """An action item will not be done; ``value`` may say why."""


FOR_SOMEBODY = frozenset({StatementKind.CANNOT, StatementKind.TAKE, StatementKind.HAND_BACK})
"""What a lead may say for ``other``."""
WITHOUT_A_NAME = frozenset({StatementKind.NEED, StatementKind.QUESTION})
"""What is kept without who said it, and of when only the Monday of its week."""
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something that somebody said; ``StatementKind`` tells what the fields mean.

    ``id`` is chosen by the door, ``who`` is None where it is said without a name, ``other`` is for whom a lead says it,
    or with whom somebody swaps. ``before`` is who had the role when somebody took it: ``say`` fills that in, and the
    ``role`` where it is left out. ``number`` is its place among all that was said.
    """

    id: str
    kind: StatementKind
    about: str
    at: datetime
    door: Door
    who: Email | None = None
    role: str = ""
    other: Email | None = None
    value: str = ""
    before: Email | None = None
    number: int = field(default=0, compare=False)

    @property
    def person(self) -> Email | None:
        """Whose doing it is: of what a lead says for somebody, theirs."""
        return self.other if self.other and self.kind in FOR_SOMEBODY else self.who


@dataclass(frozen=True, slots=True)
class Passing:
    """That a role in a session passed on by what was said: to nobody yet where its holder cannot make it.

    Of somebody who cannot make it and has no role there, ``role`` is empty.
    """

    session: str
    role: str
    to: Email | None
    former: Email | None
    statement: Statement
    swapped_for: str = ""
    """The key of the session that was given for it."""


class Statements(tuple[Statement, ...]):
    """Everything that was said in a team, in its order."""

    @property
    def latest(self) -> int:
        """The number of what was said last; 0 where nothing was."""
        return self[-1].number if self else 0

    @cached_property
    def by_id(self) -> Mapping[str, Statement]:
        """Each statement by its id."""
        return {one.id: one for one in self}

    @cached_property
    def _by_subject(self) -> Mapping[str, list[Statement]]:
        found = defaultdict[str, list[Statement]](list)
        for one in self:
            found[one.about].append(one)
        return dict(found)

    def about(self, subject: str, *kinds: StatementKind) -> list[Statement]:
        """Return what was said about something, of some kinds if any are named."""
        return [one for one in self._by_subject.get(subject, ()) if not kinds or one.kind in kinds]

    def of(self, *kinds: StatementKind) -> list[Statement]:
        """Return what was said of some kinds."""
        return [one for one in self if one.kind in kinds]

    @cached_property
    def passings(self) -> Mapping[str, tuple[Passing, ...]]:
        """How turns passed on, by the key of the session; what was handed back included."""
        found = defaultdict[str, list[Passing]](list)
        for one in self:
            for passing in _passed_on(one, found, self.by_id):
                found[passing.session].append(passing)
        return {session: tuple(passings) for session, passings in found.items()}

    def had_from(self, session: str, role: str, holder: Email) -> Passing | None:
        """Return how somebody came to a role by what was said; None where they did not, or it went on since."""
        return _had_from(session, role, holder, self.passings)

    @cached_property
    def offers(self) -> tuple[Statement, ...]:
        """The offers to swap to which nobody has answered yet."""
        answered = {one.value for one in self.of(StatementKind.SWAP_AGREE, StatementKind.SWAP_REFUSE)}
        return tuple(one for one in self.of(StatementKind.SWAP_OFFER) if one.id not in answered)


def _passed_on(
    one: Statement, so_far: Mapping[str, list[Passing]], by_id: Mapping[str, Statement]
) -> Iterator[Passing]:
    match one.kind:
        case StatementKind.CANNOT:
            yield Passing(one.about, one.role, None, one.person, one)
        case StatementKind.TAKE:
            yield Passing(one.about, one.role, one.person, one.before, one)
        case StatementKind.SWAP_AGREE if one.value in by_id:
            offer = by_id[one.value]
            yield Passing(one.about, one.role, offer.who, one.who, one, offer.about)
            yield Passing(offer.about, offer.role, one.who, offer.who, one, one.about)
        case StatementKind.HAND_BACK if one.person:
            if had := _had_from(one.about, one.role, one.person, so_far):
                same = [each for key in (had.session, had.swapped_for) for each in so_far.get(key, ())]
                for each in (each for each in same if each.statement == had.statement):
                    yield Passing(each.session, each.role, each.former, each.to, one)
        case _:
            pass


def _had_from(
    session: str, role: str, holder: Email, so_far: Mapping[str, list[Passing] | tuple[Passing, ...]]
) -> Passing | None:
    own = [one for one in so_far.get(session, ()) if one.role == role]
    last = own[-1] if own else None
    is_theirs = last and last.to == holder and last.statement.kind is not StatementKind.HAND_BACK
    return last if is_theirs else None


NOTHING_SAID = Statements()
"""Of a team in which nobody has said anything."""
