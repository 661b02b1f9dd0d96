"""The web page of a daemon that runs: how it is told of, how it is, and how it ends. The clock is the real one."""

import re
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.scenarios.site import Visitor, asked
from tests.scenarios.test_daemon import Running, running, until

PORT = "web: {listen: 127.0.0.1:0}\n"


def address_of(daemon: Running) -> str:
    """Return the address that a daemon prints."""
    found: list[str] = until(lambda: re.findall(r"the web page: (\S+)", daemon.log.read_text()))
    return found[0]


def test_it_is_ready_once_each_team_was_passed_over_and_says_when_that_was(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text(PORT)
    with running(folder, "team.yaml") as daemon:
        printed = address_of(daemon)
        base = printed.partition("/?")[0]
        until(lambda: asked(base, "GET", "/readyz").status == 200)
        someone = Visitor(base)
        someone.get(urlsplit(printed)._replace(scheme="", netloc="").geturl())
        someone.press(someone.at.buttons[0] if someone.at else "")
        assert daemon.about("applied")  # the page tells of the last pass, which may be one after that
        last = r"\d\d:\d\d: (\d+ things brought up to date in calendar and wiki|all was up to date)\."
        assert re.search(last, someone.get("/t/platform/activity").text)
        assert daemon.stop() == 0


def test_requests_that_hang_keep_it_from_ending_for_a_moment_only(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text(PORT)
    with running(folder, "team.yaml") as daemon:
        address = urlsplit(address_of(daemon))
        until(lambda: daemon.about("applied"))
        there = (str(address.hostname), int(address.port or 0))
        half = [socket.create_connection(there) for _ in range(2)]
        half[0].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        half[1].sendall(b"POST /who HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nform=")
        begun = time.monotonic()
        assert daemon.stop() == 0 and time.monotonic() - begun < 5
        assert daemon.said[-1]["event"] == "stopped"
        for one in half:
            one.close()


def test_a_port_that_is_taken_is_said_and_all_else_goes_on(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        (folder / "peerloop.yaml").write_text(f"web: {{listen: '{taken}'}}\n")
        with running(folder, "team.yaml") as daemon:
            until(lambda: daemon.about("applied"))
            (said,) = daemon.about("the web page is not served")
            assert taken in said["why"] and "the web page: " not in daemon.log.read_text()


def test_where_it_is_off_nothing_is_served(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text("web: off\n")
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        assert "web page" not in daemon.log.read_text()
