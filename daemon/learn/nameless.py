"""What people lack, without the names of the team: they are taken out before anything of it is kept. Pure.

Who says something without a name is to be sure of it, so a name goes wherever it stands as a word, whatever its case:
where a Grace is of the team, grace is somebody, too.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from config.markdown import one_line
from config.team import Member, Team
from config.unicode import normalized
from daemon.model import Observed, WriteUp
from daemon.model.needs import SOMEBODY, Gathered, Sighting

_SHORTEST = 3
"""Of a name's parts, shorter ones are looked for as they are written: Li is a name, and li is none."""
_SEVERAL = re.compile(rf"{SOMEBODY}(?:[\s._+-]+{SOMEBODY})+")
_BLANKS, _PERHAPS_BLANKS = r"\s+", r"\s*"
_END = ""
_PART = re.compile(r"[^\W\d_]+")
_WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts in which a name may stand between other words without a blank."""


@dataclass(frozen=True, slots=True)
class Nameless:
    """Takes a team's names out of needs; ``home`` is the key of its home page, on which only needs are read."""

    names: frozenset[str]
    home: str

    @classmethod
    def of(cls, team: Team, home: str) -> "Nameless":
        """Return it for the members and the lead of a team."""
        names = (name for member in team.members for name in _names(member))
        return cls(frozenset((*names, *_of_address(team.lead))), home)

    def text(self, text: str) -> str:
        """Return people's text without whom of the team it names."""
        text = normalized("NFC", text)
        for pattern in _patterns(self.names):
            text = pattern.sub(SOMEBODY, text)
        return _SEVERAL.sub(SOMEBODY, text)

    def observed(self, one: Observed) -> Observed:
        """Return what is seen of a page with needs that name nobody; of the home page nothing else that people wrote.

        What is said there is said without a name, and whatever stands around it might tell who did.
        """
        said = one.write_up
        needs, marked = self._each(said.needs), tuple((self.text(line), mark) for line, mark in said.marked)
        if one.key == self.home:
            return replace(one, write_up=WriteUp(needs=needs, marked=marked), items=(), unread=())
        return replace(one, write_up=replace(said, needs=needs, marked=marked)) if needs or marked else one

    def gathered(self, found: Gathered) -> Gathered:
        """Return what a source shows with needs that name nobody, in characters that can be kept."""
        reports = {one_line(area): counted for area, counted in found.reports.items()}
        unread = tuple(map(one_line, found.unread))
        return replace(found, sightings=tuple(map(self._kept, found.sightings)), reports=reports, unread=unread)

    def _kept(self, one: Sighting) -> Sighting:
        where, link, area = (text and one_line(text) for text in (one.where, one.link, one.area))
        return replace(one, text=self.text(one_line(one.text)), where=where or "", link=link, area=area)

    def _each(self, lines: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self.text, lines))


def _names(member: Member) -> Iterator[str]:
    """Yield how somebody is called: in full, by each part of the name, by address, handle and account."""
    yield member.name
    yield from (part for part in _PART.findall(member.name) if not part.islower() and len(part) > 1)
    for address in (member.email, *member.was):
        yield from _of_address(address)
    if member.confluence:
        yield member.confluence


def _of_address(address: str) -> tuple[str, str]:
    return address, address.partition("@")[0]


@lru_cache(maxsize=64)
def _patterns(names: frozenset[str]) -> tuple["re.Pattern[str]", ...]:
    """Return what finds names: those of some length in whatever case, the others as they are written."""
    spelled = {" ".join(form.split()) for name in names for form in _forms(name)} - {""}
    long = {_in_one_case(name) for name in spelled if len(name) >= _SHORTEST}
    short = [name for name in spelled if len(name) < _SHORTEST]
    return tuple(re.compile(_any_of(each), flags) for each, flags in ((long, re.I), (short, 0)) if each)


def _in_one_case(name: str) -> str:
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in name)


def _forms(name: str) -> Iterator[str]:
    """Yield a name as it is written, and without its accents."""
    composed = normalized("NFC", name)
    yield composed
    yield "".join(sign for sign in normalized("NFD", composed) if not unicodedata.combining(sign))


def _any_of(names: Collection[str]) -> str:
    """Return the expression of names as words of their own, with an @ before and an s behind; longer ones go first."""
    others = {name for name in names if _WITHOUT_BLANKS.search(name)}
    words = {name for name in names if name not in others}
    found = [f"@?{_spaced(name, _PERHAPS_BLANKS)}" for name in sorted(others, key=lambda name: (-len(name), name))]
    return "|".join([*found, rf"(?<![^\W_])@?{_tree_of(words)}s?(?![^\W_])"] if words else found)


def _spaced(name: str, blanks: str) -> str:
    return blanks.join(map(re.escape, name.split()))


class _Tree(dict[str, "_Tree"]):
    """What may come next, by what has come: so many names are looked for in the time of a few."""


def _tree_of(names: Iterable[str]) -> str:
    """Return the expression of any of some names, the longest that there is."""
    tree = _Tree()
    for name in names:
        at = tree
        for sign in name:
            at = at.setdefault(_BLANKS if sign == " " else re.escape(sign), _Tree())
        at[_END] = _Tree()
    return _grown(tree)


def _grown(tree: _Tree) -> str:
    """Return the expression of what may come next."""
    branches = [atom + _grown(rest) for atom, rest in sorted(tree.items()) if atom != _END]
    if len(branches) < 2 and _END not in tree:
        return "".join(branches)
    return f"(?:{'|'.join(branches)}){'?' if _END in tree else ''}" if branches else ""
