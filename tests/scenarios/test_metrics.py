"""The daemon's figures, as a program that oversees it reads them: what they say, and who may read them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.web import Listen, Web
from daemon.ledger import BrokenOff, LastRun
from daemon.plan.guards import Allowance
from daemon.serve.passed import PassedByWorkers
from daemon.serve.rounds import Rounds
from daemon.web.metrics import Metrics
from tests.scenarios.programme import Programme
from tests.scenarios.site import Served, asked, served
from tests.scenarios.test_daemon import running, until
from tests.scenarios.test_web_daemon import PORT, address_of

Figures = dict[str, float]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    with served(Programme(tmp_path)) as site:
        yield site


def figures(base: str) -> Figures:
    """Return each figure by its name and labels, as ``peerloop_passes_total result=done``."""
    return _read(asked(base, "GET", "/metrics").body.decode())


def told(metrics: Metrics) -> Figures:
    return _read(metrics.text().decode())


def _read(text: str) -> Figures:
    families = text_string_to_metric_families(text)
    samples = (sample for family in families for sample in family.samples)
    return {" ".join([one.name, *(f"{k}={v}" for k, v in one.labels.items())]): one.value for one in samples}


def passed(web: Served, caps: Allowance | None = None) -> Figures:
    """Pass over the team once, and return the figures after it."""
    site, programme = web.site, web.programme
    rounds = Rounds(site.world, caps or Allowance(), lambda: programme.now, passed=site.passed)
    with site.world.ledger.alone():
        rounds.begin(site.teams.served)
        assert rounds.settle(60)
        rounds.close()
    return figures(web.base)


def test_a_pass_is_counted_by_how_it_went_with_what_it_wrote(web: Served) -> None:
    before = figures(web.base)
    assert before["peerloop_passes_total result=done"] == 0 and before["peerloop_teams"] == 1
    assert before["peerloop_last_success_timestamp_seconds team=Platform"] == 0
    after = passed(web)
    assert after["peerloop_passes_total result=done"] == after["peerloop_pass_seconds_count"] == 1
    assert after["peerloop_writes_total"] > 0 and after["peerloop_mails_sent_total"] > 0
    now = web.programme.now.timestamp()
    assert after["peerloop_last_success_timestamp_seconds team=Platform"] == now
    assert after["peerloop_ledger_usable"] == 1 and after["peerloop_mails_waiting"] == 0


def test_a_pass_that_a_cap_stops_is_no_success(web: Served) -> None:
    assert asked(web.base, "GET", "/readyz").status == 503
    after = passed(web, Allowance(create=0))
    assert asked(web.base, "GET", "/readyz").status == 200, "one team that is stopped keeps no page from the others"
    assert after["peerloop_passes_total result=stopped"] == 1 and after["peerloop_writes_total"] == 0
    assert after["peerloop_last_success_timestamp_seconds team=Platform"] == 0


def test_items_past_their_day_are_counted(web: Served) -> None:
    passed(web)
    page = next(one for one in web.programme.data.rglob("*.md") if one.name != "home.md")
    page.write_text(page.read_text() + "\n- [ ] @ada order the books by 2026-12-01\n")
    web.programme.later(days=20)
    assert passed(web)["peerloop_items_overdue"] == 1


def test_a_ledger_that_is_gone_is_said_and_the_rest_is_told_still(web: Served) -> None:
    passed(web)
    web.site.world.ledger.close()
    with web.site.world.ledger.alone():
        (web.programme.data / "ledger.db").rename(web.programme.data / "elsewhere.db")
        after = figures(web.base)
        (web.programme.data / "elsewhere.db").rename(web.programme.data / "ledger.db")
    assert after["peerloop_ledger_usable"] == 0 and after["peerloop_passes_total result=done"] == 1
    assert "peerloop_mails_waiting" not in after


def test_a_broken_edit_is_counted(web: Served) -> None:
    web.programme.path.write_text("team: [")
    web.reads()
    assert figures(web.base)["peerloop_faulty_files"] == 1 and figures(web.base)["peerloop_teams"] == 1


def test_the_machine_itself_needs_no_token_and_a_proxy_reads_nothing(web: Served) -> None:
    assert asked(web.base, "GET", "/metrics").status == 200
    for name in ("X-Forwarded-For", "Forwarded", "Via"):
        assert asked(web.base, "GET", "/metrics", headers={name: "10.1.2.3"}).status == 403
    assert asked(web.base, "GET", "/metrics", headers={"Host": "evil.example.com"}).status == 400


def test_other_machines_read_it_only_from_where_the_operator_says(tmp_path: Path) -> None:
    there = Web(listen=Listen("127.0.0.1", 0), metrics=(ip_network("10.42.0.0/16"),))
    with served(Programme(tmp_path), there) as web:
        assert asked(web.base, "GET", "/metrics", headers={"Host": "10.42.0.7:8080"}).status == 200
        assert asked(web.base, "GET", "/metrics", headers={"X-Forwarded-For": "10.42.0.7"}).status == 403


def test_a_running_daemon_tells_of_itself_and_each_line_of_a_pass_names_it(folder: Path) -> None:
    (folder / "peerloop.yaml").write_text(PORT)
    with running(folder, "team.yaml") as daemon:
        base = address_of(daemon).partition("/?")[0]
        until(lambda: figures(base)["peerloop_passes_total result=done"])
        (applied,) = until(lambda: daemon.about("applied"))
        assert applied["pass"].startswith("platform-2") and len(applied["pass"]) == len("platform-20261207T090000.000")
        assert figures(base)["peerloop_process_open_fds"] > 0


def test_what_workers_have_done_counts_as_done(web: Served) -> None:
    passed(web)  # so that the ledger knows the team
    base, ledger = datetime.now(UTC) + timedelta(minutes=1), web.site.world.ledger
    runs = {"platform": LastRun(base, 0, 1, ())}
    by_workers = PassedByWorkers(look=lambda: runs)
    metrics = Metrics(web.site.teams, ledger, dict, by_workers)
    assert told(metrics)["peerloop_last_success_timestamp_seconds team=Platform"] == base.timestamp()
    lag = told(metrics)["peerloop_pass_lag_seconds"]
    assert lag == pytest.approx(max(0.0, time.time() - base.timestamp()), abs=60)

    runs["platform"] = LastRun(base + timedelta(minutes=5), 0, 0, ("wiki: down",))
    by_workers._looked = float("-inf")
    assert told(metrics)["peerloop_last_success_timestamp_seconds team=Platform"] == base.timestamp()
    counted = told(metrics)
    assert counted["peerloop_passes_total result=partly"] == counted["peerloop_passes_total result=done"] == 1

    broken = {"platform": BrokenOff(base + timedelta(minutes=10), "stopped")}
    by_workers.look_for_broken, by_workers._looked = lambda: broken, float("-inf")
    counted = told(metrics)
    assert counted["peerloop_passes_total result=stopped"] == told(metrics)["peerloop_passes_total result=stopped"] == 1
    assert counted["peerloop_last_success_timestamp_seconds team=Platform"] == base.timestamp()
