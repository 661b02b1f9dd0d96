"""What is known of a team's pages between two looks: where they are, and what they last showed.

The cursor carries the places from one process to the next. None of it is the truth: each pass looks at every page.
"""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from daemon.model.names import wall_of
from integrations.confluence.api import PageState, Space, Ticks
from integrations.confluence.look import Look
from integrations.confluence.transcripts import Heard

GONE = "gone"
"""What stands for the digest of a page that is not there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a team's pages are: the space, the id of the page above them, that of each year, and their keys by id.

    ``in_folder`` is whether a folder is above them, which no look at pages shows.

    ``seen`` are digests of what each of them last was. One that is not there any more is looked for all the same, for a
    person may bring it back. ``heard`` are the versions of their transcripts that were read.
    """

    space: Space
    parent: str
    years: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    in_folder: bool = False
    heard: Mapping[str, str] = field(default_factory=dict)

    def latest(self, most: int) -> list[str]:
        """Return so many ids: of the pages above ours, of those of no session, and of those of the latest sessions."""
        above = [*([] if self.in_folder else [self.parent]), *self.years.values()]
        return above + sorted(self.pages, key=lambda one: _session(self.pages[one]))[-(most - len(above)) :]

    def are_shown(self, ids: Container[str]) -> bool:
        """Whether the page above ours is among those shown, and one of ours; with a single page that may have gone."""
        return (self.in_folder or self.parent in ids) and (
            any(page in ids for page in self.pages) or len(self.pages) < 2
        )

    def doubtful(self, watched: Iterable[str], shown: Iterable[PageState]) -> list[str]:
        """Return the pages of those that are watched that have not been shown now, but at the last look.

        One that was shown without its text is in doubt as well.
        """
        there = {state.id for state in shown if state.is_shown}
        return [one for one in watched if one in self.pages and one not in there and self.seen.get(one) != GONE]

    def id_of(self, key: str) -> str | None:
        """Return the id of the page with a key, if there is one."""
        found = (one for one, known in self.pages.items() if known == key and self.seen.get(one) != GONE)
        return next(found, None)

    def with_page(self, page_id: str, key: str) -> "Places":
        """Return the places with one page more, in place of an earlier one of its key."""
        others = {page: known for page, known in self.pages.items() if known != key}
        return replace(self, pages={**others, page_id: key})

    def with_year(self, year: str, page_id: str) -> "Places":
        """Return the places with a page for one year more."""
        return replace(self, years={**self.years, year: page_id})

    def __str__(self) -> str:
        space = [self.space.key, self.space.id, self.space.homepage]
        known = {"space": space, "parent": self.parent, "years": self.years, "pages": self.pages, "seen": self.seen}
        heard = {"heard": self.heard} if self.heard else {}
        return json.dumps({**known, "in_folder": self.in_folder, **heard})

    @classmethod
    def parse(cls, cursor: str, asked_for: str) -> "Places | None":
        """Return the places that a cursor carries; None where it has none of this space below this page."""
        place, _, text = cursor.partition("\n")
        if place != asked_for:
            return None
        known = json.loads(text)
        places = (Space(*known["space"]), known["parent"], known["years"], known["pages"], known["seen"])
        return cls(*places, known.get("in_folder", False), known.get("heard", {}))


def _session(key: str) -> datetime:
    """Return when the session is whose page has this key; what belongs to none comes last."""
    return wall_of(key.removesuffix("/page")) or datetime.max  # noqa: DTZ901, a wall time


@dataclass(slots=True)
class Cache:
    """What is known of one team: where its pages are, which tasks are done, Data Center's keys of members, and what
    transcripts say.

    ``look`` is the one that it shares with other teams of the space.
    """

    look: Look
    places: Places | None = None
    ticks: Ticks = field(default_factory=dict)
    user_keys: dict[str, str] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
