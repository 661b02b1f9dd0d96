"""The command line: the face for people and scripts, and the root where backends are put in."""

from daemon.cli.commands import main

__all__ = ["main"]
