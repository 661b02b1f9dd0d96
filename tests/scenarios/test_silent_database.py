"""A PostgreSQL server that takes what it is sent and says nothing more: suspended, or behind a network that broke."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import OperationalError
from sqlalchemy import make_url

from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.ledger import LedgerBusy, LedgerError, advisory, open_ledger, server
from daemon.ledger.bounded import Bounded
from daemon.plan.guards import Allowance
from daemon.serve import queue
from daemon.serve.jobs import address_of
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_teams
from integrations import kinds
from tests import soak
from tests.fakes.network import Network
from tests.postgresql import Cluster, cluster, new_database, server_is_installed
from tests.scenarios.command_line import TEAM, edited
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import calendar_of, running, shows, until
from tests.scenarios.test_workers import open_shop

PROMISED, TRIES = 5.0, 4
"""Within how many seconds a daemon ends, whatever its database does."""
pytestmark = pytest.mark.skipif(not server_is_installed(), reason="no PostgreSQL server (initdb) is installed here")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture
def rounds(postgresql: Cluster, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["OnPostgreSQL"]:
    """Rounds that waited for answers as long as they do, and from now on for a moment only."""
    monkeypatch.setattr(advisory, "RENEWED_EVERY", 0.05)
    with (
        closing(OnPostgreSQL(f"{new_database(postgresql.address)}?connect_timeout=2", folder / "team.yaml")) as at_work,
        at_work.ledger.alone(),
    ):
        assert at_work.round()
        monkeypatch.setattr(server, "ANSWER_SECONDS", 0.5)
        monkeypatch.setattr(advisory, "BUSY_SECONDS", 0.5)
        yield at_work


class OnPostgreSQL:
    """The rounds of a daemon whose ledger is in PostgreSQL."""

    def __init__(self, url: str, file: Path) -> None:
        local = operator_model(kinds()).default(str(file.parent / "peerloop-data"))
        self.url, self._told = url, Setting(local.model_copy(update={"ledger": url}), (file,))
        world = world_of(self._told)
        self.ledger, self._rounds = world.ledger, Rounds(world, Allowance(), self._told.now)

    def round(self) -> bool:
        """Return whether a round was begun; what it does is at its end then."""
        read = read_teams(self._told.paths(), self._told.operator, self._told.now())
        begun = self._rounds.begin(read.files)
        return self._rounds.settle(LONGEST) and begun

    def another_may_write(self) -> bool:
        try:
            with closing(open_ledger(self.url)) as other, other.alone():
                return True
        except (LedgerBusy, LedgerError):
            return False

    def close(self) -> None:
        self._rounds.close()
        self.ledger.close()


@pytest.mark.parametrize("all_of_it", [False, True])
def test_it_is_said_once_nobody_else_writes_meanwhile_and_then_all_goes_on(
    rounds: OnPostgreSQL, postgresql: Cluster, all_of_it: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgresql.suspended(all_of_it):
        until(lambda: not rounds.round())
        assert not rounds.another_may_write()
        for _ in range(2):
            assert not rounds.round()
        said = capsys.readouterr().out
        why = "gives no answer" if all_of_it else "has not ended an earlier connection of this peerloop yet"
        of_the_ledger = [line for line in said.splitlines() if "about='the ledger'" in line]
        assert sum(f"(the database server {why}); what was done before stays" in line for line in of_the_ledger) == 1
        assert "Traceback" not in said
    until(rounds.round)
    assert capsys.readouterr().out.count("recovered") >= 1


def test_what_is_asked_of_it_has_an_end(rounds: OnPostgreSQL, postgresql: Cluster) -> None:
    with closing(open_ledger(rounds.url)) as ledger:
        assert ledger.team_keys()
        with postgresql.suspended(all_of_it=True), pytest.raises(LedgerError, match="server gives no answer"):
            ledger.team_keys()
        assert ledger.team_keys()


def test_those_that_were_not_heard_of_since_are_not_waited_for_in_turn(
    postgresql: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, patience = make_url(new_database(postgresql.address)), 5.0
    monkeypatch.setattr(server, "ANSWER_SECONDS", patience)
    with Network(int(url.port or 0)) as network, ExitStack() as opened:
        address = address_of(str(url.set(port=network.port)))
        first, *others = (opened.enter_context(Bounded.connect(address)) for _ in range(4))
        assert network.go_silent() == 4
        with pytest.raises(OperationalError, match="gives no answer"):
            first.execute("SELECT 1")
        begun = time.monotonic()
        for other in others:
            with pytest.raises(OperationalError, match="gives no answer"):
                other.execute("SELECT 1")
        assert time.monotonic() - begun < patience
        assert opened.enter_context(Bounded.connect(address)).execute("SELECT 1").fetchone() == (1,)


def test_who_gives_out_says_that_the_queue_is_silent_and_then_goes_on(
    postgresql: Cluster, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile it is followed which passes are made, so somebody waits for an answer already."""
    url, operator = make_url(new_database(postgresql.address)), operator_model(kinds()).default(str(folder / "data"))
    files = {"platform": read_teams([folder / "team.yaml"], operator, datetime.now(UTC)).files[0]}
    for module, name, seconds in (
        (server, "ANSWER_SECONDS", 10),
        (queue, "BUSY_SECONDS", 1),
        (queue, "LOOKS_EVERY", 0.1),
    ):
        monkeypatch.setattr(module, name, seconds)

    def is_given_out() -> bool:
        with suppress(LedgerError):
            given_out.dispatch(files, set(), {"platform"})
            return True
        return False

    with (
        Network(int(url.port or 0)) as network,
        closing(queue.Queue(str(url.set(port=network.port)), timedelta(hours=1), lambda: None, int)) as given_out,
    ):
        assert is_given_out()
        assert network.go_silent() > 0
        time.sleep(1)
        with pytest.raises(LedgerError, match=r"the queue in the ledger cannot be used now \(the database server"):
            given_out.dispatch(files, set(), {"platform"})
        until(is_given_out, 60)


@pytest.mark.parametrize("whose", ["run", "worker"])
def test_workers_and_who_gives_out_go_on_after_their_connections_went_silent(
    whose: str, postgresql: Cluster, folder: Path
) -> None:
    """They hear no end of them, and whoever connects anew is served."""
    url, networks = make_url(new_database(postgresql.address)), dict[str, Network]()
    bounded = {"daemon.ledger.server:ANSWER_SECONDS": 8}
    with ExitStack() as opened:
        for name in ("run", "worker"):
            networks[name] = opened.enter_context(Network(int(url.port or 0)))
            ledger = url.set(port=networks[name].port)
            (folder / f"{name}.yaml").write_text(f"ledger: {ledger}\nevery: 1 minute\nweb: off\n")
        here = opened.enter_context(open_shop(folder))
        here.begin("run", "run", "--config", "run.yaml", "--workers", "0", "team.yaml", settings=bounded)
        worker = here.begin("worker", "worker", "--config", "worker.yaml", settings=bounded)
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        assert networks[whose].go_silent() > 2
        edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"), 240)
        if whose == "worker":
            until(lambda: "the queue" in {line["about"] for line in worker.about("recovered")}, 60)
            said = [line["what"] for line in worker.about("trouble") if line["about"] == "the queue"]
            assert all(line.startswith("the queue in the ledger cannot be used now (") for line in said)


def test_a_daemon_goes_on_after_it(postgresql: Cluster, folder: Path) -> None:
    (folder / "peerloop.yaml").write_text(f"ledger: {new_database(postgresql.address)}\n")
    with running(folder, "team.yaml") as daemon:
        until(lambda: daemon.about("applied"))
        with postgresql.suspended():
            edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))


@soak.soaked
@pytest.mark.parametrize("workers", soak.either([0], [0, 1]))
def test_it_ends_meanwhile_with_all_its_workers_when_it_is_told_to(
    workers: int, postgresql: Cluster, tmp_path: Path
) -> None:
    """A daemon that waited for an answer would be late each time; a busy machine is so now and then."""
    took = list[float]()
    while len(took) < TRIES and min(took, default=PROMISED) >= PROMISED:
        (folder := tmp_path / str(len(took))).mkdir()
        took.append(_seconds_to_end(postgresql, folder, ["--workers", "1"] * bool(workers)))
    assert min(took) < PROMISED


def _seconds_to_end(postgresql: Cluster, folder: Path, more: Sequence[str]) -> float:
    (folder / "team.yaml").write_text(TEAM)
    (folder / "peerloop.yaml").write_text(f"ledger: {new_database(postgresql.address)}\n")
    with running(folder, "team.yaml", *more) as daemon:
        until(shows(calendar_of(folder), "SUMMARY:Lunch & Learn"))
        with postgresql.suspended():
            edited(folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Tea time")
            processes, begun = _with_children(daemon.process.pid), time.monotonic()
            assert len(processes) == 1 + bool(more)
            assert daemon.stop() == 0
            until(lambda: not any(Path(f"/proc/{one}").exists() for one in processes))
            return time.monotonic() - begun


def _with_children(process: int) -> list[int]:
    begun = (one.read_text() for one in Path(f"/proc/{process}/task").glob("*/children"))
    return [process, *(int(child) for several in begun for child in several.split())]
