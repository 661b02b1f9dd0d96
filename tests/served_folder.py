"""A file system that is served by somebody else, as by a file server, and that can be slow or give no answer at all.

It shows a folder, to be read only, over the kernel's own protocol (fuse(4), `linux/fuse.h`).
"""

import ctypes
import errno
import os
import select
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_DEVICE = Path("/dev/fuse")
_LONGEST = 1 << 17
_MOUNT_LAZILY_GONE = 2  # MNT_DETACH
_HEAD, _REPLY = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
_VALID = struct.pack("<QII", 0, 0, 0)
_LOOKUP, _FORGET, _GETATTR, _READLINK, _OPEN, _READ, _RELEASE = 1, 2, 3, 5, 14, 15, 18
_INIT, _OPENDIR, _READDIR, _RELEASEDIR, _INTERRUPT, _BATCH_FORGET = 26, 27, 28, 29, 36, 42
_UNANSWERED = {_FORGET, _INTERRUPT, _BATCH_FORGET}
_ROOT = 1
_LASTS = 550.0
"""So many seconds it serves at the most, for nobody can be ended who waits for it."""


class Served:
    """A folder as a server shows it below ``place``; nothing that was answered is kept by those who asked.

    Nor is anything asked of it when a file is closed: who ends with one open would wait for that.
    """

    def __init__(self, folder: Path, place: Path, device: int) -> None:
        self.place, self.delay, self.is_silent = place, 0.0, False
        self._device, self._over = device, False
        self._paths = {_ROOT: folder}
        self._answers: dict[int, Callable[[Path, bytes], bytes]] = {
            _LOOKUP: self._look_up,
            _GETATTR: lambda path, _: _VALID[:16] + _attributes(path, self._number(path)),
            _READLINK: lambda path, _: os.fsencode(path.readlink()),
            _READ: _part_of,
            _READDIR: self._entries,
            _INIT: lambda _, told: struct.pack("<IIIIHHI40x", 7, 31, _LONGEST, 0, 8, 8, 4096),
            **dict.fromkeys((_OPEN, _OPENDIR), lambda _path, _told: struct.pack("<QII", 0, 1, 0)),
            **dict.fromkeys((_RELEASE, _RELEASEDIR), lambda _path, _told: b""),
        }

    def serve(self) -> None:
        """Answer what is asked until it is over, which ends all waiting; while it is silent, nothing is even heard."""
        until = time.monotonic() + _LASTS
        try:
            while not self._over and time.monotonic() < until:
                if self.is_silent or not select.select([self._device], [], [], 0.02)[0] or self.is_silent:
                    time.sleep(0.01)
                    continue
                with suppress(OSError):  # whoever asked may be gone
                    self._answer(os.read(self._device, _LONGEST + 4096))
        finally:
            os.close(self._device)

    def close(self) -> None:
        self._over = True

    def _answer(self, asked: bytes) -> None:
        _, what, unique, node, *_ = _HEAD.unpack_from(asked)
        if what in _UNANSWERED:
            return
        time.sleep(self.delay)
        answer, failed = b"", 0
        try:
            answer = self._answers[what](self._paths[node or _ROOT], asked[_HEAD.size :])
        except KeyError:
            failed = errno.ENOSYS
        except OSError as error:
            failed = error.errno or errno.EIO
        os.write(self._device, _REPLY.pack(_REPLY.size + len(answer), -failed, unique) + answer)

    def _number(self, path: Path) -> int:
        """Return the number by which a path is known."""
        known = next((number for number, one in self._paths.items() if one == path), None)
        number = known or len(self._paths) + 1
        self._paths[number] = path
        return number

    def _look_up(self, folder: Path, told: bytes) -> bytes:
        path = folder / os.fsdecode(told.rstrip(b"\0"))
        path.lstat()
        number = self._number(path)
        return struct.pack("<QQQQII", number, 0, 0, 0, 0, 0) + _attributes(path, number)

    def _entries(self, folder: Path, told: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", told)
        entries = b""
        for number, path in enumerate(sorted(folder.iterdir())[offset:], offset + 1):
            encoded, kind = os.fsencode(path.name), stat.S_IFMT(path.lstat().st_mode) >> 12
            entry = struct.pack("<QQII", self._number(path), number, len(encoded), kind) + encoded
            entries += entry.ljust(-(-len(entry) // 8) * 8, b"\0")
            if len(entries) > size:
                return entries[: -len(entry.ljust(-(-len(entry) // 8) * 8, b"\0"))]
        return entries


def _attributes(path: Path, number: int) -> bytes:
    found = path.lstat()
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    seconds, fractions = ([one // 10**9 for one in times], [one % 10**9 for one in times])
    sizes = (number, found.st_size, found.st_blocks)
    whose = (found.st_mode, found.st_nlink, found.st_uid, found.st_gid, 0, 4096, 0)
    return struct.pack("<6Q10I", *sizes, *seconds, *fractions, *whose)


def _part_of(path: Path, told: bytes) -> bytes:
    _, offset, size = struct.unpack_from("<QQI", told)
    return path.read_bytes()[offset : offset + size]


@contextmanager
def served(folder: Path, place: Path) -> Iterator[Served]:
    """Show a folder below a place; what is asked there when it ends fails at once. Skip where nobody may mount."""
    if os.geteuid() or not os.access(_DEVICE, os.R_OK | os.W_OK):
        pytest.skip("only root may mount a file system, where there is /dev/fuse")
    device = os.open(_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    _mount(place, f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other")
    one = Served(folder, place, device)
    thread = threading.Thread(target=one.serve, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.close()
        thread.join(10)
        unmount(place)


def unmount(place: Path) -> None:
    """Take away what is mounted, though it may give no answer."""
    ctypes.CDLL(None).umount2(os.fsencode(place), _MOUNT_LAZILY_GONE)


def _mount(place: Path, options: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"served", os.fsencode(place), b"fuse.served", 0, options.encode()):
        pytest.skip(f"nothing can be mounted here: {os.strerror(ctypes.get_errno())}")
