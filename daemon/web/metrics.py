"""How a daemon is, as Prometheus reads it: what passes and mails came to, and what is so when it is asked.

A figure has a team's name beside it only where somebody is alerted of that one team; each series costs whoever keeps
them. Nothing of what people say or do stands here.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.team_file import TeamFile
from daemon import __version__
from daemon.describe.figures import overdue_of
from daemon.ledger import Ledger, LedgerError
from daemon.model.names import team_key
from daemon.ports import Traffic
from daemon.serve.passed import Passed, Passing, Result
from daemon.serve.teams import Teams

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300)
"""Bounds between short passes and long ones: one exchange with a server takes a minute at most."""
TrafficOf = Callable[[], Mapping[str, Traffic]]


class Metrics(Collector):
    """The figures of one daemon; it is told how passes and mails go, and looks at the rest when it is asked."""

    def __init__(self, teams: Teams, ledger: Ledger, traffic: TrafficOf, passed: Passed) -> None:
        """Take what is looked at."""
        self._teams, self._ledger, self._traffic, self._passed = teams, ledger, traffic, passed
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the start of the process tells it
        self._registry, self._begun = CollectorRegistry(), time.time()
        self._succeeded, self._ended, self._overdue = dict[str, float](), dict[str, float](), dict[str, int]()
        made: dict[str, Any] = {"registry": self._registry}
        self._passes = Counter("peerloop_passes", "Passes over teams, by how they went.", ["result"], **made)
        self._seconds = Histogram("peerloop_pass_seconds", "How long a pass took.", buckets=SECONDS, **made)
        self._written = Counter("peerloop_writes", "Events and pages written.", **made)
        self._sent = Counter("peerloop_mails_sent", "Digests that went out.", **made)
        self._unsent = Counter("peerloop_mails_failed", "Attempts to send a digest that failed.", **made)
        self._version = Gauge("peerloop_build_info", "Always 1; the version is in its label.", ["version"], **made)
        self._version.labels(__version__).set(1)
        for result in Result:
            self._passes.labels(result.value)  # from the start, so that its first one is an increase
        ProcessCollector(namespace="peerloop", registry=self._registry)
        self._registry.register(self)

    def text(self) -> bytes:
        """Return all of it."""
        with suppress(LedgerError):  # that it cannot be used is told by a figure
            self._look_at_workers()
        return generate_latest(self._registry)

    def passed(self, ended: Passing) -> None:
        """Count a pass."""
        self._passes.labels(ended.result.value).inc()
        self._seconds.observe(ended.seconds)
        if ended.at:
            self._of_team(ended.team.team, ended.at, ended)

    def _of_team(self, name: str, at: datetime, ended: Passing) -> None:
        self._ended[name] = at.timestamp()
        self._succeeded |= {name: at.timestamp()} if ended.result is Result.DONE else {}
        if ended.came_to is None:
            return  # nothing is known to have changed
        self._written.inc(ended.came_to.written)
        today = at.astimezone(ZoneInfo(ended.team.timezone)).date()
        self._overdue[name] = overdue_of(ended.came_to.memory.items.values(), today)

    def _look_at_workers(self) -> None:
        """See how the latest passes ended that were made elsewhere; of those that are new, each is counted."""
        if passes := self._passed.by_workers():
            for key, file in self._files().items():
                if ended := passes.get(key):
                    self._made_elsewhere(file.team.team, *ended)

    def _files(self) -> Mapping[str, TeamFile]:
        """Return the teams that are served, by their keys."""
        known = self._ledger.team_keys()
        return {team_key(file.team, known): file for file in self._teams.served}

    def _made_elsewhere(self, name: str, at: datetime, result: Result) -> None:
        ended = at.timestamp()
        if ended > self._ended.get(name, self._begun):
            self._passes.labels(result.value).inc()
        self._ended[name] = ended
        self._succeeded |= {name: ended} if result is Result.DONE else {}

    def delivered(self, sent: int, failed: int) -> None:
        """Count mails."""
        self._sent.inc(sent)
        self._unsent.inc(failed)

    def collect(self) -> Iterator[Metric]:
        """Yield what is so now."""
        yield from self._of_teams([file.team.team for file in self._teams.served])
        yield from self._of_ledger()
        yield from self._of_connections()

    def _of_teams(self, names: list[str]) -> Iterator[Metric]:
        yield GaugeMetricFamily("peerloop_teams", "Teams that are served.", len(names))
        faulty = "Team files that cannot be served as they are now."
        yield GaugeMetricFamily("peerloop_faulty_files", faulty, self._teams.faulty)
        longest = "How long ago the last pass ended over the team that has waited longest, or the start was."
        first = min((self._ended.get(name, self._begun) for name in names), default=time.time())
        yield GaugeMetricFamily("peerloop_pass_lag_seconds", longest, max(0.0, time.time() - first))
        said = "When the last pass over a team ended in which nothing failed; 0 where none has since the start."
        success = GaugeMetricFamily("peerloop_last_success_timestamp_seconds", said, labels=["team"])
        for name in names:
            success.add_metric([name], self._succeeded.get(name, 0))
        yield success
        overdue = sum(self._overdue.get(name, 0) for name in names)
        yield GaugeMetricFamily("peerloop_items_overdue", "Open action items of all teams past their day.", overdue)

    def _of_ledger(self) -> Iterator[Metric]:
        usable = "1 where the ledger can be used, and could be when it was last tried, else 0."
        try:
            self._ledger.keep()
            could = self._passed.ledger_could_be_used(self._files())
            waiting, lost = len(self._ledger.digests.unsent()), len(self._ledger.digests.undelivered())
        except LedgerError:
            yield GaugeMetricFamily("peerloop_ledger_usable", usable, 0)
            return
        yield GaugeMetricFamily("peerloop_ledger_usable", usable, int(could))
        yield GaugeMetricFamily("peerloop_mails_waiting", "Digests that are written and did not go out yet.", waiting)
        undelivered = "Digests of the last five weeks that failed, or were given up."
        yield GaugeMetricFamily("peerloop_mails_undelivered", undelivered, lost)

    def _of_connections(self) -> Iterator[Metric]:
        by_name = ["connection"]
        asked = CounterMetricFamily("peerloop_requests", "Exchanges with a connection's server.", labels=by_name)
        slower = "How often a connection's server asked to be asked less."
        throttled = CounterMetricFamily("peerloop_throttled", slower, labels=by_name)
        steps = "Steps of passes that failed because a connection could not be used."
        failed = CounterMetricFamily("peerloop_connection_failures", steps, labels=by_name)
        alone = "1 while a connection is left alone after failures in a row, else 0."
        down = GaugeMetricFamily("peerloop_connection_down", alone, labels=by_name)
        for name, traffic in self._traffic().items():
            asked.add_metric([name], traffic.asked)
            throttled.add_metric([name], traffic.throttled)
            failed.add_metric([name], traffic.failed)
            down.add_metric([name], traffic.is_down)
        yield from (asked, throttled, failed, down)
