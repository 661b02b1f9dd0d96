"""An announced session that changed: what those who could come to it, and the lead, are told of it. Pure."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC

from config.team import Team
from daemon.describe.words import SessionWords
from daemon.model import Reminder, Session, State
from daemon.model.memory import Memory
from daemon.model.words import shortened, weekday_of
from daemon.tell.kinds import NOTICE
from daemon.tell.people import Addressee, who_hears
from daemon.tell.session import reminder, said_of, when

OFF, ON, MOVED = "cancelled", "on", "moved"
"""How the parts begin of what is said of sessions that are called off, on again, and moved."""
MINUTE = "%Y-%m-%dT%H:%M"


def changes(before: Session, after: Session, team: Team, memory: Memory) -> tuple[Reminder, ...]:
    """Return what those who could come, and the lead, are told when a session is called off, on again or moved."""
    old, new = SessionWords(before, team, memory), SessionWords(after, team, memory)
    if not before.takes_place and before.assignments and after.takes_place:
        on = _Notice(new, ON, f"Takes place after all: {new.title}", undoes=OFF)
        return tuple(on.to(who, f" on {when(new, who)}") for who in who_hears(team, after.slot.day))
    if before.state is not State.ANNOUNCED:
        return ()
    if not after.takes_place:
        why = shortened(after.note, 200)
        part = f"{OFF}-{hashlib.sha256(why.encode(errors='replace')).hexdigest()[:8]}"
        off, because = _Notice(old, part, f"Called off: {old.title}", undoes=ON), f" ({why})" if why else ""
        return tuple(off.to(who, f" on {when(old, who)}{because}") for who in who_hears(team, before.slot.day))
    there, here = (one.slot.starts_at.astimezone(UTC) for one in (before, after))
    if there == here:
        return ()
    moved = _Notice(new, f"{MOVED}-{here:{MINUTE}}-from-{there:{MINUTE}}", f"Moved: {new.title}")
    return tuple(
        replace(moved.to(who, f" of {when(old, who)} is now on {when(new, who)}"), was=f" of {when(old, who)} is now")
        for who in who_hears(team, before.slot.day, after.slot.day)
    )


@dataclass(frozen=True, slots=True)
class _Notice:
    """What is told of a session that changed; ``part`` says what of it, ``undoes`` what that takes back."""

    words: SessionWords
    part: str
    text: str
    undoes: str = ""

    def to(self, who: Addressee, text: str) -> Reminder:
        """Return it for one person."""
        day = self.words.session.slot.day
        undoes = said_of(self.words, NOTICE, self.undoes) if self.undoes else ""
        more = {"subject": f"{self.text} on {weekday_of(day)}", "undoes": undoes}
        return reminder(NOTICE, self.words, f"{self.part}/{who.email}", who.email, f"{self.text}{text}", **more)
