"""Which file a team belongs to: no two are for one team, whatever they call it, and who has it keeps it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from config.faults import Fault
from config.team import Team
from config.team_file import TeamFile
from config.values import slug

Claim = tuple[str, str]
"""A name that a team has or had, or the key by which it is known; which of both is said first."""
NOBODY: Mapping[str, str] = MappingProxyType({})
"""The keys of known teams by their names, where nobody knows of any."""
AT_ONCE = "two teams cannot swap names at once: give one of them a third name, and take out of was what is to be free"


def claims_of(file: TeamFile, known: Mapping[str, str] = NOBODY) -> frozenset[Claim]:
    """Return what no other file may ask for: all names of its team, and the keys that they stand for.

    ``known`` are the keys of known teams by their names.
    """
    names = _names(file)
    keys = {known[name] for name in names if name in known} or {key_of(file)}
    return frozenset([*(("name", name) for name in names), *(("key", key) for key in keys)])


def key_of(file: TeamFile) -> str:
    """Return the key that a file's team gets where nobody knows of it, by the first name that it had."""
    return slug(_names(file)[-1])


def _names(file: TeamFile) -> tuple[str, ...]:
    return file.team.team, *file.team.was


def successors(
    files: Iterable[TeamFile], gone: Iterable[TeamFile], known: Mapping[str, str] = NOBODY
) -> Mapping[Path, Path]:
    """Return which of those that have ``gone`` are carried on by which files: such as ask for their teams and say the
    same, but for what a team is called; of several, one that says its very words."""
    had = {claim: file for file in gone for claim in claims_of(file, known)}
    asked = [(had[claim], file) for file in files for claim in claims_of(file, known) if claim in had]
    alike = [pair for pair in asked if _but_for_names(pair[0]) == _but_for_names(pair[1])]
    return {one.path: file.path for one, file in sorted(alike, key=lambda pair: pair[0].text == pair[1].text)}


def _but_for_names(file: TeamFile) -> Team:
    return file.team.model_copy(update={"team": "", "was": ()})


def told_twice(
    files: Sequence[TeamFile],
    served: Sequence[TeamFile] = (),
    known: Mapping[str, str] = NOBODY,
    gone: Collection[Path] = (),
) -> list[Fault]:
    """Return the faults of files that ask for what another one has: they would undo each other's work.

    What several ask for has the one by which it is ``served``, where that asks for it still; else the first. A file
    that is refused goes on as it is served, and so do those of ``served`` that are not among the ``files``. Nothing is
    wrong with those that are ``gone``.
    """
    before, told = {file.path: file for file in served}, {file.path: file for file in files}
    untold = {path: file for path, file in before.items() if path not in told}
    asked, refused = untold | told, dict[Path, _Lost]()
    if _are_apart(asked.values(), known):
        return []
    had = {claim: file.path for file in reversed(served) for claim in claims_of(file, known)}
    while found := _losers([*asked.values()], had, known):
        for path in found:
            if path in before and asked[path] is not before[path]:
                asked[path] = before[path]
            else:
                del asked[path]
        refused = found | refused
    return [lost.fault(gone, refused) for path, lost in refused.items() if path not in gone]


def asks_for_more(file: TeamFile, served: TeamFile | None) -> bool:
    """Whether a file is served, and asks for a name beside those by which it is."""
    return served is not None and served is not file and not {*_names(file)} <= {*_names(served)}


def _are_apart(files: Iterable[TeamFile], known: Mapping[str, str]) -> bool:
    """Whether no two ask for the same: nearly always, and of thousands that is to be known at once."""
    claims = [claim for file in files for claim in claims_of(file, known)]
    return len(claims) == len({*claims})


@dataclass(frozen=True, slots=True)
class _Lost:
    """A file that asks for what another one has."""

    file: TeamFile
    other: TeamFile
    what: frozenset[Claim]

    def fault(self, gone: Collection[Path], refused: Mapping[Path, "_Lost"]) -> Fault:
        return Fault(str(self.file.path), 1, 1, self._why(self.other.path in gone, refused.get(self.other.path)))

    def _why(self, is_away: bool, turned: "_Lost | None") -> str:
        """Say it; ``turned`` is what the other one asks for in vain itself."""
        name = next((name for name in _names(self.file) if ("name", name) in self.what), None)
        if name is None:
            return self._alike()
        its = f"the team of {self.other.path}"
        if is_away:
            return f"{name} was {its}, which has gone; once that is away for ten minutes, this file has the team"
        is_swapped = turned is not None and turned.other.path == self.file.path
        return f"{name} is {its} already; {AT_ONCE if is_swapped else 'give one of them another name'}"

    def _alike(self) -> str:
        """Say that of names that differ; a key may be left from one that neither has any more."""
        key = min(key for _, key in self.what)
        mine, its = (_names(one)[-1] for one in (self.file, self.other))
        if slug(mine) == slug(its) == key:
            why = ", which goes by a to z and 0 to 9"
        else:
            mine, its, why = self.file.team.team, self.other.team.team, ""
        alike = f"{mine} and {its}, the team of {self.other.path}, are both “{key}” to peerloop"
        return f"{alike}{why}; give one of them another name"


def _losers(files: Sequence[TeamFile], had: Mapping[Claim, Path], known: Mapping[str, str]) -> dict[Path, _Lost]:
    """Return whom one beats that had before what both ask for; where there is none, whom one beats that comes first."""
    claims = {file.path: claims_of(file, known) for file in files}
    holders = {claim: file for file in files for claim in claims[file.path] if had.get(claim) == file.path}
    found = {file.path: lost for file in files if (lost := _lost(file, claims[file.path], holders))}
    for file in () if found else files:
        if lost := _lost(file, claims[file.path], holders):
            found[file.path] = lost
        else:
            holders |= dict.fromkeys(claims[file.path], file)
    return found


def _lost(file: TeamFile, claims: frozenset[Claim], holders: Mapping[Claim, TeamFile]) -> _Lost | None:
    held = {claim: other for claim in claims if (other := holders.get(claim, file)) is not file}
    if not held:
        return None
    other = held[min(held, key=lambda claim: (claim[0] != "name", claim))]
    return _Lost(file, other, frozenset(claim for claim in held if held[claim] is other))


def of_another(file: TeamFile, known: Mapping[str, str], before: Callable[[], TeamFile | None]) -> Fault | None:
    """Return what is wrong with a file for a new team that would have the key of another one, given the keys by names.

    The same file may give its team a name that differs in signs alone: ``before`` tells what it said when it was good.
    """
    if not known.keys().isdisjoint(_names(file)):
        return None  # and of two files that know one name only one is served
    key = key_of(file)
    other = next((name for name, its in known.items() if its == key), None)
    if other is None or ((was := before()) and key_of(was) == key):
        return None
    alike = f"{_names(file)[-1]} and {other}, a team that there is or was, are both “{key}” to peerloop"
    advice = f"if it is that team, add was: [{other}]; else give it a name that is another one in a to z and 0 to 9"
    return Fault(str(file.path), 1, 1, f"{alike}; {advice}")
