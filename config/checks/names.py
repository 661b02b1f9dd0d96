"""Checks that a name means one thing: two must not share one, nor take over an earlier one of another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from config.draft import Draft
from config.faults import Problem
from config.formats import formats_of
from config.team import Team
from config.values import shown, slug
from config.yaml12 import Path


@dataclass(frozen=True, slots=True)
class _Named:
    """Something with a name, which stands under ``key`` at ``path``, and the names it had."""

    path: Path
    key: str
    name: str
    was: tuple[str, ...] = ()


def check_names(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield names that are there twice, and earlier names that are somebody else's."""
    team = draft.model
    members = [_Named(("members", n), "email", each.email, each.was) for n, each in enumerate(team.members)]
    series = [_Named(("series", n), "name", each.name, each.was) for n, each in enumerate(team.series)]
    topics = [_Named(("topics", n), "title", each.title, each.was) for n, each in enumerate(team.topics)]
    formats = [_Named(("formats", n), "name", each.name) for n, each in enumerate(team.formats)]
    for kind, things, identity in (
        ("team", [_Named((), "team", team.team, team.was)], str.casefold),
        ("member", members, str.casefold),
        ("series", series, slug),
        ("topic", topics, str.casefold),
        ("format", formats, slug),
    ):
        yield from _shared(draft, kind, things, identity)
        yield from _taken_over(draft, kind, things, identity)


def known_roles(draft: Draft[Team]) -> list[str]:
    """Return the roles of all formats, those of formats that are partly wrong too."""
    known = [role for each in formats_of(draft.model).values() for role in each.roles]
    return list(dict.fromkeys([*known, *draft.declared("formats", "roles")]))


def item(draft: Draft[Team], path: Path, index: int) -> Path:
    """Return the path of one of several values, which is that of them all where a single one was written."""
    return (*path, index) if draft.has_list(path) else path


def _shared(
    draft: Draft[Team], kind: str, things: Sequence[_Named], identity: Callable[[str], str]
) -> Iterator[Problem]:
    owners: dict[str, _Named] = {}
    for thing in things:
        path = (*thing.path, thing.key)
        if not draft.shows(path):
            continue
        other = owners.setdefault(identity(thing.name), thing)
        if other is not thing and other.name.casefold() == thing.name.casefold():
            yield Problem(path, f"the {kind} {shown(thing.name)} is there twice; delete one of the two, or rename it")
        elif other is not thing:
            yield Problem(
                path, f"{shown(thing.name)} is {shown(other.name)} in a to z and 0 to 9; give it another name"
            )


def _is_spelled_alike(draft: Draft[Team], one: Path, other: Path) -> bool:
    """Return whether the file has the same at two paths: an address in another case may well be an earlier one."""
    return draft.written(one) == draft.written(other)


def _taken_over(
    draft: Draft[Team], kind: str, things: Sequence[_Named], identity: Callable[[str], str]
) -> Iterator[Problem]:
    owners = {identity(thing.name): thing for thing in things}
    earlier: dict[str, _Named] = {}
    for thing in things:
        for index, old in enumerate(thing.was):
            path = item(draft, (*thing.path, "was"), index)
            owner = owners.get(identity(old))
            other = earlier.setdefault(identity(old), thing)
            if old == thing.name and _is_spelled_alike(draft, path, (*thing.path, thing.key)):
                yield Problem(
                    path, f"{shown(old)} is what this {kind} is called today; under was belong its earlier names only"
                )
            elif owner not in (None, thing):
                yield Problem(
                    path, f"{shown(old)} is another {kind} today, so this one cannot have been it; correct was"
                )
            elif other is not thing:
                yield Problem(
                    path, f"{shown(old)} is an earlier name of {shown(other.name)} too; delete one of the two"
                )
