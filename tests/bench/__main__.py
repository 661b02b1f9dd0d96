"""What peerloop costs on this machine, as one table: ``python -m tests.bench``, or ``--quick`` for a rough one.

Nothing here passes or fails: a limit stands beside its figure, to be judged by whoever reads it.
"""

import argparse
import os
import platform
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from tests.bench.chase import chase_cost
from tests.bench.confluence import asked_of_confluence, rounds_of_confluence
from tests.bench.deliver import digests_cost
from tests.bench.endurance import MOST_FILES, MOST_MEGABYTES, endurance
from tests.bench.fairness import afresh_figures, announced_figures, three_role_figures
from tests.bench.foreign import EVENTS, foreign_cost
from tests.bench.fuzz import tried
from tests.bench.google import asked_of_google
from tests.bench.needs import needs_cost
from tests.bench.passes import Cost, cost
from tests.bench.planning import CROWD, planning_cost
from tests.bench.processes import LIMITS, processes
from tests.bench.readers import growths
from tests.bench.starting import starts
from tests.bench.web import READERS, TEAMS, web_cost
from tests.scenarios.trial import MOST_A_WEEK, WEEKS, trial

FULL = ((10, 12), (100, 12), (1000, 12), (100, 100))
QUICK = ((10, 12), (100, 12), (10, 100))
MOST_PER_SESSION = 0.3  # milliseconds of a pass with nothing to do


class Row(NamedTuple):
    """A line of the table; a row without a figure begins a section."""

    name: str
    figure: str = ""
    limit: str = ""

    def __str__(self) -> str:
        return f"  {self.name:<58}{self.figure:>34}{self.limit:>14}".rstrip() if self.figure else f"\n{self.name}"


def machine() -> Iterator[Row]:
    """Name what all of it was measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
    yield Row("machine")
    yield Row("processor", model or platform.machine(), f"{os.cpu_count()} cores")
    yield Row("system", f"{platform.system()} {platform.release()}"[:33], f"Python {platform.python_version()}")


def process_times(quick: bool) -> Iterator[Row]:
    """Tell what a process takes from its start to its end."""
    yield Row("whole processes: shortest, median, times a bare Python")
    for one in processes(5 if quick else 15):
        limit = f"at most {LIMITS[one.name]} x" if one.name in LIMITS else ""
        yield Row(one.name, f"{one.shortest * 1000:.0f} ms {one.usual * 1000:6.0f} ms {one.ratio:6.1f} x", limit)


def planning() -> Iterator[Row]:
    """Tell what planning alone takes, without a ledger, a calendar or a wiki."""
    found = planning_cost()
    yield Row("planning")
    yield Row(f"the example team's year, {found.sessions} sessions", f"{found.per_session * 1000:.2f} ms a session")
    ratio = found.occurrences / found.dateutil
    beside = f"{found.occurrences / 1000:.0f} k a second; {ratio:.2f} x"
    yield Row("weekly slots, beside dateutil's naive times", beside)
    yield Row(f"{CROWD} people in pairs", f"{found.pairs * 1000:.0f} ms", "at most 300")


def pass_times(quick: bool) -> Iterator[Row]:
    """Tell what the first pass and one with nothing to do take, and how that grows."""
    costs = []
    yield Row("passes over all teams, with the local backends")
    for teams, sessions in QUICK if quick else FULL:
        found = cost(teams, sessions)
        costs.append(found)
        yield from _of_a_size(found)
    alike = [one for one in costs if one.sessions == costs[0].sessions]
    for fewer, more in pairwise(alike):
        grown = more.usual / fewer.usual
        yield Row(f"from {fewer.teams:,} to {more.teams:,} teams it takes", f"{grown:.1f} x as long")


def _of_a_size(found: Cost) -> Iterator[Row]:
    size, limit = f"{found.teams:,} teams of {found.sessions}", ""
    if found.sessions == 100:
        limit = f"at most {MOST_PER_SESSION}"
    first = found.first * 1000 / (found.teams * found.sessions)
    yield Row(f"{size}: everything planned and written", f"{found.first:.2f} s {first:7.3f} ms a session")
    yield Row(f"{size}: nothing to do", f"{found.usual:.2f} s {found.per_session:7.3f} ms a session", limit)
    yield Row(f"{size}: peak memory; written", f"{found.kilobytes / 1024:.0f} MB; {found.written} bytes")


def foreign() -> Iterator[Row]:
    """Tell what a calendar file costs that is full of others' events."""
    found = foreign_cost()
    yield Row(f"a calendar file with {EVENTS:,} events of others, processor time")
    yield Row(
        "a look at it; a look, and a changed topic",
        f"{found.look * 1000:.0f} ms; {found.topic * 1000:.0f} ms",
        "at most 300",
    )


def chasing() -> Iterator[Row]:
    """Tell what it takes to follow open action items, and how that grows."""
    yield Row("following open action items: a pass that finds nothing new")
    few, many = (chase_cost(items) for items in (1_000, 10_000))
    for one in (few, many):
        yield Row(f"{one.items:,} items", f"{one.usual * 1000:.0f} ms {one.per_item:7.1f} µs an item")
        parts = f"{one.updated * 1e6 / one.items:.1f}; {one.chased * 1e6 / one.items:.1f} µs an item"
        yield Row(f"{one.items:,} items: what became of them; what is to be said", parts)
        yield Row(f"{one.items:,} items: outcomes of them", f"{one.outcomes * 1e6 / one.items:.1f} µs an item")
        yield Row(f"{one.items:,} items: at first sight, all of it written down", f"{one.first * 1000:.0f} ms")
    yield Row("from 1,000 to 10,000 items it takes", f"{many.usual / few.usual:.1f} x as long", "at most 15 x")


def deliveries(quick: bool) -> Iterator[Row]:
    """Tell what a day's digests cost, and how that grows with teams of different people."""
    yield Row("delivering: teams of three people who are in no other one, processor time")
    sizes = (50, 200) if quick else (100, 1000)
    few, many = map(digests_cost, sizes)
    for one in (few, many):
        figure = f"{one.each:.2f} ms a digest {one.nothing * 1000:7.1f} ms of none"
        yield Row(f"{one.teams:,} teams, {one.digests:,} digests", figure, "at most 2 ms")
    yield Row(f"from {sizes[0]:,} to {sizes[1]:,} teams a digest takes", f"{many.each / few.each:.2f} x as long")


def lacking() -> Iterator[Row]:
    """Tell what needs cost a pass."""
    found = needs_cost()
    yield Row(f"{found.needs:,} needs, in pages of a folder and an export")
    yield Row("a pass at first sight of them", f"{found.first * 1000:.0f} ms")
    yield Row("nothing changed; without any", f"{found.usual * 1000:.0f} ms; {found.without * 1000:.0f} ms")
    yield Row("so it takes, for them", f"{found.ratio:.2f} x as long")
    yield Row("nothing changed: their files opened; what was written", f"{found.opened}; {found.written}", "0; 0")


def web() -> Iterator[Row]:
    """Tell what the web page bears."""
    found = web_cost()
    yield Row(f"the web page of one of {TEAMS} teams, read by {READERS} at once")
    for name, load in (("alone", found.alone), ("beside passes over all teams", found.beside)):
        yield Row(name, f"{load.a_second:.0f} a second, p99 {load.p99 * 1000:.0f} ms; {load.failed} failed", "0 failed")
    yield Row("peak memory", f"{found.kilobytes / 1024:.0f} MB")


def starting(quick: bool) -> Iterator[Row]:
    """Tell how a daemon of one team starts, with its web page and without."""
    found = starts(3 if quick else 9)
    yield Row("a daemon of the example team, from nothing to the end of its first pass: after, processor, peak memory")
    for name, one in (("with the web page", found.with_page), ("without it", found.without)):
        yield Row(name, f"{one.first_pass:.2f} s, {one.processor:.2f} s, {one.kilobytes / 1024:.0f} MB")
    yield Row("/readyz says that it is ready", f"{found.with_page.ready or 0:.2f} s")


def enduring(quick: bool) -> Iterator[Row]:
    """Tell what a daemon has in use after days, of which some hours stand for all in a rough look."""
    found = endurance(12, 4) if quick else endurance()
    yield Row("a daemon for days: its web page read, its file edited, its wiki failing now and then")
    yield Row("passes; of which something failed; pages read", f"{found.passes}; {found.failed}; {found.read}")
    more = found.megabytes[1] - found.megabytes[0], found.files[1] - found.files[0]
    limit = f"{MOST_MEGABYTES:.0f} MB; {MOST_FILES}"
    yield Row("more in use in the end than once it was warm", f"{more[0]:.1f} MB; {more[1]} files", limit)


def mails() -> Iterator[Row]:
    """Tell how many mails people get."""
    found = trial()
    yield Row(f"mails a person and week, in {WEEKS} weeks of a team of six with two sessions a week")
    yield Row("all", f"{found.a_week:.2f}", f"at most {MOST_A_WEEK:.1f}")
    for heading, number in found.by_heading().items():
        yield Row(f"with “{heading}” in it", f"{number:.2f}")


def google() -> Iterator[Row]:
    """Tell what passes ask of Google Calendar."""
    yield Row("what a pass asks of Google Calendar: round trips, units of quota")
    for one in asked_of_google():
        yield Row(one.name, f"{one.round_trips}, {one.quota_units:2}", one.limit)


def confluence() -> Iterator[Row]:
    """Tell what passes ask of Confluence."""
    yield Row("what a pass asks of Confluence: requests on Cloud, on Data Center")
    for one in asked_of_confluence():
        yield Row(one.name, f"{one.cloud}, {one.data_center:2}", one.limit)
    yield Row("how many rounds of requests come one after the other, on Cloud, on Data Center")
    for one in rounds_of_confluence():
        yield Row(one.name, f"{one.cloud}, {one.data_center:2}", one.limit)


def readers() -> Iterator[Row]:
    """Tell how what the readers take grows with what people write, of whatever is worst for each."""
    yield Row("readers of people's words: for so much, twice, four times as much of the worst")
    for one in growths():
        taken = ", ".join(f"{seconds * 1000:.0f}" for seconds in one.seconds)
        yield Row(one.reader, f"{taken} ms; {one.ratio:.1f} x", "about 4 x")


def fuzzing(quick: bool) -> Iterator[Row]:
    """Tell whether random words make a reader slow, or fail."""
    yield Row("readers of people's words: random ones")
    for one in tried(1 if quick else 5):
        yield Row(one.reader, f"{one.texts:,} texts, at most {one.slowest * 1000:.0f} ms", one.failed)


def fairness(quick: bool) -> Iterator[Row]:
    """Tell how fair the rotation is; the seeds are fixed."""
    afresh, announced, three = (range(40), range(20), range(5)) if quick else (range(400), range(200), range(40))
    yield Row(f"fairness over {len(afresh)}, {len(announced)} and {len(three)} team-years")
    for figure in (*afresh_figures(afresh), *announced_figures(announced), *three_role_figures(three)):
        limit = "" if figure.limit is None else f"at most {figure.limit:.2f}"
        yield Row(figure.name, f"{figure.value:.3f}", limit)


def source() -> Iterator[Row]:
    """Tell how much there is to read."""
    yield Row("source, lines of Python that are not blank")
    for folder in ("config", "daemon", "integrations", "tests"):
        files = list(Path(folder).rglob("*.py"))
        lines = sum(bool(line.strip()) for file in files for line in file.read_text().splitlines())
        yield Row(f"{folder}/", f"{lines:,} in {len(files)} files")


def main() -> None:
    """Print the table, a section as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print what peerloop costs.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer runs: half a minute")
    quick = parser.parse_args().quick
    start = perf_counter()
    times = (machine(), process_times(quick), planning(), pass_times(quick))
    kinds = (
        foreign(),
        chasing(),
        lacking(),
        web(),
        starting(quick),
        enduring(quick),
        mails(),
        deliveries(quick),
        readers(),
        fuzzing(quick),
        google(),
        confluence(),
    )
    for row in chain(*times, *kinds, fairness(quick), source()):
        print(row, flush=True)
    print(f"\nmeasured in {perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
