"""What an operator may write for a mail server."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from config.connection import Remote
from config.faults import Problem
from config.parts import Name
from config.places import HostName, Mailbox
from config.secret import SecretPlace


class Smtp(Remote):
    """A mail server."""

    serves = ("mail",)
    instead = "write security: starttls, or tls"

    kind: Literal["smtp"]
    """A mail server."""
    host: Annotated[Name, Field(examples=["smtp.example.com"])]
    """The server's name."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 587
    """The server's port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected."""
    user: Name | None = None
    """The account to sign in with, if the server wants one."""
    password: SecretPlace | None = None
    """The account's password."""
    sender: Annotated[Mailbox, Field(alias="from", examples=["Peer learning <peers@example.com>"])]
    """Who mail comes from."""

    ehlo: HostName | None = None
    """What this machine calls itself to the server (EHLO); its own name where it is not given."""

    def open_to(self) -> str | None:
        """Return the host, where there is a password and nothing protects it."""
        return self.host if self.security == "none" and self.password else None

    def problems(self) -> Iterator[Problem]:
        """Yield that others could read the password, or that one of user and password is there without the other."""
        yield from super().problems()
        if bool(self.user) != bool(self.password):
            lacks = "password" if self.user else "user"
            yield Problem((), f"signing in needs user and password, and there is no {lacks}; add it")


CONNECTIONS = (Smtp,)
