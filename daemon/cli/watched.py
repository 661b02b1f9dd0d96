"""Which files a daemon watches: those that people write by hand, and that passes read."""

import glob
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from config.connection import Connection
from config.ordinary import led_to
from config.team_file import TeamFile
from daemon.cli.patterns import folders_by
from daemon.cli.setting import Setting
from daemon.serve.questions import Questions
from daemon.serve.team_files import Reading

BY_HAND = ("*.yaml", "*.yml", "*.md", "..data")
"""Team files, their templates, and what Kubernetes swaps when a ConfigMap changes."""


def watched(setting: Setting, reading: Reading, teams: Collection[str]) -> Iterator[Path]:
    """Yield team files, templates, and what the connections and the team files name; a path's name may be a pattern."""
    served = [file.path for file in reading.files]  # whose folder may be away for a while
    written_in = {*_folders_of([*setting.paths(), *served], setting.questions), *_templates_in(reading.files)}
    for folder in {*written_in, *(() if setting.files else _searched(setting))}:
        yield from (folder / name for name in BY_HAND)
    for file in reading.files:
        yield from _beside(file)
    yield from _of_connections(setting, teams)


def _folders_of(paths: Sequence[Path], questions: Questions) -> Iterator[Path]:
    """Yield the folders of files, where links lead too."""
    for folder in {path.parent for path in paths}:
        yield from (folder, questions.ask(led_to, folder, otherwise=folder))
    yield from (one for path in paths if (one := questions.ask(_linked_folder, path, otherwise=None)))


def _linked_folder(path: Path) -> Path | None:
    return led_to(path).parent if os.path.islink(path) else None  # noqa: PTH114 - Path's raises where it may not look


def _templates_in(files: Iterable[TeamFile]) -> Iterator[Path]:
    """Yield the folders of the templates that team files name."""
    for file in files:
        yield from ((file.folder / form.template).parent for form in file.team.formats if form.template)


def _beside(file: TeamFile) -> Iterator[Path]:
    """Yield the exports and the file of dates that a team's file names."""
    yield from (file.folder / source.file for source in file.team.needs if source.file)
    if file.team.outcomes and file.team.outcomes.file:
        yield file.folder / file.team.outcomes.file


def _searched(setting: Setting) -> Iterator[Path]:
    """Yield the folders in which a new team file would be found."""
    for folder in (str(Path(pattern).parent) for pattern in setting.operator.teams):
        if glob.has_magic(folder):
            yield from folders_by(folder, setting.questions)
        else:
            yield Path(folder)


def _of_connections(setting: Setting, teams: Collection[str]) -> Iterator[Path]:
    """Yield what the connections name."""

    def named_by(connection: Connection) -> list[Path]:
        return [*connection.watched(Path(setting.operator.data), teams)]

    for name, one in setting.operator.connections.items():
        yield from setting.questions.ask_anywhere(f"the connection {name}", name, partial(named_by, one), ())
