"""What any product of Atlassian's answers when something is wrong, in words for the people who can mend it."""

from dataclasses import dataclass
from typing import Any

from daemon.ports import PortError, Refused, Unavailable
from integrations.bounded import LARGEST_LISTING, LIMITS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """A product by its name; ``gateway`` is its address for tokens with scopes, ``path`` what to know of its own."""

    name: str
    gateway: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one request: the HTTP status, 0 where none came; ``body`` is its JSON.

    ``message`` is what went wrong in the product's words, ``retry_after`` after how many seconds it wants to be asked
    again.
    """

    status: int
    body: Any = None
    message: str = ""
    retry_after: float = 0

    @property
    def done(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def busy(self) -> bool:
        """Whether it was not done because there were too many requests."""
        return self.status == 429

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if it was done."""
        return self.status in (0, 408) or self.status >= 500

    @property
    def missing(self) -> bool:
        """Whether what it is about is not there, or not shown to whom we sign in as."""
        return self.status == 404

    @property
    def may_be_sign_in(self) -> bool:
        """Whether it is also what Cloud answers to a token that has ended: it names nothing, or says who may not."""
        return (self.missing and self.message in ("", "Not Found")) or self.status == 403


def sign_in(product: Product, connection: str, said: str = "") -> Refused:
    """Return the error of credentials that are not accepted."""
    return Refused(
        f"{product.name} does not accept the sign-in of the connection “{connection}”{saying(said)}: its token has "
        f"ended or was revoked, belongs to another user, or its account may not use {product.name}. Make a new token, "
        "and put it where peerloop.yaml says."
    )


def scope(connection: str, said: str) -> Refused:
    """Return the error of a token that does not reach far enough."""
    return Refused(
        f"The token of the connection “{connection}” lacks a scope{saying(said)}. Make one with all the scopes that "
        "integrations/README.md lists, or one without scopes."
    )


def scoped_token(product: Product, connection: str, url: str, said: str) -> Refused:
    """Return the error of a sign-in that the site's web server has refused, and not the product."""
    return Refused(
        f"The web server at {url} does not accept the sign-in of the connection “{connection}”{saying(said)}. A token "
        f"with scopes is good only at {product.gateway}: write that as the url in "
        "peerloop.yaml, with the site's id for SITE, or make a token without scopes. Otherwise the token has ended."
    )


def not_the_api(product: Product, connection: str, url: str, answer: Answer) -> PortError:
    """Return the error of an address at which something else answers; that nothing is found there tells nothing."""
    said = (
        f"At {url} a web page answers, not {product.name}'s API{saying(answer.message)}: a proxy or a page of "
        f"maintenance in between, or a wrong address. If that lasts, correct the url of the connection “{connection}” "
        f"in peerloop.yaml; its context path belongs to it{product.path}."
    )
    return Refused(said) if answer.done else Unavailable(said)


class TooLongAnswer(Unavailable):
    """An answer was not read to its end; who asked for several things may ask for fewer of them."""


def too_long(product: Product, connection: str, url: str) -> TooLongAnswer:
    """Return the error of an answer that was not read to its end."""
    return TooLongAnswer(
        f"What {product.name} answers at {url} is more than is read of one answer, {LIMITS}, and was not read to its "
        "end: a proxy in between, a wrong address, or something there that is far too large. If that lasts, correct "
        f"the url of the connection “{connection}” in peerloop.yaml, or make smaller what is asked for."
    )


def too_long_a_listing(product: Product, connection: str, url: str) -> TooLongAnswer:
    """Return the error of a listing that was not read to its end."""
    most = f"{LARGEST_LISTING // 1_000_000} MB"
    return TooLongAnswer(
        f"What {product.name} lists at {url} is more than is read of one listing, {most}, and was not read to its end: "
        "a wrong address, or something there that is far too large. If that lasts, correct the url of the connection "
        f"“{connection}” in peerloop.yaml, or make smaller what is asked for."
    )


def too_long_a_file(product: Product, name: str) -> Refused:
    """Return the error of a file that was not read to its end."""
    return Refused(f"What {product.name} sends as {name} is more than is read of one file, {LIMITS}, and is not read.")


def firewall(product: Product, connection: str, answer: Answer) -> Refused:
    """Return the error of a web page that refuses a request: no missing permission in the product."""
    if "XSRF" in answer.message:
        return Refused(
            f"{product.name} takes what the connection “{connection}” sends for a forged request"
            f"{saying(answer.message)}. Behind a proxy, let its base URL and the proxy's settings in server.xml name "
            "the address that people use."
        )
    return Refused(
        f"A web page refuses what the connection “{connection}” sent{saying(answer.message)}. That is a firewall or a "
        f"proxy before {product.name}, and no permission in it: let whoever runs that allow peerloop's requests."
    )


def saying(said: str) -> str:
    """Return, to go on with in a sentence, what somebody else said."""
    return f" (“{said}”)" if said else ""


def redirected(connection: str, url: str, host: str) -> Refused:
    """Return the error of an address that leads to another one, on ``host``."""
    return Refused(
        f"{url} leads on to another address, at {host}. Write that as the url of the connection “{connection}” in "
        "peerloop.yaml, with https:// where that is what it leads to."
    )


def of_reading(product: Product, answer: Answer, what: str) -> PortError:
    """Return the error of something that could not be read, such as ``the space PLAT``."""
    if answer.missing:
        return Refused(
            f"{product.name} knows nothing of {what}, or does not show it to whom we sign in as"
            f"{saying(answer.message)}. Check the name and the permissions."
        )
    if answer.status == 403:
        return Refused(f"Whom we sign in as may not see {what}{saying(answer.message)}. Give them the permission.")
    return failed(answer, f"{product.name} did not show {what}")


def failed(answer: Answer, what: str) -> PortError:
    """Return the error of ``what`` went wrong, in passing or until somebody mends it."""
    if answer.busy or answer.unknown:
        why = f"{because(answer)}. The next pass tries again."
        return Unavailable(f"{what}: {why}", to_all=f"The server did not do what it was asked: {why}")
    return Refused(f"{what}: {because(answer)}.")


def because(answer: Answer) -> str:
    """Return why something was not done, in a few words."""
    said = answer.message.rstrip(". ") or "no reason was given"
    return f"{said} (HTTP {answer.status})" if answer.status else said
