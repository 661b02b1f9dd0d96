"""Where things are, as an operator writes it: folders and files, servers, senders, the ledger.

Relative paths count from the folder of the file in which they stand.
"""

import glob
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from config.parts import Line, written
from config.secret import Secret, folder_of, parse_secret
from config.values import parse_email, parse_line, parse_url, shown

_LEDGER = re.compile(r"(sqlite(\+pysqlite)?:///.+|postgresql(\+psycopg)?://\S*)")
_ENDPOINT = r"https?://[^/\s@]+(/\S*)?"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[(IPv6:)?[0-9A-Fa-f:.]+\]"
_USER_WITH_PASSWORD = re.compile(r"//[^/@]*:.*@")


def _in_folder(text: str, info: ValidationInfo) -> str:
    return str(folder_of(info) / text)


def _glob_in_folder(text: str, info: ValidationInfo) -> str:
    return text if Path(text).is_absolute() else str(Path(glob.escape(str(folder_of(info)))) / text)


def _ledger(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and not value.startswith(("file:", "env:")):
        if _USER_WITH_PASSWORD.search(value) or "password=" in value.lower():
            raise ValueError("the ledger's address contains a password; write where the address is kept, as env:NAME")
        if not _LEDGER.fullmatch(value):
            advice = "write sqlite:///path/to/ledger.db or postgresql+psycopg://user@host/database"
            raise ValueError(f"{shown(value)} is not the address of a ledger; {advice}")
        scheme, slashes, path = value.partition(":///")
        return f"{scheme}{slashes}{folder_of(info) / path}" if scheme.startswith("sqlite") else value
    return parse_secret(value, info)


def _endpoint(text: str) -> str:
    if re.match(r"(?i)https?://[^/]*@", text):
        raise ValueError("the address must not contain a user or a password; write it as https://example.com")
    if not re.fullmatch(_ENDPOINT, text):
        raise ValueError(f"{shown(text)} is not the address of a server; write it as https://example.com")
    return parse_url(text).rstrip("/")


def _host(text: str) -> str:
    if len(text) > 255 or not re.fullmatch(_HOST, text):
        raise ValueError(f"{shown(text)} is not the name of a machine; write it as peers.example.com")
    return text


def _mailbox(text: str) -> str:
    match = re.fullmatch(r"(?:(?P<name>[^<>@]+) )?<(?P<address>[^<>]+)>|(?P<plain>[^<>\s]+)", parse_line(text))
    if not match:
        raise ValueError(f"{shown(text)} is not a sender; write it as Peer learning <peers@example.com>")
    parse_email(match["address"] or match["plain"])
    return text.strip()


Folder = Annotated[Line, AfterValidator(_in_folder)]
"""A folder."""
Glob = Annotated[Line, AfterValidator(_glob_in_folder)]
"""Files, as a path in which ``*`` may stand for any name."""
Endpoint = Annotated[str, *written(_endpoint, _ENDPOINT, "https://example.com")]
"""The address of a server, without a slash at its end."""
HostName = Annotated[str, *written(_host, _HOST, "peers.example.com")]
"""A machine's full name, or its address in square brackets."""
Mailbox = Annotated[str, *written(_mailbox, r"([^<>@]+ )?<[^<>\s]+@[^<>\s]+>|[^<>\s]+@[^<>\s]+", "peers@example.com")]
"""Who mail comes from: an e-mail address, or a name and one in angle brackets."""
LedgerPlace = Annotated[
    str | Secret,
    BeforeValidator(_ledger),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(sqlite(\+pysqlite)?:///.+|postgresql(\+psycopg)?://\S*|file:\S.*|env:[A-Za-z_][A-Za-z0-9_]*)$",
            "examples": ["sqlite:///peerloop-data/ledger.db", "postgresql+psycopg://peerloop@db/peerloop"],
        }
    ),
]
"""The address of a database, or a secret that holds it."""
