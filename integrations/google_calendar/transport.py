"""The transport of Google's library, which reads no more of an answer than the memory can hold."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import httplib2  # type: ignore[import-untyped]
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession, Request
from googleapiclient.model import JsonModel  # type: ignore[import-untyped]
from requests import PreparedRequest

from integrations.bounded import NoAnswer, in_turn, understandable
from integrations.transport import TIMEOUT, Staying

_LONGEST_HEAD = 8_000
"""Bytes of the headers of a part of a batch: the standard library's parser takes long for long ones."""
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_PARTS_WITHIN = re.compile(rb"multipart/|message/", re.IGNORECASE)
_REFUSED_PART = re.compile(rb"^HTTP/1\.1 401\b", re.MULTILINE)


class Http:
    """What Google's library asks for, and gets an answer in httplib2's shape, as it wants.

    It has no attribute ``credentials``: where there is one, the library signs in by itself, by a transport without any
    bound. A sign-in that is refused is refreshed once.
    """

    def __init__(self, credentials: Credentials) -> None:
        unsigned = Staying()
        unsigned.auth = _as_it_is
        signing_in = Request(unsigned)
        self._refresh = partial(credentials.refresh, signing_in)
        self._session: Any = _SignedIn(credentials, max_refresh_attempts=1, auth_request=signing_in)
        self._session.auth = _as_it_is

    def request(
        self, uri: str, method: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, bytes]:
        """Return what is answered, and its content.

        Raises:
            OSError, NoAnswer: there is no answer, or none that could be read.
            TooLong: there is more of it than is read.
            GoogleAuthError: nobody is signed in.
        """
        asked = {**(headers or {}), "accept-encoding": "gzip"}
        response = self._session.request(method, uri, data=body, headers=asked, timeout=TIMEOUT)
        content = understandable(response.content)
        told = httplib2.Response({**response.headers, "status": response.status_code})
        told.reason = response.reason
        if _PARTS_WITHIN.match(told.get("content-type", "").encode("utf-8", "replace")):
            _check_parts(content)
            if _REFUSED_PART.search(content):  # the library asks once more for those
                self._refresh()
        return told, content

    def close(self) -> None:
        """Hang up."""
        self._session.close()


class _SignedIn(Staying, AuthorizedSession):
    pass


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """Sign nothing: that is done, and somebody's .netrc is not for Google."""
    return request


def _check_parts(content: bytes) -> None:
    """See that the parts of a batch are such as Google makes: an answer each, behind headers of its own.

    Raises:
        NoAnswer: they are not.
    """
    heads = (head for part in content.split(b"\n--") for head in _BLANK_LINE.split(part, 2)[:2])
    are_plain = all(len(head) <= _LONGEST_HEAD and not _PARTS_WITHIN.search(head) for head in heads)
    if not are_plain or content.count(b"\r") != content.count(b"\r\n"):
        raise NoAnswer("its parts are no answers of Google Calendar's")


class Understood(JsonModel):  # type: ignore[misc]
    """Answers as Google's library understands them, of the large ones one at a time."""

    def deserialize(self, content: bytes | str) -> object:
        """Return what an answer says in JSON."""
        with in_turn(content):
            return super().deserialize(content)
