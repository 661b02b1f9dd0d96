"""Secrets: the operator's file says where one is kept, never what it is."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

_PATTERN = r"^(file:\S.*|env:[A-Za-z_][A-Za-z0-9_]*)$"


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
