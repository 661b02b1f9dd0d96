"""What a team lead may write about where knowledge gaps come from."""

from typing import Annotated

from pydantic import Field

from config.parts import Name, Notation, Part, Word, written
from config.uses import LOCAL
from config.values import Often, parse_mark, parse_often

_MARK: Notation = written(parse_mark, r"#\w[\w-]{0,40}", "#learn")
_OFTEN: Notation = written(parse_often, r"[0-9]{1,3} in (?!0+ )[0-9]{1,4} (day|week)s?", "3 in 4 weeks")


class NeedSource(Part):
    """One place where needs are looked for: pages of a wiki, a tracker's issues, or a file."""

    connection: Name = LOCAL
    """The connection, by its name in peerloop.yaml."""
    under: Name | None = None
    """The folder or page, below the team's own in the wiki, whose pages are read."""
    label: Word | None = None
    """The label that the pages carry which are read (Confluence)."""
    mark: Annotated[str, *_MARK] = "#learn"
    """What makes a line on such a page a need, wherever it stands."""
    query: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """Which issues are looked at, in the tracker's own language (Jira: JQL)."""
    many: Annotated[Often, *_OFTEN] | None = None
    """How many issues of one component within what time make a need; without it each issue is one."""
    file: Name | None = None
    """A CSV or JSON file, by its path from this file's folder."""
    area: Word | None = None
    """The area of what comes from here, where it names none itself."""

    @property
    def place(self) -> str:
        """What is looked at, as a person would call it who does not see the entry."""
        label = f"label {self.label}" if self.label else None
        return ", ".join(filter(None, (self.file, self.under, label, self.query)))
