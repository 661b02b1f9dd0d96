"""What people lack, without the names of the team: they are taken out before anything of it is kept. Pure.

Who says something without a name is to be sure of it, so a name goes wherever it stands as a word, whatever its case:
where a Grace is of the team, grace is somebody, too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from config.markdown import one_line
from config.team import Member, Team
from daemon.model import Observed, WriteUp
from daemon.model.needs import SOMEBODY, Gathered, Sighting

_SHORTEST = 3
"""Of a name's parts, shorter ones are looked for as they are written: Li is a name, and li is none."""
_SEVERAL = re.compile(rf"{SOMEBODY}(?:[\s._+-]+{SOMEBODY})+")
_BLANKS = r"\s+"
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
        text = unicodedata.normalize("NFC", text)
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
    long = [name for name in spelled if len(name) >= _SHORTEST]
    short = [name for name in spelled if len(name) < _SHORTEST]
    return tuple(re.compile(_any_of(each), flags) for each, flags in ((long, re.I), (short, 0)) if each)


def _forms(name: str) -> Iterator[str]:
    """Yield a name as it is written, and without its accents."""
    composed = unicodedata.normalize("NFC", name)
    yield composed
    yield "".join(sign for sign in unicodedata.normalize("NFD", composed) if not unicodedata.combining(sign))


def _any_of(names: Iterable[str]) -> str:
    """Return the expression of names as words of their own, the longest first, with an @ before and an s behind."""
    return "|".join(_as_a_word(name) for name in sorted(names, key=lambda name: (-len(name), name)))


def _as_a_word(name: str) -> str:
    parts = [re.escape(part) for part in name.split()]
    if _WITHOUT_BLANKS.search(name):
        return "@?" + r"\s*".join(parts)
    return rf"(?<![^\W_])@?{_BLANKS.join(parts)}s?(?![^\W_])"
