"""Builds the image and starts it as an engine would, where there is neither an engine nor a registry of images.

    python -m tests.image

The base is made of Debian's packages, so its Python is Debian's; the rest is the Containerfile as it is. User,
read-only root, volume, /tmp, capabilities and a network of its own are set up as deploy/README.md and compose.yaml ask
an engine to. What is missing here is said, and ends with 0; what is wrong with the image ends with 1.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

from tests.postgresql import cluster, new_database, server_is_installed

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "deploy/compose.yaml"
TOOLS = ("buildah", "mmdebstrap", "unshare", "ip")
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
"""Where nothing waits for a disk, and how much room it takes there."""
AS_SET_UP = ("/etc/pip.conf", "/etc/xdg/pip", "/etc/ssl/certs", "/etc/apt/apt.conf.d")
"""What says on this machine how packages are fetched."""
LONGEST = float(os.environ.get("IMAGE_SECONDS", "240"))
"""After how many seconds one step of it is given up."""
TEAM = (ROOT / "config/starter.yaml").read_text(encoding="utf-8")
OPERATOR = {"teams": "/etc/peerloop/teams/*.yaml", "data": "/var/lib/peerloop", "ledger": "file:/run/secrets/ledger"}
CONFINED = ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]


class NotTried(Exception):
    """Something is missing here, so nothing is known of the image."""


class Wrong(Exception):
    """The image is not as it should be."""


@dataclass(frozen=True)
class Image:
    """What was built: its files, and what it asks of an engine."""

    files: Path
    asks: Mapping[str, Any]


def ran(*command: object, **more: Any) -> str:
    """Run a command, and return what it prints; one that fails says why nothing more is tried."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*map(str, command)], stdout=pipe, stderr=pipe, text=True, process_group=0, **more
    ) as process:
        try:
            out, err = process.communicate(timeout=LONGEST)
        except BaseException:  # our time is up, or a person's patience: nothing of it is to go on
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        end = "\n".join(f"{out}{err}".splitlines()[-15:])
        raise NotTried(f"{Path(str(command[0])).name} {command[1]} failed:\n{end}")
    return str(out).strip()


@contextmanager
def workplace() -> Iterator[Path]:
    """Have a folder for the base and all that is made of it, in memory where there is room; mounts in it are undone."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="peerloop-image-", dir=MEMORY if roomy else None))
    try:
        yield folder
    finally:
        mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for place in sorted((one for one in mounted if one.startswith(f"{folder}/")), reverse=True):
            subprocess.run(["umount", "--lazy", place], check=False)
        shutil.rmtree(folder, ignore_errors=True)


class Builder:
    """buildah, with a store of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self._store = ["--root", folder / "store", "--runroot", folder / "run"]
        self._driver = "overlay"
        try:
            self.ask("rm", self.ask("from", "scratch"))
        except NotTried:
            self._driver = "vfs"  # slower, and for every file system

    def ask(self, verb: str, *told: object) -> str:
        """Have buildah do something."""
        return ran("buildah", "--storage-driver", self._driver, *self._store, verb, *told)

    def base(self, name: str) -> None:
        """Make the base of Debian's packages, as this machine fetches them."""
        container = self.ask("from", "scratch")
        files = Path(self.ask("mount", container))
        sources = [*Path("/etc/apt").glob("sources.list.d/debian.sources"), *Path("/etc/apt").glob("sources.list")]
        release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
        if not sources or "VERSION_CODENAME" not in release:
            raise NotTried("this is no Debian, of which a base could be made")
        told = [
            "--variant=minbase",
            "--mode=root",
            "--dpkgopt=force-unsafe-io",
            "--include=python3,python3-venv,ca-certificates",
        ]
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        ran("mmdebstrap", *told, release["VERSION_CODENAME"], files, sources[0], env={**os.environ, "PATH": path})
        (files / "usr/bin/python").symlink_to("python3")
        self.ask("config", "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container)
        self.ask("commit", "--quiet", container, name)

    def image(self, base: str, commit: str) -> Image:
        """Build the Containerfile on a base."""
        mounts = [f"--volume={path}:{path}:ro" for path in AS_SET_UP if Path(path).exists()]
        told = [
            f"--build-arg=BASE={base}",
            f"--build-arg=COMMIT={commit}",
            "--format=docker",
            "--isolation=chroot",
            *mounts,
        ]
        self.ask("bud", *told, "--file", ROOT / "deploy/Containerfile", "--tag", "localhost/peerloop", ROOT)
        told_by = json.loads(self.ask("inspect", "--type", "image", "localhost/peerloop"))
        files = Path(self.ask("mount", self.ask("from", "localhost/peerloop")))
        return Image(files, told_by["Docker"]["config"])


class Container:
    """The image as it runs, once this process has mounts and a network of its own."""

    def __init__(self, image: Image, mounts: Mapping[Path, str]) -> None:
        """Mount folders and files at their places in it, and forbid all else to be written."""
        files, self._image = image.files, image
        places = {what: files / place.lstrip("/") for what, place in mounts.items()}
        for what, place in places.items():
            place.mkdir(parents=True, exist_ok=True) if what.is_dir() else _touched(place)
        ran("mount", "--bind", files, files)
        ran("mount", "-o", "remount,bind,ro", files)
        ran("mount", "-t", "proc", "proc", files / "proc")
        for name in ("tmp", "dev"):
            ran("mount", "-t", "tmpfs", "tmpfs", files / name)
        for device in ("null", "zero", "random", "urandom"):
            (files / "dev" / device).touch()
            ran("mount", "--bind", f"/dev/{device}", files / "dev" / device)
        for what, place in places.items():
            ran("mount", "--bind", what, place)

    def command(self, *told: str) -> tuple[list[str], dict[str, str]]:
        """Return how a command is run in it, and in which environment."""
        there = ["env", f"--chdir={self._image.asks['WorkingDir']}", *told]
        environment = dict(one.split("=", 1) for one in self._image.asks["Env"])
        user, _, group = self._image.asks["User"].partition(":")
        confined = [f"--reuid={user}", f"--regid={group}", *CONFINED]
        return ["chroot", str(self._image.files), "setpriv", *confined, "--", *there], environment

    def ran(self, *told: str) -> str:
        """Run a command in it that has to succeed, and return what it says."""
        command, environment = self.command(*told)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST)
        if done.returncode:
            raise Wrong(f"`{' '.join(told)}` ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def peerloop(self, *told: str) -> list[str]:
        """Return a command of peerloop as an engine makes it."""
        return [*self._image.asks["Entrypoint"], *told]

    def runs(self, *told: str) -> None:
        """Start the daemon; see that it is well, by the image's own check too, and ends when it is told to."""
        command, environment = self.command(*self.peerloop(*told))
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
            try:
                _until(lambda: _answer("readyz") == 200 or daemon.poll() is not None)
                if daemon.poll() is None:
                    self.ran(*self._image.asks["Healthcheck"]["Test"][1:])
                daemon.terminate()
                _, said = daemon.communicate(timeout=10)
            finally:
                daemon.kill()
        if daemon.returncode or '"applied"' not in said:
            raise Wrong(f"the daemon ended with {daemon.returncode}: {said}")


def _touched(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()


def _answer(path: str) -> int:
    with suppress(OSError), urlopen(f"http://127.0.0.1:8080/{path}", timeout=5) as answer:
        return int(answer.status)
    return 0


def _until(look: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise Wrong(f"it was not ready after {seconds:.0f} seconds")
        time.sleep(0.1)


def given(folder: Path, ledger: str) -> dict[Path, str]:
    """Return what README.md and compose.yaml mount, and where."""
    volume, secrets, teams = (folder / name for name in ("volume", "secrets", "teams"))
    for one in (volume, secrets, teams):
        one.mkdir(parents=True)
    shutil.chown(volume, 10001, 10001)
    (teams / "platform.yaml").write_text(TEAM, encoding="utf-8")
    (secrets / "ledger").write_text(ledger, encoding="utf-8")
    (folder / "peerloop.yaml").write_text(json.dumps(OPERATOR), encoding="utf-8")
    (folder / "hosts").write_text("127.0.0.1 localhost ledger\n", encoding="utf-8")
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["peerloop"]
    named = {"data": volume, "./peerloop.yaml": folder / "peerloop.yaml", "./teams": teams}
    mounted = [one.split(":")[:2] for one in compose["volumes"]]
    beside = {secrets / name: f"/run/secrets/{name}" for name in compose["secrets"]}
    return {named[what]: place for what, place in mounted} | beside | {folder / "hosts": "/etc/hosts"}


def try_it(image: Image, commit: str, folder: Path) -> None:
    """Try what was built, with its ledger in its volume, and then as compose.yaml has it, with PostgreSQL beside it."""
    ran("ip", "link", "set", "lo", "up")
    with cluster() as server:
        address = new_database(server.address).replace("127.0.0.1", "ledger")
        container = Container(image, given(folder, address))
        team, compose = "/etc/peerloop/teams/platform.yaml", yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
        said = container.ran(*container.peerloop("--version"))
        if f"commit {commit}" not in said:
            raise Wrong(f"it does not know its commit: {said}")
        if container.ran("id", "-u") != "10001" or container.ran("sh", "-c", "touch /x 2>&1 || echo no")[-2:] != "no":
            raise Wrong("it is no ordinary user's, or its root can be written to")
        container.ran(*container.peerloop("check", team))
        container.runs("run", team)
        if "nothing to do" not in (said := container.ran(*container.peerloop("plan", team))):
            raise Wrong(f"it does not know again what it has written: {said}")
        print("the image: a daemon with its ledger in the volume is well", flush=True)
        container.runs(*compose["services"]["peerloop"]["command"])
        container.ran(*container.peerloop("doctor", "--config", OPERATOR["teams"].replace("teams/*", "peerloop")))
        print("the image: a daemon as compose.yaml has it, its ledger in PostgreSQL, is well", flush=True)


def main() -> None:
    """Build it and try it, in namespaces of its own."""
    if sys.argv[1:]:
        told = json.loads(sys.argv[1])
        try_it(Image(Path(told["files"]), told["asks"]), told["commit"], Path(told["folder"]))
        return
    if lacking := [tool for tool in TOOLS if shutil.which(tool) is None]:
        raise NotTried(f"not installed here: {', '.join(lacking)}")
    if not server_is_installed():
        raise NotTried("no PostgreSQL server (initdb) is installed here")
    if os.geteuid() != 0:
        raise NotTried("only root can build a base here")
    begun = time.monotonic()
    commit = ran("git", "rev-parse", "--short=12", "HEAD", cwd=ROOT)
    with workplace() as folder:
        builder = Builder(folder)
        builder.base("localhost/base")
        print(f"the image: its base was made after {time.monotonic() - begun:.0f} s", flush=True)
        image = builder.image("localhost/base", commit)
        print(f"the image: it was built after {time.monotonic() - begun:.0f} s", flush=True)
        told = {"files": str(image.files), "asks": image.asks, "commit": commit, "folder": str(folder / "given")}
        apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        done = subprocess.run(
            [*apart, sys.executable, "-m", "tests.image", json.dumps(told)], cwd=ROOT, timeout=LONGEST
        )
        if done.returncode:
            sys.exit(done.returncode)
    print(f"the image: built and tried in {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except NotTried as why:
        print(f"THE IMAGE WAS NOT TRIED: {why}")
    except Wrong as why:
        sys.exit(f"THE IMAGE IS WRONG: {why}")
    except KeyboardInterrupt:
        print("THE IMAGE WAS NOT TRIED: it was cut off")
    except subprocess.TimeoutExpired as late:
        print(f"THE IMAGE WAS NOT TRIED: {late.cmd[0]} takes longer than {late.timeout:.0f} s here (IMAGE_SECONDS)")
