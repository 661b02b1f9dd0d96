"""A mail server on loopback (aiosmtpd): with accounts, TLS, what came, and faults at each stage."""

import asyncio
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Security = Literal["starttls", "tls", "none"]
Stage = Literal["CONNECT", "EHLO", "STARTTLS", "HELO", "AUTH", "MAIL", "RCPT", "DATA", "TAKEN", "QUIT"]
"""When something goes wrong: instead of an answer to a command; TAKEN is once a mail has come whole and was kept."""
DROP, SILENCE = "drop", "silence"


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail as it came: its envelope, and its bytes."""

    sender: str
    to: str
    content: bytes
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM: the authority that clients are to trust, and the server's own certificate with its key."""

    authority: Path
    server: Path


class MailServer:
    """A context manager: it listens from entering to leaving, on 127.0.0.1 and a free port.

    With ``accounts``, names and passwords, it takes mail of those only who have signed in.
    """

    def __init__(
        self,
        security: Security = "none",
        certificates: Certificates | None = None,
        accounts: Mapping[str, str] | None = None,
        smtputf8: bool = True,
    ) -> None:
        self.security, self.accounts, self.smtputf8 = security, dict(accounts or {}), smtputf8
        self.kept: list[Kept] = []
        self.commands: list[str] = []
        self.greeted_by: list[str] = []
        self.complaints: list[str] = []
        self.greets_late = False
        """Whether nobody is greeted before it is to ``speak``."""
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self.puts_off: dict[str, str] = {}
        """What is answered for a mailbox, however often, in place of taking mail to it; or SILENCE."""
        self._faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self._transports: set[asyncio.BaseTransport] = set()
        if certificates:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificates.server)

    def fail(self, stage: Stage, answer: str, times: int = 1) -> None:
        """Answer so at a stage, ``times`` times: a reply such as ``550 no such user``, or DROP, or SILENCE."""
        self._faults[stage].extend([answer] * times)

    def speak(self) -> None:
        """Answer those mails at last over which there was SILENCE."""
        self._loop.call_soon_threadsafe(self._spoken.set)

    async def spoken(self) -> None:
        """Wait until it does."""
        await self._spoken.wait()

    def fault(self, stage: str) -> str:
        """Return what is to go wrong now, or nothing."""
        return self._faults[stage].popleft() if self._faults[stage] else ""

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="mail server")
        self._thread.start()
        assert ready.wait(30), "the mail server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(30)
        assert not self._thread.is_alive(), "the mail server did not stop"

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._closing, self._spoken = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._loop.set_exception_handler(lambda _, told: self.complaints.append(str(told)))
        tls = self.tls if self.security == "tls" else None
        server = await self._loop.create_server(lambda: _Conversation(self), "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._closing.wait()
        server.close()
        for transport in list(self._transports):
            transport.abort()  # type: ignore[attr-defined]
        await server.wait_closed()
        own = asyncio.current_task()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not own), return_exceptions=True)

    def connected(self, transport: asyncio.BaseTransport) -> None:
        """Remember who is connected, to hang up at the end."""
        self._transports.add(transport)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, who: Any) -> AuthResult:
        """Look whether somebody is who they say."""
        assert isinstance(who, LoginPassword)
        right = self.accounts.get(who.login.decode()) == who.password.decode()
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, unless a reply that refuses it is due."""
        fault = self.fault("TAKEN")
        if fault in ("", DROP, SILENCE):
            content = envelope.content
            assert isinstance(content, bytes)
            self.kept.append(Kept(str(envelope.mail_from), envelope.rcpt_tos[0], content, tuple(envelope.mail_options)))
        if fault == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            await asyncio.Event().wait()  # until the connection is gone
        if fault == SILENCE:
            await self._spoken.wait()
        return "250 2.0.0 kept" if fault in ("", SILENCE) else fault


class _Conversation(SMTP):
    """One connection."""

    def __init__(self, office: MailServer) -> None:
        offered = office.tls if office.security == "starttls" else None
        super().__init__(
            office,
            hostname="mail.test",
            enable_SMTPUTF8=office.smtputf8,
            tls_context=offered,
            require_starttls=offered is not None,
            auth_require_tls=offered is not None,
            auth_exclude_mechanism=() if office.accounts else ("LOGIN", "PLAIN"),
            authenticator=office.authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._office = office
        methods: Mapping[str, Callable[[str | None], Awaitable[None]]] = self._smtp_methods
        self._smtp_methods = {name: partial(self._answered, name, method) for name, method in methods.items()}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._office.connected(transport)
        super().connection_made(transport)

    async def _handle_client(self) -> None:
        if self._office.greets_late:
            await self._office.spoken()
        if not await self._failed("CONNECT"):
            await super()._handle_client()

    async def _answered(self, name: str, method: Callable[[str | None], Awaitable[None]], arg: str | None) -> None:
        self._office.commands.append(name)
        if name == "EHLO":
            self._office.greeted_by.append(arg or "")
        if await self._failed(name):
            return
        no = next((no for to, no in self._office.puts_off.items() if name == "RCPT" and f"<{to}>" in (arg or "")), "")
        if no == SILENCE:
            await self._office.spoken()
            await method(arg)
        elif no:
            await self.push(no)
        elif name == "MAIL" and self._office.accounts and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
        else:
            await method(arg)

    async def _failed(self, stage: str) -> bool:
        """Do what is to go wrong at a stage, if anything is."""
        fault = self._office.fault(stage)
        if fault == DROP:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
        elif fault and fault != SILENCE:
            await self.push(fault)
        return bool(fault)


def make_certificates(folder: Path, days: int = 36_500) -> Certificates:
    """Make an authority and, signed by it, the certificate of a server at 127.0.0.1, valid for so long from 2020 on."""
    signer, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", signer, signer, x509.BasicConstraints(ca=True, path_length=None))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    (folder / "authority.pem").write_bytes(authority)
    unlocked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(unlocked + _certificate("server", key, signer, address, days))
    return Certificates(folder / "authority.pem", folder / "server.pem")


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    what: x509.ExtensionType,
    days: int = 36_500,
) -> bytes:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    draft = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(what, critical=isinstance(what, x509.BasicConstraints))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(signed_by, critical=False)
    )
    return draft.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
