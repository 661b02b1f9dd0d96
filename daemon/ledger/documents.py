"""Values as the ledger keeps them: JSON documents, in which the keys of another release survive this one."""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from daemon.ledger.errors import LedgerError

_CODECS: dict[type, TypeAdapter[Any]] = {}


def as_document(value: Any, stored: str | None = None) -> str:
    """Return a value as a document; ``stored`` is the one that it takes the place of.

    What stands there under keys that this release does not know stays, as long as what it is about is still there.
    """
    text = _dumped(value)
    if stored is None or (known := _dumped(from_document(type(value), stored))) == stored:
        return text
    return json.dumps(_kept(json.loads(text), json.loads(known), json.loads(stored)), ensure_ascii=False)


def from_document(kind: type, document: str) -> Any:
    """Return the value that a document holds; keys that this release does not know are passed over.

    Raises:
        LedgerError: a value that this release does not know stands under a key that it does.
    """
    try:
        return _codec(kind).validate_json(document)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        advice = "use the newer peerloop that wrote it"
        raise LedgerError(f"the ledger says something of {where} that this peerloop does not know; {advice}") from error


def _codec(kind: type) -> TypeAdapter[Any]:
    if kind not in _CODECS:
        _CODECS[kind] = TypeAdapter(kind)
    return _CODECS[kind]


def _dumped(value: Any) -> str:
    text: bytes = _codec(type(value)).dump_json(value, exclude_defaults=True)
    return text.decode()


def _kept(new: Any, known: Any, stored: Any) -> Any:
    """Return ``new`` with what ``stored`` says beyond ``known``, which is how this release understands it."""
    if isinstance(new, dict) and isinstance(known, dict) and isinstance(stored, dict):
        unknown = {key: value for key, value in stored.items() if key not in known}
        return {
            **unknown,
            **{key: _kept(value, known.get(key), stored.get(key)) for key, value in new.items()},
        }
    if isinstance(new, list) and isinstance(known, list) and isinstance(stored, list):
        entries = list(zip(known, stored, strict=False))
        return [next((whole for understood, whole in entries if understood == one), one) for one in new]
    return new
