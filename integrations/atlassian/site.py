"""How peerloop speaks to a product of Atlassian's: signed in, and patient where it is asked to be.

atlassian-python-api carries the requests; it is loaded with the first of them. Its own repeating is switched off, for
it would repeat writes.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from config.secret import Secret, SecretMissing, without_secrets
from config.values import legible
from daemon.ports import PortError, Refused, about_to_write, rest
from integrations.atlassian import faults
from integrations.atlassian.faults import Answer, Product
from integrations.atlassian.patience import LONGEST_WAIT, Patience
from integrations.bounded import Room, TooLong, in_turn
from integrations.counter import counter_of
from integrations.deadline import SECONDS, Deadline
from integrations.formats.letters import in_whole_letters
from integrations.formats.web_page import said_in, unescaped
from integrations.quota import quota_of
from integrations.unreached import is_answered, why_unreached

Method = Literal["get", "post", "put", "delete"]

_LONGEST_MESSAGE, _LOOKED_THROUGH = 300, 20_000  # characters and bytes of what somebody else said
_UNREADABLE = (OSError, ValueError)
"""What requests raises, and what it lets pass of an answer that is none, such as one that leads to no address."""
_SENSELESS = "nothing could be made of it"
_FORM = {"X-Atlassian-Token": "no-check"}
"""What an upload has to say, or it is taken for one that a foreign page has tricked somebody into."""


class Account(Protocol):
    """What an operator wrote for a connection; on Cloud there is a ``user`` as well, whose token it is."""

    @property
    def url(self) -> str:
        """The address of the product."""
        ...

    @property
    def token(self) -> Secret:
        """Where the token is."""
        ...


class Site:
    """A connection to a product, shared by all teams that name it; ``whole`` is how long one exchange may take."""

    def __init__(
        self,
        product: Product,
        name: str,
        account: Account,
        sleep: Callable[[float], None] = rest,
        whole: float = SECONDS,
    ) -> None:
        self.product, self.name = product, name
        self.url = account.url.rstrip("/")
        self._user: str | None = getattr(account, "user", None)
        self._account, self._patience = account, Patience(sleep)
        self._traffic = counter_of(name)
        self._deadline = Deadline(self._traffic, whole)
        self._quota = quota_of(name, account, sleep)
        self._alone = threading.Lock()
        self._client: Any = None
        self._signed_in_with: dict[str, Any] = {}

    def read(self, path: str, params: Mapping[str, object] | None = None) -> Answer:
        """Ask for something; what fails in passing is tried again.

        Raises:
            Refused: the connection as a whole does not work.
        """
        return self._patience.until_answered(
            lambda: self._send("get", path, params=params), lambda it: it.busy or it.unknown
        )

    @contextmanager
    def listing(self) -> Iterator[Room]:
        """Give the caller room for a listing.

        Raises:
            TooLongAnswer: it is more than is read of one.
        """
        try:
            yield Room()
        except TooLong:
            raise faults.too_long_a_listing(self.product, self.name, self.url) from None

    def download(self, path: str, name: str) -> bytes:
        """Return a file; ``name`` is what people call it.

        Raises:
            Refused, Unavailable: it could not be read.
        """
        send = partial(self._signed_in().get, path, advanced_mode=True)
        self._quota.take()
        try:
            response = self._deadline.within(send)
        except TooLong:
            raise faults.too_long_a_file(self.product, name) from None
        except _UNREADABLE as error:
            raise faults.of_reading(self.product, self._missed(error), name) from None
        is_page = "html" in response.headers.get("Content-Type", "")  # that of a sign-in, for instance
        if response.status_code != 200 or is_page:
            raise faults.of_reading(self.product, Answer(403 if response.ok else response.status_code), name)
        content: bytes = response.content
        return content

    def write(
        self, method: Method, path: str, data: object = None, files: Mapping[str, Any] | None = None, **params: object
    ) -> Answer:
        """Write something; only what was certainly not done is tried again.

        Raises:
            Refused: the connection as a whole does not work.
        """
        options: dict[str, Any] = {"params": params, "files": files, "headers": _FORM} if files else {"params": params}

        def attempt() -> Answer:
            return self._send(method, path, first=about_to_write, data=data, **options)

        return self._patience.until_answered(attempt, lambda it: it.busy)

    def _send(self, method: Method, path: str, first: Callable[[], None] = lambda: None, **options: Any) -> Answer:
        send = partial(getattr(self._signed_in(), method), path, advanced_mode=True, **options)
        self._quota.take()  # which may take minutes, and what is asked first is to hold when it is sent
        try:
            response = self._deadline.within(send, first)
        except TooLong:
            raise faults.too_long(self.product, self.name, self.url) from None
        except _UNREADABLE as error:
            return self._missed(error)
        return self._understood(response)

    def _missed(self, error: Exception) -> Answer:
        """Return the answer that there is not: nobody was reached, or what was answered is broken."""
        why, is_broken = why_unreached(error), isinstance(error, ValueError) or is_answered(error)
        if is_broken:
            return Answer(0, message=f"{self.url} was reached, and its answer was broken ({why or _SENSELESS})")
        return Answer(0, message=f"{self.url} was not reached{why and f' ({why})'}")

    def _understood(self, response: Any) -> Answer:
        """Return what was answered.

        Raises:
            PortError: it is about the connection, or no answer of the API: such a one tells nothing of what is there.
        """
        is_json = "json" in response.headers.get("Content-Type", "")
        try:
            with in_turn(response.content):
                body = in_whole_letters(response.json()) if is_json and response.content else {}
        except (ValueError, RecursionError):  # brackets within brackets, without an end
            body = None
        said = _message(body) if is_json else _shown(_text_of(response))
        answer = Answer(response.status_code, body, said, _seconds(response.headers.get("Retry-After")))
        if answer.busy:
            self._traffic.note_throttled()
        if error := self._of_connection(answer, is_json, bool(response.content)):
            raise error
        if response.history:  # what was a write has become a question on its way
            raise faults.redirected(self.name, self.url, urlsplit(response.url).netloc)
        if response.ok and not isinstance(body, dict):
            return Answer(0, message=f"what was answered is none of {self.product.name}'s answers, or half of one")
        return answer

    def _of_connection(self, answer: Answer, is_json: bool, has_content: bool) -> PortError | None:
        if answer.status == 401 and is_json and "scope" in answer.message:
            return faults.scope(self.name, answer.message)
        if answer.status == 401 and not is_json and self._user:
            return faults.scoped_token(self.product, self.name, self.url, answer.message)
        if answer.status == 401:
            return faults.sign_in(self.product, self.name, answer.message)
        if answer.status in (403, 407) and not is_json:
            return faults.firewall(self.product, self.name, answer)
        if not is_json and (answer.missing or (answer.done and has_content)):
            return faults.not_the_api(self.product, self.name, self.url, answer)
        return None

    def _signed_in(self) -> Any:
        """Return the client; where the secret has become another one, a new client."""
        credentials = self._credentials()
        with self._alone:
            if self._client is None or credentials != self._signed_in_with:
                self._client, self._signed_in_with = self._new_client(credentials), credentials
            return self._client

    def _new_client(self, credentials: Mapping[str, Any]) -> Any:
        try:
            from atlassian.rest_client import AtlassianRestAPI  # its Confluence takes a gateway for something else

            from integrations.transport import TIMEOUT, Careful
        except ImportError:
            advice = f"make setup, or pip install '.[{self.product.name.lower()}]'"
            raise Refused(f"The library of the connection “{self.name}” is not installed: {advice}.") from None
        plain = partial(AtlassianRestAPI, timeout=TIMEOUT, backoff_and_retry=False, retry_with_header=False)
        return plain(self.url, session=Careful(), **credentials)

    def _credentials(self) -> dict[str, Any]:
        try:
            token = self._account.token.reveal()
        except SecretMissing as missing:
            raise Refused(f"The connection “{self.name}” has no token: {missing}") from None
        return {"username": self._user, "password": token} if self._user else {"token": token}


def _message(body: Any) -> str:
    """Return what went wrong in the product's words, of any version of its API, on one line."""
    return _one_line(" ".join(_said(body))) if isinstance(body, dict) else ""


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    errors, messages = body.get("errors"), body.get("errorMessages")
    if isinstance(messages, list):
        yield from map(str, messages)
    if isinstance(errors, dict):
        yield from (f"{name}: {text}" for name, text in errors.items())
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    said = [first.get("title"), first.get("detail")] if first.get("title") else [body.get("message")]
    yield from (str(part) for part in said if part)


def _text_of(response: Any) -> str:
    """Return how an answer begins; some of the encodings that it may say it is in take long."""
    return str(response.content[:_LOOKED_THROUGH], "utf-8", "replace")


def _shown(page: str) -> str:
    """Return what a web page, or another answer that is no JSON, says at its top, on one line."""
    told = said_in(page, "title", "message")
    return _one_line(unescaped(told)) if told else "" if page.lstrip().startswith("<") else _one_line(page)


def _one_line(text: str) -> str:
    begin = " ".join(text[:_LOOKED_THROUGH].split())
    return legible(without_secrets(begin)).rstrip(".")[:_LONGEST_MESSAGE]  # while they are whole


def _seconds(retry_after: str | None) -> float:
    try:
        return min(LONGEST_WAIT, max(0.0, float(retry_after or 0)))
    except ValueError:
        return 0.0
