"""Sessions that were held, the latest first, with what people took away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daemon.describe.facts import shared_recording
from daemon.model import Session, WriteUp, held
from daemon.web.look import Look

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Held:
    """A session that was held, what was taken away, and its recording where everybody agreed to share it."""

    session: Session
    takeaways: Sequence[str]
    recording: str | None


def past(look: Look) -> dict[str, Any]:
    """Return what the page of past sessions shows."""
    sessions = held((*look.memory.before, *look.memory.sessions.values()))
    return {"sessions": [_held(look, one) for one in sessions[:MOST_SHOWN]], "more": max(0, len(sessions) - MOST_SHOWN)}


def _held(look: Look, session: Session) -> Held:
    seen = look.memory.observed(session.page) if session.page else None
    said = seen.write_up if seen and not seen.gone else WriteUp()
    return Held(session, said.takeaways, shared_recording(said, look.team))
