"""Another PostgreSQL server takes over that lost what was written last: what people see stays as it was."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.operator import Operator
from daemon.ledger import open_ledger
from daemon.plan.guards import Allowance
from daemon.serve.rounds import Rounds
from tests.fakes.mail_server import MailServer
from tests.postgresql import Cluster, cluster, new_database, server_is_installed
from tests.scenarios.command_line import edited, peerloop
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import Running, calendar_of, shows, until
from tests.scenarios.test_undelivered import Mailing, reached
from tests.scenarios.test_workers import all_planned, asked_of, in_queue, open_shop, shop, url_of

pytestmark = pytest.mark.skipif(not server_is_installed(), reason="no PostgreSQL server (initdb) is installed here")
__all__ = ["shop"]


@pytest.fixture
def server() -> Iterator[Cluster]:
    with cluster() as server:
        yield server


def change(shop: Path) -> None:
    """Have a team's file edited, and one for a new team laid down, and wait until people see both."""
    alpha, delta = shop / "teams" / "alpha.yaml", shop / "teams" / "delta.yaml"
    edited(alpha, "{name: Lunch & Learn", "{was: Lunch & Learn, name: Brown bag")
    delta.write_text((shop / "teams" / "gamma.yaml").read_text().replace("Gamma", "Delta").replace("gamma", "delta"))
    until(lambda: is_changed(shop) and shows(calendar_of(shop, "delta"), "SUMMARY:Lunch & Learn")())
    until(lambda: nothing_is_to_do(shop))


def is_changed(shop: Path) -> bool:
    text = calendar_of(shop, "alpha").read_text() if calendar_of(shop, "alpha").exists() else ""
    return "SUMMARY:Brown bag" in text and "SUMMARY:Lunch & Learn" not in text


def nothing_is_to_do(shop: Path) -> bool:
    return peerloop(shop, "plan").out.count("nothing to do") == 4


def stays_changed_until(shop: Path, condition: Callable[[], bool]) -> None:
    """Wait until something holds; what an edit has come to is never taken back meanwhile."""
    end = time.monotonic() + LONGEST
    while not condition():
        assert is_changed(shop)
        assert time.monotonic() < end
        time.sleep(0.05)
    assert is_changed(shop)


def all_were_passed_over_since(shop: Path, moment: datetime) -> bool:
    """Whether workers have passed over all four teams since then."""
    with closing(open_ledger(url_of(shop))) as ledger:
        return [run.at > moment for run in ledger.leases.last_runs().values()] == [True] * 4


def knows_of_all(shop: Path) -> bool:
    with closing(open_ledger(url_of(shop))) as ledger:
        return len(ledger.team_keys()) == 4


def edit_another_team(shop: Path) -> None:
    """See that it goes on."""
    edited(shop / "teams" / "beta.yaml", "{name: Lunch & Learn", "{was: Lunch & Learn, name: Brown bag")
    until(shows(calendar_of(shop, "beta"), "SUMMARY:Brown bag"))
    assert is_changed(shop)


def wait(shop: Path) -> bool:
    """Whether the passes over all three teams wait for a worker."""
    url = url_of(shop)
    there = "procrastinate_jobs" in asked_of(url, "SELECT tablename::text FROM pg_tables")
    return there and [status for _, status, _ in in_queue(url)] == ["todo"] * 3


def troubles_of(*processes: Running) -> str:
    return " ".join(line["what"] for process in processes for line in process.about("trouble"))


@pytest.mark.parametrize("before", [True, False], ids=["passes-were-made", "passes-waited"])
def test_what_workers_made_of_an_edit_stays_where_the_ledger_has_lost_it(
    shop: Path, server: Cluster, before: bool
) -> None:
    with open_shop(shop) as here:
        processes = [here.begin("run", "run", "--workers", "0")]
        if before:
            processes.append(here.worker("worker"))
        until(
            lambda: (
                all_planned(shop) and peerloop(shop, "plan").out.count("nothing to do") == 3 if before else wait(shop)
            )
        )
        server.keep()
        if not before:
            processes.append(here.worker("worker"))
        change(shop)
        seen = {team: calendar_of(shop, team).read_bytes() for team in ("alpha", "delta")}

        moment = datetime.now(UTC)
        server.fail_over()
        stays_changed_until(shop, lambda: all_were_passed_over_since(shop, moment))
        assert nothing_is_to_do(shop)
        assert {team: calendar_of(shop, team).read_bytes() for team in seen} == seen
        edit_another_team(shop)
        assert "is not on this machine" not in troubles_of(*processes)
        assert "is not in the ledger" not in troubles_of(*processes)


def test_what_one_process_made_of_an_edit_stays_where_the_ledger_has_lost_it(shop: Path, server: Cluster) -> None:
    with open_shop(shop) as here:
        here.begin("run", "run")
        until(lambda: all_planned(shop))
        server.keep()
        change(shop)
        seen = {team: calendar_of(shop, team).read_bytes() for team in ("alpha", "delta")}
        server.fail_over()
        stays_changed_until(shop, lambda: knows_of_all(shop))
        assert nothing_is_to_do(shop)
        assert {team: calendar_of(shop, team).read_bytes() for team in seen} == seen
        edit_another_team(shop)


class OnServer(Mailing):
    """A programme whose digests go through a mail server, and whose ledger is in PostgreSQL."""

    def __init__(self, folder: Path, mail_server: MailServer, url: str) -> None:
        self.url = url
        super().__init__(folder, mail_server)

    def operators(self) -> Operator:
        return super().operators().model_copy(update={"ledger": self.url})


def test_who_had_a_mail_today_gets_no_other_one_where_the_ledger_has_lost_it(tmp_path: Path, server: Cluster) -> None:
    with MailServer() as mail_server:
        programme = OnServer(tmp_path, mail_server, new_database(server.address))
        with programme.world() as world, world.ledger.alone():
            rounds = Rounds(world, Allowance(), lambda: programme.now, gone_by=lambda: programme.now.timestamp())

            def reached_in_a_round() -> list[str]:
                mail_server.kept.clear()
                until(lambda: rounds.begin([programme.file]))
                assert rounds.settle(LONGEST)
                return reached(mail_server)

            programme.later(hours=-6)
            assert reached_in_a_round() == []  # it is night
            server.keep()
            programme.later(hours=6)
            assert reached_in_a_round()
            for _ in range(2):
                server.fail_over()
                programme.later(minutes=1)
                assert reached_in_a_round() == []
            programme.later(days=1)
            tomorrow = reached_in_a_round()
            assert len({*tomorrow}) == len(tomorrow)
            rounds.close()
    assert mail_server.complaints == []
