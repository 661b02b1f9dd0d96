"""`peerloop init`: a team's file to start from, empty or with what other tools' files say."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from daemon.cli.setting import FAILED, complain, fail, options


@click.command()
@options(
    click.argument("file", type=click.Path(path_type=Path), default=Path("team.yaml")),
    click.option(
        "--from",
        "sources",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        multiple=True,
        metavar="FILE",
        help="Begin with what another tool's file says; may be given several times.",
    ),
)
def init(file: Path, sources: Sequence[Path]) -> None:
    """Write a commented team file to start from.

    From a calendar (.ics), a file of yaml2ics or yaml2ical, or a CSV of people it takes what has a place in a team's
    file; all that has none is said, and stands as comments at the end.

    \b
    Example: peerloop init team.yaml
             peerloop init team.yaml --from meetings.ics --from people.csv
    """
    import config

    text, left = (
        _imported(sources) if sources else (Path(config.__file__).with_name("starter.yaml").read_text("utf-8"), [])
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        fail(f"{file} is there already, and stays as it is; name another file")
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}", FAILED)
    for one in left:
        complain(f"not taken: {one}")
    next_step = (
        f"Look at it, then: peerloop check {file}" if sources else f"Put your team into it, then: peerloop plan {file}"
    )
    click.echo(f"{file} written. {next_step}")


def _imported(sources: Sequence[Path]) -> tuple[str, list[str]]:
    """Return a team's file that says what files of other tools do, and what of them could not be taken."""
    from daemon.cli.found import Found
    from daemon.cli.importing import Unreadable, read

    found = Found()
    try:
        for source in sources:
            read(source, found, datetime.now().astimezone().date())
    except Unreadable as error:
        fail(str(error))
    return found.text(sources), found.left
