"""What is built, installed as a person installs it: into an empty environment, and used there from another folder.

What it depends on is taken from the tests' own environment; with ``PEERLOOP_TEST_REGISTRY=1`` it is fetched by pip, or
by uv and pipx where they are, as they are set up, for every Python that is found here.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTRY = bool(os.environ.get("PEERLOOP_TEST_REGISTRY"))
LONGEST = 600
NOW = "2026-11-23T10:00"


def run(*command: str | Path, cwd: Path, more: dict[str, str] | None = None) -> str:
    """Run a command that is to succeed, and return what it printed."""
    ours = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"}
    environment = {name: value for name, value in os.environ.items() if name not in ours} | (more or {})
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LONGEST, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(target: str, source: Path, into: Path) -> Path:
    """Build the wheel or the source distribution."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", into, cwd=source)
    (built,) = into.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("dist"))


def pythons() -> Sequence[Path]:
    """Return other Pythons that are found here and are new enough: those of pyenv, and python3.N on the path."""
    found = [shutil.which(f"python3.{minor}") for minor in range(11, 20)]
    homes = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.*/bin/python3")
    there = [Path(path) for path in found if path and "shims" not in path] + [
        path for path in homes if int(path.parts[-3].split(".")[1]) >= 11
    ]
    return sorted({path.resolve() for path in there})


def try_it(program: Path, folder: Path) -> None:
    """Use it as a newcomer does."""
    assert re.match(
        r"peerloop \d+\.\d+\.\d+( \(commit [0-9a-f]{12}(-dirty)?\))?$", run(program, "--version", cwd=folder)
    )
    run(program, "init", cwd=folder)
    assert "written" in run(program, "apply", "team.yaml", "--now", NOW, cwd=folder)
    pages = [path.read_text() for path in folder.glob("peerloop-data/wiki/*/*.md")]
    assert any("## Key takeaways" in page for page in pages)


def test_the_wheel_holds_all_that_is_no_code_and_says_its_commit(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        there = set(opened.namelist())
        commit = opened.read("daemon/commit.txt").decode() if (ROOT / ".git").exists() else ""
    listed = run("git", "ls-files", "config", "daemon", "integrations", cwd=ROOT).split() if commit else []
    assert {path for path in listed if path not in there} == set()
    assert not commit or re.fullmatch(r"[0-9a-f]{12}(-dirty)?\n", commit)
    assert not any(path.startswith("tests/") for path in there)


def test_a_wheel_of_a_source_distribution_says_the_same(wheel: Path, tmp_path: Path) -> None:
    source = build("sdist", ROOT, tmp_path / "sdist")
    shutil.unpack_archive(source, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build("wheel", unpacked, tmp_path / "dist")
    with zipfile.ZipFile(again) as one, zipfile.ZipFile(wheel) as other:
        assert set(one.namelist()) == set(other.namelist())
        differ = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert [name for name in differ if not name.endswith(("RECORD", "commit.txt"))] == []


def test_it_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=tmp_path,
    )
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")  # whose own .pth files do not count
    where = run(python, "-c", "import daemon; print(daemon.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(tmp_path)
    (tmp_path / "work").mkdir()
    try_it(tmp_path / "venv" / "bin" / "peerloop", tmp_path / "work")


@pytest.mark.skipif(not REGISTRY, reason="no package is fetched in a test, but with PEERLOOP_TEST_REGISTRY=1")
@pytest.mark.parametrize("python", pythons(), ids=lambda path: path.name)
def test_pip_installs_it_for_every_python(python: Path, wheel: Path, tmp_path: Path) -> None:
    run(python, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    pip = (tmp_path / "venv" / "bin" / "pip", "install", "--quiet")
    locked = re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / "requirements.txt").read_text(), re.M)
    (tmp_path / "locked.txt").write_text("\n".join(locked))  # without hashes: the wheel itself has none
    run(*pip, "--constraint", tmp_path / "locked.txt", wheel, cwd=tmp_path)
    (tmp_path / "work").mkdir()
    try_it(tmp_path / "venv" / "bin" / "peerloop", tmp_path / "work")


@pytest.mark.skipif(not REGISTRY, reason="no package is fetched in a test, but with PEERLOOP_TEST_REGISTRY=1")
@pytest.mark.parametrize("tool", ["uv", "pipx"])
def test_uv_and_pipx_install_it(tool: str, wheel: Path, tmp_path: Path) -> None:
    program = shutil.which(tool)
    if program is None:
        pytest.skip(f"{tool} is not installed here")
    homes = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin", "PIPX_HOME": "tools", "PIPX_BIN_DIR": "bin"}
    more = {name: str(tmp_path / folder) for name, folder in homes.items()}
    run(program, *(["tool"] if tool == "uv" else []), "install", wheel, cwd=tmp_path, more=more)
    (tmp_path / "work").mkdir()
    try_it(tmp_path / "bin" / "peerloop", tmp_path / "work")
