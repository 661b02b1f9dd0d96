"""Whose fault it is that a mail server refuses for good: by its status code (RFC 3463), else by its words.

Only what names a mailbox is the fault of who has it. In doubt it is nobody's: the mail waits.
"""

import re
from enum import Enum, auto
from smtplib import SMTPResponseException


class Whose(Enum):
    """Whom or what a reply speaks of."""

    ADDRESS = auto()
    """There is no such mailbox."""
    CLOSED = auto()
    """The mailbox is there, and takes nothing."""
    FULL = auto()
    SIZE = auto()
    """This message is too large."""
    LETTERS = auto()
    """An address in letters that it does not know (RFC 6531, section 3.5)."""
    SENDER = auto()
    """Nobody may write from that address."""
    NAME = auto()
    """What this machine calls itself (EHLO)."""
    QUOTA = auto()
    """The sender has sent enough for now."""
    SIGN_IN = auto()
    """The server passes on no mail of who has not signed in."""
    MACHINE = auto()
    """The address of this machine."""
    UNCLEAR = auto()


_CODE = re.compile(r"#?5\.(\d{1,3}\.\d{1,3})\b")
_BY_CODE = {
    **dict.fromkeys(("1.1", "1.2", "1.3", "1.6", "1.10"), Whose.ADDRESS),
    **{"2.1": Whose.CLOSED, "2.2": Whose.FULL, "2.3": Whose.SIZE, "3.4": Whose.SIZE},
    **{"6.7": Whose.LETTERS, "1.7": Whose.SENDER, "1.8": Whose.SENDER, "4.5": Whose.QUOTA},
}
_BY_REPLY = {504: Whose.NAME, 530: Whose.SIGN_IN}
_WORDS = (
    (Whose.NAME, r"(?<![\w.-])(helo|ehlo)\b(?![.-]\w)"),
    (Whose.SENDER, r"sender( address)? (rejected|denied|unknown|not |verif)|(bad|invalid|unknown|unverified) sender"),
    (Whose.SIGN_IN, r"relay|authenticat"),
    (Whose.MACHINE, r"spamhaus|black ?list|block ?list|client host|ip address|reputation"),
    (Whose.QUOTA, r"(sending|daily|hourly|sender).{0,20}(quota|limit)|too many (messages|mails|recipients)"),
    (Whose.SIZE, r"(message|mail|size).{0,20}(too (large|big)|exceeds)|^too large"),
)
_OF_A_MAILBOX = (
    (Whose.FULL, r"(mailbox|inbox).{0,60}(full|quota)|over ?quota|quota exceeded"),
    (Whose.CLOSED, r"(mailbox|account|user|recipient).{0,60}(disabled|inactive|suspended|closed)"),
    (Whose.ADDRESS, r"(no such|unknown|non-?existent) (user|mailbox|recipient|address|account|person)"),
    (
        Whose.ADDRESS,
        r"(user|mailbox|recipient|address|account)\b.{0,80}(unknown|not found|does ?n[o']t exist|not exist)",
    ),
)
_QUOTED = (r"<[^<>]*>", r"(?<!\S)[^\s@]*@\S*", r"\bsaid: .*")
"""What stands in a reply and is not the server's own: an address, and what another server said."""
_LOOKED_THROUGH = 4_000
"""Letters of a reply; real ones have some hundreds."""
_TOO_FAST = r"too (quickly|fast|often)|\brate\b"


def whose(error: SMTPResponseException) -> Whose:
    """Return whose fault a refusal for good is."""
    reply = text_of(error)[:_LOOKED_THROUGH].lower()
    code = found[1] if (found := _CODE.match(reply)) else ""
    for quoted in _QUOTED:
        reply = re.sub(quoted, " ", reply, flags=re.DOTALL)
    said = _BY_REPLY.get(error.smtp_code) or _first(_WORDS[:1], reply) or _BY_CODE.get(code) or _first(_WORDS, reply)
    if said is Whose.CLOSED and re.search(_TOO_FAST, reply):
        return Whose.UNCLEAR
    return said or (Whose.UNCLEAR if code else _first(_OF_A_MAILBOX, reply) or Whose.UNCLEAR)


def text_of(error: SMTPResponseException) -> str:
    """Return what the server said."""
    raw = error.smtp_error
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw


def _first(table: tuple[tuple[Whose, str], ...], reply: str) -> Whose | None:
    return next((one for one, words in table if re.search(words, reply, re.DOTALL)), None)
