"""A PostgreSQL server for tests: a cluster of its own on loopback, gone with the tests."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Where Debian keeps the server's programs, which are on nobody's PATH; the newest first."""
UNPRIVILEGED = "nobody"
"""Whom the server runs as where we are root, which it refuses to."""
_numbers = count(1)


def server_is_installed() -> bool:
    """Return whether there is a server to be started."""
    return _program("initdb") is not None


@dataclass(frozen=True)
class Cluster:
    """A server that runs: its address without a database, where its data are, and with what it is started."""

    address: str
    data: Path
    options: str

    def restart(self) -> None:
        """Stop it as a crash does, and start it again."""
        with self._stopped("immediate"):
            pass

    def keep(self) -> None:
        """Stop it, keep a copy of all that it has, and start it again."""
        with self._stopped("fast"):
            shutil.rmtree(self._kept, ignore_errors=True)
            _run("cp", "-a", self.data, self._kept)

    def fail_over(self) -> None:
        """Have it crash, and a server take its place that has never heard of anything since the copy was kept."""
        with self._stopped("immediate"):
            shutil.rmtree(self.data)
            _run("cp", "-a", self._kept, self.data)

    @property
    def _kept(self) -> Path:
        return self.data.with_name("kept")

    @contextmanager
    def _stopped(self, how: str) -> Iterator[None]:
        _run("pg_ctl", "-D", self.data, "-w", "-m", how, "stop")
        yield
        _start(self.data, self.options)

    @contextmanager
    def suspended(self, all_of_it: bool = False) -> Iterator[None]:
        """Let what serves the connections of today say nothing more for a while, or even nobody connect."""
        engine = create_engine(f"{self.address}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            ours = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
            found = connection.execute(text(f"SELECT pid FROM pg_stat_activity WHERE {ours}"))
            processes = [row.pid for row in found]
        engine.dispose()
        if all_of_it:
            processes.append(int((self.data / "postmaster.pid").read_text().split()[0]))
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server; stop it in the end."""
    with tempfile.TemporaryDirectory(prefix="peerloop-postgresql-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        data, port = Path(folder, "data"), _free_port()
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run("initdb", "-D", data, "-A", "trust", "-U", "peerloop", "--no-sync")
        _start(data, options)
        try:
            yield Cluster(f"postgresql+psycopg://peerloop@127.0.0.1:{port}", data, options)
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def new_database(address: str) -> str:
    """Make an empty database on a server, and return its address."""
    name = f"ledger_{next(_numbers)}"
    engine = create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{address}/{name}"


def _start(data: Path, options: str) -> None:
    _run("pg_ctl", "-D", data, "-w", "-l", data.with_name("log"), "-o", options, "start")


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, INSTALLED)]))


def _run(name: str, *arguments: object) -> None:
    subprocess.run(
        [_program(name) or name, *map(str, arguments)],
        check=True,
        user=UNPRIVILEGED if os.geteuid() == 0 else None,
        cwd="/",
        timeout=600,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
