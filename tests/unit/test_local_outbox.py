"""What is special about an outbox of files: their names, the bytes in them, what stands in their way."""

from dataclasses import replace
from pathlib import Path

import pytest

from daemon.ports import Refused
from integrations.local.outbox import Outbox
from tests.contract.messenger import MESSAGE

SENDER = "Peer learning <peers@example.com>"


def test_a_mail_is_a_file_that_a_person_can_read(tmp_path: Path) -> None:
    Outbox(tmp_path / "outbox", SENDER).send(MESSAGE)
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name.startswith("digest-2026-12-01-0a1b2c-peerloop-")
    assert path.suffix == ".eml"
    lines = path.read_bytes().decode().split("\r\n")
    assert lines[:6] == [
        "Message-ID: <digest.2026-12-01.0a1b2c@peerloop>",
        "Date: Tue, 01 Dec 2026 09:30:00 +0000",
        "From: Peer learning <peers@example.com>",
        "To: Ada Lovelace <ada@example.com>",
        "Subject: Two action items are due",
        "Auto-Submitted: auto-generated",
    ]
    assert lines[-3:] == ["- write the runbook", "- été, 日本 🙂", ""]


def test_a_mail_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, SENDER)
    outbox.send(MESSAGE)
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    outbox.send(replace(MESSAGE, text="Another text"))
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [before]


@pytest.mark.parametrize("identity", ["<../../evil@peerloop>", "<a/b\\c@peerloop>", f"<{'a' * 400}@peerloop>", "<é@x>"])
def test_a_message_id_is_never_a_path(tmp_path: Path, identity: str) -> None:
    outbox = Outbox(tmp_path / "outbox", SENDER)
    outbox.send(replace(MESSAGE, message_id=identity))
    assert outbox.sent(identity)
    (path,) = (tmp_path / "outbox").iterdir()
    assert len(path.name) < 100


def test_what_a_crash_left_is_not_a_mail_that_was_sent(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, SENDER)
    outbox.send(MESSAGE)
    (path,) = tmp_path.iterdir()
    left = path.with_name(f".{path.name}.new")
    path.rename(left)
    assert not outbox.sent(MESSAGE.message_id)
    outbox.send(MESSAGE)
    assert list(tmp_path.iterdir()) == [path]


def test_an_address_outside_ascii_is_written_as_it_is(tmp_path: Path) -> None:
    Outbox(tmp_path, SENDER).send(replace(MESSAGE, to="zoë@exämple.org"))
    (path,) = tmp_path.iterdir()
    assert "To: Ada Lovelace <zoë@exämple.org>" in path.read_bytes().decode()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("no folder")
    with pytest.raises(Refused, match="Check the path, its owner and its permissions"):
        Outbox(tmp_path / "outbox", SENDER).send(MESSAGE)
