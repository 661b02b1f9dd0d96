"""The HTTP of Google's and Atlassian's libraries, which reads no more of an answer than the memory can hold."""

import zlib
from functools import cache
from http.client import HTTPException
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ProxyError

from config.connection import is_this_machine, open_over_http
from integrations.bounded import LARGEST, Begun, TooLong, understandable

TIMEOUT = 30
"""So many seconds a server may keep silent, unless who asks says otherwise."""
MOST_REDIRECTS = 5
"""So often an address may lead on to another one."""
LONGEST_ADDRESS, LONGEST_IN_LETTERS = 8_000, 500
"""So many characters one may have to which an answer leads, and one that is not in ASCII."""
MOST_COOKIES = 10
_PIECE = 64 * 1024
_OTHER_PACKINGS = ("deflate", "compress", "br", "zstd")
_GZIP = zlib.MAX_WBITS + 16


class _Bounded(HTTPAdapter):
    def get_connection_with_tls_context(self, *told: Any, **more: Any) -> Any:
        """Return the connections to a server, or to the proxy before it, of whose answer no more is read either."""
        pool: Any = super().get_connection_with_tls_context(*told, **more)
        pool.ConnectionCls = _bounded(pool.ConnectionCls)
        return pool

    def send(self, request: PreparedRequest, *options: Any, **more: Any) -> Response:
        """Send a request; what was answered is read here, before anybody else asks for all of it.

        Raises:
            TooLong: there is more of it than is read.
        """
        more["timeout"] = more.get("timeout") or TIMEOUT
        if is_this_machine(open_over_http(request.url) or ""):  # a secret may go there open, and nowhere else
            more["proxies"] = {}
        response = super().send(request, *options, **more)
        if response.is_redirect:  # requests keeps all that lead on
            response.close()
            response._content = b""
        else:
            response._content = _read(response)
        return response


class _Reading(HTTPConnection):
    response_class = Begun

    def _tunnel(self) -> None:
        try:
            super()._tunnel()
        except HTTPException as error:  # else urllib3 takes the proxy's answer for the server's
            raise ProxyError("it makes no sense", error) from error


@cache
def _bounded(connection: Any) -> Any:
    """Return the kind of connection that is like another one, whether it is plain, encrypted, or through SOCKS."""
    return connection if issubclass(connection, _Reading) else type(connection.__name__, (_Reading, connection), {})


def _read(response: Response) -> bytes:
    packing = response.raw.headers.pop("Content-Encoding", "").strip().lower()  # else urllib3 unpacks without a bound
    content = _unpacked(b"".join(response.iter_content(_PIECE)), packing)
    if len(content) > LARGEST:
        raise TooLong
    return understandable(content) if "json" in response.headers.get("Content-Type", "") else content


def _unpacked(content: bytes, packing: str) -> bytes:
    if any(one in packing for one in _OTHER_PACKINGS) or "," in packing:
        raise ContentDecodingError("it was packed as nobody has asked for")
    if "gzip" not in packing:  # some servers say of plain text that it is UTF-8
        return content
    try:
        return zlib.decompressobj(wbits=_GZIP).decompress(content, LARGEST + 1)
    except zlib.error as error:
        raise ContentDecodingError(error) from error


class Careful(Session):
    """What carries the requests of one client."""

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self.max_redirects = MOST_REDIRECTS
        bound(self)

    def get_redirect_target(self, resp: Response) -> str | None:
        """Return where an answer leads, if it leads to an address of some length."""
        address: str | None = super().get_redirect_target(resp)
        if address is None or len(address) <= (LONGEST_ADDRESS if address.isascii() else LONGEST_IN_LETTERS):
            return address
        return None

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send a request; a session that a server has kept is gone on with as long as all is well.

        What comes with a refusal, and too much of anything, would have the server refuse the next request as well.
        """
        response = super().send(request, **options)
        if not response.ok or len(self.cookies) > MOST_COOKIES:
            self.cookies.clear()
        return response


class Staying(Careful):
    """That of a client whom no answer leads anywhere else."""

    def get_redirect_target(self, resp: Response) -> None:
        """Return no address."""


def bound(session: Session) -> None:
    """Have a session read no more than some of what is answered, and wait no longer than a while."""
    session.headers["Accept-Encoding"] = "gzip"
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Bounded())
