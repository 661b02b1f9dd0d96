"""Links in mails by which one person answers one thing: signed, for a while, and of no use once it was answered.

Who opens one sees a page and has said nothing yet; only a button says something. So a program that opens all links of
a mail, to see whether they are harmless, changes nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from daemon.model import Reminder
from daemon.tell.kinds import KIND_OF
from daemon.web.paths import session_path
from daemon.web.who import Signatures

LINK_SALT = "link"
GOOD_FOR = timedelta(days=30)
"""How long a link can be used."""
Subject = Literal["session", "item"]


class Claims(NamedTuple):
    """What a link is signed for: whom it asks, and about what of which team, by its key."""

    team: str
    email: str
    subject: Subject
    about: str


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links below the address of the web page, and reads them."""

    url: str
    signatures: Signatures

    def answer(self, reminder: Reminder) -> str:
        """Return the link by which whoever gets a reminder answers it; nothing where there is nothing to answer."""
        if not KIND_OF[reminder.kind].can_be_answered or not (reminder.about or reminder.session):
            return ""
        subject: Subject = "item" if reminder.about else "session"
        return self.to(Claims(reminder.team, reminder.to, subject, reminder.about or reminder.session))

    def session(self, team: str, session: str) -> str:
        """Return the address of a session's page on this site, by the keys of the team and the session."""
        return f"{self.url.rstrip('/')}{session_path(team, session)}"

    def to(self, asked: Claims) -> str:
        """Return the link to what somebody is asked."""
        return f"{self.url.rstrip('/')}/a/{self.signatures.signed(LINK_SALT, asked)}"


def read(signatures: Signatures, token: str) -> Claims | None:
    """Return what a link asks, if it is one of ours and not too old."""
    found = signatures.read(LINK_SALT, token, GOOD_FOR)
    return Claims(*found) if found else None


def statement_id(token: str) -> str:
    """Return the id of what is said by a link, which is one thing at most.

    It is made of what is signed, not of the signature: the same one can be written in several ways.
    """
    return f"link-{hashlib.sha256(token.rpartition('.')[0].encode()).hexdigest()[:24]}"
