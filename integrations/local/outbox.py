"""Mail as a folder of .eml files, which any mail program opens (RFC 5322): a real outbox that nothing is sent from."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from config.values import slug
from daemon.model import Check, Message
from daemon.ports import Changed
from integrations.formats.letter import domain_of, plain_letter
from integrations.local import files

_LONGEST_SLUG = 60


class Outbox:
    """The messenger port on a folder. ``sender`` is who writes: ``Peer learning <peers@example.com>``."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    @property
    def domain(self) -> str:
        """The sender's domain."""
        return domain_of(self._sender)

    @property
    def is_private(self) -> bool:
        """Whether only its reader reads it: a mail is theirs, and the folder that of who runs peerloop."""
        return True

    def send(self, message: Message) -> None:
        """Put the message into the folder, unless it is there already."""
        data = plain_letter(message, self._sender).as_bytes()
        with suppress(Changed):  # it is there: it was sent before
            files.replace(self._path(message.message_id), data, instead_of=None, private=True)

    def sent(self, message_id: str) -> bool:
        """Return whether the message is in the folder."""
        return files.read(self._path(message_id)) is not None

    def check_up(self) -> Iterator[Check]:
        """Look whether mails can be put into the folder."""
        yield files.check_folder(self._folder)

    def _path(self, message_id: str) -> Path:
        digest = hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:12]
        return self._folder / f"{slug(message_id)[:_LONGEST_SLUG].strip('-')}-{digest}.eml"
