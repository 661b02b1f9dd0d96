"""The transport of Google's library, which reads no more of an answer than the memory can hold."""

import re
from http.client import IncompleteRead
from typing import Any

import httplib2  # type: ignore[import-untyped]
from googleapiclient.model import JsonModel  # type: ignore[import-untyped]
from httplib2.decode import DecodeLimitError, DecodeRatioError  # type: ignore[import-untyped]

from integrations.bounded import LARGEST, Begun, NoAnswer, TooLong, in_turn, understandable

_LONGEST_HEAD = 8_000
"""Bytes of the headers of a part of a batch: the standard library's parser takes long for long ones."""
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_PARTS_WITHIN = re.compile(rb"multipart/|message/", re.IGNORECASE)


class Http(httplib2.Http):  # type: ignore[misc]
    """Raises TooLong where there is more of an answer than is read."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout, decode_limit_hard=LARGEST)

    def _conn_request(self, conn: Any, *request: Any, **more: Any) -> Any:
        conn.response_class = _Bounded
        try:
            response, content = super()._conn_request(conn, *request, **more)
            if _PARTS_WITHIN.match(response.get("content-type", "").encode("utf-8", "replace")):
                _check_parts(content)
            return response, understandable(content)
        except (TooLong, DecodeLimitError, DecodeRatioError):
            conn.close()  # what is left of the answer is none to the next request
            raise TooLong from None


def _check_parts(content: bytes) -> None:
    """See that the parts of a batch are such as Google makes: an answer each, behind headers of its own.

    Raises:
        NoAnswer: they are not.
    """
    heads = (head for part in content.split(b"\n--") for head in _BLANK_LINE.split(part, 2)[:2])
    are_plain = all(len(head) <= _LONGEST_HEAD and not _PARTS_WITHIN.search(head) for head in heads)
    if not are_plain or content.count(b"\r") != content.count(b"\r\n"):
        raise NoAnswer("its parts are no answers of Google Calendar's")


class _Bounded(Begun):
    def read(self, amt: int | None = None) -> bytes:
        if amt is not None:
            return super().read(amt)
        content = super().read(LARGEST + 1)
        if len(content) > LARGEST:
            raise TooLong
        if self.length:  # told only where everything is asked for
            self.close()
            raise IncompleteRead(content, self.length)
        return content


class Understood(JsonModel):  # type: ignore[misc]
    """Answers as Google's library understands them, of the large ones one at a time."""

    def deserialize(self, content: bytes | str) -> object:
        """Return what an answer says in JSON."""
        with in_turn(content):
            return super().deserialize(content)
