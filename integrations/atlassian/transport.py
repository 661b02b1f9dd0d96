"""The transport of atlassian-python-api, which reads no more of an answer than the memory can hold."""

import zlib
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError
from urllib3.connection import HTTPConnection, HTTPSConnection

from integrations.bounded import LARGEST, Begun, TooLong, understandable

MOST_REDIRECTS = 5
"""So often an address may lead on to another one."""
MOST_COOKIES = 10
_PIECE = 64 * 1024
_GZIP = zlib.MAX_WBITS + 16


class _Plain(HTTPConnection):
    response_class = Begun


class _Secured(HTTPSConnection):
    response_class = Begun


class _Bounded(HTTPAdapter):
    def get_connection_with_tls_context(self, *told: Any, **more: Any) -> Any:
        """Return the connections to a server, or to the proxy before it."""
        pool: Any = super().get_connection_with_tls_context(*told, **more)
        pool.ConnectionCls = _Secured if pool.scheme == "https" else _Plain
        return pool

    def send(self, request: PreparedRequest, *options: Any, **more: Any) -> Response:
        """Send a request; what was answered is read here, before anybody else asks for all of it.

        Raises:
            TooLong: there is more of it than is read.
        """
        response = super().send(request, *options, **more)
        if response.is_redirect:  # requests keeps all that lead on
            response.close()
            response._content = b""
        else:
            response._content = _read(response)
        return response


def _read(response: Response) -> bytes:
    is_packed = "gzip" in response.raw.headers.pop("Content-Encoding", "")  # it is unpacked here, within a bound
    content = b"".join(response.iter_content(_PIECE))
    if is_packed:
        content = _unpacked(content)
    if len(content) > LARGEST:
        raise TooLong
    return understandable(content) if "json" in response.headers.get("Content-Type", "") else content


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=_GZIP).decompress(content, LARGEST + 1)
    except zlib.error as error:
        raise ContentDecodingError(error) from error


class _Session(Session):
    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send a request; a session that a server has kept is gone on with as long as all is well.

        What comes with a refusal, and too much of anything, would have the server refuse the next request as well.
        """
        response = super().send(request, **options)
        if not response.ok or len(self.cookies) > MOST_COOKIES:
            self.cookies.clear()
        return response


def session() -> Session:
    """Return what carries the requests of one client."""
    made = _Session()
    made.headers["Accept-Encoding"] = "gzip"
    made.max_redirects = MOST_REDIRECTS
    for scheme in ("https://", "http://"):
        made.mount(scheme, _Bounded())
    return made
