"""A worker that is to end does so at once, though it listens whether its parent has."""

import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from config.team_file import TeamFile
from daemon.serve.jobs import AT_ONCE, SOON, URGENT, address_of, hurries_of
from tests.unit.test_describe import a_team

PROGRAM = """
import threading, time
from daemon.cli.workers import _heed_end
threading.Thread(target=_heed_end, args=(None,), daemon=True).start()
time.sleep(0.2)
"""


def test_listening_for_the_end_of_its_parent_keeps_no_worker() -> None:
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        assert child.stderr.read() == b""
        assert child.wait(60) == 0


@pytest.mark.parametrize("told", ["", "?options=-csearch_path%3Dapp&sslmode=disable"])
def test_the_queue_is_spoken_to_as_the_ledger_is(told: str) -> None:
    found = conninfo_to_dict(address_of(f"postgresql+psycopg://ada:a+b%2Fc@db/peerloop{told}"))
    assert found["password"] == "a+b/c"
    assert str(found["options"]).endswith("-c client_encoding=UTF8 -c DateStyle=ISO,YMD")
    assert ("-csearch_path=app" in str(found["options"])) is bool(told)


@pytest.mark.parametrize(("told", "seconds"), [("", "10"), ("?connect_timeout=3", "3")])
def test_the_system_is_to_find_out_that_the_queue_is_away(told: str, seconds: str) -> None:
    found = conninfo_to_dict(address_of(f"postgresql+psycopg://ada@db/peerloop{told}"))
    assert found["connect_timeout"] == seconds
    assert found["tcp_user_timeout"] == "30000"
    assert {"keepalives_idle", "keepalives_interval", "keepalives_count"} < found.keys()


def test_who_edits_one_file_waits_for_few_of_those_that_are_edited_together() -> None:
    files = {f"team-{number}": TeamFile(Path("team.yaml"), a_team(), text="few words") for number in range(50)}
    hurries = hurries_of(files, files)
    assert sum(hurry >= URGENT for hurry in hurries.values()) == AT_ONCE
    assert min(hurries.values()) > SOON
    assert [*hurries.values()] == sorted(hurries.values(), reverse=True)
    assert hurries_of(files, ["team-49"]) == {"team-49": URGENT}
