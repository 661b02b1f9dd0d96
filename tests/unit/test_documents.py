"""What the documents say is there: every path, every link, every name of the code that they mention."""

import ast
import re
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "daemon", "integrations", "tests")
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (".", "config", "daemon", "deploy", "integrations", "tests")
    for path in (ROOT.glob("*.md") if folder == "." else (ROOT / folder).rglob("*.md"))
    if path.name.isupper() or path.name == "README.md" or path.stem.isupper()
)
ELSEWHERE = (
    *("peerloop-data/", "./peerloop-data/", "calendar/", "wiki/", "outbox/", "home.md"),
    *("teams/", "templates/", "platform.yaml", "peerloop.yaml", "/"),
    *("integrations/pinboard/", "shared/", "secrets/", "PEERLOOP_TEST_", "peerloop_", "dist/", ".github/"),
)
"""How tokens begin that are on no checkout: what a running peerloop makes, what people write, examples, variables,
and the daemon's figures, of which `test_deploy.py` knows more."""
THEIRS = frozenset({"pg_dump", "pg_restore", "pg_isready", "MemoryMax", "HTTPS_PROXY", "NO_PROXY"})
"""What other programs are called, and understand."""
PATH = re.compile(r"[\w./*-]+/[\w./*-]*|[\w-]+\.(?:py|md|toml|txt|service)")
NAME = re.compile(r"[a-z]\w*_\w+|[A-Z]+(?:_[A-Z]+)+|(?:[A-Z][a-z]+){2,}|[a-z_]+\([^)]*\)")
"""A token that can only be a name of the code: snake_case, UPPER_CASE, CamelCase, or a call."""


def prose(document: str) -> str:
    """Return a document without its examples."""
    return re.sub(r"^( *)```.*?^\1```", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.S | re.M)


def tokens(document: str) -> list[str]:
    """Return what a document sets in the letters of code."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def places(path: str, document: str) -> list[Path]:
    """Return what a path may mean: from the project's root or the document's folder, or by its last part anywhere."""
    starts = (ROOT, (ROOT / document).parent)
    found = [file for start in starts for file in start.glob(path.rstrip("/"))]
    return found or [file for package in PACKAGES for file in (ROOT / package).rglob(path) if "/" not in path]


def is_elsewhere(token: str) -> bool:
    """Whether a token names what is on no checkout."""
    return token.startswith(ELSEWHERE) or token in THEIRS or token in available_timezones() or "@" in token


@cache
def names(file: Path | None = None) -> frozenset[str]:
    """Return all names that a file, or all of the code, defines, takes or says."""
    files = [file] if file else [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for attribute in ("name", "id", "attr", "arg", "value"):
                said = getattr(node, attribute, None)
                found |= {said} if isinstance(said, str) else set()
    return frozenset(found)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", prose(document))
    own = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in own if not ((ROOT / document).parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_exists(document: str) -> None:
    paths = [token.partition(":")[0] for token in tokens(document) if PATH.fullmatch(token.partition(":")[0])]
    assert [path for path in paths if not is_elsewhere(path) and not places(path, document)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_of_the_code_exists(document: str) -> None:
    known, missing = names() | {*re.findall(r"\w+", (ROOT / "Makefile").read_text(encoding="utf-8"))}, []
    for token in (one for one in tokens(document) if not is_elsewhere(one)):
        path, _, name = token.partition(":")
        if name and path.endswith(".py"):
            missing += [] if any(name in names(file) for file in places(path, document)) else [token]
        elif NAME.fullmatch(token):
            missing += [] if token.partition("(")[0] in known else [token]
    assert missing == []


def test_the_picture_shows_every_room() -> None:
    picture = (
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## The house")[2].partition("| room |")[0]
    )
    rooms = [path for path in (ROOT / "daemon").iterdir() if not path.name.startswith("_") and path.suffix != ".md"]
    shown = {room.name if room.suffix else f"{room.name}/" for room in rooms}
    assert shown and {room for room in shown if room not in picture} == set()
