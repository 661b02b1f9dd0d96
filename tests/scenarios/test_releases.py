"""Two releases at one ledger: the newer one changes no table as long as the older one is at work on it.

Today's release is the older one here, and the newer one is the same, told that there is one more change of the tables.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from daemon.ledger import LedgerError, database, open_ledger
from tests.postgresql import Cluster, cluster, new_database, server_is_installed
from tests.scenarios.command_line import MONDAY, edited, environment
from tests.scenarios.forks import Asked, Run, run
from tests.scenarios.test_daemon import Running, calendar_of, running, shows, until

NEWER: dict[str, float | str] = {"daemon.ledger.database:HEAD": "9998"}
BUSY = "is at work on this ledger"
HOLDER = """
import sys
from daemon.ledger import database, open_ledger
database.HEAD = "0001"
ledger = open_ledger(sys.argv[1])
with ledger.among_workers() if sys.argv[2] == "shared" else ledger.alone():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, folder: Path) -> str:
    """Have the ledger's address in the operator's file, with the web page off."""
    if request.param == "sqlite":
        address = f"sqlite:///{folder}/peerloop-data/ledger.db"
    elif server_is_installed():
        address = new_database(request.getfixturevalue("server").address)
    else:
        pytest.skip("no PostgreSQL server (initdb) is installed here")
    (folder / "peerloop.yaml").write_text(f"teams: team.yaml\nledger: {address}\nweb: off\n")
    return address


def of_the_first_release(url: str) -> None:
    Path(url.removeprefix("sqlite:///")).parent.mkdir(exist_ok=True) if url.startswith("sqlite") else None
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


def revision_of(url: str) -> str:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    engine.dispose()
    return found


def newer(folder: Path, *arguments: str) -> Run:
    done = run(Asked(arguments, str(folder), environment(), settings=NEWER))
    assert "Traceback" not in done.err
    return done


def goes_on(daemon: Running, folder: Path) -> None:
    edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
    until(shows(calendar_of(folder), "SUMMARY:Brown bag"))
    assert not daemon.about("trouble") and daemon.stop() == 0


def test_beside_an_older_daemon_the_newer_one_ends_and_changes_nothing(folder: Path, url: str) -> None:
    with running(folder) as daemon:
        until(lambda: daemon.about("applied"))
        for one in ("run", "apply"):
            second = newer(folder, one)
            assert (second.code, second.out) == (3, "")
            assert BUSY in second.err
            assert second.err.endswith("; the ledger is of an earlier release, and was left as it is\n")
        assert revision_of(url) == database.HEAD
        goes_on(daemon, folder)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_beside_older_workers_too(folder: Path, url: str) -> None:
    with running(folder, "--workers", "0") as daemon:
        until(lambda: daemon.about("serving"))
        for command_line in (["run"], ["run", "--workers", "1"], ["worker"], ["apply"]):
            second = newer(folder, *command_line)
            assert second.code == 3 and BUSY in second.err
        assert revision_of(url) == database.HEAD and daemon.stop() == 0


@pytest.mark.parametrize("how", ["alone", "shared"])
def test_once_the_older_one_was_killed_the_ledger_is_brought_up_to_date(folder: Path, url: str, how: str) -> None:
    if how == "shared" and url.startswith("sqlite"):
        pytest.skip("only a ledger on PostgreSQL is shared")
    of_the_first_release(url)
    asked = [sys.executable, "-c", HOLDER, url, how]
    root, pipe = Path(__file__).parents[2], subprocess.PIPE
    with subprocess.Popen(asked, stdin=pipe, stdout=pipe, cwd=root) as holder:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        refused = plain(folder, "apply", "--now", MONDAY)
        assert refused.code == 3 and BUSY in refused.err
        assert revision_of(url) == "0001" and not calendar_of(folder).exists()
        holder.kill()
    until(lambda: plain(folder, "apply", "--now", MONDAY).code == 0, 30)
    assert calendar_of(folder).exists() and revision_of(url) == database.HEAD


def plain(folder: Path, *arguments: str) -> Run:
    return run(Asked(arguments, str(folder), environment()))


@pytest.mark.parametrize("after", [False, True])
def test_who_is_killed_while_the_tables_change_leaves_them_as_they_were(folder: Path, url: str, after: bool) -> None:
    of_the_first_release(url)
    asked = Asked(["apply", "--now", MONDAY], str(folder), environment())
    killed = run(replace(asked, effects=("alembic.command:upgrade",), nth=1, after=after))
    assert killed.code == -signal.SIGKILL and revision_of(url) == "0001"
    until(lambda: run(asked).code == 0, 30)  # PostgreSQL notices a moment later that its client has gone
    assert revision_of(url) == database.HEAD


def test_who_opened_it_before_a_newer_one_changed_it_does_not_begin_to_write(folder: Path, url: str) -> None:
    Path(folder, "peerloop-data").mkdir(exist_ok=True)
    with closing(open_ledger(url)) as ledger:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()
        with pytest.raises(LedgerError, match="the revision 9999, which this peerloop does not know"), ledger.alone():
            raise AssertionError("it writes what it does not know")
