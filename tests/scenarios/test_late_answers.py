"""A mail server that answers late while the daemon is told to stop: whoever had the mail is not left in doubt."""

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import yaml

from daemon.deliver import REST_IN_DOUBT
from tests.fakes.mail_server import DROP, SILENCE, MailServer
from tests.scenarios.command_line import TEAM, edited
from tests.scenarios.test_daemon import Running, calendar_of, running, shows, until
from tests.scenarios.test_side_by_side import reached

AT_WORK = """
working_days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
chase: {working_hours: "00:00-24:00"}
"""
WITHIN = 10
"""Seconds within which it ends: five, and five more for a busy machine."""


@pytest.fixture
def server(folder: Path) -> Iterator[MailServer]:
    """Serve mail to one team, beside which is one that is all local, with people of its own."""
    with MailServer() as server:
        smtp = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "security": "none"}
        told = {"connections": {"mail": {**smtp, "from": "peers@example.com"}}}
        (folder / "peerloop.yaml").write_text(yaml.safe_dump(told))
        away = TEAM.replace("Platform", "Away").replace("@example.com", "@example.org") + AT_WORK
        (folder / "away.yaml").write_text(away + "mail: {connection: mail}\n")
        (folder / "team.yaml").write_text(TEAM + AT_WORK)
        yield server
    assert server.complaints == []


def ids(server: MailServer) -> Counter[str]:
    """Return how often each mail came, by its Message-ID."""
    mails = (message_from_bytes(mail.content, policy=policy.default) for mail in server.kept)
    return Counter(str(mail["Message-ID"]) for mail in mails)


def readers(server: MailServer) -> list[str]:
    """Return who sees a mail, each as often as they see another one."""
    mails = (message_from_bytes(mail.content, policy=policy.default) for mail in server.kept)
    return sorted(to for to, _ in {(str(mail["To"].addresses[0].username), str(mail["Message-ID"])) for mail in mails})


def ends(daemon: Running, meanwhile: Callable[[], None] = lambda: None) -> str:
    """Tell the daemon to stop, and return what it says last."""
    start = time.monotonic()
    daemon.process.send_signal(15)
    meanwhile()
    assert daemon.process.wait() == 0
    assert time.monotonic() - start < WITHIN
    return str(daemon.said[-1]["event"])


def looks_again(daemon: Running) -> bool:
    """Have the daemon look again, once a second: a mail that was put off rests until a round finds that it may go."""
    daemon.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    return True


def ten_minutes_pass(folder: Path) -> None:
    """Have what rests have rested for as long as what may be out does."""
    with closing(sqlite3.connect(folder / "peerloop-data" / "ledger.db")) as ledger, ledger:
        earlier = (datetime.now(UTC) - REST_IN_DOUBT).isoformat()
        ledger.execute("UPDATE digests SET put_off_at = ? WHERE put_off_at IS NOT NULL", (earlier,))


def test_a_mail_of_which_nothing_is_known_comes_again_as_the_same(folder: Path, server: MailServer) -> None:
    server.fail("TAKEN", SILENCE)
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: server.kept)
        until(lambda: reached(folder) == {"ada", "bob", "cleo"})
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
        assert ends(daemon).startswith("stopped in the middle of a pass")
    assert len(server.kept) == 1
    server.speak()  # to nobody
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: daemon.about("delivered"))
        edited(
            folder / "team.yaml", "was: Lunch & Learn, name: Brown bag", "was: [Lunch & Learn, Brown bag], name: Tea"
        )
        until(shows(calendar_of(folder), "SUMMARY:Tea"))
        until(lambda: readers(server) == ["ada", "bob", "cleo"])
        assert ends(daemon) == "stopped"
    assert set(ids(server).values()) == {1}, "what may be out rests for a while"
    ten_minutes_pass(folder)
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: daemon.about("delivered"))
        assert ends(daemon) == "stopped"
    assert sorted(ids(server).values()) == [1, 1, 2]
    assert server.kept[0].content == server.kept[-1].content
    assert readers(server) == ["ada", "bob", "cleo"]


def test_a_mail_that_is_answered_in_time_comes_once(folder: Path, server: MailServer) -> None:
    server.fail("TAKEN", SILENCE)
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: server.kept)
        ends(daemon, server.speak)
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: daemon.about("serving") and readers(server) == ["ada", "bob", "cleo"])
        assert ends(daemon) == "stopped"
    assert set(ids(server).values()) == {1}


def test_a_mail_over_which_the_server_hung_up_comes_after_all(folder: Path, server: MailServer) -> None:
    server.fail("DATA", SILENCE)
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: "DATA" in server.commands)
        assert ends(daemon).startswith("stopped in the middle of a pass")
    server.fail("DATA", DROP)
    with running(folder, "away.yaml", "team.yaml") as daemon:
        until(lambda: daemon.about("trouble"))
        until(lambda: looks_again(daemon) and readers(server) == ["ada", "bob", "cleo"])
        assert ends(daemon) == "stopped"
    assert set(ids(server).values()) == {1}
