"""The web page of a programme, served as the daemon serves it, and people who visit it with a browser of few words."""

import http.client
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from config.web import Listen, Web
from daemon.serve.passed import Passed
from daemon.serve.team_files import Reading
from daemon.serve.teams import Teams
from daemon.web.app import application
from daemon.web.metrics import Metrics
from daemon.web.server import Server
from daemon.web.site import Site
from daemon.web.who import Signatures
from integrations import feed, page, traffic
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import Programme, Through

TOKEN = "let-me-in"
SECONDS = 300
"""Only against hanging."""


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def text(self) -> str:
        """What a person reads of it."""
        return " ".join(self.page.get_text(" ").split())

    @property
    def page(self) -> BeautifulSoup:
        """It as HTML."""
        return BeautifulSoup(self.body, "html.parser")

    @property
    def buttons(self) -> list[str]:
        """What can be pressed."""
        return [_words(one) for one in self.page.find_all("button")]


@dataclass
class Visitor:
    """Somebody with a browser, which keeps cookies and follows where it is led."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    at: Answer | None = None

    def get(self, path: str) -> Answer:
        """Open an address."""
        return self._asked("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form."""
        return self._asked("POST", path, fields)

    def press(self, label: str, among: str = "", **filled: str) -> Answer:
        """Press a button of the page that is open, by its words, in a form about something, with its fields filled."""
        assert self.at is not None
        found = [one for one in self.at.page.find_all("button") if _words(one) == label and among in str(one.parent)]
        assert found, (label, self.at.buttons, self.at.text)
        button, form = found[0], found[0].find_parent("form")
        assert isinstance(form, Tag)
        fields = {str(one["name"]): str(one.get("value", "")) for one in form.find_all("input")} | filled
        if button.get("name"):
            fields[str(button["name"])] = str(button["value"])
        return self.post(urljoin(self.at.path, str(form["action"])), fields)

    def _asked(self, method: str, path: str, fields: Mapping[str, str] | None = None, hops: int = 5) -> Answer:
        body = urlencode(fields) if fields is not None else None
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **self.headers}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = asked(self.base, method, path, body, headers)
        for name, value in re.findall(r"(?i)([\w-]+)=([^;]*)", answer.headers.get("set-cookie", "").partition(";")[0]):
            self.cookies[name] = value
        if 300 <= answer.status < 400 and hops:
            return self._asked("GET", answer.headers["location"], hops=hops - 1)
        self.at = answer
        return answer


def asked(
    base: str, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return what a server answers to one request."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=SECONDS)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read(), path)
    finally:
        connection.close()


@dataclass
class Served:
    """A web page that is served, and how often it asked for a pass."""

    base: str
    site: Site
    programme: Programme
    hurried: list[None]

    def visitor(self, email: str = "") -> Visitor:
        """Return somebody who has come by the printed address and, if they have a name, said who they are."""
        someone = Visitor(self.base)
        page = someone.get(f"/?token={TOKEN}")
        if email:
            form = page.page.find("input", {"name": "form"})
            assert isinstance(form, Tag)
            someone.post("/who", {"form": str(form["value"]), "email": email})
        return someone

    def reads(self) -> Reading:
        """Read the team's file, as the daemon does, until nobody is about to change it any more."""
        end = time.monotonic() + LONGEST
        while not (reading := self.site.teams.read([self.programme.path], self.programme.now)).settled:
            assert time.monotonic() < end
            time.sleep(0.05)
        return reading

    def stranger(self, **headers: str) -> Visitor:
        """Return somebody whom nobody has let in."""
        return Visitor(self.base, headers={name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def served(
    programme: Programme, web: Web | None = None, through: Through = lambda world: world, **more: Any
) -> Iterator[Served]:
    """Serve the web page of a programme at a port of this machine, until the block ends."""
    web = web or Web(listen=Listen("127.0.0.1", 0))
    hurried: list[None] = []
    with programme.world() as world:
        teams = Teams(programme.operator, world.ledger)
        teams.read([programme.path], programme.now)
        passed = Passed()
        metrics = Metrics(teams, world.ledger, partial(traffic, programme.operator), passed)
        passed.overseers.append(metrics)
        site = Site(
            web,
            through(world),
            teams,
            passed,
            clock=lambda _team: programme.now,
            hurry=lambda: hurried.append(None),
            signatures=Signatures(partial(world.ledger.keys.of, "web")),
            page=partial(page, programme.operator, lambda _team: programme.now),
            feed=feed,
            metrics=metrics.text,
            token=TOKEN,
            **more,
        )
        server = Server(web.listen)
        server.start(application(site))
        try:
            yield Served(server.address, site, programme, hurried)
        finally:
            server.stop()


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())
