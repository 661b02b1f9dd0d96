"""Secrets: the operator's file says where one is kept, never what it is."""

import base64
import binascii
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

_PATTERN = r"^(file:\S.*|env:[A-Za-z_][A-Za-z0-9_]*)$"


_REVEALED: set[str] = set()
"""What this process has read as a secret."""
SHORTEST = 5
"""So long is a secret that is looked for in what is said."""
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_NAMES_A_SECRET = re.compile(r"(?:key|secret|token|password)$")


class SecretMissing(Exception):
    """A secret is not where the configuration says; the message names the place."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is kept: in a file, or in a variable of the environment. It is read only when it is needed."""

    file: Path | None = None
    variable: str = ""

    def reveal(self) -> str:
        """Return the secret itself, without blanks and line ends around it.

        Raises:
            SecretMissing: there is nothing in that place.
        """
        secret = self._from_file(self.file) if self.file else os.environ.get(self.variable, "")
        if not secret.strip():
            raise SecretMissing(f"the secret {self} is empty or not set; provide it, or correct its place")
        _REVEALED.update(_worth_hiding(secret.strip()))
        return secret.strip()

    def __str__(self) -> str:
        return f"file:{self.file}" if self.file else f"env:{self.variable}"

    def _from_file(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = error.strerror if isinstance(error, OSError) else "it is not text"
            raise SecretMissing(f"the secret {self} cannot be read: {problem}; provide the file") from None


def parse_secret(value: object, info: ValidationInfo) -> object:
    """Return the secret of ``file:/run/secrets/token`` or ``env:TOKEN``; a message never shows what was written."""
    if isinstance(value, Secret):
        return value
    place, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if place == "file" and name.strip():
        return Secret(file=folder_of(info) / name.strip())
    if place == "env" and name.isidentifier() and name.isascii():
        return Secret(variable=name)
    raise ValueError("a secret never stands in this file; write where it is kept, as env:NAME or file:/path")


def folder_of(info: ValidationInfo) -> Path:
    """Return the folder from which relative paths of the file count."""
    return Path((info.context or {}).get("folder", "."))


SecretPlace = Annotated[
    Secret,
    BeforeValidator(parse_secret),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["env:TOKEN", "file:/run/secrets/token"]}),
]


def without_secrets(text: str) -> str:
    """Return words without what was read as a secret, plain or in Base64: servers may repeat what they were sent."""
    for secret in sorted(_REVEALED, key=len, reverse=True):
        text = text.replace(secret, "…")
    return _ENCODED.sub(lambda found: "…" if _hides_one(found[0]) else found[0], text) if _REVEALED else text


def _hides_one(word: str) -> bool:
    """Whether a word is a secret in Base64, perhaps behind the name of a user, as a sign-in has it."""
    plain = word.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        decoded = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8", "ignore")
    except binascii.Error:
        return False
    return any(secret in decoded for secret in tuple(_REVEALED))


def _worth_hiding(secret: str) -> Iterator[str]:
    """Yield a secret, or those that a document of several has; what is too short would hide words of no meaning."""
    try:
        told = json.loads(secret)
    except ValueError:
        told = None
    if isinstance(told, dict):
        parts = told if not isinstance(inner := next(iter(told.values()), None), dict) else inner
        found = [value for name, value in parts.items() if isinstance(value, str) and _NAMES_A_SECRET.search(name)]
    else:
        found = [secret]
    yield from (one for one in found if len(one) >= SHORTEST)
