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
        steps, well, fault = [_REACH, *([_SIGN_IN] if self._account.user else []), _SENDER], dict[str, str](), ""
        try:
            self._account.in_time(lambda: self._try_out(well))
        except PortError as error:
            fault = str(error)
        done = dict(well)  # what takes too long may still go on
        yield from (Check(step, True, done[step]) for step in steps if step in done)
        failed, *untried = [step for step in steps if step not in done] or [""]
        yield from [Check(failed, False, fault)] if failed else []
        yield from (Check(step, None) for step in untried)

    def _try_out(self, well: dict[str, str]) -> None:
        """Note what goes well, and what is to be said of it."""
        account = self._account
        with account.reached() as server:
            well[_REACH] = ""
            if account.user:
                account.sign_in(server)
                well[_SIGN_IN] = account.user
            account.try_sender(server)
            well[_SENDER] = f"as {account.sender}"
