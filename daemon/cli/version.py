"""Which peerloop this is: its version, and the commit that it was built of or that its checkout is at."""

from pathlib import Path

from daemon import __version__


def version() -> str:
    """Return it as ``0.1.0 (commit 1f0c2b7a9d3e)``; without the commit where nothing tells."""
    commit = _built_of() or _checked_out()
    return f"{__version__} (commit {commit})" if commit else __version__


def _package() -> Path:
    return Path(__file__).parents[1]


def _built_of() -> str:
    """Return what the build wrote down; a checkout has no such file."""
    try:
        return (_package() / "commit.txt").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _checked_out() -> str:
    """Return the commit that a checkout is at, read off Git's files: nothing is run for it."""
    git = _package().parent / ".git"
    try:
        if git.is_file():  # a worktree of another checkout
            git = (git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        return _resolved(git, head.removeprefix("ref: "))[:12] if head.startswith("ref: ") else head[:12]
    except OSError:
        return ""


def _resolved(git: Path, name: str) -> str:
    """Return the commit that a reference names, be it in a file of its own or among the packed ones."""
    common = git / "commondir"
    home = (git / common.read_text(encoding="utf-8").strip()).resolve() if common.exists() else git
    if (home / name).exists():
        return (home / name).read_text(encoding="utf-8").strip()
    packed = (home / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
