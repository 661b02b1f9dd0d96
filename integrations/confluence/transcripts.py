"""The transcripts attached to pages: looked for where there may be a new one, and read once a version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from daemon.model import UNHEARD, Observed, Suggestion
from daemon.model.names import wall_of
from daemon.ports import PortError, Refused
from integrations.confluence.api import Api, Attachment
from integrations.formats.transcript.cues import LARGEST, NoTranscript
from integrations.formats.transcript.suggested import suggestions
from integrations.side_by_side import side_by_side

OFTEN, FOR = timedelta(minutes=15), timedelta(days=7)
"""How often is looked for a transcript after a session, and for how long: to attach one changes nothing of its page."""
LONGEST = timedelta(days=30)
"""How long after a session is looked for one whenever its page has changed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the transcript of a page suggests, or why it cannot be read; ``version`` tells which it is.

    ``asked`` is when this process last looked for one.
    """

    version: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    trouble: str = ""
    asked: datetime | None = None


NOTHING = Heard()


class Transcripts:
    """What is known of the transcripts of a team's pages, ``heard`` by their ids."""

    def __init__(self, api: Api, heard: dict[str, Heard], clock: Callable[[], datetime], wanted: bool) -> None:
        self._api, self._heard, self._clock, self._wanted = api, heard, clock, wanted

    def remember(self, before: Sequence[Observed], versions: Mapping[str, str]) -> None:
        """Take over what an earlier process has read, as far as this one knows nothing of it."""
        if not self._wanted:
            self._heard.clear()
            return
        for one in before:
            page = one.version.partition(":")[0]
            trouble = one.not_read if one.not_read.startswith(UNHEARD) else ""
            if page in versions and page not in self._heard and (one.suggestions or trouble):
                self._heard[page] = Heard(versions[page], one.suggestions, trouble)

    @property
    def versions(self) -> dict[str, str]:
        """Which transcript was read of each page that has one."""
        return {page: one.version for page, one in self._heard.items() if one.version}

    def of(self, page: str) -> Heard:
        """Return what is known of a page's transcript."""
        return self._heard.get(page, NOTHING)

    def look(self, pages: Mapping[str, str], has_changed: Callable[[str], bool]) -> None:
        """Look for transcripts on pages, by id and key: those of lately, and those that have changed."""
        due = [page for page, key in pages.items() if self._wanted and self._may_have_one(page, key, has_changed)]
        for page, now in zip(due, side_by_side(self._now, due), strict=True):
            self._heard[page] = replace(now, asked=self._clock())

    def _may_have_one(self, page: str, key: str, has_changed: Callable[[str], bool]) -> bool:
        starts = wall_of(key.removesuffix("/page"))
        if starts is None:
            return False
        now, asked = self._clock(), self.of(page).asked
        age = now - starts.replace(tzinfo=UTC)
        if age < -timedelta(days=1):  # wherever on earth it takes place
            return False
        is_due = age <= FOR and (asked is None or now - asked >= OFTEN)
        return is_due or (age <= LONGEST and has_changed(page))

    def _now(self, page: str) -> Heard:
        """Return what the transcript of a page says now; where it cannot be reached, what is known of it."""
        try:
            found = sorted(
                filter(_is_transcript, self._api.attachments(page)), key=lambda one: (_ending(one), one.name)
            )
            if not found:
                return NOTHING
            version = f"{found[0].id}:{found[0].version}"
            return self.of(page) if version == self.of(page).version else self._read(page, found[0], version)
        except PortError:
            return self.of(page)

    def _read(self, page: str, file: Attachment, version: str) -> Heard:
        """Return what an attached transcript suggests.

        Raises:
            Unavailable: it could not be reached.
        """
        try:
            if file.size > LARGEST:
                raise NoTranscript(f"is larger than {LARGEST // 1_000_000} MB")
            return Heard(version, suggestions(file.name, self._api.download(page, file)))
        except NoTranscript as error:
            return Heard(version, trouble=f"{UNHEARD}: {file.name} {error}")
        except Refused as error:
            return Heard(version, trouble=f"{UNHEARD}: {str(error).rstrip('.')}")


def _is_transcript(file: Attachment) -> bool:
    """Whether a file may be one by its name: plain text only where that says so, for people attach all kinds of it."""
    name = file.name.lower()
    return name.endswith((".vtt", ".srt")) or (name.endswith(".txt") and "transcript" in name)


def _ending(file: Attachment) -> int:
    return (".vtt", ".srt", ".txt").index(file.name[-4:].lower())
