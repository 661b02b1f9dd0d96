"""Links in mails by which one person says one thing: signed, for a while, and of no use once that was said.

Who opens one sees a page and has said nothing yet; only a button says something. So a program that opens all links of
a mail, to see whether they are harmless, changes nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from daemon.model.asks import Ask, Purpose
from daemon.web.paths import session_path
from daemon.web.who import Signatures

LINK_SALT = "link"
GOOD_FOR = timedelta(days=30)
"""How long a link can be used."""


class Claims(NamedTuple):
    """What a link is signed for: whom it asks, and what, in which team by its key."""

    team: str
    email: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links below the address of the web page."""

    url: str
    signatures: Signatures

    def answer(self, team: str, email: str, ask: Ask) -> str:
        """Return the link by which somebody, by their e-mail, answers what a team, by its key, asks them."""
        signed = self.signatures.signed(LINK_SALT, [team, email, ask.purpose.value, ask.about])
        return f"{self.url.rstrip('/')}/a/{signed}"

    def session(self, team: str, session: str) -> str:
        """Return the address of a session's page on this site, by the keys of the team and the session."""
        return f"{self.url.rstrip('/')}{session_path(team, session)}"


def read(signatures: Signatures, token: str) -> Claims | None:
    """Return what a link asks, if it is one of ours and not too old."""
    match signatures.read(LINK_SALT, token, GOOD_FOR):
        case [team, email, purpose, about] if purpose in list(Purpose):
            return Claims(team, email, Ask(Purpose(purpose), about))
    return None


def statement_id(token: str) -> str:
    """Return the id of what is said by a link by which one thing is said at most.

    It is made of what is signed, not of the signature: the same one can be written in several ways.
    """
    return f"link-{hashlib.sha256(token.rpartition('.')[0].encode()).hexdigest()[:24]}"
