"""Which files a daemon watches: those that people write by hand, and that passes read."""

import glob
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from config.found import found
from config.operator import Operator
from config.ordinary import led_to
from config.team_file import TeamFile
from daemon.serve.team_files import Reading

BY_HAND = ("*.yaml", "*.yml", "*.md", "..data")
"""Team files, their templates, and what Kubernetes swaps when a ConfigMap changes."""


def watched(operator: Operator, named: Sequence[Path], reading: Reading, teams: Collection[str]) -> Iterator[Path]:
    """Yield team files, templates, and what the connections and the team files name.

    The team files are those that were ``named``, else those that the operator's file finds. A path's name may be a
    pattern.
    """
    served = [file.path for file in reading.files]  # whose folder may be away for a while
    written_in = {*_folders_of([*(named or operator.team_files()), *served]), *_templates_in(reading.files)}
    for folder in {*written_in, *(() if named else _searched(operator))}:
        yield from (folder / name for name in BY_HAND)
    for file in reading.files:
        yield from _beside(file)
    for connection in operator.connections.values():
        yield from connection.watched(Path(operator.data), teams)


def _folders_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders of files, where links lead too."""
    for folder in {path.parent for path in paths}:
        yield from (folder, led_to(folder))
    yield from (led_to(path).parent for path in paths if os.path.islink(path))  # noqa: PTH114 - Path's raises where it may not look


def _templates_in(files: Iterable[TeamFile]) -> Iterator[Path]:
    """Yield the folders of the templates that team files name."""
    for file in files:
        yield from ((file.folder / form.template).parent for form in file.team.formats if form.template)


def _beside(file: TeamFile) -> Iterator[Path]:
    """Yield the exports and the file of dates that a team's file names."""
    yield from (file.folder / source.file for source in file.team.needs if source.file)
    if file.team.outcomes and file.team.outcomes.file:
        yield file.folder / file.team.outcomes.file


def _searched(operator: Operator) -> Iterator[Path]:
    """Yield the folders in which a new team file would be found."""
    for folder in (str(Path(pattern).parent) for pattern in operator.teams):
        yield from map(Path, found(folder) if glob.has_magic(folder) else [folder])
