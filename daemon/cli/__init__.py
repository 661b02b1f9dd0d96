"""The command line: the face for people and scripts, and the root where backends are put in."""

import gc

__all__ = ["main"]
LOOKED_THROUGH_EVERY = 10_000
"""So many new objects are looked through for cycles at once: with Python's 700, a tenth of a start is spent on it."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(LOOKED_THROUGH_EVERY)
    from daemon.cli import commands

    commands.main()
