"""Sessions that were held, the latest first, with what people took away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.describe.facts import shared_recording
from daemon.learn.written_up import written_up
from daemon.model import Session, held
from daemon.tell.pulse import is_closed
from daemon.web.look import Look
from daemon.web.views.pulses import Pulse, pulse_of, trend

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Held:
    """A session that was held, what was taken away, its recording where everybody agreed to share it, and
    whether it was worth the time."""

    session: Session
    takeaways: Sequence[str]
    recording: str | None
    pulse: Pulse | None


def past(look: Look, pulses: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """Return what the page of past sessions shows; ``pulses`` is how often each answer was given, by session."""
    sessions = held((*look.memory.before, *look.memory.sessions.values()))
    shown = [_held(look, one, pulses.get(one.key, {})) for one in sessions[:MOST_SHOWN]]
    told = [(one.session, one.pulse) for one in shown if one.pulse]
    return {"sessions": shown, "more": max(0, len(sessions) - MOST_SHOWN), "trend": trend(look, told)}


def _held(look: Look, session: Session, counts: Mapping[int, int]) -> Held:
    said = written_up(session, look.team, look.memory)
    pulse = pulse_of(look, session, counts) if counts and is_closed(session, look.now) else None
    return Held(session, said.takeaways, shared_recording(said, look.team), pulse)
