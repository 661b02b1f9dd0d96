"""A digest that a mail server refuses for good is given up, and the lead and the status say so; others are retried."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.operator import Operator, load_operator
from daemon.tell.kinds import UNDELIVERED
from integrations import kinds
from tests.fakes.mail_server import DROP, MailServer
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import MONDAY, TEAM, Programme

LEAD = "grace@example.com"
"""Who is no member, and has no part in any session."""


class Mailing(Programme):
    """A programme whose digests go through a mail server."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.server, self.config = server, folder / "peerloop.yaml"
        super().__init__(folder, {**TEAM, "lead": LEAD, "mail": {"connection": "mail"}}, MONDAY)

    def operators(self) -> Operator:
        mail: dict[str, Any] = {"kind": "smtp", "host": "127.0.0.1", "port": self.server.port, "security": "none"}
        told = {"data": str(self.data), "connections": {"mail": {**mail, "from": "peers@example.com"}}}
        self.config.write_text(yaml.safe_dump(told))
        return load_operator(self.config, kinds()).checked()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
    assert server.complaints == []


def reached(server: MailServer) -> list[str]:
    return sorted(mail.to for mail in server.kept)


def words(server: MailServer, to: str) -> str:
    """Return what the last digest to somebody says."""
    last = next(mail.content for mail in reversed(server.kept) if mail.to == to)
    body = message_from_bytes(last, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_what_is_refused_for_good_is_not_sent_again_and_the_lead_hears_of_it(
    server: MailServer, tmp_path: Path
) -> None:
    programme = Mailing(tmp_path, server)
    server.fail("RCPT", "550 5.1.1 no such user")
    _, delivered = programme.apply()
    (error,) = delivered.errors
    lost = error.split()[2].rstrip(":")
    assert lost not in reached(server)
    programme.later(hours=1)
    _, delivered = programme.apply()
    assert delivered.errors == ()
    assert lost not in reached(server)
    assert UNDELIVERED.section.heading in words(server, LEAD)
    told = peerloop(tmp_path, "status", "team.yaml", "--now", programme.now.isoformat())
    assert "! The digest of 2026-11-23 did not reach" in told.out


def test_what_was_dropped_is_sent_again_and_then_nothing_is_said(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    server.fail("MAIL", DROP, times=20)
    _, delivered = programme.apply()
    assert delivered.sent == 0
    server._faults.clear()
    programme.later(hours=1)
    _, delivered = programme.apply()
    assert delivered.errors == ()
    assert delivered.sent == len(reached(server)) > 0
    assert LEAD not in reached(server)
