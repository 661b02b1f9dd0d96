"""The transport of Google's library, which reads no more of an answer than the memory can hold."""

from http.client import IncompleteRead
from typing import Any

import httplib2  # type: ignore[import-untyped]
from httplib2.decode import DecodeLimitError, DecodeRatioError  # type: ignore[import-untyped]

from integrations.bounded import LARGEST, Begun, TooLong, understandable


class Http(httplib2.Http):  # type: ignore[misc]
    """Raises TooLong where there is more of an answer than is read."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout, decode_limit_hard=LARGEST)

    def _conn_request(self, conn: Any, *request: Any, **more: Any) -> Any:
        conn.response_class = _Bounded
        try:
            response, content = super()._conn_request(conn, *request, **more)
            return response, understandable(content)
        except (TooLong, DecodeLimitError, DecodeRatioError):
            conn.close()  # what is left of the answer is none to the next request
            raise TooLong from None


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
