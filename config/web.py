"""The web page, as an operator writes it: where it is served, and whose word says who somebody is."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any, NamedTuple

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from config.faults import Problem
from config.parts import OneOrMany, Part, Url, written
from config.values import shown

OFF = "off"
_LISTEN = r"(?:\[[0-9A-Fa-f:]+\]|[0-9.]+|localhost):[0-9]{1,5}"
_HEADER = r"[A-Za-z0-9][A-Za-z0-9-]{0,63}"


class Listen(NamedTuple):
    """An address of this machine, and a port of it; 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is written."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_of_this_machine_alone(self) -> bool:
        """Whether nobody reaches it from another machine."""
        return ip_address(self.host).is_loopback


def parse_listen(text: str) -> Listen:
    """Read an address of this machine and a port of it.

    Raises:
        ValueError: it is none.
    """
    host, _, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        ip_address(host)
        if not re.fullmatch(_LISTEN, text) or int(port) > 65535:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{shown(text)} is not an address of this machine with a port; write it as 127.0.0.1:8080"
        ) from None
    return Listen(host, int(port))


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """Read the address of a machine, or those of a network.

    Raises:
        ValueError: it is neither.
    """
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(
            f"{shown(text)} is not an address; write it as 10.1.2.3, or a network as 10.1.2.0/24"
        ) from None


def parse_header(text: str) -> str:
    """Read the name of a header of HTTP.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(_HEADER, text):
        raise ValueError(f"{shown(text)} is not the name of a header; write it as X-Forwarded-Email")
    return text


Network = Annotated[IPv4Network | IPv6Network, *written(parse_network, r"[0-9A-Fa-f.:]+(/[0-9]{1,3})?", "127.0.0.1")]


class Web(Part):
    """Where the web page is served, and who may see it."""

    model_config = ConfigDict(defer_build=True)  # it is built with the operator's file
    listen: Annotated[Listen, *written(parse_listen, _LISTEN, "127.0.0.1:8080")] = Listen("127.0.0.1", 8080)
    """The address of this machine and the port at which it is served; the port 0 is any that is free."""
    url: Url | None = None
    """The address by which people reach it, which mails link; without it no mail does."""
    user_header: Annotated[str, *written(parse_header, _HEADER, "X-Forwarded-Email")] | None = None
    """The header in which a proxy says who somebody is, by e-mail."""
    trusted: Annotated[tuple[Network, ...], OneOrMany(), Field(max_length=100)] = ()
    """The proxy's addresses: from anywhere else the header counts for nothing."""

    metrics: Annotated[tuple[Network, ...], OneOrMany(), Field(max_length=100)] = ()
    """From where else than from this machine /metrics may be read."""

    def problems(self) -> Iterator[Problem]:
        """Yield what does not go together; a path counts from ``web``."""
        if self.user_header and not self.trusted:
            advice = "add trusted, the addresses of your proxy, as in trusted: [127.0.0.1]"
            yield Problem(("user_header",), f"anybody could send this header and be believed; {advice}")
        if self.trusted and not self.user_header:
            advice = "add user_header, as in user_header: X-Forwarded-Email, or delete trusted"
            yield Problem(("trusted",), f"what these addresses are trusted to say is missing; {advice}")
        if not self.listen.is_of_this_machine_alone and not (self.url or "").startswith("https://"):
            advice = "put a proxy with encryption in front, and write its address as url: https://…"
            yield Problem(
                ("listen",), f"other machines reach it there, and what is said could be read on the way; {advice}"
            )
        if self.url and not self.url.startswith(("https://", "http://")):
            yield Problem(
                ("url",), f"{shown(self.url)} is no address of a web page; write it as https://peers.example.com"
            )
        elif self.url and not re.fullmatch(r"https?://[^/?#@]+/?", self.url):
            advice = "give it a name of its own, as https://peers.example.com"
            yield Problem(("url",), f"the web page cannot stand below another one, as in {shown(self.url)}; {advice}")


class OrOff:
    """Lets ``off`` stand for a part that is not wanted."""

    @staticmethod
    def _none_if_off(value: object) -> object:
        return None if value == OFF else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._none_if_off, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        part, *_ = handler(schema)["anyOf"]
        return {"anyOf": [part, {"const": OFF}]}
