"""Workers: several processes make the passes that one gives out, and it is as if one had made them.

Whatever becomes of a worker - killed, stopped and continued, cut off from the database - what is written is written
once, and by the one whose turn it is.
"""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

import psycopg
import pytest
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy import create_engine, make_url, text
from structlog.testing import capture_logs

from config.operator import operator_model
from config.team import Team
from config.team_file import place_of
from daemon.cli.setting import Setting, world_of
from daemon.ledger import LastRun, LedgerError, Superseded, open_ledger
from daemon.ledger.server import MOST_CONNECTIONS
from daemon.loop import World
from daemon.model.statements import Door, Statement, StatementKind
from daemon.plan.guards import Allowance
from daemon.ports import Calendar, Unavailable
from daemon.serve import taking
from daemon.serve.dispatch import connections_of
from daemon.serve.files import Files
from daemon.serve.jobs import SOON, URGENT, PassJob, address_of, lane_of, make_tables
from daemon.serve.passes import Passes
from daemon.serve.queue import Queue, crew_of
from daemon.serve.rounds import Rounds
from daemon.serve.taking import Taking
from daemon.serve.team_files import read_team
from daemon.serve.worker import POOLED, Worker
from integrations import kinds
from integrations import quota as quota_module
from tests.fakes.network import Network
from tests.postgresql import Cluster, cluster, new_database, server_is_installed
from tests.scenarios.command_line import TEAM, edited, environment, peerloop
from tests.scenarios.forks import LONGEST, Asked, Begun
from tests.scenarios.test_daemon import Running, calendar_of, shows, until

pytestmark = pytest.mark.skipif(not server_is_installed(), reason="no PostgreSQL server (initdb) is installed here")
QUICK: dict[str, float | str] = {
    "daemon.serve.worker:BEATS_EVERY": 0.2,
    "daemon.serve.worker:SILENT_FOR": 2,
    "daemon.serve.worker:SWEEPS_AT": "* * * * * */1",
    "daemon.serve.worker:LOOKS_EVERY": 0.2,
    "daemon.serve.worker:TOLD_WITHIN": 1.0,
    "daemon.serve.queue:LOOKS_EVERY": 0.2,
}
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEAMS = ("alpha", "beta", "gamma")


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as server:
        yield server


@pytest.fixture
def shop(folder: Path, server: Cluster) -> Path:
    """Have a folder with three teams, whose ledger is an empty database."""
    (folder / "team.yaml").unlink()
    url = new_database(server.address)
    (folder / "peerloop.yaml").write_text(f"teams: teams/*.yaml\nledger: {url}\nevery: 1 minute\nweb: off\n")
    (folder / "teams").mkdir()
    for name in TEAMS:
        team = TEAM.replace("team: Platform", f"team: {name.title()}").replace("@example.com", f"@{name}.test")
        (folder / "teams" / f"{name}.yaml").write_text(team)
    return folder


def url_of(shop: Path) -> str:
    return (shop / "peerloop.yaml").read_text().splitlines()[1].removeprefix("ledger: ")


class Shop:
    """What runs in a folder; whatever is still there in the end is killed, by its number."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._begun = folder, list[Begun]()

    def begin(self, name: str, *arguments: str, **more: object) -> Running:
        log = self.folder / f"{name}.log"
        asked = Asked(arguments, str(self.folder), environment(), says=(str(log), str(log)), settings=QUICK)
        process = Begun(replace(asked, **more))  # type: ignore[arg-type]
        self._begun.append(process)
        return Running(process, log)

    def worker(self, name: str, **more: object) -> Running:
        return self.begin(name, "worker", **more)

    def close(self) -> None:
        for process in self._begun:
            process.kill()
            process.wait()
        for log in self.folder.glob("*.log"):
            assert "Traceback" not in log.read_text(), log.read_text()


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    shop = Shop(folder)
    try:
        yield shop
    finally:
        shop.close()


def all_planned(folder: Path) -> bool:
    return all(shows(calendar_of(folder, team), "SUMMARY:Lunch & Learn")() for team in TEAMS)


def made_by(worker: Running) -> set[str]:
    return {line["team"] for line in worker.about("applied")}


def sessions_of(folder: Path, *told: str) -> object:
    result = peerloop(folder, "status", *told, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_two_workers_make_what_one_process_would(shop: Path, tmp_path: Path) -> None:
    with open_shop(shop) as here:
        gives_out = here.begin("run", "run", "--workers", "0")
        first, second = here.worker("first"), here.worker("second")
        until(lambda: all_planned(shop))
        until(lambda: made_by(first) | made_by(second) == {name.title() for name in TEAMS})

        by_hand = peerloop(shop, "apply", "teams/alpha.yaml")
        assert (by_hand.code, "another peerloop is at work on this ledger" in by_hand.err) == (3, True)
        another = peerloop(shop, "run", "--workers", "0")
        assert another.code == 3
        assert "another `peerloop run` gives out the passes of this ledger; `peerloop worker` helps it" in another.err
        assert peerloop(shop, "plan", "teams/beta.yaml").out == "Beta: nothing to do\n"

        edited(shop / "teams" / "gamma.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(shop, "gamma"), "SUMMARY:Brown bag"))
        with closing(open_ledger(url_of(shop))) as ledger:
            runs = ledger.leases.last_runs()
        assert {team: run.errors for team, run in runs.items()} == dict.fromkeys(TEAMS, ())
        assert all(0 <= run.waited < LONGEST for run in runs.values())

        start = time.monotonic()
        assert [one.stop() for one in (gives_out, first, second)] == [0, 0, 0]
        assert time.monotonic() - start < 3 * 5
    files = [str(shop / "teams" / f"{name}.yaml") for name in TEAMS[:2]]
    alone = tmp_path / "alone"
    alone.mkdir()
    assert peerloop(alone, "apply", *files).code == 0
    assert sessions_of(shop, *files) == sessions_of(alone, *files)


def test_what_a_killed_worker_was_at_is_done_by_another(shop: Path) -> None:
    with open_shop(shop) as here:
        here.begin("run", "run", "--workers", "0")
        killed = here.worker("killed", effects=("os:replace",), nth=2)
        assert killed.process.wait() == -signal.SIGKILL
        assert not all_planned(shop)
        for name in TEAMS:  # so that nobody waits for the next round
            edited(shop / "teams" / f"{name}.yaml", "rotation:", "# looked through\nrotation:")
        here.worker("another")
        until(lambda: all_planned(shop))
        until(lambda: [peerloop(shop, "plan").out.count("nothing to do")] == [3])


def test_a_worker_that_was_stopped_writes_nothing_once_it_goes_on(shop: Path) -> None:
    """It stands still after it has recorded what it is about to write; meanwhile another one does all of it."""
    for name in TEAMS[1:]:
        (shop / "teams" / f"{name}.yaml").unlink()
    with open_shop(shop) as here:
        here.begin("run", "run", "--workers", "0")
        stands = {"effects": ("daemon.ledger.store:Ledger.remember",), "nth": 2, "after": True, "by": signal.SIGSTOP}
        first = here.worker("first", **stands)
        until(lambda: is_stopped(first.process.pid))
        assert not calendar_of(shop, "alpha").exists()
        edited(shop / "teams" / "alpha.yaml", "{name: Lunch & Learn", "{was: Lunch & Learn, name: Brown bag")
        second = here.worker("second")
        until(shows(calendar_of(shop, "alpha"), "SUMMARY:Brown bag"))
        until(lambda: peerloop(shop, "plan").out == "Alpha: nothing to do\n")
        before = {path: path.read_bytes() for path in (shop / "peerloop-data").rglob("*") if path.is_file()}

        os.kill(first.process.pid, signal.SIGCONT)
        until(lambda: any("given to another worker" in line["what"] for line in first.about("trouble")))
        assert not first.about("applied")
        after = {path: path.read_bytes() for path in (shop / "peerloop-data").rglob("*") if path.is_file()}
        assert after == before
        assert second.stop() == 0
        edited(
            shop / "teams" / "alpha.yaml",
            "{was: Lunch & Learn, name: Brown bag",
            "{was: Brown bag, name: Lunch & Learn",
        )
        until(shows(calendar_of(shop, "alpha"), "SUMMARY:Lunch & Learn"))  # and it makes passes again


NO_END = """
CREATE FUNCTION no_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
CREATE TRIGGER no_end BEFORE DELETE ON procrastinate_jobs FOR EACH ROW
WHEN (OLD.task_name = 'pass') EXECUTE FUNCTION no_end();
"""


def test_a_team_whose_end_of_a_pass_the_queue_was_not_told_of_does_not_wait_for_long(shop: Path) -> None:
    for name in TEAMS[1:]:
        (shop / "teams" / f"{name}.yaml").unlink()
    with open_shop(shop) as here:
        here.begin("run", "run", "--workers", "0")
        until(lambda: "procrastinate_jobs" in " ".join(asked_of(url_of(shop), "SELECT tablename FROM pg_tables")))
        told(url_of(shop), NO_END)
        worker = here.worker("worker")
        until(lambda: made_by(worker))
        told(url_of(shop), "DROP TRIGGER no_end ON procrastinate_jobs")
        edited(shop / "teams" / "alpha.yaml", "{name: Lunch & Learn", "{was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(shop, "alpha"), "SUMMARY:Brown bag"))
    assert "the queue was told once more" in (shop / "worker.log").read_text()


def test_a_worker_has_few_connections_however_many_lanes_there_are(shop: Path) -> None:
    config, places = shop / "peerloop.yaml", [f"place-{number}" for number in range(4)]
    told = "".join(f"  {place}: {{kind: local, folder: {shop / place}}}\n" for place in places)
    config.write_text(f"{config.read_text()}connections:\n{told}")
    for name in TEAMS:
        (shop / "teams" / f"{name}.yaml").unlink()
    lanes = [(one, other) for one in places for other in places]
    for one, other in lanes:
        team = TEAM.replace("team: Platform", f"team: {one} {other}").replace("@example.com", f"@{one}-{other}.test")
        kept = f"calendar: {{connection: {one}}}\nwiki: {{connection: {other}}}\n"
        (shop / "teams" / f"{one}-{other}.yaml").write_text(team + kept)
    with open_shop(shop) as here:
        here.begin("run", "run", "--workers", "0")
        here.worker("worker")
        until(lambda: all((shop / one / "calendar" / f"{one}-{other}.ics").exists() for one, other in lanes))
        found = asked_of(url_of(shop), "SELECT query FROM pg_stat_activity WHERE datname = current_database()")
    assert sum(query.lower().startswith("listen") for query in found) == 1
    assert len(found) <= 2 * (MOST_CONNECTIONS + POOLED + 1)


def asked_of(url: str, question: str) -> list[Any]:
    """Return the first column of what a database answers."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [*connection.execute(text(question)).scalars()]
    engine.dispose()
    return found


def told(url: str, command: str) -> None:
    """Have a database do something."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(command)
    engine.dispose()


def is_stopped(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


def test_after_a_restart_of_postgresql_all_goes_on(shop: Path, server: Cluster) -> None:
    with open_shop(shop) as here:
        gives_out, worker = here.begin("run", "run", "--workers", "0"), here.worker("worker")
        until(lambda: all_planned(shop))
        server.restart()
        edited(shop / "teams" / "beta.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        until(shows(calendar_of(shop, "beta"), "SUMMARY:Brown bag"))
        assert [gives_out.stop(), worker.stop()] == [0, 0]


def test_a_worker_without_the_files_says_so_and_leaves_their_teams_to_others(shop: Path, tmp_path: Path) -> None:
    with open_shop(shop) as here:
        here.begin("run", "run", "--workers", "0")
        until(lambda: (shop / "run.log").read_text().count("serving"))
        (shop / "teams").rename(tmp_path / "elsewhere")
        worker = here.worker("worker")
        until(lambda: worker.about("trouble"))
        assert all("is not on this machine" in line["what"] for line in worker.about("trouble"))
        assert not (shop / "peerloop-data" / "calendar").exists()


def test_run_begins_workers_and_ends_with_them(shop: Path) -> None:
    with open_shop(shop) as here:
        daemon = here.begin("run", "run", "--workers", "1")
        until(lambda: daemon.about("a worker started"))
        until(lambda: all_planned(shop))
        assert daemon.stop() == 0
        until(lambda: daemon.about("a worker stopped"), 10)


def test_workers_need_a_server(folder: Path) -> None:
    for told in (["run", "--workers", "2", "team.yaml"], ["worker"]):
        result = peerloop(folder, *told)
        assert result.code == 2
        assert "workers need a ledger on PostgreSQL; write `ledger: postgresql+psycopg://" in result.err


def test_a_job_that_goes_on_for_too_long_is_taken_from_a_worker_that_is_alive(shop: Path) -> None:
    with open_shop(shop) as here, closing(open_ledger(url_of(shop))):
        engine = create_engine(url_of(shop))
        with engine.begin() as others:
            others.execute(text("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE"))
            here.begin("run", "run", "--workers", "0")
            worker = here.worker("worker", settings={**QUICK, "daemon.serve.worker:LONGEST": 1})
            until(lambda: worker.about("a job was taken from its worker"))
        engine.dispose()
        until(lambda: worker.about("the queue was not told of the end of a job"))
        edited(shop / "teams" / "alpha.yaml", "rotation:", "# looked through\nrotation:")
        until(shows(calendar_of(shop, "alpha"), "SUMMARY:Lunch & Learn"))
        assert worker.stop() == 0


def in_queue(url: str) -> list[tuple[str, str, int]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT lock, status::text, priority FROM procrastinate_jobs ORDER BY id"))
        rows = [(lock, status, priority) for lock, status, priority in found]
    engine.dispose()
    return rows


def test_of_one_team_one_pass_runs_and_one_waits_and_who_did_something_goes_first(shop: Path) -> None:
    url, path = url_of(shop), shop / "teams" / "alpha.yaml"
    operator = operator_model(kinds()).default(shop / "data").model_copy(update={"ledger": url})
    world = world_of(Setting(operator, (path,), None))
    crew = crew_of(world.ledger, url, timedelta(hours=1))
    with closing(world.ledger) as ledger, crew.hold(ledger):
        rounds = Rounds(world, Allowance(), lambda: datetime.now(UTC), crew=crew)

        def given_out() -> None:
            assert rounds.begin([read_team(path, operator, datetime.now(UTC)).files[0]])

        given_out()
        given_out()
        assert in_queue(url) == [("pass:alpha", "todo", 0)]
        edited(path, "rotation:", "# looked through\nrotation:")
        given_out()
        assert in_queue(url) == [("pass:alpha", "todo", 10)]
        assert not rounds.settle(0)

        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        for says in ("anew", "again"):
            edited(path, "rotation:", f"# {says}\nrotation:")
            given_out()
        assert in_queue(url) == [("pass:alpha", "doing", 10), ("pass:alpha", "todo", 10)]
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM procrastinate_jobs"))
        engine.dispose()
        assert rounds.settle(LONGEST)
        said = Statement(
            id="web-1",
            kind=StatementKind.CANNOT,
            about="alpha/lunch-learn/x",
            at=datetime.now(UTC),
            door=Door.WEB,
            who="ada@alpha.test",
        )
        ledger.say("alpha", said)
        given_out()
        assert in_queue(url) == [("pass:alpha", "todo", 10)]
        rounds.close()


def test_an_edit_of_a_small_team_waits_for_no_large_ones_that_were_edited_with_it(shop: Path) -> None:
    for path in sorted((shop / "teams").iterdir()):
        edited(path, "rotation: {ahead: 4 weeks}\n", "rotation: {ahead: 26 weeks}\n")
    few = (shop / "teams" / "gamma.yaml").read_text()
    people = "".join(f"  - {{name: P {number}, email: p{number}@NAME.test}}\n" for number in range(60))
    topics = "".join(f"  - {{title: Topic {number} of them all}}\n" for number in range(400))
    large = [f"Big {number}" for number in range(6)]
    for name in large:
        key = name.lower().replace(" ", "-")
        many = few.replace("series:", people.replace("NAME", key) + "series:").replace("@gamma", f"@{key}")
        (shop / "teams" / f"{key}.yaml").write_text(f"{many.replace('Gamma', name)}topics:\n{topics}")
    for name in TEAMS[:2]:
        (shop / "teams" / f"{name}.yaml").unlink()
    with open_shop(shop) as here:
        here.begin("run", "run", "--workers", "0")
        first = here.worker("first")
        until(lambda: made_by(first) == {"Gamma", *large})
        until(lambda: not in_queue(url_of(shop)))
        assert first.stop() == 0
        for path in sorted((shop / "teams").iterdir(), key=lambda path: path.name == "gamma.yaml"):
            edited(path, "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
        seen = {("pass:gamma", "todo", URGENT), *((f"pass:big-{number}", "todo", SOON) for number in range(6))}
        until(lambda: {*in_queue(url_of(shop))} == seen)
        second = here.worker("second", settings={**QUICK, "daemon.serve.taking:AFTER": LONGEST})
        until(lambda: made_by(second) == {"Gamma", *large})
        assert second.about("applied")[0]["team"] == "Gamma"


def test_an_edit_finds_a_place_beside_those_that_go_on_at_once(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker looks for it as soon as it hears of it, not when it looks around the next time."""
    monkeypatch.setattr(taking, "MOST", 2)
    url, operator = url_of(shop), operator_model(kinds()).default(shop / "data")
    files = {name: read_team(shop / "teams" / f"{name}.yaml", operator, NOON).files[0] for name in TEAMS}
    lane = lane_of(connections_of(files["alpha"].team))

    async def taken(queue: Queue) -> list[str | None]:
        connector = PsycopgConnector(conninfo=address_of(url))
        async with App(connector=connector).open_async():
            worker = Taking(connector, "sweep")
            number, found = await worker.register_worker(), list[Job | None]()
            for urgent in (set[str](), {"gamma"}):
                queue.dispatch(files, set(), urgent)
                found += [await worker.fetch_job([lane], number) for _ in TEAMS]
            return [one.lock if one else None for one in found]

    with closing(Queue(url, timedelta(hours=1), lambda: None, int)) as queue:
        first, second, *rest = asyncio.run(taken(queue))
    assert {first, second} == {"pass:alpha", "pass:beta"}
    assert rest == [None, "pass:gamma", None, None]


def test_the_queue_of_another_release_is_made_anew_by_whoever_gives_out_and_by_nobody_else(shop: Path) -> None:
    url, path = url_of(shop), shop / "teams" / "alpha.yaml"
    setting = Setting(operator_model(kinds()).default(shop / "data"), (path,), None)
    files = {"alpha": read_team(path, setting.operator, datetime.now(UTC)).files[0]}
    with closing(open_ledger(url)) as ledger, ledger.among_workers(gives_out=True):
        make_tables(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("COMMENT ON TABLE procrastinate_jobs IS 'of another release'"))
            connection.execute(text("CREATE FUNCTION procrastinate_defer_job_v9(x int) RETURNS int RETURN x"))
            connection.execute(text("ALTER TABLE procrastinate_jobs DROP COLUMN queueing_lock CASCADE"))
        with pytest.raises(LedgerError, match="the queue in the ledger is another release's"):
            make_tables(url)
        with closing(Queue(url, timedelta(minutes=1), lambda: None, ledger.giver)) as queue:
            queue.dispatch(files, set(), set())
            assert in_queue(url) == [("pass:alpha", "todo", 0)]
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT count(*) FROM pg_proc WHERE proname = 'procrastinate_defer_job_v9'")
            )
            assert found.scalar() == 0
        engine.dispose()
        make_tables(url, anew=True)
        assert in_queue(url) == [("pass:alpha", "todo", 0)]


def test_a_queue_of_which_somebody_dropped_a_table_is_made_anew_at_the_next_start(shop: Path) -> None:
    url = url_of(shop)
    make_tables(url)
    with closing(psycopg.connect(address_of(url))) as connection:
        connection.execute("DROP TABLE procrastinate_jobs CASCADE")
        connection.commit()
    make_tables(url, anew=True)
    assert in_queue(url) == []


def test_an_earlier_pass_writes_nothing_any_more(server: Cluster) -> None:
    with closing(open_ledger(new_database(server.address))) as ledger:
        with ledger.leases.over("alpha") as first:
            ledger.digests.settle("<nobody's>", NOON)
            later = threading.Thread(target=lambda: ledger.leases.over("alpha").__enter__())
            later.start()
            later.join()
            for write in (ledger.leases.check, lambda: ledger.digests.settle("<nobody's>", NOON)):
                with pytest.raises(Superseded, match="alpha was given to another worker"):
                    write()
            ledger.leases.end(first, LastRun(NOON, 0, 1, ()))
            assert not ledger.leases.last_runs()
        ledger.digests.settle("<nobody's>", NOON)


def test_workers_spend_one_quota(server: Cluster) -> None:
    url, waited = new_database(server.address), list[float]()
    with closing(open_ledger(url)) as one, closing(open_ledger(url)) as other:
        assert one.quotas.spend("google", 10, 0.001, 10) == 0
        assert other.quotas.spend("google", 5, 0.001, 10) == pytest.approx(5000, rel=0.1)
        assert other.quotas.spend("confluence", 5, 0.001, 10) == 0
        try:
            for ledger in (one, other):
                quota_module.spend_together(ledger.quotas.spend)
                quota = quota_module.Quota("metered", 60, 30, waited.append)
                for _ in range(30):
                    quota.take()
        finally:
            quota_module.spend_together(None)
    assert max(waited) == pytest.approx(60, rel=0.2)  # 30 at once, and then one in two seconds


def test_a_pass_with_nothing_to_do_asks_a_server_that_is_far_away_few_times(shop: Path) -> None:
    url, path = make_url(url_of(shop)), shop / "teams" / "alpha.yaml"
    setting, asked = Setting(operator_model(kinds()).default(shop / "data"), (), None), list[int]()
    with Network(int(url.port or 0)) as network, closing(open_ledger(str(url.set(port=network.port)))) as ledger:
        passes = Passes(replace(world_of(setting), ledger=ledger), Allowance(), setting.now)
        worker = Worker(passes, Files(setting.operator, ledger, setting.now), str(url))
        with ledger.among_workers():
            ledger.last_good.keep({place_of(path): path.read_text()})
            for _ in range(4):
                before = network.asked
                worker._pass(**PassJob("alpha", "Alpha", path, (), datetime.now(UTC)).told())
                asked.append(network.asked - before)
    assert asked[-1] <= 20


def test_a_connection_that_the_server_closed_a_moment_ago_is_not_used(server: Cluster) -> None:
    url = new_database(server.address)
    with closing(open_ledger(url)) as ledger:
        for _ in range(5):
            ledger.team_keys()
            told(url, f"SELECT pg_terminate_backend(pid) {OF_OTHERS}")
            until(lambda: asked_of(url, f"SELECT count(*) {OF_OTHERS}") == [0])
            assert ledger.team_keys() == {}


OF_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Machine:
    """A machine with a worker, and perhaps cut off from where the calendars are."""

    def __init__(self, shop: Path, cut_off: bool) -> None:
        self.url, self.passes, self._over = url_of(shop), 0, threading.Event()
        setting = Setting(operator_model(kinds()).default(shop / "data"), (), None)
        self._ledger = open_ledger(self.url)
        self._world = replace(world_of(setting), ledger=self._ledger)
        calendar = self._cut_off if cut_off else self._world.calendar
        made = Passes(replace(self._world, calendar=calendar), Allowance(), setting.now)
        self._worker = Worker(made, Files(setting.operator, self._ledger, setting.now), self.url)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Machine":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._ledger.close()

    def _run(self) -> None:
        with self._ledger.among_workers():
            self._worker.run(self._over.is_set)

    def _cut_off(self, team: Team, key: str) -> Calendar:
        self.passes += 1
        return cast(Calendar, Unreached(self._world.calendar(team, key)))


class Unreached:
    """A calendar that is not reached."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def __getattr__(self, name: str) -> Any:
        return fails_to_connect if name in ("observe", "write", "busy") else getattr(self._calendar, name)


def fails_to_connect(*_: object) -> NoReturn:
    raise Unavailable("The calendar was not reached (Connection refused).")


def test_what_a_worker_does_not_reach_another_one_sees_to_and_nobody_tries_for_ever(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "STANDS_BACK", 60)
    url, path = url_of(shop), shop / "teams" / "alpha.yaml"
    operator = operator_model(kinds()).default(shop / "data")

    opened = open_ledger(url)
    with closing(opened) as ledger, closing(Queue(url, timedelta(hours=1), lambda: None, opened.giver)) as queue:

        def passed_over() -> None:
            edited(path, "rotation:", "# looked through\nrotation:")
            ledger.last_good.keep({place_of(path): path.read_text()})
            queue.dispatch({"alpha": read_team(path, operator, NOON).files[0]}, set(), {"alpha"})

        def failed() -> list[tuple[str, ...]]:
            return [run.errors for run in ledger.leases.last_runs().values()]

        with ledger.among_workers(gives_out=True):
            with Machine(shop, cut_off=False):
                passed_over()
                until(lambda: failed() == [()] and queue.settle(0.1))
            with Machine(shop, cut_off=True) as cut_off:
                passed_over()
                until(lambda: any("was not reached" in str(errors) for errors in failed()))
                with Machine(shop, cut_off=False):
                    until(lambda: failed() == [()])
                until(lambda: queue.settle(0.1))
                assert cut_off.passes == 1
            with Machine(shop, cut_off=True) as one, Machine(shop, cut_off=True) as other:
                passed_over()
                until(lambda: one.passes + other.passes == 2)
                until(lambda: queue.settle(0.1))
                passed_over()
                until(lambda: queue.settle(0.1))
                assert one.passes + other.passes == 3


def test_a_worker_whose_clock_is_wrong_writes_nothing(shop: Path) -> None:
    setting = Setting(operator_model(kinds()).default(shop / "data"), (), None)
    url, path = url_of(shop), shop / "teams" / "alpha.yaml"
    with closing(open_ledger(url)) as ledger:
        world = replace(world_of(setting), ledger=ledger)
        ledger.last_good.keep({place_of(path): path.read_text()})
        passes = Passes(world, Allowance(), lambda: datetime.now(UTC) + timedelta(hours=1))
        worker = Worker(passes, Files(setting.operator, ledger, setting.now), url)
        with capture_logs() as said:
            worker._pass(**PassJob("alpha", "Alpha", path, (), datetime.now(UTC)).told())
        assert "nothing is written before they agree (NTP)" in said[0]["what"]
        assert not ledger.team_keys()


def test_while_the_clock_is_in_doubt_a_worker_writes_nothing(shop: Path) -> None:
    setting = Setting(operator_model(kinds()).default(shop / "data"), (), None)
    url, path = url_of(shop), shop / "teams" / "alpha.yaml"
    with closing(open_ledger(url)) as ledger, ledger.among_workers():
        ledger.last_good.keep({place_of(path): path.read_text()})
        passes = Passes(replace(world_of(setting), ledger=ledger), Allowance(), setting.now)
        worker = Worker(passes, Files(setting.operator, ledger, setting.now), url)
        alpha = PassJob("alpha", "Alpha", path, (), datetime.now(UTC)).told()
        ledger.looks.note("doubted", datetime.now(UTC))
        with capture_logs() as said:
            worker._pass(**alpha)
        assert "the clock is in doubt" in said[0]["what"]
        assert not ledger.team_keys()
        ledger.looks.note("trusted", datetime.now(UTC))
        worker._pass(**alpha)
        assert ledger.team_keys() == {"Alpha": "alpha"}


def test_a_pass_that_does_not_come_to_its_end_is_told_beside_the_last_one_that_did(shop: Path) -> None:
    setting = Setting(operator_model(kinds()).default(shop / "data"), (), None)
    url, path = url_of(shop), shop / "teams" / "alpha.yaml"
    with closing(open_ledger(url)) as ledger:
        world = replace(world_of(setting), ledger=ledger)
        ledger.last_good.keep({place_of(path): path.read_text()})

        def passed(world: World, caps: Allowance) -> tuple[list[int], list[str]]:
            worker = Worker(Passes(world, caps, setting.now), Files(setting.operator, ledger, setting.now), url)
            with ledger.among_workers():
                worker._pass(**PassJob("alpha", "Alpha", path, (), datetime.now(UTC)).told())
            leases = ledger.leases
            return [run.written for run in leases.last_runs().values()], [
                one.how for one in leases.broken_off().values()
            ]

        def fails(*_: object) -> NoReturn:
            raise ZeroDivisionError

        assert passed(world, Allowance(create=0)) == ([], ["stopped"])
        ((written,), broken_off) = passed(world, Allowance())
        assert written > 0 and broken_off == []
        assert passed(replace(world, calendar=fails), Allowance()) == ([written], ["failed"])
