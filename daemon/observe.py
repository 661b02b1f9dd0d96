"""Observe: look at the calendar and the pages of a team, and at what tells of its needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from config.team_file import TeamFile
from daemon.learn.nameless import Nameless
from daemon.learn.needs import latest_of, source_key
from daemon.ledger.settled import digest_of
from daemon.model import PORTS, Check, Observation, Observed, Write, Written
from daemon.model.memory import Memory
from daemon.model.needs import Gathered
from daemon.model.settled import NOTHING_SETTLED
from daemon.ports import PortError, Shelf, Sources, Wiki


@dataclass(frozen=True, slots=True)
class Discreet:
    """A wiki of which nobody hears who wants to know something."""

    wiki: Wiki
    nameless: Nameless

    def check_up(self) -> Iterator[Check]:
        """Look whether it can do what is needed."""
        return self.wiki.check_up()

    def observe(self, cursor: str | None, known: Sequence[Observed] = (), /) -> Observation:
        """Return what has changed."""
        shown = self.wiki.observe(cursor, known)
        return replace(shown, seen=tuple(map(self.nameless.observed, shown.seen)))

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Create and change pages."""
        done = self.wiki.write(writes)
        return [replace(one, observed=one.observed and self.nameless.observed(one.observed)) for one in done]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ports showed, by their names; one that could not be read is left out, with what it said."""

    shown: Mapping[str, Observation]
    errors: tuple[str, ...] = ()


def observe(
    shelves: Mapping[str, Shelf], memory: Memory, recall: Callable[[], Memory], restore: bool = False
) -> tuple[Memory, Seen]:
    """Look at each port, and return what is known before and what they showed.

    Where one shows something else of a settled session than it did, all that is known of the team is recalled. To
    ``restore`` what was deleted, each is looked at from its beginning.
    """
    seen = _look(shelves, {} if restore else memory.cursors, memory)
    if memory.settled is NOTHING_SETTLED:
        return memory, seen
    settled = {port: [one for one in shown.seen if one.key not in memory.records] for port, shown in seen.shown.items()}
    if any(not _shows_no_news(settled[port], port, shown, memory) for port, shown in seen.shown.items()):
        memory = recall()
        return memory, _look(shelves, memory.cursors, memory)
    recent = {
        port: replace(shown, seen=tuple(one for one in shown.seen if one.key in memory.records))
        for port, shown in seen.shown.items()
    }
    return memory, replace(seen, shown=recent)


def _look(shelves: Mapping[str, Shelf], cursors: Mapping[str, str], memory: Memory) -> Seen:
    """Look at each port from where its cursor stands, and tell it what was there before."""
    shown, errors = dict[str, Observation](), list[str]()
    for name, shelf in shelves.items():
        try:
            shown[name] = shelf.observe(cursors.get(name) or None, memory.shown(PORTS[name]))
        except PortError as error:
            errors.append(f"{name}: {error}")
    return Seen(shown, tuple(errors))


def _shows_no_news(settled: Sequence[Observed], port: str, shown: Observation, memory: Memory) -> bool:
    """Whether a port shows of settled sessions what it did, or nothing where it shows only what has changed."""
    return digest_of(settled) == memory.settled.shown.get(port) if shown.complete else not settled


@dataclass(frozen=True, slots=True)
class Lacking:
    """What the sources of needs showed anew, by their names; those that could not be read are left out."""

    shown: Mapping[str, Gathered]
    errors: tuple[str, ...] = ()


def gather(file: TeamFile, memory: Memory, sources: Sequence[Sources], nameless: Nameless) -> Lacking:
    """Ask each of the sources, which are those of a team's needs in their order, what there is since it was asked."""
    shown, errors = dict[str, Gathered](), list[str]()
    for source, port in zip(file.team.needs, sources, strict=True):
        known = memory.sources.get(key := source_key(source))
        try:
            found = port.gather(known.cursor if known else None)
        except PortError as error:
            errors.append(f"needs: {error}")
        else:
            shown |= {key: nameless.gathered(latest_of(source, found, file.team))} if found else {}
    return Lacking(shown, tuple(errors))
