"""A batch: many calls in one request of multipart/mixed, and their answers."""

from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from tests.fakes.google_calendar.api import name_of, parsed
from tests.fakes.google_calendar.exchange import Answer, ApiError, Request

_MOST = 50
_BOUNDARY = "batch_of_answers"


def perform(content_type: str, content: bytes, outer: dict[str, str], reverse: bool,
            do: Callable[[Request], Answer]) -> Answer:  # fmt: skip
    """Do the calls in a batch; the answers come in the order of the calls, whatever the order they are done in."""
    parts = _parts(content_type, content)
    if not 0 < len(parts) <= _MOST:
        error = ApiError("invalid", f"A batch holds 1 to {_MOST} calls, not {len(parts)}.")
        return Answer.of(error.status, error.body())
    calls = [(part["Content-ID"] or "", _request(part, outer)) for part in parts]
    order = list(reversed(calls)) if reverse else calls
    answers = {id(request): do(request) for _, request in order}
    body = "".join(_answer_part(name, answers[id(request)]) for name, request in calls)
    return Answer(200, f"{body}--{_BOUNDARY}--".encode(), f"multipart/mixed; boundary={_BOUNDARY}")


def _parts(content_type: str, content: bytes) -> list[Message]:
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _request(part: Message, outer: dict[str, str]) -> Request:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    line, _, rest = content.partition(b"\n")
    method, target, _ = line.decode().split(" ", 2)
    inner = BytesParser().parsebytes(rest)
    payload = inner.get_payload(decode=True)
    url = urlsplit(target)
    headers = {key.lower(): value for key, value in inner.items()}
    if "authorization" in outer:
        headers.setdefault("authorization", outer["authorization"])
    return Request(
        method=method,
        path=url.path,
        name=name_of(method, url.path),
        query=parse_qs(url.query, keep_blank_values=True),
        body=parsed(payload) if isinstance(payload, bytes) else None,
        headers=headers,
        in_batch=True,
    )


def _answer_part(content_id: str, answer: Answer) -> str:
    unfolded = " ".join(content_id.split())
    headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.content)), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    inner = "\r\n".join(lines) + "\r\n\r\n" + answer.content.decode()
    head = f"Content-Type: application/http\r\nContent-ID: <response-{unfolded.removeprefix('<')}\r\n"
    return f"--{_BOUNDARY}\r\n{head}\r\n{inner}\r\n"
