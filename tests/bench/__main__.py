"""What peerloop costs on this machine, as one table: ``python -m tests.bench``, or ``--quick`` for a rough one.

It exits with 1 where a figure is beyond the limit that stands beside it. Times are to be judged on an idle machine.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path

from tests.bench import together as workers
from tests.bench.chase import chase_cost
from tests.bench.confluence import asked_of_confluence, rounds_of_confluence
from tests.bench.deliver import digests_cost
from tests.bench.endurance import MOST_FILES, MOST_MEGABYTES, endurance
from tests.bench.fairness import afresh_figures, announced_figures, three_role_figures
from tests.bench.foreign import EVENTS, foreign_cost
from tests.bench.fuzz import tried
from tests.bench.google import asked_of_google
from tests.bench.history import MOST, WHAT, history_costs
from tests.bench.needs import needs_cost
from tests.bench.passes import Cost, cost
from tests.bench.planning import CROWD, planning_cost
from tests.bench.processes import LIMITS, processes
from tests.bench.readers import growths
from tests.bench.starting import starts
from tests.bench.table import Row, counted, held, printed
from tests.bench.together import together
from tests.bench.web import READERS, TEAMS, web_cost
from tests.postgresql import server_is_installed
from tests.scenarios.trial import MOST_A_WEEK, WEEKS, trial

MOST_PER_SESSION = 0.3  # milliseconds of a pass with nothing to do


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
    for one in processes(3 if quick else 7):
        figure = f"{one.shortest * 1000:.0f} ms {one.usual * 1000:6.0f} ms {one.ratio:6.1f} x"
        most = LIMITS.get(one.name)
        yield held(one.name, figure, one.ratio, most, " x") if most else Row(one.name, figure)


def planning() -> Iterator[Row]:
    """Tell what planning alone takes, without a ledger, a calendar or a wiki."""
    found = planning_cost()
    yield Row("planning")
    yield Row(f"the example team's year, {found.sessions} sessions", f"{found.per_session * 1000:.2f} ms a session")
    ratio = found.occurrences / found.dateutil
    beside = f"{found.occurrences / 1000:.0f} k a second; {ratio:.2f} x"
    yield Row("weekly slots, beside dateutil's naive times", beside)
    yield held(f"{CROWD} people in pairs", f"{found.pairs * 1000:.0f} ms", found.pairs * 1000, 300)


def pass_times(quick: bool) -> Iterator[Row]:
    """Tell what the first pass and one with nothing to do take, and how that grows with the number of teams."""
    yield Row("passes over all teams, of different people, with the local backends")
    yield from _of_a_size(cost(2 if quick else 10, 100))
    yield from _more_and_more((10, 30) if quick else (10, 100))


def thousand() -> Iterator[Row]:
    """Tell the same of a thousand teams."""
    yield Row("passes over a thousand teams of different people, with the local backends")
    yield from _more_and_more((100, 1000))


def _more_and_more(sizes: Sequence[int]) -> Iterator[Row]:
    costs = [cost(teams, 3) for teams in sizes]
    for found in costs:
        yield from _of_a_size(found)
    for fewer, more in pairwise(costs):
        yield _grown("teams", fewer.teams, more.teams, more.usual / fewer.usual)


def _of_a_size(found: Cost) -> Iterator[Row]:
    size = f"{found.teams:,} teams of {found.sessions} sessions"
    first = found.first * 1000 / (found.teams * found.sessions)
    yield Row(f"{size}: everything planned and written", f"{found.first:.2f} s {first:7.3f} ms a session")
    name, figure = f"{size}: nothing to do", f"{found.usual:.2f} s {found.per_session:7.3f} ms a session"
    is_held = found.sessions == 100
    yield held(name, figure, found.per_session, MOST_PER_SESSION) if is_held else Row(name, figure)
    yield Row(f"{size}: peak memory; written", f"{found.kilobytes / 1024:.0f} MB; {found.written} bytes")


def _grown(what: str, fewer: int, more: int, ratio: float) -> Row:
    """Return how much longer it takes of more; it may be half as much again as there are more of them."""
    name = f"from {fewer:,} to {more:,} {what} it takes"
    return held(name, f"{ratio:.1f} x as long", ratio, 1.5 * more / fewer, " x")


def members(quick: bool) -> Iterator[Row]:
    """Tell what a team costs that has many members."""
    yield Row("passes over one team of 12 sessions and many members")
    costs = {people: cost(1, 12, people) for people in ((5, 20) if quick else (5, 20, 60, 200))}
    for people, found in costs.items():
        figure = f"{found.first * 1000:.0f} ms; {found.usual * 1000:.1f} ms"
        yield Row(f"{people} members: everything planned; nothing to do", figure)
    for fewer, more in pairwise(costs):
        yield _grown("members", fewer, more, costs[more].first / costs[fewer].first)


def foreign() -> Iterator[Row]:
    """Tell what a calendar file costs that is full of others' events."""
    found = foreign_cost()
    yield Row(f"a calendar file with {EVENTS:,} events of others, processor time")
    figure = f"{found.look * 1000:.0f} ms; {found.topic * 1000:.0f} ms"
    yield held("a look at it; a look, and a changed topic", figure, found.topic * 1000, 300)


def history(quick: bool) -> Iterator[Row]:
    """Tell what passes cost a team that goes on for years, beside what they cost it after a quarter."""
    yield Row("a team of eight with a session a week, after years, with the local backends, processor time")
    first = None
    for name, one in history_costs((1,) if quick else (1, 3, 10)):
        first = first or one
        for what, found, before in zip(WHAT, one, first, strict=True):
            yield held(f"{name}: {what}", f"{found * 1000:.1f} ms {found / before:6.2f} x", found / before, MOST[what])


def chasing() -> Iterator[Row]:
    """Tell what it takes to follow open action items, and how that grows."""
    yield Row("following open action items: a pass that finds nothing new")
    few, many = (chase_cost(items) for items in (500, 5_000))
    for one in (few, many):
        yield Row(f"{one.items:,} items", f"{one.usual * 1000:.0f} ms {one.per_item:7.1f} µs an item")
        parts = f"{one.updated * 1e6 / one.items:.1f}; {one.chased * 1e6 / one.items:.1f} µs an item"
        yield Row(f"{one.items:,} items: what became of them; what is to be said", parts)
        yield Row(f"{one.items:,} items: outcomes of them", f"{one.outcomes * 1e6 / one.items:.1f} µs an item")
        yield Row(f"{one.items:,} items: at first sight, all of it written down", f"{one.first * 1000:.0f} ms")
    yield _grown("items", few.items, many.items, many.usual / few.usual)


def deliveries(quick: bool) -> Iterator[Row]:
    """Tell what a day's digests cost, and how that grows with teams of different people."""
    yield Row("delivering: teams of three people who are in no other one, processor time")
    sizes = (50, 200) if quick else (100, 1000)
    few, many = map(digests_cost, sizes)
    for one in (few, many):
        figure = f"{one.each:.2f} ms a digest {one.nothing * 1000:7.1f} ms of none"
        yield held(f"{one.teams:,} teams, {one.digests:,} digests", figure, one.each, 2, " ms")
    ratio = many.each / few.each
    yield held(f"from {sizes[0]:,} to {sizes[1]:,} teams a digest takes", f"{ratio:.2f} x as long", ratio, 1.5, " x")


def lacking() -> Iterator[Row]:
    """Tell what needs cost a pass."""
    found = needs_cost()
    yield Row(f"{found.needs:,} needs, in pages of a folder and an export")
    yield Row("a pass at first sight of them", f"{found.first * 1000:.0f} ms")
    yield Row("nothing changed; without any", f"{found.usual * 1000:.0f} ms; {found.without * 1000:.0f} ms")
    yield Row("so it takes, for them", f"{found.ratio:.2f} x as long")
    opened, written = found.opened, found.written
    yield held("nothing changed: files opened and bytes written", f"{opened}; {written}", opened + written, 0)


def web() -> Iterator[Row]:
    """Tell what the web page bears."""
    found = web_cost()
    yield Row(f"the web page of one of {TEAMS} teams, read by {READERS} at once")
    for name, load in (("alone", found.alone), ("beside passes over all teams", found.beside)):
        figure = f"{load.a_second:.0f} a second, p99 {load.p99 * 1000:.0f} ms; {load.failed} failed"
        yield held(name, figure, load.failed, 0, " failed")
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
    yield Row(
        "more in use in the end than once it was warm", f"{more[0]:.1f} MB; {more[1]} files", limit, not found.is_flat
    )


def enduring_together(quick: bool) -> Iterator[Row]:
    """Tell the same of a daemon whose passes workers make, on PostgreSQL; before a day is over they are not warm."""
    if quick or not server_is_installed():
        return
    found = together()
    yield Row("the same with two workers; one is killed, the wiki fails, PostgreSQL is restarted")
    yield Row("passes asked for; told of; restarts", f"{found.asked}; {found.told}; {found.restarts}")
    limit = f"{workers.MOST_MEGABYTES:.0f} MB; {workers.MOST_FILES}"
    for name, megabytes, files in zip(("daemon", "worker", "worker"), found.megabytes, found.files, strict=True):
        is_more = megabytes > workers.MOST_MEGABYTES or files > workers.MOST_FILES
        yield Row(
            f"more in use in the end than once it was warm: {name}",
            f"{megabytes:.1f} MB; {files} files",
            limit,
            is_more,
        )


def mails() -> Iterator[Row]:
    """Tell how many mails people get."""
    found = trial()
    yield Row(f"mails a person and week, in {WEEKS} weeks of a team of six with two sessions a week")
    yield held("all", f"{found.a_week:.2f}", found.a_week, MOST_A_WEEK)
    for heading, number in found.by_heading().items():
        yield Row(f"with “{heading}” in it", f"{number:.2f}")


def google() -> Iterator[Row]:
    """Tell what passes ask of Google Calendar."""
    yield Row("what a pass asks of Google Calendar: round trips, units of quota")
    for one in asked_of_google():
        yield counted(one.name, (one.round_trips, one.quota_units), one.limit)


def confluence() -> Iterator[Row]:
    """Tell what passes ask of Confluence."""
    yield Row("what a pass asks of Confluence: requests on Cloud, on Data Center")
    for one in asked_of_confluence():
        yield counted(one.name, (one.cloud, one.data_center), (one.limit, one.limit))
    yield Row("how many rounds of requests come one after the other, on Cloud, on Data Center")
    for one in rounds_of_confluence():
        yield counted(one.name, (one.cloud, one.data_center), (one.limit, one.limit))


def readers() -> Iterator[Row]:
    """Tell how what the readers take grows with what people write, of whatever is worst for each."""
    yield Row("readers of people's words: for so much, twice, four times as much of the worst")
    for one in growths():
        taken = ", ".join(f"{seconds * 1000:.0f}" for seconds in one.seconds)
        yield held(one.reader, f"{taken} ms; {one.ratio:.1f} x", one.ratio, 8, " x")


def fuzzing(quick: bool) -> Iterator[Row]:
    """Tell whether random words make a reader slow, or fail."""
    yield Row("readers of people's words: random ones")
    for one in tried(1 if quick else 3):
        figure = f"{one.texts:,} texts, at most {one.slowest * 1000:.0f} ms"
        yield Row(one.reader, figure, one.failed, bool(one.failed))


def fairness(quick: bool) -> Iterator[Row]:
    """Tell how fair the rotation is; the seeds are fixed, and ``tests.bench.fairness`` has more of them."""
    afresh, announced, three = (range(40), range(20), range(5)) if quick else (range(120), range(100), range(12))
    yield Row(f"fairness over {len(afresh)}, {len(announced)} and {len(three)} team-years")
    for figure in (*afresh_figures(afresh), *announced_figures(announced), *three_role_figures(three)):
        name, shown = figure.name, f"{figure.value:.3f}"
        yield Row(name, shown) if figure.limit is None else held(name, shown, figure.value, figure.limit)


def source() -> Iterator[Row]:
    """Tell how much there is to read."""
    yield Row("source, lines of Python that are not blank")
    for folder in ("config", "daemon", "integrations", "tests"):
        files = list(Path(folder).rglob("*.py"))
        lines = sum(bool(line.strip()) for file in files for line in file.read_text().splitlines())
        yield Row(f"{folder}/", f"{lines:,} in {len(files)} files")


def costs(quick: bool) -> Iterator[Row]:
    """Tell what peerloop costs: some minutes, or a rough look."""
    in_processes = (process_times(quick), starting(quick), members(quick), pass_times(quick), web())
    yield from chain(
        *in_processes,
        planning(),
        foreign(),
        history(quick),
        chasing(),
        lacking(),
        deliveries(quick),
        mails(),
        google(),
        confluence(),
        readers(),
        fuzzing(quick),
        fairness(quick),
        source(),
    )


def main() -> None:
    """Print the table, a section as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print what peerloop costs.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer runs: two minutes")
    parser.add_argument("--long", action="store_true", help="a thousand teams, and a daemon for three days, instead")
    told = parser.parse_args()
    long = chain(thousand(), enduring(told.quick), enduring_together(told.quick))
    rows = long if told.long else costs(told.quick)
    sys.exit(bool(printed(chain(machine(), rows))))


if __name__ == "__main__":
    main()
