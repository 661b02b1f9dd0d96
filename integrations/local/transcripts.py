"""The transcripts that lie beside the pages of a folder, under a page's name with an end of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from daemon.model import UNHEARD, Suggestion
from daemon.ports import PortError
from integrations.formats.transcript.cues import ENDINGS, LARGEST, NoTranscript
from integrations.formats.transcript.suggested import suggestions
from integrations.local import files


@dataclass(frozen=True, slots=True)
class Heard:
    """Whether a transcript is there, what it suggests, or why it cannot be read, in words after “the page …”."""

    is_there: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    trouble: str = ""


NO_TRANSCRIPT = Heard()


class Transcripts:
    """Where transcripts lie, as the last walk through the folder has found them; none where they are not ``wanted``."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._beside: dict[Path, Path] = {}

    def lie_in(self, folder: Path, names: Iterable[str]) -> None:
        """Take note of the transcripts among the files of a folder; of several of one page the last by name counts."""
        if self._wanted:
            found = [Path(folder, name) for name in sorted(names) if name.lower().endswith(ENDINGS)]
            self._beside |= {path.with_suffix(""): path for path in found}

    @property
    def signature(self) -> list[str]:
        """What changes when anybody puts a transcript there, or another in its place."""
        return [files.signature(path) for path in self._beside.values()]

    def of(self, page: str) -> Heard:
        """Return what the transcript of a page, by its path, suggests."""
        path = self._beside.get(Path(page).with_suffix("")) if self._beside else None
        if path is None:
            return NO_TRANSCRIPT
        try:
            return Heard(True, _suggested(path, files.signature(path)))
        except (NoTranscript, PortError) as error:
            why = str(error) if isinstance(error, PortError) else f"{path.name} {error}"
            return Heard(trouble=f"{UNHEARD}: {why.rstrip('.')}")


@lru_cache(maxsize=500)
def _suggested(path: Path, signature: str) -> tuple[Suggestion, ...]:
    """Return what a transcript suggests, read once for as long as nobody has touched it."""
    return suggestions(path.name, files.read(path, LARGEST) or b"")
