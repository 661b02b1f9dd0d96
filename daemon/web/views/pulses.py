"""Whether sessions were worth people's time, as far as that can be told without telling of one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daemon.describe.outcomes import FEWEST
from daemon.learn.answers import who_was_there
from daemon.model import Session
from daemon.web.charts import Line, line
from daemon.web.look import Look

ANSWERS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What was answered of a session, by how many; ``mean`` is from 1 to 5."""

    mean: float
    n: int


def pulse_of(look: Look, session: Session, counts: Mapping[int, int]) -> Pulse | None:
    """Return what was answered of a session; None where so few were there or answered that it could be traced."""
    seen = look.memory.observed(session.page) if session.page else None
    there = sum(1 for _ in who_was_there(session, seen, look.team, look.memory, look.today))
    n = sum(counts.values())
    if n < FEWEST or there < FEWEST:
        return None
    return Pulse(round(sum(answer * count for answer, count in counts.items()) / n, 1), n)


def trend(look: Look, pulses: Sequence[tuple[Session, Pulse]]) -> Line | None:
    """Return how that went, from session to session; None where there are fewer than two to be shown."""
    in_time = sorted(pulses, key=lambda pair: pair[0].slot.starts_at)
    points = [(f"{one.slot.day.day} {one.slot.day:%b}", pulse.mean) for one, pulse in in_time]
    return line(points, most=5) if len(points) > 1 else None
