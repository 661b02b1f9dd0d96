"""The transport of atlassian-python-api, which reads no more of an answer than the memory can hold."""

from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from integrations.bounded import LARGEST, Begun, TooLong, of_few_values

_PIECE = 64 * 1024


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
        response._content = _read(response)
        return response


def _read(response: Response) -> bytes:
    content = bytearray()
    for piece in response.iter_content(_PIECE):
        content += piece
        if len(content) > LARGEST:
            response.close()
            raise TooLong
    return of_few_values(bytes(content)) if "json" in response.headers.get("Content-Type", "") else bytes(content)


def session() -> Session:
    """Return what carries the requests of one client."""
    made = Session()
    for scheme in ("https://", "http://"):
        made.mount(scheme, _Bounded())
    return made
