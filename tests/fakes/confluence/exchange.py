"""What comes in and what goes out: requests, queries, uploads, and errors as Confluence words them."""

import email.policy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fakes.google_calendar import exchange
from tests.fakes.google_calendar.exchange import Answer as Answer

if TYPE_CHECKING:
    from tests.fakes.confluence.index import Index
    from tests.fakes.confluence.world import World

Json = dict[str, Any]
_READS = ("GET", "HEAD")


class Upload(NamedTuple):
    """A file that came as part of a form."""

    filename: str
    media_type: str
    content: bytes


@dataclass
class Request(exchange.Request):
    """A request as it was seen. ``name`` says what it is for, alike on both flavours, such as ``page.create``;
    ``path`` is without the context path, "" in both where it is for nothing that is served.
    """

    parts: dict[str, Upload | str] = field(default_factory=dict)

    @property
    def is_write(self) -> bool:
        """Whether it changes something, or tries to."""
        return self.method not in _READS


class Requests(list[Request]):
    """Every request, in order."""

    @property
    def names(self) -> list[str]:
        """What they were for."""
        return [request.name for request in self]

    @property
    def reads(self) -> "Requests":
        """Those that change nothing."""
        return Requests(request for request in self if not request.is_write)

    @property
    def writes(self) -> "Requests":
        """Those that change something, or try to."""
        return Requests(request for request in self if request.is_write)


class ApiError(Exception):
    """An answer that is an error: its status, and the sentence that goes with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message

    def answer(self, *, second: bool, headers: dict[str, str] | None = None) -> Answer:
        """Return the answer in the words of the ``second`` version of the API, or of the first."""
        if second:
            error = {"status": self.status, "code": _CODES.get(self.status, "ERROR"), "title": self.message}
            return Answer.of(self.status, {"errors": [{**error, "detail": None}]}, headers)
        data = {"authorized": self.status not in (401, 403), "valid": False, "errors": [], "successful": False}
        return Answer.of(self.status, {"statusCode": self.status, "data": data, "message": self.message}, headers)


_CODES = {
    400: "INVALID_REQUEST_PARAMETER",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    429: "RATE_LIMITED",
}


class Query:
    """The parameters of a request; a list may come repeated or with commas."""

    def __init__(self, texts: Mapping[str, Sequence[str]]) -> None:
        self.texts = texts

    def text(self, key: str, default: str = "") -> str:
        """Return a parameter's text."""
        return self.texts.get(key, [default])[-1]

    def many(self, key: str) -> list[str]:
        """Return a list's parts."""
        return [part for text in self.texts.get(key, ()) for part in text.split(",") if part]

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a parameter that says true or false."""
        return self.text(key, "true" if default else "false") == "true"

    def number(self, key: str, default: int | None = None) -> int | None:
        """Return a parameter that is a number.

        Raises:
            ApiError: it is none.
        """
        if key not in self.texts:
            return default
        try:
            return int(self.text(key))
        except ValueError as fault:
            raise ApiError(400, f"Provided value {self.text(key)!r} for '{key}' is not the correct type.") from fault


@dataclass(frozen=True)
class Call:
    """A request on its way through a resource: what the path names, the query, the body or the form."""

    world: "World"
    index: "Index"
    request: Request
    path: dict[str, str]
    query: Query

    @property
    def body(self) -> Json:
        """The JSON object that was sent.

        Raises:
            ApiError: it is none.
        """
        if not isinstance(self.request.body, dict):
            raise ApiError(400, "Could not read JSON: an object was expected")
        return self.request.body

    @property
    def upload(self) -> Upload:
        """The file that was sent, in a form that browsers could not have sent by themselves.

        Raises:
            ApiError: 403 without the header, 415 where it is no form, 400 without a file.
        """
        allowed = ("no-check", "nocheck") if self.world.cloud else ("no-check",)
        if self.request.headers.get("x-atlassian-token") not in allowed:
            raise ApiError(403, "XSRF check failed")
        if not self.request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise ApiError(415, "Unsupported Media Type")
        upload = self.request.parts.get("file")
        if not isinstance(upload, Upload):
            raise ApiError(400, "The multipart form has no file in a field named 'file'")
        return upload


def parsed(content: bytes) -> Any:
    """Return a body's JSON, its text where it is none, None where it is empty."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode("utf-8", "replace")


def form(content_type: str, content: bytes) -> dict[str, Upload | str]:
    """Return the fields and files of a form, by name; none where it is no form."""
    if not content_type.startswith("multipart/form-data"):
        return {}
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + content)
    return {str(part.get_param("name", header="content-disposition")): _part(part) for part in message.iter_parts()}


def _part(part: Any) -> Upload | str:
    content: bytes = part.get_payload(decode=True)
    filename = part.get_filename()
    return content.decode() if filename is None else Upload(filename, part.get_content_type(), content)
