"""What patterns find: where a file system may be silent, each folder is asked by itself, so that it hides no other."""

import glob
from collections.abc import Collection
from functools import partial
from pathlib import Path

from config.found import ANY_FOLDERS, found
from config.operator import team_files_of
from daemon.serve.questions import Questions


def team_files_by(pattern: str, questions: Questions) -> Collection[Path]:
    """Return the team files that a pattern finds, as far as that is known."""
    folders, rest = opened_by(pattern) if questions.are_any_served() else (pattern, "")
    if not rest:
        return questions.ask_anywhere(f"what {pattern} finds", pattern, partial(team_files_of, pattern), ())
    told = (questions.ask(_team_files_in, folder, rest, otherwise=()) for folder in folders_by(folders, questions))
    return [path for found in told for path in found]


def folders_by(pattern: str, questions: Questions) -> list[Path]:
    """Return the folders that a pattern finds, and what else it does, as far as that is known."""
    listed = partial(_listed, pattern)
    return [*map(Path, questions.ask_anywhere(f"what {pattern} finds", pattern, listed, ()))]


def opened_by(pattern: str) -> tuple[str, str]:
    """Return what of a pattern finds folders by their names, and what is looked for in each; nothing for ``**``."""
    parts = Path(pattern).parts
    first = next((number for number, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    is_one = first < len(parts) - 1 and ANY_FOLDERS not in parts
    return (str(Path(*parts[: first + 1])), str(Path(*parts[first + 1 :]))) if is_one else (pattern, "")


def _listed(pattern: str) -> list[str]:
    return [*found(pattern)]


def _team_files_in(folder: Path, pattern: str) -> Collection[Path]:
    return team_files_of(str(Path(glob.escape(str(folder)), pattern)))
