"""Who somebody is: by a cookie that we signed, or by the header of a proxy that the operator trusts.

What is signed is readable and cannot be forged; each purpose has a salt of its own, so that nothing which was signed
for one is of use for another.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from config.cached import cached_property
from config.values import NotAnEmail, parse_email
from config.web import Web

COOKIE = "peerloop"
STAYS = timedelta(days=30)
"""How long a browser is known."""
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
"""What a request has that came through a proxy."""
THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1"))
COOKIE_SALT, FORM_SALT = "browser", "form"


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser's cookie says: a name for it, made up by us, and who uses it, once they have told."""

    name: str
    email: str | None = None


class Signatures:
    """What is signed with one key."""

    def __init__(self, key: Callable[[], str]) -> None:
        """Take what tells the key, which nobody else knows; it is asked when something is signed or read first."""
        self._tell = key

    @cached_property
    def _key(self) -> str:
        return self._tell()

    def signed(self, salt: str, value: Any) -> str:
        """Return a value with a signature and the moment of it, as text that may stand in an address."""
        return str(URLSafeTimedSerializer(self._key, salt=salt).dumps(value))

    def read(self, salt: str, text: str, within: timedelta) -> Any:
        """Return what was signed, if it was by us, for this, and not longer ago than that; else None."""
        try:
            return URLSafeTimedSerializer(self._key, salt=salt).loads(text, max_age=int(within.total_seconds()))
        except BadSignature:
            return None

    def for_good(self, salt: str, value: Any) -> str:
        """Return a value with a signature that does not expire, and is always the same."""
        return str(URLSafeSerializer(self._key, salt=salt).dumps(value))

    def read_for_good(self, salt: str, text: str) -> Any:
        """Return what was signed for good, if it was by us and for this; else None."""
        try:
            return URLSafeSerializer(self._key, salt=salt).loads(text)
        except BadSignature:
            return None

    def cookie(self, browser: Browser) -> str:
        """Return what a browser keeps."""
        return self.signed(COOKIE_SALT, [browser.name, browser.email])

    def browser(self, request: HTTPConnection) -> Browser | None:
        """Return the browser that asks, where it is one that was let in."""
        found = self.read(COOKIE_SALT, cookies_of(request).get(COOKIE, ""), STAYS)
        return Browser(*found) if found else None

    def form_token(self, whose: str) -> str:
        """Return what a form of ours carries, so that no other site can send it in somebody's name."""
        return self.for_good(FORM_SALT, whose)

    def is_form_of(self, whose: str, token: str) -> bool:
        """Whether a form came from a page of ours that was shown to the same browser or person."""
        return compare_digest(self.form_token(whose).encode(), token.encode(errors="replace"))


def cookies_of(request: HTTPConnection) -> Mapping[str, str]:
    """Return what a browser keeps, as it stands (RFC 6265, section 4.2.1): none of ours is in quotes.

    Some of Python's readers take the square of the length of what is.
    """
    kept = (one.strip().partition("=") for one in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in kept}


def new_browser() -> Browser:
    """Return a browser that was let in and has not told yet who uses it."""
    return Browser(new_name())


def new_name() -> str:
    """Return a name that nobody can guess, and nothing else has."""
    return secrets.token_urlsafe(16)


def named_by_proxy(request: HTTPConnection, web: Web) -> str | None:
    """Return who somebody is by what a trusted proxy says; what comes from elsewhere, or is no e-mail, counts nothing.

    A header that stands there twice was added to by somebody, and counts nothing either.
    """
    if not web.user_header or request.client is None or not _is_trusted(request.client.host, web):
        return None
    said = request.headers.getlist(web.user_header)
    try:
        return parse_email(said[0]) if len(said) == 1 else None
    except NotAnEmail:
        return None


def is_overseer(request: HTTPConnection, web: Web) -> bool:
    """Whether a request comes from this machine, or from where figures may be read, and was not passed on by a proxy.

    For whom a proxy asks nobody knows, and what it says of that anybody could have written.
    """
    passed_on = any(name in request.headers for name in (*PASSED_ON, web.user_header or PASSED_ON[0]))
    return request.client is not None and not passed_on and _is_in(request.client.host, (*THIS_MACHINE, *web.metrics))


def _is_trusted(host: str, web: Web) -> bool:
    return _is_in(host, web.trusted)


def _is_in(host: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    known = getattr(address, "ipv4_mapped", None) or address  # as a socket for both kinds writes it
    return any(known in network for network in networks)
