"""Listings page by page: version 2 by cursor, version 1 by offset, except that Cloud searches by cursor."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from tests.fakes.confluence.exchange import ApiError, Call, Json

_One = TypeVar("_One")


def by_cursor(call: Call, found: Sequence[_One], shown: Callable[[_One], Json], usual: int = 25) -> Json:
    """Return one page of a listing of version 2, with a cursor for the next.

    ``_links.next`` begins with ``/wiki`` whatever the address that was asked, also behind the gateway: take its cursor.
    """
    limit = call.query.number("limit", usual) or 0
    if not 1 <= limit <= 250:
        raise ApiError(400, "Provided value for 'limit' must be between 1 and 250")
    start = _place(call.query.text("cursor"))
    links = {"base": call.world.base}
    if start + limit < len(found):
        texts = {**call.query.texts, "cursor": [_cursor(start + limit)]}
        links["next"] = f"/wiki{call.request.path}?{urlencode(texts, doseq=True)}"
    return {"results": [shown(one) for one in found[start : start + limit]], "_links": links}


def listed(call: Call, found: Sequence[_One], shown: Callable[[_One], Json], usual: int = 25) -> Json:
    """Return one page of a listing of version 1; ``_links.base`` and ``_links.next`` together lead to the next."""
    asked = call.query.number("limit", usual) or 0
    limit = max(1, asked if call.world.cloud else min(asked, call.world.behaviour.largest_page))
    with_cursor = call.world.cloud and call.request.name == "search"
    start = _place(call.query.text("cursor")) if with_cursor else call.query.number("start", 0) or 0
    links = {"base": call.world.base, "context": call.world.context}
    if start + limit < len(found):
        further = {"cursor": [_cursor(start + limit)]} if with_cursor else {"start": [str(start + limit)]}
        links["next"] = f"{call.request.path}?{urlencode({**call.query.texts, **further}, doseq=True)}"
    results = [shown(one) for one in found[start : start + limit]]
    return {"results": results, "start": start, "limit": limit, "size": len(results), "_links": links}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"place {place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("place ")) if cursor else 0
    except ValueError as fault:
        raise ApiError(400, "Invalid cursor") from fault


def stamp(moment: datetime) -> str:
    """Return a moment as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
