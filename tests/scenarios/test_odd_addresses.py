"""An address that is not what it looks like is told, and one of another script is not."""

from pathlib import Path

import pytest

from tests.scenarios.command_line import edited, peerloop


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("bоb@example.com", "“о”, which looks like another letter (U+043E CYRILLIC SMALL LETTER O)"),
        ("bob@exаmple.com", "(U+0430 CYRILLIC SMALL LETTER A)"),
        ("асе@example.com", "(U+0430 CYRILLIC SMALL LETTER A)"),
        ("bo\u200bb@example.com", "an invisible sign (U+200B ZERO WIDTH SPACE)"),
        ("bo\ufe0fb@example.com", "an invisible sign (U+FE0F VARIATION SELECTOR-16)"),
        ("bob\u3164@example.com", "an invisible sign (U+3164 HANGUL FILLER)"),
        ("jürgen@example.com", ""),
        ("иван@example.com", ""),
        ("山田@例え.jp", ""),
    ],
)
def test_an_address_that_is_not_what_it_looks_like_is_told(folder: Path, address: str, said: str) -> None:
    edited(folder / "team.yaml", "bob@example.com", f'"{address}"')
    checked = peerloop(folder, "check", "team.yaml")
    assert checked.code == 0
    assert ("this address holds" in checked.out + checked.err) is bool(said)
    assert said in checked.out + checked.err
