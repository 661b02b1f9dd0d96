"""The messenger port on a mail account."""

from collections.abc import Iterator

from daemon.model import Check, Message
from daemon.ports import PortError
from integrations.formats.letter import domain_of, full_letter
from integrations.mail.account import Account

_REACH, _SIGN_IN, _SENDER = "it reaches the server", "it signs in", "it may send"


class SmtpMessenger:
    """Sends in the name of ``sender``, such as ``Peer learning <peers@example.com>``; ``lead`` is an e-mail."""

    def __init__(self, account: Account, sender: str, lead: str) -> None:
        self._account, self._sender, self._lead = account, sender, lead

    @property
    def domain(self) -> str:
        """The sender's domain."""
        return domain_of(self._sender)

    @property
    def is_private(self) -> bool:
        """Whether only its reader reads it: a mail is theirs."""
        return True

    def send(self, message: Message) -> None:
        """Send a message, each time with the same Message-ID.

        Raises:
            Unavailable: not now; where nothing can be sent to anybody, it says what to mend.
            Undeliverable: nobody can have that address, or the server will never take the message.
        """
        mail = full_letter(message, self._sender, self._lead)
        self._account.send(mail, mail["To"].addresses[0].addr_spec)

    def sent(self, message_id: str) -> bool | None:
        """Return None: no server tells what it has taken."""
        return None

    def check_up(self) -> Iterator[Check]:
        """Look, step by step, whether mail could be sent, and send none."""
        account = self._account
        steps = [_REACH, *([_SIGN_IN] if account.user else []), _SENDER]
        try:
            with account.reached() as server:
                yield Check(steps.pop(0), True)
                if account.user:
                    account.sign_in(server)
                    yield Check(steps.pop(0), True, account.user)
                account.try_sender(server)
                yield Check(steps.pop(0), True, f"as {account.sender}")
        except PortError as fault:
            yield Check(steps.pop(0), False, str(fault))
            yield from (Check(step, None) for step in steps)
