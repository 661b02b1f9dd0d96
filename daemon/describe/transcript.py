"""What a page shows of a session's transcript: suggestions, and the action items that people made of some. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from config.markdown import markdown_text
from config.team import Team
from daemon.model import ACCEPTED, SUGGESTED, Accepted, Observed, RelativeDay, Said, Session, Suggestion
from daemon.model.members import meant_by

MOST = 5
"""How many suggestions of a kind are shown at once, the first that nobody has accepted."""
EXPLAINED = (
    "Sentences of the transcript that sound worth keeping, found by their words: some will be wrong, some are missing. "
    "Copy what you want to keep into the page, and tick a promise to make it an action item."
)
WAITS = "A transcript is here. What it suggests is shown once everyone has agreed to be recorded."
_BESIDES = re.compile(
    r"\s*(?:[(|].*)?\Z", re.S
)  # what some programs put behind a name: ``Ada Lovelace (she/her) | Platform``
_PLAIN_HANDLE = re.compile(r"[\w.+-]+")
_ORDER = {Said.DECISION: 0, Said.LESSON: 1, Said.SURPRISE: 2, Said.PROMISE: 3}


def of_transcript(session: Session, team: Team, page: Observed | None) -> list[str]:
    """Return the lines of Markdown about the transcript of a session that has begun; none where there is none."""
    if page is None:
        return []
    accepted = [f"- [{one.sign}] {one.words}" for one in page.accepted]
    return [*_offered(session, team, page), *([f"**{ACCEPTED}**", "", *accepted, ""] if accepted else [])]


def _offered(session: Session, team: Team, page: Observed) -> list[str]:
    if not page.transcript or team.recording.transcripts == "off" or team.recording.consent == "off":
        return []
    if not page.write_up.consent:
        return [f"**{SUGGESTED}**", "", WAITS, ""]
    left = [one for one in page.suggestions if not _is_among(one, page.accepted)]
    if not left:
        return []
    lines = [_line(one, session, team) for one in _first_of_each_kind(left)]
    return [f"**{SUGGESTED}**", "", EXPLAINED, "", *lines, ""]


def _first_of_each_kind(suggestions: Sequence[Suggestion]) -> Iterator[Suggestion]:
    for kind in sorted(Said, key=_ORDER.__getitem__):
        yield from [one for one in suggestions if one.kind is kind][:MOST]


def _line(one: Suggestion, session: Session, team: Team) -> str:
    if one.kind is not Said.PROMISE:
        when = ", ".join(filter(None, [one.kind.capitalize(), _clock(one), markdown_text(one.speaker)]))
        return f"- {when}: “{markdown_text(one.text)}”"
    handle = _handle(one.speaker, meant_by(team))
    said = ", ".join(filter(None, ["" if handle else one.speaker, _clock(one)]))
    words = f"{handle} {one.text.rstrip('.')}".strip()
    return f"- [ ] {words}{f' ({said})' if said else ''}{_due(one.due, session.slot.day)}"


def _handle(speaker: str, meant: Callable[[str | None], list[str]]) -> str:
    """Return the member who speaks as pages name them; nothing where it may be several, or somebody else."""
    people = meant(_BESIDES.sub("", speaker, count=1)) if speaker else []
    if len(people) != 1:
        return ""
    short = people[0].partition("@")[0]
    handle = short if meant(short) == people else people[0]
    return f"@{handle}" if _PLAIN_HANDLE.fullmatch(short) else ""


def _due(due: date | RelativeDay | None, said: date) -> str:
    if due is None:
        return ""
    return f", by {due.counted_from(said) if isinstance(due, RelativeDay) else due}"


def _clock(one: Suggestion) -> str:
    """Return when in the recording it was said: ``12:43``, or ``1:02:03``."""
    if one.at is None:
        return ""
    minutes, seconds = divmod(one.at, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}" if minutes >= 60 else f"{minutes}:{seconds:02d}"


def _is_among(one: Suggestion, accepted: Iterable[Accepted]) -> bool:
    """Whether somebody has accepted a suggestion: what they accepted has its words and its time."""
    wanted = [_words(one.text), _words(_clock(one))]
    return any(all(f" {words} " in f" {_words(line.words)} " for words in wanted) for line in accepted)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
