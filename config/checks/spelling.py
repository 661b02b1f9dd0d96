"""Addresses that are not what they look like: with invisible signs, or letters of another script among one's own."""

import re
import unicodedata
from collections.abc import Iterator

from config.faults import Problem
from config.team import Team

_UNSEEN_LETTERS = "\u115f\u1160\u3164\uffa0"
"""Fillers, which count as letters and show nothing."""
_LIKE_LATIN = frozenset("аеорсухіјѕһԁԛԝ" + "οανρτυικχ")
"""Letters of Cyrillic and of Greek for which most people would read a Latin one."""


def odd_addresses(team: Team) -> Iterator[Problem]:
    """Yield the members, and the lead, whose address is not what it looks like."""
    places = [(("members", number, "email"), member.email) for number, member in enumerate(team.members)]
    for path, email in ((("lead",), team.lead), *places):
        if odd := next(_odd_signs(email), None):
            named = f"U+{ord(odd):04X} {unicodedata.name(odd, 'without a name')}"
            looks = "an invisible sign" if _is_unseen(odd) else f"“{odd}”, which looks like another letter"
            yield Problem(path, f"this address holds {looks} ({named}); mail to it may reach nobody, or somebody else")


def _odd_signs(address: str) -> Iterator[str]:
    yield from filter(_is_unseen, address)
    for label in re.split(r"[@.]", address):
        foreign = [sign for sign in label if sign.isalpha() and not sign.isascii() and _script(sign) != "LATIN"]
        is_mixed = any(_script(sign) == "LATIN" for sign in label if sign.isalpha())
        yield from (foreign if is_mixed or set(foreign) <= _LIKE_LATIN else ())


def _is_unseen(sign: str) -> bool:
    is_variation = "VARIATION SELECTOR" in unicodedata.name(sign, "")
    return is_variation or unicodedata.category(sign) == "Cf" or sign in _UNSEEN_LETTERS


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
