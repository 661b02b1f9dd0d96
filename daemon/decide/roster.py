"""What stands of a session before anybody is chosen: who can come, what the lead decided, what was announced."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from config.team import Member
from daemon.model import BY_WORD, Assignment, Reason, Session, Slot, Topic
from daemon.model.words import names_among, weekday_of

OutsideHours = Callable[[Member, Slot], bool]
"""Says whether a session lies outside the working hours of a member who lives in another zone."""
Absent = Callable[[Member, Slot], str | None]
"""Says why a member cannot come to a slot, in a few words; None where they can."""


@dataclass(frozen=True, slots=True)
class Need:
    """A session to be staffed.

    ``presents`` is the role that brings the topic. ``pairs``: everybody present is put into a pair as well.
    ``decided`` (role to e-mail) and ``decided_pairs`` are the lead's decisions. ``announced`` is what people were told.
    ``declined`` are those who said no to this session, which ``absent`` says too: unlike those who are away they keep
    their claim to it and are owed it later. Where ``owner_may_take_over``, the topic's owner presents it, whoever was
    announced for that. Of one that ``is_frozen`` nobody is moved any more. The roles that are ``waiting`` are kept for
    somebody who wants them.
    """

    slot: Slot
    roles: tuple[str, ...]
    pairs: bool = False
    presents: str | None = None
    topic: Topic | None = None
    decided: Mapping[str, str] = field(default_factory=dict)
    decided_pairs: tuple[tuple[str, ...], ...] = ()
    announced: Session | None = None
    declined: frozenset[str] = frozenset()
    owner_may_take_over: bool = False
    is_frozen: bool = False
    waiting: frozenset[str] = frozenset()
    offered: datetime | None = None
    """Until when its roles are open to volunteers; None where they are given out."""


@dataclass(slots=True)
class Outline:
    """A session on its way. ``standing`` is given out, ``movable`` stands unless fairness needs it; the rest is open.

    ``able`` maps those who can come to their shares, ``away`` the others to the reason; ``could`` maps, for each role,
    those entitled to a part of it to their shares. Of ``unranked`` roles it was not said yet who would be next.
    """

    need: Need
    able: dict[str, float]
    away: dict[str, str]
    could: dict[str, dict[str, float]]
    standing: dict[str, Assignment] = field(default_factory=dict)
    movable: dict[str, Assignment] = field(default_factory=dict)
    unranked: set[str] = field(default_factory=set)
    engaged: frozenset[str] = frozenset()
    """Who is in no pair, for they have something else to do at that time."""

    @property
    def open(self) -> list[str]:
        """The roles to be given out, the movable ones among them."""
        return [role for role in self.need.roles if role not in self.standing]

    @property
    def unfinished(self) -> bool:
        """Whether there is anything to be thought about."""
        return bool(self.unranked or self.claimant) or len(self.standing) < len(self.need.roles)

    @property
    def claimant(self) -> str | None:
        """The topic's owner, where they could have the role that presents it, and have not."""
        need = self.need
        role, owner = need.presents, need.topic.owner if need.topic else None
        if not role or not owner or role in need.decided or not self.free(owner, role):
            return None
        is_open = role in self.open and role not in self.movable
        return owner if is_open or need.owner_may_take_over else None

    @property
    def roles(self) -> dict[str, str]:
        """Who does what so far: role to e-mail."""
        return {role: a.member for given in (self.standing, self.movable) for role, a in given.items() if a.member}

    @property
    def announced(self) -> dict[str, str]:
        """Who was announced, or was until somebody else was looked for: role to e-mail."""
        given = self.need.announced.assignments if self.need.announced else ()
        return {one.role: email for one in given if (email := one.member or one.former)}

    @property
    def area(self) -> str | None:
        """The area of what is taught, where somebody presents it."""
        return self.need.topic.area if self.need.topic and self.need.presents else None

    def named_in_vain(self, others: Iterable[str] = ()) -> set[str]:
        """Return the roles for which somebody is said to be next who cannot come any more, or has another role here."""
        taken = {*self.roles.values(), *others}
        return {
            role
            for role, given in self.standing.items()
            if any(email not in self.able or email in taken for email in given.reason.ranked)
        }

    def tie(self, email: str) -> str:
        """Return what settles a tie between members: a hash, never the order of the file."""
        return hashlib.sha256(f"{self.need.slot.key} {email}".encode()).hexdigest()

    def free(self, email: str, role: str) -> bool:
        """Return whether a member can take a role here beside what is given out."""
        return email in self.could[role] and email not in self.away and email not in self.roles.values()


class Roster:
    """The members, and what they cannot do."""

    def __init__(self, members: Sequence[Member], absent: Absent, outside: OutsideHours = lambda *_: False) -> None:
        self.outside = outside
        self.members = {member.email: member for member in members}
        self._names = names_among(members)
        self.absent = absent
        self._excused: dict[str, set[str]] = {}

    def name(self, email: str) -> str:
        """Return how people call a member; the e-mail of one who is no longer there."""
        return self._names.get(email, email)

    def excused(self, role: str) -> set[str]:
        """Return who is never given a role."""
        if role not in self._excused:
            self._excused[role] = {email for email, member in self.members.items() if role in member.excused}
        return self._excused[role]

    def could_serve(self, slot: Slot, role: str) -> dict[str, float]:
        """Return the shares of those who could take a role, by what is known now."""
        able = {email: member.share for email, member in self.members.items() if self.absent(member, slot) is None}
        return self._not_excused(able, role)

    def why_not(self, outline: Outline, role: str, email: str) -> str:
        """Return what keeps a member from a role, as part of a sentence."""
        if email not in self.members:
            return f"{email} is no longer in the team"
        if email in outline.away:
            return f"{self.name(email)} cannot come ({outline.away[email]})"
        if email in self.excused(role):
            return f"{self.name(email)} is excused from being {role}"
        return f"{self.name(email)} has another role here"

    def outline(self, need: Need, change_from: datetime | None) -> Outline:
        """Return what stands of a session; what was announced from ``change_from`` on may still move."""
        answers = {email: self.absent(member, need.slot) for email, member in self.members.items()}
        able = {email: self.members[email].share for email, why in answers.items() if why is None}
        away = {email: why for email, why in answers.items() if why is not None}
        entitled = able | {email: self.members[email].share for email in need.declined if email in away}
        outline = Outline(need, able, away, {role: self._could(need, role, entitled) for role in need.roles})
        announced = {a.role: a for a in need.announced.assignments} if need.announced else {}
        for role, email in need.decided.items():
            if role in outline.could and email in self.members:
                self._decide(outline, role, email, announced.pop(role, None))
        may_move = change_from is not None and need.slot.starts_at >= change_from
        for role, assignment in announced.items():
            _keep(outline, role, assignment, may_move)
            if role in need.waiting and role in outline.could:
                outline.standing[role] = _kept(assignment, outline, role)
            is_by_word = assignment.reason.kind in BY_WORD and role in outline.standing
            if (is_by_word or role in need.waiting) and not assignment.reason.ranked:
                outline.unranked.add(role)
        if need.offered:
            _offer(outline, need.offered)
        outline.unranked |= outline.named_in_vain()
        return outline

    def _decide(self, outline: Outline, role: str, email: str, announced: Assignment | None) -> None:
        if announced and announced.member == email:
            outline.standing[role] = _kept(announced, outline, role)
            return
        can = email in outline.able and email not in self.excused(role)
        although = "" if can else f", although {self.why_not(outline, role, email)}"
        reason = Reason("lead", f"The lead has decided on {self.name(email)}{although}.")
        outline.standing[role] = Assignment(role, email, reason, outline.could[role])
        outline.unranked.add(role)

    def _could(self, need: Need, role: str, entitled: dict[str, float]) -> dict[str, float]:
        """Return who is entitled to a role: where they are enough, only those within whose working hours it is.

        Whoever was announced for a role stays among them.
        """
        could = self._not_excused(entitled, role)
        outside = {email for email in could if self.is_outside(email, need.slot)}
        if not outside or len(could) - len(outside) < len(need.roles):
            return could
        staying = need.announced.roles.values() if need.announced else ()
        return {email: share for email, share in could.items() if email not in outside or email in staying}

    def is_outside(self, email: str, slot: Slot) -> bool:
        """Return whether a session lies outside somebody's working hours, elsewhere."""
        return email in self.members and self.outside(self.members[email], slot)

    def _not_excused(self, able: dict[str, float], role: str) -> dict[str, float]:
        excused = self.excused(role)
        return {email: share for email, share in able.items() if email not in excused} if excused else able


def _keep(outline: Outline, role: str, announced: Assignment, may_move: bool) -> None:
    """Let an announced assignment stand, if its member can still serve."""
    member = announced.member
    if member and role in outline.could and outline.free(member, role):
        stays = _owns(outline, role, member) or announced.reason.kind in BY_WORD
        stands = outline.movable if may_move and not stays else outline.standing
        stands[role] = _kept(announced, outline, role)


def _offer(outline: Outline, until: datetime) -> None:
    """Let open roles wait for volunteers, but for one that the topic's owner has anyway, or that nobody can take."""
    there = until.astimezone(ZoneInfo(outline.need.slot.zone))
    text = f"Open to whoever wants it until {weekday_of(there.date())}, {there:%H:%M}; then it goes by turns."
    of_owner = outline.need.presents if outline.claimant else None
    for role in outline.open:
        if outline.could[role] and role != of_owner:
            offered = Assignment(role, None, Reason("offered", text), outline.could[role], until=until)
            outline.standing[role] = offered
            outline.unranked.add(role)


def _owns(outline: Outline, role: str, member: str | None) -> bool:
    topic = outline.need.topic
    return role == outline.need.presents and topic is not None and topic.owner == member


def _kept(announced: Assignment, outline: Outline, role: str) -> Assignment:
    """Return an announced assignment with those who could serve by what is known now, and a reason that still holds."""
    reason, could = announced.reason, outline.could[role]
    if reason.kind == "owner" and not _owns(outline, role, announced.member):
        reason = Reason("kept", "Announced before, as whoever owned its topic then.", reason.ranked)
    elif not reason.text:
        reason = Reason("kept", "Announced before.", reason.ranked)
    if (announced.eligible, announced.reason) != (could, reason):
        announced = replace(announced, eligible=could, reason=reason)
    return announced
