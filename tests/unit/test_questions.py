"""Whoever asks of a file system that gives no answer goes on with what was known before."""

import os
import threading
import time
from pathlib import Path
from time import process_time

import pytest

from daemon.serve.lanes import Lanes
from daemon.serve.mounts import served_mounts
from daemon.serve.questions import PATIENCE, Questions
from daemon.serve.signals import HEEDED
from tests.served_folder import served

LONG = 30.0


class Pipe:
    """A file that is read to its end, which comes when somebody has written to it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        os.mkfifo(path)
        self.path, self.heard = path, threading.Event()
        self.questions = Questions(lambda: {str(path.parent): 1})
        self.questions.on_news = self.heard.set

    def asked(self) -> str | None:
        return self.questions.ask(Path.read_text, self.path, otherwise=None)

    def says(self, text: str) -> None:
        self.path.write_text(text)


@pytest.fixture
def pipe(tmp_path: Path) -> Pipe:
    return Pipe(tmp_path / "pipe")


def test_what_is_not_answered_is_as_it_was_told_last(pipe: Pipe) -> None:
    assert pipe.asked() is None
    assert not pipe.questions.know_all()
    for text in ("one", "two"):
        pipe.says(text)
        assert pipe.heard.wait(LONG)  # it is told that there is an answer
        pipe.heard.clear()
        assert pipe.asked() == text
        assert pipe.questions.know_all()


def test_who_waits_for_a_file_system_takes_no_signal_that_is_to_end_the_daemon(pipe: Pipe) -> None:
    lanes, begun, over = Lanes(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        over.wait(LONG)

    pipe.asked()
    lanes.submit("a job", ["files"], work)
    assert begun.wait(LONG)
    names = {"a job", f"the file system at {pipe.path.parent}"}
    blocked = [blocked_by(thread) for thread in threading.enumerate() if thread.name in names]
    over.set()
    pipe.says("done")
    assert len(blocked) == 2 and all(signals >= set(HEEDED) for signals in blocked)


def blocked_by(thread: threading.Thread) -> set[int]:
    """Return the numbers of the signals that a thread does not take (proc(5))."""
    told = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    mask = int(told.partition("SigBlk:")[2].split()[0], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def test_many_questions_together_are_waited_for_no_longer_than_one(pipe: Pipe) -> None:
    begun = time.monotonic()
    for number in range(1000):
        assert pipe.questions.ask(lambda path, _: path.read_text(), pipe.path, number, otherwise="") == ""
    assert time.monotonic() - begun < PATIENCE + LONG / 3
    pipe.says("done")


def test_all_together_are_waited_for_no_longer_than_one_though_each_answers_a_little_late(tmp_path: Path) -> None:
    far = [tmp_path / f"far{number}" for number in range(10)]
    questions = Questions(lambda: {str(path): number for number, path in enumerate(far)})

    def slow(_: Path, late: float, word: str) -> str:
        time.sleep(late)
        return word

    for path in far:
        assert questions.ask(slow, path, 0.0, "at first", otherwise="") == "at first"
    assert questions.know_all()
    told = [questions.ask(slow, path, 0.4, str(number), otherwise="") for path in far for number in range(3)]
    assert told.count("") > len(told) / 2, "each alone would be waited for"


def test_of_what_is_at_hand_it_is_not_asked_who_is_silent_elsewhere(tmp_path: Path) -> None:
    pipe = Pipe(tmp_path / "far" / "pipe")
    for number in range(20_000):
        pipe.questions.ask(lambda path, _: path.read_text(), pipe.path, number, otherwise="")
    start = process_time()
    assert not any(pipe.questions.silent_at(tmp_path / f"near{number}") for number in range(1000))
    assert process_time() - start < 5
    pipe.says("done")


def test_what_a_question_raises_is_raised_where_it_is_asked(pipe: Pipe) -> None:
    with pytest.raises(FileNotFoundError):
        pipe.questions.ask(Path.read_text, pipe.path.with_name("nothing"), otherwise="")


def test_links_are_followed_as_far_as_nobody_has_to_answer(tmp_path: Path) -> None:
    far = tmp_path / "far"
    (tmp_path / "teams").mkdir()
    places = {"file.yaml": "../way/file.yaml", "other.yaml": str(far / "teams" / "other.yaml"), "round": "round"}
    for name, target in {**places, "near.yaml": "../near.yaml"}.items():
        (tmp_path / "teams" / name).symlink_to(target)
    (tmp_path / "way").symlink_to("far/inner")  # which is not there, so nobody can have asked it
    questions = Questions(lambda: {str(far): 1})
    lie_there = {name for name in (*places, "near.yaml", "..", "new") if questions.is_apart(tmp_path / "teams" / name)}
    assert lie_there == {"file.yaml", "other.yaml"}
    assert all(
        questions.is_apart(one) for one in (far, far / "a", tmp_path / "way" / "b", tmp_path / "way" / ".." / "b")
    )
    assert not any(map(questions.is_apart, (tmp_path, tmp_path / "farther", Path("/"), Path(), Path(".."))))


def test_it_is_known_where_somebody_else_serves_a_file_system(tmp_path: Path) -> None:
    for name in ("server", "a place"):
        (tmp_path / name).mkdir()
    place = tmp_path / "a place"
    assert str(place) not in served_mounts()
    with served(tmp_path / "server", place):
        assert str(place) in served_mounts()
    assert str(place) not in served_mounts()
